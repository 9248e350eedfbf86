"""A run that is probed while it trains, and the same without: made once, looked at by many tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.run import Trained, train
from tests.pipelines.train.runs import small, text_store

COUPLES = 16
"""Of which groups stand in both halves of the probe split."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A run, what came of it, and what it said."""

    config: TrainConfig
    trained: Trained
    said: list[str]


def watched(folder: Path, model: Path, **fields: Any) -> Watched:
    """Four steps, a checkpoint at each, of which two are kept; in each step a probe."""
    given = {"steps": 4, "save_every": 1, "accumulation": 2, "learning_rate": 1e-2, "probe_every": 1, **fields}
    if "pairs" not in given:
        given["pairs"] = text_store(folder / "store", COUPLES)
    config = small(folder, model, trl={"save_total_limit": 2, **given.pop("trl", {})}, **given)
    said: list[str] = []
    return Watched(config, train(config, said.append), said)
