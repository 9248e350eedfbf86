"""What trainers decode, `Image.open(...).convert("RGB")`, is what was checked, whatever kind of file came in."""

from __future__ import annotations

import hashlib
from io import BytesIO

import pytest
from PIL import Image

from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.plain import plain_file, plain_image
from contextpairs.data.imaging.send import LOOKED_AT
from tests.data.imaging.case import Case
from tests.data.imaging.good import good


@pytest.mark.parametrize("case", good(), ids=lambda case: case.name)
def test_a_plain_decoder_shows_what_was_checked(case: Case) -> None:
    content, original = plain_file(case.content)
    with Image.open(BytesIO(content)) as image:
        shown = image.convert("RGB")
    checked = rgb(case.content, LOOKED_AT)
    assert (shown.size, shown.tobytes()) == (checked.size, checked.tobytes())
    if original is None:
        assert content == case.content
    else:
        assert original.sha256 == hashlib.sha256(case.content).hexdigest()
        assert original.format == case.format


def test_what_became_a_png_is_named_as_one_and_says_what_it_was() -> None:
    deep = next(case for case in good() if case.name == "grey-16")
    image, original = plain_image({"bytes": deep.content, "path": "scans/a.tif"})
    assert image["path"] == "scans/a.png"
    assert original is not None
    assert set(original.as_dict()) == {"sha256", "format", "mode"}


def test_an_ordinary_picture_stays_as_it_came() -> None:
    ordinary = next(case for case in good() if case.name == "png")
    assert plain_image({"bytes": ordinary.content, "path": "a.png"}) == (
        {"bytes": ordinary.content, "path": "a.png"},
        None,
    )
