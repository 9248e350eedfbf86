"""What a hunk says of the function around a change: the whole name, or that it is not known."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.builders.coding.functions import BaseTexts, named_functions
from contextpairs.builders.coding.hunk_names import header_style
from contextpairs.data.code.patch import parse_patch


def patch_of(section: str, body: str, path: str = "bin.py", start: int = 40) -> str:
    """A patch of one hunk; its lines are counted."""
    lines = body.rstrip("\n").split("\n")
    old, new = (sum(line[0] in tags for line in lines) for tags in (" -", " +"))
    return f"--- a/{path}\n+++ b/{path}\n@@ -{start},{old} +{start},{new} @@ {section}\n" + "\n".join(lines) + "\n"


def named(section: str, body: str, path: str = "bin.py") -> tuple[list[str], bool]:
    """Names without the path, and whether a change is left open."""
    found = named_functions(parse_patch(patch_of(section, body, path)), BaseTexts())
    return [name.partition("::")[2] for name in found.functions], bool(found.unknown)


OPEN: tuple[list[str], bool] = ([], True)


@pytest.mark.parametrize(
    ("section", "body", "expected"),
    [
        ("class Bin:", "         left = 3\n-        return left\n+        return 0\n", OPEN),
        ("class Bin(Box, key=3):", "+            x = 1\n             y = 2\n", OPEN),
        ("class Bin:", "     size = 3\n+    limit = 4\n", (["Bin"], False)),
        ("class Bin:", "+    def fill(self):\n+        pass\n+\n     def used(self):\n", (["Bin"], False)),
        ("class Bin:", "     def free(self):\n-        return 1\n+        return 0\n", (["Bin.free"], False)),
        ("class Bin:", "     @property\n-    def free(self):\n+    def free(self, x):\n", (["Bin.free"], False)),
        ("class Bin:", "-    @property\n     def free(self):\n         return 1\n", (["Bin.free"], False)),
        (
            "class Bin:",
            "     def free(\n         self,\n-    ):\n+    ) -> int:\n         return 1\n",
            (["Bin.free"], False),
        ),
        ("class Bin:", "         def free(self):\n-            return 1\n+            return 0\n", OPEN),
        ("class Bin:", "     class Lid:\n         def up(self):\n-            return 1\n", (["Bin.Lid.up"], False)),
        ("def free(self):", "-        return 1\n+        return 0\n", OPEN),
        ("def free(cls, x):", "     size = 3\n+    limit = 4\n", OPEN),
        ("async def free(self):", "-        return 1\n", OPEN),
        ("def pack(bins):", "     for x in bins:\n-        return 1\n+        return 0\n", OPEN),
        ("LIMITS = {", "     'a': 1,\n+    'b': 2,\n", OPEN),
        ("It packs a bin, and", "-        return 1\n", OPEN),
        ("", "-        return 1\n", OPEN),
        ("", " LIMITS = {\n     'a': 1,\n+    'b': 2,\n", (["<module>"], False)),
        ("class Bin:", "-LIMIT = 3\n+LIMIT = 4\n", (["<module>"], False)),
        ("class Bin:", " def pack(bins):\n     x = 1\n-    return 1\n", (["pack"], False)),
        ("class Bin:", "\n+\n+\n", ([], False)),
    ],
)
def test_python(section: str, body: str, expected: tuple[list[str], bool]) -> None:
    body = "\n".join(line or " " for line in body.split("\n")[:-1])
    assert named(section, body) == expected


@pytest.mark.parametrize(
    ("path", "section", "body", "expected"),
    [
        ("bin.js", "class Bin {", "     left();\n-    return 1;\n", OPEN),
        ("bin.ts", "export default class Bin {", "   free() {\n-    return 1;\n+    return 0;\n", OPEN),
        ("bin.js", "export function pack(bins) {", "-  return 1;\n", (["pack"], False)),
        ("Bin.java", "public class Bin {", "     public int free() {\n-        return 1;\n", OPEN),
        (
            "Bin.java",
            "public class Bin {",
            "   static final int A = 3;\n+  static final int B = 3;\n",
            (["Bin"], False),
        ),
        ("bin.c", "struct bin *pack(struct bin *all)", "-\treturn 1;\n", OPEN),
        ("bin.go", "func (b *Bin[T]) Free() int {", " \tif x {\n-\t\treturn 1\n", (["Bin.Free"], False)),
        ("bin.rs", "impl<T> Drop for Bin<T> {", "     fn free(&self) {\n-        1\n", OPEN),
        ("bin.rs", "impl Drop for Bin {", "     fn free(&self) {\n-        1\n", (["Bin.free"], False)),
        ("bin.rb", "class Bin", "     left = 3\n-    left\n", OPEN),
        ("bin.rb", "class Bin", "   def free\n-    1\n", (["Bin.free"], False)),
        ("bin.cfg", "class Bin:", "     a = 1\n-    b = 2\n", OPEN),
    ],
)
def test_other_languages(path: str, section: str, body: str, expected: tuple[list[str], bool]) -> None:
    assert named(section, body, path) == expected


def test_two_columns_of_indentation_make_a_body_of_four_a_method() -> None:
    assert named("class Bin:", "     if x:\n-      return 1\n") == OPEN


@pytest.mark.parametrize(
    ("sections", "style"),
    [
        (["class A:", "def f(self):"], "stripped"),
        (["async def f(cls, x):"], "stripped"),
        (["class A:", "import os"], "plain"),
        (["class A:", "def f(x):", ""], "unsure"),
    ],
)
def test_headers_show_how_git_wrote_them(sections: list[str], style: str) -> None:
    """Where a repository names Python for its files, a header that names a class or function may be a nested one."""
    files = parse_patch("".join(patch_of(section, "-x\n+y\n") for section in sections))
    assert header_style(files) == style


def test_a_header_at_the_margin_names_a_function_where_another_shows_that_headers_are_of_the_margin() -> None:
    patch = patch_of("def pack(bins):", "-    return 1\n")
    assert named_functions(parse_patch(patch), BaseTexts()).functions == []
    assert named_functions(parse_patch(patch + patch_of("import os", "-x = 1\n", "lid.py")), BaseTexts()).functions == [
        "bin.py::pack",
        "lid.py::<module>",
    ]


def test_changes_of_one_stretch_have_one_mark_and_those_of_two_functions_have_two() -> None:
    shown: list[str | None] = [*[None] * 9, "        a = 1", "        b = 2", "        c = 3", "    def used(self):"]
    shown += ["        d = 4", "        e = 5"]

    def mark(line: int) -> list[str]:
        text = str(shown[line - 1])
        hunk = patch_of("class Bin:", f"-{text}\n+{text}0\n", start=line).replace("class Bin:", "")
        return named_functions(parse_patch(hunk), BaseTexts(shared={"bin.py": shown})).unknown

    assert mark(10) == mark(12) != mark(14)
    assert mark(14) == mark(15)
    assert mark(10)[0].startswith("bin.py::?")


WORDS = st.sampled_from(["class A:", "def f(self):", "@", ")", "#", "func (", "impl ", "", "x", "    ", "\t", "if x:"])


@settings(max_examples=300)
@given(st.lists(st.tuples(st.sampled_from(" -+"), st.lists(WORDS, max_size=4)), max_size=12), WORDS, WORDS)
def test_any_hunk_gives_names_or_marks(lines: list[tuple[str, list[str]]], section: str, name: str) -> None:
    body = "\n".join(tag + "".join(words) for tag, words in lines) or " "
    for path in ("a.py", "a.js", "a.go", f"{name or 'a'}.rs", "a"):
        found = named_functions(parse_patch(patch_of(section, body, path)), BaseTexts())
        assert all("::?" in mark for mark in found.unknown)


@pytest.mark.parametrize(
    "line", ["    x", "x" * 8, "(" * 8, "impl for ", " " * 40, "pub public ", "def f(self, ", "\t"]
)
def test_time_grows_with_the_length(line: str) -> None:
    def seconds(count: int) -> float:
        body = "\n".join("-" + line for _ in range(count)) + "\n-" + line * count
        files = parse_patch(patch_of(line * count, body))
        start = time.process_time()
        named_functions(files, BaseTexts())
        return time.process_time() - start

    seconds(100)
    assert seconds(16_000) < 40 * max(seconds(2_000), 0.01)
