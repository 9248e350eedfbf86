"""Whether edits can be told from their originals, within couples: `python -m benchmarks.edited_or_not STORE`.

The store holds edits, best of rendered scenes and nothing else:

    contextpairs build images out=STORE retrieval.enabled=false scenes.images=13000 scenes.seed=5 limit=null \
        editing.candidates=2600

(with `editing.redraw_originals=false` for the control). Two classifiers are shown both pictures of a couple and name
the edited one: the audit's, of patch statistics, and a small convolutional net. Both are cross-validated by group, so
every couple is held out once. Of rendered scenes a third figure tells what the content alone gives away: the same
classifiers, with both pictures drawn by the renderer, the edited one as its instruction has it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from threadpoolctl import threadpool_limits
from torch import nn

from contextpairs.data.demo.scenes.changes import apply
from contextpairs.data.demo.scenes.objects import ObjectsScene
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.store import Store
from contextpairs.filters.evidence.baselines import decided, folds_of
from contextpairs.filters.evidence.intervals import wilson
from contextpairs.filters.images.edit_marks import PatchClassifier, statistics

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Classifier = Callable[[Pixels, Pixels, Ints], Floats]
"""Margins of couples, each by a model of the other folds: originals, edits, the fold of each couple."""
EPOCHS, BATCH, RATE = 6, 32, 3e-3


class EditedCouples(NamedTuple):
    """Pictures (n, height, width, 3) of one size, and the group of each couple.

    Attributes:
        drawn: originals and edits as the renderer draws them; None where the pictures are no rendered scenes.
    """

    originals: Pixels
    edits: Pixels
    groups: list[str]
    drawn: tuple[Pixels, Pixels] | None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("store", help="store of image pairs")
    parser.add_argument("--most", type=int, default=3000, help="couples at most")
    given = parser.parse_args()
    torch.set_num_threads(1)
    couples = read_couples(Store(given.store), given.most)
    print(f"{len(couples.groups)} couples, every one held out once")
    told("published", couples.originals, couples.edits, couples.groups)
    if couples.drawn is not None:
        told("content alone", *couples.drawn, couples.groups)


def told(name: str, originals: Pixels, edits: Pixels, groups: list[str]) -> None:
    """Print what both classifiers make of some couples."""
    for classifier in (by_patches, by_convolutions):
        begin = time.monotonic()
        credit = held_out(classifier, originals, edits, groups)
        low, high = wilson(float(credit.sum()), len(credit))
        spent = time.monotonic() - begin
        print(
            f"{name}, {classifier.__name__}: {credit.mean():.3f} ({low:.3f} to {high:.3f}), {spent:.0f} s", flush=True
        )


def held_out(classifier: Classifier, originals: Pixels, edits: Pixels, groups: list[str]) -> Floats:
    """Credit of a classifier on every couple, learned on the other folds: 1 where it names the edit, ties 1/2."""
    return decided(classifier(originals, edits, folds_of(groups)), 0.0)


def by_patches(originals: Pixels, edits: Pixels, folds: Ints) -> Floats:
    """The audit's classifier."""
    margins = np.zeros(len(folds))
    with threadpool_limits(1):
        before, after = statistics(list(originals)), statistics(list(edits))
        for fold in np.unique(folds):
            train, test = folds != fold, folds == fold
            margins[test] = PatchClassifier().fit(before[train], after[train]).margins(before[test], after[test])
    return margins


def by_convolutions(originals: Pixels, edits: Pixels, folds: Ints) -> Floats:
    """A net that scores each picture by itself, trained such that the edited one of a couple scores higher."""
    before, after, margins = _tensors(originals), _tensors(edits), np.zeros(len(folds))
    for fold in np.unique(folds):
        net, test = _trained(before, after, np.flatnonzero(folds != fold)), np.flatnonzero(folds == fold)
        with torch.inference_mode():
            margins[test] = _margins(net, before[test], after[test]).numpy()
    return margins


