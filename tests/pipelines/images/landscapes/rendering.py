"""A scene as a camera takes it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from tests.pipelines.images.landscapes.backdrops import ridge, sky, wall
from tests.pipelines.images.landscapes.bodies import draw
from tests.pipelines.images.landscapes.grounds import ground as ground_of
from tests.pipelines.images.landscapes.noise import blur, col, mix, sm
from tests.pipelines.images.landscapes.scattered import litter, place_all, shadow


def render(view: Any) -> Any:
    p, s, r = view.place, view.sty, view.rng
    view.gloss = 0
    if view.indoor:
        back = wall(view)
        view.low = back[: max(2, int(view.y0))].mean((0, 1))
    else:
        back = sky(view)
        if p in ("lake", "snow", "desert", "meadow"):
            rock = {
                "lake": col(0.30, 0.34, 0.36),
                "snow": col(0.62, 0.66, 0.72),
                "desert": col(0.55, 0.36, 0.26),
                "meadow": col(0.28, 0.36, 0.26),
            }[p] + s.uniform(-0.05, 0.05, 3)
            for i in range(int(r.integers(1, 4))):
                back = ridge(
                    view,
                    back,
                    r.uniform(0.05, 0.2) * (1 - 0.22 * i),
                    r.uniform(2, 5),
                    rock * (1 - 0.1 * i),
                    0.62 - 0.17 * i,
                )
        if p in ("meadow", "snow", "lake") and r.random() < 0.8:
            back = ridge(
                view,
                back,
                r.uniform(0.02, 0.06),
                r.uniform(3, 9),
                [col(0.10, 0.17, 0.09), col(0.15, 0.20, 0.10), col(0.20, 0.18, 0.10)][s.integers(3)],
                r.uniform(0.05, 0.3),
                tree=0.035,
            )
        if p == "beach" and r.random() < 0.6:
            back = ridge(view, back, r.uniform(0.008, 0.05), r.uniform(1, 4), col(0.25, 0.33, 0.32), 0.45)
        if p == "forest":
            view.low = col(0.55, 0.60, 0.45)
            back = ridge(view, back, 0.5, 3, col(0.16, 0.22, 0.10), 0.2, tree=0.1)
            for _ in range(int(r.integers(6, 13))):
                x, wd, dk = r.uniform(0, view.w), r.uniform(7, 42), r.uniform(0.5, 1.1)
                lean = r.uniform(-0.12, 0.12)
                xx = (
                    view.px
                    - x
                    - lean * (view.y0 - view.py)
                    + 3 * view.N[1].fbm(view.py / 60, view.py * 0 + x, 3, rotate=False)
                )
                a = np.clip((wd / 2 - np.abs(xx)) + 0.5, 0, 1) * (view.below < 4 + wd * 0.5)
                bark = (
                    col(0.26, 0.20, 0.15)
                    * dk
                    * (
                        1
                        + 0.3 * view.N[2].fbm(xx / 3, view.py / 22 + x, 4, 0.6, rotate=False)
                        + 0.5 * np.clip(xx / wd, -1, 1) * np.sign(view.L[0])
                    )[..., None]
                )
                back = mix(back, bark, a)
            back = blur(back, 2.2)
        if p == "street":
            br = s.integers(3)
            bw, bh = r.uniform(26, 44), r.uniform(11, 17)
            row = np.floor(view.below / bh)
            cx = view.px / bw + 0.5 * np.mod(row, 2)
            kx = np.floor(cx)
            hs = np.sin(kx * 91.7 + row * 37.3) * 43758.5
            hs -= np.floor(hs)
            mort = np.maximum(
                sm(0.06, 0.02, np.abs(cx - np.round(cx))),
                sm(0.14, 0.06, np.abs(view.below / bh - np.round(view.below / bh))),
            )
            c = [col(0.50, 0.26, 0.20), col(0.60, 0.54, 0.46), col(0.44, 0.42, 0.42)][br]
            wl = (
                c
                * (0.75 + 0.4 * hs)[..., None]
                * (1 + 0.1 * view.N[1].fbm(view.px / 40, view.py / 40, 6, 0.6))[..., None]
            )
            wl = mix(wl, col(0.62, 0.60, 0.56) * np.ones_like(wl), mort * 0.8)
            top = r.uniform(0.7, 1.6) * view.y0
            back = mix(back, wl, np.clip(view.below + top, 0, 1))
            kerb = (view.below > -14) & (view.below < 3)
            back = np.where(
                kerb[..., None],
                col(0.55, 0.54, 0.52) * (1 + 0.1 * view.N[2].fbm(view.px / 8, view.py / 8, 3))[..., None],
                back,
            )
            back = blur(back, 1.6)
    g = ground_of(view)
    light = view.sun * (0.5 + 0.5 * view.hard) * max(view.L[1], 0.5) + view.amb
    grad = 1 + 0.10 * np.sign(view.L[0]) * (view.px / view.w - 0.5)
    if view.indoor:
        grad = grad * (
            0.82
            + 0.3
            * np.exp(-((view.px / view.w - 0.5 - 0.3 * np.sign(view.L[0])) ** 2 + (view.py / view.h - 0.5) ** 2) * 3)
        )
    if p == "forest":  # dappled light
        dap = sm(-0.2, 0.7, view.N[3].fbm(view.x * 1.1 + 30, view.z * 1.1, 4, 0.5, view.foot))
        grad = grad * (0.62 + 0.55 * dap)
    if p in ("meadow", "street", "desert", "snow") and r.random() < 0.35:  # the shade of something outside the picture
        q = (
            view.x * r.uniform(-1, 1)
            + view.z * r.uniform(0.3, 1)
            + 0.15 * view.N[2].fbm(view.x * 2, view.z * 2, 5, 0.6, view.foot)
        )
        grad = grad * (1 - 0.35 * sm(-0.06, 0.06, np.sin(q * r.uniform(0.8, 1.6) + r.uniform(0, 6)) - 0.3))
    ground = g * light * grad[..., None]
    view.gmean = np.clip(g[int(view.h * 0.6) :].mean((0, 1)), 0, 1)
    if not view.indoor:
        ground = mix(ground, view.low * 0.9 * np.ones_like(ground), 0.5 * np.exp(-view.below / (0.05 * view.h)))
    objs = place_all(view)
    sh, con = shadow(view, objs)
    ground = ground * (1 - sh[..., None] * (1 - 0.45 * view.amb / view.amb.mean() * 0.55)) * (1 - 0.7 * con)[..., None]
    if view.gloss:
        ground = ground + view.gloss * blur(back[::-1], 12)[: view.h] * 0.5
    ground = litter(view, ground)
    im = mix(back, ground, sm(-0.8, 0.8, view.below))
    for o in objs:
        draw(view, im, *o)
    # the camera
    im = np.clip(im, 0, 3)
    if r.random() < 0.8:  # far blur
        far = sm(0.10, -0.02, (view.py - view.y0) / view.h)
        im = mix(im, blur(im, r.uniform(1.5, 3.5)), far)
    hi = np.clip(im - 0.85, 0, 1)
    im = im + 0.5 * blur(hi, 14)
    im = im * s.uniform(0.9, 1.12) * (1 + s.uniform(-0.05, 0.05, 3))
    rr = np.hypot((view.px / view.w - 0.5), (view.py / view.h - 0.5) * 0.8)
    im = im * (1 - r.uniform(0.25, 0.6) * rr**2)[..., None]
    im = 1 - np.exp(-1.55 * np.clip(im, 0, None) ** 1.12)
    im = np.clip(im, 0, 1)
    im = im * (1 - 0.12) + 0.12 * im * im * (3 - 2 * im)
    im = blur(im, 0.7)
    small = np.stack(
        [
            np.asarray(
                Image.fromarray(im[..., i].astype(np.float32), "F").resize((view.ow, view.oh), Image.Resampling.LANCZOS)
            )
            for i in range(3)
        ],
        -1,
    )
    iso = r.uniform(0.006, 0.016)
    lum = r.standard_normal(small.shape[:2])
    ch = r.standard_normal(small.shape)
    ch = 0.5 * ch + 0.5 * (ch + np.roll(ch, 1, 0) + np.roll(ch, 1, 1)) / 1.73
    small = small + iso * np.sqrt(0.25 + np.clip(small, 0, 1)) * (1.0 * lum[..., None] + 0.6 * ch)
    return Image.fromarray((np.clip(small, 0, 1) * 255 + 0.5).astype(np.uint8))
