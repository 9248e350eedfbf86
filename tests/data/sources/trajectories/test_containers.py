"""Files of any container, compression and size give the same rows, each under its own number."""

from __future__ import annotations

import gzip
import io
import json
import pickle
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.json_text import documents
from contextpairs.data.sources.trajectories.partition import Partition, SourceError, SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

Read = tuple[list[Trajectory], list[Rejection]]


def record(number: int, size: int = 20) -> dict[str, Any]:
    turns = [{"role": "user", "content": f"issue {number}"}, {"role": "assistant", "content": 'é{["\\\n' * size}]
    return {"instance_id": f"o__r-{number}", "messages": turns}


def read_all(sources: list[str], options: SourceOptions | None = None) -> Read:
    partitions, rejections = plan(sources, options or SourceOptions())
    items = [item for partition in partitions for item in read(partition)]
    found = [item for item in items if isinstance(item, Trajectory)]
    return found, [*rejections, *(item for item in items if isinstance(item, Rejection))]


def ids(found: list[Trajectory]) -> list[str]:
    return [item.instance_id for item in found]


RECORDS = [record(number) for number in range(7)]
IDS = [each["instance_id"] for each in RECORDS]


def parquet(rows: list[dict[str, Any]], group: int = 3) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), buffer, row_group_size=group)
    return buffer.getvalue()


def jsonl(rows: list[dict[str, Any]], end: str = "\n") -> bytes:
    return "".join(json.dumps(row) + end for row in rows).encode()


CONTAINERS: dict[str, Callable[[], bytes]] = {
    "json lines": lambda: jsonl(RECORDS),
    "json lines, CRLF": lambda: jsonl(RECORDS, "\r\n"),
    "json lines, no last line end": lambda: jsonl(RECORDS).rstrip(),
    "json lines, byte order mark": lambda: b"\xef\xbb\xbf" + jsonl(RECORDS),
    "list": lambda: json.dumps(RECORDS).encode(),
    "pretty list": lambda: json.dumps(RECORDS, indent=2).encode(),
    "pretty documents in turn": lambda: "\n".join(json.dumps(row, indent=2) for row in RECORDS).encode(),
    "documents on one line": lambda: "".join(map(json.dumps, RECORDS)).encode(),
    "documents without any indent": lambda: "\n".join(json.dumps(row, indent=0) for row in RECORDS).encode(),
    "list with NaN": lambda: json.dumps([{**row, "cost": float("nan")} for row in RECORDS]).encode(),
    "list with NUL": lambda: json.dumps([{**row, "log": "\0"} for row in RECORDS]).encode(),
}


