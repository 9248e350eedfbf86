"""Exported pairs come back as the store holds them, from every form that has a place for them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contextpairs.data.exports.exporting import export
from contextpairs.data.exports.forms import FORMS
from contextpairs.data.exports.reading import pairs_of
from contextpairs.data.exports.record import ExportError, ExportOptions
from contextpairs.data.store.store import Store
from tests.data.exports.making import SPLITS, hostile_coding, hostile_images

LOSSLESS = ("datasets", *(form.name for form in FORMS.values() if form.pair))
OUTLINES = st.sampled_from(["", "<image>", "2024-05-01", "null", '{"a": 1}', "\u2028", "\x85", "<|im_end|>", "\\", '"'])
TEXTS = st.builds("{}{}{}".format, st.text(max_size=9), OUTLINES, st.text(max_size=9)).filter(
    lambda text: text.encode("utf-8", "replace").decode() == text
)


@pytest.mark.parametrize(
    ("form", "order"), [*((form, "label") for form in LOSSLESS), *((form, "both") for form in LOSSLESS[1:])]
)
@pytest.mark.parametrize("domain", ["coding", "images"])
def test_pairs_come_back(stores: dict[str, Store], tmp_path: Path, domain: str, form: str, order: Any) -> None:
    store = stores[domain]
    done = export(store, "latest", None, form, tmp_path / "out", ExportOptions(order=order))
    for split in SPLITS:
        assert list(pairs_of(done.url, split)) == store.read("latest", split).to_pylist()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=TEXTS, form=st.sampled_from(LOSSLESS), make=st.sampled_from([hostile_coding, hostile_images]))
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, said: str, form: str, make: Any) -> None:
    folder = tmp_path_factory.mktemp("any")
    store: Store = make(folder / "store", said)
    export(store, "latest", None, form, folder / "out")
    assert list(pairs_of(folder / "out", "train")) == store.read("latest", "train").to_pylist()


def test_what_carries_no_pairs_says_so(coding: Store, tmp_path: Path) -> None:
    export(coding, "latest", None, "chat", tmp_path / "chat")
    export(coding, "latest", ["train"], "verl", tmp_path / "ids", ExportOptions(keep="ids"))
    with pytest.raises(ExportError, match="no place for pairs"):
        pairs_of(tmp_path / "chat", "train")
    with pytest.raises(ExportError, match="export again with keep=row"):
        list(pairs_of(tmp_path / "ids", "train"))
    with pytest.raises(ExportError, match=r"no split 'probe'; it has \['train'\]"):
        pairs_of(tmp_path / "ids", "probe")
    with pytest.raises(ExportError, match="is no export"):
        pairs_of(tmp_path, "train")
