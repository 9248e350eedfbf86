"""Documents that wrap their rows, whole and as streams; what they say beside the rows is not lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.files import json_text
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.vqa import documents
from contextpairs.data.sources.vqa.record import VqaRow
from tests.data.sources.vqa.making import images, outcomes, questions, reason

Q = "What is in the box?"
ROWS = [{"image": "a.png", "question": Q, "answer": f"{at} cats"} for at in range(40)]


@pytest.fixture(params=["whole", "stream"])
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Documents that are held, and those that are too long for it."""
    if request.param == "stream":
        for module in (documents, json_text):
            monkeypatch.setattr(module, "WHOLE_BYTES", 500)
    return str(request.param)


def written(folder: Path, value: Any, indent: int | None = 1) -> Path:
    images(folder, "a.png")
    (folder / "data.json").write_text(json.dumps(value, indent=indent))
    return folder / "data.json"


LAYOUTS: dict[str, Any] = {
    "list": ROWS,
    "data": {"version": "1.0", "data": ROWS},
    "questions": {"questions": ROWS, "info": {"description": "A set of boxes."}},
    "annotations": {"annotations": ROWS, "license": {"name": "CC BY", "url": "https://x"}},
    "another name": {"rows_of_this_set": ROWS},
    "by id": {str(at): row for at, row in enumerate(ROWS)},
    "lists": [[Q, f"{at} cats", "a.png"] for at in range(40)],
}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("name", LAYOUTS)
def test_rows(name: str, indent: int | None, size: str, tmp_path: Path) -> None:
    items = outcomes(written(tmp_path, LAYOUTS[name], indent))
    assert [questions(item)[0].answer for item in items] == [f"{at} cats" for at in range(40)], size


@pytest.mark.parametrize("name", ["instruction", "prompt", "preamble"])
@pytest.mark.parametrize("first", [True, False])
def test_what_a_document_says_beside_its_rows(name: str, first: bool, size: str, tmp_path: Path) -> None:
    said = {name: "Count only red things."}
    value = {**said, "data": ROWS} if first else {"data": ROWS, **said}
    path = written(tmp_path, value)
    items = outcomes(path)
    assert {reason(item) for item in items} == {"unread-text"}, size
    assert isinstance(items[0], Rejection)
    assert f"wrapper.{name}" in items[0].detail
    taken = outcomes(path, columns={"context": [f"wrapper.{name}"]})
    assert questions(taken[0])[0].question == f"Count only red things.\n{Q}"
    assert questions(outcomes(path, ignore=[f"wrapper.{name}"])[0])[0].question == Q


def test_ids_of_rows(size: str, tmp_path: Path) -> None:
    items = outcomes(written(tmp_path, LAYOUTS["by id"]))
    assert [item.key for item in items if isinstance(item, VqaRow)] == [str(at) for at in range(40)], size


def test_pictures_by_their_ids(size: str, tmp_path: Path) -> None:
    rows = [{"image_id": 7, "question": Q, "answer": f"{at} cats"} for at in range(40)]
    value = {"images": [{"id": 7, "file_name": "a.png"}], "annotations": rows}
    assert all(isinstance(item, VqaRow) for item in outcomes(written(tmp_path, value))), size


@pytest.mark.parametrize(
    "value",
    [
        {"image": "a.png", "question": Q, "answer": "a cat"},
        {"image": "a.png", "qa_pairs": [{"question": Q, "answer": "a cat"}]},
        {"images": ["a.png"], "messages": [{"role": "user", "content": Q}, {"role": "assistant", "content": "a cat"}]},
        {"image": "a.png", "questions": [Q], "answers": ["a cat"]},
    ],
)
def test_a_document_that_is_a_row(value: Any, tmp_path: Path) -> None:
    (item,) = outcomes(written(tmp_path, value))
    assert questions(item)[0].answer == "a cat"


def test_lists_of_several_splits(tmp_path: Path) -> None:
    assert len(outcomes(written(tmp_path, {"train": ROWS[:3], "val": ROWS[3:5]}))) == 5


def test_a_list_of_another_shape_is_told(tmp_path: Path) -> None:
    (item, _) = outcomes(written(tmp_path, [[1, 2, 3, 4], [Q, "a cat", "a.png"]]))
    assert reason(item) == "wrong-type"
    assert "[question, answer, picture]" in str(item)


def test_questions_with_their_answers_are_no_half_of_a_split(tmp_path: Path) -> None:
    rows = [{**row, "question_id": at, "image_id": 1, "answers": [row["answer"]]} for at, row in enumerate(ROWS)]
    assert len(outcomes(written(tmp_path, {"questions": rows}))) == len(ROWS)


def test_a_document_that_breaks_off(size: str, tmp_path: Path) -> None:
    path = written(tmp_path, {"data": ROWS})
    path.write_text(path.read_text()[:-300])
    items = outcomes(path)
    assert any(isinstance(item, Rejection) for item in items), size
