"""The orientation that is read is Pillow's, and so `datasets`': of EXIF, of EXIF as text, and of XMP."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from contextpairs.data.imaging.orientation import AS_TEXT, orientation
from tests.data.exports.pixel_files import pixel_files
from tests.data.imaging.making import directory

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")
TEXTS = st.lists(st.sampled_from(["tiff:Orientation", "=", '"', "'", ">", "<", "0", "1", "6", "9", " "])).map("".join)


def pillows(info: dict[Any, Any]) -> int:
    """What Pillow reads of the same notes; nothing where it means no turn, or fails."""
    image = Image.new("RGB", (1, 1))
    image.info = info
    try:
        turn = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:
        return 0
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 0


@pytest.mark.parametrize("name", pixel_files())
def test_of_every_file(name: str) -> None:
    with Image.open(BytesIO(pixel_files()[name].content)) as image:
        image.load()
        info = image.info.copy()
    assert orientation(info) == pillows(info)


@given(TEXTS)
@example('tiff:Orientation="6"')
@example("tiff:Orientation>6")
@settings(max_examples=300)
def test_of_any_xmp(said: str) -> None:
    for info in ({"xmp": said.encode()}, {"XML:com.adobe.xmp": said}):
        assert orientation(info) == pillows(info)


@given(st.sampled_from([3, 4]), st.integers(0, 12), st.booleans())
@settings(max_examples=100)
def test_of_any_exif_beside_xmp(kind: int, turn: int, as_text: bool) -> None:
    """EXIF goes first where it says a turn; the text is that of ImageMagick."""
    block = b"Exif\0\0" + directory([(274, kind, 1, turn)])
    said: Any = f"\nexif\n{len(block):8}\n{block.hex()}\n" if as_text else block
    info = {AS_TEXT if as_text else "exif": said}
    assert orientation(info) == pillows(info)
    if 1 <= turn <= 8:
        assert orientation({**info, "xmp": b'tiff:Orientation="5"'}) == turn


@pytest.mark.parametrize("said", ["", "\n\n\nzz", "\n\n\nff", None, 7])
def test_text_that_is_no_exif_says_nothing(said: Any) -> None:
    assert orientation({AS_TEXT: said}) == 0
