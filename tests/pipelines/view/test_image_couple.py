"""A couple of images as the page holds it: at one scale, with what an edit changed."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import pytest
from PIL import Image

from contextpairs.filters.images.edit_pixels import PixelOptions, changed_pixels
from contextpairs.pipelines.view.image_couple import image_couple
from contextpairs.pipelines.view.packing import PACKED, unpacked
from tests.data.pairs.image_rows import mirrored, picture
from tests.data.pairs.pair_rows import Row, labelled


def drawn(colour: str, size: tuple[int, int] = (64, 48)) -> bytes:
    """A square on white, as a PNG file."""
    image = Image.new("RGB", size, "white")
    image.paste(Image.new("RGB", (16, 16), colour), (8, 8))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def held(left: bytes, right: bytes, strategy: str = "edit", **side: Any) -> dict[str, Any]:
    """A couple of two pictures as the page holds it, the first one on the left."""
    files = [{"bytes": content, "path": ""} for content in (left, right)]
    rows: list[Row] = mirrored("Which colour?", ["red", "blue"], files, "g", strategy)
    for row in rows:
        row["provenance"] = {name: side if row[name] is files[1] else {} for name in ("positive", "negative")}
    first, second = labelled(rows)
    stored = [{**row, "provenance": json.dumps(row["provenance"])} for row in (first, second)]
    packed = image_couple(stored[0], stored[1], {})
    assert len(packed) <= PACKED
    found: dict[str, Any] = unpacked(packed)
    return found


def opened(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text)))


def test_small_pictures_are_held_exactly() -> None:
    found = held(drawn("red"), drawn("blue"))
    image = opened(found["pictures"][0]["webp"]).convert("RGB")
    assert image.tobytes() == Image.open(io.BytesIO(drawn("red"))).convert("RGB").tobytes()
    assert found["answers"] == ["red", "blue"]


def test_an_edit_is_told_on_the_side_that_it_made_and_its_pixels_are_those_that_were_checked() -> None:
    found = held(drawn("red"), drawn("blue"), instruction="paint it blue")
    assert found["edits"] == [None, "paint it blue"]
    levels = [np.asarray(Image.open(io.BytesIO(drawn(colour))).convert("RGB")) for colour in ("red", "blue")]
    shown = np.asarray(opened(found["changed"]).convert("RGBA"))[..., 3] > 0
    assert (shown == changed_pixels(levels[0], levels[1], PixelOptions())).all()
    assert 0 < shown.mean() < 0.5


def test_couples_that_were_retrieved_have_no_changed_pixels() -> None:
    assert held(drawn("red"), drawn("blue"), "retrieval")["changed"] is None


def test_both_pictures_are_reduced_by_one_factor() -> None:
    found = held(picture(1, "JPEG", (1200, 600)), picture(2, "PNG", (300, 150)), "retrieval")
    sizes = [opened(each["webp"]).size for each in found["pictures"]]
    assert sizes[0][0] == 4 * sizes[1][0] <= 448
    assert [(each["width"], each["height"]) for each in found["pictures"]] == [(1200, 600), (300, 150)]


@pytest.mark.parametrize("broken", [b"", b"<html>no picture</html>", drawn("red")[:60]])
def test_a_picture_that_cannot_be_decoded_is_none(broken: bytes) -> None:
    found = held(drawn("red"), broken)
    assert found["pictures"][1] is None
    assert found["changed"] is None
    assert "not shown" in found["facts"][1]