def _trained(before: torch.Tensor, after: torch.Tensor, places: Ints) -> nn.Module:
    torch.manual_seed(0)
    net, order = _net(), np.random.default_rng(0)
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=EPOCHS * (len(places) // BATCH) + 1)
    for _ in range(EPOCHS):
        for batch in _batches(order.permutation(places)):
            loss = nn.functional.softplus(-_margins(net, *_turned(before[batch], after[batch], order))).mean()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    return net.eval()


def _net() -> nn.Sequential:
    """Five convolutions, then the mean over all places."""
    sides = ((3, 16, 1), (16, 32, 2), (32, 32, 1), (32, 64, 2), (64, 64, 1))
    layers: list[nn.Module] = []
    for wide, out, stride in sides:
        layers += [nn.Conv2d(wide, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 1))


def _margins(net: nn.Module, before: torch.Tensor, after: torch.Tensor) -> torch.Tensor:
    scores: torch.Tensor = net(torch.cat([before, after]))[:, 0]
    return scores[len(before) :] - scores[: len(before)]


def _turned(before: torch.Tensor, after: torch.Tensor, order: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Both pictures mirrored alike, or not."""
    axes = [axis for axis in (2, 3) if order.random() < 0.5]
    return before.flip(axes), after.flip(axes)


def _batches(places: Ints) -> Iterator[Ints]:
    for start in range(0, len(places) - BATCH + 1, BATCH):
        yield places[start : start + BATCH]


def _tensors(pictures: Pixels) -> torch.Tensor:
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def read_couples(store: Store, most: int) -> EditedCouples:
    """Edits of the latest version, each couple once, of one size of pictures: that of the first."""
    rows: dict[frozenset[str], dict[str, Any]] = {}
    for row in _rows(store):
        if row["strategy"] == "edit" and len(rows) < most:
            rows.setdefault(frozenset((row["pair_id"], row["mirror_id"])), row)
    couples = [(*_pictures(row), row["group_id"], _drawn(row)) for row in rows.values()]
    alike = [each for each in couples if each[0].shape == couples[0][0].shape]
    originals, edits, groups, drawn = zip(*alike, strict=True)
    return EditedCouples(np.stack(originals), np.stack(edits), list(groups), _both_sides(drawn))


def _both_sides(drawn: Sequence[tuple[Pixels, Pixels] | None]) -> tuple[Pixels, Pixels] | None:
    """Originals and edits of couples; None where one couple is not known."""
    known = [each for each in drawn if each]
    if len(known) < len(drawn):
        return None
    return np.stack([original for original, _ in known]), np.stack([edit for _, edit in known])


def _rows(store: Store) -> Iterator[dict[str, Any]]:
    version = store.latest()
    assert version, "the store holds no version"
    for split in SPLITS:
        number = store.manifest(version).rows.get(split, 0)
        for start in range(0, number, 100):
            yield from store.take(version, split, range(start, min(number, start + 100)))


def _sides(row: dict[str, Any]) -> tuple[str, str]:
    """Columns of the original and of the edit."""
    said = json.loads(row["provenance"])
    return ("negative", "positive") if "instruction" in said["positive"] else ("positive", "negative")


def _pictures(row: dict[str, Any]) -> tuple[Pixels, Pixels]:
    original, edited = (np.asarray(Image.open(BytesIO(row[side]["bytes"])).convert("RGB")) for side in _sides(row))
    return original, edited


def _drawn(row: dict[str, Any]) -> tuple[Pixels, Pixels] | None:
    """Original and edit as the renderer draws them."""
    said = json.loads(row["provenance"])[_sides(row)[1]]
    if not str(said["source"]).startswith("scenes:"):
        return None
    domain, seed, number = said["key"].rsplit("-", 2)
    original = scene(domain, int(seed), int(number))
    changed = apply(said["instruction"], original) if isinstance(original, ObjectsScene) else None
    return None if changed is None else (np.asarray(original.draw()), np.asarray(changed.draw()))


if __name__ == "__main__":
    main()
