"""Scenes of diagrams: what they keep to, and the truth of their answers as the pixels show it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations

import numpy as np

from contextpairs.data.demo.scenes.canvas import HUES, SHARP
from contextpairs.data.demo.scenes.diagrams import RADIUS, SHAPES, diagrams_scene
from contextpairs.data.demo.scenes.scene import Scene
from tests.data.demo.scenes import seen
from tests.data.demo.scenes.seen import Pixels, answers, pixels, where

Arrows = set[tuple[str, str]]
EDGE = RADIUS / SHARP + 3.5
"""Pixels from the middle of a node to where every arrow that touches it has ink."""


@cache
def read_diagrams() -> tuple[tuple[Scene, dict[str, Pixels], Arrows], ...]:
    """Scenes with the nodes and the arrows, from color to color, that their pixels show."""
    return tuple(_read())


def _read() -> Iterator[tuple[Scene, dict[str, Pixels], Arrows]]:
    for scene in seen.scenes(diagrams_scene, 250):
        picture = pixels(scene)
        nodes = {color: found[0] for color in HUES if (found := seen.pieces(where(picture, color), least=30))}
        yield scene, nodes, _arrows(picture, nodes)


def test_a_seed_gives_one_picture() -> None:
    seen.assert_deterministic(diagrams_scene)


def test_pictures_are_small() -> None:
    seen.assert_small(diagrams_scene)


def test_asked_colors_are_visible() -> None:
    seen.assert_colors_visible(diagrams_scene)


def test_questions_and_answers_are_closed_sets() -> None:
    seen.assert_sound_questions(diagrams_scene, {"yes", "no", *HUES, *SHAPES, *"012345"}, texts=53)


def test_no_answer_is_a_good_guess() -> None:
    seen.assert_spread_answers(diagrams_scene)


def test_arrows_lead_where_is_said() -> None:
    for scene, nodes, arrows in read_diagrams():
        said = answers(scene)
        assert said["How many arrows are there?"] == str(len(arrows))
        for start in nodes:
            for end in set(nodes) - {start}:
                question = f"Is there an arrow from the {start} node to the {end} node?"
                assert said.get(question, "no") == ("yes" if (start, end) in arrows else "no"), scene


def test_neighbours_are_those_of_the_picture() -> None:
    for scene, nodes, arrows in read_diagrams():
        said = answers(scene)
        for color in nodes:
            after = [end for start, end in arrows if start == color]
            before = [start for start, end in arrows if end == color]
            assert said[f"How many arrows leave the {color} node?"] == str(len(after))
            assert said[f"How many arrows point to the {color} node?"] == str(len(before))
            assert said.get(f"Which node does the {color} node point to?") == _only(after)
            assert said.get(f"Which node points to the {color} node?") == _only(before)


def test_starts_and_ends_are_asked_where_there_is_one() -> None:
    for scene, nodes, arrows in read_diagrams():
        said, leaving, arriving = answers(scene), {start for start, _ in arrows}, {end for _, end in arrows}
        start, end = _only(sorted(leaving - arriving)), _only(sorted(arriving - leaving))
        assert said.get("Which node has only outgoing arrows?") == start
        assert said.get("Which node has only incoming arrows?") == end
        assert said.get("What shape is the start node?") == (_shape(nodes[start]) if start else None)
        assert said.get("What shape is the end node?") == (_shape(nodes[end]) if end else None)


def test_nodes_look_and_stand_as_said() -> None:
    for scene, nodes, _ in read_diagrams():
        said = answers(scene)
        assert said["How many nodes are there?"] == str(len(nodes))
        heights = {color: float(found.min(axis=0)[0] + found.max(axis=0)[0]) for color, found in nodes.items()}
        assert said.get("What color is the top node?", _first(heights)) == _first(heights)
        assert said.get("What color is the bottom node?", _last(heights)) == _last(heights)
        for color, found in nodes.items():
            assert said[f"What shape is the {color} node?"] == _shape(found), scene


def _only(found: list[str]) -> str | None:
    return found[0] if len(found) == 1 else None


def _first(heights: dict[str, float]) -> str:
    return min(heights, key=heights.__getitem__)


def _last(heights: dict[str, float]) -> str:
    return max(heights, key=heights.__getitem__)


def _shape(found: Pixels) -> str:
    """Squares have corners, circles fill three quarters of their box; a triangle is widest at its foot."""
    low, high = found.min(axis=0), found.max(axis=0)
    if len(found) / float(np.prod(high - low + 1)) > 0.66:
        return "square" if _width(found, low[0] + 1) > 0.85 * (high - low + 1)[1] else "circle"
    return "triangle" if _width(found, high[0] - 1) > 0.6 * (high - low + 1)[1] else "diamond"


def _width(found: Pixels, row: int) -> int:
    return int((found[:, 0] == row).sum())


def _arrows(picture: Pixels, nodes: dict[str, Pixels]) -> Arrows:
    """Pairs of nodes with ink all along the way between them, from the thin end to the thick."""
    ink = np.pad(picture.sum(axis=2) < 330, 4)
    arrows = set()
    for one, other in combinations(sorted(nodes), 2):
        start, end = (4 + (nodes[color].min(axis=0) + nodes[color].max(axis=0)) / 2 for color in (one, other))
        along = (end - start) / np.linalg.norm(end - start)
        if _is_inked(ink, start + along * EDGE, end - along * EDGE):
            thin, thick = _thickness(ink, start, along), _thickness(ink, end, -along)
            arrows.add((one, other) if thick > thin else (other, one))
    return arrows


def _is_inked(ink: Pixels, start: Pixels, end: Pixels) -> bool:
    ways = [np.round(start + (end - start) * share).astype(int) for share in np.linspace(0, 1, 30)]
    return all(ink[y - 1 : y + 2, x - 1 : x + 2].sum() >= 2 for y, x in ways)


def _thickness(ink: Pixels, center: Pixels, along: Pixels) -> int:
    """Pixels with ink across an arrow, where its head is if it points to `center`."""
    across = np.array([-along[1], along[0]])
    places = [center + along * (EDGE + way) + across * aside for way in (0.5, 1, 1.5) for aside in (-2, -1, 0, 1, 2)]
    return sum(int(ink[tuple(np.round(place).astype(int))]) for place in places)
