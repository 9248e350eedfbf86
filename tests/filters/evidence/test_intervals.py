"""Intervals and the dependence of values that share a group."""

from __future__ import annotations

import numpy as np
import pytest

from contextpairs.filters.evidence.intervals import between_groups, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_wilson_interval_matches_published_values(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_groups_of_equal_values_weigh_as_often_as_they_repeat_them() -> None:
    """Ten values in five groups of two: each group repeats its value, so the design effect is near two."""
    values = np.repeat([0.0, 1.0, 0.0, 1.0, 0.5], 2)
    spread = float(((values - values.mean()) ** 2).sum())
    assert between_groups(values, np.repeat(np.arange(5), 2), 5) / spread == pytest.approx(2 * 5 / 4)


def test_values_of_their_own_groups_have_the_variance_of_a_sample() -> None:
    values = np.array([0.0, 1.0, 1.0, 0.5])
    assert between_groups(values, np.arange(4), 4) / 16 == pytest.approx(values.var(ddof=1) / 4)
