"""Accuracy on pairs while a model trains: chosen on one half of the probe split, told of the other.

The halves are by hash of the group, so that nothing that helped to choose a checkpoint stands in its figures. The
model's weights and all random numbers are left as they are: a run with probes has the weights of one without.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import torch
from accelerate.utils import gather_object
from transformers import Trainer, TrainerCallback

from contextpairs.data.pairs.prompting import show
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.manifest import portable_uri
from contextpairs.pipelines.probe.questions import ORDERS, both_orders, by_logits, result
from contextpairs.pipelines.probe.reports import Report, report
from contextpairs.pipelines.probe.results import RESULTS
from contextpairs.pipelines.probe.sampling import HALVES, Half, half_of, rows_at
from contextpairs.pipelines.train.checking import Check
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.encoding import PairEncoder
from contextpairs.pipelines.train.context_selection.letters import Letters
from contextpairs.pipelines.train.context_selection.loss import letter_mass
from contextpairs.pipelines.train.context_selection.scoring import last_logits
from contextpairs.pipelines.train.pairs import OpenStore, open_store

Row: TypeAlias = dict[str, Any]
SPLIT: Split = "probe"
ACCURACY = "probe/accuracy"
"""What the best checkpoint is chosen by, as it stands in the log."""


class ProbeSplitError(ValueError):
    """A probe split that cannot be asked while training."""


@dataclass(frozen=True, slots=True)
class ProbeStore:
    """A version whose pairs are asked.

    Attributes:
        opened: the store, its version, and which pairs of the probe split fit.
        places: in the split, of either half's pairs that fit.
    """

    opened: OpenStore
    places: Mapping[Half, Sequence[int]]

    def rows(self, places: set[int]) -> Iterator[Row]:
        """Rows at some places of the split, in order."""
        return rows_at(self.opened.store, self.opened.version, SPLIT, places)


@dataclass(frozen=True, slots=True)
class ProbePairs:
    """The pairs that are asked.

    Attributes:
        stores: that hold them.
        encoder: makes them inputs of the model.
        letters: tokens of A and B.
        batch: pairs of a forward pass, each in both orders.
    """

    stores: tuple[ProbeStore, ...]
    encoder: PairEncoder
    letters: Letters
    batch: int

    def count(self, half: Half) -> int:
        """Pairs of a half."""
        return sum(len(store.places[half]) for store in self.stores)

    @property
    def dropped(self) -> int:
        """Pairs that did not fit."""
        return sum(store.opened.dropped for store in self.stores)


def open_probe_pairs(config: TrainConfig, processor: Any, limit: int, check: Check) -> ProbePairs:
    """Check every pair of the probe split, in every store, against the model, in both orders.

    Args:
        config: of the run.
        processor: of the model.
        limit: tokens of a prompt at most.
        check: keeps what was measured.

    Raises:
        LookupError: there is no such version or split.
        ContextTooLong: a pair does not fit, and too_long is refuse.
        ProbeSplitError: a half of the split has no pairs.
        ValueError: as `open_pairs`.
    """
    encoder = PairEncoder(processor, config.prompt, limit)
    opened = (open_store(given, config, SPLIT, encoder, ORDERS, check) for given in config.stores)
    stores = tuple(ProbeStore(each, _halves(each)) for each in opened)
    choosing, final = (sum(len(store.places[half]) for store in stores) for half in HALVES)
    if not (choosing and final):
        named = ", ".join(f"{store.opened.given.store} {store.opened.version}" for store in stores)
        raise ProbeSplitError(
            f"probe_every: {named} has {choosing} and {final} pairs in the halves of split {SPLIT}, and both are "
            "needed; build with a larger probe_share, or leave the field out"
        )
    first = next(store for store in stores if store.opened.places)
    letters = encoder.letters(show(first.opened.rows(SPLIT, [0])[0], config.prompt))
    return ProbePairs(stores, encoder, letters, _batch(config))


def ask(model: Any, pairs: ProbePairs, half: Half, trainer: Trainer) -> Report:
    """Ask a model the pairs of a half in both orders; every process asks its share, in as many passes as the others.

    Args:
        model: as it is trained, wrapped or bare.
        pairs: of the run.
        half: which.
        trainer: whose processes and precision are used.
    """
    accelerator = trainer.accelerator
    with _undisturbed(model, accelerator.device), torch.no_grad(), accelerator.autocast():
        share = _share(pairs, half, accelerator.process_index, accelerator.num_processes)
        rows = [row for batch in share for row in _answers(model, pairs, batch, accelerator.device)]
    asked = {(row["pair_id"], row["letter"]): row for row in gather_object(rows)}
    return report(pa.Table.from_pylist(list(asked.values()), schema=RESULTS))


class ProbeCallback(TrainerCallback):
    """Asks before the first step, every n steps and at the end; remembers the best checkpoint's figures."""

    def __init__(self, trainer: Trainer, pairs: ProbePairs, every: int, told: dict[str, Any]) -> None:
        """Set up.

        Args:
            trainer: that it is added to.
            pairs: that are asked.
            every: optimizer steps between probes.
            told: gets what records of checkpoints say: `begun`, of the model before the first step, and `best`, of the
                best checkpoint so far, each on the half that nothing is chosen by.
        """
        self._trainer, self._pairs, self._every, self._told = trainer, pairs, every, told

    def on_train_begin(self, args: Any, state: Any, control: Any, **named: Any) -> None:
        """Ask the model as it was given."""
        del args, named
        if state.global_step == 0:
            self._logged(control)
            self._told["begun"] = self._final(0)

    def on_step_end(self, args: Any, state: Any, control: Any, **named: Any) -> None:
        """Ask where it is due; a checkpoint that is better than all before is the best."""
        del args, named
        step = state.global_step
        if step % self._every and step < state.max_steps:
            return
        accuracy = self._logged(control)
        if control.should_save and accuracy > (state.best_metric if state.best_metric is not None else -1.0):
            state.best_metric, state.best_global_step = accuracy, step
            self._told["best"] = self._final(step)

    def _logged(self, control: Any) -> float:
        found = self._ask("choosing")
        assert found.margin is not None, "logits are known here"
        logs = {
            ACCURACY: found.overall.accuracy.value,
            "probe/consistent": found.overall.consistent.value,
            "probe/margin": found.margin,
            "probe/a_minus_b": found.a_minus_b.value,
        }
        due = control.should_log
        Trainer.log(self._trainer, logs)  # GRPO's own would add what it has gathered for the losses' line
        control.should_log = due
        return found.overall.accuracy.value

    def _final(self, step: int) -> dict[str, Any]:
        asked = [each.opened for each in self._pairs.stores]
        stores = [{"store": portable_uri(each.given.store), "version": each.version} for each in asked]
        return {"step": step, "stores": stores, "half": "final", **asdict(self._ask("final"))}

    def _ask(self, half: Half) -> Report:
        return ask(self._trainer.model_wrapped, self._pairs, half, self._trainer)


