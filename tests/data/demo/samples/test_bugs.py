"""Procedural bugs: small, valid, confined to one function, told apart by their ids."""

from __future__ import annotations

import ast
import itertools
import time

import pytest

from contextpairs.data.demo.samples.actions import difference
from contextpairs.data.demo.samples.bugs import MUTATIONS, Bug, bugs_in
from contextpairs.data.demo.samples.repository import load_repositories

SOURCE = '''"""Tills."""


def settle(amounts, limit=9):
    """Sum up to a limit."""
    total = 0
    for amount in amounts:
        if amount < 0 and not limit:
            continue
        total += min(amount, limit) - 1
    return f"{total - 1}"


class Till:
    def close(self, first, second):
        return settle(first, second)
'''


@pytest.fixture(scope="module")
def embedded() -> list[Bug]:
    found = []
    for repository in load_repositories():
        for path in repository.modules()[:2]:
            found += list(bugs_in(path, repository.files[path]))
    return found


def changed_lines(kind: str) -> list[list[str]]:
    bugs = [bug for bug in bugs_in("till.py", SOURCE) if bug.kind == kind]
    return [[line.strip() for line in difference(bug.clean, bug.buggy).new] for bug in bugs]


def test_comparison_is_flipped_in_every_way() -> None:
    assert changed_lines("func_pm_compare_flip") == [
        ["if amount <= 0 and not limit:"],
        ["if amount > 0 and not limit:"],
    ]


def test_operators_change_but_not_inside_f_strings() -> None:
    assert changed_lines("func_pm_op_change") == [
        ["total -= min(amount, limit) - 1"],
        ["total += min(amount, limit) + 1"],
    ]


def test_arguments_are_swapped_also_in_methods() -> None:
    assert changed_lines("func_pm_arg_swap") == [
        ["total += min(limit, amount) - 1"],
        ["return settle(second, first)"],
    ]


def test_a_condition_is_removed_with_its_body() -> None:
    assert changed_lines("func_pm_remove_cond") == [[]]


def test_a_dropped_not_and_a_changed_default() -> None:
    assert ["if amount < 0 and limit:"] in changed_lines("func_pm_drop_sign")
    assert changed_lines("func_pm_default_change") == [
        ["def settle(amounts, limit=10):"],
        ["def settle(amounts, limit=8):"],
    ]


def test_methods_carry_the_name_of_their_class() -> None:
    assert {bug.function for bug in bugs_in("till.py", SOURCE)} == {"settle", "Till.close"}


def test_every_kind_occurs_in_the_embedded_repositories(embedded: list[Bug]) -> None:
    kinds = {bug.kind for bug in embedded}
    assert {kind for kind, _ in MUTATIONS} | {"func_pm_default_change", "func_pm_wrong_name"} <= kinds


def test_bugs_parse_and_stay_inside_their_function(embedded: list[Bug]) -> None:
    for bug in embedded[::7]:
        tree = ast.parse(bug.clean)
        change = difference(bug.clean, bug.buggy)
        spans = [
            (node.lineno, node.end_lineno or node.lineno)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name == bug.function.rpartition(".")[2]
        ]
        last = change.start + max(1, len(change.old))
        assert any(first <= change.start + 1 and last <= end for first, end in spans), bug
        ast.parse(bug.buggy)


def test_digests_tell_bugs_apart(embedded: list[Bug]) -> None:
    digests = [(path, bug.digest()) for path, bugs in itertools.groupby(embedded, lambda b: b.path) for bug in bugs]
    assert len(set(digests)) == len(digests)


def test_functions_offer_several_bugs(embedded: list[Bug]) -> None:
    by_function = {key: len(list(bugs)) for key, bugs in itertools.groupby(embedded, lambda b: (b.path, b.function))}
    assert sum(count >= 5 for count in by_function.values()) > 0.8 * len(by_function)


def test_same_text_gives_the_same_bugs_in_the_same_order() -> None:
    began = time.perf_counter()
    assert list(bugs_in("till.py", SOURCE)) == list(bugs_in("till.py", SOURCE))
    assert time.perf_counter() - began < 2
