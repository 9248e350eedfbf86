"""Places of a fix: exact where the code is known, certain or left out where only the hunk is."""

from __future__ import annotations

import pytest

from contextpairs.data.code.patch import parse_patch
from contextpairs.pipelines.tasks.fixes import certain_places
from contextpairs.pipelines.tasks.places import Place

SOURCE = """\
import os


class Worker:
    limit = 3

    def run(self, job):
        self.start()
        for step in job:
            step()

    def stop(self):
        self.done = True


TABLE = {
    "run": 1,
    "stop": 2,
    "pause": 3,
    "wait": 4,
}
"""


def hunk(section: str, *lines: str, start: int = 100) -> str:
    """A patch of `w.py` of one hunk."""
    old = sum(not line.startswith("+") for line in lines)
    new = sum(not line.startswith("-") for line in lines)
    head = f"diff --git a/w.py b/w.py\n--- a/w.py\n+++ b/w.py\n@@ -{start},{old} +{start},{new} @@ {section}\n"
    return head + "\n".join(lines) + "\n"


def names(patch: str, source: str | None = None) -> list[str]:
    texts = {} if source is None else {"w.py": source.split("\n")}
    return [place.name for place in certain_places(parse_patch(patch), texts)]


BODY = ("         self.start()", "-        for step in job:", "+        for step in job.steps:", "             step()")
ADDED = ("             step()", " ", "+    def pause(self):", "+        pass", "+", "     def stop(self):")
ROW = ('     "run": 1,', '+    "halt": 5,', '     "stop": 2,')


def test_with_the_code_at_hand_names_are_exact() -> None:
    assert names(hunk("class Worker:", *BODY, start=8), SOURCE) == ["Worker.run"]
    assert names(hunk("def run(self, job):", *ADDED, start=10), SOURCE) == ["Worker"]
    assert names(hunk("def stop(self):", *ROW, start=17), SOURCE) == ["<module>"]


@pytest.mark.parametrize(
    ("section", "lines", "expected"),
    [
        ("def run(self, job):", BODY, ["run"]),
        ("async def run(self, job):", BODY, ["run"]),
        ("def run(job):", BODY, ["run"]),
        ("class Worker:", BODY, [""]),
        ("", BODY, [""]),
        ("def run(self, job):", ADDED, [""]),
        ("class Worker:", (" ", "-    limit = 3", "+    limit = 4", " "), ["Worker"]),
        ("def stop(self):", ROW, [""]),
        ("def main():", ROW, [""]),
        ("def main():", ("     a = 1", "-    return a", "+    return a + 1"), ["main"]),
        ("def old(self):", ("     def run(self):", "-        return 1", "+        return 2"), ["run"]),
        ("class Worker:", (" import os", "+import re", " "), ["<module>"]),
    ],
)
def test_without_the_code_a_name_is_certain_or_left_out(
    section: str, lines: tuple[str, ...], expected: list[str]
) -> None:
    assert names(hunk(section, *lines)) == expected


def test_every_change_of_a_hunk_needs_its_name() -> None:
    lines = ("-import os", "+import re", " ", " class Worker:", " ", "-  limit = 3", "+  limit = 4")
    assert "<module>" in names(hunk("", *lines))
    below = (*BODY, " ", "+    def pause(self):", "+        pass")
    assert names(hunk("def run(self, job):", *below)) == [""]


def test_blank_lines_change_nothing() -> None:
    assert names(hunk("def run(self, job):", "-", *BODY)) == ["run"]
    assert names(hunk("def run(self, job):", " ", "-", " ")) == []


def test_a_method_named_twice_is_one_place() -> None:
    seen = hunk("def run(self, job):", *BODY, start=8)
    unseen = "\n".join(
        hunk("def run(self, job):", "         x = 1", "-        y = 2", "+        y = 3").split("\n")[3:]
    )
    assert names(seen + unseen, SOURCE) == ["Worker.run"]


def test_files_without_functions_are_left_out() -> None:
    patch = hunk("", *BODY).replace("w.py", "CHANGES.rst") + hunk("def run(self):", *BODY)
    assert certain_places(parse_patch(patch), {}) == [Place("w.py", "run")]
    assert certain_places(parse_patch(patch.split("diff --git a/w.py")[0]), {}) == []
