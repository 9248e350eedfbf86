"""The course of a run as files in its folder: a table of all that was logged, and a picture of the main curves."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from contextpairs.data.store.atomic import write_atomic

TABLE, PICTURE = "train.csv", "curves.png"
MISSING = f"no {PICTURE}: matplotlib is not installed; pip install -e '.[curves]' draws the curves of {TABLE}"
PANELS: Mapping[str, Mapping[str, str]] = {
    "reward": {"reward": "mean"},
    "accuracy": {"context_selection/accuracy": "pairs of the step", "probe/accuracy": "probe"},
    "margin": {"context_selection/margin": "pairs of the step", "probe/margin": "probe"},
    "loss": {"loss": "whole", "context_selection/loss": "pairs"},
    "norm of the gradient": {"grad_norm": "both terms"},
    "norm of the gradient at the last weight": {"grad_norm/policy": "GRPO", "grad_norm/selection": "pairs"},
}
"""Panels of the picture: columns of the table, and what they are called there."""
Row = dict[str, Any]


class CurvesCallback(TrainerCallback):
    """Writes table and picture anew with every checkpoint, so that they hold what a resumed run goes on from."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Args: say: told once where nothing can be drawn."""
        self._say: Callable[[str], None] | None = say

    def on_save(self, args: Any, state: Any, control: Any, **named: Any) -> None:
        """A checkpoint was written."""
        del control, named
        if not state.is_world_process_zero:
            return
        rows = steps(state.log_history)
        write_atomic(Path(args.output_dir, TABLE), table(rows))
        if find_spec("matplotlib"):
            write_atomic(Path(args.output_dir, PICTURE), picture(rows))
        elif self._say:
            self._say(MISSING)
            self._say = None


def steps(history: Iterable[Mapping[str, Any]]) -> list[Row]:
    """What was logged of each step, its probe beside its losses.

    Args:
        history: of the trainer, a mapping for each time that something was logged.
    """
    found: dict[int, Row] = {}
    for logged in history:
        if "train_runtime" not in logged:  # the trainer's last words are of no step
            found.setdefault(logged["step"], {}).update(logged)
    return [found[step] for step in sorted(found)]


def table(rows: Sequence[Row]) -> bytes:
    """Steps as CSV, `step` first; what was not logged of one is empty."""
    names = sorted({name for row in rows for name in row} - {"step"})
    text = io.StringIO()
    writer = csv.DictWriter(text, ["step", *names], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def picture(rows: Sequence[Row]) -> bytes:
    """The main curves over the steps, as PNG."""
    from matplotlib.figure import Figure

    panels = {title: names for title, names in PANELS.items() if any(map(_known(rows), names))} or dict(PANELS)
    figure = Figure(figsize=(8, 2 * len(panels)), layout="constrained")
    axes = figure.subplots(len(panels), sharex=True, squeeze=False)[:, 0]
    for axis, (title, names) in zip(axes, panels.items(), strict=True):
        axis.set_title(title, fontsize="medium", loc="left")
        for name in filter(_known(rows), names):
            at = [row for row in rows if row.get(name) is not None]
            axis.plot([row["step"] for row in at], [row[name] for row in at], ".-", label=names[name], linewidth=1)
        axis.grid(alpha=0.3)
        axis.legend(fontsize="small")
    axes[-1].set_xlabel("optimizer step")
    axes[-1].xaxis.get_major_locator().set_params(integer=True)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()


def _known(rows: Sequence[Row]) -> Callable[[str], bool]:
    return lambda name: any(row.get(name) is not None for row in rows)
