"""Patches are read as git means them, whatever stands around them, and undone line by line."""

from __future__ import annotations

from pathlib import Path

import pytest
import whatthepatch

from contextpairs.data.code.patch import parse_patch, reverse_patch
from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

PATCH = """diff --git a/m.py b/m.py
--- a/m.py
+++ b/m.py
@@ -1,4 +1,5 @@ def f():
 a
-b
-c
+B
+C
+D
 e
@@ -10,2 +11,1 @@
-x
 y
"""
NEW = "diff --git a/n.py b/n.py\nnew file mode 100644\n--- /dev/null\n+++ b/n.py\n@@ -0,0 +1,1 @@\n+a\n"
DELETED = "diff --git a/o.py b/o.py\ndeleted file mode 100644\n--- a/o.py\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-\n"
OPEN_END = (
    "--- a/p.py\n+++ b/p.py\n@@ -1,1 +1,2 @@\n-a\n\\ No newline at end of file\n"
    "+a\n+--- b\n\\ No newline at end of file\n"
)
Change = tuple[str, str]


def changes(text: str) -> list[list[Change]]:
    """(tag, line) of each file, by our parser."""
    return [[line for hunk in file.hunks for line in hunk.lines] for file in parse_patch(text) if file.hunks]


def changes_by_whatthepatch(text: str) -> list[list[Change]]:
    """The same by the library."""
    diffs = [diff.changes for diff in whatthepatch.parse_patch(text) if diff.changes]
    return [[("-" if c.new is None else "+" if c.old is None else " ", c.line) for c in diff] for diff in diffs]


@pytest.mark.parametrize("text", [PATCH, NEW, DELETED, OPEN_END, PATCH + NEW + DELETED], ids=lambda text: text[:30])
def test_whole_patches_are_read_as_whatthepatch_reads_them(text: str) -> None:
    assert changes(text) == changes_by_whatthepatch(text)


def test_recorded_patches_are_read_as_whatthepatch_reads_them(shared: Path) -> None:
    partitions, _ = plan([str(shared / "trajectories" / kind) for kind in ("chat", "native")], SourceOptions())
    runs = [run for partition in partitions for run in read(partition) if isinstance(run, Trajectory)]
    patches = {run.patch for run in runs if run.patch and run.patch.strip()}
    assert len(patches) > 1000
    assert [text for text in patches if changes(text) != changes_by_whatthepatch(text)] == []


def test_prose_around_a_patch_and_a_cut_end_are_passed_over() -> None:
    assert changes(f"Here it is:\n\n{PATCH}\nThat should do.\n") == changes(PATCH)
    assert changes(PATCH[: PATCH.index(" y")]) == [[*changes(PATCH)[0][:-1], (" ", "")]]


def test_a_reversed_patch_undoes_each_line_and_reversing_again_restores_it() -> None:
    (before,), (after,) = parse_patch(PATCH), parse_patch(reverse_patch(PATCH))
    for one, other in zip(before.hunks, after.hunks, strict=True):
        assert (one.old(), one.new()) == (other.new(), other.old())
        assert (one.old_start, one.new_start) == (other.new_start, other.old_start)
    assert reverse_patch(reverse_patch(PATCH)).split("\n")[1:] == PATCH.split("\n")[1:]


def test_a_reversed_new_file_is_a_deletion() -> None:
    (file,) = parse_patch(reverse_patch(NEW))
    assert (file.path, file.is_deleted, file.is_new) == ("n.py", True, False)
