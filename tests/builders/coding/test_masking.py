"""After masking, no changed line of either patch can be read in either context, in whatever form it stood there."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.masked_lines import Known
from contextpairs.builders.coding.masking import CODE, DIFF, EDIT, mask_trace, secrets_of
from contextpairs.builders.coding.token_runs import TokenRuns
from contextpairs.builders.coding.turn_text import TurnText
from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.leakage import leaks

PATCH = """diff --git a/pkg/limits.py b/pkg/limits.py
--- a/pkg/limits.py
+++ b/pkg/limits.py
@@ -10,7 +10,9 @@ def clip(value, low, high):
     if low > high:
         raise ValueError("empty interval")
-    if value <= low:
-        return high
+    if value < low:
+        return low
+    if value > high and not wraps_around(value, high, period=high - low):
+        return max(low, min(value, high))
     return value
"""
OTHER = """diff --git a/pkg/limits.py b/pkg/limits.py
--- a/pkg/limits.py
+++ b/pkg/limits.py
@@ -10,6 +10,6 @@ def clip(value, low, high):
     if low > high:
-        raise ValueError("empty interval")
+        low, high = high, low
     if value <= low:
"""
FILE_HEAD = "diff --git a/pkg/limits.py b/pkg/limits.py\n--- a/pkg/limits.py\n+++ b/pkg/limits.py\n"
FILES, OTHER_FILES = parse_patch(PATCH), parse_patch(OTHER)
SECRETS = secrets_of([FILES, OTHER_FILES])
LINE = "    if value > high and not wraps_around(value, high, period=high - low):"


def masked(*turns: tuple[str, str]) -> list[str]:
    messages = [Message(role, content) for role, content in turns]
    result = mask_trace(messages, find_edits(messages), SECRETS)
    assert leaks(result.messages, [FILES, OTHER_FILES]) == []
    return [message.content for message in result.messages]


REFORMATTED = {
    "as it stands": LINE,
    "numbered by cat -n": f"    14\t{LINE}",
    "numbered by grep": f"pkg/limits.py:14:{LINE}",
    "in a diff": f"+{LINE}",
    "quoted in mail": f"> {LINE}",
    "squeezed": LINE.replace(" and ", "  and ").replace(", ", ","),
    "wrapped": "    if (\n        value > high\n        and not wraps_around(\n            value,\n            high,\n"
    "            period=high - low,\n        )\n    ):",
    "wrapped and numbered": "   14\tif value > high and not wraps_around(\n   15\t        value, high,\n"
    "   16\t        period=high - low):",
    "escaped in JSON": json.dumps("x = 1\n" + LINE + "\n  y"),
    "commented out": "# " + LINE.strip(),
    "with HTML entities": LINE.replace(">", "&gt;"),
    "inside a sentence": f"I will write {LINE.strip()[:-1]} there, and test it.",
    "in backticks": f"Use `{LINE.strip()}` now.",
    "with a comment": LINE + "  # the upper end",
    "in a doctest": f">>> {LINE.strip()}",
}


@pytest.mark.parametrize("form", REFORMATTED)
def test_every_form_of_a_new_line_is_masked(form: str) -> None:
    (text,) = masked(("tool", f"before\n{REFORMATTED[form]}\nafter"))
    assert "wraps_around" not in text
    assert CODE in text
    assert text.startswith("before")
    assert text.rstrip().endswith("after")


def test_the_six_paths_are_closed_and_the_rest_stays() -> None:
    edit = (
        "THOUGHT: The comparison is off by one at the lower end.\n\n```bash\nedit_via_str_replace pkg/limits.py -- "
        + ("'    if value <= low:\n        return high' '    if value < low:\n        return low'\n```")
    )
    turns = masked(
        ("user", "<pr_description>clip(3, 3, 9) gives 9 where 3 is expected</pr_description>"),
        ("assistant", "THOUGHT: Look at the code.\n\n```bash\ncat pkg/limits.py\n```"),
        ("user", "def clip(value, low, high):\n    if low > high:\n        raise ValueError('empty interval')\n"
                 "    if value <= low:\n        return high\n    return value\n"),
        ("assistant", edit),
        ("user", "<returncode>0</returncode>"),
        ("assistant", "```bash\ngit diff\n```"),
        ("user", PATCH),
        ("assistant", "```bash\npython -c \"assert 'if value < low' in open('pkg/limits.py').read()\"\n```"),
        ("assistant", "The fix: `value < low` in clip, so that the lower end is kept."),
    )  # fmt: skip
    assert turns[0] == "<pr_description>clip(3, 3, 9) gives 9 where 3 is expected</pr_description>"
    assert "def clip(value, low, high):" in turns[2]
    assert "return value" in turns[2]
    assert "off by one at the lower end" in turns[3]
    assert EDIT in turns[3]
    assert "return low" not in turns[3]
    assert DIFF in turns[6]
    assert "pkg/limits.py" in turns[6]
    assert "`" + CODE in turns[8] or CODE in turns[8]
    assert "so that the lower end is kept" in turns[8]


def test_an_undone_attempt_leaves_no_mark_where_it_has_no_payload() -> None:
    turn = "THOUGHT: That guess was wrong, so back to the original.\n\n```bash\ngit checkout -- pkg/limits.py\n```"
    assert masked(("assistant", turn)) == [turn]


def test_what_the_issue_says_may_be_quoted() -> None:
    """A literal of the fix that the report names is no quote of the fix; unreported it is."""
    quote = "I try it with `period=high - low` first."
    issue = ("user", "wraps_round fails for period=high - low")
    assert masked(issue, ("assistant", quote))[1] == quote
    assert CODE in masked(("user", "something fails"), ("assistant", quote))[1]


def test_text_about_the_bug_is_left_alone() -> None:
    text = "The value is compared with the low end before the high end is known, so clip returns high."
    assert masked(("assistant", text)) == [text]


def test_marks_say_what_was_masked_and_do_not_count_lines() -> None:
    body = "\n".join(line[1:] for line in PATCH.split("\n") if line.startswith("+") and not line.startswith("+++"))
    (text,) = masked(("tool", f"def clip():\n{body}\n    return value"))
    assert text.count("[masked") == 1


NAMES = st.sampled_from(
    ["value", "low", "high", "total", "items", "index", "limit", "result", "node", "parent", "key", "width", "offset"]
)
OPERATORS = st.sampled_from(["+", "-", "*", "<", "<=", "==", "and", "or"])
CALLS = st.builds("{}({}, {})".format, NAMES, NAMES, NAMES)
EXPRESSIONS = st.builds("{} {} {}".format, st.one_of(NAMES, CALLS), OPERATORS, st.one_of(NAMES, CALLS))
STATEMENTS = st.one_of(
    st.builds("    {} = {}".format, NAMES, EXPRESSIONS),
    st.builds("    if {}:".format, EXPRESSIONS),
    st.builds("        return {}".format, EXPRESSIONS),
    st.builds('    raise ValueError("{} of {}")'.format, NAMES, NAMES),
)


def _wrapped(line: str) -> str:
    return re.sub(r"([(,])\s*", r"\1\n        ", line)


FORMS: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [
        str,
        str.strip,
        _wrapped,
        json.dumps,
        lambda line: line.replace(" ", "  "),
        lambda line: line.replace('"', "'"),
        lambda line: f"  12\t{line}",
        lambda line: f"-{line}",
        lambda line: f"a.py:7:{line}",
        lambda line: f"see `{line.strip()}` and",
        lambda line: f"# {line}",
        lambda line: re.sub(r"^ {4}", "\t", line),
    ]
)


@settings(max_examples=300)
@given(
    old=st.lists(STATEMENTS, max_size=4),
    new=st.lists(STATEMENTS, min_size=1, max_size=4),
    noise=st.lists(st.one_of(STATEMENTS, st.text(max_size=30)), max_size=6),
    data=st.data(),
)
def test_no_changed_line_survives_in_any_form(
    old: list[str], new: list[str], noise: list[str], data: st.DataObject
) -> None:
    lines = [f"-{line}" for line in old] + [f"+{line}" for line in new]
    patch = f"--- a/a.py\n+++ b/a.py\n@@ -1,{len(old)} +1,{len(new)} @@\n" + "\n".join(lines) + "\n"
    files = parse_patch(patch)
    shown = [data.draw(FORMS)(line) for line in old + new]
    text = "\n".join(data.draw(st.permutations(noise + shown)))
    messages = [Message("assistant", text), Message("tool", patch)]
    result = mask_trace(messages, find_edits(messages), secrets_of([files]))
    assert leaks(result.messages, [files]) == []
    again = mask_trace(result.messages, [], secrets_of([files]))
    assert again.messages == result.messages


WRAPPED = REFORMATTED["wrapped"].strip()
FURTHER = {
    "by a debugger": "\n".join(f"---> {n} {line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
    "as a list": "\n".join(f"{n}. {line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
    "with L numbers": "\n".join(f"L{n}: {line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
    "in brackets": "\n".join(f"[{n}] {line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
    "by grep with names": "\n".join(f"pkg/limits.py:{n}:{line}" for n, line in enumerate(WRAPPED.split("\n"), 9)),
    "as pytest's explanation": "\n".join(f"E   {line}" for line in WRAPPED.split("\n")),
    "quoted twice": "\n".join(f"> > {line}" for line in WRAPPED.split("\n")),
    "with carets between": WRAPPED.replace("\n", "\n    ^^^^^^\n", 2),
    "in HTML": LINE.replace(">", "&#62;").replace("-", "&#x2d;"),
    "in HTML twice": LINE.replace(">", "&amp;gt;"),
    "with hex escapes": LINE.replace(">", "\\x3e"),
    "in a word diff": LINE.replace("period", "[-span-]{+period+}"),
}


@pytest.mark.parametrize("form", FURTHER)
def test_numbers_marks_and_escapes_of_other_tools_hide_no_line(form: str) -> None:
    (text,) = masked(("tool", f"before\n{FURTHER[form]}\nafter"))
    assert "wraps_around" not in text
    assert text.startswith("before")
    assert text.rstrip().endswith("after")


def files_of(*new: str) -> list[FilePatch]:
    return parse_patch(f"--- a/a.py\n+++ b/a.py\n@@ -1,0 +1,{len(new)} @@\n" + "".join(f"+{line}\n" for line in new))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("    total = shifted(5 + offset, width)", "total = shifted(\n    5 + offset,\n    width,\n)"),
        ("    names = {1: first, 2: second}", "names = {\n    1: first,\n    2: second,\n}"),
        ('    pattern = compile(r"low|high", key)', 'pattern = compile("low|high", key)'),
        ("        -offset * width + node,", "-offset * width + node,"),
        ("    # Restore the old name of an index", "I will restore the old name of an index here."),
        ('    """Return the number of open steps."""', "We must return the number of open steps, always."),
    ],
)
def test_what_formatters_and_people_change_hides_no_line(line: str, shown: str) -> None:
    files = files_of(line)
    result = mask_trace([Message("assistant", f"before\n{shown}\nafter")], [], secrets_of([files]))
    assert CODE in result.messages[0].content
    assert leaks(result.messages, [files]) == []


ELSEWHERE = (
    "diff --git a/docs/api.py b/docs/api.py\n--- a/docs/api.py\n+++ b/docs/api.py\n@@ -1 +1 @@\n-a = 1\n+a = 2\n"
)


def test_only_hunks_of_patched_files_or_with_a_patch_line_go() -> None:
    (text,) = masked(("tool", ELSEWHERE + PATCH))
    assert "+a = 2" in text
    assert text.count(DIFF) == 1
    (text,) = masked(("tool", ELSEWHERE.replace("+a = 2", f"+{LINE}") + "see pkg/limits.py"))
    assert DIFF in text


@pytest.mark.parametrize(
    "diff",
    [
        PATCH.rstrip("\n") + "\n\\ No newline at end of file",
        PATCH.replace("\n", "\r\n"),
        PATCH.replace("@@ -10,7 +10,9 @@", "@@@ -10,7 -10,7 +10,9 @@@"),
        PATCH.replace("@@ -10,7 +10,9 @@", "@@ -10,2 +10,2 @@"),
    ],
    ids=["no final newline", "CRLF", "combined", "miscounted"],
)
def test_a_hunk_goes_whole_and_what_follows_stays(diff: str) -> None:
    (text,) = masked(("tool", diff.rstrip("\n") + "\nAll is well.\n- run the tests again\n"))
    assert text.count(DIFF) == 1
    assert "return low" not in text
    assert "\nAll is well.\n- run the tests again\n" in text


def test_a_list_right_after_a_diff_stays() -> None:
    (text,) = masked(("assistant", PATCH.replace("-10,7 +10,9", "-10,5 +10,7") + "- run the tests again\n"))
    assert text.endswith("\n- run the tests again\n")


def test_a_name_alone_is_no_quote_of_the_fix() -> None:
    text = "I looked at `wraps_around` and at `wraps_around()` to see how the period is used."
    assert masked(("assistant", text)) == [text]


def test_brackets_left_over_from_a_masked_call_go_with_it() -> None:
    (text,) = masked(("tool", "x\n    if value < low()):\ny"))
    assert text == f"x\n    {CODE}\ny"


EMPTY_WHEN_SQUEEZED = [
    "| 1 | 2 | 3 |",
    '"\\n\\n\\n\\n"',
    "0    1    2    3",
    "1. 2. 3. 4. 5. 6.",
    "~~~~~~ ^^^^^^ ~~~~",
    "E   > 1: 2: 3:",
]


def patched(*lines: str) -> list[FilePatch]:
    """A patch of a documented module that adds the lines."""
    body = "".join(f"+{line}\n" for line in lines)
    return parse_patch(f"--- a/a.py\n+++ b/a.py\n@@ -1 +1,{len(lines) + 1} @@\n x = 1\n{body}")


@pytest.mark.parametrize("line", EMPTY_WHEN_SQUEEZED)
def test_a_line_of_numbers_and_marks_masks_itself_alone(line: str) -> None:
    files = patched(line, "    return low + high")
    kept = "FAILED tests/test_a.py::test_clip - assert 3.5 == 0.25 (1 failed, 23 passed)"
    messages = [Message("user", kept), Message("assistant", f"I print\n  {line}\nand go on with {kept}")]
    result = mask_trace(messages, [], secrets_of([files]))
    assert [message.content.count(kept) for message in result.messages] == [1, 1]
    assert leaks(result.messages, [files]) == []


GUTTERS = st.lists(
    st.one_of(
        st.sampled_from(
            ["|", "1", "0", "3", ":", ".", " ", "\t", ">", "E", "+", "-", "~", "^", "#", '"', "\\n", "&lt;", "L1:"]
        ),
        st.text(max_size=3),
    ),
    min_size=1,
    max_size=14,
).map(lambda parts: "".join(parts).replace("\n", " ").replace("\r", " "))


@given(lines=st.lists(GUTTERS, min_size=1, max_size=4), data=st.data())
def test_secrets_say_something_and_masking_ends(lines: list[str], data: st.DataObject) -> None:
    files = patched(*lines)
    secrets = secrets_of([files])
    assert all(secrets.strong)
    assert all(secrets.prose)
    assert all(secrets.weak)
    assert all(len(text) > 2 for text in (*secrets.strong, *secrets.prose))
    text = "\n".join(data.draw(st.lists(st.sampled_from([*lines, "total = 3.5", "1 2 3"]), max_size=6)))
    mask_trace([Message("assistant", text)], [], secrets)


def test_the_blocks_of_one_message_are_one_mark_whatever_their_number() -> None:
    block = (
        "pkg/limits.py\n```python\n<<<<<<< SEARCH\nif value <= low:\n=======\nif value < low:\n>>>>>>> REPLACE\n```\n"
    )
    one, several = (masked(("assistant", f"I change it.\n\n{block * number}Done."))[0] for number in (1, 4))
    assert one == several
    assert one.count(EDIT) == 1


@pytest.mark.parametrize(
    "told",
    [
        'lint_messages: [{"message": "Trailing whitespace", "line": 12}, {"message": "Unused name", "line": 14}]',
        "a:3: trailing whitespace.\n    \na:5: trailing whitespace.\n    \nwarning: 2 lines add whitespace errors",
        "Too many branches (20/12)",
    ],
)
def test_what_a_linter_counts_of_a_patch_says_no_number(told: str) -> None:
    (text,) = masked(("tool", f"done\n{told}\nnext"))
    assert text.startswith("done\n")
    assert text.endswith("\nnext")
    assert not re.search(r"\d\d|:\d|\d lines", text)


def test_a_call_of_the_new_code_goes_without_quotes_too() -> None:
    (text,) = masked(
        ("assistant", "It can be mended by using max(low, min(value, high)) or min(value, high) in the end.")
    )
    assert "value" not in text
    assert masked(("assistant", "It is called with clip(value, low, high) there.")) == [
        "It is called with clip(value, low, high) there."
    ]


@pytest.mark.parametrize(
    "said",
    [
        "I fix it by changing `high` to `low` there.",
        "I use low instead of high there.",
        "First rename the high name to low there.",
    ],
)
def test_which_of_two_names_stands_for_the_other_goes(said: str) -> None:
    patch = FILE_HEAD + "@@ -1,3 +1,3 @@\n a = 1\n-    return high\n+    return low\n b = 2\n"
    files = parse_patch(patch)
    messages = [Message("user", "Mend it."), Message("assistant", said)]
    (_, text) = [message.content for message in mask_trace(messages, [], secrets_of([files, OTHER_FILES])).messages]
    assert CODE in text
    assert not ("high" in text and "low" in text)


def test_a_quote_that_differs_from_old_code_in_brackets_alone_goes() -> None:
    patch = FILE_HEAD + "@@ -1,3 +1,3 @@\n a = 1\n-for i in range(size + 1):\n+for i in range(size):\n b = 2\n"
    files = parse_patch(patch)
    messages = [Message("user", "Mend it."), Message("assistant", "It loops over `range(size)` now, not further.")]
    (_, text) = [message.content for message in mask_trace(messages, [], secrets_of([files, OTHER_FILES])).messages]
    assert text == f"It loops over `{CODE}` now, not further."


def test_a_comment_told_with_words_between_goes() -> None:
    patch = FILE_HEAD + "@@ -1,2 +1,3 @@\n a = 1\n+# Check if the item is a related field name\n b = 2\n"
    files = parse_patch(patch)
    told = "We need to check if the item is a valid related field name first."
    messages = [Message("user", "Mend it."), Message("assistant", told)]
    (_, text) = [message.content for message in mask_trace(messages, [], secrets_of([files, OTHER_FILES])).messages]
    assert text == f"We need to {CODE} first."


COMMENT = ["check", "related", "lookup", "field", "name", "against", "model", "options"]


@given(
    st.sets(st.integers(0, 7), min_size=4, max_size=7).map(sorted),
    st.sampled_from(["", "the", "of our"]),
    st.booleans(),
)
def test_a_comment_goes_from_five_words_in_order_on(kept: list[int], small: str, is_issue: bool) -> None:
    """Up to two of its words may be left out among them; what could be read before as loosely tells nothing."""
    files = parse_patch(FILE_HEAD + f"@@ -1,2 +1,3 @@\n a = 1\n+# {' '.join(COMMENT).capitalize()}\n b = 2\n")
    told = f" {small} ".join(COMMENT[place] for place in kept)
    known = [Known([TurnText(told)])] * is_issue
    messages = [Message("user", "Mend it."), Message("assistant", f"We {told} first")]
    (_, text) = [
        each.content for each in mask_trace(messages, [], secrets_of([files, OTHER_FILES], (), known)).messages
    ]
    is_told = any(kept[end] - kept[end - 4] < 7 for end in range(4, len(kept)))
    assert (CODE in text) == (is_told and not is_issue)


def test_a_quote_of_one_letter_before_it_hides_no_quote() -> None:
    patch = FILE_HEAD + "@@ -1,3 +1,3 @@\n a = 1\n-match(r'\\b')\n+match(r'(?:\\b|$)')\n b = 2\n"
    files = parse_patch(patch)
    messages = [Message("user", "Mend it."), Message("assistant", "I did it by changing `\\b` to `(?:\\b|$)` there.")]
    (_, text) = [message.content for message in mask_trace(messages, [], secrets_of([files, OTHER_FILES])).messages]
    assert "|$" not in text


def test_a_run_at_the_end_of_a_text_is_found_among_many() -> None:
    begun = "alpha = beta + gamma * delta -"
    runs = TokenRuns({tuple(begun.split()): {("x",) * length for length in range(1, 90)}}, {"alpha"}, {"alpha"})
    text = f"so {begun} x x x"
    assert {text[start:stop] for start, stop in runs.spans(TurnText(text))} == {
        f"{begun} x",
        f"{begun} x x",
        f"{begun} x x x",
    }
