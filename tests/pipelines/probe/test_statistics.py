"""Intervals against closed forms, and against how often they hold the truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t

from contextpairs.filters.evidence.intervals import Z_95, wilson
from contextpairs.pipelines.probe.statistics import mean, share

VALUES = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from("abcde")), min_size=1, max_size=60)


def singles(values: list[float]) -> list[str]:
    return [str(number) for number in range(len(values))]


def test_independent_values_give_wilson_with_the_quantile_of_student() -> None:
    values = [1.0] * 30 + [0.0] * 20
    found = share(np.array(values), singles(values))
    # With single values as groups V is p(1-p)/(n-1).
    effective = 49 * (Z_95 / t.ppf(0.975, 49)) ** 2
    assert (found.value, found.n, found.groups) == (0.6, 50, 50)
    assert (found.low, found.high) == pytest.approx(wilson(0.6 * effective, effective), abs=1e-6)


def test_repeating_every_value_within_its_group_narrows_nothing() -> None:
    values = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0])
    groups = singles(values.tolist())
    once, thrice = share(values, groups), share(np.repeat(values, 3), np.repeat(groups, 3).tolist())
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))
    once, thrice = mean(values, groups, (0, 1)), mean(np.repeat(values, 3), np.repeat(groups, 3).tolist(), (0, 1))
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_mean_is_that_of_student() -> None:
    values = np.array([0.3, -0.2, 0.5, 0.1, 0.0])
    found = mean(values, singles(values.tolist()), (-1, 1))
    reach = t.ppf(0.975, 4) * values.std(ddof=1) / math.sqrt(5)
    assert (found.low, found.high) == pytest.approx((values.mean() - reach, values.mean() + reach))


def test_clusters_of_unequal_size_follow_the_ratio_formula() -> None:
    values, groups = np.array([1.0, 0.0, 1.0, 1.0, 0.0]), ["a", "a", "a", "b", "c"]
    totals = [2 - 3 * 0.6, 1 - 0.6, 0 - 0.6]
    reach = t.ppf(0.975, 2) * math.sqrt(1.5 * sum(total**2 for total in totals) / 25)
    found = mean(values, groups, (-9, 9))
    assert (found.low, found.high) == pytest.approx((0.6 - reach, 0.6 + reach))


def test_all_right_is_no_certainty() -> None:
    values = np.ones(40)
    found = share(values, [str(number // 4) for number in range(40)])
    effective = 10 * (Z_95 / t.ppf(0.975, 9)) ** 2
    assert found.high == pytest.approx(1)
    assert found.low == pytest.approx(wilson(effective, effective)[0], abs=1e-6)


def test_no_difference_seen_is_no_proof_of_none() -> None:
    found = mean(np.zeros(20), [str(number // 2) for number in range(20)], (-1, 1))
    reach = 2 * (1 - wilson(10, 10)[0])
    assert (found.low, found.high) == pytest.approx((-reach, reach))


def test_a_single_group_tells_nothing() -> None:
    found = share(np.array([1.0, 0.0]), ["one", "one"])
    assert (found.low, found.high) == (0.0, 1.0)
    found = mean(np.array([1.0, 0.0]), ["one", "one"], (-1, 1))
    assert (found.low, found.high) == (-1.0, 1.0)


@pytest.mark.parametrize("groups", [[], ["a", "b"]])
def test_values_without_groups_are_refused(groups: list[str]) -> None:
    with pytest.raises(ValueError, match="one group for each"):
        share(np.ones(len(groups) // 2), groups)


@given(VALUES)
def test_intervals_hold_their_value_and_stay_within_bounds(drawn: list[tuple[float, str]]) -> None:
    values, groups = np.array([value for value, _ in drawn]), [group for _, group in drawn]
    for found in (share(values, groups), mean(values, groups, (0, 1))):
        assert 0 <= found.low <= found.value + 1e-9
        assert found.value - 1e-9 <= found.high <= 1


@given(VALUES)
def test_the_other_side_has_the_mirrored_interval(drawn: list[tuple[float, str]]) -> None:
    values, groups = np.array([value for value, _ in drawn]), [group for _, group in drawn]
    found, turned = share(values, groups), share(1 - values, groups)
    assert (1 - turned.high, 1 - turned.low) == pytest.approx((found.low, found.high), abs=1e-9)


@pytest.mark.parametrize(("p", "spread"), [(0.5, 0.3), (0.9, 0.1), (0.97, 0.03)])
def test_intervals_hold_the_truth_19_times_of_20_where_groups_hang_together(p: float, spread: float) -> None:
    """A Wilson interval over questions holds it in 69, 87 and 93 % of these draws."""
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(30), 8).astype(str).tolist()
    rounds, held = 600, 0
    for _ in range(rounds):
        chances = np.clip(p + rng.choice([-spread, spread], 30), 0, 1)
        found = share((rng.random(240) < np.repeat(chances, 8)).astype(float), groups)
        held += found.low <= p <= found.high
    assert held / rounds >= 0.925
