"""Other fixes: made of the corrected lines or of the reported case, and never the clean fix in disguise."""

from __future__ import annotations

import ast

import pytest

from contextpairs.data.demo.samples.bugs import Bug
from contextpairs.data.demo.samples.fixes import Fix, distinct, equivalent_fixes, partial_fixes
from contextpairs.data.demo.samples.symptoms import Symptom

CLEAN = '''"""Tills."""


def fee(amount, limit):
    """A tenth above the limit, else nothing."""
    return amount // 10 if amount > limit else 0
'''
BUGGY = CLEAN.replace("amount > limit", "amount < limit")
BUG = Bug("till.py", "fee", "func_pm_compare_flip", CLEAN, BUGGY, 6)
SYMPTOM = Symptom("from till import fee\n\nprint(fee(50, 20))\n", "5", "0", "tests.test_till", ["test_fee"])


def fee(fix: Fix, amount: int, limit: int) -> object:
    space: dict[str, object] = {}
    exec(fix.text, space)
    return eval(f"fee({amount}, {limit})", space)


def test_equivalent_fixes_agree_with_the_clean_text_everywhere() -> None:
    fixes = list(equivalent_fixes(BUG))
    assert {fix.kind for fix in fixes} == {"negated", "flipped", "spelled", "named", "guard"}
    for fix in fixes:
        assert not fix.partial
        assert [fee(fix, n, 20) for n in (5, 20, 21, 50)] == [0, 0, 2, 5], fix.text


def test_partial_fixes_give_the_reported_answer_and_stay_wrong_elsewhere() -> None:
    fixes = list(partial_fixes(BUG, SYMPTOM))
    assert {fix.kind for fix in fixes} == {"special", "branch"}
    for fix in fixes:
        assert fix.partial
        assert fee(fix, 50, 20) == 5
        assert any(fee(fix, n, limit) != (n // 10 if n > limit else 0) for n, limit in ((90, 20), (50, 10))), fix.text


def test_fixes_parse_and_only_a_branch_that_holds_the_clean_line_whole_is_not_distinct() -> None:
    for fix in [*equivalent_fixes(BUG), *partial_fixes(BUG, SYMPTOM)]:
        ast.parse(fix.text)
        assert distinct(BUG, fix.text) == (fix.kind != "branch"), fix.text


@pytest.mark.parametrize(
    "text", [CLEAN, CLEAN.replace(" > ", "  >  "), CLEAN.replace("    return", "    x = 1\n    return")]
)
def test_the_clean_fix_reformatted_or_enlarged_is_not_distinct(text: str) -> None:
    assert not distinct(BUG, text)


def test_without_a_literal_argument_nothing_is_special_cased() -> None:
    symptom = Symptom("print(fee(a, b))\n", "5", "0", "tests.test_till", ["test_fee"])
    assert list(partial_fixes(BUG, symptom)) == []
