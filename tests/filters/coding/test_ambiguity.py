"""Which patches say the same, whatever their writing, and which differ although they look alike."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.filters.coding.ambiguity import ambiguity
from contextpairs.filters.coding.substance import statements

CODE = '''import os
from catalog import sizes

class Shelf:
    """A row of boxes."""

    def free(self, other):
        left = self.width - self.used()
        if left < 0:
            return left
        return left
'''
TEST, BODY, LAST = "left < 0", "            return left\n", "return left\n        return left"


def patch(old: str, new: str, path: str = "store/shelf.py", context: int = 3) -> list[FilePatch]:
    """A patch that replaces the first occurrence of `old` in the module."""
    assert old in CODE
    after = CODE.replace(old, new, 1).splitlines(keepends=True)
    lines = difflib.unified_diff(CODE.splitlines(keepends=True), after, f"a/{path}", f"b/{path}", n=context)
    return parse_patch("".join(lines))


EQUAL = {
    "a call wrapped": (TEST, "max(left, 0)", "max(\n            left,\n            0,\n        )"),
    "operands of ==": (TEST, "left == 0", "0 == left"),
    "operands of !=": (TEST, "left != self.width", "self.width != left"),
    "operands of is": (TEST, "left is other", "other is left"),
    "== for is": (TEST, "left == other", "left is other"),
    "truth for is not None": (TEST, "left is not None", "left"),
    "not for is None": (TEST, "left is None", "not left"),
    "truth within and": (TEST, "other and left is not None", "other and left"),
    "not in": (TEST, "not left in other", "left not in other"),
    "names of an import": ("import sizes", "import sizes, shapes", "import shapes, sizes"),
    "items of a set": (TEST, "left in {1, 2}", "left in {2, 1}"),
    "keyword arguments": ("self.used()", "self.used(a=1, b=2)", "self.used(b=2, a=1)"),
    "a comment": (TEST, "left < 1", "left < 1:  # full\n            # nothing left"),
    "quotes": (BODY, '            return "full"\n', "            return 'full'\n"),
    "strings joined": (BODY, '            return "fu" "ll"\n', '            return "full"\n'),
    "a bare pass": (BODY, "            return 7\n            pass\n", "            return 7\n"),
    "a bare continue": (BODY, "            return 7\n            continue\n", "            return 7\n"),
    "one line for two": ("left < 0:\n            return left", "left < 0: return 5", "left < 0:\n            return 5"),
    "names of its own": (LAST, "email = 1\n        return email", "email_field = 1\n        return email_field"),
    "a helper's name": ("class", "def _a(x):\n    return x\n\nclass", "def _b(y):\n    return y\n\nclass"),
    "an alias": ("import os", "import os as system", "import os as o"),
}  # fmt: skip
DIFFERENT = {
    "order of statements": (BODY, "            a()\n            b()\n", "            b()\n            a()\n"),
    "place of a statement": ("        left =", "        check()\n        left =", None),
    "positional arguments": ("self.used()", "self.used(1, 2)", "self.used(2, 1)"),
    "items of a list": (TEST, "left in [1, 2]", "left in [2, 1]"),
    "items of a tuple": (TEST, "left in (1, 2)", "left in (2, 1)"),
    "bases": ("class Shelf:", "class Shelf(A, B):", "class Shelf(B, A):"),
    "operands of -": ("self.width - self.used()", "self.used() - self.width - 1", "self.width - self.used() - 1"),
    "operands of /": ("self.width - self.used()", "self.width / 2", "2 / self.width"),
    "operands of <": (TEST, "left < other", "other < left"),
    "> for >=": (TEST, "left > 0", "left >= 0"),
    "break for continue": (BODY, "            break\n", "            continue\n"),
    "return for continue": (BODY, "            return\n", "            continue\n"),
    "raise for continue": (BODY, "            raise\n", "            continue\n"),
    "text of strings": (BODY, '            return "email"\n', '            return "email_field"\n'),
    "depth": (LAST, "left = 0\n        return left", "left = 0\n            return left"),
    "names that were there": (TEST, "other < 0", "self < 0"),
}


@pytest.mark.parametrize("name", EQUAL)
def test_patches_that_say_the_same_are_equal(name: str) -> None:
    old, first, second = EQUAL[name]
    one, two = patch(old, first), patch(old, second, context=1)
    assert (ambiguity(one, two), ambiguity(two, one)) == ("equal-patches",) * 2


@pytest.mark.parametrize("name", DIFFERENT)
def test_patches_that_say_something_else_stay(name: str) -> None:
    old, first, second = DIFFERENT[name]
    one = patch(old, first)
    two = patch(old, second) if second else patch("        if left", "        check()\n        if left")
    assert (ambiguity(one, two), ambiguity(two, one)) == (None, None)


def test_one_patch_within_another_is_undecidable() -> None:
    small = patch(TEST, "left <= 0")
    large = patch("left < 0:\n            return left", "left <= 0:\n            return 0")
    assert ambiguity(small, large) == "contained-patch"


def test_a_patch_of_comments_changes_nothing() -> None:
    assert (
        ambiguity(patch("        if left", "        # full\n        if left"), patch(TEST, "left < 1")) == "no-change"
    )


def test_other_languages_are_compared_by_tokens() -> None:
    wrapped = patch(TEST, "max(left,\n  0)", "shelf.js"), patch(TEST, "max(left, 0)", "shelf.js")
    assert ambiguity(*wrapped) == "equal-patches"
    assert ambiguity(patch(TEST, "left > 0", "shelf.js"), patch(TEST, "left >= 0", "shelf.js")) is None


def test_equal_patches_whose_line_numbers_say_nothing_are_equal() -> None:
    loose = "--- a/s.py\n+++ b/s.py\n@@ -1,1 +1,1 @@\n-    return left\n+    return max(left, 0)\n"
    placed = "--- a/s.py\n+++ b/s.py\n@@ -40,1 +40,3 @@\n-    return left\n+    return max(\n+        left, 0\n+    )\n"
    assert ambiguity(parse_patch(loose), parse_patch(placed)) == "equal-patches"


@given(st.lists(st.text(max_size=12), max_size=8), st.booleans())
def test_any_text_is_read(lines: list[str], python: bool) -> None:
    assert statements(lines, python) == statements(list(lines), python)
