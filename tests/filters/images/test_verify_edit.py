"""Which edits are kept: exact edits of rendered scenes pass as an editor would draw them, everything else goes."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter
from pydantic import ValidationError

from contextpairs.data.demo.scenes.changes import KINDS, apply, random_change
from contextpairs.data.demo.scenes.objects import ObjectsScene, Thing, objects_scene
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.filters.images.edit_pixels import NAMES
from contextpairs.filters.images.verify_edit import (
    REASONS,
    AskedReading,
    EditCase,
    EditVerdict,
    Other,
    VerifyOptions,
    reverdict,
    verify,
)
from tests.filters.images.image_facts import encoded
from tests.filters.images.image_facts import scene as photo

Array = npt.NDArray[Any]
DEFAULT = VerifyOptions()
FLIPPED = AskedReading(np.array([0.30, 0.20, 0.25]), np.array([0.20, 0.31, 0.25]), old=0, new=1)
STAYED = Other(np.array([0.1, 0.3]), np.array([0.15, 0.2]), answer=1)
UNREAD = Other(np.array([0.3, 0.1]), np.array([0.3, 0.1]), answer=1)
CHANGED = Other(np.array([0.1, 0.3]), np.array([0.3, 0.1]), answer=1)

SCENE = ObjectsScene(
    ground=(236, 238, 240),
    shift=(2, 2),
    things=(
        Thing("red", "circle", "large", 0),
        Thing("blue", "square", "small", 2),
        Thing("green", "circle", "large", 6),
        Thing("purple", "circle", "small", 8),
    ),
)
INSTRUCTIONS = {
    "color": "make the square yellow",
    "size": "make the square large",
    "shape": "turn the square into a circle",
    "move": "move the red circle to the right",
    "add": "add a yellow cross at the center",
    "remove": "remove the purple circle",
    "remove all": "remove all circles",
}


def pixels(image: Image.Image) -> Array:
    return np.asarray(image.convert("RGB"))


def drawn(scene: ObjectsScene | None) -> Array:
    assert scene is not None
    return pixels(scene.draw())


def redrawn(image: Array, seed: int = 0) -> Array:
    """The image as a small editor gives it back: softer, and a few levels off everywhere."""
    soft = pixels(Image.fromarray(image).filter(ImageFilter.GaussianBlur(0.5)))
    noise = np.random.default_rng(seed).normal(1.5, 3, image.shape)
    return np.clip(soft + noise.round(), 0, 255).astype(np.uint8)


def shifted_up(image: Array, levels: int) -> Array:
    return np.clip(image.astype(np.int16) + levels, 0, 255).astype(np.uint8)


def png(image: Array) -> bytes:
    return encoded(Image.fromarray(image))


def judged(original: Array, edited: Array, options: VerifyOptions = DEFAULT, **reading: Any) -> EditVerdict:
    fields: dict[str, Any] = {"asked": FLIPPED, "others": (STAYED,), "cosine": 0.9}
    return verify(EditCase(png(original), png(edited), **(fields | reading)), options)


def test_every_kind_of_edit_is_tried() -> None:
    assert set(INSTRUCTIONS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("draw", [lambda image: image, redrawn], ids=["exact", "redrawn"])
def test_an_edit_passes_however_many_places_it_touches(kind: str, draw: Callable[[Array], Array]) -> None:
    """A check by one box would drop every move, and every removal of several things."""
    verdict = judged(drawn(SCENE), draw(drawn(apply(INSTRUCTIONS[kind], SCENE))))
    assert verdict.reason is None, verdict.detail


@pytest.mark.parametrize("seed", range(60))
def test_edits_of_random_scenes_pass(seed: int) -> None:
    chance = Random(f"edits {seed}")
    scene = objects_scene(chance)
    change = random_change(scene, chance)
    verdict = judged(drawn(scene), redrawn(drawn(change.scene), seed))
    assert verdict.reason is None, f"{change.instruction}: {verdict.detail}"


def test_the_removal_of_the_last_thing_leaves_no_blank_image() -> None:
    alone = ObjectsScene((240, 240, 240), (0, 0), (Thing("red", "circle", "small", 4),))
    verdict = judged(drawn(alone), drawn(apply("remove the circle", alone)))
    assert (verdict.reason, verdict.measures["contrast"]) == (None, 0.0)


def textured(image: Array) -> Array:
    """The ground drawn anew, with a pattern that stays below the level of a change."""
    ground = (image == image[0, 0]).all(axis=2)
    pattern = np.random.default_rng(0).integers(-35, 16, image.shape)
    return np.where(ground[..., None], np.clip(image + pattern, 0, 255), image).astype(np.uint8)


def scattered(image: Array) -> Array:
    """Single pixels all over."""
    spots = np.random.default_rng(0).random(image.shape[:2]) < 0.03
    return np.where(spots[..., None], 255 - image, image).astype(np.uint8)


def with_box(image: Array, box: tuple[int, int, int, int], outline: bool = False) -> Array:
    picture = Image.fromarray(image)
    pen = ImageDraw.Draw(picture)
    pen.rectangle(box, outline="black") if outline else pen.rectangle(box, fill="black")
    return pixels(picture)


def with_lines(image: Array) -> Array:
    picture = Image.fromarray(image)
    pen = ImageDraw.Draw(picture)
    for at in range(0, 64, 8):
        pen.line((at, 0, at, 63), fill="black", width=2)
    return pixels(picture)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda image: image, "identical", id="nothing done"),
        pytest.param(lambda image: shifted_up(image, 2), "near-identical", id="imperceptible"),
        pytest.param(lambda image: np.zeros_like(image), "blank", id="black"),
        pytest.param(lambda image: np.full_like(image, 128), "blank", id="grey"),
        pytest.param(lambda image: np.roll(image, (3, -2), (0, 1)), "shifted", id="slipped"),
        pytest.param(lambda image: redrawn(np.roll(image, 1, 1)), "shifted", id="slipped by a pixel"),
        pytest.param(lambda image: shifted_up(image, -12), "global-shift", id="darker"),
        pytest.param(lambda image: (image * (1, 0.9, 0.9)).astype(np.uint8), "global-shift", id="tinted"),
        pytest.param(lambda image: (image * (1, 0.5, 0.5)).astype(np.uint8), "global-shift", id="recoloured"),
        pytest.param(textured, "noisy", id="ground drawn anew, faintly"),
        pytest.param(lambda image: np.where(image > 230, 120, image), "changed-too-much", id="ground drawn anew"),
        pytest.param(lambda image: with_box(image, (30, 30, 30, 31)), "unchanged", id="a speck"),
        pytest.param(lambda image: with_box(image, (22, 22, 63, 63)), "changed-too-much", id="a second, large change"),
        pytest.param(scattered, "not-local", id="specks"),
        pytest.param(with_lines, "not-local", id="thin lines everywhere"),
    ],
)
def test_what_is_no_local_edit_goes(spoil: Callable[[Array], Array], reason: str) -> None:
    verdict = judged(drawn(SCENE), spoil(drawn(SCENE)).astype(np.uint8))
    assert verdict.reason == reason, verdict.detail


def test_a_second_change_elsewhere_is_told_by_its_place_where_one_is_expected_and_by_the_other_questions() -> None:
    """Two far places are what a move looks like, so pixels alone cannot drop it by default."""
    edited = with_box(drawn(apply("make the red circle blue", SCENE)), (50, 50, 60, 60))
    assert judged(drawn(SCENE), edited).reason is None
    assert judged(drawn(SCENE), edited, VerifyOptions(box_max=0.3)).reason == "not-local"
    assert judged(drawn(SCENE), edited, VerifyOptions(places_max=1)).reason == "not-local"
    assert judged(drawn(SCENE), edited, others=(STAYED, CHANGED)).reason == "other-changed"


@pytest.mark.parametrize("seed", range(5))
def test_photographs_are_judged_at_any_size_alike(seed: int) -> None:
    """An editor's errors at edges exceed the level in large images; counted as changes they would be everywhere."""
    original = photo(seed).resize((640, 480), Image.Resampling.LANCZOS)
    edited = original.filter(ImageFilter.GaussianBlur(1.0))
    ImageDraw.Draw(edited).ellipse((200, 150, 280, 230), fill="yellow")
    verdict = judged(pixels(original), redrawn(pixels(edited)))
    assert (verdict.reason, verdict.measures["places"]) == (None, 1.0), verdict.detail
    slipped = judged(pixels(original), redrawn(np.roll(pixels(original), (9, 6), (0, 1))))
    assert slipped.reason == "shifted"


