"""Models that the tests of this package share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from contextpairs.pipelines.train.context_selection.loading import Loaded


@pytest.fixture(scope="session")
def llama_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.pipelines.train.context_selection.tiny_models import save_llama

    return save_llama(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def qwen_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.pipelines.train.context_selection.tiny_models import save_qwen_vl

    return save_qwen_vl(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="session")
def llama(llama_folder: Path) -> Loaded:
    from contextpairs.pipelines.train.context_selection.loading import load_model

    return load_model(str(llama_folder))


@pytest.fixture(scope="session")
def qwen(qwen_folder: Path) -> Loaded:
    from contextpairs.pipelines.train.context_selection.loading import load_model

    return load_model(str(qwen_folder))


@pytest.fixture(scope="session")
def qwen3(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    from contextpairs.pipelines.train.context_selection.loading import load_model
    from tests.pipelines.train.context_selection.tiny_models import save_qwen3_vl

    return load_model(str(save_qwen3_vl(tmp_path_factory.mktemp("qwen3"))))
