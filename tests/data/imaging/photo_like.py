"""Scenes that look like photos to what compares pictures, with broad and fine shades and things; and their copies."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

Picture = Image.Image
SIZE = (320, 240)
TEXTURES = ((4, 70), (10, 45), (24, 30), (60, 16))
"""Cells a side, and levels."""


def photo(seed: int, size: tuple[int, int] = SIZE) -> Picture:
    """A landscape of its own for each seed, with two to seven balls."""
    chance = np.random.default_rng(seed)
    wide, high = size
    shades = np.zeros((high, wide, 3))
    for cells, levels in TEXTURES:
        grains = chance.normal(size=(cells, cells, 3)).astype(np.float32)
        layers = [Image.fromarray(grains[..., band]).resize(size, Image.Resampling.BICUBIC) for band in range(3)]
        shades += levels * np.stack([np.asarray(layer) for layer in layers], 2)
    horizon = int(high * chance.uniform(0.35, 0.65))
    shades[:horizon] += chance.uniform(60, 170, 3)
    shades[horizon:] += chance.uniform(30, 140, 3)
    shown = Image.fromarray(np.clip(shades, 0, 255).astype(np.uint8))
    with_balls(shown, chance, int(chance.integers(2, 8)))
    return shown


def with_balls(shown: Picture, chance: np.random.Generator, number: int) -> None:
    pen = ImageDraw.Draw(shown)
    for _ in range(number):
        x, y = chance.uniform(0.1, 0.9) * shown.width, chance.uniform(0.1, 0.9) * shown.height
        radius = chance.uniform(0.03, 0.08) * shown.width
        colour = tuple(int(value) for value in chance.integers(0, 255, 3))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour, outline=(0, 0, 0))


def jpeg(shown: Picture, quality: int) -> Picture:
    file = BytesIO()
    shown.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def scaled(shown: Picture, factor: float) -> Picture:
    size = round(shown.width * factor), round(shown.height * factor)
    return shown.resize(size, Image.Resampling.BICUBIC)


def cropped(shown: Picture, left: float, top: float, right: float, bottom: float) -> Picture:
    """Without these shares of its sides."""
    wide, high = shown.size
    return shown.crop((int(left * wide), int(top * high), int((1 - right) * wide), int((1 - bottom) * high)))


def letterboxed(shown: Picture) -> Picture:
    ground = Image.new("RGB", (shown.width, round(shown.height * 1.33)), (0, 0, 0))
    ground.paste(shown, (0, round(shown.height * 0.16)))
    return ground


def recoloured(shown: Picture) -> Picture:
    """All hues turned by a third."""
    hues = np.array(shown.convert("HSV"))
    hues[..., 0] += 85
    return Image.fromarray(hues, "HSV").convert("RGB")


def marked(shown: Picture) -> Picture:
    layer = Image.new("RGBA", shown.size, (0, 0, 0, 0))
    font = ImageFont.load_default(size=shown.width // 10)
    place = (shown.width * 0.1, shown.height * 0.4)
    ImageDraw.Draw(layer).text(place, "STOCK PHOTO", fill=(255, 255, 255, 150), font=font)
    return Image.alpha_composite(shown.convert("RGBA"), layer).convert("RGB")


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "recompressed": lambda shown: jpeg(shown, 20),
    "scaled": lambda shown: scaled(shown, 0.5),
    "cropped": lambda shown: cropped(shown, 0.1, 0.1, 0.1, 0.1),
    "bordered": lambda shown: ImageOps.expand(shown, border=shown.width // 12, fill=(255, 255, 255)),
    "letterboxed": letterboxed,
    "mirrored": ImageOps.mirror,
    "turned": lambda shown: shown.transpose(Image.Transpose.ROTATE_90),
    "grey": lambda shown: shown.convert("L").convert("RGB"),
    "recoloured": recoloured,
    "marked": marked,
    "several": lambda shown: jpeg(cropped(ImageOps.mirror(shown), 0.05, 0.02, 0.03, 0.08), 40),
}
