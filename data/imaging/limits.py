"""What an image may cost, and why one is set aside. Costs are known from the first bytes, before any is decoded."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from contextpairs.data.store.settings import Settings

MOST_PIXELS = 178_956_970
"""Where Pillow's own guard against decompression bombs refuses: it stays on, so no limit can lie above it."""


class Fault(NamedTuple):
    """Why an image is set aside.

    Attributes:
        reason: empty-file, too-many-bytes, no-image, unsupported-format, too-many-pixels, too-narrow, too-small,
            too-many-frames, too-much-metadata, broken-image.
        detail: what was found, what is expected.
    """

    reason: str
    detail: str


class Refused(Exception):
    """Carries a fault to where it is returned."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(reason, detail)


class ImageLimits(Settings):
    """Limits that hold before anything is decoded."""

    bytes: int = Field(default=64 * 2**20, ge=1)
    """Size of the file."""
    pixels: int = Field(default=50_000_000, ge=1, le=MOST_PIXELS)
    """Width times height of a frame. While it is decoded a pixel takes 9 bytes of memory in PNG, 10 in JPEG, up to 17
    in progressive JPEG, 19 in WEBP: 50 million of them 0.5 to 1 GB in every worker."""
    frames: int = Field(default=1000, ge=1)
    """Frames of an animation or pages of a TIFF; only the first is used."""
    aspect: float = Field(default=50.0, ge=1.0)
    """Longer side over shorter side."""
    side: int = Field(default=1, ge=1)
    """Shortest side in pixels that is still an image."""


def check_bytes(content: bytes, limits: ImageLimits) -> None:
    """Refuse files without bytes and with too many."""
    if not content:
        raise Refused("empty-file", "no bytes; expected an image file")
    if len(content) > limits.bytes:
        raise Refused("too-many-bytes", f"{len(content)} bytes, at most {limits.bytes} (limits.bytes)")


def check_size(size: tuple[int, int], limits: ImageLimits) -> None:
    """Refuse images that are too small, too large or too narrow; `size` is width and height."""
    short, long = sorted(size)
    said = f"{size[0]} x {size[1]} pixels"
    if short < limits.side:
        raise Refused("too-small", f"{said}, at least {limits.side} a side (limits.side)")
    if short * long > limits.pixels:
        raise Refused("too-many-pixels", f"{said}, at most {limits.pixels} in all (limits.pixels)")
    if long > limits.aspect * short:
        raise Refused("too-narrow", f"{said}, at most {limits.aspect:g} times as long as wide (limits.aspect)")


def check_frames(frames: int, limits: ImageLimits) -> None:
    """Refuse animations and TIFF files of too many frames."""
    if frames > limits.frames:
        raise Refused("too-many-frames", f"{frames} or more frames, at most {limits.frames} (limits.frames)")
