"""The picture of the house, drawn from folders and their imports: `python -m benchmarks.house` renews docs/house.svg.

Floors stand above what they import; a room is a folder of a floor, coloured by its wing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "house.svg"
FLOORS = (("flows",), ("pipelines",), ("builders", "filters"), ("data",))
"""From the roof down; names side by side do not know each other."""
SAYS = {
    "flows": "Prefect alone",
    "pipelines": "the jobs, runnable without Prefect",
    "builders": "make candidates",
    "filters": "keep or reject with a reason",
    "data": "rows at rest",
}
COLOURS = {"coding": "#cfe3f5", "images": "#f7dcc4"}
SHARED = "#e9e9e4"
WIDTH, HEIGHT, GAP, MARGIN = 880, 96, 44, 20
"""Of the house, of a floor, between floors and around, in pixels."""

Box = tuple[float, float, float, float]
"""Left, top, width, height."""


def rooms(floor: str) -> list[str]:
    """Folders of a floor that hold code, the wings first."""
    found = [path.name for path in (ROOT / floor).glob("*/") if any(path.rglob("*.py"))] if floor != "flows" else []
    return sorted(found, key=lambda name: (name not in COLOURS, name))


def floors_below(floor: str) -> list[str]:
    """Other floors that its files import, whenever they do."""
    files = [ROOT / "flows.py"] if floor == "flows" else list((ROOT / floor).rglob("*.py"))
    found = {name.split(".")[1] for path in files for name in _imported(path) if name.startswith("contextpairs.")}
    return sorted(found & {name for names in FLOORS for name in names} - {floor})


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def drawn() -> str:
    """The picture as SVG."""
    boxes = _boxes()
    arrows = [
        _arrow(boxes[floor], boxes[below]) for floor in boxes for below in floors_below(floor) if _near(floor, below)
    ]
    height = MARGIN * 2 + len(FLOORS) * (HEIGHT + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH + 2 * MARGIN}" height="{height}" '
        'font-family="sans-serif" font-size="13">',
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#555"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
        *(line for floor, box in boxes.items() for line in _floor(floor, box)),
        *arrows,
        _legend(height - MARGIN - 14),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _boxes() -> dict[str, Box]:
    found: dict[str, Box] = {}
    for level, names in enumerate(FLOORS):
        width = (WIDTH - GAP * (len(names) - 1)) / len(names)
        for place, name in enumerate(names):
            found[name] = (MARGIN + place * (width + GAP), MARGIN + level * (HEIGHT + GAP), width, HEIGHT)
    return found


def _near(floor: str, below: str) -> bool:
    """Whether an arrow says more than the arrows between them do: floors that touch."""
    level = {name: place for place, names in enumerate(FLOORS) for name in names}
    return level[below] - level[floor] == 1


def _floor(name: str, box: Box) -> Iterator[str]:
    left, top, width, height = box
    title = "flows.py" if name == "flows" else f"{name}/"
    yield f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height}" fill="#fafaf7" stroke="#999"/>'
    yield f'<text x="{left + 12:g}" y="{top + 24:g}"><tspan font-weight="bold">{title}</tspan>  {SAYS[name]}</text>'
    names = rooms(name)
    each = (width - 12) / max(len(names), 1)
    for place, room in enumerate(names):
        yield from _room(room, left + 12 + place * each, top + 40, each - 12)


def _room(name: str, left: float, top: float, width: float) -> Iterator[str]:
    fill = COLOURS.get(name, SHARED)
    yield f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="40" rx="3" fill="{fill}" stroke="#bbb"/>'
    yield f'<text x="{left + width / 2:g}" y="{top + 25:g}" text-anchor="middle">{name}</text>'


def _arrow(upper: Box, lower: Box) -> str:
    """From the bottom of one floor to the top of the next, where both have room."""
    narrow = min((upper, lower), key=lambda box: box[2])
    x = narrow[0] + narrow[2] / 2
    start, end = upper[1] + upper[3] + 4, lower[1] - 4
    ends = f'x1="{x:g}" y1="{start:g}" x2="{x:g}" y2="{end:g}"'
    return f'<line {ends} stroke="#555" stroke-width="2" marker-end="url(#tip)"/>'


def _legend(top: float) -> str:
    entries = [(COLOURS["coding"], "coding wing"), (COLOURS["images"], "images wing"), (SHARED, "what both need")]
    return (
        "".join(
            f'<rect x="{MARGIN + place * 150}" y="{top}" width="14" height="14" fill="{colour}" stroke="#bbb"/>'
            f'<text x="{MARGIN + 20 + place * 150}" y="{top + 12}">{label}</text>'
            for place, (colour, label) in enumerate(entries)
        )
        + f'<text x="{MARGIN + 460}" y="{top + 12}">arrows: imports; every floor may also use those further down</text>'
    )


if __name__ == "__main__":
    PICTURE.write_text(drawn(), encoding="utf-8")
