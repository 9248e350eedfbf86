"""Paths of diffs: whoever wrote the diff, the file is named as the repository names it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.code.patch import parse_patch, render_patch, source_part
from contextpairs.data.code.patch_paths import is_test_path, quoted, unquoted

HUNK = "@@ -1 +1 @@ def f():\n-    return 1\n+    return 2\n"
TIME = "\t2025-01-01 10:00:00.000000000 +0000"


def names(header: str) -> tuple[str | None, str]:
    """(old path, path) of the one file of a diff."""
    (file,) = parse_patch(header + HUNK)
    return file.old_path, file.path


@pytest.mark.parametrize(
    "header",
    [
        "diff --git a/pkg/mod.py b/pkg/mod.py\n--- a/pkg/mod.py\n+++ b/pkg/mod.py\n",
        "diff --git pkg/mod.py pkg/mod.py\n--- pkg/mod.py\n+++ pkg/mod.py\n",
        "diff --git i/pkg/mod.py w/pkg/mod.py\n--- i/pkg/mod.py\n+++ w/pkg/mod.py\n",
        "diff --git a/testbed/pkg/mod.py.bak b/testbed/pkg/mod.py\n--- a/testbed/pkg/mod.py.bak\n"
        "+++ b/testbed/pkg/mod.py\n",
        f"diff -ru a/pkg/mod.py b/pkg/mod.py\n--- a/pkg/mod.py{TIME}\n+++ b/pkg/mod.py{TIME}\n",
        f"diff -ru old/pkg/mod.py new/pkg/mod.py\n--- old/pkg/mod.py{TIME}\n+++ new/pkg/mod.py{TIME}\n",
        f"--- /testbed/pkg/mod.py.orig{TIME}\n+++ /testbed/pkg/mod.py{TIME}\n",
        f"--- pkg/mod.py~{TIME}\n+++ pkg/mod.py{TIME}\n",
        f"--- pkg/mod_orig.py{TIME}\n+++ pkg/mod.py{TIME}\n",
        f"--- pkg/mod.py{TIME}\n+++ pkg/mod.py.new{TIME}\n",
        f"--- /tmp/mod.py{TIME}\n+++ /testbed/pkg/mod.py{TIME}\n",
        f"--- /tmp/before/pkg/mod.py{TIME}\n+++ /workspace/shop/pkg/mod.py{TIME}\n",
        f"--- /testbed.orig/pkg/mod.py{TIME}\n+++ /testbed/pkg/mod.py{TIME}\n",
        f"--- pkg.orig/mod.py{TIME}\n+++ pkg/mod.py{TIME}\n",
        "--- pkg/mod.py.orig  2025-01-01 10:00:00 +0100\n+++ pkg/mod.py  2025-01-01 10:00:01 +0100\n",
        "--- pkg/mod.py.orig Wed Jan  1 10:00:00 2025\n+++ pkg/mod.py Wed Jan  1 10:00:00 2025\n",
        "--- ./pkg/mod.py.orig\n+++ ./pkg/mod.py\n",
    ],
)  # fmt: skip
def test_one_file_has_one_name_whoever_compares_it(header: str) -> None:
    assert names(header) == ("pkg/mod.py", "pkg/mod.py")


def test_files_of_one_recursive_diff_stand_apart() -> None:
    text = "".join(
        f"diff -ru a/pkg/{n}.py b/pkg/{n}.py\n--- a/pkg/{n}.py{TIME}\n+++ b/pkg/{n}.py{TIME}\n{HUNK}" for n in "xyz"
    )
    assert [(file.path, len(file.hunks)) for file in parse_patch(text)] == [(f"pkg/{n}.py", 1) for n in "xyz"]


def test_what_diff_dates_to_the_first_moment_is_not_there() -> None:
    text = "--- a/pkg/new.py\t1970-01-01 00:00:00.000000000 +0000\n+++ b/pkg/new.py\t2025-01-01 10:00:00 +0000\n"
    (file,) = parse_patch(text + "@@ -0,0 +1 @@\n+x = 1\n")
    assert (file.path, file.is_new, source_part([file])) == ("pkg/new.py", True, [])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (r'"a/caf\303\251/men\303\274.py"', "café/menü.py"),
        (r'"a/\346\226\207/x.py"', "文/x.py"),
        (r'"a/say \"hi\"\t.py"', 'say "hi"\t.py'),
        (r'"a/back\\slash.py"', "back\\slash.py"),
    ],
)
def test_names_that_git_quotes_are_read(written: str, name: str) -> None:
    other = '"b' + written[2:]
    assert names(f"diff --git {written} {other}\n--- {written}\n+++ {other}\n") == (name, name)
    assert names(f"--- {written}\n+++ {other}\n") == (name, name)


def test_a_name_with_spaces_needs_no_quotes() -> None:
    assert (
        names("diff --git a/my b/x y.py b/my b/x y.py\n--- a/my b/x y.py\t\n+++ b/my b/x y.py\t\n")
        == ("my b/x y.py",) * 2
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_quoted_is_read_back(name: str) -> None:
    assert unquoted(quoted(name)) == name


class TestRenames:
    MOVED = "diff --git a/pkg/old.py b/lib/new.py\nsimilarity index 90%\nrename from pkg/old.py\nrename to lib/new.py\n"

    def test_the_old_path_is_the_place(self) -> None:
        (file,) = parse_patch(f"{self.MOVED}--- a/pkg/old.py\n+++ b/lib/new.py\n{HUNK}")
        assert (file.path, file.place, file.names) == ("lib/new.py", "pkg/old.py", {"lib/new.py", "pkg/old.py"})

    def test_written_back_it_is_still_a_rename(self) -> None:
        files = parse_patch(f"{self.MOVED}--- a/pkg/old.py\n+++ b/lib/new.py\n{HUNK}")
        (again,) = parse_patch(render_patch(files))
        assert (again.place, again.path, again.is_renamed) == ("pkg/old.py", "lib/new.py", True)

    def test_a_rename_to_a_name_like_a_backup_s_is_no_copy(self) -> None:
        text = "diff --git a/x.py b/x_old.py\nrename from x.py\nrename to x_old.py\n--- a/x.py\n+++ b/x_old.py\n"
        (file,) = parse_patch(text + HUNK)
        assert (file.place, file.path) == ("x.py", "x_old.py")

    def test_quoted_names_are_read_there_too(self) -> None:
        text = 'diff --git "a/\\303\\251.py" b/e.py\nrename from "\\303\\251.py"\nrename to e.py\n'
        (file,) = parse_patch(text)
        assert (file.place, file.path) == ("é.py", "e.py")

    def test_a_copy_is_a_file_of_its_own(self) -> None:
        (file,) = parse_patch("diff --git a/x.py b/y.py\ncopy from x.py\ncopy to y.py\n--- a/x.py\n+++ b/y.py\n" + HUNK)
        assert (file.place, file.old_path) == ("y.py", "x.py")


@pytest.mark.parametrize(
    "header",
    [
        "index 1111111..2222222 160000\n--- a/vendor/lib\n+++ b/vendor/lib\n",
        "--- a/vendor/lib\n+++ b/vendor/lib\n",
    ],
)
def test_a_submodule_s_pointer_is_no_source(header: str) -> None:
    lines = f"-Subproject commit {'1' * 40}\n+Subproject commit {'2' * 40}-dirty\n"
    files = parse_patch(f"diff --git a/vendor/lib b/vendor/lib\n{header}@@ -1 +1 @@\n{lines}")
    assert files[0].is_submodule
    assert source_part(files) == []


def test_code_that_speaks_of_subprojects_is_source() -> None:
    text = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-# Subproject commit 1111111\n+Subproject commit 1111111\n"
    assert source_part(parse_patch(text))


@pytest.mark.parametrize(
    ("path", "is_test"),
    [
        ("django/test/client.py", False),
        ("numpy/testing/_private/utils.py", False),
        ("src/numpy/testing/utils.py", False),
        ("shop/test/__init__.py", False),
        ("shop/testing.py", False),
        ("shop/test/test_client.py", True),
        ("shop/test/client_test.py", True),
        ("shop/test/tests.py", True),
        ("shop/test/conftest.py", True),
        ("shop/test/TestClient.py", True),
        ("shop/tests/helpers.py", True),
        ("shop/test/tests/helpers.py", True),
        ("test/helpers.py", True),
        ("testing/helpers.py", True),
        ("test/support/test/x.py", True),
        ("src/test/helpers.py", True),
        ("core/src/test/java/Shop.java", True),
        ("shop/test/fixture.js", True),
        ("shop/testing/data.json", True),
        ("web/shop.spec.ts", True),
        ("shop/contest/latest.py", False),
        ("shop/attest.py", False),
    ],
)
def test_which_paths_are_tests(path: str, is_test: bool) -> None:
    assert is_test_path(path) is is_test
