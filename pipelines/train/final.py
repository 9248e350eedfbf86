"""`final/`: the model that a run leaves, without what only a resumed run needs, and with its card."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from accelerate import PartialState

from contextpairs.pipelines.probe.identity import MODEL_FILES
from contextpairs.pipelines.train.card import card
from contextpairs.pipelines.train.checkpoints import STATE, state_of, whole_checkpoints
from contextpairs.pipelines.train.context_selection.loading import ADAPTER
from contextpairs.pipelines.train.folders import whole_folder
from contextpairs.pipelines.train.record import NAME, read_record

FINAL = "final"
WEIGHTS = ".safetensors"
CARD = "README.md"


def leave_final(last: Path, say: Callable[[str], None]) -> Path | None:
    """Write `final/` beside the checkpoints of a run, in its first process; nothing where it stands already.

    Args:
        last: checkpoint of the run. Where the model was probed, the best one is taken in its place.
        say: told what `final/` is made of, or why there is none.

    Returns:
        The folder; None where the checkpoint holds no whole weights.
    """
    place = last.parent / FINAL
    chosen = _best(last, say)
    if not any(chosen.glob(f"*{WEIGHTS}")):
        say(f"no {FINAL}/: {chosen} holds weights in parts of several processes; join them with what trained them")
        return None
    if PartialState().is_main_process and not _is_of(place, chosen):
        _write(chosen, place)
        say(f"{place} is made of {chosen.name}")
    return place


def _best(last: Path, say: Callable[[str], None]) -> Path:
    """The checkpoint that did best on the half of the probe that checkpoints are chosen by, else the last."""
    step = state_of(last).get("best_global_step")
    if not step:
        return last
    best = last.parent / f"checkpoint-{step}"
    if best in whole_checkpoints(last.parent):
        return best
    say(f"warning: {best}, the best by its probe, is gone; {FINAL}/ is made of the last checkpoint")
    return last


def _is_of(place: Path, checkpoint: Path) -> bool:
    record = place / NAME
    return record.is_file() and record.read_bytes() == (checkpoint / NAME).read_bytes()


def _write(checkpoint: Path, place: Path) -> None:
    with whole_folder(place) as folder:
        for path in sorted(checkpoint.iterdir()):
            if path.suffix in MODEL_FILES and path.name != STATE:
                _bring(path, folder / path.name)
        told = card(read_record(checkpoint), place, adapter=(checkpoint / ADAPTER).is_file())
        (folder / CARD).write_text(told, encoding="utf-8")


def _bring(path: Path, to: Path) -> None:
    """Weights take no room twice where the file system can link them."""
    if path.suffix == WEIGHTS:
        try:
            os.link(path, to)
        except OSError:
            pass
        else:
            return
    shutil.copyfile(path, to)