@pytest.mark.parametrize(
    ("name", "compress"),
    [
        ("parquet", bytes),
        *((name, compress) for name in CONTAINERS for compress in (bytes, gzip.compress, zstandard.compress)),
    ],
)
def test_container_is_told_from_content_not_from_the_name(
    name: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    """A file called .traj may hold anything."""
    (tmp_path / "run.traj").write_bytes(compress(parquet(RECORDS) if name == "parquet" else CONTAINERS[name]()))
    found, rejections = read_all([str(tmp_path)])
    assert ids(found) == IDS
    assert [item.row for item in found] == list(range(7))
    assert found[3].messages == [tuple(turn.values()) for turn in RECORDS[3]["messages"]]
    assert not rejections


def test_one_pretty_printed_document_named_jsonl_is_one_row(tmp_path: Path) -> None:
    (tmp_path / "output.jsonl").write_text(json.dumps(RECORDS[0], indent=2))
    assert ids(read_all([str(tmp_path)])[0]) == IDS[:1]


def test_blank_lines_are_no_rows_and_row_numbers_are_line_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n" + jsonl(RECORDS[:1]) + b"  \r\n" + jsonl(RECORDS[1:2]))
    assert [item.row for item in read_all([str(tmp_path)])[0]] == [1, 3]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_documents_are_cut_alike_wherever_blocks_end(size: int) -> None:
    """Brackets, quotes and backslashes within strings must not end a document, even across blocks."""
    text = json.dumps([RECORDS[0], 5, "x,]", [1, {"a": []}], None], indent=1).encode()
    blocks = (text[at : at + size] for at in range(0, len(text), size))
    assert [json.loads(document) for document in documents(blocks)] == json.loads(text)


def test_a_damaged_list_loses_only_what_is_damaged(tmp_path: Path) -> None:
    text = json.dumps(RECORDS)
    (tmp_path / "cut.json").write_text(text[: text.index('"o__r-5"') + 20])
    found, rejections = read_all([str(tmp_path)])
    assert ids(found) == IDS[:5]
    assert [(each.reason, each.row) for each in rejections] == [("truncated", 5)]


@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_compressed_data_that_ends_early_gives_its_rows_and_says_so(
    compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    import random

    noise = random.Random(1)
    rows = [{**row, "noise": noise.randbytes(60_000).hex()} for row in RECORDS]
    content = compress(jsonl(rows))
    (tmp_path / "a.jsonl.x").write_bytes(content[: len(content) * 3 // 4])
    found, rejections = read_all([str(tmp_path)])
    assert 3 <= len(found) <= 5
    assert ids(found) == IDS[: len(found)]
    assert [(each.reason, each.row) for each in rejections] == [("truncated", len(found))]


def test_a_damaged_row_group_is_counted_row_by_row_and_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(parquet([record(number, 500) for number in range(9)]))
    about = pq.ParquetFile(path).metadata.row_group(1)
    columns = [about.column(at) for at in range(about.num_columns)]
    at = next(column.dictionary_page_offset for column in columns if "content" in column.path_in_schema)
    damaged = bytearray(path.read_bytes())
    damaged[at : at + 40] = b"\xff" * 40
    path.write_bytes(damaged)
    found, rejections = read_all([str(path)])
    assert [item.row for item in found] == [0, 1, 2, 6, 7, 8]
    assert [(each.reason, each.row) for each in rejections] == [("unreadable", row) for row in (3, 4, 5)]


def test_damaged_footer_is_a_rejection_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(parquet(RECORDS)[:-10])
    (tmp_path / "b.jsonl").write_bytes(jsonl(RECORDS))
    found, rejections = read_all([str(tmp_path)])
    assert ids(found) == IDS
    assert [(each.reason, each.row, Path(each.source).name) for each in rejections] == [("unreadable", -1, "a.parquet")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
@pytest.mark.parametrize("limit", [1, 300, 1000])
def test_large_files_are_split_and_rows_keep_their_numbers(name: str, limit: int, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(jsonl(RECORDS) if name == "a.jsonl" else parquet(RECORDS, group=2))
    partitions, _ = plan([str(path)], SourceOptions(partition_bytes=limit))
    assert len(partitions) > 1
    assert len({partition.fingerprint for partition in partitions}) == 1
    found = [item for partition in partitions for item in read(partition)]
    assert [item.row for item in found] == list(range(7))
    assert [item.instance_id for item in found if isinstance(item, Trajectory)] == IDS
    again = [item for partition in partitions for item in read(partition, only={0, 4, 6})]
    assert [item.row for item in again] == [0, 4, 6]


@pytest.mark.parametrize("name", ["list", "json lines", "parquet"])
def test_only_reads_those_rows_again(name: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(parquet(RECORDS) if name == "parquet" else CONTAINERS[name]())
    (partition,), _ = plan([str(tmp_path)], SourceOptions())
    whole = {item.row: item for item in read(partition)}
    assert list(read(partition, only={5, 2})) == [whole[2], whole[5]]
    assert list(read(partition, only=set())) == []


def test_many_small_files_share_partitions(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number:02}.traj").write_text(json.dumps(record(number)))
    size = (tmp_path / "00.traj").stat().st_size
    partitions, _ = plan([str(tmp_path)], SourceOptions(partition_bytes=size * 20))
    assert len(partitions) in (3, 4)
    found = [item for partition in partitions for item in read(pickle.loads(pickle.dumps(partition)))]
    assert [Path(item.source).name for item in found] == [f"{number:02}.traj" for number in range(60)]
    source = found[1].source
    assert [item.source for item in read(partitions[0], only={source: {0}})] == [source]


def test_equal_content_under_two_names_is_read_twice_but_one_file_named_twice_once(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_bytes(jsonl(RECORDS))
    found, _ = read_all([str(tmp_path), f"{tmp_path}/*.jsonl", str(tmp_path / "a.jsonl")])
    assert ids(found) == IDS * 2


def test_folders_recurse_patterns_match_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    for name in ("x/y/a.jsonl", "x/b.jsonl", "x/.cache/c.jsonl", "x/.d.jsonl"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(jsonl(RECORDS[:1]))
    assert len(read_all([str(tmp_path / "x")])[0]) == 2
    assert len(read_all([f"{tmp_path}/**/a.*"])[0]) == 1
    assert len(read_all([f"file://{tmp_path}/x"])[0]) == 2


def test_sources_named_relatively_keep_relative_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Provenance must not tell one machine's folders, nor differ from another's."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.jsonl").write_bytes(jsonl(RECORDS[:1]))
    monkeypatch.chdir(tmp_path)
    assert read_all(["runs"])[0][0].source == "runs/a.jsonl"


def test_fingerprint_follows_content(tmp_path: Path) -> None:
    def mark(rows: list[dict[str, Any]]) -> str:
        (tmp_path / "a.jsonl").write_bytes(jsonl(rows))
        (partition,) = plan([str(tmp_path)], SourceOptions())[0]
        return partition.fingerprint

    assert mark(RECORDS) == mark(RECORDS)
    assert mark(RECORDS) != mark(RECORDS[:3])


def test_plan_is_the_same_every_time(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number}.jsonl").write_bytes(jsonl(RECORDS))
    options = SourceOptions(partition_bytes=5000)
    first: list[Partition] = plan([str(tmp_path)], options)[0]
    assert first == plan([str(tmp_path)], options)[0]
    assert [p.uri for p in first] == sorted(p.uri for p in first)


def test_other_file_systems_are_read_through_fsspec() -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/bucket/runs/a.jsonl.gz", gzip.compress(jsonl(RECORDS)))
    memory.pipe("/bucket/runs/b.parquet", parquet(RECORDS))
    found, rejections = read_all(["memory://bucket/runs"], SourceOptions(partition_bytes=1000))
    assert ids(found) == IDS * 2
    assert {item.source for item in found} == {"memory:///bucket/runs/a.jsonl.gz", "memory:///bucket/runs/b.parquet"}
    assert not rejections


@pytest.mark.parametrize("source", ["nowhere", "nowhere/*.jsonl", "memory://nowhere", "bogus://bucket/x"])
def test_a_source_that_matches_nothing_fails_by_name(source: str) -> None:
    with pytest.raises(SourceError, match=source.split("*")[0].replace("?", ".")):
        plan([source], SourceOptions())


@pytest.mark.parametrize("shape", ["lines", "list", "lines, compressed"])
def test_memory_does_not_grow_with_a_file(shape: str, tmp_path: Path) -> None:
    """48 MB of rows are read within a fraction of that, whatever holds them."""
    text = json.dumps(record(1, 6000)).encode()
    count = 48 * 2**20 // len(text)
    content = b"[" + b",".join([text] * count) + b"]" if shape == "list" else b"\n".join([text] * count)
    (tmp_path / "a").write_bytes(zstandard.compress(content) if "compressed" in shape else content)
    del content
    (partition,) = plan([str(tmp_path)], SourceOptions(partition_bytes=64 * 2**20))[0]
    tracemalloc.start()
    try:
        assert sum(1 for _ in read(partition)) == count
        assert tracemalloc.get_traced_memory()[1] < (40 if shape == "list" else 24) * 2**20
    finally:
        tracemalloc.stop()


def test_an_empty_folder_fails_by_name(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=str(tmp_path)):
        plan([str(tmp_path)], SourceOptions())


def test_unreadable_files_are_rejections_beside_readable_ones(tmp_path: Path) -> None:
    """Links to nothing stand for files that the user may not open: tests may run as root."""
    (tmp_path / "a.jsonl").write_bytes(jsonl(RECORDS))
    (tmp_path / "gone.traj").symlink_to(tmp_path / "nowhere")
    (tmp_path / "empty.traj").touch()
    (tmp_path / "notes.md").write_text("# not JSON")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    found, rejections = read_all([str(tmp_path)])
    assert ids(found) == IDS
    assert [(Path(each.source).name, each.reason) for each in rejections] == [
        ("empty.traj", "empty"), ("gone.traj", "unreadable"), ("image.png", "unknown-format"),
        ("notes.md", "unknown-format"),
    ]  # fmt: skip
    assert all(each.source in each.detail and each.stage == "read" for each in rejections)


def test_sources_without_any_readable_file_fail(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("# not JSON")
    with pytest.raises(SourceError, match=r"notes\.md"):
        plan([str(tmp_path)], SourceOptions())


def test_a_folder_in_place_of_a_file_is_read_as_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").mkdir()
    (tmp_path / "a.jsonl" / "part").write_bytes(jsonl(RECORDS))
    assert ids(read_all([f"{tmp_path}/*.jsonl"])[0]) == IDS
