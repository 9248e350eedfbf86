"""Image pairs as one picture: the positive framed green, the negative red, query and answer beneath."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from contextpairs.data.imaging.limits import Fault
from contextpairs.data.imaging.send import as_png, shown, thumbnail

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

    Font = FreeTypeFont | ImageFont

SIDE = 220
"""Pixels of the square that an image is fitted into."""
FRAME = 5
GAP = 10
LINE = 17
"""Pixels from one line of text to the next."""
TEXT = 13
QUERY_LINES, ANSWER_LINES = 3, 2
LONGEST = 400
"""Characters of a text that are looked at."""
CELL = SIDE + 2 * FRAME
TILE = (2 * CELL + GAP, CELL + GAP + (QUERY_LINES + ANSWER_LINES + 1) * LINE)
GREEN, RED, GREY, WHITE, BLACK = "#1a9641", "#d7191c", "#777777", "white", "black"


def contact_sheet(rows: Sequence[Mapping[str, Any]], columns: int = 3) -> bytes:
    """The pairs side by side, `columns` of them in a line, in their order; takes some 0.5 MB of memory a pair.

    An image that cannot be decoded is a grey field that says so.

    Args:
        rows: image pairs: query, answer, positive and negative as {bytes, path}; strategy and pair_id where known.
        columns: pairs in a line; fewer rows make a narrower sheet.

    Returns:
        A PNG file; equal rows give equal bytes.

    Raises:
        ValueError: no rows, or no columns.
        RuntimeError: Pillow is not installed.
    """
    if not rows or columns < 1:
        raise ValueError(f"{len(rows)} rows in {columns} columns make no picture; expected at least one of each")
    tiles = [_tile(row) for row in rows]
    return as_png(_laid_out(tiles, min(columns, len(tiles))))


def _laid_out(tiles: Sequence[Image], columns: int) -> Image:
    from PIL import Image

    step = (TILE[0] + 2 * GAP, TILE[1] + GAP)
    lines = -(-len(tiles) // columns)
    sheet = Image.new("RGB", (columns * step[0], lines * step[1] + GAP), WHITE)
    for number, tile in enumerate(tiles):
        line, column = divmod(number, columns)
        sheet.paste(tile, (column * step[0] + GAP, line * step[1] + GAP))
    return sheet


def _tile(row: Mapping[str, Any]) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    tile = Image.new("RGB", TILE, WHITE)
    draw, font = ImageDraw.Draw(tile), ImageFont.load_default(TEXT)
    for left, name, colour in ((0, "positive", GREEN), (CELL + GAP, "negative", RED)):
        draw.rectangle((left, 0, left + CELL - 1, CELL - 1), outline=colour, width=FRAME)
        picture = _picture(row[name]["bytes"], font)
        tile.paste(picture, (left + (CELL - picture.width) // 2, (CELL - picture.height) // 2))
    _write(draw, font, row)
    return tile


def _picture(content: bytes, font: Font) -> Image:
    from PIL import Image, ImageDraw

    found = shown(content)
    if not isinstance(found, Fault):
        return _enlarged(thumbnail(found.image, SIDE))
    blank = Image.new("RGB", (SIDE, SIDE), GREY)
    draw = ImageDraw.Draw(blank)
    for number, line in enumerate(_wrapped(f"{found.reason}: {found.detail}", font, SIDE - 2 * GAP, SIDE // LINE - 1)):
        draw.text((GAP, GAP + number * LINE), line, WHITE, font)
    return blank


def _enlarged(image: Image) -> Image:
    """A tiny image by a whole factor, pixel by pixel: its detail is what the pair is about."""
    factor = SIDE // max(image.size)
    return image.resize((image.width * factor, image.height * factor), 0) if factor > 1 else image


def _write(draw: ImageDraw, font: Font, row: Mapping[str, Any]) -> None:
    top = CELL + GAP // 2
    origin = f"{row.get('strategy', '')} {row.get('pair_id', '')[:8]}".strip()
    for text, colour, lines in (
        (f"Q: {row['query']}", BLACK, QUERY_LINES),
        (f"A: {row['answer']}", GREEN, ANSWER_LINES),
        (origin, GREY, 1),
    ):
        for line in _wrapped(text, font, TILE[0], lines):
            draw.text((0, top), line, colour, font)
            top += LINE


def _wrapped(text: str, font: Font, width: int, lines: int) -> list[str]:
    """The text in at most so many lines of so many pixels; what does not fit ends in an ellipsis."""
    words = "".join(sign if sign.isprintable() else " " for sign in text[:LONGEST]).split()
    cut = list(_lines([part for word in words for part in _pieces(word, font, width)], font, width))
    shown = cut[:lines]
    if len(cut) > lines or len(text) > LONGEST:
        shown[-1:] = [line[:-3] + "..." for line in shown[-1:]]
    return shown


def _lines(words: Sequence[str], font: Font, width: int) -> Iterator[str]:
    line = ""
    for word in words:
        longer = f"{line} {word}".strip()
        if line and font.getlength(longer) > width:
            yield line
            longer = word
        line = longer
    yield line


def _pieces(word: str, font: Font, width: int) -> Iterator[str]:
    """A word that is wider than a line, in parts that are not."""
    while word and font.getlength(word) > width:
        fits = next(end for end in range(len(word) - 1, -1, -1) if end <= 1 or font.getlength(word[:end]) <= width)
        yield word[: max(fits, 1)]
        word = word[max(fits, 1) :]
    if word:
        yield word
