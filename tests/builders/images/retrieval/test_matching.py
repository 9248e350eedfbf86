"""As many couples as the caps allow, the hardest first, nobody crowded out."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from contextpairs.builders.images.retrieval import question_turns
from contextpairs.builders.images.retrieval.greedy_rounds import Greedy
from contextpairs.builders.images.retrieval.matching import (
    ImageCouples,
    MatchingOptions,
    choose,
    domain_quota,
    fill,
    resources,
)


def random_couples(seed: int, number: int, images: int = 60, questions: int = 5, answers: int = 4) -> ImageCouples:
    random = np.random.default_rng(seed)
    first = random.integers(0, images, number)
    one = random.integers(0, answers, number)
    question = random.integers(0, questions, number)
    return ImageCouples(
        first, (first + random.integers(1, images, number)) % images,
        one, (one + random.integers(1, answers, number)) % answers,
        question, question % 2, random.random(number, dtype=np.float32),
    )  # fmt: skip


def used(couples: ImageCouples, places: npt.NDArray[np.int64], options: MatchingOptions) -> tuple[Any, Any]:
    uses, room = resources(couples, options)
    return np.bincount(uses[places].reshape(-1), minlength=len(room)), room


def most(couples: ImageCouples, options: MatchingOptions) -> int:
    """The exact optimum, by integer programming."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import coo_array

    uses, room = resources(couples, options)
    places = np.repeat(np.arange(len(couples)), uses.shape[1])
    matrix = coo_array((np.ones(uses.size), (uses.reshape(-1), places)), shape=(len(room), len(couples))).tocsr()
    limits = LinearConstraint(matrix, -np.inf, room)
    ones = np.ones(len(couples))
    best: float = -milp(-ones, constraints=limits, integrality=ones, bounds=Bounds(0, 1)).fun
    return round(best)


