"""Forms that once were refused without help, as files: read as they are, or by following what the message says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.files.faults import Rejection
from tests.data.sources.vqa.test_named_forms import advised, asked, attempt, followed

BY_QUESTION: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "docvqa": ("What is the 'actual' value per 1000, during the year 1975?", ("0.28", "0.31"), ()),
    "figureqa": ("Is Black greater than Red?", ("1", "0"), ()),
    "gqa": ("What is this bird called?", ("parrot", "owl"), ()),
    "llamafactory_v1": ("Who won?", ("Ann", "Bob"), ()),
    "pope": ("Is there a snowboard in the image?", ("yes", "no"), ("columns.question",)),
    "qwenvl_old": ("What colour is it?", ("red", "blue"), ()),
    "scienceqa": ("Which of these states is farthest north?", ("West Virginia", "Louisiana"), ()),
    "textvqa": ("what is the brand?", ("nokia", "dell"), ()),
    "webdataset": ("What color is the car?", ("red", "blue"), ()),
    "zipped": ("What color?", ("red", "blue", "red", "blue"), ()),
}
"""Question, answers, and what has to be decided."""


@pytest.fixture(scope="module")
def forms(shared: Path) -> Path:
    folder = shared / "cases" / "images" / "forms"
    if not folder.is_dir():
        pytest.skip(f"no folder {folder}: set CONTEXTPAIRS_SHARED to the folder that holds it")
    return folder


def test_every_folder_is_one_of_these(forms: Path) -> None:
    assert {path.name for path in forms.iterdir()} == set(BY_QUESTION)


@pytest.mark.parametrize("name", BY_QUESTION)
def test_a_folder_of_real_form(name: str, forms: Path) -> None:
    question, answers, decides = BY_QUESTION[name]
    options: dict[str, Any] = {}
    items = attempt(forms / name, options)
    for option in decides:
        assert not asked(items)
        options = followed(options, option, advised(items, option))
        items = attempt(forms / name, options)
    assert [item.detail for item in items if isinstance(item, Rejection)] == []
    found = asked(items)
    assert [(each[0], each[1]) for each in found] == [(question, answer) for answer in answers]
    assert len({each[2] for each in found}) == 2
