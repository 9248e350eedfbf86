"""What Pillow's `verify` finds of a PNG, and what it leaves to us."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO

import pytest
from PIL import Image

from contextpairs.data.imaging.decoding import decoded
from contextpairs.data.imaging.limits import Fault, ImageLimits, Refused
from contextpairs.data.imaging.png import check_rows, chunks, is_whole_png
from tests.data.imaging.good import SHOWN
from tests.data.imaging.making import SIGNATURE, saved
from tests.data.imaging.pack import pack

PNGS = {name: case for name, case in pack().items() if case.content.startswith(SIGNATURE)}
FINDS = {
    "png-checksum", "png-checksum-alone", "png-checksum-text", "png-header-alone", "png-no-pixels", "png-unknown-mode",
    "png-signature-alone", "png-no-width", "png-no-height", "cut-PNG-0-1-of-4", "cut-PNG-0-2-of-4", "cut-PNG-0-3-of-4",
    "png-ztxt", "png-itxt", "png-iccp", "png-2-gigapixels",
}  # fmt: skip
"""What `verify`, and the opening before it, refuses."""
MISSES = {
    "png-not-deflated", "png-wrong-adler", "png-half-the-rows", "png-half-the-odd-rows", "png-says-more",
    "png-itxt-after",
}  # fmt: skip
"""Broken all the same: the decoder finds those whose compressed data is damaged, `check_rows` those that lack rows."""
WHOLE = saved(SHOWN, "PNG")

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")


def verifies(content: bytes) -> bool:
    try:
        Image.open(BytesIO(content), formats=("PNG",)).verify()
    except Exception:
        return False
    return True


def refused(names: Iterable[str]) -> set[str]:
    return {name for name in names if not verifies(PNGS[name].content)}


def test_verify_refuses_nothing_that_is_shown() -> None:
    assert refused(name for name, case in PNGS.items() if not case.reason) == set()


def test_verify_finds_checksums_and_missing_chunks_but_no_missing_rows() -> None:
    broken = {name for name, case in PNGS.items() if case.reason == "broken-image" and name != "png-empty-parts"}
    assert broken | {"png-2-gigapixels"} == FINDS | MISSES
    assert refused(FINDS | MISSES) == FINDS
    for name in ("png-half-the-rows", "png-half-the-odd-rows", "png-says-more"):
        with pytest.raises(Refused, match="the picture is not whole"):
            check_rows(PNGS[name].content)


@pytest.mark.parametrize("lost", range(1, 12))
def test_verify_needs_no_whole_end_and_we_do(lost: int) -> None:
    """Catches a file that lost its last bytes in a download."""
    cut = WHOLE[:-lost]
    assert verifies(cut) == (lost <= 4)
    with pytest.raises(Refused, match="cut off"):
        list(chunks(cut))


def test_verify_ignores_the_checksum_of_the_end_and_we_do_not() -> None:
    damaged = WHOLE[:-1] + b"\0"
    assert verifies(damaged)
    found = decoded(damaged, ImageLimits())
    assert isinstance(found, Fault)
    assert found.reason == "broken-image"


def test_a_whole_file_is_whole_to_the_last_byte() -> None:
    assert is_whole_png(WHOLE)
    others = (b"", WHOLE[:-1], WHOLE + b"\0", WHOLE * 2, WHOLE[:60] + b"\0" + WHOLE[61:], saved(SHOWN, "JPEG"))
    assert not any(map(is_whole_png, others))
