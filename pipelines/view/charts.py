"""Small plots as SVG: no script draws them, and a reader of the page hears their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup

BINS = 24
WIDTH, HEIGHT = 240, 60
MOST_BARS = 12


def histogram(name: str, values: Sequence[float]) -> Markup:
    """How values are spread, with the least, the middle and the greatest.

    Args:
        name: what they are of.
        values: finite, at least one.
    """
    counts, edges = np.histogram(values, bins=BINS)
    least, middle, greatest = (_figure(float(each)) for each in np.quantile(values, (0, 0.5, 1)))
    tallest, step = max(int(counts.max()), 1), WIDTH / BINS
    bars = Markup("").join(
        Markup('<rect x="{}" y="{}" width="{}" height="{}"><title>{} to {}: {}</title></rect>').format(
            round(number * step, 2), round(HEIGHT * (1 - count / tallest), 2), round(step - 1, 2),
            round(HEIGHT * count / tallest, 2), _figure(edges[number]), _figure(edges[number + 1]), int(count),
        )
        for number, count in enumerate(counts)
    )  # fmt: skip
    said = f"{name}: {len(values):,} values from {least} to {greatest}, median {middle}"
    drawn = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" preserveAspectRatio="none">{}</svg>')
    return Markup(
        '<figure class="plot"><figcaption>{}</figcaption>{}<p>{} <span>median {}</span> {}</p></figure>'
    ).format(name, drawn.format(WIDTH, HEIGHT, said, bars), least, middle, greatest)


def bars(name: str, counts: Mapping[str, int]) -> Markup:
    """How often each of some names occurs, the most frequent ones first; what is beyond `MOST_BARS` as one."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ordered[:MOST_BARS]
    if rest := ordered[MOST_BARS:]:
        shown.append((f"{len(rest):,} others", sum(count for _, count in rest)))
    tallest = max((count for _, count in shown), default=1)
    lines = Markup("").join(
        Markup(
            '<tr><th scope="row">{}</th><td><meter min="0" max="{}" value="{}">{}</meter></td><td>{}</td></tr>'
        ).format(label or "none", tallest, count, count, f"{count:,}")
        for label, count in shown
    )
    return Markup('<figure class="plot"><figcaption>{}</figcaption><table class="bars">{}</table></figure>').format(
        name, lines
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
