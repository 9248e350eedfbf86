"""Stores and tiny models that the tests of exports share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.store.store import Store
from tests.data.exports.making import coding_store, images_store


@pytest.fixture(scope="session")
def coding(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return coding_store(tmp_path_factory.mktemp("coding"))


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return images_store(tmp_path_factory.mktemp("images"))


@pytest.fixture(scope="session")
def stores(coding: Store, images: Store) -> dict[str, Store]:
    return {"coding": coding, "images": images}


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.pipelines.train.context_selection.tiny_models import save_llama

    return save_llama(tmp_path_factory.mktemp("llama"))


@pytest.fixture(scope="session")
def qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.pipelines.train.context_selection.tiny_models import save_qwen_vl

    return save_qwen_vl(tmp_path_factory.mktemp("qwen"))


@pytest.fixture(scope="session")
def tokenizer(llama: Path) -> Any:
    transformers: Any = pytest.importorskip("transformers")
    return transformers.AutoTokenizer.from_pretrained(llama)


@pytest.fixture(scope="session")
def processor(qwen: Path) -> Any:
    transformers: Any = pytest.importorskip("transformers")
    return transformers.AutoProcessor.from_pretrained(qwen)
