"""A row beyond a limit is set aside alone, as too costly, with file and row, whatever container it is in."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files import limits
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.files.json_rows import json_rows
from contextpairs.data.sources.files.json_text import documents, lines, parse
from contextpairs.data.sources.files.stream import decompressed
from contextpairs.data.sources.trajectories.partition import Piece, SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read
from contextpairs.data.sources.trajectories.rows import TRACE_CHARS, TURNS
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.row_limits import ANSWER_CHARS, CHOICES, QUESTION_CHARS, QUESTIONS
from tests.data.sources.vqa.making import PNG, images, one, outcomes

DEPTHS = (limits.NESTING + 1, 990, 100_000)
RUN = (
    '{"instance_id": "o__r-1", "messages": [{"role": "user", "content": "fix"}, {"role": "assistant", "content": "x"}]}'
)
ASKED = '{"image": "a.png", "question": "Is it red?", "answer": "yes"}'
Container = Callable[[Path, list[str]], Path]


def nested(depth: int, row: str) -> str:
    """A row with a field that is nested so deep."""
    return row[:-1] + ', "extra": ' + "[" * depth + "]" * depth + "}"


def written(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def json_lines(rows: list[str]) -> bytes:
    return "\n".join(rows).encode()


def json_list(rows: list[str]) -> bytes:
    return ("[" + ", ".join(rows) + "]").encode()


def strings(folder: Path, rows: list[str]) -> Path:
    """A table whose turns are JSON in a text."""
    runs = "messages" in rows[0]
    asked = [{"from": "human", "value": "<image>\nIs it red?"}, {"from": "gpt", "value": "yes"}]
    said = json.dumps(json.loads(RUN)["messages"] if runs else asked)
    deep = [row[row.index("[[") : -1] if "extra" in row else "" for row in rows]
    cells = [f'[{{"from": "human", "value": {each}}}]' if each else said for each in deep]
    beside = {"instance_id": ["o__r-1"] * len(rows)} if runs else {"image": ["a.png"] * len(rows)}
    pq.write_table(pa.table({**beside, "messages" if runs else "conversations": cells}), folder / "rows.parquet")
    return folder / "rows.parquet"


COMMON: dict[str, Container] = {
    "jsonl": lambda folder, rows: written(folder, "rows.jsonl", json_lines(rows)),
    "jsonl.gz": lambda folder, rows: written(folder, "rows.jsonl.gz", gzip.compress(json_lines(rows))),
    "jsonl.zst": lambda folder, rows: written(
        folder, "rows.jsonl.zst", zstandard.ZstdCompressor().compress(json_lines(rows))
    ),
    "list": lambda folder, rows: written(folder, "rows.json", json_list(rows)),
    "long list": lambda folder, rows: written(folder, "rows.json", json_list([rows[0], " " * 2**23 + rows[1], rows[2]])),  # noqa: E501
    "texts in Parquet": strings,
}  # fmt: skip


def of_images(folder: Path, rows: list[str]) -> Path:
    return written(folder, "rows.json", b'{"info": {"x": 1}, "data": ' + json_list(rows) + b"}")


def by_id(folder: Path, rows: list[str]) -> Path:
    named = ", ".join(f'"{number}": {row}' for number, row in enumerate(rows))
    return written(folder, "rows.json", f"{{{named}}}".encode())


def shard(folder: Path, rows: list[str]) -> Path:
    with tarfile.open(folder / "rows.tar", "w") as tar:
        for number, row in enumerate(rows):
            for ending, content in (("png", PNG), ("json", row.encode())):
                member = tarfile.TarInfo(f"{number:04}.{ending}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
    return folder / "rows.tar"


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("container", COMMON)
def test_a_run_that_is_nested_too_deep_goes_alone(container: str, depth: int, tmp_path: Path) -> None:
    path = COMMON[container](tmp_path, [RUN, nested(depth, RUN), RUN])
    partitions, rejections = plan([str(path)], SourceOptions())
    items = [item for partition in partitions for item in read(partition)]
    assert not rejections
    assert [type(item) for item in items] == [Trajectory, Rejection, Trajectory]
    told_of(items[1], path)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("container", [*COMMON, "document", "by id", "shard"])
def test_a_question_that_is_nested_too_deep_goes_alone(container: str, depth: int, tmp_path: Path) -> None:
    containers = {**COMMON, "document": of_images, "by id": by_id, "shard": shard}
    images(tmp_path, "a.png")
    path = containers[container](tmp_path, [ASKED, nested(depth, ASKED), ASKED])
    items = outcomes(path)
    assert [type(item) for item in items] == [VqaRow, Rejection, VqaRow]
    told_of(items[1], path)


def told_of(item: Any, path: Path) -> None:
    assert (item.reason, item.row) == ("too-costly", 1)
    assert f"{path} row 1: nested deeper than {limits.NESTING} levels" in item.detail


@pytest.mark.parametrize("row", ["[" * 990 + "NaN" + "]" * 990, '{"a":' * 100_000, "[" * 100_000])
def test_nesting_is_told_alike_by_the_lenient_parser(row: str) -> None:
    with pytest.raises(RowFault, match="too-costly: nested deeper"):
        parse(row)


def test_what_is_as_deep_as_may_be_is_read() -> None:
    assert parse("[" * limits.NESTING + "]" * limits.NESTING)


@pytest.mark.parametrize(
    ("form", "squeeze"),
    [(cut, squeeze) for cut in (lines, documents) for squeeze in ("zstd", "gzip")],
)
def test_gigabytes_of_a_few_kilobytes_are_stopped_as_they_come(
    form: Callable[[Iterator[bytes]], Iterator[bytes]], squeeze: str
) -> None:
    """A string that never ends, which only begins to expand: the rest is never looked at."""
    start = b'[{"instance_id": "' if form is documents else b'{"instance_id": "'
    blocks = (b"a" * 2**20 for _ in range(2**9))
    if squeeze == "zstd":
        compressor = zstandard.ZstdCompressor().compressobj()
        packed = compressor.compress(start) + b"".join(map(compressor.compress, blocks)) + compressor.flush()
    else:
        packed = gzip_of([start, *blocks])
    del blocks
    tracemalloc.start()
    with pytest.raises(RowFault, match=r"too-costly: .* compressed bytes give more than"):
        list(form(decompressed(iter([packed]))))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * limits.ROW_BYTES


def gzip_of(parts: list[bytes]) -> bytes:
    import zlib

    packer = zlib.compressobj(wbits=31)
    return b"".join([*map(packer.compress, parts), packer.flush()])


@pytest.fixture
def small_rows(monkeypatch: pytest.MonkeyPatch) -> int:
    """Rows of a hundred bytes are long."""
    for module in ("limits", "json_text", "parquet"):
        monkeypatch.setattr(f"contextpairs.data.sources.files.{module}.ROW_BYTES", 100)
    return 100


@pytest.mark.parametrize("size", [1, 7, 50, 1000])
@pytest.mark.parametrize(
    "inner", ['"' + "a" * 300 + '"', '"' + "\\\\" * 150 + '"', '"' + '\\"' * 99 + '"', "[1, " + "2, " * 99 + "3]"]
)
def test_a_long_element_is_cut_out_wherever_blocks_end(size: int, inner: str, small_rows: int) -> None:
    text = f'[{{"a": 1}}, {{"b": {inner}}}, {{"c": "]"}}]'.encode()
    found = list(documents(text[at : at + size] for at in range(0, len(text), size)))
    assert (found[0], found[2:]) == (b'{"a": 1}', [b'{"c": "]"}'])
    with pytest.raises(RowFault, match=f"too-costly: .* bytes, at most {small_rows} a row"):
        parse(found[1])


def test_a_long_line_has_a_number_and_its_neighbours_are_read(small_rows: int, tmp_path: Path) -> None:
    path = written(tmp_path, "rows.jsonl", b'{"a": 1}\n' + b'{"b": "' + b"x" * small_rows + b'"}\n{"c": 1}\n')
    found = dict(json_rows(Piece(str(path), "jsonl", 0, -1), {}))
    assert (found[0], found[2]) == ({"a": 1}, {"c": 1})
    assert found[1].reason == "too-costly"


def test_a_long_row_of_a_table_goes_alone(small_rows: int, tmp_path: Path) -> None:
    turns = [[{"role": "user", "content": text}] for text in ("a", "b" * 2 * small_rows, "c")]
    pq.write_table(pa.table({"instance_id": ["o__r-1"] * 3, "messages": turns}), tmp_path / "rows.parquet")
    partitions, _ = plan([str(tmp_path / "rows.parquet")], SourceOptions())
    items = [item for partition in partitions for item in read(partition)]
    assert [getattr(item, "reason", "") for item in items] == ["", "too-costly", ""]
    assert [item.row for item in items] == [0, 1, 2]


@pytest.mark.parametrize(
    "turns",
    [
        [{"role": "user", "content": "x"}] * (TURNS + 1),
        [{"role": "user", "content": "x" * (TRACE_CHARS + 1)}],
    ],
    ids=["turns", "characters"],
)
def test_a_run_of_too_much_is_too_costly(turns: list[dict[str, str]], tmp_path: Path) -> None:
    path = written(tmp_path, "rows.jsonl", json.dumps({"instance_id": "o__r-1", "messages": turns}).encode())
    (item,) = [item for partition in plan([str(path)], SourceOptions())[0] for item in read(partition)]
    assert isinstance(item, Rejection)
    assert item.reason == "too-costly"


@pytest.mark.parametrize(
    "more",
    [
        {"question": "Is " + "very " * (QUESTION_CHARS // 5) + "red?"},
        {"answer": "a" * (ANSWER_CHARS + 1)},
        {"choices": ["a"] * (CHOICES + 1)},
        {"answer": ["yes"] * (CHOICES + 1)},
        {"question": ["Is it red?"] * (QUESTIONS + 1), "answer": ["yes"] * (QUESTIONS + 1)},
        {"conversations": [{"from": "human", "value": "red?"}, {"from": "gpt", "value": "yes"}] * 50_000},
    ],
    ids=["question", "answer", "choices", "answers", "questions", "turns"],
)
def test_a_question_of_too_much_is_too_costly(more: dict[str, Any], tmp_path: Path) -> None:
    item = one(tmp_path, {"image": "a.png", "question": "Is it red?", "answer": "yes", **more})
    assert isinstance(item, Rejection)
    assert item.reason == "too-costly", item.detail
    assert f"{tmp_path / 'rows.jsonl'} row 0" in item.detail


def test_numbers_of_a_million_digits_and_a_hundred_thousand_names(tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    digits = ASKED.replace('"yes"', "9" * 10**6)
    names = ASKED[:-1] + "".join(f', "k{number}": {number}' for number in range(100_000)) + "}"
    same = ASKED[:-1] + ', "k": 1' * 100_000 + "}"
    items = outcomes(written(tmp_path, "rows.jsonl", json_lines([ASKED, digits, names, same])))
    assert [type(item) for item in items] == [VqaRow, Rejection, VqaRow, VqaRow]
    assert isinstance(items[1], Rejection)
    assert (items[1].reason, "thousands of digits" in items[1].detail) == ("too-costly", True)
