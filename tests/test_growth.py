"""Text of a stranger costs time linear in its length, whatever fills it: in readers, edits, mask and leak check."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from math import log
from types import CodeType, FrameType

import pytest

from tests.functions_of_text import forget, literals, taking_text
from tests.growth_table import WAYS
from tests.nasty_fillings import NASTY

EXPONENT = 1.2
"""Of processor time by length, from `LEAST` characters on."""
LEAST, MOST = 100_000, 400_000
SCREENED = (5_000, 20_000)
"""Lengths at which all fillings are tried; what seems to grow faster there is measured from `LEAST` on."""
NOTICED = 0.02
"""Seconds under which a time says nothing."""
SHARE = 8
"""Of all fillings each way tries one in so many, other ones than its neighbours: all of them take half an hour."""

EXCUSED = {
    "builders.coding.pairing.*": "codes and names of conditions",
    "builders.coding.issue_similarity.*": "issues as vectors, made by libraries",
    "builders.coding.grouping.*": "paths and names",
    "builders.coding.facts.commit_key": "a commit",
    "builders.coding.facts.FactsOptions._is_folder": "configuration",
    "builders.coding.outcome._statuses": "swebench's own parsers of logs",
    "builders.coding.outcome._tests_section": "find and split",
    "builders.coding.find_edits._restored": "paths",
    "builders.coding.secret_spans._paths_in": "paths",
    "builders.coding.secret_spans.touches": "paths",
    "builders.coding.seen_file.FileText._*": "lines of a file as shown, through `apply` and `learn`",
    "builders.coding.shell._unescaped": "one escape",
    "builders.coding.shell._terminator": "the delimiter of a here-document, compiled once",
    "builders.coding.python_scripts._unchanged_or_unknown": "a name",
    "builders.coding.linear_regex.*": "numbers and names of groups",
    "data.code.code_text._is_word": "one character",
    "data.sources.trajectories.instances.*": "whole sources, and look-ups by id",
    "data.sources.trajectories.partition.*": "configuration and places",
    "data.sources.trajectories.planning.*": "places of sources",
    "data.sources.trajectories.reading._records": "places of sources",
    "data.sources.trajectories.rows.*": "names of columns",
    "data.sources.trajectories.identity.candidate_ids": "an id",
    "data.sources.trajectories.formats._unknown": "names of fields",
    "filters.coding.budget._encodable": "needs a tokenizer; encodes and decodes",
    "filters.coding.contamination.repository_of_id": "an id",
    "filters.coding.contamination.ContaminationOptions._known": "configuration",
    "filters.coding.duplicates.*": "signatures",
    "filters.coding.secret_kinds._*": "our own table",
    "filters.coding.shortcuts.*": "numbers of couples",
    "filters.coding.leakage._holds": "signs between the letters of one line of a patch",
    "builders.coding.checkouts.*": "paths of the mirror, and its files",
    "builders.coding.edit_failed.*": "the first characters of an output; strips line by line",
    "builders.coding.existed.*": "characters around a path; folders that a command makes",
    "builders.coding.follow._compared": "paths",
    "builders.coding.loose_edits.*": "pieces of lines that an edit names, through `apply`",
    "builders.coding.script_*": "steps and sizes of a followed script are bounded",
    "builders.coding.shared_text.*": "numbered lines of runs of one instance",
    "builders.coding.shown_diffs.*": "diffs, read as patches are",
    "data.code.patch*": "names in the header of a diff",
    "data.sources.trajectories.aider._joined": "joins turns",
    "data.sources.trajectories.messages.*": "a role; names of calls",
    "data.sources.trajectories.openhands_events.*": "names of fields and kinds",
    "data.sources.trajectories.side_fields.*": "labels",
    "data.sources.trajectories.tool_results.*": "ids of calls",
    "data.sources.trajectories.completions.*": "the record of a reply",
    "filters.coding.learners.*": "numbers of couples",
    "filters.coding.measures.*": "sizes and counts of published rows, bounded by the budget",
}
"""Functions that take text and that no way reaches with a stranger's: by name, with the reason."""
SAMPLES = (
    "a = b # x\n" * 40,
    "return max(left, 0)\n" * 20,
    "x `return max(left, 0)` [-a-]{+return max(left, 0)+}\n" * 20,
    "import re\ns = open('a').read()\ndef f():\n  return s.find('abc')\n" * 10,
    "# Check if the `db_table` is defined in the options of its model\n" * 10,
    "\x1b[31ma@b.com \x1b[0m [31m /home/joe/x [0m\r\n abc\rx\x1b[1K" * 20,
    "@@ -1,2 +1,2 @@\n a\n-b\n+c\n" * 20,
    "/a\\.[x]b/,/c/s/\\(a\\)\\<b/\\1&\\n/;" * 3,
    "AKIAIOSFODNN7ABCDEFG api_key = 'a8f7D9s8f7d9Sf87s9df8' https://joe:hunter22@host.com\n",
    "<issue>\nabc def\n</issue>\n<pr_description>x</pr_description>" * 3,
    "class A:\n  def free(self):\n    return 1\n" * 20,
    "I am replacing left with db_table and `row` instead of `left` here.\n" * 10,
)
KNOWN_BAD = [
    *(("masked in a tool's words", each) for each in ("{+", "[-a{+b", "1:", "1: ", "a ", "[-", "\\", "max((left, 0")),
    *(("masked in an agent's words", each) for each in ("replace a ", "`", "1,", "(1 ")),
    *(("masked behind a hunk", each) for each in ("\r", " ", "\t\n", "+\n", "\r\n")),
    *(("looked through for leaks", each) for each in ("\\", '" ', "[-", "{+", "\n", "? ")),
    *(("a patch of secrets", each) for each in ("=======\n", "1:", "| 1 ", "word  ")),
    *(("known before", each) for each in ("a ", "a b c d e f g h ")),
    *(("cleaned", each) for each in ("a\x1b[1K", "[0m [31m", " [31m")),
    *(("an agent's sed script", each) for each in ("\r", ";")),
    *(("a regular expression", each) for each in ("a", "()")),
]  # fmt: skip
"""What has taken quadratic time or worse, or never ended."""


