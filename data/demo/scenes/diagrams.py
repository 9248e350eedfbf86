"""Scenes of diagrams: colored nodes joined by arrows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import atan2, degrees
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from contextpairs.data.demo.scenes.canvas import (
    HUES,
    INK,
    SHARP,
    Color,
    Point,
    at_angle,
    distance_to_segment,
    large_sheet,
    random_ground,
)
from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.scene import SceneQuestion

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

RADIUS = 24
"""Of a node, in units."""
STROKE = 7
HEAD = 21
"""Length of an arrow's head, in units."""
CLEAR = 18
"""Units between the middle of a head and every other arrow."""
APART = 20
"""Units by which one node is higher than all others where this is asked."""
SHAPES = ("circle", "square", "triangle", "diamond")
NODES = {2: (3,), 3: (3, 4), 4: (4, 5), 5: (4, 5)}
"""Numbers of nodes by number of arrows."""
UNEVEN = {3: 0.12, 4: 0.12, 5: 0.05}
"""Share of the way to the next node by which a node may be off its even place, by number of nodes."""


class Node(NamedTuple):
    """A node; no two of a diagram have one color.

    Attributes:
        color: one of HUES.
        shape: one of SHAPES.
        center: in units.
    """

    color: str
    shape: str
    center: Point


@dataclass(frozen=True, slots=True)
class DiagramScene:
    """Nodes and arrows on a pale ground.

    Attributes:
        ground: RGB of the background.
        nodes: three to five.
        arrows: from and to, as indices into `nodes`; at most one between two nodes.
    """

    ground: Color
    nodes: tuple[Node, ...]
    arrows: tuple[tuple[int, int], ...]
    domain: str = "diagrams"

    def asked(self) -> tuple[SceneQuestion, ...]:
        """Numbers, shapes, places, and who points to whom."""
        return (*self._counts(), *self._shapes(), *self._places(), *self._links(), *self._neighbours(), *self._ends())

    def draw(self) -> Image:
        """64 x 64 pixels."""
        image, pen = large_sheet(self.ground)
        for start, end in self.arrows:
            _draw_arrow(pen, self.nodes[start].center, self.nodes[end].center)
        for node in self.nodes:
            _draw_node(pen, node)
        return image.reduce(SHARP)

    def _counts(self) -> list[SceneQuestion]:
        asked = [
            SceneQuestion("count", "How many arrows are there?", str(len(self.arrows))),
            SceneQuestion("count", "How many nodes are there?", str(len(self.nodes))),
        ]
        for index, node in enumerate(self.nodes):
            leaving, arriving = len(self._after(index)), len(self._before(index))
            asked.append(SceneQuestion("count", f"How many arrows leave the {node.color} node?", str(leaving)))
            asked.append(SceneQuestion("count", f"How many arrows point to the {node.color} node?", str(arriving)))
        return asked

    def _shapes(self) -> list[SceneQuestion]:
        return [SceneQuestion("shape", f"What shape is the {node.color} node?", node.shape) for node in self.nodes]

    def _places(self) -> list[SceneQuestion]:
        ranked = sorted(self.nodes, key=lambda node: node.center[1])
        asked = []
        if ranked[1].center[1] - ranked[0].center[1] >= APART:
            asked.append(SceneQuestion("position", "What color is the top node?", ranked[0].color))
        if ranked[-1].center[1] - ranked[-2].center[1] >= APART:
            asked.append(SceneQuestion("position", "What color is the bottom node?", ranked[-1].color))
        return asked

    def _links(self) -> list[SceneQuestion]:
        """Joined nodes in both orders, and few enough that are not joined to keep "yes" about as frequent as "no"."""
        joined = [pair for arrow in self.arrows for pair in (arrow, arrow[::-1])]
        apart = [pair for pair in combinations(range(len(self.nodes)), 2) if pair not in joined]
        return [
            SceneQuestion(
                "presence",
                f"Is there an arrow from the {self.nodes[start].color} node to the {self.nodes[end].color} node?",
                "yes" if (start, end) in self.arrows else "no",
            )
            for start, end in joined + apart[: (len(self.arrows) + 1) // 3]
        ]

    def _neighbours(self) -> list[SceneQuestion]:
        asked = []
        for index, node in enumerate(self.nodes):
            after, before = self._after(index), self._before(index)
            if len(after) == 1:
                asked.append(SceneQuestion("text", f"Which node does the {node.color} node point to?", after[0].color))
            if len(before) == 1:
                asked.append(SceneQuestion("text", f"Which node points to the {node.color} node?", before[0].color))
        return asked

    def _ends(self) -> list[SceneQuestion]:
        """The only node where arrows start alone, and the only one where they end alone."""
        starts = [node for index, node in enumerate(self.nodes) if not self._before(index) and self._after(index)]
        ends = [node for index, node in enumerate(self.nodes) if not self._after(index) and self._before(index)]
        asked = []
        if len(starts) == 1:
            asked.append(SceneQuestion("text", "Which node has only outgoing arrows?", starts[0].color))
            asked.append(SceneQuestion("shape", "What shape is the start node?", starts[0].shape))
        if len(ends) == 1:
            asked.append(SceneQuestion("text", "Which node has only incoming arrows?", ends[0].color))
            asked.append(SceneQuestion("shape", "What shape is the end node?", ends[0].shape))
        return asked

    def _after(self, index: int) -> list[Node]:
        return [self.nodes[end] for start, end in self.arrows if start == index]

    def _before(self, index: int) -> list[Node]:
        return [self.nodes[start] for start, end in self.arrows if end == index]


def diagrams_scene(random: Random) -> DiagramScene:
    """Nodes on a ring; the number of arrows is drawn first."""
    number = random.choice(tuple(NODES))
    nodes = _nodes(random.choice(NODES[number]), random)
    while (arrows := _arrows(nodes, number, random)) is None:
        nodes = _nodes(len(nodes), random)
    return DiagramScene(random_ground(random), nodes, arrows)


def _nodes(number: int, random: Random) -> tuple[Node, ...]:
    step, start = 360 / number, random.randrange(360)
    center = (random.randint(126, 130), random.randint(126, 130))
    uneven = UNEVEN[number]
    colors = random.sample(HUES, number)
    return tuple(
        Node(
            color,
            random.choice(SHAPES),
            at_angle(center, random.randint(92, 97), start + step * (index + random.uniform(-uneven, uneven))),
        )
        for index, color in enumerate(colors)
    )


def _arrows(nodes: tuple[Node, ...], number: int, random: Random) -> tuple[tuple[int, int], ...] | None:
    """Arrows that reach every node, pass none and have clear heads; None: none were found."""
    free = [pair for pair in combinations(range(len(nodes)), 2) if _is_free(nodes, *pair)]
    if len(free) < number:
        return None
    pairs = random.sample(free, number)
    if len({index for pair in pairs for index in pair}) < len(nodes):
        return None
    arrows = _directed(pairs, len(nodes), random)
    return arrows if _are_heads_clear(nodes, arrows) else None


def _directed(pairs: list[tuple[int, int]], nodes: int, random: Random) -> tuple[tuple[int, int], ...]:
    """Mostly all along one order of the nodes, so that there are starts and ends; else at random."""
    order = random.sample(range(nodes), nodes)
    if random.random() < 0.7:
        return tuple(pair if order[pair[0]] < order[pair[1]] else pair[::-1] for pair in pairs)
    return tuple(pair if random.random() < 0.5 else pair[::-1] for pair in pairs)


def _is_free(nodes: tuple[Node, ...], one: int, other: int) -> bool:
    start, end = nodes[one].center, nodes[other].center
    return all(
        distance_to_segment(node.center, start, end) > RADIUS + 14
        for index, node in enumerate(nodes)
        if index not in (one, other)
    )


def _are_heads_clear(nodes: tuple[Node, ...], arrows: tuple[tuple[int, int], ...]) -> bool:
    shafts = [_shaft(nodes[start].center, nodes[end].center) for start, end in arrows]
    return all(
        distance_to_segment(at_angle(tip, HEAD / 2, turn + 180), other[0], other[1]) >= CLEAR
        for index, (_, tip, turn) in enumerate(shafts)
        for other in shafts[:index] + shafts[index + 1 :]
    )


def _shaft(start: Point, end: Point) -> tuple[Point, Point, float]:
    """Where an arrow begins and ends between two nodes, and its direction in degrees."""
    turn = degrees(atan2(end[1] - start[1], end[0] - start[0]))
    return at_angle(start, RADIUS, turn), at_angle(end, RADIUS + 6, turn + 180), turn


def _draw_arrow(pen: ImageDraw, start: Point, end: Point) -> None:
    tail, tip, turn = _shaft(start, end)
    base = at_angle(tip, HEAD, turn + 180)
    pen.line((tail, base), INK, STROKE)
    pen.polygon((tip, at_angle(base, 13, turn + 90), at_angle(base, 13, turn - 90)), INK)


def _draw_node(pen: ImageDraw, node: Node) -> None:
    (x, y), fill = node.center, COLORS[node.color]
    if node.shape == "circle":
        pen.ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), fill)
    elif node.shape == "square":
        pen.rectangle((x - 22, y - 22, x + 22, y + 22), fill)
    elif node.shape == "triangle":
        pen.polygon(((x, y - 27), (x + 28, y + 23), (x - 28, y + 23)), fill)
    else:
        pen.polygon(((x, y - 29), (x + 29, y), (x, y + 29), (x - 29, y)), fill)
