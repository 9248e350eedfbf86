"""Scenes of geometry: what they keep to, and the truth of their answers as the pixels show it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise
from typing import TypeVar

import numpy as np

from contextpairs.data.demo.scenes.figures import (
    POLYGONS,
    Angle,
    Circles,
    PointAndTriangle,
    Polygon,
    Polylines,
    Segments,
)
from contextpairs.data.demo.scenes.geometry import GeometryScene, geometry_scene
from contextpairs.data.demo.scenes.objects import COLORS
from tests.data.demo.scenes import seen
from tests.data.demo.scenes.seen import Pixels, answers, pixels, where

Kind = TypeVar("Kind", Polylines, Circles, Polygon, PointAndTriangle, Segments, Angle)


def of_kind(kind: type[Kind]) -> Iterator[tuple[GeometryScene, Kind]]:
    """Scenes that show a figure of this kind."""
    for scene in seen.scenes(geometry_scene, 600):
        assert isinstance(scene, GeometryScene)
        if isinstance(scene.figure, kind):
            yield scene, scene.figure


def test_a_seed_gives_one_picture() -> None:
    seen.assert_deterministic(geometry_scene)


def test_pictures_are_small() -> None:
    seen.assert_small(geometry_scene)


def test_asked_colors_are_visible() -> None:
    seen.assert_colors_visible(geometry_scene)


def test_questions_and_answers_are_closed_sets() -> None:
    words = {"yes", "no", "acute", "right", "obtuse", *POLYGONS.values(), *COLORS, *"0123456"}
    seen.assert_sound_questions(geometry_scene, words, texts=22)


def test_no_answer_is_a_good_guess() -> None:
    seen.assert_spread_answers(geometry_scene)


def test_crossings_are_where_the_lines_change_places() -> None:
    for scene, figure in of_kind(Polylines):
        higher = _heights(pixels(scene), figure.colors)
        changes = sum(now != then for now, then in pairwise(higher))
        assert answers(scene)["How many times do the two lines cross?"] == str(changes)
        first = figure.colors[0] if higher[0] else figure.colors[1]
        assert answers(scene)["What color is the line that is higher at the left end?"] == first


def test_circles_touch_as_their_edges_do() -> None:
    for scene, figure in of_kind(Circles):
        (one, radius), (other, less) = (_ring(pixels(scene), color) for color in figure.colors)
        said, way = answers(scene), float(np.hypot(*(one - other)))
        assert radius > less * 1.15
        assert said["What color is the larger circle?"] == figure.colors[0]
        assert said["Is one circle inside the other?"] == ("yes" if way < radius - less else "no")
        if way >= radius - less:
            assert said["Do the two circles overlap?"] == ("yes" if way < radius + less else "no")
        if "What color is the left circle?" in said:
            assert said["What color is the left circle?"] == figure.colors[int(other[1] < one[1])]
        if "What color is the upper circle?" in said:
            assert said["What color is the upper circle?"] == figure.colors[int(other[0] < one[0])]


def test_polygons_have_as_many_corners_as_sides() -> None:
    for scene, figure in of_kind(Polygon):
        corners = _corners(where(pixels(scene), figure.color))
        assert answers(scene)["How many sides does the polygon have?"] == str(corners), scene
        assert answers(scene)["What shape is the polygon?"] == POLYGONS[corners]


def test_a_point_is_outside_if_the_border_is_reached_without_crossing_the_triangle() -> None:
    for scene, figure in of_kind(PointAndTriangle):
        picture = pixels(scene)
        around = next(
            piece for piece in seen.pieces(~where(picture, figure.colors[1], 120)) if [0, 0] in piece.tolist()
        )
        point = [round(value) for value in np.argwhere(where(picture, figure.colors[0])).mean(axis=0)]
        assert answers(scene)["Is the point inside the triangle?"] == ("no" if point in around.tolist() else "yes")


def test_lines_run_as_their_pixels_do() -> None:
    for scene, figure in of_kind(Segments):
        masks = [_whole(where(pixels(scene), color, 110)) for color in figure.colors]
        (turn, length), (other_turn, less) = (_run(mask) for mask in masks)
        between = abs((turn - other_turn + 90) % 180 - 90)
        said = answers(scene)
        assert length > less * 1.2
        assert said["What color is the longer line?"] == figure.colors[0]
        assert said["Are the two lines parallel?"] == ("yes" if between < 15 else "no")
        assert said["Are the two lines perpendicular?"] == ("yes" if between > 76 else "no")
        assert said["Do the two lines touch?"] == ("yes" if _least_way(*masks) <= 2 else "no")


def test_angles_open_as_their_rays_do() -> None:
    for scene, figure in of_kind(Angle):
        degrees = _opening(where(pixels(scene), figure.color, 110))
        kind = "acute" if degrees < 75 else "obtuse" if degrees > 106 else "right"
        assert answers(scene)["What kind of angle is shown?"] == kind, degrees


def _heights(picture: Pixels, colors: tuple[str, str]) -> list[bool]:
    """Whether the first color is above the second, for the columns in which both are and are apart."""
    one, other = (where(picture, color) for color in colors)
    rows = np.arange(picture.shape[0])
    columns = [column for column in range(picture.shape[1]) if one[:, column].any() and other[:, column].any()]
    gaps = [float(rows[other[:, column]].mean() - rows[one[:, column]].mean()) for column in columns]
    return [gap > 0 for gap in gaps if abs(gap) > 2]


def _ring(picture: Pixels, color: str) -> tuple[Pixels, float]:
    """Center (y, x) and radius of a ring."""
    found = np.argwhere(where(picture, color))
    low, high = found.min(axis=0), found.max(axis=0) + 1
    return (low + high) / 2, float((high - low).max() / 2)


def _corners(mask: Pixels) -> int:
    """Peaks of the outline's distance from the middle, seen around."""
    found = np.argwhere(mask)
    away = found - found.mean(axis=0)
    turns, ways = np.degrees(np.arctan2(away[:, 0], away[:, 1])) % 360, np.hypot(away[:, 0], away[:, 1])
    profile = np.array([ways[np.abs((turns - turn + 180) % 360 - 180) < 6].max() for turn in range(0, 360, 3)])
    smooth = np.mean([np.roll(profile, shift) for shift in range(-4, 5)], axis=0)
    ring = 120
    peaks = [at for at in range(ring) if smooth[at] >= max(smooth[(at + near) % ring] for near in range(-9, 10))]
    return sum(now - then > 3 for then, now in pairwise([peaks[-1] - ring, *peaks]))


