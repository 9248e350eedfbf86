"""Decode what may be hostile: limits first, one frame, no format that runs anything; errors become faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from contextpairs.data.imaging.limits import Fault, ImageLimits, Refused, check_bytes, check_frames
from contextpairs.data.imaging.structure import check_structure, format_of

if TYPE_CHECKING:
    from PIL import Image


class Decoded(NamedTuple):
    """An image after decoding.

    Attributes:
        image: first frame, RGB, upright, alpha over white, in sRGB.
        format: by content.
        frames: number of frames.
    """

    image: Image.Image
    format: str
    frames: int


def decoded(content: bytes, limits: ImageLimits) -> Decoded | Fault:
    """The first frame as models see it, or why there is none. Never raises for bad input; memory stays bounded."""
    try:
        return _decoded(content, limits)
    except Refused as refused:
        return refused.fault
    except MemoryError:
        return Fault("too-many-pixels", "decoding ran out of memory; lower limits.pixels")
    except Exception as error:
        # Decoders raise almost anything on broken files: what they raise is the description of the file.
        return Fault("broken-image", f"{type(error).__name__}: {str(error)[:200]}; mend or remove the file")


def rgb(content: bytes, limits: ImageLimits) -> Image.Image:
    """The first frame as models see it.

    Raises:
        ValueError: the image is set aside; says why.
    """
    found = decoded(content, limits)
    if isinstance(found, Fault):
        raise ValueError(f"{found.reason}: {found.detail}")
    return found.image


def _decoded(content: bytes, limits: ImageLimits) -> Decoded:
    # The coding pipeline imports configurations with these limits and has no Pillow.
    from contextpairs.data.imaging.opening import first_frame

    check_bytes(content, limits)
    form = format_of(content)
    counted = check_structure(content, form, limits.frames + 1)
    if counted is not None:
        check_frames(counted, limits)
    image, frames = first_frame(content, form, limits)
    return Decoded(image, form, counted or frames)
