"""Scenes of charts: bars, lines and pies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise, permutations
from random import Random
from typing import TYPE_CHECKING, Protocol

from contextpairs.data.demo.scenes.canvas import HUES, SHARP, UNITS, Color, large_sheet, pen_of, random_ground, write
from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.scene import SceneQuestion

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

TOP = 5
"""The largest value of an axis; the smallest is 1."""
POINTS = 4
"""Points of a line."""
PARTS = 24
"""A pie is cut at whole parts of this number."""
CLEAR = 2
"""Slices are compared that differ by at least so many parts."""
GRID: Color = (196, 196, 196)
AXIS: Color = (90, 90, 90)


class Chart(Protocol):
    """What a scene of charts shows."""

    @property
    def kind(self) -> str:
        """What kind of chart it is."""
        ...

    def asked(self) -> list[SceneQuestion]:
        """Its questions."""
        ...

    def draw(self, pen: ImageDraw) -> None:
        """Its picture without letters, in drawing units."""
        ...

    def write(self, pen: ImageDraw) -> None:
        """Its letters, in pixels."""
        ...


@dataclass(frozen=True, slots=True)
class ChartScene:
    """A chart on a pale ground.

    Attributes:
        ground: RGB of the background.
        chart: what is drawn on it.
    """

    ground: Color
    chart: Chart
    domain: str = "charts"

    def asked(self) -> tuple[SceneQuestion, ...]:
        """The kind of chart and the chart's own questions."""
        return (SceneQuestion("shape", "What kind of chart is this?", self.chart.kind), *self.chart.asked())

    def draw(self) -> Image:
        """64 x 64 pixels."""
        large, pen = large_sheet(self.ground)
        self.chart.draw(pen)
        image = large.reduce(SHARP)
        self.chart.write(pen_of(image))
        return image


