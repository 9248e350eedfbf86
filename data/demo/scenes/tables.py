"""Scenes of tables: digits or short words in lettered rows and numbered columns, some cells marked by a color."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from contextpairs.data.demo.scenes.canvas import HUES, INK, SIDE, WHITE, Color, random_ground, small_sheet, write
from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.scene import SceneQuestion

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

ROWS = "ABC"
WORDS = ("cat", "dog", "cup", "hat", "key", "box")
DIGITS = tuple("123456789")
SOUGHT = {"5": "a 5", "6": "a 6", "7": "a 7", "8": "an 8", "9": "a 9"}
"""Digits that are asked for anywhere in the table, with their article: none of them heads a column."""
SHAPES = {"digits": ((3, 3), (3, 3), (2, 4), (2, 3)), "words": ((2, 2), (3, 2))}
"""Rows and columns that fit the picture, by what the cells hold."""
HEADER: Color = (205, 208, 214)
LINE: Color = (120, 120, 120)
MOST_MARKED = 4


class Grid(NamedTuple):
    """Where the grid stands, in pixels.

    Attributes:
        left: of the table.
        top: of the table.
        header: width of the column of row letters, and height of the row of column numbers.
        cell: width and height of a cell, its left and upper line included.
    """

    left: int
    top: int
    header: tuple[int, int]
    cell: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TableScene:
    """A table on a pale ground.

    Attributes:
        ground: RGB of the background.
        layout: sizes.
        cells: texts by row and column; "" is an empty cell.
        marked: row and column of each cell that is filled with `mark`.
        mark: a color.
    """

    ground: Color
    layout: Grid
    cells: tuple[tuple[str, ...], ...]
    marked: frozenset[tuple[int, int]]
    mark: str
    domain: str = "tables"

    def asked(self) -> tuple[SceneQuestion, ...]:
        """Contents, marks, empty cells, extremes and size."""
        own = self._numbers() if self._holds_digits() else self._words()
        return (*self._contents(), *self._marks(), *self._size(), *own)

    def draw(self) -> Image:
        """64 x 64 pixels."""
        image, pen = small_sheet(self.ground)
        self._draw_headers(pen)
        for row, texts in enumerate(self.cells):
            for column, text in enumerate(texts):
                self._draw_cell(pen, row, column, text)
        return image

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of a cell with its lines; row or column -1 is a header."""
        (x, width), (y, height) = (
            (start, header) if place < 0 else (start + header + cell * place, cell)
            for start, header, cell, place in zip(
                self.layout[:2], self.layout.header, self.layout.cell, (column, row), strict=True
            )
        )
        return x, y, x + width, y + height

    def _holds_digits(self) -> bool:
        return all(text in ("", *DIGITS) for texts in self.cells for text in texts)

    def _contents(self) -> list[SceneQuestion]:
        kind = "What is" if self._holds_digits() else "What word is"
        return [
            SceneQuestion("text", f"{kind} in row {ROWS[row]} column {column + 1}?", text or "nothing")
            for row, texts in enumerate(self.cells)
            for column, text in enumerate(texts)
        ]

    def _marks(self) -> list[SceneQuestion]:
        asked = [SceneQuestion("count", "How many cells are marked?", str(len(self.marked)))]
        if self.marked:
            asked.append(SceneQuestion("colour", "What color are the marked cells?", self.mark))
        by_row = Counter(ROWS[row] for row, _ in self.marked).most_common(2)
        if by_row and (len(by_row) == 1 or by_row[0][1] > by_row[1][1]):
            asked.append(SceneQuestion("position", "Which row has the most marked cells?", by_row[0][0]))
        return asked

    def _size(self) -> list[SceneQuestion]:
        empty = sum(not text for texts in self.cells for text in texts)
        return [
            SceneQuestion("count", "How many cells are empty?", str(empty)),
            SceneQuestion("presence", "Is there an empty cell?", "yes" if empty else "no"),
            SceneQuestion("count", "How many lettered rows are there?", str(len(self.cells))),
            SceneQuestion("count", "How many numbered columns are there?", str(len(self.cells[0]))),
        ]

    def _numbers(self) -> list[SceneQuestion]:
        present = {text for texts in self.cells for text in texts if text}
        asked = [
            SceneQuestion("presence", f"Is there {named} in the table?", "yes" if digit in present else "no")
            for digit, named in SOUGHT.items()
        ]
        for name, extreme in (("largest", max(present)), ("smallest", min(present))):
            asked += self._holders(extreme, f"the {name} number")
        return asked

    def _words(self) -> list[SceneQuestion]:
        asked = []
        present = {text for texts in self.cells for text in texts}
        for word in WORDS:
            asked += self._holders(word, word)
            asked.append(SceneQuestion("presence", f"Is there the word {word}?", "yes" if word in present else "no"))
        return asked

    def _holders(self, text: str, name: str) -> list[SceneQuestion]:
        """The row and the column of a text, each where there is only one."""
        rows = {ROWS[row] for row, texts in enumerate(self.cells) if text in texts}
        columns = {column + 1 for texts in self.cells for column, each in enumerate(texts) if each == text}
        asked = []
        if len(rows) == 1:
            asked.append(SceneQuestion("position", f"Which row holds {name}?", rows.pop()))
        if len(columns) == 1:
            asked.append(SceneQuestion("position", f"Which column holds {name}?", str(columns.pop())))
        return asked

    def _draw_headers(self, pen: ImageDraw) -> None:
        for row in range(len(self.cells)):
            self._draw_box(pen, row, -1, HEADER, ROWS[row])
        for column in range(len(self.cells[0])):
            self._draw_box(pen, -1, column, HEADER, str(column + 1))

    def _draw_cell(self, pen: ImageDraw, row: int, column: int, text: str) -> None:
        fill = COLORS[self.mark] if (row, column) in self.marked else WHITE
        self._draw_box(pen, row, column, fill, text)

    def _draw_box(self, pen: ImageDraw, row: int, column: int, fill: Color, text: str) -> None:
        left, top, right, bottom = self.box(row, column)
        pen.rectangle((left, top, right, bottom), fill, LINE)
        ink = INK if sum(fill) > 400 else WHITE
        write(pen, text, ((left + right + 1) // 2, (top + bottom + 1) // 2), ink)


def tables_scene(random: Random) -> TableScene:
    """A table of digits or of words; numbers of empty and of marked cells are drawn first."""
    kind = random.choice(("digits", "digits", "words"))
    rows, columns = random.choice(SHAPES[kind])
    places = [(row, column) for row in range(rows) for column in range(columns)]
    random.shuffle(places)
    empty = places[: _number_empty(len(places), random)]
    filled = places[len(empty) :]
    marked = frozenset(filled[: random.randint(0, min(MOST_MARKED, len(filled)))])
    texts = dict.fromkeys(empty, "") | dict(zip(filled, _texts(kind, len(filled), random), strict=True))
    cells = tuple(tuple(texts[row, column] for column in range(columns)) for row in range(rows))
    return TableScene(random_ground(random), _layout(rows, columns, random), cells, marked, random.choice(HUES))


def _number_empty(cells: int, random: Random) -> int:
    return random.randint(1, 3 if cells > 4 else 2) if random.random() < 0.5 else 0


def _texts(kind: str, number: int, random: Random) -> list[str]:
    """As many texts, of few enough different ones that any digit or word is missing about as often as not."""
    known = DIGITS if kind == "digits" else WORDS
    return random.choices(random.sample(known, random.randint(4, 7) if kind == "digits" else 4), k=number)


def _layout(rows: int, columns: int, random: Random) -> Grid:
    header = (random.randint(10, 12), random.randint(11, 13))
    widest, highest = (SIDE - 2 - header[0]) // columns, (SIDE - 2 - header[1]) // rows
    least = 21 if columns == 2 else 11
    cell = (random.randint(max(least, widest - 4), widest), random.randint(max(12, highest - 4), highest))
    left = random.randint(0, SIDE - 1 - header[0] - cell[0] * columns)
    top = random.randint(0, SIDE - 1 - header[1] - cell[1] * rows)
    return Grid(left, top, header, cell)
