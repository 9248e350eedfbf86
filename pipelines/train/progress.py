"""What a person sees of a run: one line a step. All else is in the logs of checkpoints, in train.csv, at trackers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from time import perf_counter
from typing import Any

from transformers import PrinterCallback, ProgressCallback, Trainer, TrainerCallback

from contextpairs.pipelines.train.curves import CurvesCallback

SHOWN = (
    ("reward", "reward", ".3f"),
    ("context_selection/accuracy", "selection", ".3f"),
    ("context_selection/margin", "margin", "+.3f"),
    ("probe/accuracy", "probe: right", ".3f"),
    ("probe/consistent", "in both orders", ".3f"),
)
"""What of a step's log is shown, under which name, in which form."""
SECONDS = "seconds"
"""Of an optimizer step, from its first micro-step to the update, as it stands in the log."""


class LineCallback(TrainerCallback):
    """Says one line for what is logged of a step, and adds the seconds that the step took to the log."""

    def __init__(self, say: Callable[[str], None]) -> None:
        """Args: say: takes the line, in the first process."""
        self._say = say
        self._begun, self._seconds = 0.0, 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **named: Any) -> None:
        """The clock starts."""
        del args, state, control, named
        self._begun = perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **named: Any) -> None:
        """The clock stops."""
        del args, state, control, named
        self._seconds = perf_counter() - self._begun

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **named: Any) -> None:
        """A step's losses, or its probe."""
        del args, control, named
        if not logs or "train_runtime" in logs:
            return
        if "loss" in logs:
            logs[SECONDS] = state.log_history[-1][SECONDS] = round(self._seconds, 3)
        if state.is_world_process_zero:
            self._say(step_line(state.global_step, state.max_steps, logs))


def step_line(step: int, steps: int, logs: Mapping[str, Any]) -> str:
    """The line of a step: `step 12/100: reward 0.412, selection 0.875, margin +1.310, gradient 0.52, 1.8 s`.

    Args:
        step: optimizer steps done.
        steps: of the whole run.
        logs: what was logged of it; what it lacks is left out.
    """
    return f"step {step:,}/{steps:,}: {', '.join(_parts(logs))}"


def watch(trainer: Trainer, say: Callable[[str], None]) -> None:
    """Have a trainer say a line a step in place of its bar and its dictionaries, and draw its curves."""
    for shown in (ProgressCallback, PrinterCallback):
        trainer.remove_callback(shown)
    # First, so that what it adds is there for trackers.
    trainer.callback_handler.callbacks.insert(0, LineCallback(say))
    trainer.add_callback(CurvesCallback(say))


def _parts(logs: Mapping[str, Any]) -> Iterator[str]:
    if "reward" not in logs and "loss" in logs:
        yield f"loss {logs['loss']:.3f}"
    for name, title, form in SHOWN:
        if _known(logs.get(name)):
            yield f"{title} {logs[name]:{form}}"
    if "grad_norm" in logs:
        yield f"gradient {logs['grad_norm']:.3g}{_terms(logs)}"
    if SECONDS in logs:
        yield f"{logs[SECONDS]:.1f} s"


def _terms(logs: Mapping[str, Any]) -> str:
    policy, selection = (logs.get(f"grad_norm/{term}") for term in ("policy", "selection"))
    if not (_known(policy) and _known(selection)):
        return ""
    return f" (at the last weight: GRPO {policy:.3g}, pairs {selection:.3g})"


def _known(value: Any) -> bool:
    return value is not None and not math.isnan(value)
