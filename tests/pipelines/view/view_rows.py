"""Coding pairs for the tests of the page: traces with tools, marks and issues, or hostile from end to end."""

from __future__ import annotations

from typing import Any

from contextpairs.data.pairs.schemas import Split, pair_id
from tests.data.pairs.pair_rows import Row, labelled

QUERY = "Which trace produced this patch?"
HOSTILE = (
    "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1><svg/onload=window.pwned=1>"
    "<a href=javascript:window.pwned=1>x</a>{{7*7}}{% raw %} &lt;b&gt; "
    "\u202egnp.exe \x1b[31mred\x1b]8;;http://x.test\x07 <!-- "
)


def patch(name: str, line: str) -> str:
    """A patch of one line in a function of a file."""
    head = f"diff --git a/{name} b/{name}\n--- a/{name}\n+++ b/{name}\n@@ -1,2 +1,2 @@ def total():\n"
    return f"{head}-    return 0\n+    {line}\n"


def trace(number: int, side: str, extra: str = "") -> list[dict[str, str]]:
    """A run of nine turns: an issue, steps with results, one of them masked."""
    shown = "\n".join(f"{n:4} value_{n} = {n}" for n in range(60))
    said = [
        ("system", "You repair code."),
        ("user", f"Issue {number}: totals of the {side} shelf are wrong. {extra}"),
        ("assistant", f"I look for total() {side}."),
        ("tool", "shelf.py\nstock.py"),
        ("assistant", "I read shelf.py."),
        ("tool", f"{shown}\n    [masked: patch code]\n{shown}"),
        ("assistant", f"I change it as {side} would. {extra}"),
        ("tool", f"{side}\n" + "\n".join(f"{side} {n}" for n in range(70))),
        ("assistant", "Done."),
    ]
    return [{"role": role, "content": content} for role, content in said]


def couple(number: int, extra: str = "") -> list[Row]:
    """Two rows, mirrors of each other, without labels."""
    first, second = trace(number, "left", extra), trace(number, "right", extra)
    answers = [patch("shelf.py", f"return {number} + 1{extra}"), patch("shelf.py", f"return {number} * 2{extra}")]
    ids = [pair_id(QUERY, answers[0], first, second), pair_id(QUERY, answers[1], second, first)]
    repository = f"joe/repo-{number // 2 % 3}"
    sides = [{"repository": repository + extra, "source": "runs.jsonl", "row": 2 * number + at} for at in (0, 1)]
    common: dict[str, Any] = {
        "group_id": f"{repository}::shelf.py::total_{number // 2}",
        "strategy": "trajectory",
        "query": QUERY,
        "scores": {"context_similarity": round(0.5 + number / 100, 4)},
    }
    rows = [(first, second), (second, first)]
    return [
        {**common, "pair_id": ids[at], "mirror_id": ids[1 - at], "answer": answers[at], "positive": positive,
         "negative": negative, "provenance": {"positive": sides[at], "negative": sides[1 - at]}}
        for at, (positive, negative) in enumerate(rows)
    ]  # fmt: skip


def viewed_splits(count: int, extra: str = "") -> dict[Split, list[Row]]:
    """So many couples; each seventh of them, whole groups of two, in the probe split."""
    rows: dict[Split, list[Row]] = {"train": [], "probe": []}
    for number in range(count):
        rows["probe" if number // 2 % 7 == 6 else "train"] += couple(number, extra)
    return {split: labelled(found) for split, found in rows.items() if found}