@pytest.mark.parametrize(
    ("edited", "reason", "told"),
    [
        (b"", "unreadable", "empty-file"),
        (b"no image at all", "unreadable", "no-image"),
        (encoded(SCENE.draw())[:200], "unreadable", "broken-image"),
        (encoded(SCENE.draw().resize((64, 65))), "other-size", "same_size 0"),
    ],
)
def test_a_file_that_is_no_such_image_goes(edited: bytes, reason: str, told: str) -> None:
    verdict = verify(EditCase(encoded(SCENE.draw()), edited, None), DEFAULT)
    assert verdict.reason == reason
    assert told in verdict.detail
    assert reverdict(verdict.measures, DEFAULT).reason == reason


def test_limits_hold_for_the_edited_image() -> None:
    case = EditCase(encoded(SCENE.draw()), encoded(SCENE.draw().resize((640, 640))), None)
    verdict = verify(case, DEFAULT, ImageLimits(pixels=5000))
    assert (verdict.reason, "too-many-pixels" in verdict.detail) == ("unreadable", True)


def test_an_original_that_is_no_image_is_an_error() -> None:
    with pytest.raises(ValueError, match="no-image"):
        verify(EditCase(b"no image", encoded(SCENE.draw()), None), DEFAULT)


EDITED = apply("make the red circle blue", SCENE)
THIRD = AskedReading(np.array([0.30, 0.20, 0.25]), np.array([0.20, 0.31, 0.32]), 0, 1)
STILL_OLD = AskedReading(np.array([0.30, 0.20, 0.25]), np.array([0.30, 0.305, 0.25]), 0, 1)
UNCLEAR = AskedReading(np.array([0.30, 0.20, 0.30]), np.array([0.20, 0.31, 0.25]), 0, 1)


