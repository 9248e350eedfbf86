"""The things that are counted: balls, stones, boxes, jars, traffic cones and apples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from tests.pipelines.images.landscapes.noise import Noise, blur, col, mix, sm


def shade(view: Any, nx: Any, ny: Any, nz: Any, alb: Any, spec: Any = 0.15, gl: Any = 18) -> Any:
    n = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    nx, ny, nz = nx / n, ny / n, nz / n
    L = view.L
    dif = nx * L[0] + ny * L[1] + nz * max(L[2], 0.25)
    dif = np.clip(dif if view.hard > 0.7 else (dif + 0.25) / 1.25, 0, 1.2)
    skyv = 0.55 + 0.45 * ny
    bounce = np.clip(-ny, 0, 1)[..., None] * view.gmean * 0.5
    H = L + np.array([0, 0.15, 1.0])
    H /= np.linalg.norm(H)
    sp = np.clip(nx * H[0] + ny * H[1] + nz * H[2], 0, 1) ** gl * spec
    fres = (1 - np.clip(nz, 0, 1)) ** 3 * 0.12
    return (
        alb * (dif[..., None] * view.sun * (0.5 + 0.5 * view.hard) + skyv[..., None] * view.amb + bounce)
        + sp[..., None] * view.sun
        + fres[..., None] * view.amb
    )


def patch(view: Any, bx: Any, by: Any, wpx: Any, hup: Any, hdown: Any) -> Any:
    x0, x1 = int(max(0, bx - wpx)), int(min(view.w, bx + wpx + 1))
    y0, y1 = int(max(0, by - hup)), int(min(view.h, by + hdown + 1))
    return (slice(y0, y1), slice(x0, x1))


def draw(view: Any, im: Any, by: Any, bx: Any, k: Any, size: Any, ppm: Any) -> Any:
    r, s = view.rng, view.rng
    S = size * ppm
    vivid = [
        col(0.80, 0.12, 0.10),
        col(0.10, 0.30, 0.68),
        col(0.90, 0.72, 0.10),
        col(0.12, 0.50, 0.24),
        col(0.88, 0.42, 0.10),
        col(0.85, 0.85, 0.82),
        col(0.50, 0.20, 0.50),
        col(0.15, 0.55, 0.58),
        col(0.75, 0.30, 0.40),
        col(0.25, 0.22, 0.22),
    ]
    c1, c2 = vivid[s.integers(10)] + s.uniform(-0.05, 0.05, 3), vivid[s.integers(10)] + s.uniform(-0.05, 0.05, 3)
    N = Noise(r)
    if k == "box":
        return box(view, im, by, bx, size, N)
    sl = patch(view, bx, by, S * 0.75, S * 1.15, S * 0.3)
    X, Y = (view.px[sl] - bx) / S, (by - view.py[sl]) / S
    aa = S
    if k == "ball":
        R = 0.5
        q = np.hypot(X, Y - R + 0.03) / R
        a = np.clip((1 - q) * R * aa + 0.5, 0, 1)
        nx, ny = X / R, (Y - R + 0.03) / R
        nz = np.sqrt(np.clip(1 - nx**2 - ny**2, 0.0001, 1))
        A = np.linalg.qr(r.standard_normal((3, 3)))[0]
        ox, oy, oz = (A[i, 0] * nx + A[i, 1] * ny + A[i, 2] * nz for i in range(3))
        m = s.integers(4)
        if m == 0:
            t = sm(-0.02, 0.02, np.sin(np.arctan2(oy, ox) * 3))
            t = np.where(np.abs(oz) > 0.95, 0, t)
        elif m == 1:
            t = (
                sm(0.012, 0.03, np.abs(oz))
                * sm(0.012, 0.03, np.abs(ox))
                * sm(0.012, 0.03, np.abs(np.hypot(oy, oz * 0.7) - 0.6))
            )
            c2, c1 = c1, c1 * 0.25
        elif m == 2:
            t = sm(0.3, 0.33, np.abs(oz))
        else:
            t = 0.5 + 0.12 * N.fbm(ox * 3, oy * 3 + oz, 4)
            c2 = c1 * 0.85
        alb = mix(c1, c2, t) * (1 + 0.06 * N.fbm(ox * 8 + oz * 3, oy * 8, 4))[..., None]
        alb = mix(alb, view.gmean, 0.35 * sm(0.2, 1.6, N.fbm(ox * 2 + 7, oy * 2 + oz, 5)))
        out = shade(view, nx, ny, nz, alb, s.uniform(0.1, 0.6), s.uniform(12, 60))
    elif k == "stone":
        th = np.arctan2(Y - 0.36, X)
        ph = r.uniform(0, 6.28, 6)
        rad = 0.5 * (1 + sum(0.10 / (i + 1) ** 0.6 * np.sin((i + 1) * th + ph[i]) for i in range(1, 6)))
        rad = np.where(Y < 0.36, rad * 0.92, rad * 0.93)
        q = np.hypot(X, (Y - 0.36) * r.uniform(1.12, 1.3)) / rad
        q = q + 0.03 * N.fbm(X * 7, Y * 7, 4)
        a = np.clip((1 - q) * 0.45 * aa + 0.5, 0, 1) * np.clip(
            (Y + 0.055 + 0.02 * N.fbm(X * 12, X * 0, 3, rotate=False)) * aa * 0.6, 0, 1
        )
        hgt = (
            np.sqrt(np.clip(1 - np.maximum(q, 0) ** 2.4, 0, 1)) * 0.46
            + 0.03 * N.fbm(X * 4, Y * 4, 6, 0.45)
            - 0.045 * np.abs(N.fbm(X * 2.2 + 5, Y * 2.2, 4, 0.4))
        )
        gy, gx = np.gradient(hgt, 1 / S)
        nx, ny, nz = -gx, gy, np.full_like(gx, 0.75)
        c = [
            col(0.52, 0.50, 0.48),
            col(0.46, 0.40, 0.34),
            col(0.62, 0.58, 0.52),
            col(0.36, 0.37, 0.40),
            col(0.58, 0.44, 0.36),
        ][s.integers(5)] + s.uniform(-0.03, 0.03, 3)
        alb = c * (1 + 0.16 * N.fbm(X * 5, Y * 5, 7, 0.7) + 0.10 * N.fbm(X * 40, Y * 40, 2))[..., None]
        lich = sm(0.9, 1.6, N.fbm(X * 4 + 9, Y * 4, 5, 0.6))
        alb = mix(alb, col(0.62, 0.62, 0.42), lich * 0.5)
        out = shade(view, nx, ny, nz, alb, 0.04, 8) * (0.55 + 0.45 * sm(-0.05, 0.3, Y))[..., None]
    else:
        e = 0.22
        if k == "jar":
            ht = 0.9
            m = s.integers(4)
            prof = [
                ([0, 0.1, 0.35, 0.6, 0.78, 0.9], [0.20, 0.26, 0.31, 0.27, 0.15, 0.18]),
                ([0, 0.05, 0.5, 0.62, 0.72, 0.9], [0.24, 0.27, 0.27, 0.25, 0.11, 0.11]),
                ([0, 0.2, 0.5, 0.7, 0.82, 0.9], [0.15, 0.21, 0.30, 0.30, 0.23, 0.25]),
                ([0, 0.08, 0.72, 0.78, 0.82, 0.9], [0.26, 0.28, 0.28, 0.24, 0.25, 0.25]),
            ][m]
            alb0 = c1
        elif k == "cone":
            ht = 0.98
            prof = ([0, 0.05, 0.055, 0.9, 0.98], [0.36, 0.36, 0.27, 0.07, 0.05])
            alb0 = col(0.92, 0.30, 0.08) if s.random() < 0.8 else col(0.85, 0.72, 0.10)
        else:
            ht = 0.88
            tt = np.linspace(0, 1, 40)
            prof = (tt * 0.8, 0.02 + 0.44 * np.sin(np.pi * (0.10 + 0.82 * tt**1.12)) ** 0.55)
            ht = 0.8
            alb0 = [col(0.70, 0.10, 0.10), col(0.48, 0.62, 0.14), col(0.82, 0.62, 0.16)][s.integers(3)]
        yy = np.linspace(0, ht, 200)
        rr = np.interp(yy, *prof)
        if k != "cone":
            kk = np.exp(-0.5 * (np.arange(-14, 15) / 5.0) ** 2)
            kk /= kk.sum()
            rr = np.convolve(np.pad(rr, 14, "edge"), kk, "valid")

        def rad(y: Any) -> Any:
            return np.interp(np.clip(y, 0, ht), yy, rr)

        def drad(y: Any) -> Any:
            return np.interp(np.clip(y, 0, ht), yy, np.gradient(rr, yy))

        y = Y.copy()
        for _ in range(4):
            y = Y + e * np.sqrt(np.clip(rad(y) ** 2 - X**2, 0, 1))
        R = rad(y)
        a = np.clip((R - np.abs(X)) * aa + 0.5, 0, 1) * np.clip(y * aa + 0.5, 0, 1) * np.clip((ht - y) * aa + 0.5, 0, 1)
        nx = np.clip(X / np.maximum(R, 1e-3), -1, 1)
        nz = np.sqrt(np.clip(1 - nx**2, 0.001, 1))
        ny = -drad(y) * 0.8 + 0.1
        ang = np.arcsin(nx)
        alb = alb0 * (1 + 0.07 * N.fbm(ang * 3, y * 6, 6, 0.65))[..., None]
        spec, gl = 0.3, 30
        if k == "jar":
            if s.random() < 0.6:
                b0, b1 = sorted(s.uniform(0.12, 0.7, 2))
                band = sm(b0, b0 + 0.01, y) * sm(b1, b1 - 0.01, y)
                alb = mix(alb, c2 * (1 + 0.1 * N.fbm(ang * 6, y * 14, 4))[..., None], band * 0.9)
            spec, gl = s.uniform(0.15, 0.7), s.uniform(15, 70)
        elif k == "cone":
            for b0, b1 in ((0.34, 0.48), (0.62, 0.74)):
                alb = mix(alb, col(0.92, 0.91, 0.88) * np.ones_like(alb), sm(b0, b0 + 0.01, y) * sm(b1, b1 - 0.01, y))
            alb = mix(alb, col(0.14, 0.13, 0.13) * np.ones_like(alb), sm(0.056, 0.05, y))
            alb = mix(alb, view.gmean * 0.7, 0.3 * sm(0.4, 1.8, N.fbm(ang * 4, y * 9, 5)))
            spec = 0.12
        else:
            streak = N.fbm(ang * 14, y * 2.2, 4, 0.6, rotate=False)
            alb = mix(
                alb,
                alb0 * 0.5 + col(0.38, 0.30, 0.06),
                sm(0.1, 1.6, streak + 0.9 * (y - 0.4) + 0.6 * N.fbm(ang, y, 2)),
            )
            alb *= (1 + 0.25 * (N.fbm(ang * 30, y * 30, 1) > 1.7))[..., None]
            spec = 0.35
        out = shade(view, nx, ny, nz, alb, spec, gl)
        top_r = rad(ht)
        cap = np.hypot(X, (Y - ht) / e)  # opening, tip or dimple
        ca = np.clip((top_r - cap) * aa * 0.6 + 0.5, 0, 1)
        cc = (
            alb0 * (0.16 + 0.25 * sm(-0.1, 0.1, -(Y - ht) / e / max(top_r, 0.01) * 0.5)[..., None])
            if k == "jar"
            else alb0 * 0.75 * np.ones_like(alb)
        )
        if k == "jar":
            lip = np.clip((top_r * 0.86 - cap) * aa * 0.6 + 0.5, 0, 1)
            cc = mix(shade(view, nx * 0.2, nx * 0 + 0.9, nz * 0.4, alb, 0.1), cc, lip)
        if k == "apple":
            cc = mix(
                shade(view, nx * 0.3, nx * 0 + 0.85, nz * 0.4, alb, 0.2),
                alb0 * 0.35 + col(0.06, 0.05, 0.01) + np.zeros_like(alb),
                sm(0.16, 0.03, cap),
            )
            st = (
                np.clip((0.022 - np.abs(X - 0.12 * (Y - ht) ** 1)) * aa + 0.5, 0, 1)
                * np.clip((Y - ht + 0.02) * aa + 0.5, 0, 1)
                * np.clip((ht + 0.16 - Y) * aa + 0.5, 0, 1)
            )
        out = mix(out, cc, ca)
        a = np.maximum(a, ca)
        if k == "apple":
            out = mix(out, col(0.26, 0.18, 0.09) * np.ones_like(out), st)
            a = np.maximum(a, st)
    im[sl] = mix(im[sl], out, a)
    return None


def box(view: Any, im: Any, by: Any, bx: Any, size: Any, N: Any) -> Any:
    r = view.rng
    z = view.f * view.hc / (by - view.y0)
    x = (bx - view.w / 2) * z / view.f
    hw, hd, hh = size * r.uniform(0.38, 0.5), size * r.uniform(0.32, 0.46), size * r.uniform(0.6, 0.85)
    yaw = r.uniform(0.25, 1.3)
    c, s = math.cos(yaw), math.sin(yaw)
    P = {}
    for i, (a, b) in enumerate([(-1, -1), (1, -1), (1, 1), (-1, 1)]):
        X, Z = x + a * hw * c - b * hd * s, z + a * hw * s + b * hd * c
        for t in (0, 1):
            P[i, t] = (view.w / 2 + X * view.f / Z, view.y0 + (view.hc - t * hh) * view.f / Z, Z, X)
    base = [
        col(0.66, 0.48, 0.30),
        col(0.70, 0.55, 0.38),
        col(0.58, 0.42, 0.28),
        col(0.25, 0.36, 0.50),
        col(0.62, 0.18, 0.16),
        col(0.80, 0.78, 0.74),
    ][r.integers(6)] + r.uniform(-0.03, 0.03, 3)
    tape = r.random() < 0.6
    ys = [P[k][1] for k in P]
    xs = [P[k][0] for k in P]
    x0, x1, y0, y1 = int(min(xs)) - 4, int(max(xs)) + 5, int(min(ys)) - 4, int(max(ys)) + 5
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, view.w), min(y1, view.h)
    sl = (slice(y0, y1), slice(x0, x1))
    px, py = view.px[sl], view.py[sl]

    def mask(pts: Any) -> Any:
        m = Image.new("L", ((x1 - x0) * 3, (y1 - y0) * 3))
        ImageDraw.Draw(m).polygon([((p[0] - x0) * 3, (p[1] - y0) * 3) for p in pts], fill=255)
        return np.asarray(m.resize((x1 - x0, y1 - y0), Image.Resampling.BOX), np.float64) / 255

    faces = []
    for i in range(4):
        j = (i + 1) % 4
        mx, mz = (P[i, 0][3] + P[j, 0][3]) / 2 - x, (P[i, 0][2] + P[j, 0][2]) / 2 - z
        if mx * (x + mx) + mz * (z + mz) < 0:  # turned to the camera
            n = np.array([mx, 0, -mz]) / math.hypot(mx, mz)
            faces.append((n, [P[i, 0], P[j, 0], P[j, 1], P[i, 1]]))
    faces.append((np.array([0, 1.0, 0.12]), [P[i, 1] for i in range(4)]))
    S = size * view.f / z
    for n, pts in faces:
        m = mask(pts)
        alb = (
            base
            * (
                1
                + 0.06 * N.fbm(px / S * 5, py / S * 5, 6, 0.6)
                + 0.03 * N.fbm(px / S * 3, py / S * 60, 2, rotate=False)
            )[..., None]
        )
        if tape:

            def lerp(a: Any, b: Any, t: Any) -> Any:
                return tuple(a[k] + (b[k] - a[k]) * t for k in range(2))

            q = [
                lerp(pts[0], pts[1], 0.42),
                lerp(pts[0], pts[1], 0.58),
                lerp(pts[3], pts[2], 0.58),
                lerp(pts[3], pts[2], 0.42),
            ]
            if n[1] > 0.5 or r.random() < 0.3:
                alb = mix(alb, base * 0.75 + col(0.16, 0.13, 0.08), mask(q) * 0.75)
        o = np.ones_like(px)
        out = shade(view, n[0] * o, n[1] * o, (n[2] + 0.02) * o, alb, 0.03, 6)
        if n[1] < 0.5:
            lo = max(p[1] for p in pts)
            out = out * (1 - 0.3 * sm(0.28 * S, 0, lo - py))[..., None]
        edge = np.clip(m - blur(m, 1.4) - 0.1, 0, 1)
        im[sl] = mix(im[sl], out * (1 + 0.35 * edge)[..., None], m)
