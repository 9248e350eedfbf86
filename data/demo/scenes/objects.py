"""Scenes of coloured shapes on a grid of nine places."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from contextpairs.data.answers.words import plural
from contextpairs.data.demo.scenes.scene import SceneQuestion

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 64
CELL = 20
SHARP = 4
"""Shapes are drawn this much larger and averaged down, so that their edges are smooth."""
COLORS = {
    "red": (220, 40, 40),
    "green": (40, 165, 70),
    "blue": (45, 85, 225),
    "yellow": (245, 205, 40),
    "purple": (150, 60, 190),
    "black": (25, 25, 25),
}
SHAPES = ("circle", "square", "triangle", "cross")
SIZES = {"small": 5.0, "large": 8.5}
"""Half of a shape's height, in pixels."""
PLACES = (
    "top left", "top", "top right",
    "left", "center", "right",
    "bottom left", "bottom", "bottom right",
)  # fmt: skip
MOST = 4
"""Things in a scene at most; an edit may add one more."""


class Thing(NamedTuple):
    """A shape at a place.

    Attributes:
        color: one of COLORS.
        shape: one of SHAPES.
        size: one of SIZES.
        place: index into PLACES.
    """

    color: str
    shape: str
    size: str
    place: int


@dataclass(frozen=True, slots=True)
class ObjectsScene:
    """Things on a pale ground. No two share their place, nor both color and shape.

    Attributes:
        ground: RGB of the background.
        shift: pixels by which the grid is moved right and down, 0 to 4 each.
        things: in the order of their places.
    """

    ground: tuple[int, int, int]
    shift: tuple[int, int]
    things: tuple[Thing, ...]
    domain: str = "objects"

    def asked(self) -> tuple[SceneQuestion, ...]:
        """Questions on color, shape, count, presence, position and size."""
        return (*self._attributes(), *self._counts(), *self._presences(), *self._positions())

    def draw(self) -> Image:
        """64 x 64 pixels."""
        from PIL import Image, ImageDraw

        image = Image.new("RGB", (SIDE * SHARP, SIDE * SHARP), self.ground)
        pen = ImageDraw.Draw(image)
        for thing in self.things:
            _draw(pen, thing, self.center(thing.place))
        return image.reduce(SHARP)

    def center(self, place: int) -> tuple[float, float]:
        """Middle of a place, in pixels from the left and the top."""
        row, column = divmod(place, 3)
        return self.shift[0] + CELL * (column + 0.5), self.shift[1] + CELL * (row + 0.5)

    def free(self) -> tuple[int, ...]:
        """Places where nothing is."""
        taken = {thing.place for thing in self.things}
        return tuple(place for place in range(len(PLACES)) if place not in taken)

    def _attributes(self) -> list[SceneQuestion]:
        asked = []
        for thing in self.things:
            if self._alone("shape", thing.shape):
                asked.append(SceneQuestion("colour", f"What color is the {thing.shape}?", thing.color))
                asked.append(SceneQuestion("size", f"What size is the {thing.shape}?", thing.size))
            if self._alone("color", thing.color):
                asked.append(SceneQuestion("shape", f"What shape is the {thing.color} object?", thing.shape))
        return asked

    def _alone(self, name: str, value: str) -> bool:
        return [getattr(thing, name) for thing in self.things].count(value) == 1

    def _counts(self) -> list[SceneQuestion]:
        asked = [SceneQuestion("count", "How many objects are there?", str(len(self.things)))]
        for shape in SHAPES:
            number = sum(thing.shape == shape for thing in self.things)
            asked.append(SceneQuestion("count", f"How many {plural(shape)} are there?", str(number)))
        return asked

    def _presences(self) -> list[SceneQuestion]:
        present = {(thing.color, thing.shape) for thing in self.things}
        return [
            SceneQuestion("presence", f"Is there a {color} {shape}?", "yes" if (color, shape) in present else "no")
            for color in COLORS
            for shape in SHAPES
        ]

    def _positions(self) -> list[SceneQuestion]:
        return [
            SceneQuestion("position", f"Where is the {thing.color} {thing.shape}?", PLACES[thing.place])
            for thing in self.things
        ]


def objects_scene(random: Random) -> ObjectsScene:
    """A scene of one to four things."""
    tint = random.randrange(225, 250)
    ground = (tint + random.randrange(-5, 6), tint + random.randrange(-5, 6), tint + random.randrange(-5, 6))
    shift = (random.randrange(5), random.randrange(5))
    number = random.randint(1, MOST)
    kinds = random.sample([(color, shape) for color in COLORS for shape in SHAPES], number)
    places = sorted(random.sample(range(len(PLACES)), number))
    sizes = [random.choice(("small", "large")) for _ in kinds]
    things = tuple(
        Thing(color, shape, size, place) for (color, shape), size, place in zip(kinds, sizes, places, strict=True)
    )
    return ObjectsScene(ground, shift, things)


def _draw(pen: object, thing: Thing, center: tuple[float, float]) -> None:
    x, y = (SHARP * value for value in center)
    half = SHARP * SIZES[thing.size]
    fill = COLORS[thing.color]
    if thing.shape == "circle":
        pen.ellipse((x - half, y - half, x + half, y + half), fill)  # type: ignore[attr-defined]
    elif thing.shape == "square":
        pen.rectangle((x - half * 0.88, y - half * 0.88, x + half * 0.88, y + half * 0.88), fill)  # type: ignore[attr-defined]
    elif thing.shape == "triangle":
        pen.polygon(((x, y - half), (x + half, y + half * 0.9), (x - half, y + half * 0.9)), fill)  # type: ignore[attr-defined]
    else:
        for wide, high in ((half, half * 0.32), (half * 0.32, half)):
            pen.rectangle((x - wide, y - high, x + wide, y + high), fill)  # type: ignore[attr-defined]