@dataclass(frozen=True, slots=True)
class Axes:
    """Left and lower axis with grid lines and numbers.

    Attributes:
        left: of the vertical axis, in units.
        low: height of the horizontal axis from the top, in units.
        step: height of a value, in units.
    """

    left: int
    low: int
    step: int

    def height(self, value: int) -> int:
        """Units from the top to a value."""
        return self.low - self.step * value

    def draw(self, pen: ImageDraw) -> None:
        """Grid, then axes."""
        for value in range(1, TOP + 1):
            pen.rectangle((self.left, self.height(value) - 2, UNITS, self.height(value) + 1), GRID)
        pen.rectangle((self.left, self.low - 2, UNITS, self.low + 1), AXIS)
        pen.rectangle((self.left - 4, 0, self.left - 1, self.low + 1), AXIS)

    def write(self, pen: ImageDraw) -> None:
        """A number beside each grid line."""
        for value in range(1, TOP + 1):
            write(pen, str(value), (self.left // SHARP - 5, self.height(value) // SHARP))


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart.

    Attributes:
        axes: of the values.
        colors: one a bar, from the left.
        values: 1 to TOP.
        width: of a bar, in hundredths of its room.
    """

    axes: Axes
    colors: tuple[str, ...]
    values: tuple[int, ...]
    width: int
    kind: str = "bar chart"

    def asked(self) -> list[SceneQuestion]:
        """Extremes, values, comparisons, number, presence, places."""
        asked = [
            *_extremes("highest bar", "lowest bar", self.colors, self.values, 1),
            *_comparisons("bar", "higher", self.colors, self.values, 1),
            *_presence("bar", self.colors, tuple(COLORS)),
            SceneQuestion("count", "How many bars are there?", str(len(self.colors))),
            SceneQuestion("position", "What color is the leftmost bar?", self.colors[0]),
            SceneQuestion("position", "What color is the rightmost bar?", self.colors[-1]),
        ]
        for color, value in zip(self.colors, self.values, strict=True):
            asked.append(SceneQuestion("text", f"What is the value of the {color} bar?", str(value)))
        return asked

    def draw(self, pen: ImageDraw) -> None:
        """Axes and bars."""
        self.axes.draw(pen)
        room = (UNITS - self.axes.left - 4) / len(self.colors)
        for place, (color, value) in enumerate(zip(self.colors, self.values, strict=True)):
            middle, half = self.axes.left + 4 + room * (place + 0.5), room * self.width / 200
            box = (round(middle - half), self.axes.height(value), round(middle + half), self.axes.low - 3)
            pen.rectangle(box, COLORS[color])

    def write(self, pen: ImageDraw) -> None:
        """The axis."""
        self.axes.write(pen)


@dataclass(frozen=True, slots=True)
class Lines:
    """A line chart whose lines each rise or fall throughout.

    Attributes:
        axes: of the values.
        colors: one a line.
        values: POINTS a line, 1 to TOP, no two lines equal anywhere.
    """

    axes: Axes
    colors: tuple[str, ...]
    values: tuple[tuple[int, ...], ...]
    kind: str = "line chart"

    def asked(self) -> list[SceneQuestion]:
        """Direction, last values, number, presence."""
        asked = _presence("line", self.colors, HUES)
        asked.append(SceneQuestion("count", "How many colored lines are there?", str(len(self.colors))))
        for color, values in zip(self.colors, self.values, strict=True):
            asked.append(SceneQuestion("comparison", f"Does the {color} line rise?", _yes(values[-1] > values[0])))
            asked.append(SceneQuestion("text", f"What is the last value of the {color} line?", str(values[-1])))
        if len(self.colors) > 1:
            asked += _extremes(
                "line that ends highest", "line that ends lowest", self.colors, [line[-1] for line in self.values], 1
            )
        return asked

    def draw(self, pen: ImageDraw) -> None:
        """Axes and thick lines with square points."""
        self.axes.draw(pen)
        room = (UNITS - self.axes.left - 40) // (POINTS - 1)
        for color, values in zip(self.colors, self.values, strict=True):
            line = [(self.axes.left + 20 + room * place, self.axes.height(value)) for place, value in enumerate(values)]
            pen.line(line, COLORS[color], 11, joint="curve")
            for x, y in line:
                pen.rectangle((x - 11, y - 11, x + 11, y + 11), COLORS[color])

    def write(self, pen: ImageDraw) -> None:
        """The axis."""
        self.axes.write(pen)


@dataclass(frozen=True, slots=True)
class Pie:
    """A pie chart.

    Attributes:
        colors: one a slice, clockwise.
        parts: size of each, PARTS together.
        start: where the first begins, in degrees clockwise from the right.
        center: in units.
        radius: in units.
    """

    colors: tuple[str, ...]
    parts: tuple[int, ...]
    start: int
    center: tuple[int, int]
    radius: int
    kind: str = "pie chart"

    def asked(self) -> list[SceneQuestion]:
        """Extremes, comparisons, number, presence."""
        return [
            *_extremes("largest slice", "smallest slice", self.colors, self.parts, CLEAR),
            *_comparisons("slice", "larger", self.colors, self.parts, CLEAR),
            *_presence("slice", self.colors, tuple(COLORS)),
            SceneQuestion("count", "How many slices are there?", str(len(self.colors))),
        ]

    def draw(self, pen: ImageDraw) -> None:
        """The slices."""
        (x, y), turn = self.center, self.start
        box = (x - self.radius, y - self.radius, x + self.radius, y + self.radius)
        for color, parts in zip(self.colors, self.parts, strict=True):
            pen.pieslice(box, turn, turn + 360 // PARTS * parts, COLORS[color])
            turn += 360 // PARTS * parts

    def write(self, pen: ImageDraw) -> None:
        """No letters."""


def charts_scene(random: Random) -> ChartScene:
    """A chart of some kind."""
    ground = random_ground(random)
    kind = random.choices((_bars, _lines, _pie), (4, 3, 3))[0]
    return ChartScene(ground, kind(random))


def _axes(random: Random) -> Axes:
    step = random.randint(40, 44)
    return Axes(random.randint(40, 52), random.randint(step * TOP + 20, 246), step)


def _bars(random: Random) -> Bars:
    number = random.randint(2, 5)
    values = tuple(random.randint(1, TOP) for _ in range(number))
    return Bars(_axes(random), tuple(random.sample(tuple(COLORS), number)), values, random.randint(58, 80))


def _lines(random: Random) -> Lines:
    number = random.choice((1, 2, 2, 3, 3))
    while True:
        values = tuple(_line(random) for _ in range(number))
        if all(len(set(at)) == number for at in zip(*values, strict=True)):
            return Lines(_axes(random), tuple(random.sample(HUES, number)), values)


def _line(random: Random) -> tuple[int, ...]:
    low = random.randint(1, TOP - 2)
    high = random.randint(low + 2, TOP)
    rising = sorted((low, high, *(random.randint(low, high) for _ in range(POINTS - 2))))
    return tuple(rising if random.random() < 0.5 else rising[::-1])


def _pie(random: Random) -> Pie:
    number = random.randint(2, 5)
    while True:
        cuts = [0, *sorted(random.sample(range(1, PARTS), number - 1)), PARTS]
        parts = tuple(end - start for start, end in pairwise(cuts))
        if min(parts) > CLEAR:
            break
    radius = random.randint(92, 116)
    center = (random.randint(radius + 4, UNITS - radius - 4), random.randint(radius + 4, UNITS - radius - 4))
    return Pie(tuple(random.sample(tuple(COLORS), number)), parts, random.randrange(360), center, radius)


def _extremes(most: str, least: str, colors: Sequence[str], values: Sequence[int], clear: int) -> list[SceneQuestion]:
    """Colors of the largest and the smallest, each where no other is near it."""
    ranked = sorted(zip(values, colors, strict=True))
    asked = []
    if ranked[-1][0] - ranked[-2][0] >= clear:
        asked.append(SceneQuestion("colour", f"What color is the {most}?", ranked[-1][1]))
    if ranked[1][0] - ranked[0][0] >= clear:
        asked.append(SceneQuestion("colour", f"What color is the {least}?", ranked[0][1]))
    return asked


def _comparisons(name: str, more: str, colors: Sequence[str], values: Sequence[int], clear: int) -> list[SceneQuestion]:
    return [
        SceneQuestion("comparison", f"Is the {one} {name} {more} than the {other} {name}?", _yes(first > second))
        for (one, first), (other, second) in permutations(zip(colors, values, strict=True), 2)
        if abs(first - second) >= clear
    ]


def _presence(name: str, present: Sequence[str], known: Sequence[str]) -> list[SceneQuestion]:
    return [SceneQuestion("presence", f"Is there a {color} {name}?", _yes(color in present)) for color in known]


def _yes(true: bool) -> str:
    return "yes" if true else "no"
