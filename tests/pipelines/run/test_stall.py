"""Works stand still only where neither a partition nor a row of one is finished."""

from __future__ import annotations

from pathlib import Path

import pytest

from contextpairs.data.store.stages import StageFolder
from contextpairs.pipelines.run import stall
from contextpairs.pipelines.run.engine import Work, folders_of
from contextpairs.pipelines.run.stall import RowMark, StallClock, Stalled
from tests.pipelines.run.test_engine import work

FEW = 0.0001
"""Minutes that are over when the next line runs, or hardly later."""


@pytest.fixture
def works(tmp_path: Path) -> list[Work]:
    return [work(tmp_path, number) for number in (5, 3)]


@pytest.fixture
def mark(works: list[Work], monkeypatch: pytest.MonkeyPatch) -> RowMark:
    """Of a worker of another process, by its files alone."""
    monkeypatch.setattr(stall, "MARK_EVERY", 0.0)
    return RowMark(StageFolder(works[0].folder, works[0].stage.name))


def test_works_without_a_finished_row_stand_still(works: list[Work]) -> None:
    clock = StallClock(folders_of(works), FEW)
    with pytest.raises(Stalled, match=r"in 0\.0001 minutes, waiting for a-0, a-1; .*engine\.stall_minutes"):
        clock.check(["a-0", "a-1"])


def test_an_error_names_a_few_of_many_partitions(works: list[Work]) -> None:
    with pytest.raises(Stalled, match="a-0, a-1, a-2, a-3, a-4 and 95 more"):
        StallClock(folders_of(works), FEW).check(f"a-{number}" for number in range(100))


def test_a_row_of_a_long_partition_is_a_sign_of_life_once(works: list[Work], mark: RowMark) -> None:
    clock = StallClock(folders_of(works), FEW)
    for _ in range(3):
        mark.row()
        clock.check(["a-0"])
    with pytest.raises(Stalled):
        clock.check(["a-0"])


def test_a_mark_of_an_earlier_run_is_none(works: list[Work], mark: RowMark) -> None:
    mark.row()
    with pytest.raises(Stalled):
        StallClock(folders_of(works), FEW).check(["a-0"])


def test_a_finished_partition_starts_the_time_anew(works: list[Work]) -> None:
    clock = StallClock(folders_of(works), 60)
    before = clock.left
    clock.moved()
    assert before <= 3600
    assert clock.left > 3590
    assert StallClock(folders_of(works), 0).left == 0


def test_rows_are_marked_now_and_then_alone(works: list[Work]) -> None:
    folder = StageFolder(works[0].folder, works[0].stage.name)
    mark = RowMark(folder)
    for _ in range(1000):
        mark.row()
    assert folder.marked() == b""
