"""What stands behind the ground: sky with clouds, ridges, walls."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.pipelines.images.landscapes.noise import blur, col, mix, sm


def sky(view: Any) -> Any:
    s, r, N = view.sty, view.rng, view.N
    top = [col(0.18, 0.38, 0.72), col(0.30, 0.48, 0.75), col(0.42, 0.50, 0.62), col(0.22, 0.30, 0.55)][
        s.integers(4)
    ] + s.uniform(-0.04, 0.04, 3)
    low = [col(0.78, 0.85, 0.92), col(0.90, 0.84, 0.76), col(0.80, 0.82, 0.84), col(0.95, 0.76, 0.62)][
        s.integers(4)
    ] + s.uniform(-0.04, 0.04, 3)
    up = np.clip(-view.below / max(view.y0, 1), 0, 1.4)
    im = mix(low, top, up**0.65)
    hh = np.maximum(-view.below, 0) + view.y0 * s.uniform(0.35, 0.8)
    k = r.uniform(1.2, 2.2)
    u, v = (view.px - view.w / 2) / hh * k + r.uniform(0, 90), view.y0 * 1.1 / hh * k * 1.6 + r.uniform(0, 90)
    c = N[0].fbm(u, v, 8, 0.55)
    cov = s.uniform(-0.5, 0.8)
    a = sm(-cov, 1.3 - cov, c) * s.uniform(0.5, 0.95)
    shade = N[0].fbm(u + 0.25 * view.L[0], v + 0.2, 5, 0.5)
    cloud = mix(col(0.98, 0.97, 0.96), mix(top, col(0.6, 0.62, 0.66), 0.7), sm(-0.4, 1.6, shade))
    im = mix(im, cloud, a * sm(0, 0.12, up + 0.04))
    sx = view.w * (0.5 + 0.55 * np.sign(view.L[0]) * r.uniform(0.4, 1))
    sy = -view.h * r.uniform(-0.05, 0.3)
    g = np.exp(-np.hypot(view.px - sx, view.py - sy) / (0.35 * view.w))
    view.low = low
    return im + g[..., None] * col(0.35, 0.3, 0.2) * s.uniform(0.3, 1)


def ridge(view: Any, im: Any, height: Any, rough: Any, colour: Any, haze: Any, tree: Any = 0.0, base: Any = 0.0) -> Any:
    N = view.N[view.rng.integers(1, 4)]
    o = view.rng.uniform(0, 200)
    x = view.px[0] / view.w
    n = N.fbm(x * rough + o, np.full_like(x, o * 1.7), 9, 0.5, rotate=False)
    top = height * view.h * (0.75 + 0.45 * n)
    if tree:
        top = top + tree * view.h * np.abs(N.fbm(x * rough * 22 + o, np.full_like(x, 3.3), 4, 0.6, rotate=False))
    top = np.maximum(top, 0.004 * view.h)[None]
    a = np.clip(view.below + top + base, 0, 1) * (view.below < 3)
    t = N.fbm(view.px / view.w * rough * 7, view.py / view.w * rough * 11, 6, 0.7)
    sl = N.fbm(view.px / view.w * rough * 3 + 0.05 * view.L[0], view.py / view.w * rough * 3, 6, 0.6) - N.fbm(
        view.px / view.w * rough * 3, view.py / view.w * rough * 3, 6, 0.6
    )
    c = colour * (1 + 0.22 * t + 0.5 * np.clip(sl, -1, 1))[..., None]
    fog = np.clip(haze + 0.25 * np.clip(1 + view.below / (top + 1), 0, 1), 0, 1)
    return mix(im, mix(c, view.low, fog), a)


def wall(view: Any) -> Any:
    s, r, N = view.sty, view.rng, view.N
    base = [
        col(0.78, 0.74, 0.66),
        col(0.62, 0.68, 0.70),
        col(0.70, 0.58, 0.50),
        col(0.58, 0.63, 0.52),
        col(0.80, 0.79, 0.78),
        col(0.42, 0.46, 0.56),
    ][s.integers(6)] + s.uniform(-0.05, 0.05, 3)
    t = N[0].fbm(view.px / 140, view.py / 140, 7, 0.6)
    fine = N[1].fbm(view.px / 3.0, view.py / 3.0, 2, 0.6)
    g = 0.75 + 0.35 * np.exp(
        -(((view.px - view.w * (0.5 + 0.5 * np.sign(view.L[0]) * r.uniform(0.3, 1))) / view.w) ** 2) * 2.2
    )
    im = base * ((g * (1 + 0.04 * t + 0.02 * fine))[..., None])
    k = int(r.integers(0, 3))
    for _ in range(k):  # frames, shelves: blurred shapes on the wall
        x, y = r.uniform(0, view.w), r.uniform(-0.1 * view.h, view.y0 * 0.55)
        ww, hh = r.uniform(0.1, 0.28) * view.w, r.uniform(0.06, 0.2) * view.h
        inside = (np.abs(view.px - x) < ww / 2) & (np.abs(view.py - y) < hh / 2)
        rim = inside & ((np.abs(view.px - x) > ww / 2 - 9) | (np.abs(view.py - y) > hh / 2 - 9))
        sh = np.clip(
            blur(((np.abs(view.px - x + 8) < ww / 2) & (np.abs(view.py - y - 10) < hh / 2)).astype(float), 9), 0, 1
        )
        im *= (1 - 0.35 * sh)[..., None]
        art = mix(
            s.uniform(0.2, 0.8, 3),
            s.uniform(0.2, 0.9, 3),
            0.5 + 0.5 * N[2].fbm(view.px / 60 + x, view.py / 60, 6, 0.6),
        )
        im = np.where(inside[..., None], art, im)
        im = np.where(rim[..., None], s.uniform(0.1, 0.5) * col(1, 0.85, 0.7), im)
    skirt = (view.below > -16) & (view.below < 2)
    if view.place != "table":
        im = np.where(skirt[..., None], im * 0.5 + col(0.42, 0.40, 0.38), im)
    return blur(im, r.uniform(1.5, 3.0))
