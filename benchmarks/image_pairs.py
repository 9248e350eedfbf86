"""What a store of image pairs holds: `python -m benchmarks.image_pairs out/images`.

Counts its rows by strategy and domain, and what must be none: answers that may mean the same, equal pictures in a
pair, pictures in both splits.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from typing import Any

from contextpairs.data.answers.comparing import relation
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import Fault, ImageLimits
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.store import Store


def main() -> None:
    """Read every row of the latest version and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", help="store of image pairs")
    store = Store(parser.parse_args().out)
    counts: Counter[tuple[str, str]] = Counter()
    faults: Counter[str] = Counter()
    shown: dict[str, set[str]] = defaultdict(set)
    answers: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    version = store.latest() or parser.error("the store holds no version")
    for split in SPLITS:
        if split in store.manifest(version).rows:
            for batch in store.batches(version, split):
                for row in batch.to_pylist():
                    provenance = json.loads(row["provenance"])
                    counts[row["strategy"], provenance["domain"]] += 1
                    answers[row["pair_id"]] = (row["query"], row["answer"], _choices(provenance))
                    faults.update(_faults(row, split, shown))
                    faults.update(_ambiguous(row, answers))
    for (strategy, domain), count in sorted(counts.items()):
        print(f"{strategy:10} {domain:20} {count:7,}")
    both = sum(len(splits) > 1 for splits in shown.values())
    print(f"{sum(counts.values()):,} rows, {len(shown):,} pictures, {both} of them in both splits")
    for name in ("equal pictures", "answers that may mean the same"):
        print(f"{name}: {faults[name]}")


def _faults(row: dict[str, Any], split: str, shown: dict[str, set[str]]) -> list[str]:
    hashes = []
    for name in ("positive", "negative"):
        facts = inspect(row[name]["bytes"], ImageLimits())
        assert not isinstance(facts, Fault), f"{row['pair_id']}: {facts}"
        hashes.append(facts.pixel_hash)
        shown[facts.pixel_hash].add(split)
    return ["equal pictures"] if hashes[0] == hashes[1] else []


def _ambiguous(row: dict[str, Any], answers: dict[str, tuple[str, str, tuple[str, ...]]]) -> list[str]:
    """Compare a row's answer with its mirror's, once both are known."""
    if row["mirror_id"] not in answers:
        return []
    query, answer, choices = answers[row["pair_id"]]
    _, other, others = answers[row["mirror_id"]]
    same = relation(answer, other, query, choices or others) != "different"
    return ["answers that may mean the same"] if same else []


def _choices(provenance: dict[str, Any]) -> tuple[str, ...]:
    return tuple(provenance["positive"].get("choices", ()))


if __name__ == "__main__":
    main()
