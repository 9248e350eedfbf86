"""Functions are exact where the source is known, and marked as read off the hunk elsewhere."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from contextpairs.builders.coding.functions import BaseTexts, functions_of, named_functions
from contextpairs.builders.coding.symbols import definitions
from contextpairs.data.code.patch import parse_patch

SOURCE = """import os

LIMIT = 3


def helper(x):
    return x


class Shop:
    name = "shop"

    @property
    def size(self):
        def inner():
            return 1

        return inner()

    def total(self):
        value = 0
        return value


def last():
    return LIMIT
"""
LINES = SOURCE.split("\n")


def diff(*edits: tuple[int, int, list[str]], context: int = 1) -> str:
    """A diff of shop.py without sections: (first line, lines removed, lines added)."""
    out = ["--- a/shop.py", "+++ b/shop.py"]
    for first, removed, added in edits:
        start = max(1, first - context)
        before, gone = LINES[start - 1 : first - 1], LINES[first - 1 : first - 1 + removed]
        after = LINES[first - 1 + removed : first - 1 + removed + context]
        body = [" " + x for x in before] + ["-" + x for x in gone] + ["+" + x for x in added] + [" " + x for x in after]
        old = len(before) + len(gone) + len(after)
        out += [f"@@ -{start},{old} +{start},{old - removed + len(added)} @@", *body]
    return "\n".join(out) + "\n"


def names(patch: str, seen: Sequence[str | None] = LINES) -> tuple[list[str], str]:
    """Functions without the path, and their origin."""
    found, origin = functions_of(parse_patch(patch), {"shop.py": seen})
    return [name.removeprefix("shop.py::") for name in found], origin


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (3, "<module>"),
        (7, "helper"),
        (11, "Shop"),
        (13, "Shop.size"),
        (16, "Shop.size.inner"),
        (18, "Shop.size"),
        (22, "Shop.total"),
    ],
)
def test_the_innermost_definition_around_a_changed_line(line: int, name: str) -> None:
    assert names(diff((line, 1, ["x"]))) == ([name], "source")


@pytest.mark.parametrize(
    ("line", "added", "name"),
    [
        (7, ["    x += 1"], "helper"),
        (8, ["    # after the last line"], "helper"),
        (8, ["", "", "def new():", "    pass"], "<module>"),
        (19, ["    def new(self):", "        pass", ""], "Shop"),
        (23, ["", "    def new(self):", "        pass"], "Shop"),
        (23, ["        # still total"], "Shop.total"),
        (12, ["    title = 'x'"], "Shop"),
    ],
)
def test_an_insertion_belongs_to_what_surrounds_it_at_its_indentation(line: int, added: list[str], name: str) -> None:
    assert names(diff((line, 0, added))) == ([name], "source")


def test_several_hunks_give_several_functions() -> None:
    assert names(diff((7, 1, ["    return -x"]), (22, 1, ["        return 1"]))) == (["Shop.total", "helper"], "source")


def test_a_part_of_the_file_is_enough_if_its_top_level_statement_is_seen() -> None:
    seen = [text if 10 <= number <= 26 else None for number, text in enumerate(LINES, 1)]
    assert names(diff((21, 1, ["        value = 1"])), seen) == (["Shop.total"], "source")


def test_a_part_without_its_class_leaves_the_name_open() -> None:
    seen = [text if 19 <= number <= 22 else None for number, text in enumerate(LINES, 1)]
    patch = parse_patch(diff((21, 1, ["        value = 1"])))
    assert named_functions(patch, BaseTexts({"shop.py": seen})) == ([], "hunk", ["shop.py::?"])
    assert named_functions(patch, BaseTexts({"shop.py": seen}), parts=True).functions == ["shop.py::total"]


def test_text_that_is_not_the_base_of_the_patch_is_not_used() -> None:
    other = [line.replace("value = 0", "value = 9") for line in LINES]
    assert names(diff((21, 1, ["        value = 1"])), other)[1] == "hunk"


def test_a_hunk_at_wrong_line_numbers_is_found_by_its_text() -> None:
    patch = diff((21, 1, ["        value = 1"])).replace("@@ -20,3 +20,3", "@@ -2,3 +2,3")
    assert names(patch) == (["Shop.total"], "source")


@pytest.mark.parametrize(
    ("hunk", "expected"),
    [
        (
            "@@ -20,3 +20,3 @@ class Shop:\n     def total(self):\n-        value = 0\n+        value = 1\n",
            ["Shop.total"],
        ),
        (
            "@@ -21,2 +21,2 @@ def total(self):\n-        value = 0\n+        value = 1\n         return value\n",
            [],
        ),
        ("@@ -3,1 +3,1 @@\n-LIMIT = 3\n+LIMIT = 4\n", ["<module>"]),
        ("@@ -21,1 +21,1 @@\n-        value = 0\n+        value = 1\n", []),
        ("@@ -6,2 +6,2 @@\n-def helper(x):\n+def helper(x, y):\n     return x\n", ["helper"]),
        ("@@ -9,2 +9,2 @@ func (s *Shop) Total() int {\n \tv := 0\n-\treturn v\n+\treturn 1\n", ["Shop.Total"]),
    ],
)
def test_names_read_off_the_hunk(hunk: str, expected: list[str]) -> None:
    assert names(f"--- a/shop.py\n+++ b/shop.py\n{hunk}", []) == (expected, "hunk")


@pytest.mark.parametrize("layout", ["tree", "short", "git", "bare"])
def test_a_mirror_of_checkouts_gives_exact_names(layout: str, tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    (work / "shop.py").write_text(SOURCE)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(work)]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "base"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    if layout in ("tree", "short"):
        (mirror / "owner__name").mkdir()
        work.rename(mirror / "owner__name" / (commit if layout == "tree" else commit[:8]))
    elif layout == "git":
        work.rename(mirror / "owner__name")
    else:
        subprocess.run(
            ["git", "clone", "-q", "--bare", str(work), str(mirror / "owner__name.git")],
            check=True,
            capture_output=True,
        )
    patch = parse_patch(diff((21, 1, ["        value = 1"])))
    for given in (commit, commit[:8]):
        assert functions_of(patch, {}, mirror, "owner/name", given) == (["shop.py::Shop.total"], "mirror")
    assert functions_of(patch, {}, mirror, "owner/other", commit)[1] == "hunk"


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("javascript", "class A {\n  m() { return 1 }\n}\nconst f = () => { return 2 }\n", ["A", "A.m", "f"]),
        ("typescript", "interface I { x: number }\nfunction f(): void {}\n", ["I", "f"]),
        ("go", "package p\n\nfunc (s *Shop) Total() int {\n\treturn 1\n}\n\nfunc F() {}\n", ["Shop.Total", "F"]),
        ("java", "class A {\n  A() {}\n  int m() { return 1; }\n}\n", ["A", "A.A", "A.m"]),
        ("rust", "impl Shop {\n  fn total(&self) -> i32 { 1 }\n}\nfn f() {}\n", ["Shop", "Shop.total", "f"]),
        ("cpp", "int A::m(int x) { return x; }\nclass B { void n() {} };\n", ["A.m", "B", "B.n"]),
        ("ruby", "class A\n  def m\n  end\nend\n", ["A", "A.m"]),
        ("php", "<?php\nclass A { function m() {} }\n", ["A", "A.m"]),
    ],
)
def test_other_languages(language: str, source: str, expected: list[str]) -> None:
    found = definitions(language, source)
    if found is None:
        pytest.skip(f"no grammar for {language} in this installation of tree-sitter-language-pack")
    assert [definition.name for definition in found] == expected


def test_python_that_does_not_parse_is_read_off_the_hunk() -> None:
    broken = ["def f(:", "    x = 1", ""]
    patch = "--- a/shop.py\n+++ b/shop.py\n@@ -2,1 +2,1 @@ def f(:\n-    x = 1\n+    x = 2\n"
    assert names(patch, broken) == (["f"], "hunk")
