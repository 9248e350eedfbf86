"""A vision model behind real HTTP that knows rendered scenes: it decodes what it is sent and answers by what it shows.

An image that was rendered is found by its pixels. An edited one is read by the renderer's inverse, on the ground and
the grid of the scene that fits it best.
"""

from __future__ import annotations

import hashlib
from functools import cache
from io import BytesIO
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from contextpairs.data.answers.comparing import relation
from contextpairs.data.demo.scenes.changes import random_change
from contextpairs.data.demo.scenes.objects import ObjectsScene
from contextpairs.data.demo.scenes.reading import read_scene
from contextpairs.data.demo.scenes.rendering import DOMAINS, scene
from contextpairs.data.demo.scenes.scene import Scene
from contextpairs.filters.judge.canary_images import SIDE as CANARY_SIDE
from tests.filters.judge.image_endpoint import block, color_of, images_of, texts_of
from tests.filters.judge.judge_endpoint import Body, Response, says

SCENES = 100
"""Scenes that it has seen rendered, evenly over the domains; builds are to render no others."""
KINDS = {
    "ANSWER and EDIT": "proposal",
    "VERDICT and CUE": "verdict",
    "What is the answer for this image?": "answer",
    "the line ANSWER": "blind",
}
"""What a request asks for, by its last words; the first that fits."""


def kind_of(body: Body) -> str:
    """What a request asks for: proposal, verdict, answer or blind."""
    closing = texts_of(body).splitlines()[-1]
    return next(kind for words, kind in KINDS.items() if words in closing)


@cache
def shown(content: bytes) -> Scene:
    """The scene that an image file shows."""
    pixels = _pixels(content)
    known = _gallery().get(pixels.tobytes())
    return known or min((read_scene(pixels, each) for each in _alike(pixels)), key=lambda read: read.error).scene


def is_rendered(content: bytes) -> bool:
    """Whether an image is as it was rendered."""
    return _pixels(content).tobytes() in _gallery()


def _pixels(content: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(BytesIO(content)).convert("RGB"))


@cache
def _gallery() -> dict[bytes, Scene]:
    scenes = [scene(domain, 0, number) for domain in DOMAINS for number in range(SCENES // len(DOMAINS))]
    return {np.asarray(each.draw().convert("RGB")).tobytes(): each for each in scenes}


def _alike(pixels: np.ndarray[Any, Any]) -> list[ObjectsScene]:
    """The rendered scenes of objects that differ in the fewest pixels; an editor moves the ground's tint a little."""
    originals = [each for each in _gallery().values() if isinstance(each, ObjectsScene)]
    return sorted(originals, key=lambda each: (np.abs(np.asarray(each.draw(), np.int16) - pixels) > 12).mean())[:3]


def truth(content: bytes, question: str) -> str | None:
    """The right answer for an image, or None where it shows none."""
    return answer_of(shown(content), question)


def answer_of(scene: Scene, question: str) -> str | None:
    """The answer of a scene, or None where it has none."""
    return next((asked.answer for asked in scene.asked() if asked.question == question), None)


def proposed(body: Body) -> tuple[str, str] | None:
    """Another answer and an edit that gives it, drawn by the image; None where no change of one thing does."""
    ((_, content),) = images_of(body)
    here, question, answer = shown(content), block(body, "QUESTION"), block(body, "ANSWER")
    assert isinstance(here, ObjectsScene)
    random = Random(hashlib.sha256(content + question.encode()).digest())
    for _ in range(60):
        change = random_change(here, random)
        new = answer_of(change.scene, question)
        if new and relation(answer, new, question) == "different":
            return new, change.instruction
    return None


def verdict(body: Body) -> str:
    """For which of two images the answer is right: A, B, BOTH or NEITHER."""
    right = [letter for letter, (_, content) in zip("AB", images_of(body), strict=True) if _is_right(body, content)]
    return {0: "NEITHER", 2: "BOTH"}.get(len(right)) or right[0]


def _is_right(body: Body, content: bytes) -> bool:
    said = color_of(content) if is_canary(content) else truth(content, block(body, "QUESTION"))
    return said is not None and relation(said, block(body, "ANSWER")) == "same"


def is_canary(content: bytes) -> bool:
    """Whether an image is of the judge's canary set: flat, large, one coloured shape."""
    return Image.open(BytesIO(content)).size == (CANARY_SIDE, CANARY_SIDE)


def sees(body: Body) -> Response:
    """The truth, whatever is asked for; without an image, that the answer is not known."""
    kind = kind_of(body)
    if kind == "proposal":
        new, edit = proposed(body) or ("NONE", "NONE")
        return says(f"ANSWER: {new}\nEDIT: {edit}")
    if kind == "verdict":
        return says(f"VERDICT: {verdict(body)}\nCUE: NONE")
    if kind == "answer":
        ((_, content),) = images_of(body)
        return says(f"ANSWER: {truth(content, block(body, 'QUESTION')) or 'UNKNOWN'}")
    return says("ANSWER: UNKNOWN")