@contextmanager
def _undisturbed(model: Any, device: torch.device) -> Iterator[None]:
    """The model in evaluation mode, and after it every random number where it was."""
    trains, python, arrays = model.training, random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        model.eval()
        try:
            yield
        finally:
            model.train(trains)
            random.setstate(python)
            np.random.set_state(arrays)


def _share(pairs: ProbePairs, half: Half, process: int, processes: int) -> Iterator[list[Row]]:
    """Batches of pairs of a process, as many as of every other: those that share a model call it together."""
    size = pairs.batch
    batches = [
        (store, store.places[half][start : start + size])
        for store in pairs.stores
        for start in range(0, len(store.places[half]), size)
    ]
    own = batches[process::processes] or batches[:1]
    taken: list[Row] = []
    for store in pairs.stores:
        parts = [places for each, places in own if each is store]
        rows = store.rows({place for part in parts for place in part})
        for part in parts:
            taken = list(islice(rows, len(part)))
            yield taken
    for _ in range(-(-len(batches) // processes) - len(own)):
        yield taken


def _answers(model: Any, pairs: ProbePairs, rows: Sequence[Row], device: torch.device) -> Iterator[dict[str, Any]]:
    """Results of some pairs in both orders, by one forward pass."""
    questions = [question for row in rows for question in both_orders(row, pairs.encoder.options)]
    encoded = [pairs.encoder.encode(question.shown) for question in questions]
    inputs = {name: value.to(device) for name, value in pairs.encoder.collate(encoded).items()}
    logits = last_logits(model, inputs)
    of_letters, masses = logits[:, pairs.letters.ids].tolist(), letter_mass(logits, pairs.letters).tolist()
    for question, each, (a, b), mass in zip(questions, encoded, of_letters, masses, strict=True):
        yield result(question, by_logits(a, b, mass, each.tokens))


def _halves(opened: OpenStore) -> dict[Half, list[int]]:
    """Places of the pairs that fit, by half."""
    fits = set(opened.places)
    places: dict[Half, list[int]] = {half: [] for half in HALVES}
    for place, group in enumerate(_groups(opened)):
        if place in fits:
            places[half_of(group)].append(place)
    return places


def _groups(opened: OpenStore) -> Iterator[str]:
    for batch in opened.store.batches(opened.version, SPLIT, ["group_id"]):
        yield from batch.column("group_id").to_pylist()


def _batch(config: TrainConfig) -> int:
    """Pairs whose two prompts fit a forward pass, as prompts of the pairs' term do with gradients besides."""
    parts = int(os.environ.get("WORLD_SIZE", "1")) * config.accumulation
    return max(1, config.pair_batch // parts // len(ORDERS))
