"""What whole builds with models behind endpoints share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.filters.judge.judge_endpoint import Endpoint
from tests.pipelines.images.scene_endpoint import sees
from tests.pipelines.run.model_builds import Place


@pytest.fixture(scope="session")
def images_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stage outputs of image builds: vectors and edits are made once for all tests."""
    return tmp_path_factory.mktemp("images-work")


@pytest.fixture
def place(tmp_path: Path, images_work: Path) -> Iterator[Place]:
    """Where builds run, with a server that sees."""
    with Endpoint(sees) as endpoint:
        yield Place(tmp_path, images_work, endpoint)