def _run(mask: Pixels) -> tuple[float, float]:
    """Direction in degrees and length in pixels of a line."""
    found = np.argwhere(mask).astype(float)
    away = found - found.mean(axis=0)
    along = np.linalg.svd(away, full_matrices=False)[2][0]
    reach = away @ along
    return float(np.degrees(np.arctan2(along[0], along[1]))), float(reach.max() - reach.min())


def _whole(mask: Pixels) -> Pixels:
    """The mask without specks: mixtures at the edge of one color that look like another."""
    whole = np.zeros_like(mask)
    for piece in seen.pieces(mask, least=8):
        whole[tuple(piece.T)] = True
    return whole


def _least_way(one: Pixels, other: Pixels) -> float:
    ways = np.argwhere(one)[:, None, :] - np.argwhere(other)[None, :, :]
    return float(np.sqrt((ways**2).sum(axis=2)).min())


def _opening(mask: Pixels) -> float:
    """Degrees at the corner of the widest triangle, where two sides are drawn and the third is not."""
    points = max(combinations(_outermost(mask), 3), key=lambda three: abs(_area(*three)))
    covered = [_cover(mask, points[index - 2], points[index - 1]) for index in range(3)]
    corner = int(np.argmin(covered))
    one, other = points[corner - 2] - points[corner], points[corner - 1] - points[corner]
    return float(np.degrees(np.arccos(one @ other / np.linalg.norm(one) / np.linalg.norm(other))))


def _outermost(mask: Pixels) -> list[Pixels]:
    """The farthest pixel in each of 24 directions."""
    found, turns = np.argwhere(mask), np.radians(np.arange(0, 360, 15))
    return list(np.unique(found[np.argmax(found @ [np.sin(turns), np.cos(turns)], axis=0)], axis=0))


def _area(one: Pixels, two: Pixels, three: Pixels) -> float:
    return float((two - one)[0] * (three - one)[1] - (two - one)[1] * (three - one)[0])


def _cover(mask: Pixels, start: Pixels, end: Pixels) -> float:
    """Share of the way between two pixels that is drawn."""
    steps = [np.round(start + (end - start) * share).astype(int) for share in np.linspace(0.1, 0.9, 17)]
    return float(np.mean([mask[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].any() for y, x in steps]))
