"""The pairs of a version as a run trains on them: checked once before it, then read as they are drawn."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from contextpairs.data.pairs.prompting import Letter, Shown, prompt_digest, show
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.pipelines.train.checking import Check
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.encoding import Encoded, PairEncoder
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


def open_pairs(config: TrainConfig, processor: Any, limit: int, check: Check | None = None) -> TrainPairs:
    """Check every pair of the split, in every store, against the model: columns, images, length, letters.

    Args:
        config: of the run.
        processor: of the model.
        limit: tokens of a prompt at most.
        check: keeps what was measured; None keeps nothing.

    Raises:
        LookupError: there is no such version or split.
        ContextTooLong: a pair does not fit, and too_long is refuse.
        LetterError: the letters are not one token each.
        ValueError: the split is empty, a row lacks what is shown, or the model does not see its images.
    """
    encoder = PairEncoder(processor, config.prompt, limit)
    opened = (open_store(given, config, config.split, encoder, _ways(config.order), check) for given in config.stores)
    stores = tuple(opened)
    for store in stores:
        if not store.places:
            where = f"{store.given.store} {store.version}, split {config.split}"
            raise ValueError(f"{where}: {store.dropped} pairs, none to train on")
    first = show(stores[0].rows(config.split, [0])[0], config.prompt)
    return TrainPairs(stores, config, encoder, encoder.letters(first))


def open_store(
    given: StoreShare,
    config: TrainConfig,
    split: Split,
    encoder: PairEncoder,
    ways: Sequence[Letter | None],
    check: Check | None = None,
) -> OpenStore:
    """Measure the pairs of a split of a store.

    Args:
        given: where it is.
        config: of the run.
        split: which is measured.
        encoder: makes prompts of the pairs.
        ways: where the positive stands; None for where the label says.
        check: keeps what was measured; None keeps nothing.

    Raises:
        LookupError: there is no such version or split.
        ContextTooLong: a pair does not fit, and too_long is refuse.
        ValueError: a row lacks what is shown, or the model does not see its images.
    """
    store = Store(given.store, config.storage)
    version = store.resolved(given.version)
    manifest = store.manifest(version)
    sizes = _sizes(store, version, split, ways, encoder, check or Check())
    places = tuple(place for place, size in enumerate(sizes) if size <= encoder.max_length)
    if len(places) < len(sizes) and config.too_long == "refuse":
        _refuse_longest(store, version, split, sizes, encoder)
    return OpenStore(given, store, version, manifest, places, len(sizes) - len(places))


def _sizes(
    store: Store, version: str, split: Split, ways: Sequence[Letter | None], encoder: PairEncoder, check: Check
) -> list[int]:
    """Tokens of the longest prompt of each pair of a split."""
    manifest = store.manifest(version)
    of = {"pairs": manifest.digest, "split": split, "ways": list(ways), "prompt": prompt_digest(encoder.options)}

    def sizes(places: range) -> Iterator[int]:
        for row in _rows(store, version, split, places):
            yield max(encoder.tokens(show(row, encoder.options, letter)) for letter in ways)

    return [int(size) for size in check.sizes(f"{split} pairs", of, manifest.rows.get(split, 0), sizes)]


def _refuse_longest(store: Store, version: str, split: Split, sizes: Sequence[int], encoder: PairEncoder) -> None:
    longest = store.take(version, split, [max(range(len(sizes)), key=sizes.__getitem__)])[0]
    for letter in WAYS:
        encoder.encode(show(longest, encoder.options, letter))


def _rows(store: Store, version: str, split: Split, places: range) -> Iterator[dict[str, Any]]:
    start = 0
    for batch in store.batches(version, split, SHOWN_COLUMNS):
        end = start + batch.num_rows
        here = places[bisect_left(places, start) : bisect_left(places, end)]
        yield from batch.take([at - start for at in here]).to_pylist()
        start = end


def _ways(order: Order) -> tuple[Letter | None, ...]:
    return (None,) if order == "label" else WAYS
