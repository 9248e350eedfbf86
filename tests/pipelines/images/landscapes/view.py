"""Where the camera stands and how the light falls."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.pipelines.images.landscapes.noise import Noise, col


class View:
    SS = 1.3

    def __init__(self, place: Any, kind: Any, count: Any, seed: Any, style: Any, extra_kinds: Any) -> None:
        self.rng = np.random.default_rng(seed)  # geometry, noise, layout
        self.sty = np.random.default_rng(style)  # palette, weather
        self.place, self.kind, self.count, self.extra = place, kind, count, extra_kinds
        w, h = [(640, 480), (640, 480), (720, 480), (600, 480)][self.rng.integers(4)]
        self.ow, self.oh = w, h
        self.w, self.h = int(w * self.SS), int(h * self.SS)
        self.y0 = self.h * (
            self.rng.uniform(0.2, 0.34)
            if place not in ("table", "carpet", "tiles", "forest")
            else self.rng.uniform(0.08, 0.24)
        )
        self.f = self.h * 1.15
        self.hc = 1.0
        self.N = [Noise(self.rng) for _ in range(4)]
        py, px = np.mgrid[0 : self.h, 0 : self.w].astype(np.float32)
        self.px, self.py = px, py
        roll = self.rng.uniform(-0.02, 0.02)
        hz = self.y0 + roll * (px - self.w / 2)
        self.below = py - hz
        d = np.maximum(self.below, 0.8)
        self.z = self.f * self.hc / d
        self.x = (px - self.w / 2) * self.z / self.f
        self.foot = np.maximum(self.z / self.f, 0.35 * self.z**2 / (self.f * self.hc))
        indoor = place in ("table", "carpet", "tiles")
        side = self.rng.choice([-1, 1])
        self.L = np.array([side * self.rng.uniform(0.35, 0.9), self.rng.uniform(0.42, 0.9), self.rng.uniform(0.0, 0.5)])
        self.L /= np.linalg.norm(self.L)
        self.indoor = indoor
        warm = self.sty.uniform(-1, 1)
        self.sun = col(1.0 + 0.08 * warm, 0.97, 0.92 - 0.1 * warm) * (0.95 if not indoor else 0.8)
        self.amb = col(0.40 - 0.05 * warm, 0.43, 0.50 + 0.05 * warm) * (0.9 if not indoor else 0.8)
        self.hard = self.sty.uniform(0.45, 0.95) if not indoor else self.sty.uniform(0.35, 0.6)
