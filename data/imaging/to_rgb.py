"""From any mode to what models see: eight bits, alpha over white, sRGB; by strips, so that copies stay small."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageCms

STRIP = 2**20
"""Pixels that are converted at once."""
MOST_PROFILE = 4 * 2**20
"""Bytes of a colour profile; larger ones are not read."""
GREY = ("1", "L", "LA", "La", "I", "F")
SPACES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
"""Modes by the colour space that a profile names."""


class Managed(NamedTuple):
    """A conversion to sRGB and the mode that it takes."""

    mode: str
    transform: ImageCms.ImageCmsTransform


def in_rgb(image: Image.Image, png: bytes = b"") -> Image.Image:
    """A decoded image as a plain one in sRGB, without metadata that would turn or convert it once more.

    `png` is the file it came from, where that was a PNG.
    """
    key = _key(image, png)
    white = _white(image)
    managed = _lab(image) if image.mode == "LAB" else _managed(image)
    if image.width * image.height <= STRIP:
        shown = _converted(image, key, white, managed)
        shown.info = {}
        return shown
    shown = Image.new("RGB", image.size)
    for top, part in strips(image):
        shown.paste(_converted(part, key, white, managed), (0, top))
    return shown


def strips(image: Image.Image) -> Iterator[tuple[int, Image.Image]]:
    """The image in bands of full width, each with its first row."""
    rows = max(1, STRIP // image.width)
    if rows >= image.height:
        yield 0, image
        return
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _converted(part: Image.Image, key: Any, white: float, managed: Managed | None) -> Image.Image:
    if key is not None:
        part.info["transparency"] = key
    flat = _flat(part if white == 0 else _eight_bits(part, white, key))
    if managed is None:
        return flat.convert("RGB")
    taken = flat if flat.mode == managed.mode else flat.convert(managed.mode)
    return ImageCms.applyTransform(taken, managed.transform) or taken


def _key(image: Image.Image, png: bytes) -> Any:
    """The colour that means transparent, in the samples that Pillow decodes to: it leaves it in those of the file."""
    key = image.info.get("transparency")
    depth = png[24] if png else 8
    if depth == 16 and isinstance(key, tuple):
        return tuple(value >> 8 for value in key)
    if depth in (2, 4) and image.mode == "L" and isinstance(key, int):
        return key * 255 // (2**depth - 1)
    return key


def _eight_bits(part: Image.Image, white: float, key: Any) -> Image.Image:
    """16-bit, 32-bit and floating-point greys scaled to 8 bits: Pillow's own conversion would clip them."""
    values = np.nan_to_num(np.asarray(part, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    scaled = (np.clip(values, 0, white) * (255 / white) + 0.5).astype(np.uint8)
    if isinstance(key, int):
        scaled[values == key] = 255
    return Image.fromarray(scaled)


def _white(image: Image.Image) -> float:
    """The value that means white: that of the narrowest usual range that holds the highest one; 0 for 8 bits."""
    if image.mode.startswith("I;16"):
        return 65535.0
    if image.mode not in ("I", "F"):
        return 0.0
    highest = max(float(np.nan_to_num(np.asarray(part, np.float32), posinf=0.0).max()) for _, part in strips(image))
    ranges = (255.0, 65535.0) if image.mode == "I" else (1.0, 255.0, 65535.0)
    return next((white for white in ranges if highest <= white), highest)


def _flat(part: Image.Image) -> Image.Image:
    """Without alpha: what is transparent shows white."""
    if part.mode not in ("RGBA", "LA", "PA", "RGBa", "La") and "transparency" not in part.info:
        return part
    layers = part.convert("LA").convert("RGBA") if part.mode == "La" else part.convert("RGBA")
    white = Image.new("RGBA", layers.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, layers).convert("RGB")


def _managed(image: Image.Image) -> Managed | None:
    """The conversion that the image's profile asks for; None where it is sRGB, does not fit, or cannot be read."""
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= MOST_PROFILE:
        return None
    mode = "L" if image.mode in GREY or image.mode.startswith("I;16") else "CMYK" if image.mode == "CMYK" else "RGB"
    try:
        given = ImageCms.ImageCmsProfile(BytesIO(profile))
        if SPACES.get(given.profile.xcolor_space.strip()) != mode or "srgb" in _description(given).lower():
            return None
        return Managed(mode, ImageCms.buildTransform(given, ImageCms.createProfile("sRGB"), mode, "RGB"))
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _description(profile: ImageCms.ImageCmsProfile) -> str:
    return profile.profile.profile_description or ""


def _lab(image: Image.Image) -> Managed:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    return Managed(image.mode, ImageCms.buildTransform(lab, srgb, "LAB", "RGB"))
