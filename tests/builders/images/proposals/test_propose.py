"""Edits proposed from words: right instructions, answers that certainly differ, other questions left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.builders.images.proposals.propose import (
    FREE,
    REASONS,
    Proposal,
    ProposalOptions,
    entangled,
    propose,
    propose_for_image,
)
from contextpairs.data.answers.comparing import relation
from contextpairs.data.demo.scenes.changes import apply
from contextpairs.data.demo.scenes.objects import ObjectsScene, objects_scene
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.demo.scenes.scene import SceneQuestion
from contextpairs.data.sources.vqa.record import Question
from contextpairs.pipelines.images.config import ImagesConfig

T = TypeVar("T")
PHOTOS = ProposalOptions()
SCENES = ImagesConfig().proposals().model_copy(update={"per_image": 1})
"""Their words, and instructions with one right outcome."""
SCENES_SEEN = 2000


def some(found: list[T] | str) -> list[T]:
    """What was proposed; a reason fails the test."""
    assert not isinstance(found, str), found
    assert found
    return found


def proposed(question: str, answer: str, **more: Any) -> dict[str, str]:
    """New answers by instruction, under the options for photographs."""
    found = some(propose(question, answer, PHOTOS, "seed", **more))
    return {proposal.instruction: proposal.answer for proposal in found}


def reason(question: str, answer: str, **more: Any) -> str:
    found = propose(question, answer, PHOTOS, "seed", **more)
    assert isinstance(found, str), found
    return found


@pytest.mark.parametrize(
    ("question", "answer", "instruction", "new"),
    [
        ("What color is the dog?", "brown", "make the dog pink", "pink"),
        ("What color is his shirt?", "Blue", "make his shirt yellow", "Yellow"),
        ("What is the color of the cat's collar", "red", "make the cat's collar green", "green"),
        ("What shape is the sign?", "octagon", "turn the sign into a circle", "circle"),
        ("What shape are the tiles?", "square", "turn the tiles into hexagons", "hexagon"),
        ("How big is the dog?", "large", "make the dog small", "small"),
        ("Where is the red car?", "on the left", "move the red car to the right", "right"),
        ("How many dogs are in the image?", "2", "remove all dogs", "0"),
        ("How many dogs are there?", "Three", "remove one of the three dogs", "Two"),
        ("How many people are in the water?", "2", "add another person in the water", "3"),
        ("How many knives are visible?", "1", "remove the knife", "0"),
        ("How many buses are there?", "0", "add a bus", "1"),
        ("How many slices of pizza are there?", "four", "add another slice of pizza", "five"),
        ("How many scissors are there?", "2", "add another pair of scissors", "3"),
        ("Is there a zebra in the image?", "no", "add a zebra", "yes"),
        ("Is there an SUV on the road?", "No", "add an SUV on the road", "Yes"),
        ("Is there an hourglass?", "FALSE", "add an hourglass", "TRUE"),
        ("Is there a car in the picture?", "yes", "remove every car", "no"),
        ("Are there any dogs?", "True", "remove all dogs", "False"),
        ("Are there some flowers on the table?", "no", "add some flowers on the table", "yes"),
        ("What is written on the sign?", "STOP", 'change the text on the sign to "SALE"', "SALE"),
    ],
)
def test_instructions_read_as_one_would_say_them(question: str, answer: str, instruction: str, new: str) -> None:
    assert proposed(question, answer)[instruction] == new


def test_a_number_on_a_thing_becomes_another_of_as_many_digits() -> None:
    found = proposed("What number is on the bus?", "42")
    assert found == {f'change the number on the bus to "{new}"': new for new in found.values()}
    assert all(len(new) == 2 and new.isdecimal() and new != "42" for new in found.values())


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Why is the man sad?", "rain", "no-template"),
        ("What color is it?", "red", "no-template"),
        ("What shape is present?", "circle", "no-template"),
        ("What color is the man wearing?", "red", "no-template"),
        ("What is shown in the image?", "a dog", "no-template"),
        ("How many people are wearing hats?", "2", "no-template"),
        ("How many different animals are there?", "2", "no-template"),
        ("Is there a person or a dog?", "yes", "no-template"),
        ("is there not a red shape?", "yes", "no-template"),
        ("What color is the sky?", "unknown", "unclear-answer"),
        ("How many dogs are there?", "many", "unclear-answer"),
        ("How many dogs are there?", "2.5", "unclear-answer"),
        ("Is there a dog?", "yes, two of them", "unclear-answer"),
        ("Where is the cat?", "on the sofa", "no-other-answer"),
        ("How many dogs are there?", "120", "no-other-answer"),
        ("What color are the dogs?", "brown", "no-other-answer"),
    ],
)
def test_what_no_template_changes_for_certain_has_a_reason(question: str, answer: str, expected: str) -> None:
    """A template stretched over another question would tell the editor nonsense: "make the man wearing blue"."""
    assert reason(question, answer) == expected
    assert expected in REASONS


def test_a_new_answer_is_one_of_the_options() -> None:
    assert set(proposed("What color is the car?", "red", choices=("red", "teal", "pink", "gray")).values()) == {
        "teal",
        "gray",
    }
    four = ("two", "three", "four", "a lot")
    assert set(proposed("How many cats are there?", "3", choices=four).values()) == {"two", "four"}
    assert reason("What color is the car?", "red", choices=("red", "crimson")) == "no-other-answer"


def test_a_new_answer_is_one_that_the_question_has_elsewhere() -> None:
    """An answer that only edited images have would tell which image was edited."""
    known = ["red", "silver", "yellow", "unknown", "white and blue"]
    assert set(proposed("What color is the bus?", "yellow", known=known).values()) == {"red", "silver"}
    assert set(proposed("How many dogs are there?", "2", known=["one", "2", "7"]).values()) == {"1"}


def test_without_other_answers_elsewhere_the_vocabulary_serves() -> None:
    assert len(proposed("What color is the bus?", "yellow", known=["yellow", "Yellow."])) > 5
    free = some(propose("What color is the bus?", "yellow", ProposalOptions(known_only=False), "s", known=["red"]))
    assert free[0].answer == "red"
    assert len(free) > 5


def test_unlisted_kinds_are_not_proposed() -> None:
    options = ProposalOptions(kinds=("count",))
    assert propose("What color is the car?", "red", options, "s") == "no-template"
    assert isinstance(propose("How many cars are there?", "2", options, "s"), list)


def test_the_seed_decides_and_nothing_else() -> None:
    first = propose("What color is the car?", "red", PHOTOS, "a")
    assert first == propose("What color is the car?", "red", PHOTOS, "a")
    assert len({str(propose("What color is the car?", "red", PHOTOS, str(seed))) for seed in range(9)}) > 3


OTHERS = [
    ("make the circle blue", "colour", "blue", "What color is the circle?", "red", True),
    ("make the circle blue", "colour", "blue", "What color is the square?", "red", False),
    ("make the circle blue", "colour", "blue", "Is there a blue circle?", "no", True),
    ("make the circle blue", "colour", "blue", "Is there a blue cross?", "no", False),
    ("make the circle blue", "colour", "blue", "How many circles are there?", "1", False),
    ("make the circle blue", "colour", "blue", "Where is the red circle?", "top", True),
    ("make the circle blue", "colour", "blue", "What shape is the blue object?", "square", True),
    ("make the circle blue", "colour", "blue", "What shape is the yellow object?", "square", False),
    ("make the circle large", "size", "large", "Where is the red circle?", "top", False),
    ("turn the red object into a cross", "shape", "cross", "How many crosses are there?", "0", True),
    ("turn the red object into a cross", "shape", "cross", "What size is the cross?", "small", True),
    ("turn the red object into a cross", "shape", "cross", "How many objects are there?", "3", False),
    ("turn the red object into a cross", "shape", "cross", "What size is the square?", "small", True),
    ("move the red circle to the top", "position", "top", "Where is the blue circle?", "left", False),
    ("remove the red circle", "presence", "no", "How many objects are there?", "3", True),
    ("remove the red circle", "presence", "no", "How many circles are there?", "2", True),
    ("remove the red circle", "presence", "no", "What color is the circle?", "red", True),
    ("remove the red circle", "presence", "no", "What color is the circle?", "blue", False),
    ("remove the red circle", "presence", "no", "Is there a blue circle?", "yes", False),
    ("remove all circles", "count", "0", "Is there a red circle?", "yes", True),
    ("remove all circles", "count", "0", "Is there a red circle?", "no", False),
    ("add a green circle at the top", "count", "2", "What size is the circle?", "small", True),
    ("add a green circle at the top", "count", "2", "Is there a green circle?", "yes", False),
    ("add a green circle at the top", "count", "2", "How many squares are there?", "0", False),
    ("remove one of the three dogs", "count", "2", "Is there a dog in the image?", "yes", False),
    ("remove every dog", "presence", "no", "How many dogs are in the image?", "3", True),
    ("remove every person", "presence", "no", "How many men are there?", "1", True),
    ("add a zebra", "presence", "yes", "How many giraffes are in the image?", "2", False),
    ("make the car red", "colour", "red", "Does the image contain a red car?", "no", True),
    ("make the car red", "colour", "red", "Is the woman tall?", "yes", False),
    ("replace the dog with a cat", FREE, "cat", "What is the dog doing?", "sitting", True),
    ("replace the dog with a cat", FREE, "cat", "What color is the car?", "red", False),
]


@pytest.mark.parametrize(("instruction", "kind", "answer", "question", "said", "expected"), OTHERS)
def test_an_edit_is_entangled_with_a_question_whose_answer_it_changes(
    instruction: str, kind: str, answer: str, question: str, said: str, expected: bool
) -> None:
    assert entangled(Proposal(answer, instruction, kind), [(question, said)]) is expected


def test_what_the_old_answer_says_tells_things_apart() -> None:
    """ "The circle" alone might be the yellow object; a circle that is red is not."""
    edit = Proposal("blue", "make the circle blue", "colour")
    assert entangled(edit, [("Is there a green circle?", "yes")])
    assert not entangled(edit, [("Is there a green circle?", "yes")], own=("What color is the circle?", "red"))


def test_entangled_edits_go_or_come_last() -> None:
    others = [("Is there a blue car?", "no"), ("Is there a green car?", "no")]
    options = ProposalOptions(colors=("red", "blue", "green", "black"), avoid_entangled=False)
    found = some(propose("What color is the car?", "red", options, "s", others=others))
    assert found[0].answer == "black"
    assert len(found) == 3
    strict = options.model_copy(update={"avoid_entangled": True})
    assert propose("What color is the car?", "red", strict, "s", others=others) == [found[0]]
    only = strict.model_copy(update={"colors": ("red", "blue", "green")})
    assert propose("What color is the car?", "red", only, "s", others=others) == "entangled"


def test_the_same_question_in_another_writing_is_no_other_question() -> None:
    others = [("what color is the car", "red")]
    assert proposed("What colour is the car?", "red", others=others)


def test_places_that_are_known_to_be_taken_are_not_proposed() -> None:
    others = [(f"Where is the {color} square?", place) for color, place in (("red", "top"), ("blue", "top left"))]
    found = some(propose("Is there a green cross?", "no", SCENES, "s", others=others))
    assert {each.instruction for each in found} == {
        f"add a green cross at the {place}"
        for place in ("top right", "left", "center", "right", "bottom left", "bottom", "bottom right")
    }


@given(st.integers(0, 10**6), st.sampled_from(["", "1", "2"]), st.booleans())
@settings(max_examples=100)
def test_new_answers_certainly_differ_and_instructions_are_all_different(
    number: int, seed: str, concrete: bool
) -> None:
    options = SCENES if concrete else PHOTOS
    for asked in objects_scene(Random(number)).asked()[::5]:
        found = propose(asked.question, asked.answer, options, seed)
        if isinstance(found, list):
            assert all(relation(asked.answer, each.answer, asked.question) == "different" for each in found)
            assert len({each.instruction for each in found}) == len(found) > 0
            assert all(each.kind == asked.kind for each in found)


@given(st.text(max_size=60), st.text(max_size=20))
@settings(max_examples=200)
def test_no_question_is_too_odd(question: str, answer: str) -> None:
    for text in (question, f"What color is {question}?", f"How many {question} are there?", f"Is there a {question}?"):
        found = propose(text, answer, PHOTOS, "s", others=[(question, answer)])
        assert isinstance(found, list) or found in REASONS


def asked_of(shown: ObjectsScene) -> dict[str, str]:
    return {each.question: each.answer for each in shown.asked()}


def objects(numbers: range, seed: int = 0) -> Iterator[tuple[int, ObjectsScene]]:
    for number in numbers:
        shown = scene("objects", seed, number)
        assert isinstance(shown, ObjectsScene)
        yield number, shown


def test_instructions_for_scenes_lead_to_the_answer_that_they_promise() -> None:
    """Of all questions of rendered scenes: no instruction that can be followed leaves or misses its answer, and most
    first ones can be followed.

    Share of first proposals that lead to their answer: colour, size and shape 1.00, presence
    0.76 (1.00 of removals), position 0.74, count 0.68: the others put something on a place that is taken.
    """
    right, first = Counter[str](), Counter[str]()
    for number, shown in objects(range(SCENES_SEEN)):
        for asked in shown.asked()[number % 8 :: 8]:
            found = propose(asked.question, asked.answer, SCENES, str(number))
            for place, proposal in enumerate(found if isinstance(found, list) else ()):
                changed = apply(proposal.instruction, shown)
                assert changed is None or asked_of(changed)[asked.question] == proposal.answer, proposal
                first[asked.kind] += not place
                right[asked.kind] += not place and changed is not None
    assert min(first.values()) > 50
    assert len(first) == 6
    assert all(right[kind] >= 0.6 * first[kind] for kind in first), (right, first)


def some_questions(shown: ObjectsScene, random: Random) -> list[Question]:
    """Three questions of different kinds, "yes" as often as "no"."""
    left, chosen = list(shown.asked()), list[SceneQuestion]()
    while len(chosen) < 3:
        kinds = {each.kind for each in left} - {each.kind for each in chosen}
        kind = random.choice(sorted(kinds))
        answer = random.choice(sorted({each.answer for each in left if each.kind == kind}))
        chosen.append(random.choice([each for each in left if (each.kind, each.answer) == (kind, answer)]))
    return [Question(each.question, each.answer) for each in chosen]


def test_edits_of_scenes_leave_the_other_questions_alone() -> None:
    """With three questions of each image 98 % have an edit that is not entangled (in the others, three
    questions determine one thing), 87 % of these can be followed, and of those all leave the other answers as they are.
    """
    images = [some_questions(shown, Random(f"s {number}")) for number, shown in objects(range(SCENES_SEEN))]
    known: dict[str, list[str]] = {}
    for asked in (each for questions in images for each in questions):
        known.setdefault(asked.question, []).append(asked.answer)
    counts = Counter[str]()
    for (number, shown), questions in zip(objects(range(SCENES_SEEN)), images, strict=True):
        found = propose_for_image(questions, SCENES, f"scene {number}", known)
        counts["proposed"] += isinstance(found, list)
        changed = apply(found[0][1].instruction, shown) if isinstance(found, list) else None
        if isinstance(found, list) and changed:
            counts["followed"] += 1
            new = [found[0][1].answer if at == found[0][0] else each.answer for at, each in enumerate(questions)]
            counts["clean"] += [asked_of(changed).get(each.question) for each in questions] == new
    assert counts["proposed"] >= 0.95 * SCENES_SEEN
    assert counts["followed"] >= 0.8 * counts["proposed"]
    assert counts["clean"] >= 0.97 * counts["followed"], counts


PHOTO = [
    Question("How many dogs are in the image?", "2"),
    Question("Is there a dog in the image?", "yes"),
    Question("What color is the car?", "red"),
    Question("Why is it dark?", "night"),
]


def test_an_image_gets_edits_of_different_questions_first() -> None:
    known = {"What color is the car?": ["red", "blue", "green"], "How many dogs are in the image?": ["1", "2", "3"]}
    options = ProposalOptions(per_image=2)
    found = some(propose_for_image(PHOTO, options, "s", known))
    assert sorted(place for place, _ in found) == [0, 2]
    assert len(propose_for_image(PHOTO, ProposalOptions(), "s", known)) == 1
    ones = {some(propose_for_image(PHOTO, ProposalOptions(), str(seed), known))[0][0] for seed in range(20)}
    assert ones == {0, 2}


def test_edits_with_answers_known_from_elsewhere_come_first() -> None:
    known = {"What color is the car?": ["red", "blue"]}
    found = {some(propose_for_image(PHOTO, ProposalOptions(), str(seed), known))[0] for seed in range(20)}
    assert found == {(2, Proposal("blue", "make the car blue", "colour"))}


def test_an_image_without_an_edit_says_the_reason_that_came_nearest() -> None:
    assert propose_for_image([], PHOTOS, "s", {}) == "no-template"
    odd = [Question("Why?", "so"), Question("What color is the sky?", "unknown")]
    assert propose_for_image(odd, PHOTOS, "s", {}) == "unclear-answer"
    bound = [Question("Is there a dog?", "yes"), Question("What is the dog doing?", "sleeping")]
    assert propose_for_image(bound, PHOTOS, "s", {}) == "entangled"
