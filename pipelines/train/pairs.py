"""The pairs of a version as a run trains on them: checked once before it, then read as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contextpairs.data.pairs.prompting import Letter, Shown, show
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.encoding import ContextTooLong, Encoded, PairEncoder
from contextpairs.pipelines.train.context_selection.letters import Letters
from contextpairs.pipelines.train.sampler import WAYS, Item, Order, PairSequence

SHOWN_COLUMNS = ("pair_id", "query", "answer", "positive", "negative", "label")


@dataclass(frozen=True, slots=True)
class TrainPairs:
    """What a run knows of its pairs; no row is kept in memory.

    Attributes:
        store: that holds them.
        version: its name.
        manifest: of the version.
        config: of the run.
        encoder: makes them inputs of the model.
        places: in the split, of the pairs that fit.
        dropped: how many did not.
        letters: tokens of A and B.
    """

    store: Store
    version: str
    manifest: Manifest
    config: TrainConfig
    encoder: PairEncoder
    places: tuple[int, ...]
    dropped: int
    letters: Letters

    @property
    def sequence(self) -> PairSequence:
        """The order in which they are trained on."""
        return PairSequence(len(self.places), self.config.seed, self.config.order)

    def shown(self, items: Sequence[Item]) -> list[Shown]:
        """Items as they are shown. Only the row groups that hold them are read."""
        places = [self.places[item.place] for item in items]
        rows = self.store.take(self.version, self.config.split, places)
        return [show(row, self.config.prompt, item.letter) for row, item in zip(rows, items, strict=True)]

    def encoded(self, items: Sequence[Item]) -> list[Encoded]:
        """Items as inputs of the model."""
        return [self.encoder.encode(shown) for shown in self.shown(items)]


def open_pairs(config: TrainConfig, processor: Any, limit: int) -> TrainPairs:
    """Check every pair of the split against the model: columns, images, length, letters.

    Args:
        config: of the run.
        processor: of the model.
        limit: tokens of a prompt at most.

    Raises:
        LookupError: there is no such version or split.
        ContextTooLong: a pair does not fit, and too_long is refuse.
        LetterError: the letters are not one token each.
        ValueError: the split is empty, a row lacks what is shown, or the model does not see its images.
    """
    store = Store(config.pairs, config.storage)
    version = store.resolved(config.version)
    manifest = store.manifest(version)
    encoder = PairEncoder(processor, config.prompt, limit)
    fits = list(_fits(store, version, config, encoder))
    places = tuple(place for place, fit in enumerate(fits) if fit)
    if not places:
        raise ValueError(f"{config.pairs} {version}, split {config.split}: {len(fits)} pairs, none to train on")
    first = show(store.take(version, config.split, places[:1])[0], config.prompt)
    letters = encoder.letters(first)
    return TrainPairs(store, version, manifest, config, encoder, places, len(fits) - len(places), letters)


def _fits(store: Store, version: str, config: TrainConfig, encoder: PairEncoder) -> Iterator[bool]:
    for batch in store.batches(version, config.split, SHOWN_COLUMNS):
        for row in batch.to_pylist():
            yield all(_fit(row, letter, config, encoder) for letter in _ways(config.order))


def _fit(row: Mapping[str, Any], letter: Letter | None, config: TrainConfig, encoder: PairEncoder) -> bool:
    try:
        encoder.encode(show(row, config.prompt, letter))
    except ContextTooLong:
        if config.too_long == "refuse":
            raise
        return False
    return True


def _ways(order: Order) -> tuple[Letter | None, ...]:
    return (None,) if order == "label" else WAYS
