"""Estimates with intervals that respect dependence: questions of one group are not independent.

Both orders of a pair, its mirror, and all pairs of a group share contexts, so the unit that is drawn is the group.
Variances are those of a ratio of cluster totals, linearised, with G/(G-1) for G groups (Cochran, Sampling Techniques,
1977, 6.3 and 9A):

    V = G/(G-1) * sum over groups (sum over its questions (y - mean))^2 / n^2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from contextpairs.filters.evidence.intervals import Z_95, between_groups, wilson

Values: TypeAlias = npt.NDArray[np.float64]
Groups: TypeAlias = Sequence[str] | npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its 95 % interval over `n` values of `groups` groups."""

    value: float
    low: float
    high: float
    n: int
    groups: int


def share(values: Values, groups: Groups) -> Estimate:
    """A share of values from 0 to 1 (1/2 for a tie).

    The interval is Wilson's at the effective number of independent values, p(1-p)/V, at most n, shrunk by
    (z/t)^2 for few groups (Korn and Graubard, Survey Methodology 24, 1998). Where V says nothing because all values are
    0 or all are 1, every group counts as one value.

    Args:
        values: [n], each in [0, 1].
        groups: [n], the group of each value.

    Raises:
        ValueError: there are no values.
    """
    n, codes, count = _coded(values, groups)
    p = float(values.mean())
    effective = _effective(p, _variance(values, codes, count), n, count) * for_few_groups(count)
    return Estimate(p, *wilson(p * effective, effective), n, count)


def for_few_groups(count: int) -> float:
    """(z/t)^2: by how much the effective number of values is shrunk; 0 for a single group."""
    return (Z_95 / _quantile(count)) ** 2


def mean(values: Values, groups: Groups, bounds: tuple[float, float]) -> Estimate:
    """A mean of bounded values, with Student's interval on G-1 degrees of freedom, kept within the bounds.

    Where all values are equal V says nothing; then as large a share of groups as could have gone unseen (Wilson) may
    hold any value within the bounds.

    Args:
        values: [n], each within `bounds`.
        groups: [n], the group of each value.
        bounds: lowest and highest value there can be.

    Raises:
        ValueError: there are no values.
    """
    n, codes, count = _coded(values, groups)
    value = float(values.mean())
    reach = _quantile(count) * _variance(values, codes, count) ** 0.5
    if np.ptp(values) == 0:
        reach = (bounds[1] - bounds[0]) * (1 - wilson(count, count)[0])
    return Estimate(value, max(bounds[0], value - reach), min(bounds[1], value + reach), n, count)


def _coded(values: Values, groups: Groups) -> tuple[int, npt.NDArray[np.intp], int]:
    if not len(values) or len(values) != len(groups):
        raise ValueError(f"{len(values)} values, {len(groups)} groups; expected some values, and one group for each")
    names, codes = np.unique(np.asarray(groups, dtype=object), return_inverse=True)
    return len(values), codes, len(names)


def _variance(values: Values, codes: npt.NDArray[np.intp], count: int) -> float:
    """V; infinite with a single group, which shows nothing of how groups differ."""
    if count < 2:
        return float("inf")
    return between_groups(values, codes, count) / len(values) ** 2


def _effective(p: float, variance: float, n: int, count: int) -> float:
    if p in (0.0, 1.0):
        return float(count)
    # Rounding leaves traces where totals cancel exactly, as they do for a model that always names one letter.
    return min(float(n), p * (1 - p) / variance) if variance > 1e-18 else float(n)


def _quantile(count: int) -> float:
    """97.5 % quantile of Student's t on `count` - 1 degrees of freedom; infinite on none."""
    from scipy.special import stdtrit

    return float(stdtrit(count - 1, 0.975)) if count > 1 else float("inf")
