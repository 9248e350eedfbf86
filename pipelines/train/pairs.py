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


def open_pairs(config: TrainConfig, processor: Any, limit: int, check: Check | None = None) -> TrainPairs:
    """Check every pair of the split against the model: columns, images, length, letters.

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
    store, version, manifest = open_version(config)
    encoder = PairEncoder(processor, config.prompt, limit)
    sizes = pair_sizes(store, version, config.split, _ways(config.order), encoder, check or Check())
    places = tuple(place for place, size in enumerate(sizes) if size <= limit)
    if len(places) < len(sizes) and config.too_long == "refuse":
        refuse_longest(store, version, config.split, sizes, encoder)
    if not places:
        raise ValueError(f"{config.pairs} {version}, split {config.split}: {len(sizes)} pairs, none to train on")
    first = show(store.take(version, config.split, places[:1])[0], config.prompt)
    letters = encoder.letters(first)
    return TrainPairs(store, version, manifest, config, encoder, places, len(sizes) - len(places), letters)


def open_version(config: TrainConfig) -> tuple[Store, str, Manifest]:
    """The store of the pairs, the name of the version, and its manifest. Raises LookupError."""
    store = Store(config.pairs, config.storage)
    version = (store.latest() if config.version == "latest" else None) or config.version
    return store, version, store.manifest(version)


def pair_sizes(
    store: Store, version: str, split: Split, ways: Sequence[Letter | None], encoder: PairEncoder, check: Check
) -> list[int]:
    """Tokens of the longest prompt of each pair of a split.

    Args:
        store: that holds them.
        version: its name.
        split: which is measured.
        ways: where the positive stands; None for where the label says.
        encoder: makes the prompts.
        check: keeps what was measured.
    """
    manifest = store.manifest(version)
    of = {"pairs": manifest.digest, "split": split, "ways": list(ways), "prompt": prompt_digest(encoder.options)}

    def sizes(places: range) -> Iterator[int]:
        for row in _rows(store, version, split, places):
            yield max(encoder.tokens(show(row, encoder.options, letter)) for letter in ways)

    return [int(size) for size in check.sizes(f"{split} pairs", of, manifest.rows.get(split, 0), sizes)]


def refuse_longest(store: Store, version: str, split: Split, sizes: Sequence[int], encoder: PairEncoder) -> None:
    """Raise ContextTooLong for the longest pair of a split."""
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
