"""What the results of a probe say: accuracy, consistency, position bias; per strategy and domain; one model against
another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.pipelines.probe.statistics import Estimate, mean, share

QUESTION = ("pair_id", "letter")
BOTH = (-1.0, 1.0)
"""Bounds of a difference of two shares."""


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of the results.

    Attributes:
        accuracy: share of questions answered right; a tie counts 1/2, a reply without a letter 0. Chance is 1/2.
        consistent: share of pairs answered right in both orders. Chance is 1/4, and a model that always names one
            letter has 0.
    """

    accuracy: Estimate
    consistent: Estimate


@dataclass(frozen=True, slots=True)
class Report:
    """What a probe found.

    Attributes:
        pairs: pairs that were asked in both orders.
        outcomes: questions by outcome; pairs that were too long take no part in what follows.
        overall: all of them.
        by_strategy, by_domain: parts of them.
        chose_a: share of the letters chosen that are A, ties as 1/2; 1/2 is no preference, None where none was chosen.
        right_at_a, right_at_b: accuracy where the positive stood as A and as B.
        a_minus_b: their difference, pair by pair.
        belief_a: mean of P(A) / (P(A) + P(B)) - 1/2; None where logits are unknown.
        letter_mass: mean of P(A) + P(B); None where unknown.
        margin: mean logit of the positive's letter minus that of the other; None where unknown.
    """

    pairs: int
    outcomes: dict[str, int]
    overall: Slice
    by_strategy: dict[str, Slice]
    by_domain: dict[str, Slice]
    chose_a: Estimate | None
    right_at_a: Estimate
    right_at_b: Estimate
    a_minus_b: Estimate
    belief_a: Estimate | None
    letter_mass: float | None
    margin: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same questions.

    Attributes:
        difference: accuracy of the second minus that of the first, question by question.
        consistent: the same of pairs right in both orders.
        gained, lost: pairs that the second alone, and the first alone, has right in both orders.
    """

    difference: Estimate
    consistent: Estimate
    gained: int
    lost: int


def report(rows: pa.Table) -> Report:
    """What results (of `results.RESULTS`) say.

    Raises:
        ValueError: there is no pair that was asked in both orders.
    """
    asked = _asked(rows)
    if not asked.num_rows:
        raise ValueError(f"no pair of {rows.num_rows // 2} was asked: {_counts(rows, 'outcome')}")
    places = [asked.filter(pc.equal(asked["letter"], letter)) for letter in ("A", "B")]
    at_a, at_b = (_floats(place, "right") for place in places)
    return Report(
        pairs=asked.num_rows // 2,
        outcomes=_counts(rows, "outcome"),
        overall=_slice(asked),
        by_strategy=_slices(asked, "strategy"),
        by_domain=_slices(asked, "domain"),
        chose_a=_chose_a(asked),
        right_at_a=share(at_a, _groups(places[0])),
        right_at_b=share(at_b, _groups(places[1])),
        a_minus_b=mean(at_a - at_b, _groups(places[0]), BOTH),
        belief_a=_belief_a(asked),
        letter_mass=_mean(asked, "letter_mass"),
        margin=_mean(asked, "margin"),
    )


def compare(first: pa.Table, second: pa.Table) -> Comparison | None:
    """The second model against the first on the pairs that both were asked; None where there are none."""
    one, two = _common(_asked(first), _asked(second))
    if not one.num_rows:
        return None
    both_one, both_two = _consistent(one), _consistent(two)
    groups = _groups(one)
    return Comparison(
        mean(_floats(two, "right") - _floats(one, "right"), groups, BOTH),
        mean(both_two - both_one, groups[::2], BOTH),
        int((both_two > both_one).sum()),
        int((both_two < both_one).sum()),
    )


def _asked(rows: pa.Table) -> pa.Table:
    """Rows of pairs that were asked in both orders, by pair and letter: A, B, A, B."""
    missing = rows.filter(pc.is_null(rows["right"]))
    kept = rows.filter(pc.invert(pc.is_in(rows["pair_id"], value_set=pc.unique(missing["pair_id"]))))
    return kept.sort_by([(name, "ascending") for name in QUESTION])


def _common(first: pa.Table, second: pa.Table) -> tuple[pa.Table, pa.Table]:
    one, two = first["pair_id"], second["pair_id"]
    return first.filter(pc.is_in(one, value_set=pc.unique(two))), second.filter(pc.is_in(two, value_set=pc.unique(one)))


def _slices(asked: pa.Table, column: str) -> dict[str, Slice]:
    names = sorted(pc.unique(asked[column]).to_pylist())
    return {name: _slice(asked.filter(pc.equal(asked[column], name))) for name in names}


def _slice(asked: pa.Table) -> Slice:
    groups = _groups(asked)
    return Slice(share(_floats(asked, "right"), groups), share(_consistent(asked), groups[::2]))


def _consistent(asked: pa.Table) -> Any:
    """1 for each pair that is right in both orders, else 0."""
    return np.floor(_floats(asked, "right").reshape(-1, 2).mean(axis=1))


def _chose_a(asked: pa.Table) -> Estimate | None:
    picked = asked.filter(pc.not_equal(asked["outcome"], "no-letter"))
    if not picked.num_rows:
        return None
    chosen = pc.fill_null(picked["chosen"], "").to_numpy(zero_copy_only=False)
    return share(np.select([chosen == "A", chosen == "B"], [1.0, 0.0], 0.5), _groups(picked))


def _belief_a(asked: pa.Table) -> Estimate | None:
    known = asked.filter(pc.is_valid(asked["margin"]))
    if not known.num_rows:
        return None
    ahead = np.clip(_floats(known, "logit_a") - _floats(known, "logit_b"), -500.0, 500.0)
    return mean(1 / (1 + np.exp(-ahead)) - 0.5, _groups(known), (-0.5, 0.5))


def _mean(asked: pa.Table, column: str) -> float | None:
    found: float | None = pc.mean(asked[column]).as_py()
    return found


def _counts(rows: pa.Table, column: str) -> dict[str, int]:
    found: Mapping[str, int] = {each["values"]: each["counts"] for each in pc.value_counts(rows[column]).to_pylist()}
    return dict(sorted(found.items()))


def _floats(rows: pa.Table, column: str) -> Any:
    return rows[column].to_numpy(zero_copy_only=False)


def _groups(rows: pa.Table) -> Any:
    return rows["group_id"].to_numpy(zero_copy_only=False)
