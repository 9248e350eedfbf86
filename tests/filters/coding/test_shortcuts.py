"""The audit finds what a cheap baseline can find, stands at one half elsewhere, and the choice bounds it."""

from __future__ import annotations

import numpy as np
import pytest

from contextpairs.filters.coding.measures import AuditCouple, features_of, file_names
from contextpairs.filters.coding.shortcuts import baselines, choose, report

RNG = np.random.default_rng(7)
WORDS = [f"word{i}" for i in range(400)]


def text(size: int) -> str:
    return " ".join(RNG.choice(WORDS, size))


def couple(number: int, leaking: bool) -> AuditCouple:
    """Two answers over shared words; a leaking context repeats three words of its own answer alone."""
    own = [f"name{number}_{side}_{i}" for side in (0, 1) for i in range(3)]
    answers = [" ".join(own[:3]) + " " + text(10), " ".join(own[3:]) + " " + text(10)]
    contexts = [text(100 + 5 * (number % 7)), text(100)]
    if leaking:
        contexts = [contexts[0] + " " + " ".join(own[:3]), contexts[1] + " " + " ".join(own[3:])]
    names = tuple(tuple(file_names(a, contexts)) for a in answers)
    one, two = (features_of(a) for a in answers)
    return AuditCouple((one, two), (features_of(contexts[0], 5), features_of(contexts[1], 9)), names, f"g{number % 20}")  # type: ignore[arg-type]


def test_baselines_find_a_planted_overlap_and_nothing_where_there_is_none() -> None:
    leaking = {r.name: r for r in report(baselines([couple(n, True) for n in range(120)]))}
    assert leaking["identifier overlap"].accuracy > 0.9
    assert leaking["TF-IDF"].accuracy > 0.9
    clean = {r.name: r for r in report(baselines([couple(n, False) for n in range(400)]))}
    for name in ("TF-IDF", "identifier Jaccard", "identifier overlap", "bag of words"):
        assert clean[name].low - 0.02 <= 0.5 <= clean[name].high + 0.02


def test_size_tells_only_where_it_goes_with_the_size_of_the_answer() -> None:
    def sized(long_first: bool) -> AuditCouple:
        one, two = features_of(text(50)), features_of(text(10))
        contexts = (features_of(text(300 if long_first else 90)), features_of(text(90 if long_first else 300)))
        return AuditCouple((one, two), contexts, ((0.0, 0.0), (0.0, 0.0)), "g")

    assert {r.name: r for r in report(baselines([sized(True)] * 20))}["length"].accuracy == 1.0
    assert {r.name: r for r in report(baselines([sized(True), sized(False)] * 10))}["length"].accuracy == 0.5


def test_the_classifier_learns_a_cue_that_words_alone_carry() -> None:
    """One word of the answer tells, the others do not: a classifier finds out which."""
    couples = []
    for n in range(200):
        answers = ["alpha shared " + text(5), "beta shared " + text(5)]
        contexts = ["alpha " + text(60), text(60)] if n % 10 else [text(60), "alpha " + text(60)]
        one, two = (features_of(a) for a in answers)
        contexts_features = (features_of(contexts[0]), features_of(contexts[1]))
        couples.append(AuditCouple((one, two), contexts_features, ((0.0, 0.0), (0.0, 0.0)), f"g{n}"))
    assert {r.name: r for r in report(baselines(couples))}["bag of words"].accuracy > 0.6


def test_file_names_count_mentions_by_base_name() -> None:
    patch = "--- a/src/pkg/core.py\n+++ b/src/pkg/core.py\n@@ -1 +1 @@\n-a\n+b\n"
    assert file_names(patch, ["see core.py and pkg/core.py", "nothing"]) == [2.0, 0.0]


def test_the_choice_holds_every_bound_and_drops_no_more_than_it_must() -> None:
    credits = {"one": np.array([1.0] * 60 + [0.5] * 20 + [0.0] * 20), "two": np.tile([1.0, 0.0], 50)}
    chosen, left = choose(range(100), 100, credits, 0.55)
    for credit in credits.values():
        assert 0.45 <= credit[chosen].mean() <= 0.55
    assert len(chosen) == 66
    assert sorted([*chosen, *left]) == list(range(100))


def test_the_choice_puts_harmless_couples_in_the_place_of_harmful_ones() -> None:
    credits = {"one": np.array([1.0] * 40 + [0.0] * 40)}
    chosen, _ = choose(range(80), 40, credits, 0.55)
    assert len(chosen) == 40
    assert credits["one"][chosen].mean() <= 0.55


def test_a_baseline_that_is_reliably_wrong_is_bounded_too() -> None:
    chosen, left = choose(range(50), 50, {"one": np.zeros(50)}, 0.55)
    assert (chosen, len(left)) == ([], 50)


def test_free_places_are_filled_with_couples_that_harm_nothing() -> None:
    credits = {"one": np.array([1.0] * 20 + [0.5] * 40)}
    chosen, left = choose(range(60), 30, credits, 0.55)
    assert len(chosen) == 30
    assert left
    assert credits["one"][chosen].mean() <= 0.55


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_handful_of_couples_is_audited_too(size: int) -> None:
    for result in report(baselines([couple(n, False) for n in range(size)])):
        assert 0.0 <= result.accuracy <= 1.0
        assert result.rows == 2 * size