@pytest.mark.parametrize(
    ("reading", "changes", "reason"),
    [
        ({}, {}, None),
        ({"asked": THIRD}, {}, "not-flipped"),
        ({"asked": STILL_OLD}, {}, "not-flipped"),
        ({"asked": STILL_OLD}, {"flip_margin": 0.004}, None),
        ({"asked": UNCLEAR}, {}, "original-unclear"),
        ({"asked": UNCLEAR}, {"keep_margin": 0.0}, None),
        ({"asked": None}, {}, None),
        ({"others": (STAYED, CHANGED)}, {}, "other-changed"),
        ({"others": (STAYED,)}, {"global_margin": 0.1}, "other-changed"),
        ({"others": (STAYED, UNREAD)}, {}, None),
        ({"others": (STAYED, UNREAD)}, {"strict_others": True}, "other-unclear"),
        ({"others": ()}, {"strict_others": True}, None),
        ({"others": (Other(np.array([0.1]), np.array([0.1]), 0),)}, {"strict_others": True}, None),
        ({"cosine": 0.9999}, {}, "unchanged"),
        ({"cosine": 0.5}, {}, "changed-too-much"),
        ({"cosine": None}, {}, None),
    ],
)
def test_the_answer_must_flip_and_all_others_stay(
    reading: dict[str, Any], changes: dict[str, Any], reason: str | None
) -> None:
    verdict = judged(drawn(SCENE), drawn(EDITED), VerifyOptions(**changes), **reading)
    assert verdict.reason == reason, verdict.detail


def test_margins_are_differences_of_cosines() -> None:
    measures = judged(drawn(SCENE), drawn(EDITED), others=(STAYED, UNREAD)).measures
    told = {name: measures[name] for name in ("original_margin", "original_over_new", "flip_margin", "flip_over_old")}
    assert told == {"original_margin": 0.05, "original_over_new": 0.1, "flip_margin": 0.06, "flip_over_old": 0.11}
    assert (measures["others"], measures["others_unread"], measures["others_margin"]) == (2.0, 1.0, 0.05)


