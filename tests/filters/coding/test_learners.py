"""Learners find what simple measures give away, stand near one half where nothing does, and say the same twice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.filters.coding.learners import BOOSTED, LINEAR, REPORTING, choosing, couple_rows, seeded_folds
from contextpairs.filters.coding.shortcuts import learners
from tests.filters.coding.audit_couples import measured_couples


def test_as_many_marks_as_hunks_are_found() -> None:
    said = learners(measured_couples(200, planted=1.0), REPORTING)
    assert said[BOOSTED].credit.mean() > 0.9
    assert said[LINEAR].credit.mean() > 0.8


@pytest.mark.parametrize("seed", [3, 4])
def test_without_a_shortcut_they_stand_near_one_half(seed: int) -> None:
    for each in learners(measured_couples(400, planted=0.0, seed=seed), REPORTING).values():
        assert 0.43 <= each.credit.mean() <= 0.57


def test_equal_couples_give_equal_answers_to_the_last_bit() -> None:
    first, second = (learners(measured_couples(60, planted=0.5), REPORTING) for _ in range(2))
    for name, said in first.items():
        assert said.credit.tobytes() == second[name].credit.tobytes()
        assert said.sureness.tobytes() == second[name].sureness.tobytes()


def test_swapped_contexts_turn_every_feature_around() -> None:
    couples = measured_couples(20, planted=0.5)
    rows = couple_rows(couples, {})
    for couple in couples:
        assert couple.measured is not None
        swapped = couple.measured._replace(
            contexts=couple.measured.contexts[::-1], overlaps=couple.measured.overlaps[:, ::-1]
        )
        couple.measured = swapped
    assert np.array_equal(couple_rows(couples, {}), -rows)


def test_too_few_couples_and_unmeasured_ones_are_not_asked_about() -> None:
    couples = measured_couples(60, planted=1.0)
    assert learners(couples[:39], REPORTING) == {}
    couples[7].measured = None
    assert learners(couples, REPORTING) == {}


def test_couples_of_one_group_leave_nothing_to_learn_from() -> None:
    couples = measured_couples(50, planted=1.0)
    for couple in couples:
        couple.group = "one"
    assert all((each.credit == 0.5).all() for each in learners(couples, REPORTING).values())


@given(st.lists(st.sampled_from([f"group {n}" for n in range(12)]), min_size=1, max_size=80), st.text(max_size=5))
def test_a_group_is_never_in_two_folds(groups: list[str], seed: str) -> None:
    folds = seeded_folds(groups, seed)
    assert len({(group, fold) for group, fold in zip(groups, folds, strict=True)}) == len(set(groups))


def test_no_report_learns_in_folds_of_the_choice() -> None:
    seeds = {seed for turn in range(1000) for seed in choosing(turn)}
    assert len(seeds) == 2000
    assert not seeds & set(REPORTING)
    groups = [f"group {n}" for n in range(50)]
    assert not np.array_equal(seeded_folds(groups, REPORTING[0]), seeded_folds(groups, choosing(0)[0]))
