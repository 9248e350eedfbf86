"""What scenes of any kind must keep to, and how tests look at pictures without knowing their description."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import numpy as np

from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.scene import Scene

Renderer = Callable[[Random], Scene]
Pixels = np.ndarray[Any, Any]
SMOOTH = 60
"""Distance in RGB up to which a pixel counts as a color; pixels at smooth edges are farther."""


def scenes(render: Renderer, number: int) -> Iterator[Scene]:
    """Scenes of the first seeds."""
    return (render(Random(seed)) for seed in range(number))


def pixels(scene: Scene) -> Pixels:
    """Height x width x 3, signed so that differences are."""
    return np.asarray(scene.draw(), dtype=np.int32)


def where(picture: Pixels, color: str, nearer: int = SMOOTH) -> Pixels:
    """Mask of the pixels that are near a color and nearer to it than to any other."""
    ways = _ways(picture)
    own = ways[list(COLORS).index(color)]
    found: Pixels = (own < nearer**2) & (own == ways.min(axis=0))
    return found


def colors_in(picture: Pixels, least: int = 9) -> set[str]:
    """Names of the colors that at least so many pixels have."""
    near = (_ways(picture) < SMOOTH**2).sum(axis=(1, 2))
    return {color for color, number in zip(COLORS, near, strict=True) if number >= least}


def pieces(mask: Pixels, least: int = 6) -> list[Pixels]:
    """The connected parts of a mask, each as rows of (y, x), small ones left out."""
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}
    found = []
    while left:
        piece, front = [], [left.pop()]
        while front:
            y, x = front.pop()
            piece.append((y, x))
            near = {(y + 1, x), (y - 1, x), (y, x + 1), (y, x - 1)} & left
            left -= near
            front.extend(near)
        if len(piece) >= least:
            found.append(np.array(piece))
    return found


def answers(scene: Scene) -> dict[str, str]:
    """Answer by question."""
    return {asked.question: asked.answer for asked in scene.asked()}


def assert_deterministic(render: Renderer) -> None:
    """Equal seeds give equal descriptions, questions and bytes; other seeds give other pictures."""
    once, again = list(scenes(render, 200)), list(scenes(render, 200))
    assert once == again
    drawn = [scene.draw().tobytes() for scene in once]
    assert drawn == [scene.draw().tobytes() for scene in again]
    assert len(set(drawn)) == len(drawn)


def assert_small(render: Renderer) -> None:
    """Pictures are RGB of 64 x 64 pixels: nothing is lost on the way into a model of that size."""
    for scene in scenes(render, 20):
        picture = scene.draw()
        assert (picture.mode, picture.size) == ("RGB", (64, 64))


def assert_colors_visible(render: Renderer) -> None:
    """A color that answers a question about color can be seen."""
    for scene in scenes(render, 200):
        seen = colors_in(pixels(scene))
        for asked in scene.asked():
            if asked.question.startswith("What color"):
                assert asked.answer in seen, (asked, scene)


def assert_sound_questions(render: Renderer, vocabulary: set[str], texts: int) -> None:
    """Each question stands once in a scene, is a question, and is answered from a closed vocabulary.

    Args:
        render: makes scenes.
        vocabulary: every answer that may occur.
        texts: how many different questions there are over many scenes.
    """
    known: dict[str, str] = {}
    for scene in scenes(render, 4000):
        asked = scene.asked()
        assert len({each.question for each in asked}) == len(asked) > 1
        for each in asked:
            assert each.question.endswith("?")
            assert each.answer in vocabulary, each
            assert known.setdefault(each.question, each.kind) == each.kind
    assert len(known) == texts


def assert_spread_answers(render: Renderer) -> None:
    """Every question has several answers, and none of them is a good guess."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for scene in scenes(render, 5000):
        for asked in scene.asked():
            counts[asked.question][asked.answer] += 1
    for question, by_answer in counts.items():
        share = max(by_answer.values()) / by_answer.total()
        assert share <= _allowed(by_answer.total()), (question, by_answer)


def _ways(picture: Pixels) -> Pixels:
    """Squared distance of every pixel from each of COLORS: colors x height x width."""
    ways: Pixels = ((picture[None] - np.array(list(COLORS.values()))[:, None, None]) ** 2).sum(axis=3)
    return ways


def _allowed(rows: int) -> float:
    """60 %, and three standard errors of a share measured on so many rows."""
    return 0.6 + 3 * float(np.sqrt(0.24 / rows))
