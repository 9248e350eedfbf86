"""The pairs of a version as a run trains on them: checked once before it, then read as they are drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contextpairs.data.pairs.prompting import Letter, Shown, show
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.encoding import ContextTooLong, Encoded, PairEncoder
from contextpairs.pipelines.train.context_selection.letters import Letters
from contextpairs.pipelines.train.sampler import WAYS, Item, Order, PairSequence
from contextpairs.pipelines.train.shared_sequence import SharedSequence
from contextpairs.pipelines.train.store_share import StoreShare

SHOWN_COLUMNS = ("pair_id", "query", "answer", "positive", "negative", "label")


@dataclass(frozen=True, slots=True)
class OpenStore:
    """A version that a run draws pairs from.

    Attributes:
        given: where it is, and its share.
        store: opened.
        version: its name.
        manifest: of the version.
        places: in the split, of the pairs that fit.
        dropped: how many did not.
    """

    given: StoreShare
    store: Store
    version: str
    manifest: Manifest
    places: tuple[int, ...]
    dropped: int

    def rows(self, split: Split, places: Sequence[int]) -> list[dict[str, Any]]:
        """Rows at places among the pairs that fit. Only the row groups that hold them are read."""
        return self.store.take(self.version, split, [self.places[place] for place in places])


@dataclass(frozen=True, slots=True)
class TrainPairs:
    """What a run knows of its pairs; no row is kept in memory.

    Attributes:
        stores: that hold them.
        config: of the run.
        encoder: makes them inputs of the model.
        letters: tokens of A and B.
    """

    stores: tuple[OpenStore, ...]
    config: TrainConfig
    encoder: PairEncoder
    letters: Letters

    @property
    def sequence(self) -> PairSequence | SharedSequence:
        """The order in which they are trained on."""
        config = self.config
        each = [PairSequence(len(store.places), config.seed, config.order) for store in self.stores]
        return each[0] if len(each) == 1 else SharedSequence(each, [store.given.fraction for store in self.stores])

    @property
    def domains(self) -> frozenset[str]:
        """Of all stores."""
        return frozenset(store.manifest.domain for store in self.stores)

    def shown(self, items: Sequence[Item]) -> list[Shown]:
        """Items as they are shown."""
        rows = self._rows([item.place for item in items])
        return [show(rows[item.place], self.config.prompt, item.letter) for item in items]

    def encoded(self, items: Sequence[Item]) -> list[Encoded]:
        """Items as inputs of the model."""
        return [self.encoder.encode(shown) for shown in self.shown(items)]

    def _rows(self, places: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Rows by their place, which is counted over all stores, one after another."""
        found: dict[int, dict[str, Any]] = {}
        start = 0
        for store in self.stores:
            own = [place for place in places if start <= place < start + len(store.places)]
            if own:
                rows = store.rows(self.config.split, [place - start for place in own])
                found |= dict(zip(own, rows, strict=True))
            start += len(store.places)
        return found


def open_pairs(config: TrainConfig, processor: Any, limit: int) -> TrainPairs:
    """Check every pair of the split, in every store, against the model: columns, images, length, letters.

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
    encoder = PairEncoder(processor, config.prompt, limit)
    stores = tuple(_open_store(given, config, encoder) for given in config.stores)
    first = show(stores[0].rows(config.split, [0])[0], config.prompt)
    return TrainPairs(stores, config, encoder, encoder.letters(first))


def _open_store(given: StoreShare, config: TrainConfig, encoder: PairEncoder) -> OpenStore:
    store = Store(given.store, config.storage)
    version = store.resolved(given.version)
    manifest = store.manifest(version)
    fits = list(_fits(store, version, config, encoder))
    places = tuple(place for place, fit in enumerate(fits) if fit)
    if not places:
        raise ValueError(f"{given.store} {version}, split {config.split}: {len(fits)} pairs, none to train on")
    return OpenStore(given, store, version, manifest, places, len(fits) - len(places))


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
