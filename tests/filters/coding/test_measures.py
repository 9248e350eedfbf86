"""Simple measures say what they are named for, and cost no more than the text is long."""

from __future__ import annotations

from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.measures import (
    ANSWER,
    CONTEXT,
    OVERLAP,
    Overlaps,
    answer_measures,
    context_measures,
    couple_measures,
)

PATCH = """--- a/stock/shelf.py
+++ b/stock/shelf.py
@@ -1,2 +1,4 @@
 import os
+import sys
+# free places
-left = 0
+left = len(os.environ)
@@ -9 +10 @@
-return left
+return left - 1
"""
CONTEXT_TURNS = [
    Message("user", "the shelf is full"),
    Message("assistant", "I edit. [masked: edit] ```x```"),
    Message("tool", "[masked: diff]\nok"),
    Message("assistant", "[masked: edit]"),
    Message("user", "[omitted turns]"),
    Message("assistant", "done, and tested"),
]


def test_a_context_is_measured_by_turns_words_and_marks() -> None:
    measured = dict(zip(CONTEXT, map(float, context_measures(CONTEXT_TURNS)), strict=True))
    assert measured["turns"] == 6
    assert measured["agent turns"] == 3
    assert measured["fences"] == 2
    assert measured["omitted turns"] == 1
    assert (measured["marks"], measured["edit marks"], measured["diff marks"]) == (3, 2, 1)
    assert (measured["marks of the agent"], measured["turns with a mark"]) == (2, 3)
    assert (measured["longest run of edits"], measured["longest run of marks"]) == (2, 3)
    assert round(measured["first mark"], 3) == round(1 / 6, 3)
    assert measured["last mark"] == 0.5


def test_an_answer_is_measured_by_its_shape() -> None:
    measured = dict(zip(ANSWER, map(float, answer_measures(PATCH, parse_patch(PATCH))), strict=True))
    assert (measured["files"], measured["hunks"], measured["added"], measured["removed"]) == (1, 2, 4, 2)
    assert (measured["comments"], measured["imports"]) == (1, 1)


def test_a_context_that_holds_the_answer_overlaps_more_and_needs_fewer_bytes() -> None:
    near = dict(zip(OVERLAP, map(float, Overlaps("seen: " + PATCH).of(PATCH)), strict=True))
    far = dict(zip(OVERLAP, map(float, Overlaps("nothing of that kind here").of(PATCH)), strict=True))
    assert near["grams"] == 1.0 > far["grams"]
    assert near["compressed"] < far["compressed"] / 2


def test_empty_texts_have_measures_too() -> None:
    measured = couple_measures(["", PATCH], [[], parse_patch(PATCH)], [[], CONTEXT_TURNS], ["", "text"])
    shapes = [part.shape for part in measured]
    assert shapes == [(2, len(ANSWER)), (2, len(CONTEXT)), (2, 2, len(OVERLAP))]
