"""Thousands of damaged rows, seeded: each is read or rejected under its number, and none harms another."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.sources.files.faults import Reason, Rejection, VqaReason
from contextpairs.data.sources.vqa.record import VqaRow
from tests.data.sources.vqa.making import IMAGE, PNG, Item, images, outcomes
from tests.data.sources.vqa.test_layouts import LAYOUTS

WRONG: tuple[Any, ...] = (
    None, 5, -1.5, True, "", "x", "B", "A. x B. y", "[{", "{", "data:,", "<image>", [], {}, [[]], [None], [5], ["a"],
    {"a": [{}]}, {"bytes": 5}, {"role": "user"}, [{"role": "user", "content": [{"type": "image"}]}], float("nan"),
    float("inf"), 10**30, "\0", "\ud800", "../../x", "http://x/y.png", "/9j/" + "A" * 99, "(A) " * 30,
)  # fmt: skip
REASONS = {*get_args(Reason), *get_args(VqaReason)}
EXTRA = ("choices", "options", "label", "answers", "image", "question", "id", "domain", "license", "A", "B", "image_1")


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) within a value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in [(value, key), *places(value[key])]]


def damaged(dice: random.Random) -> dict[str, Any]:
    row = copy.deepcopy(LAYOUTS[dice.choice(list(LAYOUTS))])
    for _ in range(dice.randint(0, 2)):
        if found := places(row):
            container, key = dice.choice(found)
            container[key] = copy.deepcopy(dice.choice(WRONG))
    for name in dice.sample(EXTRA, dice.randint(0, 2)):
        row[name] = copy.deepcopy(dice.choice(WRONG))
    return row


def check(items: list[Item], count: int) -> None:
    """Numbers of rows are exact: one outcome a row, and after a row that is kept those of its bad questions."""
    firsts = [item for at, item in enumerate(items) if at == 0 or items[at - 1].row != item.row]
    assert [item.row for item in firsts] == list(range(count))
    for before, item in zip([None, *items], items, strict=False):
        if isinstance(item, VqaRow):
            assert before is None or before.row != item.row
            assert item.image
            assert item.domain
            texts = [text for asked in item.questions for text in (asked.question, asked.answer, *asked.choices)]
            assert texts
            assert all(asked.question and asked.answer for asked in item.questions)
            pa.array(texts, pa.large_string())
        else:
            assert item.reason in REASONS
            assert f" row {item.row}: " in item.detail
            assert len(item.detail) <= 500
            item.detail.encode()


@pytest.mark.parametrize("seed", range(20))
def test_damaged_rows_of_every_layout(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    images(tmp_path, "a.png")
    rows: list[Any] = [LAYOUTS["plain"], *(damaged(dice) for _ in range(150)), 5, None, [1]]
    text = json.dumps(rows) if seed % 2 else "\n".join(map(json.dumps, rows))
    pack = dice.choice((bytes, gzip.compress))
    (tmp_path / "rows.jsonl").write_bytes(pack(text.encode()))
    items = outcomes(tmp_path, partition_bytes=dice.choice((1, 20_000, 10**9)))
    check(items, len(rows))
    assert {"VqaRow", "Rejection"} == {type(item).__name__ for item in items}


@pytest.mark.parametrize("seed", range(30))
def test_parquet_columns_of_all_kinds(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    images(tmp_path, "a.png")
    held = {"bytes": PNG, "path": "a.png"}
    kinds: list[tuple[Any, list[Any]]] = [
        (pa.string(), ["a.png", "", None, "x", "A", "../x", "['x', 'y']"]),
        (pa.binary(), [PNG, b"", None, b"\xff"]),
        (pa.int64(), [0, 1, None, 99]),
        (pa.float64(), [0.0, 1.5, None, float("nan")]),
        (pa.bool_(), [True, False, None]),
        (pa.timestamp("us"), [0, None]),
        (pa.decimal128(5, 2), [None, 1]),
        (IMAGE, [held, None, {"bytes": None, "path": "a.png"}, {"bytes": b"", "path": None}]),
        (pa.list_(IMAGE), [[held], [], None, [held, held], [None]]),
        (pa.list_(pa.string()), [["x", "y"], [], None, [None]]),
        (pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())])),
         [[{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}], [None], [{"role": None}], None]),
    ]  # fmt: skip
    columns = {}
    for name in ("image", dice.choice(("question", "messages", "prompt", "qa")), "answer", "choices", "id"):
        kind, values = dice.choice(kinds)
        columns[name] = pa.array([dice.choice(values) for _ in range(60)], kind)
    pq.write_table(pa.table(columns), tmp_path / "a.parquet", row_group_size=dice.randint(1, 60))
    check(outcomes(tmp_path, partition_bytes=dice.choice((1, 10**9))), 60)


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    """Would catch one row whose bytes are no text taking its batch with it."""
    asked = pa.array([b"x", b"\xff", b"x"]).view(pa.string())
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"image": [PNG] * 3, "question": asked, "answer": ["y"] * 3}), path)
    first, second, third = outcomes(path)
    assert isinstance(first, VqaRow)
    assert isinstance(third, VqaRow)
    assert isinstance(second, Rejection)
    assert second.reason == "encoding"


@pytest.mark.parametrize("seed", range(100))
def test_a_file_cut_or_overwritten_anywhere(seed: int, tmp_path: Path) -> None:
    dice = random.Random(seed)
    images(tmp_path, "a.png")
    rows = [{**LAYOUTS["plain"], "id": at} for at in range(6)]
    buffer = io.BytesIO()
    table = {"image": [PNG] * 6, "question": ["x"] * 6, "answer": ["y"] * 6}
    pq.write_table(pa.table(table), buffer, row_group_size=2)
    lines = "".join(json.dumps(row) + "\n" for row in rows).encode()
    encoded = json.dumps([{**row, "image": base64.b64encode(PNG).decode()} for row in rows]).encode()
    content = bytearray(dice.choice((lines, json.dumps(rows).encode(), encoded, buffer.getvalue())))
    if dice.random() < 0.5:
        del content[dice.randrange(len(content)) :]
    else:
        at = dice.randrange(len(content))
        content[at : at + dice.randint(1, 20)] = dice.randbytes(dice.randint(0, 20))
    (tmp_path / "damaged.json").write_bytes(content)
    (tmp_path / "whole.jsonl").write_text(json.dumps(rows[0]))
    found = outcomes(tmp_path)
    assert isinstance(found[-1], VqaRow)
    assert found[-1].source.endswith("whole.jsonl")
    items = found[:-1]
    assert len({item.row for item in items}) == len(items)
    assert all("damaged.json" in item.detail for item in items if isinstance(item, Rejection))
