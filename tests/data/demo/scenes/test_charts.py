"""Scenes of charts: what they keep to, and the truth of their answers as the pixels show it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import TypeVar

import numpy as np

from contextpairs.data.demo.scenes.canvas import SHARP
from contextpairs.data.demo.scenes.charts import Axes, Bars, ChartScene, Lines, Pie, charts_scene
from contextpairs.data.demo.scenes.objects import COLORS
from tests.data.demo.scenes import seen
from tests.data.demo.scenes.seen import Pixels, answers, pixels, where

Kind = TypeVar("Kind", Bars, Lines, Pie)


def of_kind(kind: type[Kind]) -> Iterator[tuple[ChartScene, Kind, Pixels]]:
    """Scenes that show a chart of this kind, with the part of their picture right of the axis."""
    for scene in seen.scenes(charts_scene, 400):
        assert isinstance(scene, ChartScene)
        if isinstance(scene.chart, kind):
            picture = pixels(scene)
            left = scene.chart.axes.left // SHARP + 1 if not isinstance(scene.chart, Pie) else 0
            yield scene, scene.chart, picture[:, left:]


def test_a_seed_gives_one_picture() -> None:
    seen.assert_deterministic(charts_scene)


def test_pictures_are_small() -> None:
    seen.assert_small(charts_scene)


def test_asked_colors_are_visible() -> None:
    seen.assert_colors_visible(charts_scene)


def test_questions_and_answers_are_closed_sets() -> None:
    words = {"yes", "no", "bar chart", "line chart", "pie chart", *COLORS, *"12345"}
    seen.assert_sound_questions(charts_scene, words, texts=105)


def test_no_answer_is_a_good_guess() -> None:
    seen.assert_spread_answers(charts_scene)


def test_bars_are_as_high_as_said() -> None:
    for scene, chart, picture in of_kind(Bars):
        said, heights = answers(scene), _bar_heights(picture, chart.axes)
        assert said["How many bars are there?"] == str(len(heights))
        for color in COLORS:
            assert said[f"Is there a {color} bar?"] == ("yes" if color in heights else "no")
        for color, height in heights.items():
            assert said[f"What is the value of the {color} bar?"] == str(height)
        for one, other in permutations(heights, 2):
            question = f"Is the {one} bar higher than the {other} bar?"
            assert (question in said) == (heights[one] != heights[other])
            assert said.get(question, "no") == ("yes" if heights[one] > heights[other] else "no")


def test_the_extreme_and_the_outer_bars_are_those_of_the_picture() -> None:
    for scene, chart, picture in of_kind(Bars):
        said, heights = answers(scene), _bar_heights(picture, chart.axes)
        places = {color: float(np.argwhere(where(picture, color))[:, 1].mean()) for color in heights}
        assert said["What color is the leftmost bar?"] == min(places, key=places.__getitem__)
        assert said["What color is the rightmost bar?"] == max(places, key=places.__getitem__)
        for name, extreme in (("highest", max(heights.values())), ("lowest", min(heights.values()))):
            holders = [color for color, height in heights.items() if height == extreme]
            assert said.get(f"What color is the {name} bar?") == (holders[0] if len(holders) == 1 else None)


def test_lines_rise_and_end_as_said() -> None:
    for scene, chart, picture in of_kind(Lines):
        said, ends = answers(scene), _line_ends(picture, chart.axes)
        assert said["How many colored lines are there?"] == str(len(ends))
        for color, (first, last) in ends.items():
            assert said[f"Does the {color} line rise?"] == ("yes" if last > first else "no")
            assert said[f"What is the last value of the {color} line?"] == str(last)
        if len(ends) > 1:
            highest = max(ends, key=lambda color: ends[color][1])
            assert said["What color is the line that ends highest?"] == highest


def test_slices_are_as_large_as_said() -> None:
    for scene, _, picture in of_kind(Pie):
        said = answers(scene)
        sizes = {color: int(where(picture, color).sum()) for color in seen.colors_in(picture, least=60)}
        assert said["How many slices are there?"] == str(len(sizes))
        for one, other in permutations(sizes, 2):
            question = f"Is the {one} slice larger than the {other} slice?"
            if question in said:
                assert said[question] == ("yes" if sizes[one] > sizes[other] else "no")
        if "What color is the largest slice?" in said:
            assert said["What color is the largest slice?"] == max(sizes, key=sizes.__getitem__)
        if "What color is the smallest slice?" in said:
            assert said["What color is the smallest slice?"] == min(sizes, key=sizes.__getitem__)


def _bar_heights(picture: Pixels, axes: Axes) -> dict[str, int]:
    """Value of each bar, from the highest row in which its color is."""
    floor = axes.low // SHARP - 1
    tops = {color: np.nonzero(where(picture[:floor], color).sum(axis=1) > 3)[0] for color in COLORS}
    return {
        color: round((axes.low / SHARP - int(rows[0])) * SHARP / axes.step) for color, rows in tops.items() if len(rows)
    }


def _line_ends(picture: Pixels, axes: Axes) -> dict[str, tuple[int, int]]:
    """First and last value of each line, from the middle of its color's outer columns."""
    ends = {}
    for color in seen.colors_in(picture, least=25) - {"black"}:
        found = np.argwhere(where(picture, color))
        outer = [found[found[:, 1] == column][:, 0].mean() + 0.5 for column in (found[:, 1].min(), found[:, 1].max())]
        first, last = (round((axes.low - row * SHARP) / axes.step) for row in outer)
        ends[color] = (first, last)
    return ends
