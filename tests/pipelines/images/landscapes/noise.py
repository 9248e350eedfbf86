"""Noise that textures are made of, and what mixes and blurs them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image


class Noise:
    """Value noise on a periodic lattice, summed over octaves; octaves finer than a pixel fade out."""

    def __init__(self, rng: Any) -> None:
        self.t = rng.standard_normal((256, 256)).astype(np.float32)
        self.off = rng.uniform(0, 256, (16, 2))
        self.rot = rng.uniform(0, 6.28, 16)

    def one(self, u: Any, v: Any) -> Any:
        if (
            np.ndim(u) == 2
            and u.shape[0] > 1
            and np.all(u[0] == u[-1])
            and np.all(v[0] == v[-1])
            and np.all(v[:, 0] == v[0, 0])
        ):
            return np.broadcast_to(self.one(u[:1], v[:1]), u.shape)  # a line repeated
        u, v = np.asarray(u, np.float32), np.asarray(v, np.float32)
        iu, iv = np.floor(u), np.floor(v)
        fu, fv = u - iu, v - iv
        fu, fv = fu * fu * fu * (fu * (fu * 6 - 15) + 10), fv * fv * fv * (fv * (fv * 6 - 15) + 10)
        iu, iv = iu.astype(np.int32) & 255, (iv.astype(np.int32) & 255) * 256
        ju, jv = (iu + 1) & 255, (iv + 256) & 65535
        t = self.t.ravel()
        a, b = t.take(iv + iu), t.take(jv + iu)
        a += (t.take(iv + ju) - a) * fu
        b += (t.take(jv + ju) - b) * fu
        a += (b - a) * fv
        return a

    def fbm(
        self, u: Any, v: Any, octaves: Any = 6, gain: Any = 0.55, foot: Any = None, rotate: Any = True, lac: Any = 2.03
    ) -> Any:
        s, a, f, tot = 0.0, 1.0, 1.0, 0.0
        for o in range(octaves):
            c, d = (math.cos(self.rot[o]), math.sin(self.rot[o])) if rotate else (1.0, 0.0)
            w: Any = a if foot is None else np.float32(a) * np.clip(1.6 - np.float32(2.2 * f) * foot, 0, 1)
            if foot is None or w.max() > 0:
                n = self.one((c * u - d * v) * f + self.off[o, 0], (d * u + c * v) * f + self.off[o, 1])
                s = s + w * n
            tot += a * a
            a *= gain
            f *= lac
        return s * np.float32(1 / math.sqrt(tot))


def cells(u: Any, v: Any, rng: Any) -> Any:
    """Worley noise: distance to the nearest and second point, and a number of the nearest cell."""
    jx, jy, idn = (rng.random((256, 256)).astype(np.float32) for _ in range(3))
    iu, iv = np.floor(u), np.floor(v)
    d1 = np.full(u.shape, 9.0)
    d2 = d1.copy()
    cid = np.zeros(u.shape)
    ang = np.zeros(u.shape)
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            a, b = (iu + dx).astype(np.int64) & 255, (iv + dy).astype(np.int64) & 255
            px, py = u - (iu + dx + jx[b, a]), v - (iv + dy + jy[b, a])
            d = np.hypot(px, py)
            near = d < d1
            d2 = np.where(near, d1, np.minimum(d2, d))
            cid = np.where(near, idn[b, a], cid)
            ang = np.where(near, np.arctan2(py, px), ang)
            d1 = np.where(near, d, d1)
    return d1, d2, cid, ang


def col(*rgb: Any) -> Any:
    return np.array(rgb, np.float64)


def mix(a: Any, b: Any, t: Any) -> Any:
    t = np.clip(t, 0, 1)
    t = t[..., None] if np.ndim(t) else t
    return a * (1 - t) + b * t


def sm(a: Any, b: Any, x: Any) -> Any:
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def blur(a: Any, r: Any) -> Any:
    if r < 0.3:
        return a
    if a.ndim == 3:
        return np.stack([blur(a[..., i], r) for i in range(3)], -1)
    a = a.astype(np.float32)
    if r >= 5:  # wide: blur a quarter, then grow it
        q = Image.fromarray(a).reduce(4)
        q = blur(np.asarray(q), math.sqrt(r * r - 4) / 4)
        return np.asarray(
            Image.fromarray(q.astype(np.float32)).resize((a.shape[1], a.shape[0]), Image.Resampling.BICUBIC)
        )
    n = max(1, int(3 * r))
    k = np.exp(-0.5 * (np.arange(-n, n + 1) / r) ** 2)
    k = (k / k.sum()).astype(np.float32)
    p = np.pad(a, ((n, n), (0, 0)), "edge")
    p = sum(k[i] * p[i : i + a.shape[0]] for i in range(2 * n + 1))
    p = np.pad(p, ((0, 0), (n, n)), "edge")
    return sum(k[i] * p[:, i : i + a.shape[1]] for i in range(2 * n + 1))


# ---------------------------------------------------------------- one scene
