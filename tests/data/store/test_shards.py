"""Parquet shards: bounded, complete, in order, equal for equal rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.data.store.shards import ShardLimits, content_bytes, write_shards

SCHEMA = pa.schema([("group_id", pa.large_string()), ("text", pa.large_string())])
LIMITS = ShardLimits(row_group_bytes=1_000, shard_bytes=3_000)


def rows(sizes: list[int]) -> list[dict[str, Any]]:
    return [{"group_id": "g", "text": chr(97 + n % 26) * size} for n, size in enumerate(sizes)]


@settings(max_examples=60)
@given(st.lists(st.integers(0, 1_500), max_size=40))
def test_every_row_once_in_order_within_the_limits(tmp_path_factory: Any, sizes: list[int]) -> None:
    shards = write_shards(rows(sizes), SCHEMA, tmp_path_factory.mktemp("s"), "train", LIMITS)
    found = [row for path, _ in shards for row in pq.read_table(path).to_pylist()]
    assert found == rows(sizes)
    for path, count in shards:
        groups = group_sizes(path)
        assert sum(len(group) for group in groups) == count
        assert all(sum(group) <= 1_000 or len(group) == 1 for group in groups)
        assert sum(map(sum, groups)) <= 3_000 or len(groups) == 1


def group_sizes(path: Path) -> list[list[int]]:
    """Text bytes of each row of each row group."""
    with pq.ParquetFile(path) as file:
        groups = [file.read_row_group(index).to_pylist() for index in range(file.num_row_groups)]
    return [[content_bytes(row) for row in group] for group in groups]


def test_names_say_how_many_there_are(tmp_path: Path) -> None:
    shards = write_shards(rows([900] * 7), SCHEMA, tmp_path, "probe", LIMITS)
    names = [path.name for path, _ in shards]
    assert names == [f"probe-0000{n}-of-00003.parquet" for n in range(3)]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_text_is_measured_in_utf8_bytes() -> None:
    assert content_bytes({"a": "é", "b": [{"c": "键", "d": 3}], "e": None}) == 5


def test_images_are_measured_by_their_bytes() -> None:
    assert content_bytes({"positive": {"bytes": b"\xff\x00\x80", "path": "é"}, "label": "A"}) == 6


def test_a_row_group_is_bounded_in_rows_too(tmp_path: Path) -> None:
    """A reader of one image reads its row group: 64 MB of icons are too many of them."""
    limits = ShardLimits(row_group_rows=100)
    ((path, count),) = write_shards(rows([3] * 250), SCHEMA, tmp_path, "train", limits)
    assert ([len(group) for group in group_sizes(path)], count) == ([100, 100, 50], 250)


def test_equal_rows_are_equal_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        written.append(write_shards(rows([50] * 30), SCHEMA, tmp_path / name, "train", LIMITS))
    assert [path.read_bytes() for path, _ in written[0]] == [path.read_bytes() for path, _ in written[1]]


def test_files_are_zstd_with_a_page_index(tmp_path: Path) -> None:
    ((path, _),) = write_shards(rows([10]), SCHEMA, tmp_path, "train", LIMITS)
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    assert (column.compression, column.has_offset_index) == ("ZSTD", True)


def test_pages_are_cut_by_content(tmp_path: Path) -> None:
    """A row put in front moves no other page: most bytes of the two files are the same chunks."""
    numbers = [f"{n * 7919 % 100_003}" * 40 for n in range(20_000)]
    limits = ShardLimits()
    pages = []
    for name, texts in (("one", numbers), ("two", ["new" * 50, *numbers])):
        (tmp_path / name).mkdir()
        ((path, _),) = write_shards(
            ({"group_id": "g", "text": text} for text in texts), SCHEMA, tmp_path / name, "train", limits
        )
        pages.append(path.read_bytes())
    block = 256
    known = {pages[0][at : at + block] for at in range(len(pages[0]) - block)}
    shared = sum(pages[1][at : at + block] in known for at in range(0, len(pages[1]) - block, block))
    assert shared / (len(pages[1]) // block) > 0.5


def test_a_row_that_does_not_fit_fails(tmp_path: Path) -> None:
    with pytest.raises(pa.ArrowException):
        write_shards([{"group_id": "g", "text": 3}], SCHEMA, tmp_path, "train", LIMITS)
