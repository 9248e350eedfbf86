"""The contact sheet: every pair on it, the positive framed green, the negative red, whatever the rows hold."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from contextpairs.pipelines.images.contact_sheet import CELL, FRAME, GAP, GREEN, GREY, RED, SIDE, TILE, contact_sheet
from tests.data.pairs.image_rows import image_couple


def filled(colour: str, size: tuple[int, int] = (50, 50)) -> dict[str, Any]:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": ""}


def row(**changes: Any) -> dict[str, Any]:
    said = {"query": "What colour?", "answer": "blue", "positive": filled("blue"), "negative": filled("yellow")}
    return {**said, **changes}


def opened(rows: list[dict[str, Any]], columns: int = 3) -> Image.Image:
    image = Image.open(io.BytesIO(contact_sheet(rows, columns)))
    assert image.format == "PNG"
    return image


def colour(sheet: Image.Image, x: int, y: int) -> str:
    return "#{:02x}{:02x}{:02x}".format(*sheet.getpixel((x, y)))  # type: ignore[misc]


def test_the_positive_is_left_and_green_the_negative_right_and_red() -> None:
    sheet = opened([row()])
    right = GAP + CELL + GAP
    assert (colour(sheet, GAP, GAP), colour(sheet, right, GAP)) == (GREEN, RED)
    middle = FRAME + SIDE // 2
    assert colour(sheet, GAP + middle, GAP + middle) == "#0000ff"
    assert colour(sheet, right + middle, GAP + middle) == "#ffff00"


def test_query_and_answer_stand_beneath() -> None:
    """Texts that differ give other pixels below the images, and only there."""
    sheets = [opened([row(answer=answer)]) for answer in ("blue", "red")]
    images, texts = ((0, 0, sheets[0].width, GAP + CELL), (0, GAP + CELL, *sheets[0].size))
    assert sheets[0].crop(images).tobytes() == sheets[1].crop(images).tobytes()
    assert sheets[0].crop(texts).tobytes() != sheets[1].crop(texts).tobytes()


@pytest.mark.parametrize(("rows", "columns", "grid"), [(1, 3, (1, 1)), (3, 3, (3, 1)), (4, 3, (3, 2)), (5, 1, (1, 5))])
def test_rows_fill_the_columns_in_order(rows: int, columns: int, grid: tuple[int, int]) -> None:
    sheet = opened([row()] * rows, columns)
    assert sheet.size == (grid[0] * (TILE[0] + 2 * GAP), grid[1] * (TILE[1] + GAP) + GAP)


def test_a_tiny_image_is_enlarged() -> None:
    sheet = opened([row(positive=filled("blue", (4, 4)))])
    assert colour(sheet, GAP + FRAME + 5, GAP + FRAME + 5) == "#0000ff"


@pytest.mark.parametrize("broken", [b"", b"no image", b"\x89PNG\r\n\x1a\n" + b"\0" * 99])
def test_an_image_that_cannot_be_decoded_is_a_grey_field(broken: bytes) -> None:
    sheet = opened([row(negative={"bytes": broken, "path": ""})])
    assert colour(sheet, GAP + CELL + GAP + FRAME + 2, GAP + FRAME + 2) == GREY
    assert colour(sheet, GAP + FRAME + SIDE // 2, GAP + FRAME + SIDE // 2) == "#0000ff"


@pytest.mark.parametrize("text", ["", " ", "x" * 5_000, "many words " * 900, "façade 键 \x1b[31m\n\u202e\t", "\ud800"])
def test_any_text_can_be_written(text: str) -> None:
    assert opened([row(query=text, answer=text)]).size == opened([row()]).size


def test_equal_rows_are_equal_bytes() -> None:
    assert contact_sheet(image_couple(1)) == contact_sheet(image_couple(1))


@pytest.mark.parametrize(("rows", "columns"), [([], 3), ([row()], 0)])
def test_nothing_to_draw_is_an_error(rows: list[dict[str, Any]], columns: int) -> None:
    with pytest.raises(ValueError, match="make no picture"):
        contact_sheet(rows, columns)
