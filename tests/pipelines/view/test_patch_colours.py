"""Patches in colours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.view.patch_colours import COLOURED, coloured

PATCH = "diff --git a/x.py b/x.py\n--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n def f():\n-    return 1\n+    return 'a'\n"


def joined(patch: str) -> str:
    return "\n".join("".join(text for _, text in pieces) for _, pieces in coloured(patch))


def test_lines_have_their_kind_and_words_the_colours_of_their_language() -> None:
    lines = coloured(PATCH)
    assert [kind for kind, _ in lines] == ["file", "file", "file", "hunk", "", "del", "add", ""]
    assert ("k", "return") in lines[6][1]
    assert ("s1", "'a'") in lines[6][1]


@given(st.text(alphabet="+- @ab'\"\n\\#(", max_size=200))
def test_colours_change_no_text(body: str) -> None:
    patch = PATCH + body
    assert joined(patch) == patch


def test_a_file_of_no_known_language_and_a_huge_patch_go_without_colours() -> None:
    assert coloured("+++ b/x.unheard\n+a b")[1] == ("add", [("", "+a b")])
    huge = PATCH + "+x = 1\n" * (COLOURED // 6)
    assert all(len(pieces) == 1 for _, pieces in coloured(huge))
