"""Cutting sources: nothing lost or read twice, work named by all that it depends on, memory bounded."""

from __future__ import annotations

import gzip
import json
import os
import pickle
from itertools import pairwise
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import Partition, SourceError, SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_vqa
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.pipelines.run.engine import digest
from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.making import PNG, Item, images, lines, outcomes, reason, table

NAMES = [f"images/{number}.png" for number in range(12)]
ROWS = [{"id": at, "image": NAMES[at // 2], "question": f"Q{at}?", "answer": "y"} for at in range(24)]


def partitions_of(source: Path | str, **options: Any) -> list[Partition]:
    partitions, rejections = plan_vqa([str(source)], VqaOptions(**options))
    assert rejections == []
    return partitions


def keys(items: list[Item]) -> list[str]:
    return [item.key for item in items]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images(tmp_path / "set", *NAMES)
    lines(tmp_path / "set" / "qa.jsonl", ROWS)
    return tmp_path / "set"


def as_container(folder: Path, container: str) -> Path:
    (folder / "qa.jsonl").unlink()
    path = folder / f"rows.{container}"
    if container == "parquet":
        columns = {name: [row[name] for row in ROWS] for name in ROWS[0]}
        return table(path, columns, row_group_size=7)
    text = json.dumps(ROWS) if container == "json" else "".join(json.dumps(row) + "\n" for row in ROWS)
    path.write_bytes(gzip.compress(text.encode()) if container.endswith("gz") else text.encode())
    return path


class TestCutting:
    @pytest.mark.parametrize("container", ["jsonl", "jsonl.gz", "json", "parquet"])
    @pytest.mark.parametrize("limit", [1, 4_000, 9_000, 10**9])
    def test_every_row_once_and_in_order(self, container: str, limit: int, folder: Path) -> None:
        """Would catch a row lost at a cut, or counted anew in each piece."""
        path = as_container(folder, container)
        cut = partitions_of(path, partition_bytes=limit)
        items = [item for partition in cut for item in read_vqa(partition)]
        assert keys(items) == [str(row["id"]) for row in ROWS]
        assert [item.row for item in items] == list(range(24))
        assert (len(cut) > 1) == (limit < 10**9)

    def test_images_count_and_those_of_rows_before_do_not(self, folder: Path) -> None:
        """Would catch a partition of few lines that takes gigabytes of images into memory."""
        limit = 3 * len(PNG) + 8 * 1024
        for partition in partitions_of(folder, partition_bytes=limit):
            rows = [item for item in read_vqa(partition) if isinstance(item, VqaRow)]
            assert sum(map(len, {row.image for row in rows})) <= limit

    def test_blank_lines_and_a_byte_order_mark(self, folder: Path) -> None:
        text = "\ufeff" + "\r\n\r\n".join(map(json.dumps, ROWS)) + "\r\n"
        (folder / "qa.jsonl").write_text(text, encoding="utf-8")
        for limit in (1, 4_000, 10**9):
            found = outcomes(folder, partition_bytes=limit)
            assert keys(found) == [str(row["id"]) for row in ROWS]
            assert [item.row for item in found] == list(range(0, 48, 2))

    def test_a_document_in_a_file_of_lines(self, folder: Path) -> None:
        (folder / "qa.jsonl").write_text(json.dumps(ROWS, indent=1))
        assert keys(outcomes(folder)) == [str(row["id"]) for row in ROWS]

    def test_small_files_share_a_partition(self, tmp_path: Path) -> None:
        for name in "abc":
            lines(images(tmp_path / name, *NAMES) / "qa.jsonl", ROWS)
        (partition,) = partitions_of(tmp_path)
        assert "2 more files" in partition.uri
        assert len({item.source for item in read_vqa(partition)}) == 3

    def test_embedded_images_are_cut_at_row_groups(self, tmp_path: Path) -> None:
        content = [picture(seed) for seed in range(12)]
        path = tmp_path / "a.parquet"
        table(path, {"image": content, "question": ["x"] * 12, "answer": ["y"] * 12}, row_group_size=3)
        cut = partitions_of(path, partition_bytes=2_000)
        assert [(part.start, part.stop) for part in cut] == [(0, 1), (1, 2), (2, 3), (3, 4)]
        assert [item.row for part in cut for item in read_vqa(part)] == list(range(12))


class TestIdentity:
    def mark(self, source: Path | str, **options: Any) -> list[str]:
        return [digest(partition) for partition in partitions_of(source, **options)]

    def test_equal_sources_are_equal_work(self, folder: Path) -> None:
        assert self.mark(folder) == self.mark(folder)

    def test_a_partition_goes_to_another_process(self, folder: Path) -> None:
        (partition,) = partitions_of(folder, columns={"id": "image"})
        copy = pickle.loads(pickle.dumps(partition))
        assert copy == partition
        assert digest(copy) == digest(partition)
        assert list(read_vqa(copy)) == list(read_vqa(partition))

    def test_another_image_of_the_same_name_is_other_work(self, folder: Path) -> None:
        """Would catch old pixels in a rebuild after an image was replaced, same size, same time."""
        before, path = self.mark(folder), folder / NAMES[3]
        status, content = path.stat(), bytearray(path.read_bytes())
        content[-20] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        assert self.mark(folder) != before

    @pytest.mark.parametrize("container", ["json", "jsonl.gz", "parquet"])
    def test_in_every_container(self, container: str, folder: Path) -> None:
        path = as_container(folder, container)
        marks = [self.mark(path)]
        (folder / NAMES[3]).write_bytes(picture(99))
        marks.append(self.mark(path))
        (folder / NAMES[3]).unlink()
        marks.append(self.mark(path))
        assert all(one != other for one, other in pairwise(marks))

    def test_many_images_are_told_by_size_and_time(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("contextpairs.data.sources.vqa.referenced.CHEAP_BYTES", 1)
        before, path = self.mark(folder), folder / NAMES[3]
        assert before == self.mark(folder)
        os.utime(path, ns=(0, 0))
        assert self.mark(folder) != before

    def test_an_image_that_no_row_names_changes_nothing(self, folder: Path) -> None:
        before = self.mark(folder)
        images(folder, "images/other.png")
        assert self.mark(folder) == before

    def test_options_are_part_of_it(self, folder: Path) -> None:
        assert self.mark(folder) != self.mark(folder, domain="photos")

    def test_remote_images(self) -> None:
        fs = fsspec.filesystem("memory")
        fs.pipe({f"/identity/{name}": PNG for name in NAMES})
        fs.pipe("/identity/qa.jsonl", "\n".join(map(json.dumps, ROWS)).encode())
        before = self.mark("memory://identity")
        assert before == self.mark("memory://identity")
        fs.pipe(f"/identity/{NAMES[3]}", picture(99))
        assert self.mark("memory://identity") != before

    def test_a_partition_of_another_reader_is_refused(self, folder: Path) -> None:
        partitions, _ = plan([str(folder / "qa.jsonl")], SourceOptions())
        with pytest.raises(TypeError, match=r"qa\.jsonl: expected a partition of plan_vqa"):
            next(read_vqa(partitions[0]))


class TestFinding:
    def test_a_folder_is_its_row_files(self, folder: Path) -> None:
        """Would catch a rejection for each of a hundred thousand images, or a description taken for rows."""
        (folder / "README.md").write_text("about")
        (folder / "dataset_info.json").write_text("{}")
        (folder / ".cache.jsonl").write_text("{}")
        assert keys(outcomes(folder)) == [str(row["id"]) for row in ROWS]

    def test_a_file_named_twice_is_read_once(self, folder: Path) -> None:
        assert len(outcomes(folder, folder / "qa.jsonl", folder / "*.jsonl")) == 24

    def test_any_name_of_a_file_that_is_named_itself(self, folder: Path) -> None:
        (folder / "qa.jsonl").rename(folder / "questions.txt")
        assert len(outcomes(folder / "questions.txt")) == 24

    def test_relative_sources(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder.parent)
        items = outcomes("set", "./set/qa.jsonl")
        assert len(items) == 24
        assert {item.source for item in items} == {"set/qa.jsonl"}
        monkeypatch.chdir(folder)
        assert len(outcomes("qa.jsonl")) == len(outcomes(".")) == 24

    def test_a_damaged_file_does_not_hide_the_others(self, folder: Path) -> None:
        (folder / "a.parquet").write_bytes(b"PAR1 damaged PAR1")
        (folder / "b.jsonl").write_bytes(b"")
        items = outcomes(folder)
        assert [(reason(item), item.row) for item in items[:2]] == [("unreadable", -1), ("empty", -1)]
        assert keys(items[2:]) == [str(row["id"]) for row in ROWS]

    @pytest.mark.parametrize("source", ["nothing", "empty", "*.none"])
    def test_what_is_not_there_fails_by_name(self, source: str, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        with pytest.raises(SourceError, match=source.replace("*", r"\*")):
            outcomes(tmp_path / source)

    def test_images_alone_are_no_source(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="none of its 12 files holds rows"):
            outcomes(images(tmp_path, *NAMES))


class TestHub:
    """A local folder stands for a data set of the hub: `datasets` reads both alike."""

    FEATURE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])

    @pytest.fixture
    def data_set(self, tmp_path: Path) -> Path:
        held = [{"bytes": picture(seed), "path": f"{seed}.png"} for seed in range(5)]
        features = {"image": {"_type": "Image"}, "question": {"dtype": "string", "_type": "Value"},
                    "answer": {"dtype": "string", "_type": "Value"}}  # fmt: skip
        columns = {"image": pa.array(held, self.FEATURE), "question": ["What?"] * 5, "answer": ["y"] * 5}
        stored = pa.table(columns).replace_schema_metadata(
            {"huggingface": json.dumps({"info": {"features": features}})}
        )
        (tmp_path / "data").mkdir()
        for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
            pq.write_table(stored, tmp_path / "data" / f"{name}.parquet")
        return tmp_path / "data"

    def test_every_split_with_images_as_they_came(self, data_set: Path) -> None:
        items = outcomes(f"hf:{data_set}")
        assert len(items) == len({(item.source, item.row) for item in items}) == 15
        rows = [item for item in items if isinstance(item, VqaRow)]
        assert {row.image for row in rows} == {picture(seed) for seed in range(5)}
        assert {row.domain for row in rows} == {"data"}
        assert len(outcomes(f"hf:{data_set}?split=test")) == 5

    def test_lines_that_name_images(self, tmp_path: Path) -> None:
        """Paths of a data set start at its folder."""
        images(tmp_path / "set", *NAMES[:1])
        rows = [{**ROWS[0], "image": {"bytes": None, "path": NAMES[0]}}, {**ROWS[1], "image": {"path": "../x.png"}}]
        lines(tmp_path / "set" / "qa.jsonl", rows)
        first, second = outcomes(f"hf:{tmp_path}/set/")
        assert isinstance(first, VqaRow)
        assert (first.image, first.domain) == (PNG, "set")
        assert reason(second) == "outside-folder"

    def test_mapping_and_columns(self, data_set: Path) -> None:
        with pytest.raises(SourceError, match="no column 'said'"):
            outcomes(f"hf:{data_set}", columns={"answer": "said"})
        table(data_set / "train-00000-of-00002.parquet", {"foo": [1]})
        (data_set / "train-00001-of-00002.parquet").unlink()
        (data_set / "test-00000-of-00001.parquet").unlink()
        with pytest.raises(SourceError, match="columns foo hold no image with a question"):
            outcomes(f"hf:{data_set}")


def test_a_gap_in_the_middle_of_a_json_list(folder: Path) -> None:
    (folder / "qa.jsonl").unlink()
    (folder / "rows.json").write_text(json.dumps([*ROWS[:3], 5, None, *ROWS[3:]]))
    for limit in (1, 10**9):
        items = outcomes(folder, partition_bytes=limit)
        assert [item.row for item in items] == list(range(26))
        assert [item.row for item in items if isinstance(item, Rejection)] == [3, 4]


def test_a_list_that_breaks_off(folder: Path) -> None:
    (folder / "qa.jsonl").unlink()
    (folder / "rows.json").write_text(json.dumps(ROWS)[:-30])
    for limit in (1, 10**9):
        items = outcomes(folder, partition_bytes=limit)
        assert keys(items[:-1]) == [str(row["id"]) for row in ROWS[:-1]]
        assert reason(items[-1]) == "truncated"
