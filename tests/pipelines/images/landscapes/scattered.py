"""Where things stand, their shadows, and small things that lie about."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tests.pipelines.images.landscapes.noise import blur, col, mix


def place_all(view: Any) -> Any:
    r = view.rng
    want = [view.kind] * view.count + list(view.extra)
    for attempt in range(400):
        got: Any = []
        boxes: Any = []
        shrink = max(0.5, 1 - attempt / 150)
        for k in want:
            for _ in range(60):
                by = view.h * r.uniform(0.36, 0.855)
                bx = view.w * r.uniform(0.17, 0.83)
                hz = view.y0
                if by - hz < 0.2 * view.h:
                    continue
                if view.place in ("beach", "lake") and by - hz < 0.24 * view.h + 30:
                    continue
                size = (
                    r.uniform(0.27, 0.42)
                    * shrink
                    * {"ball": 1, "stone": 1.0, "box": 1.05, "jar": 1.25, "cone": 1.45, "apple": 0.85}[k]
                )
                ppm = (by - hz) / view.hc
                hh, ww = (
                    size * ppm * (1.0 if k not in ("jar", "cone") else 1.1),
                    size * ppm * {"jar": 0.6, "cone": 0.7, "box": 1.25, "stone": 1.2}.get(k, 1.0),
                )
                if hh < 56 or hh > 0.40 * view.h:
                    continue
                b = (bx - ww / 2, by - hh, bx + ww / 2, by + 0.12 * hh)
                if b[0] < 0.14 * view.w or b[2] > 0.86 * view.w or b[1] < 0.14 * view.h or b[3] > 0.86 * view.h:
                    continue
                ok = True
                for c in boxes:
                    iw, ih = min(b[2], c[2]) - max(b[0], c[0]), min(b[3], c[3]) - max(b[1], c[1])
                    if iw > -4 and ih > -2:
                        ok = False
                        break
                if ok:
                    boxes.append(b)
                    got.append((by, bx, k, size, ppm))
                    break
            else:
                break
        if len(got) == len(want):
            break
    else:
        raise RuntimeError("no room")
    return sorted(got)


def shadow(view: Any, objs: Any) -> Any:
    big = Image.new("L", (view.w, view.h))
    d = ImageDraw.Draw(big)
    con = Image.new("L", (view.w, view.h))
    e = ImageDraw.Draw(con)
    sx, sz = -view.L[0] / view.L[1], view.L[2] / view.L[1]
    for by, bx, k, size, ppm in objs:
        z = view.f * view.hc / (by - view.y0)
        x = (bx - view.w / 2) * z / view.f
        hgt, rad = size, size * {"jar": 0.28, "cone": 0.3, "box": 0.5, "stone": 0.52}.get(k, 0.48)
        n = 40
        for i in range(n + 1):
            t = i / n
            if k in ("ball", "apple", "stone"):
                rr = rad * math.sqrt(max(0, 1 - (2 * t - 1) ** 2)) if t > 0.5 or k == "ball" else rad
            elif k == "cone":
                rr = rad * (1 - 0.85 * t)
            else:
                rr = rad
            X, Z = x + sx * t * hgt, z + sz * t * hgt
            Y = view.y0 + view.f * view.hc / Z
            P = view.f / Z
            cx = view.w / 2 + X * P
            ry = rr * view.f * view.hc / Z**2 * 0.95
            d.ellipse((cx - rr * P, Y - ry, cx + rr * P, Y + ry), fill=255)
        rr = rad * 1.04 * ppm
        ry = rad * view.f * view.hc / z**2
        if k == "ball":
            rr *= 0.55
            ry *= 0.6
        e.ellipse((bx - rr, by - ry - 0.1 * ry, bx + rr, by + ry * 1.05), fill=255)
    soft = 3 + (1 - view.hard) * 14
    a = np.asarray(big, np.float64) / 255
    a = 0.55 * blur(a, soft) + 0.45 * blur(a, soft * 2.2)
    b = blur(np.asarray(con, np.float64) / 255, 7)
    return np.clip(a * (0.5 + 0.45 * view.hard), 0, 1), np.clip(b * 0.8, 0, 1)


def litter(view: Any, g: Any) -> Any:
    """Irregular small things that lie about: twigs, leaves, crumbs and scraps, with their shadows."""
    r, p = view.rng, view.place
    n = int(r.integers(14, 40)) if not view.indoor else int(r.integers(4, 16))
    pal = {
        "table": [(0.75, 0.65, 0.45), (0.3, 0.2, 0.12), (0.85, 0.82, 0.75)],
        "tiles": [(0.5, 0.45, 0.35), (0.25, 0.2, 0.16), (0.8, 0.8, 0.76)],
        "carpet": [(0.8, 0.78, 0.7), (0.15, 0.13, 0.12), (0.6, 0.5, 0.3)],
        "street": [(0.42, 0.30, 0.14), (0.55, 0.45, 0.18), (0.7, 0.7, 0.68)],
        "snow": [(0.25, 0.18, 0.12), (0.35, 0.28, 0.2), (0.30, 0.20, 0.1)],
    }.get(p, [(0.28, 0.20, 0.12), (0.42, 0.32, 0.2), (0.45, 0.40, 0.16)])
    lay = [Image.new("L", (view.w * 2, view.h * 2)) for _ in range(len(pal) + 1)]
    dr = [ImageDraw.Draw(x) for x in lay]
    for _ in range(n):
        y = view.y0 + (view.h - view.y0) * r.uniform(0.12, 1.0) ** 0.8
        x = r.uniform(0, view.w)
        if p in ("beach", "lake") and y - view.y0 < 0.26 * view.h:
            continue
        sc = (y - view.y0) / view.hc
        sq = (y - view.y0) / view.f * 1.0 + 0.12
        c = int(r.integers(len(pal)))
        th = r.uniform(0, 6.28)
        if r.random() < 0.5:  # a twig
            L = r.uniform(0.06, 0.28) * sc
            wd = max(1.2, r.uniform(0.006, 0.014) * sc)
            k = 9
            b = r.uniform(-0.5, 0.5)
            pts = [
                (
                    x + L * (t - 0.5) * math.cos(th + b * t) + r.normal(0, 0.012 * sc),
                    y + sq * (L * (t - 0.5) * math.sin(th + b * t)) + r.normal(0, 0.006 * sc),
                )
                for t in np.linspace(0, 1, k)
            ]
            for d, o in ((dr[c], 0), (dr[-1], 1)):
                q = [((a + o * 0.03 * sc * -view.L[0]) * 2, (e + o * 0.02 * sc) * 2) for a, e in pts]
                d.line(q, fill=int(r.integers(170, 255)), width=int(2 * wd) + 1, joint="curve")
                if 0.12 * sc < L:
                    d.line(
                        [
                            q[k // 2],
                            (
                                q[k // 2][0] + L * 0.6 * math.cos(th + 1),
                                q[k // 2][1] + L * 0.6 * sq * math.sin(th + 1),
                            ),
                        ],
                        fill=210,
                        width=int(1.4 * wd) + 1,
                    )
        else:  # a leaf or scrap
            R = r.uniform(0.012, 0.05) * sc
            k = int(r.integers(7, 14))
            ex = r.uniform(0.4, 1)
            rad = [R * (1 + 0.35 * r.standard_normal()) for _ in range(k)]
            pts = []
            for i in range(k):
                a, e = rad[i] * math.cos(6.28 * i / k), ex * rad[i] * math.sin(6.28 * i / k)
                pts.append(
                    (x + a * math.cos(th) - e * math.sin(th), y + sq * 1.2 * (a * math.sin(th) + e * math.cos(th)))
                )
            dr[c].polygon([(a * 2, e * 2) for a, e in pts], fill=int(r.integers(170, 255)))
            dr[-1].polygon([((a - 0.015 * sc * view.L[0]) * 2, (e + 0.012 * sc) * 2) for a, e in pts], fill=255)

    def dn(x: Any) -> Any:
        return np.asarray(x.resize((view.w, view.h), Image.Resampling.BOX), np.float32) / 255

    g = g * (1 - 0.5 * blur(dn(lay[-1]), 2.0))[..., None]
    lit = view.sun * 0.55 + view.amb * 0.8
    for colour, x in zip(pal, lay, strict=False):
        m = dn(x)
        g = mix(g, col(*colour) * lit * (1 + 0.25 * view.N[1].fbm(view.px / 5, view.py / 4, 3))[..., None], m * 0.95)
    return g
