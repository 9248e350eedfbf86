"""Thousands of damaged files: none raises, none exceeds a limit, and what is shown is shown the same again."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contextpairs.data.imaging.decoding import decoded
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import Fault, ImageLimits
from contextpairs.data.imaging.tiff import exif_orientation
from tests.data.imaging.making import SIGNATURE, chunk
from tests.data.imaging.pack import pack

LIMITS = ImageLimits(pixels=40_000, frames=8, bytes=4 * 2**20)
SEEDS = [case for case in pack().values() if not case.reason and len(case.content) < 60_000]
REASONS = {
    "no-image", "unsupported-format", "too-many-pixels", "too-narrow", "too-many-frames", "too-much-metadata",
    "broken-image", "too-small", "empty-file",
}  # fmt: skip

# In a test Python's filters are pytest's, and Pillow warns of every odd tag.
pytestmark = pytest.mark.filterwarnings("ignore:::PIL")


def check(content: bytes) -> bool:
    """Whether it is shown."""
    found = decoded(content, LIMITS)
    if isinstance(found, Fault):
        assert found.reason in REASONS, found
        assert len(found.detail) < 500
        return False
    assert found.image.mode == "RGB"
    assert found.image.width * found.image.height <= LIMITS.pixels
    assert 1 <= found.frames <= LIMITS.frames
    return True


def damaged(content: bytes, dice: random.Random) -> bytes:
    """Bytes overwritten, most of them in the header; at times a piece lost, or twice there."""
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 8, 40))):
        most = len(changed) if dice.random() < 0.5 else min(120, len(changed))
        changed[dice.randrange(most)] = dice.choice((0, 1, 0x7F, 0x80, 0xFF, dice.randrange(256)))
    start = dice.randrange(len(changed))
    stop = min(len(changed), start + dice.randrange(200))
    way = dice.random()
    if way < 0.2:
        changed = changed[:start] + changed[stop:] if way < 0.1 else changed[:stop] + changed[start:]
    return with_checksums(bytes(changed)) if dice.random() < 0.5 else bytes(changed)


def with_checksums(content: bytes) -> bytes:
    """A damaged PNG whose checksums fit again, so that a decoder sees the damage; other files as they are."""
    if not content.startswith(SIGNATURE):
        return content
    mended, at = SIGNATURE, len(SIGNATURE)
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        mended += chunk(content[at + 4 : at + 8], content[at + 8 : at + 8 + size])
        at += 12 + size
    return mended


@pytest.mark.parametrize("seed", range(10))
def test_damaged_files(seed: int) -> None:
    dice = random.Random(seed)
    shown = sum(check(damaged(case.content, dice)) for case in SEEDS for _ in range(5))
    assert 0 < shown < 5 * len(SEEDS)


@given(st.binary(max_size=300), st.sampled_from(["", "png", "jpeg", "gif", "webp-lossy", "tiff", "bmp", "ppm"]))
@example(b"", "")
@settings(max_examples=500)
def test_any_bytes_after_any_beginning(tail: bytes, begin: str) -> None:
    content = (pack()[begin].content[: 12 + len(tail) % 50] if begin else b"") + tail
    assert inspect(content, LIMITS) == inspect(content, LIMITS)


@given(st.binary(max_size=200))
@settings(max_examples=500)
def test_any_exif_has_an_orientation(block: bytes) -> None:
    for begin in (b"", b"II*\0", b"MM\0*", b"MM\0+", b"Exif\0\0II*\0\x08\0\0\0"):
        assert 0 <= exif_orientation(begin + block) <= 8
