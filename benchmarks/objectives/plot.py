"""The table and the picture of the objectives: selection accuracy on held-out pairs, each seed and their mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from contextpairs.pipelines.probe.statistics import Estimate, share

HEADER = (
    "| objective | accuracy | 95 % interval | by seed | right in both orders | chose A | P(A) + P(B) | tasks' reward |",
    "|---|---|---|---|---|---|---|---|",
)


class Probed(NamedTuple):
    """What the probe found of one model, and what it earned on held-out tasks."""

    rows: pa.Table
    summary: dict[str, Any]
    reward: float

    @property
    def accuracy(self) -> float:
        """Share of questions answered right."""
        return float(self.summary["overall"]["accuracy"]["value"])


def pooled(models: Sequence[Probed]) -> Estimate:
    """Accuracy over seeds; the interval is over groups of pairs, all seeds of a question together."""
    ordered = [model.rows.sort_by([("pair_id", "ascending"), ("letter", "ascending")]) for model in models]
    right = np.mean([rows["right"].to_numpy() for rows in ordered], axis=0)
    return share(np.asarray(right, np.float64), ordered[0]["group_id"].to_numpy(zero_copy_only=False))


def table(found: Mapping[str, Sequence[Probed]]) -> list[str]:
    """Lines of a Markdown table, one an objective."""
    return [*HEADER, *(_line(objective, models) for objective, models in found.items())]


def _line(objective: str, models: Sequence[Probed]) -> str:
    over = pooled(models)
    seeds = ", ".join(f"{model.accuracy:.3f}" for model in models)
    both = np.mean([model.summary["overall"]["consistent"]["value"] for model in models])
    chose = np.mean([model.summary["chose_a"]["value"] for model in models])
    mass = np.mean([model.summary["letter_mass"] for model in models])
    interval = f"{over.low:.3f} to {over.high:.3f}"
    reward = ", ".join(f"{model.reward:.2f}" for model in models)
    return (
        f"| {objective} | {over.value:.3f} | {interval} | {seeds} | {both:.3f} | {chose:.2f} | {mass:.2f} | {reward} |"
    )


def draw(found: Mapping[str, Sequence[Probed]], path: Path) -> None:
    """A picture: the mean with its interval, and a dot a seed."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    for at, models in enumerate(found.values()):
        over = pooled(models)
        axes.bar(at, over.value, width=0.6, color="#9db8d2", zorder=1)
        axes.plot([at, at], [over.low, over.high], color="#1f3b57", linewidth=2, zorder=2)
        spread = np.linspace(-0.15, 0.15, len(models)) if len(models) > 1 else [0.0]
        axes.scatter([at + each for each in spread], [m.accuracy for m in models], s=18, color="#c0392b", zorder=3)
    axes.axhline(0.5, color="#555555", linewidth=1, linestyle="--", zorder=0)
    axes.text(-0.78, 0.505, "chance", va="bottom", fontsize=8, color="#555555")
    axes.set_xlim(-0.8, len(found) - 0.5)
    axes.set_xticks(range(len(found)), list(found))
    axes.set_ylim(0.4, 1.0)
    axes.set_ylabel("selection accuracy")
    axes.set_title("Held-out pairs, both orders; dots are seeds, lines 95 % intervals", fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    pyplot.close(figure)