def greedy(uses: npt.NDArray[np.int32], room: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    choice = Greedy(uses, room)
    choice.take(room)
    return choice.taken


def test_nearly_as_many_as_the_optimum() -> None:
    """First come, first served leaves a sixth of the room unused on these."""
    best = chosen = first_come = 0
    for seed in range(25):
        couples = random_couples(seed, 70 + 7 * seed)
        options = MatchingOptions(per_image=1 + seed % 2, per_answer=3 + seed % 6, per_question=12)
        places = choose(couples, options).places
        taken, room = used(couples, places, options)
        assert (taken <= room).all()
        optimum = most(couples, options)
        assert len(places) >= 0.85 * optimum
        best, chosen = best + optimum, chosen + len(places)
        uses, room = resources(couples, options)
        first_come += int(greedy(uses, room).sum())
    assert chosen >= 0.97 * best
    assert first_come < 0.9 * best


def test_greedy_in_rounds_is_greedy_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    couples = random_couples(1, 3000, images=400)
    uses, room = resources(couples, MatchingOptions(per_answer=40, per_question=100))
    left, expected = room.tolist(), []
    for row in uses.tolist():
        expected.append(all(left[one] > 0 for one in row))
        if expected[-1]:
            for one in row:
                left[one] -= 1
    monkeypatch.setattr("contextpairs.builders.images.retrieval.greedy_rounds.FINISH_BY_HAND", 0)
    assert greedy(uses, room).tolist() == expected


def line(cosines: list[float], question: list[int] | None = None) -> ImageCouples:
    """Couples of images 0-1, 1-2, 2-3, ..."""
    number = len(cosines)
    places = np.arange(number)
    asked = np.array(question or [0] * number)
    return ImageCouples(places, places + 1, places * 0, places * 0 + 1, asked, asked * 0, np.array(cosines, np.float32))


def test_the_hardest_couples_come_first() -> None:
    assert choose(line([0.5, 0.9, 0.6, 0.8, 0.1]), MatchingOptions(per_image=1, limit=2)).places.tolist() == [1, 3]


def test_room_that_the_hardest_leaves_is_filled() -> None:
    """The middle couple alone, or the two beside it: two are more."""
    chosen = choose(line([0.5, 0.9, 0.6]), MatchingOptions(per_image=1))
    assert chosen.places.tolist() == [0, 2]
    assert chosen.reasons == {"no-room": 1}


def test_caps_of_answers_and_questions() -> None:
    couples = random_couples(2, 2000, images=1000, questions=3)
    options = MatchingOptions(per_answer=5, per_question=8)
    taken, room = used(couples, choose(couples, options).places, options)
    assert (taken <= room).all()
    assert len(choose(couples, options).places) == most(couples, options) == 24


def test_questions_take_turns() -> None:
    """One question's couples are all harder than the other's, and want the same images."""
    parts = zip(line([0.9] * 60), line([0.2] * 60, [1] * 60), strict=True)
    joined: list[Any] = [np.concatenate([np.asarray(one), np.asarray(other)]) for one, other in parts]
    both = ImageCouples(*joined)
    chosen = choose(both, MatchingOptions(per_image=1))
    asked = both.question[chosen.places]
    assert len(asked) == 30
    assert np.bincount(asked).min() >= 8


def test_a_limit_is_shared_out_over_domains_and_questions() -> None:
    random = np.random.default_rng(0)
    question = np.repeat(np.arange(6), [500, 500, 40, 300, 5, 300])
    domain = np.array([0, 0, 0, 1, 1, 2])[question]
    number = len(question)
    couples = ImageCouples(
        np.arange(number), np.arange(number) + number, question * 0, question * 0 + 1, question, domain,
        random.random(number, dtype=np.float32),
    )  # fmt: skip
    chosen = choose(couples, MatchingOptions(limit=300, per_question=1000, per_answer=1000))
    assert np.bincount(domain[chosen.places]).tolist() == [100, 100, 100]
    assert np.bincount(question[chosen.places]).tolist() == [33, 34, 33, 95, 5, 100]
    assert chosen.reasons == {"over-limit": number - 300}
    hardest = np.sort(couples.cosine[question == 5])[::-1][:100]
    np.testing.assert_array_equal(np.sort(couples.cosine[chosen.places][question[chosen.places] == 5])[::-1], hardest)


def test_no_domain_gives_more_than_its_share() -> None:
    supply = np.array([900, 90, 60])
    assert domain_quota(supply, MatchingOptions()).tolist() == [900, 90, 60]
    shared = domain_quota(supply, MatchingOptions(domain_share=0.5))
    assert shared[1:].tolist() == [90, 60]
    assert shared[0] <= 0.5 * shared.sum() + 1
    assert domain_quota(np.array([50]), MatchingOptions(domain_share=0.1)).tolist() == [50]


@pytest.mark.parametrize(
    ("supply", "total", "quota"),
    [([5, 5, 5], 7, [2, 2, 3]), ([1, 9, 9], 11, [1, 5, 5]), ([4, 0, 2], 9, [4, 0, 2]), ([], 3, []), ([3], 0, [0])],
)
def test_vessels_joined_at_the_bottom(supply: list[int], total: int, quota: list[int]) -> None:
    assert fill(np.array(supply, np.int64), total).tolist() == quota


def test_equal_couples_equal_choice_in_any_number_of_runs() -> None:
    couples = random_couples(5, 4000, images=500)
    first, second = (choose(couples, MatchingOptions(limit=300)) for _ in range(2))
    np.testing.assert_array_equal(first.places, second.places)


@pytest.mark.parametrize("limit", [None, 40, 400, 3000])
def test_looking_at_few_couples_first_changes_nothing(limit: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    couples = random_couples(7, 6000, images=300, questions=12)
    options = MatchingOptions(limit=limit, per_question=90)
    few = choose(couples, options)
    monkeypatch.setattr(question_turns, "DEPTH", 6000)
    everything = choose(couples, options)
    assert few.places.tolist() == everything.places.tolist()
    assert few.reasons == everything.reasons
    monkeypatch.setattr(question_turns, "DEPTH", 1)
    assert choose(couples, options).places.tolist() == everything.places.tolist()


def test_a_choice_that_suffices_is_as_even_as_one_that_is_taken_to_the_end() -> None:
    """Growing stops where a limit is reached; what each question gives is what it would give in the end."""
    couples = random_couples(8, 8000, images=2000, questions=10)
    chosen = choose(couples, MatchingOptions(limit=100))
    assert np.bincount(couples.question[chosen.places]).tolist() == [10] * 10
    assert sum(chosen.reasons.values()) == 7900
    assert chosen.reasons["over-limit"] > 1000


def test_no_couples_no_choice() -> None:
    none = np.zeros(0, np.int64)
    nothing = ImageCouples(none, none, none, none, none, none, np.zeros(0, np.float32))
    assert choose(nothing, MatchingOptions()).places.tolist() == []


def test_big_choices_take_seconds() -> None:
    """A loop over couples would take minutes for the millions of a full build."""
    couples = random_couples(6, 200_000, images=30_000, questions=100)
    begin = time.process_time()
    chosen = choose(couples, MatchingOptions())
    assert time.process_time() - begin < 20
    assert len(chosen.places) >= 0.99 * 25_000
