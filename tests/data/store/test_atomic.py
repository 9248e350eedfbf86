"""Files and folders that appear whole, and leftovers that are told from work in progress."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.workspace import remove_abandoned, workspace
from tests.data.store.publishing import die_in_workspace


def test_bytes_land_under_the_name_and_nothing_else_stays(tmp_path: Path) -> None:
    write_atomic(tmp_path / "new" / "out", b"content")
    assert (tmp_path / "new" / "out").read_bytes() == b"content"
    assert os.listdir(tmp_path / "new") == ["out"]


def test_a_function_writes_into_the_file(tmp_path: Path) -> None:
    table = pa.table({"n": [1, 2]})
    write_atomic(tmp_path / "out.parquet", lambda file: pq.write_table(table, file))
    assert pq.read_table(tmp_path / "out.parquet").equals(table)


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise OSError("disk full")

    write_atomic(tmp_path / "out", b"old")
    with pytest.raises(OSError, match="disk full"):
        write_atomic(tmp_path / "out", fail)
    assert (tmp_path / "out").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


def test_files_get_the_permissions_that_the_user_asked_for(tmp_path: Path) -> None:
    """Catches `mkstemp`, whose files nobody else may read."""
    before = os.umask(0o022)
    try:
        write_atomic(tmp_path / "out", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o644


def test_a_workspace_is_gone_afterwards_unless_it_was_moved(tmp_path: Path) -> None:
    with workspace(tmp_path / "work") as folder:
        (folder / "file").touch()
    with workspace(tmp_path / "work") as folder:
        folder.rename(tmp_path / "kept")
    assert os.listdir(tmp_path / "work") == []
    assert (tmp_path / "kept").is_dir()


def test_only_the_leftovers_of_the_dead_are_removed(tmp_path: Path) -> None:
    process = multiprocessing.get_context("forkserver").Process(target=die_in_workspace, args=(tmp_path,))
    process.start()
    process.join(60)
    (left,) = tmp_path.iterdir()
    with workspace(tmp_path) as mine:
        assert remove_abandoned(tmp_path, older_than=0) == [left]
        assert list(tmp_path.iterdir()) == [mine]
    assert remove_abandoned(tmp_path / "never made") == []
