"""The ten kinds of copies."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont


def copy_of(im: Any, kind: Any, rng: Any) -> Any:
    """The copied picture, whether it is saved as PNG, and at which quality else."""
    w, h = im.size
    q = int(rng.integers(80, 95))
    if kind == "recompress":
        q = int(rng.integers(20, 61))
    elif kind == "half":
        flt = ["LANCZOS", "BICUBIC", "BOX", "BILINEAR"][rng.integers(4)]
        im = im.resize((w // 2, h // 2), getattr(Image.Resampling, flt))
    elif kind == "crop":
        fx, fy = rng.uniform(0.03, 0.10, 2)
        left, t = rng.uniform(0, 1, 2)
        box = (round(w * fx * left), round(h * fy * t), w - round(w * fx * (1 - left)), h - round(h * fy * (1 - t)))
        im = im.crop(box)
        if rng.random() < 0.4:
            im = im.resize((w, h), Image.Resampling.BICUBIC)
    elif kind == "border":
        b = int(rng.uniform(0.03, 0.12) * w)
        c = [(255, 255, 255), (0, 0, 0), tuple(int(v) for v in rng.integers(20, 235, 3))][rng.integers(3)]
        out = Image.new("RGB", (w + 2 * b, h + 2 * b), c)
        out.paste(im, (b, b))
        im = out
        if rng.random() < 0.3:
            im = im.resize((w, round(w * im.size[1] / im.size[0])), Image.Resampling.BICUBIC)
    elif kind == "letterbox":
        c = [(0, 0, 0), (0, 0, 0), (255, 255, 255), (18, 18, 18)][rng.integers(4)]
        if rng.random() < 0.5:
            size = (w, max(int(w / rng.uniform(0.95, 1.1)), h + 40))
        else:
            size = (int(h * rng.uniform(1.75, 2.0)), h)
        out = Image.new("RGB", size, c)
        out.paste(im, ((size[0] - w) // 2, (size[1] - h) // 2))
        im = out
    elif kind == "mirror":
        im = im.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    elif kind == "turn":
        degrees = int(rng.choice([90, 270]))
        im = im.transpose(Image.Transpose.ROTATE_90 if degrees == 90 else Image.Transpose.ROTATE_270)
    elif kind == "grey":
        im = im.convert("L")
        if rng.random() < 0.5:
            im = im.convert("RGB")
    elif kind == "recolour":
        m = int(rng.integers(3))
        a = np.asarray(im, np.float64) / 255
        if m == 0:
            hsv = np.asarray(im.convert("HSV")).copy()
            k = int(rng.integers(25, 230))
            hsv[..., 0] = (hsv[..., 0].astype(int) + k) % 256
            im = Image.fromarray(hsv, "HSV").convert("RGB")
        elif m == 1:
            g = rng.uniform(0.55, 1.4, 3)
            gm = rng.uniform(0.75, 1.35)
            im = Image.fromarray((np.clip(a**gm * g, 0, 1) * 255).astype(np.uint8))
        else:
            y = a @ [0.299, 0.587, 0.114]
            d = rng.uniform(0, 0.35, 3)
            light = rng.uniform(0.7, 1, 3)
            im = Image.fromarray((np.clip(d + (light - d) * y[..., None], 0, 1) * 255).astype(np.uint8))
    elif kind == "watermark":
        text = ["SAMPLE", "© photo stock", "PREVIEW", "example.com", "Copyright 2021"][rng.integers(5)]
        m = int(rng.integers(3))
        lay = Image.new("L", (2 * w, 2 * w))
        d = ImageDraw.Draw(lay)
        high = int(w * (0.06 if m == 0 else 0.13 if m == 1 else 0.05))
        f = ImageFont.load_default(high)
        if m == 0:
            for down in range(0, 2 * w, 3 * high):
                for right in range(0, 2 * w, int(high * 0.75 * len(text))):
                    d.text((right + (down // 3) % 70, down), text, fill=255, font=f)
        elif m == 1:
            d.text((w, w), text, fill=255, font=f, anchor="mm")
        if m < 2:
            lay = lay.rotate(float(rng.uniform(15, 40)), Image.Resampling.BICUBIC).crop(
                (w - w // 2, w - h // 2, w - w // 2 + w, w - h // 2 + h)
            )
        else:
            lay = Image.new("L", (w, h))
            d = ImageDraw.Draw(lay)
            d.text((w - 12, h - 10), text, fill=255, font=f, anchor="rs")
        al = float(rng.uniform(0.3, 0.6)) if m < 2 else float(rng.uniform(0.7, 1))
        c = (255, 255, 255) if rng.random() < 0.75 else (0, 0, 0)
        im = Image.composite(Image.new("RGB", (w, h), c), im, lay.point(lambda v: int(v * al)))
    png = kind not in ("recompress",) and rng.random() < 0.2
    return im, png, q


def jpeg(im: Any, q: Any) -> Any:
    b = io.BytesIO()
    im.save(b, "JPEG", quality=q)
    b.seek(0)
    return Image.open(b).convert("RGB")
