"""Tasks at rest: whole, accounted for, and refused where they are not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import datasets
import pytest

from contextpairs.pipelines.tasks.storing import (
    MANIFEST_NAME,
    NoTasks,
    TasksError,
    TasksManifest,
    load_tasks,
    read_manifest,
    write_tasks,
)
from tests.data.pairs.image_rows import picture

CODING = TasksManifest(kind="coding", configuration={})
IMAGES = TasksManifest(kind="images", configuration={})


def rows(count: int, images: bool = False) -> Iterator[dict[str, Any]]:
    for n in range(count):
        shown = {"images": [{"bytes": picture(n), "path": f"{n}.png"}]} if images else {}
        prompt = [{"role": "user", "content": f"question {n}"}]
        yield {"task_id": f"{n:032}", "prompt": prompt, **shown, "reference": "{}", "provenance": "{}"}


def test_tasks_come_back_as_trl_reads_them(tmp_path: Path) -> None:
    written = write_tasks(rows(5), CODING, tmp_path)
    assert written == read_manifest(tmp_path)
    loaded = load_tasks(tmp_path)
    assert loaded.column_names == ["task_id", "prompt", "reference", "provenance"]
    assert loaded[3]["prompt"] == [{"role": "user", "content": "question 3"}]
    assert written.tasks == len(loaded) == 5


def test_pictures_come_back_decoded(tmp_path: Path) -> None:
    write_tasks(rows(3, images=True), IMAGES, tmp_path)
    loaded = load_tasks(tmp_path)
    assert loaded.features["images"] == datasets.List(datasets.Image())
    assert loaded[2]["images"][0].size[0] > 0


def test_any_reader_of_parquet_finds_the_features(tmp_path: Path) -> None:
    write_tasks(rows(3, images=True), IMAGES, tmp_path)
    files = [str(path) for path in tmp_path.glob("tasks-*.parquet")]
    loaded = datasets.load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded.features == load_tasks(tmp_path).features


def test_writing_the_same_again_changes_no_byte(tmp_path: Path) -> None:
    write_tasks(rows(5), CODING, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    write_tasks(rows(5), CODING, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    assert not list((tmp_path / ".writing").iterdir())


def test_a_writer_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    def failing() -> Iterator[dict[str, Any]]:
        yield from rows(3)
        raise RuntimeError("the disk is gone")

    first = write_tasks(rows(5), CODING, tmp_path)
    with pytest.raises(RuntimeError, match="the disk is gone"):
        write_tasks(failing(), CODING, tmp_path)
    with pytest.raises(NoTasks, match="no task is left"):
        write_tasks(iter(()), CODING, tmp_path)
    assert read_manifest(tmp_path) == first
    assert len(load_tasks(tmp_path)) == 5


def test_a_folder_without_tasks_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoTasks, match=r"there is no tasks\.json; write tasks with `contextpairs tasks coding"):
        load_tasks(tmp_path / "none")


def test_half_a_copy_is_refused(tmp_path: Path) -> None:
    (file,) = write_tasks(rows(5), CODING, tmp_path).files
    path = tmp_path / file.path
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(
        TasksError, match=rf"expected {file.bytes} bytes, found {file.bytes - 10}; copy the whole folder"
    ):
        load_tasks(tmp_path)
    path.unlink()
    with pytest.raises(TasksError, match="found None"):
        load_tasks(tmp_path)


@pytest.mark.parametrize("altered", [{"tasks": 7}, {"kind": "audio"}, {"surprise": 1}])
def test_an_altered_manifest_is_refused(tmp_path: Path, altered: dict[str, Any]) -> None:
    write_tasks(rows(5), CODING, tmp_path)
    file = tmp_path / MANIFEST_NAME
    file.write_text(json.dumps(json.loads(file.read_text()) | altered))
    with pytest.raises(TasksError, match="write the tasks anew"):
        load_tasks(tmp_path)
