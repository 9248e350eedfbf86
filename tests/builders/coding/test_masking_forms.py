"""Marks say that something was there and never how much; near copies, retellings and measures go with the lines."""

from __future__ import annotations

import pytest

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.masked_lines import Known, attempted_lines, secrets_of
from contextpairs.builders.coding.masking import CODE, DIFF, EDIT, MARKER, MEASURE, mask_trace, shared_lines
from contextpairs.builders.coding.turn_text import TurnText
from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.leakage import pair_leaks

PATCH = """--- a/store/shelf.py
+++ b/store/shelf.py
@@ -19,7 +19,12 @@ class Shelf:
     def free(self, extra: Tuple[Number, ...]):
         left = self.width - self.used()
-        if left < 0:
-            return left
+        # Check if the `db_table` is defined in the options of its model
+        if self.options.db_table in extra and not left.is_overfull(self.boxes):
+            return max(left, 0)
+        # empty shelf keeps
+        kinds: Tuple[Tuple[Number, ...], ...] = ()
         return left
"""
OTHER = """--- a/store/shelf.py
+++ b/store/shelf.py
@@ -20,3 +20,3 @@ class Shelf:
         left = self.width - self.used()
         if left < 0:
-            return left
+            raise OverflowError("overfull shelf")
"""
FILES, OTHER_FILES = parse_patch(PATCH), parse_patch(OTHER)
SECRETS = secrets_of([FILES, OTHER_FILES])


def masked(text: str, role: str = "assistant") -> str:
    """One turn of a trace after masking."""
    turns = [Message("user", "An issue."), Message("assistant", "I start."), Message(role, text)]
    return mask_trace(turns, find_edits(turns), SECRETS).messages[-1].content


@pytest.mark.parametrize(
    "retold",
    [
        "It will check if db_table is defined in options of the model.",
        "We CHECK whether `db_table` was defined, in the options, of its model",
        "I keep the shelf when the empty shelf still keeps it",
        "use `max(left, 0)` here",
        'the annotation is "Tuple[Tuple[Number, ...], ...]" now',
        "elif self.options.db_table in extra and not left.is_overfull(self.crates):",
        "Then self.options.db_table in extra and not left.is_overfull decides",
        "I am replacing left with kinds in the call",
    ],
)
def test_what_is_retold_quoted_or_nearly_copied_goes(retold: str) -> None:
    assert "[masked: patch code]" in masked(retold)


@pytest.mark.parametrize(
    "kept",
    [
        "I look at `left` and `self.options` first",
        "def free(self, extra: Tuple[Number, ...]):\n    left = self.width - self.used()",
        "The shelf is empty.",
        "FAILED tests/test_shelf.py::test_free - assert -3 == 0",
        "Check the model.",
    ],
)
def test_names_old_code_and_output_stay(kept: str) -> None:
    assert masked(kept) == kept


def test_a_character_diff_over_lines_goes() -> None:
    shown = (
        "  {+# Check if the `db_table` is+} de{+fined in the options of its model+}\n  [-if left < 0:-]\nFAILED 2 tests"
    )
    assert masked(shown, "tool").endswith("FAILED 2 tests")
    assert "fined" not in masked(shown, "tool")


HUNKS = """diff --git a/store/shelf.py b/store/shelf.py
--- a/store/shelf.py
+++ b/store/shelf.py
@@ -1,2 +1,2 @@
-a = 1
+a = 2
 b = 3
@@ -9,1 +9,2 @@
 c = 1
+d = 2
"""


@pytest.mark.parametrize("hunks", [1, 2])
def test_a_diff_is_one_mark_however_many_hunks_it_has(hunks: int) -> None:
    diff = HUNKS if hunks == 2 else HUNKS[: HUNKS.index("@@ -9")]
    found = MARKER.findall(masked(f"$ git diff\n{diff}\n3 tests passed", "tool"))
    assert found == [DIFF]


@pytest.mark.parametrize("lines", [1, 2, 5])
def test_a_stretch_of_patch_code_is_one_mark_however_long(lines: int) -> None:
    new = [text for tag, text in FILES[0].hunks[0].lines if tag == "+"][:lines]
    text = masked(
        "  19\tdef free(self):\n" + "".join(f"  {20 + n}\t{line}\n" for n, line in enumerate(new)) + "ok", "tool"
    )
    assert MARKER.findall(text) == [CODE]


@pytest.mark.parametrize(
    "body", ["x = 1", "x = 1\ny = 2", "        left = self.width - self.used()\n        return max(left, 0)"]
)
def test_a_payload_goes_whole_whatever_it_holds(body: str) -> None:
    turn = f"EditCode\ncontent:\n{body}\n"
    assert masked(turn).strip() == f"EditCode\ncontent:\n{EDIT}"


