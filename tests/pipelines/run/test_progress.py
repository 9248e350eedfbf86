"""Where nobody sees bars, lines say how far a job is."""

from __future__ import annotations

import re
import time
from io import StringIO

from rich.console import Console

from contextpairs.pipelines.run.progress import ProgressLines


def lines(every: float = 60.0) -> tuple[ProgressLines, StringIO]:
    """Progress, and where it is written."""
    file = StringIO()
    return ProgressLines(Console(file=file, width=40), every), file


def test_a_line_a_stage_says_what_was_done() -> None:
    progress, file = lines()
    progress.stage("facts", 2)
    progress.advance(True, 500)
    progress.advance(False, 1200)
    progress.stage("nothing to do", 0)
    progress.stage("a stage whose name is longer than the terminal is wide", 1)
    progress.advance(False, 0)
    progress.stop()
    first, second = file.getvalue().splitlines()
    assert re.fullmatch(r"facts: 2 of 2, 1 reused, 1,200 rows, [\d,]+ a second, 0 s", first)
    assert second == "a stage whose name is longer than the terminal is wide: 1 of 1, 0 s"


def test_an_unfinished_stage_is_told_when_the_job_ends_or_goes_on() -> None:
    progress, file = lines()
    progress.stage("facts", 4)
    progress.advance(False, 0)
    progress.stage("mask", 3)
    progress.stop()
    assert [line.rpartition(",")[0] for line in file.getvalue().splitlines()] == ["facts: 1 of 4", "mask: 0 of 3"]


def test_a_stage_that_takes_long_is_told_every_so_often_while_nothing_ends() -> None:
    progress, file = lines(every=0.05)
    progress.stage("mask", 9)
    deadline = time.monotonic() + 30
    while file.getvalue().count("mask: 0 of 9") < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    progress.stop()
    told = file.getvalue().count("mask: 0 of 9")
    assert told >= 3
    time.sleep(0.2)
    assert file.getvalue().count("mask: 0 of 9") == told
