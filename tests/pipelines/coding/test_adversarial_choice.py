"""The choice takes a planted shortcut out, leaves in what nothing tells about, and drops no more than it may."""

from __future__ import annotations

import pytest

from contextpairs.filters.coding.learners import REPORTING
from contextpairs.filters.coding.shortcuts import AuditOptions, learners
from contextpairs.pipelines.coding.adversarial_choice import AdversarialChoice
from tests.filters.coding.audit_couples import measured_couples


def test_a_planted_shortcut_is_taken_out_for_a_tenth_of_the_couples_at_most() -> None:
    couples = measured_couples(500, planted=0.2, seed=2)
    before = {name: each.credit.mean() for name, each in learners(couples, REPORTING).items()}
    assert max(before.values()) > 0.58
    chosen, left, told = AdversarialChoice(couples, AuditOptions()).of(list(range(500)), 500)
    assert sorted([*chosen, *left, *told]) == list(range(500))
    assert 0 < len(told) <= 0.1 * 500
    after = learners([couples[i] for i in chosen], REPORTING)
    assert all(0.44 <= each.credit.mean() <= 0.56 for each in after.values())


def test_a_shortcut_everywhere_costs_no_more_than_is_allowed() -> None:
    couples = measured_couples(120, planted=1.0)
    chosen, left, told = AdversarialChoice(couples, AuditOptions(max_dropped=0.05)).of(list(range(120)), 120)
    assert 0 < len(told) <= 0.05 * 120
    assert len(chosen) + len(left) + len(told) == 120


def test_nothing_leaves_because_of_learners_where_nothing_can_be_learned() -> None:
    couples = measured_couples(120, planted=0.0, seed=2)
    assert AdversarialChoice(couples, AuditOptions()).of(list(range(120)), 120)[2] == []


@pytest.mark.parametrize("size", [1, 2, 3, 9])
def test_a_handful_of_couples_is_chosen_whole(size: int) -> None:
    couples = measured_couples(size, planted=1.0)
    assert AdversarialChoice(couples, AuditOptions()).of(list(range(size)), size) == (list(range(size)), [], [])


def test_the_same_couples_are_chosen_the_same() -> None:
    couples = measured_couples(100, planted=0.4)
    first, second = (AdversarialChoice(couples, AuditOptions()).of(list(range(100)), 80) for _ in range(2))
    assert first == second
