"""The ground of each sort of place: albedo, and bump as a brightness factor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.pipelines.images.landscapes.noise import cells, col, mix, sm


def ground(view: Any) -> Any:
    s, r, N = view.sty, view.rng, view.N
    u, v, ft = view.x + r.uniform(0, 60), view.z + r.uniform(0, 60), view.foot
    big = N[0].fbm(u * 0.5, v * 0.5, 5, 0.55, ft * 0.5)
    med = N[1].fbm(u * 3, v * 3, 7, 0.62, ft * 3)
    fine = N[2].fbm(u * 60, v * 60, 3, 0.8, ft * 60)
    p = view.place
    if p in ("beach", "desert"):
        c = [col(0.76, 0.66, 0.50), col(0.82, 0.75, 0.62), col(0.70, 0.58, 0.45), col(0.80, 0.62, 0.42)][s.integers(4)]
        if p == "desert":
            c = [col(0.80, 0.56, 0.34), col(0.84, 0.66, 0.44), col(0.72, 0.46, 0.30)][s.integers(3)]
        warp = N[3].fbm(u * 1.1, v * 1.1, 4, 0.5)
        rip = np.sin(v * r.uniform(9, 15) + u * r.uniform(-4, 4) + 3.2 * warp) * np.clip(1.4 - 9 * ft, 0, 1)
        f = 1 + 0.10 * big + 0.09 * med + 0.07 * fine + (0.06 if p == "desert" else 0.03) * rip * (1 + 0.5 * warp)
        im = c * f[..., None]
        if p == "beach":  # wet edge and sea
            shore = r.uniform(0.1, 0.2) * view.h + 9 * N[3].fbm(view.px / 120, view.px * 0 + 3, 5, 0.55, rotate=False)
            wet = sm(shore + 70, shore, view.below)
            im = im * (1 - 0.38 * wet)[..., None]
            wav = N[1].fbm(u * 2.0, v * 0.9, 6, 0.6, ft)
            sea = mix(
                [col(0.10, 0.32, 0.40), col(0.16, 0.36, 0.50), col(0.22, 0.38, 0.42)][s.integers(3)],
                view.low,
                0.25 + 0.5 * sm(0.9, 0, view.below / shore),
            )
            sea = sea * (1 + 0.22 * wav)[..., None] + 0.15 * sm(1.0, 2.0, wav)[..., None]
            foam = np.exp(-(((view.below - shore + 6 + 7 * med) / 7.0) ** 2)) * sm(
                -0.9, 0.6, N[2].fbm(u * 9, v * 9, 5, 0.7, ft * 9)
            )
            im = mix(im, sea, sm(shore + 1, shore - 4, view.below))
            im = mix(im, col(0.95, 0.96, 0.96), foam * 0.85)
    elif p == "meadow":
        c = [col(0.34, 0.46, 0.16), col(0.42, 0.48, 0.20), col(0.26, 0.42, 0.18), col(0.50, 0.47, 0.24)][s.integers(4)]
        sc = 1 / np.clip(view.below / view.h, 0.08, 1)
        bl = N[2].fbm(view.px / 3.2 * sc**0.4, view.py / 17 * sc**0.6, 4, 0.7, rotate=False) + 0.8 * N[3].fbm(
            (view.px + 0.3 * view.py) / 4.1, view.py / 26, 3, 0.7, rotate=False
        )
        f = (
            1
            + 0.16 * big
            + 0.22 * med * np.clip(1.2 - 3 * ft, 0.2, 1)
            + 0.23 * bl * np.clip(0.35 + view.below / view.h * 1.3, 0, 1)
        )
        im = mix(c, c * col(1.45, 1.2, 0.9), 0.5 + 0.5 * big) * f[..., None]
        d1, _, cid, _ = cells(u * 5, v * 5, r)
        fl = (cid > 0.80) & (d1 < 0.10 + 0.05 * cid)
        im = np.where(
            (fl & (ft < 0.02))[..., None],
            [col(0.95, 0.93, 0.85), col(0.93, 0.80, 0.2), col(0.75, 0.5, 0.85)][s.integers(3)],
            im,
        )
    elif p == "snow":
        f = 1 + 0.10 * big + 0.05 * med + 0.02 * fine
        sl = N[0].fbm(u * 0.9 + 0.06 * view.L[0], v * 0.9, 5, 0.55, ft) - N[0].fbm(u * 0.9, v * 0.9, 5, 0.55, ft)
        im = mix(col(0.66, 0.74, 0.86), col(0.93, 0.94, 0.96), 0.62 + 0.28 * big + 2.0 * sl) * f[..., None]
    elif p in ("lake", "street"):
        if p == "lake":
            d1, d2, cid, an = cells(u * 9 + 0.2 * med, v * 9, r)
            e1, e2, eid, _ = cells(u * 23, v * 23, r)
            edge = sm(0, 0.22, d2 - d1) * np.clip(1.25 - 9 * ft, 0, 1) + (1 - np.clip(1.25 - 9 * ft, 0, 1)) * 0.65
            tone = 0.42 + 0.35 * cid + 0.1 * med + 0.12 * (0.5 - d1) * np.cos(an + 2)
            c = [col(1, 0.96, 0.90), col(0.92, 0.96, 1.0), col(1, 0.90, 0.80)][s.integers(3)]
            im = (tone * (0.45 + 0.6 * edge) * (1 + 0.08 * fine + 0.1 * (eid - 0.5)) * (1 + 0.12 * big))[..., None] * c
            shore = r.uniform(0.1, 0.19) * view.h + 8 * N[3].fbm(view.px / 150, view.px * 0, 5, 0.5, rotate=False)
            wv = N[1].fbm(u * 1.2, v * 0.6, 6, 0.6, ft)
            lake = (
                mix(
                    [col(0.14, 0.28, 0.34), col(0.18, 0.32, 0.30), col(0.20, 0.28, 0.42)][s.integers(3)],
                    view.low * 0.85,
                    sm(1, 0, view.below / shore) * 0.6 + 0.08 * wv,
                )
                * (1 + 0.14 * wv)[..., None]
            )
            im *= (1 - 0.35 * sm(shore + 40, shore, view.below))[..., None]
            im = mix(im, lake, sm(shore + 1, shore - 3, view.below))
        else:
            c = [col(0.36, 0.36, 0.37), col(0.46, 0.45, 0.43), col(0.30, 0.31, 0.34)][s.integers(3)]
            crack = np.abs(N[3].fbm(u * 1.3, v * 1.3, 6, 0.55, ft))
            f = 1 + 0.10 * big + 0.10 * med + 0.22 * fine - 0.5 * sm(0.035, 0, crack) * np.clip(1.2 - 8 * ft, 0, 1)
            im = c * f[..., None]
            st = N[0].fbm(u * 0.8 + 40, v * 0.8, 4, 0.5, ft)
            im *= (1 - 0.28 * sm(0.9, 1.6, st))[..., None]
            lx = r.uniform(-1.2, 1.2)
            ln = (
                sm(0.09, 0.07, np.abs(view.x - lx - r.uniform(-0.12, 0.12) * view.z))
                * sm(-1.4, -0.3, med)
                * (np.sin(view.z * 2.0 + r.uniform(0, 6)) > -0.4)
            )
            im = mix(im, [col(0.85, 0.84, 0.80), col(0.85, 0.70, 0.25)][s.integers(2)], ln * 0.8)
    elif p == "forest":
        d1, d2, cid, an = cells(u * 6 + 0.5 * med, v * 6 + 0.4 * N[3].fbm(u * 3, v * 3, 3), r)
        e1, e2, eid, _bn = cells(u * 11 + 0.3 * med + 9, v * 11, r)
        pal = np.array(
            [
                [0.52, 0.30, 0.12],
                [0.62, 0.42, 0.16],
                [0.40, 0.22, 0.10],
                [0.55, 0.20, 0.10],
                [0.36, 0.30, 0.16],
                [0.68, 0.52, 0.24],
            ]
        ) * s.uniform(0.8, 1.15)
        near = np.clip(1.3 - 6 * ft, 0, 1)
        a, b = pal[(cid * 5.99).astype(int)], pal[(eid * 5.99).astype(int)]
        vein = np.abs(np.sin(an + 6 * cid)) ** 0.3
        leaf = a * ((0.6 + 0.5 * sm(0, 0.2, d2 - d1)) * (0.8 + 0.25 * vein))[..., None]
        under = b * (0.35 + 0.45 * sm(0, 0.25, e2 - e1))[..., None]
        im = np.where((cid > 0.35)[..., None], leaf, under)
        im = (
            mix(pal.mean(0) * 0.85 * np.ones_like(im), im, near)
            * (1 + 0.14 * big + 0.14 * med + 0.06 * fine)[..., None]
        )
        moss = sm(0.6, 1.5, N[3].fbm(u * 0.9, v * 0.9, 5, 0.55, ft))
        im = mix(im, col(0.24, 0.34, 0.12) * (1 + 0.3 * med)[..., None], moss * 0.7)
    elif p == "table":
        pw = r.uniform(0.22, 0.5)
        th = r.uniform(-0.35, 0.35)
        uu, vv = u * math.cos(th) - v * math.sin(th), u * math.sin(th) + v * math.cos(th)
        k = np.floor(uu / pw)
        tone = np.sin(k * 12.99) * 43758.5
        tone = tone - np.floor(tone)
        g = N[1].fbm(uu * 26 + 2 * N[3].fbm(uu * 1.5, vv * 0.7, 3), vv * 1.1 + k * 7.7, 5, 0.65, ft * 20, rotate=False)
        ring = np.sin(26 * N[2].fbm(uu * 1.6, vv * 0.25 + k * 3.1, 3, 0.5, rotate=False)) * np.clip(1.2 - 15 * ft, 0, 1)
        c = [col(0.58, 0.38, 0.22), col(0.72, 0.54, 0.36), col(0.40, 0.26, 0.17), col(0.66, 0.58, 0.48)][s.integers(4)]
        gap = np.abs((uu / pw) - np.round(uu / pw)) * pw
        f = (
            (0.84 + 0.3 * tone)
            * (1 + 0.14 * g + 0.07 * ring + 0.05 * big)
            * (1 - 0.6 * sm(0.006, 0.002, gap) * np.clip(1.2 - 25 * ft, 0.1, 1))
        )
        im = c * f[..., None]
    elif p == "tiles":
        tw = r.uniform(0.35, 0.6)
        th = r.choice([0, 0.785]) + r.uniform(-0.12, 0.12)
        uu, vv = (u * math.cos(th) - v * math.sin(th)) / tw, (u * math.sin(th) + v * math.cos(th)) / tw
        iu, iv = np.floor(uu), np.floor(vv)
        hsh = np.sin(iu * 127.1 + iv * 311.7) * 43758.5
        hsh -= np.floor(hsh)
        gap = np.minimum(np.abs(uu - np.round(uu)), np.abs(vv - np.round(vv))) * tw
        marb = np.abs(N[3].fbm(u * 2 + hsh * 9, v * 2 + hsh * 5, 7, 0.6, ft * 2))
        c = [col(0.76, 0.72, 0.66), col(0.60, 0.42, 0.34), col(0.55, 0.60, 0.62), col(0.82, 0.82, 0.80)][s.integers(4)]
        c2 = c * (s.uniform(0.45, 0.95))
        chk = (np.mod(iu + iv, 2) == 0) if s.random() < 0.45 else np.zeros(u.shape, bool)
        im = (
            np.where(chk[..., None], c2, c)
            * ((0.92 + 0.14 * hsh) * (1 - 0.22 * sm(0.25, 0, marb)) * (1 + 0.05 * med + 0.03 * fine))[..., None]
        )
        im = mix(im, c * 0.45, sm(0.014, 0.007, gap) * np.clip(1.3 - 16 * ft, 0.15, 1))
        view.gloss = 0.18
    else:  # carpet
        c = [
            col(0.52, 0.18, 0.18),
            col(0.22, 0.28, 0.42),
            col(0.55, 0.50, 0.42),
            col(0.26, 0.38, 0.30),
            col(0.48, 0.36, 0.50),
        ][s.integers(5)] + s.uniform(-0.04, 0.04, 3)
        weave = (np.sin(u * 120) * np.sin(v * 120)) * np.clip(1.2 - 130 * ft, 0, 1)
        tuft = N[2].fbm(view.px / 2.3, view.py / 2.0, 3, 0.7)
        f = (
            1
            + 0.06 * big
            + 0.09 * med
            + 0.10 * fine
            + 0.12 * tuft * np.clip(view.below / view.h + 0.3, 0, 1)
            + 0.06 * weave
        )
        im = c * f[..., None]
        m = s.integers(3)
        if m:
            q = np.sin(u * r.uniform(4, 8)) if m == 1 else np.maximum(np.sin(u * 6), np.sin(v * 6))
            im = mix(im, c * 0.55 + 0.25, sm(0.55, 0.7, q + 0.12 * med) * 0.6)
    return im