@pytest.mark.parametrize(
    ("reading", "told"),
    [
        ({"asked": FLIPPED._replace(new=3)}, r"the question of the edit: answers at places \(0, 3\) of 3"),
        ({"asked": FLIPPED._replace(new=0)}, "old and new answer are both at place 0"),
        ({"asked": FLIPPED._replace(edited=np.zeros(2))}, r"shapes \(3,\) and \(2,\)"),
        ({"others": (STAYED, STAYED._replace(edited=np.array([np.nan, 0])))}, "other question 1: a cosine is no num"),
        ({"cosine": float("nan")}, "cosine of the two images is nan"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(reading: dict[str, Any], told: str) -> None:
    """A NaN compares as false with every threshold, so that it would pass them all."""
    with pytest.raises(ValueError, match=told):
        judged(drawn(SCENE), drawn(EDITED), **reading)


def test_every_measure_is_handed_out_whatever_the_reason() -> None:
    """Thresholds moved afterwards need those behind the first that failed, too."""
    black = judged(drawn(SCENE), np.zeros_like(drawn(SCENE)), asked=THIRD)
    assert black.reason == "blank"
    kept = judged(drawn(SCENE), drawn(EDITED))
    assert black.measures.keys() == kept.measures.keys() >= {*NAMES, "flip_margin", "cosine", "others_margin"}


def test_a_detail_names_what_was_found_and_the_option_that_decides() -> None:
    verdict = judged(drawn(SCENE), drawn(EDITED), asked=STILL_OLD)
    assert verdict.detail == "flip_margin 0.005, at least 0.01 (flip_margin)"


IMAGES = (
    drawn(SCENE), drawn(EDITED), redrawn(drawn(EDITED)), scattered(drawn(SCENE)), shifted_up(drawn(SCENE), 12),
    np.roll(drawn(SCENE), 2, 0), np.zeros_like(drawn(SCENE)), drawn(SCENE)[:60],
)  # fmt: skip
COSINES = st.lists(st.floats(-1, 1, width=32), min_size=3, max_size=3).map(np.array)
ASKED = st.none() | st.builds(AskedReading, COSINES, COSINES, st.just(0), st.sampled_from((1, 2)))
OTHERS = st.lists(st.builds(Other, COSINES, COSINES, st.sampled_from((0, 1, 2))), max_size=3).map(tuple)
THRESHOLDS = st.fixed_dictionaries(
    {},
    optional={
        "flip_margin": st.floats(-1, 1), "keep_margin": st.floats(-1, 1), "global_margin": st.floats(-1, 1),
        "strict_others": st.booleans(), "cosine_max": st.floats(0.7, 1),
        "changed_min": st.floats(0, 0.1), "changed_max": st.floats(0.1, 1), "places_max": st.integers(1, 9),
        "scattered_max": st.floats(0, 1), "spread_max": st.floats(0, 1), "box_max": st.floats(0, 1),
        "shift_max": st.floats(0, 20), "noise_max": st.floats(0, 20), "displaced_max": st.floats(0, 1),
        "phash_distance": st.integers(-1, 64), "thumbnail_difference": st.integers(0, 255),
    },
)  # fmt: skip


@settings(max_examples=100)
@given(st.sampled_from(range(len(IMAGES))), ASKED, OTHERS, st.none() | st.floats(-1, 1), THRESHOLDS, THRESHOLDS)
def test_stored_measures_give_the_verdict_under_any_thresholds(
    edited: int, asked: AskedReading | None, others: tuple[Other, ...], cosine: float | None, one: Any, other: Any
) -> None:
    """A row that is judged again from its scores must fare as if its images had been there."""
    first, second = VerifyOptions(**one), VerifyOptions(**other)
    case = EditCase(png(drawn(SCENE)), png(IMAGES[edited]), asked, others, cosine)
    verdict = verify(case, first)
    stored = json.loads(json.dumps(verdict.measures, allow_nan=False))
    assert reverdict(stored, first) == verdict
    assert reverdict(stored, second) == verify(case, second)
    assert verdict.reason is None or verdict.reason in REASONS


@pytest.mark.parametrize("name", ["readable", "changed", "flip_margin", "others", "others_margin"])
def test_stored_measures_with_a_gap_are_refused(name: str) -> None:
    """A check whose measure got lost would pass in silence."""
    measures = judged(drawn(SCENE), drawn(EDITED)).measures
    del measures[name]
    with pytest.raises(ValueError, match=rf"measures lack {name}"):
        reverdict(measures, DEFAULT)


@pytest.mark.parametrize("fields", [{"changed_min": 0.4, "changed_max": 0.3}, {"cosine_min": 0.9, "cosine_max": 0.8}])
def test_a_window_that_lets_nothing_pass_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="nothing passes"):
        VerifyOptions.model_validate(fields)
