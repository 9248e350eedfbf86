"""Scenes of tables: what they keep to, and the truth of their answers as the pixels show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache

import numpy as np

from contextpairs.data.demo.scenes.canvas import HUES, INK, WHITE, small_sheet, write
from contextpairs.data.demo.scenes.objects import COLORS
from contextpairs.data.demo.scenes.tables import DIGITS, ROWS, SOUGHT, WORDS, TableScene, tables_scene
from tests.data.demo.scenes import seen
from tests.data.demo.scenes.seen import Pixels, answers, pixels, where

Texts = dict[tuple[str, int], str]


@cache
def read_tables() -> tuple[tuple[TableScene, Pixels, Texts], ...]:
    """Scenes with their picture and what is read in it by row and column."""
    return tuple(_read())


def _read() -> Iterator[tuple[TableScene, Pixels, Texts]]:
    known = {_stamp(word): word for word in ("", *DIGITS, *WORDS)}
    for scene in seen.scenes(tables_scene, 250):
        assert isinstance(scene, TableScene)
        picture = pixels(scene)
        yield scene, picture, {place: known[_print(cell)] for place, cell in _cells(scene, picture)}


def test_a_seed_gives_one_picture() -> None:
    seen.assert_deterministic(tables_scene)


def test_pictures_are_small() -> None:
    seen.assert_small(tables_scene)


def test_asked_colors_are_visible() -> None:
    seen.assert_colors_visible(tables_scene)


def test_questions_and_answers_are_closed_sets() -> None:
    words = {"yes", "no", "nothing", *HUES, *WORDS, *ROWS, *"0123456789"}
    seen.assert_sound_questions(tables_scene, words, texts=51)


def test_no_answer_is_a_good_guess() -> None:
    seen.assert_spread_answers(tables_scene)


def test_cells_hold_what_is_said() -> None:
    for scene, _, texts in read_tables():
        said = answers(scene)
        kind = "What is" if "What is in row A column 1?" in said else "What word is"
        for (row, column), text in texts.items():
            assert said[f"{kind} in row {row} column {column}?"] == (text or "nothing")


def test_numbers_of_rows_columns_and_empty_cells_are_those_of_the_picture() -> None:
    for scene, _, texts in read_tables():
        said, empty = answers(scene), sum(not text for text in texts.values())
        assert said["How many lettered rows are there?"] == str(len({row for row, _ in texts}))
        assert said["How many numbered columns are there?"] == str(len({column for _, column in texts}))
        assert said["How many cells are empty?"] == str(empty)
        assert said["Is there an empty cell?"] == ("yes" if empty else "no")


def test_marked_cells_are_the_colored_ones() -> None:
    for scene, picture, _ in read_tables():
        said = answers(scene)
        marks = {place: color for place, cell in _cells(scene, picture) if (color := _mark(cell))}
        assert said["How many cells are marked?"] == str(len(marks))
        assert said.get("What color are the marked cells?") == next(iter(marks.values()), None)
        assert len(set(marks.values())) <= 1
        by_row = Counter(row for row, _ in marks)
        most = [row for row, number in by_row.items() if number == max(by_row.values())]
        assert said.get("Which row has the most marked cells?") == (most[0] if len(most) == 1 else None)


def test_extreme_numbers_are_where_is_said() -> None:
    for scene, _, texts in read_tables():
        said, filled = answers(scene), {place: text for place, text in texts.items() if text}
        if set(filled.values()) <= set(DIGITS):
            _assert_held(said, filled, max(filled.values()), "the largest number")
            _assert_held(said, filled, min(filled.values()), "the smallest number")
            for digit, named in SOUGHT.items():
                assert said[f"Is there {named} in the table?"] == ("yes" if digit in filled.values() else "no")


def test_words_are_where_is_said() -> None:
    for scene, _, texts in read_tables():
        if set(texts.values()) <= {"", *WORDS}:
            for word in WORDS:
                _assert_held(answers(scene), texts, word, word)
                assert answers(scene)[f"Is there the word {word}?"] == ("yes" if word in texts.values() else "no")


def _assert_held(said: dict[str, str], texts: Texts, text: str, name: str) -> None:
    """Row and column of a text are said exactly where there is one."""
    for kind, index in (("row", 0), ("column", 1)):
        places = {str(place[index]) for place, each in texts.items() if each == text}
        assert said.get(f"Which {kind} holds {name}?") == (places.pop() if len(places) == 1 else None)


def _cells(scene: TableScene, picture: Pixels) -> Iterator[tuple[tuple[str, int], Pixels]]:
    """The pixels of each cell within its lines, by letter and number."""
    for row in range(len(scene.cells)):
        for column in range(len(scene.cells[0])):
            left, top, right, bottom = scene.box(row, column)
            yield (ROWS[row], column + 1), picture[top + 1 : bottom, left + 1 : right]


def _mark(cell: Pixels) -> str | None:
    return next((color for color in COLORS if where(cell[:1, :1], color)[0, 0]), None)


def _print(cell: Pixels) -> bytes:
    """The pixels that are unlike the cell's corner, without the empty rim."""
    return _rimless(np.abs(cell - cell[0, 0]).sum(axis=2) > 0)


def _stamp(text: str) -> bytes:
    image, pen = small_sheet(WHITE)
    write(pen, text, (30, 30), INK)
    return _rimless(np.asarray(image).sum(axis=2) < 700)


def _rimless(mask: Pixels) -> bytes:
    rows, columns = (np.unique(places) for places in np.nonzero(mask))
    if not len(rows):
        return b""
    inner = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return bytes(inner.shape) + inner.tobytes()
