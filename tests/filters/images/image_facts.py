"""Scenes drawn for tests, and what is known of them, measured with nothing but Pillow and NumPy."""

from __future__ import annotations

import hashlib
import io
import random
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from contextpairs.data.sources.vqa.record import THUMBNAIL, ImageFacts

COLORS = ("red", "blue", "orange", "teal", "navy", "maroon")
WIDTH, HEIGHT = 160, 120


def scene(seed: int) -> Image.Image:
    """Eight figures on a shaded ground."""
    chance = random.Random(f"scene:{seed}")
    ground = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).rotate(chance.choice((0, 180)))
    image = Image.merge("RGB", (ground, ground, ground)).point(lambda value: 90 + value // 3)
    pen = ImageDraw.Draw(image)
    for _ in range(8):
        x, y, size = chance.randrange(WIDTH - 30), chance.randrange(HEIGHT - 30), chance.randrange(15, 50)
        draw = chance.choice((pen.ellipse, pen.rectangle))
        draw((x, y, x + size, y + size), fill=chance.choice(COLORS))
    return image


def recoloured(image: Image.Image) -> Image.Image:
    """The very same scene in other colours: red and blue change places."""
    red, green, blue = image.split()
    return Image.merge("RGB", (blue, green, red))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def facts_of(content: bytes) -> ImageFacts:
    """The facts of an image that any decoder reads alike."""
    opened = Image.open(io.BytesIO(content))
    image = opened.convert("RGB")
    grey = np.asarray(image.convert("L"), np.float64)
    laplacian = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    return ImageFacts(
        image_id=hashlib.sha256(content).hexdigest(),
        format=opened.format or "",
        width=image.width,
        height=image.height,
        frames=1,
        size=len(content),
        pixel_hash=hashlib.blake2b(str(image.size).encode() + image.tobytes(), digest_size=16).hexdigest(),
        phash=_phash(image),
        thumbnail=image.resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX).tobytes(),
        brightness=float(grey.mean()),
        sharpness=float(laplacian.var()),
    )


def _phash(image: Image.Image) -> int:
    """Signs of the lowest 64 cosine coefficients of the luminance against their median."""
    k = np.arange(32)
    cosines = np.cos(np.pi * (2 * k[None, :] + 1) * k[:, None] / 64)
    small = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BOX), np.float64)
    lowest = (cosines @ small @ cosines.T)[:8, :8].ravel()
    return int(np.packbits(lowest > np.median(lowest[1:])).view(">i8")[0])
