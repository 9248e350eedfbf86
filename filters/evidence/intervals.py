"""Confidence intervals of shares, and how much values that share a group depend on each other."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Z_95 = 1.959964


def wilson(successes: float, trials: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson score interval of a share (Wilson 1927); (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, weight = successes / trials, z * z / trials
    centre = (share + weight / 2) / (1 + weight)
    reach = z * math.sqrt(share * (1 - share) / trials + weight / trials / 4) / (1 + weight)
    return max(0.0, centre - reach), min(1.0, centre + reach)


def between_groups(values: npt.NDArray[np.float64], codes: npt.NDArray[np.intp], count: int) -> float:
    """G/(G-1) times the sum over groups of the squared total of (value - mean), for G groups.

    Over n^2 this is the variance of the mean with groups as units (Cochran, Sampling Techniques, 1977, 6.3 and 9A);
    over the sum of all squared residuals it is the design effect (Kish 1965).

    Args:
        values: [n].
        codes: [n], the group of each value, from 0.
        count: of groups, at least two: a single one shows nothing of how groups differ.
    """
    totals = np.bincount(codes, values - values.mean(), minlength=count)
    return float(count / (count - 1) * (totals**2).sum())