def seconds(work: Callable[[str], object], filling: str, length: int, tries: int) -> float:
    """Processor time of work that remembers nothing, the best of some tries; collecting garbage is left out."""
    text = filling * (length // len(filling))
    times = []
    for _ in range(tries):
        forget()
        gc.collect(0)
        gc.disable()
        start = time.process_time()
        try:
            work(text)
        finally:
            times.append(time.process_time() - start)
            gc.enable()
    return min(times)


def exponent(work: Callable[[str], object], filling: str, least: int, most: int, tries: int = 1) -> float:
    """By which power of the length the time grows; 0 where it is too short to say."""
    slow = seconds(work, filling, most, tries)
    if slow < NOTICED:
        return 0
    return log(slow / max(seconds(work, filling, least, tries), 1e-6)) / log(most / least)


def surely_grows(work: Callable[[str], object], filling: str, least: int, most: int) -> bool:
    """Whether the time grows faster than its length however often it is measured: other processes disturb a time."""
    return all(exponent(work, filling, least, most) > EXPONENT for _ in range(4))


@pytest.fixture(scope="module")
def reached() -> set[CodeType]:
    """The code that runs when the samples are taken in by all ways."""
    found: set[CodeType] = set()
    forget()

    def called(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            found.add(frame.f_code)

    for work in WAYS.values():
        for sample in SAMPLES:
            sys.setprofile(called)
            try:
                work(sample)
            finally:
                sys.setprofile(None)
    return found


def test_every_function_that_takes_text_is_in_the_table_or_excused(reached: set[CodeType]) -> None:
    """A new one fails here until a way of tests/growth_table.py reaches it, or it is excused above with a reason."""
    missing = sorted(name for code, name in taking_text().items() if code not in reached)
    assert [name for name in missing if not any(fnmatch(name, each) for each in EXCUSED)] == []
    assert [each for each in EXCUSED if not any(fnmatch(name, each) for name in taking_text().values())] == []


@pytest.mark.parametrize(("way", "filling"), KNOWN_BAD)
def test_what_was_slow_grows_with_its_length(way: str, filling: str) -> None:
    assert exponent(WAYS[way], filling, 6_000, 24_000, tries=2) < 1.6


def fillings(way: str) -> Iterator[str]:
    """The way's share of the nasty ones and of the literals of every expression, each once."""
    place = list(WAYS).index(way)
    return iter(sorted({*NASTY, *literals()})[place % SHARE :: SHARE])


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_no_filling_takes_longer_than_its_length_says(way: str) -> None:
    work = WAYS[way]
    suspects = [each for each in fillings(way) if surely_grows(work, each, *SCREENED)]
    assert [each for each in suspects if surely_grows(work, each, LEAST, MOST)] == []


@pytest.mark.slow
@pytest.mark.parametrize(("way", "filling"), KNOWN_BAD)
def test_a_million_characters_of_what_was_slow(way: str, filling: str) -> None:
    """From where the text outgrows the processor's caches: below, its time per character rises for that alone."""
    assert not surely_grows(WAYS[way], filling, MOST, 1_000_000)