def test_marks_join_within_a_message_where_nothing_is_said_between() -> None:
    new = "return max(left, 0)"
    assert masked(f"{new}\n\n---\n{new}") == CODE
    assert MARKER.findall(masked(f"{new}\nand then\n{new}")) == [CODE, CODE]


@pytest.mark.parametrize(
    "measure",
    [
        "33732 prompt tokens, 69 completion tokens, $0.169695 cost",
        "Line too long (110/100)",
        "E501 line too long (131 > 120 characters)",
        "Too many lines in module (2803/1000)",
        "changed: 2801→2803 lines",
        'new_span_ids: ["Shelf.free_1", "Shelf.fits"]',
        " 2 files changed, 14 insertions(+), 3 deletions(-)",
        " store/shelf.py | 17 +++++-----",
        "[File: /testbed/store/shelf.py (214 lines total)]",
        "index 836941edc..072509b75 100644",
        "fix.patch:13: trailing whitespace.",
    ],
)
def test_figures_that_count_the_patch_go(measure: str) -> None:
    shown = masked(f"ok\n{measure}\ndone", "tool")
    assert MEASURE in shown
    assert shown.startswith("ok\n")
    assert shown.endswith("\ndone")


def test_the_issue_that_both_traces_share_stays_and_nothing_else_of_their_heads() -> None:
    issue, attempt = "It should `return max(left, 0)` here.", "Earlier attempt:\n    return max(left, 0)"
    first = [Message("user", f"{issue}\n{attempt}"), Message("assistant", "I see.")]
    second = [Message("system", "Rules."), Message("user", issue), Message("assistant", "I see.")]
    shared = shared_lines(first, second)
    contexts = [mask_trace(trace, [], SECRETS, (), shared).messages for trace in (first, second)]
    assert contexts[1] == second
    assert contexts[0][0].content.startswith(issue)
    assert "max" not in contexts[0][0].content.removeprefix(issue)
    assert pair_leaks(contexts, [FILES, OTHER_FILES]) == []
    assert pair_leaks([first, second], [FILES, OTHER_FILES])[0].form == "plain"


def test_new_code_of_one_answer_that_the_other_trace_shows_as_context_goes_in_both() -> None:
    line = "        return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))"
    fixed = parse_patch(f"--- a/a.py\n+++ b/a.py\n@@ -3 +3 @@\n-        return sorted(counts.items())\n+{line}\n")
    other = parse_patch(
        f"--- a/a.py\n+++ b/a.py\n@@ -2,2 +2,2 @@\n-        counts = {{}}\n+        counts = Counter()\n {line}\n"
    )
    seen = [TurnText(text) for text in ("", f"cat a.py\n{line}\n")]
    known = [Known([each]) for each in seen]
    secrets = secrets_of([fixed, other], (), known)
    shown = mask_trace([Message("assistant", "look"), Message("tool", f"2\tcounts\n3\t{line}[:n]\n")], [], secrets)
    assert "lambda" not in shown.messages[1].content


def test_an_attempt_without_old_text_is_what_no_tool_showed_before() -> None:
    turns = [
        Message("assistant", "edit 1:2\nleft = self.width\nreturn max(left, 1)\nend_of_edit"),
        Message("tool", "[File: /x/store/shelf.py (9 lines total)]"),
    ]
    (edit,) = find_edits([Message("user", "(Open file: /x/store/shelf.py)"), *turns])
    assert attempted_lines(edit, Known([TurnText("left = self.width")])) == ["return max(left, 1)"]


@pytest.mark.parametrize(
    ("shown", "kept"),
    [
        ("        frame.update(left=left,\n            free=return_max) = update\nrest", "rest"),
        ("x = return max(left, 0)(new_auth)\nrest", "rest"),
        ("# return max(left, 0)\nleft = other\n", "left = other"),
    ],
)
def test_a_mark_cuts_no_statement(shown: str, kept: str) -> None:
    text = masked(shown, "tool")
    assert kept in text
    for line in text.split("\n"):
        assert line.count("(") == line.count(")") or "masked" not in line
        assert "](" not in line


NASTY = [
    *("1", "1,", "replace ", "(1 ", "| 1 ", "`", "{+", "[-a", "# ", "(", ")", "\\", "[masked: edit]"),
    *(
        "returnmaxleft0",
        "return max(left, 0)",
        "return max((left, 0",
        "`max(left, 0)`",
        "empty shelf keeps ",
        "ranked_spans: [",
    ),
]


@pytest.mark.parametrize("filling", NASTY)
def test_long_nasty_text_is_masked_in_passing(filling: str) -> None:
    """Catches expressions that begin anew at every digit: such a text took minutes, not milliseconds."""
    assert masked(filling * (100_000 // len(filling)), "tool")
