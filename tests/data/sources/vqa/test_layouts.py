"""One row in each notation that people bring."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa.record import Question, VqaRow
from tests.data.sources.vqa.making import IMAGE, PNG, images, lines, one, outcomes, questions, reason, table

WHAT = (Question("What is it?", "a cat"),)
TEXT = {"type": "text", "text": "What is it?"}
USER = {"role": "user", "content": [{"type": "image"}, TEXT]}
ASSISTANT = {"role": "assistant", "content": [{"type": "text", "text": "a cat"}]}
PLAIN_USER = {"role": "user", "content": "<image>What is it?"}
LAYOUTS: dict[str, dict[str, Any]] = {
    "plain": {"image": "a.png", "question": "What is it?", "answer": "a cat"},
    "image_path": {"image_path": "a.png", "Question": "What is it?", "Answer": "a cat"},
    "file_name": {"file_name": "./a.png", "question": "What is it?", "answer": "a cat"},
    "img": {"img": {"path": "a.png", "bytes": None}, "query": "What is it?", "label": "a cat"},
    "trl messages": {"images": ["a.png"], "messages": [{"role": "system", "content": "Be brief."}, USER, ASSISTANT]},
    "trl prompt": {"images": ["a.png"], "prompt": [USER], "solution": "a cat"},
    "trl prompt as text": {"image": "a.png", "prompt": "<image>What is it?", "solution": "a cat"},
    "trl completion": {"images": ["a.png"], "prompt": [PLAIN_USER], "completion": [ASSISTANT]},
    "image in the turn": {"messages": [{"role": "user", "content": [{"type": "image", "image": "a.png"}, TEXT]},
                                       ASSISTANT]},
    "image url in the turn": {"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "a.png"}}, TEXT]}, ASSISTANT]},
    "verl": {"data_source": "x", "prompt": [{"role": "user", "content": "<image>What is it? Think first."}],
             "ability": "math", "reward_model": {"style": "rule", "ground_truth": "a cat"}, "images":
             [{"path": "a.png"}], "extra_info": {"index": 3, "question": "What is it?"}},
    "easyr1": {"problem": "<image>What is it?", "answer": "a cat", "images": ["a.png"]},
    "llava": {"id": "1", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nWhat is it?"},
                                                           {"from": "gpt", "value": "a cat"}]},
    "vqav2": {"image": {"bytes": None, "path": "a.png"}, "question": "What is it?", "multiple_choice_answer": "a cat",
              "answers": [{"answer": "cat", "answer_id": 1}]},
    "cauldron": {"images": ["a.png"], "texts": [{"user": "What is it?", "assistant": "a cat", "source": "x"}]},
    "lists": {"image": "a.png", "questions": ["What is it?"], "answers": ["a cat"]},
    "pairs": {"image": "a.png", "qa": [["What is it?", "a cat"]]},
    "lists in an object": {"image": "a.png", "qa_pairs": {"question": ["What is it?"], "answer": ["a cat"]}},
    "chat as text": {"image": "a.png", "conversations": json.dumps([PLAIN_USER, ASSISTANT])},
    "numbered image": {"image_1": "a.png", "image_2": None, "question": "<image 1> What is it?", "answer": "a cat"},
    "numbered image beside": {"image": "a.png", "image_1": "a.png", "image_2": None, "image_3": "", "image_4": 5,
                              "question": "What is it?", "answer": "a cat"},
    "base64": {"image": base64.b64encode(PNG).decode(), "question": "What is it?", "answer": "a cat"},
    "data url": {"image": "data:image/png;base64," + base64.b64encode(PNG).decode(), "question": "What is it?",
                 "answer": "a cat"},
    "image and pairs as text": {"image": '{"bytes": null, "path": "a.png"}',
                                "qa": '[{"question": "What is it?", "answer": "a cat"}]'},
    "base64 in a struct": {"image": {"bytes": base64.b64encode(PNG).decode()}, "question": "What is it?",
                           "answer": "a cat"},
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_as_json(name: str, tmp_path: Path) -> None:
    item = one(tmp_path, LAYOUTS[name])
    assert questions(item) == WHAT
    assert isinstance(item, VqaRow)
    assert item.image == PNG
    assert (item.domain, item.row) == ("rows", 0)


@pytest.mark.parametrize("name", LAYOUTS)
def test_as_parquet(name: str, tmp_path: Path) -> None:
    """Structs hold every field in every row, null where the JSON has none."""
    images(tmp_path, "a.png")
    row = {**LAYOUTS[name]}
    if isinstance(row.get("qa"), list):
        row["qa"] = json.loads(json.dumps(row["qa"]))
    if "messages" in row or "prompt" in row:
        row = {name: json.dumps(v) if name in ("messages", "prompt") and not isinstance(v, str) else v
               for name, v in row.items()}  # fmt: skip
    path = tmp_path / "rows.parquet"
    table(path, {name: pa.array([value]) for name, value in row.items()})
    (item,) = outcomes(path)
    assert questions(item) == WHAT


@pytest.mark.parametrize(
    "column",
    [
        pa.array([{"bytes": PNG, "path": "x/a.png"}], IMAGE),
        pa.array([[{"bytes": PNG, "path": "x/a.png"}]], pa.list_(IMAGE)),
        pa.array([{"bytes": None, "path": "a.png"}], IMAGE),
        pa.array(["a.png"]),
        pa.array([PNG], pa.large_binary()),
    ],
)
def test_images_of_parquet(column: Any, tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    turns = [[{"role": "user", "content": [{"type": "image", "text": None}, {"type": "text", "text": "What is it?"}]},
              {"role": "assistant", "content": [{"type": "text", "text": "a cat"}]}]]  # fmt: skip
    path = table(tmp_path / "a.parquet", {"images": column, "messages": turns})
    (item,) = outcomes(path)
    assert isinstance(item, VqaRow)
    assert (item.image, item.questions) == (PNG, WHAT)
    assert item.name in ("a.png", None)


def test_turns_are_questions_of_one_image(tmp_path: Path) -> None:
    turns = [{"from": "system", "value": "Be brief."}, {"from": "human", "value": "<image>\nWhat is it?"},
             {"from": "gpt", "value": "a cat"}, {"from": "human", "value": "What colour is the cat?"},
             {"from": "gpt", "value": "black"}]  # fmt: skip
    found = questions(one(tmp_path, {"image": "a.png", "conversations": turns}))
    assert found == (*WHAT, Question("What colour is the cat?", "black"))


def test_a_column_answers_the_last_turn_alone(tmp_path: Path) -> None:
    """Would catch examples in a prompt that are taken for questions of its image."""
    prompt = [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}, PLAIN_USER]
    assert questions(one(tmp_path, {"image": "a.png", "prompt": prompt, "answer": "a cat"})) == WHAT


def test_lists_of_questions_with_their_own_options(tmp_path: Path) -> None:
    row = {"image": "a.png", "questions": ["Q1?", "Q2?"], "answers": ["A", "B"], "choices": [["x", "y"], ["u", "v"]]}
    found = questions(one(tmp_path, row))
    assert [(each.answer, each.choices) for each in found] == [("x", ("x", "y")), ("v", ("u", "v"))]
    assert reason(one(tmp_path, {**row, "answers": ["A"]})) == "wrong-type"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"image": None, "question": "x", "answer": "y"}, "no-image-given"),
        ({"image": "", "question": "x", "answer": "y"}, "no-image-given"),
        ({"images": [], "question": "x", "answer": "y"}, "no-image-given"),
        ({"question": "x", "answer": "y"}, "no-image-given"),
        ({"images": ["a.png", "b.png"], "question": "x", "answer": "y"}, "several-images"),
        ({"image_1": "a.png", "image_2": "b.png", "question": "x", "answer": "y"}, "several-images"),
        ({"image": "a.png", "image_2": "b.png", "question": "x", "answer": "y"}, "several-images"),
        ({"images": ["a.png"], "img2": {"path": "b.png"}, "question": "x", "answer": "y"}, "several-images"),
        ({"image": "a.png", "Image_1": ["a.png", "b.png"], "question": "x", "answer": "y"}, "several-images"),
        ({"image": "a.png", "question": " <image> ", "answer": "y"}, "no-question"),
        ({"image": "a.png", "question": None, "answer": "y"}, "no-question"),
        ({"image": "a.png", "answer": "y"}, "no-question"),
        ({"image": "a.png", "questions": [], "answer": "y"}, "no-question"),
        ({"image": "a.png", "conversations": [{"from": "gpt", "value": "y"}]}, "no-question"),
        ({"image": "a.png", "question": "x"}, "no-answer"),
        ({"image": "a.png", "conversations": [{"from": "human", "value": "x"}]}, "no-answer"),
        ({"image": 5, "question": "x", "answer": "y"}, "wrong-type"),
        ({"image": "a.png", "question": 5, "answer": "y"}, "wrong-type"),
        ({"image": "a.png", "question": "x", "answer": {"a": 5}}, "wrong-type"),
        ({"image": "a.png", "question": "x", "answer": "y", "choices": 5}, "wrong-type"),
        ({"image": "a.png", "question": "x", "answer": "y", "license": {"a": 5}}, "wrong-type"),
        ({"image": "a.png", "conversations": [{"from": "king", "value": "x"}]}, "wrong-type"),
        ({"foo": 1, "bar": 2}, "unknown-format"),
        ({}, "unknown-format"),
        ([1], "wrong-type"),
    ],
)
def test_reasons(row: Any, expected: str, tmp_path: Path) -> None:
    images(tmp_path, "a.png", "b.png")
    good = LAYOUTS["plain"]
    items = outcomes(lines(tmp_path / "rows.jsonl", [good, row, good]))
    assert [item.row for item in items] == [0, 1, 2]
    assert reason(items[1]) == expected
    assert isinstance(items[1], Rejection)
    assert items[1].detail.startswith(f"{tmp_path}/rows.jsonl row 1: ")
    assert questions(items[0]) == questions(items[2]) == WHAT


def test_unknown_columns_are_named(tmp_path: Path) -> None:
    item = one(tmp_path, {"foo": 1, "bar": 2})
    assert isinstance(item, Rejection)
    assert "bar, foo" in item.detail
    good = table(tmp_path / "good.parquet", {"image": [PNG], "question": ["x"], "answer": ["y"]})
    bad = table(tmp_path / "bad.parquet", {"foo": [1], "bar": [2]})
    (rejected, _) = outcomes(bad, good)
    assert (reason(rejected), rejected.row) == ("unknown-format", -1)
    with pytest.raises(SourceError, match="bar, foo"):
        outcomes(bad)


def test_an_image_that_is_mapped_is_the_one(tmp_path: Path) -> None:
    images(tmp_path, "a.png", "b.png")
    row = {**LAYOUTS["plain"], "image_2": "b.png"}
    assert questions(one(tmp_path, row, columns={"image": "image"})) == WHAT


class TestMapping:
    ROW: ClassVar[dict[str, Any]] = {
        "pic": "a.png",
        "meta": {"ask": "What is it?", "kind": "photo"},
        "say": "B",
        "opts": ["a dog", "a cat"],
        "lic": "MIT",
        "no": 7,
    }
    COLUMNS: ClassVar[dict[str, str]] = {
        "image": "pic",
        "question": "meta.ask",
        "answer": "say",
        "choices": "opts",
        "domain": "meta.kind",
        "license": "lic",
        "id": "no",
    }

    @pytest.mark.parametrize("container", ["jsonl", "parquet"])
    def test_every_field(self, container: str, tmp_path: Path) -> None:
        images(tmp_path, "a.png")
        path = tmp_path / f"rows.{container}"
        if container == "jsonl":
            lines(path, [self.ROW])
        else:
            table(path, {name: pa.array([value]) for name, value in self.ROW.items()})
        (item,) = outcomes(path, columns=self.COLUMNS)
        assert isinstance(item, VqaRow)
        assert (item.key, item.domain, item.license) == ("7", "photo", "MIT")
        assert item.questions == (Question("What is it?", "a cat", ("a dog", "a cat")),)

    @pytest.mark.parametrize("container", ["jsonl", "parquet"])
    def test_a_column_that_is_absent(self, container: str, tmp_path: Path) -> None:
        path = tmp_path / f"rows.{container}"
        if container == "jsonl":
            lines(path, [self.ROW])
        else:
            table(path, {name: pa.array([value]) for name, value in self.ROW.items()})
        with pytest.raises(SourceError, match=rf"rows.{container}: no column 'meta.said' .*columns are: .*meta.ask"):
            outcomes(path, columns={**self.COLUMNS, "answer": "meta.said"})

    def test_a_field_that_is_unknown(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="unknown field 'picture': map one of image, question"):
            outcomes(tmp_path, columns={"picture": "x"})


def test_domain_and_licence_of_rows_that_name_none(tmp_path: Path) -> None:
    row = LAYOUTS["plain"]
    images(tmp_path, "a.png")
    lines(tmp_path / "charts-00001-of-00002.jsonl", [row, {**row, "domain": "tables", "license": "MIT"}])
    lines(tmp_path / "x" / "photos.jsonl", [{**row, "image": "../a.png"}])

    def named(**options: Any) -> list[tuple[str, str | None]]:
        return [(item.domain, item.license) for item in outcomes(tmp_path, **options) if isinstance(item, VqaRow)]

    assert named() == [("charts", None), ("tables", "MIT"), ("photos", None)]
    assert named(domain="all", license="CC0-1.0") == [("all", "CC0-1.0"), ("tables", "MIT"), ("all", "CC0-1.0")]
    assert named(domain="all", domains={"*/x/*": "snaps"}) == [("all", None), ("tables", "MIT"), ("snaps", None)]
