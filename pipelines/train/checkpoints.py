"""Which checkpoints of a folder a run can go on from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from contextpairs.pipelines.train.record import NAME, ResumeError

STATE = "trainer_state.json"
"""Written last by the trainer: a checkpoint without it is not whole."""
OPTIMIZER = ("optimizer.pt", "optimizer.bin", "optimizer_*", "global_step*")
"""What holds the state of the optimizer: of one process, of FSDP, of DeepSpeed."""
RANDOM = "rng_state*.pth"


def step_of(checkpoint: Path) -> int:
    """Optimizer steps before a checkpoint."""
    return int(checkpoint.name.rpartition("-")[2])


def state_of(checkpoint: Path) -> dict[str, Any]:
    """The trainer's state: `log_history`, `best_global_step` and what else it keeps."""
    state: dict[str, Any] = json.loads((checkpoint / STATE).read_text(encoding="utf-8"))
    return state


def whole_checkpoints(folder: Path) -> list[Path]:
    """Checkpoints of a folder that were written to their end, the newest first."""
    whole = [path for path in folder.glob("checkpoint-*") if (path / STATE).is_file() and (path / NAME).is_file()]
    return sorted(whole, key=step_of, reverse=True)


def last_checkpoint(folder: Path, say: Callable[[str], None]) -> Path | None:
    """The newest whole checkpoint of a folder whose weights are numbers.

    Args:
        folder: of the checkpoints.
        say: told of each that is passed over.

    Raises:
        ResumeError: there are checkpoints, and none of them can be used.
    """
    whole = whole_checkpoints(folder)
    for checkpoint in whole:
        broken = next(_not_finite(checkpoint), None)
        if broken is None:
            return checkpoint
        say(f"warning: {checkpoint} is passed over: {broken} holds weights that are not finite")
    if whole:
        raise ResumeError(f"{folder}: no checkpoint holds finite weights alone; begin anew in another out")
    return None


def newest_said(folder: Path) -> str:
    """Where a run that has ended can go on from."""
    whole = whole_checkpoints(folder)
    return f"the last whole checkpoint is {whole[0]} (resume=true)" if whole else "there is no checkpoint yet"


def check_resumable(checkpoint: Path, every: int) -> None:
    """Refuse to continue from the midst of completions that several steps use, or without what a step depends on.

    Raises:
        ResumeError: the checkpoint's step is no multiple of `every`, or states of optimizer or random numbers are
            missing.
    """
    if step_of(checkpoint) % every:
        raise ResumeError(
            f"{checkpoint} stands between two generations of completions, which are used for {every} steps, so the run "
            f"would go on otherwise; remove it to resume from an earlier one at a multiple of {every}, or begin anew"
        )
    check_states(checkpoint)


def check_states(checkpoint: Path) -> None:
    """Refuse a checkpoint without the states of optimizer and random numbers: its losses would be others.

    Raises:
        ResumeError: says which is missing.
    """
    states = {"optimizer": any(map(list, map(checkpoint.glob, OPTIMIZER))), "random": any(checkpoint.glob(RANDOM))}
    if missing := [name for name, there in states.items() if not there]:
        raise ResumeError(
            f"{checkpoint} holds no {' and no '.join(missing)} state (trl.save_only_model leaves them out), so the run "
            "would go on otherwise; resume=weights begins a new run from its weights at step 0"
        )


def _not_finite(checkpoint: Path) -> Iterator[str]:
    """Names of files with a weight that is no number."""
    import torch
    from safetensors import safe_open

    for file in sorted(checkpoint.glob("*.safetensors")):
        with safe_open(file, "pt") as weights:
            if not all(torch.isfinite(weights.get_tensor(name)).all() for name in weights.keys()):  # noqa: SIM118
                yield file.name
