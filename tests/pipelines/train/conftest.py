"""Models that the tests of training share with those of context selection, and runs that several of them look at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.pipelines.train.context_selection.conftest import llama_folder, qwen_folder

if TYPE_CHECKING:
    from tests.pipelines.train.watched import Watched

__all__ = ["llama_folder", "qwen_folder"]


@pytest.fixture(scope="session")
def probed(llama_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A run of four steps with a probe in each."""
    from tests.pipelines.train.watched import watched

    return watched(tmp_path_factory.mktemp("probed"), llama_folder)


@pytest.fixture(scope="session")
def adapted(llama_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A run that leaves an adapter which differs from its base."""
    from contextpairs.pipelines.train.config import LoraOptions
    from tests.pipelines.train.watched import watched

    return watched(tmp_path_factory.mktemp("adapted"), llama_folder, lora=LoraOptions(r=2), steps=2, probe_every=0)
