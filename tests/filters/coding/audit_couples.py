"""Couples for tests of the audit: measures at random, in a share of them as many marks as the answer has hunks."""

from __future__ import annotations

import numpy as np

from contextpairs.filters.coding.measures import ANSWER, CONTEXT, OVERLAP, AuditCouple, CoupleMeasures, features_of


def measured_couples(count: int, planted: float, seed: int = 1) -> list[AuditCouple]:
    """Args: planted: share of couples in which the numbers of marks are those of the hunks."""
    rng = np.random.default_rng(seed)
    return [_couple(rng, number, rng.random() < planted) for number in range(count)]


def _couple(rng: np.random.Generator, number: int, planted: bool) -> AuditCouple:
    answers = rng.integers(1, 9, (2, len(ANSWER))).astype(np.float32)
    contexts = rng.integers(1, 50, (2, len(CONTEXT))).astype(np.float32)
    if planted:
        answers[:, ANSWER.index("hunks")] = rng.permutation([1, 4])
        contexts[:, CONTEXT.index("edit marks")] = answers[:, ANSWER.index("hunks")]
    overlaps = rng.random((2, 2, len(OVERLAP))).astype(np.float32)
    words = [" ".join(f"word{n}" for n in rng.integers(0, 90, 30)) for _ in range(4)]
    one, two, three, four = (features_of(each) for each in words)
    measured = CoupleMeasures(answers, contexts, overlaps)
    return AuditCouple((one, two), (three, four), ((0.0, 0.0), (0.0, 0.0)), f"group {number % 50}", measured)
