"""Writers and readers on one store at once, round after round: on a disk, or on an S3 server of moto's.

`python -m benchmarks.store_race --rounds 50` and the same with `--s3`. Every version is to be whole, none lost, no
number given twice, and nobody told what is not so.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

from benchmarks.faulty_storage import couple, options_of, s3_server
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.data.store.told_errors import open_filesystem

NEWEST = 8
"""Versions that a reader verifies at each look: those that may still be on their way."""
SETTLED = 3
"""Writers of a round that publish what another one publishes too."""


def written(root: str, options: dict[str, Any], numbers: list[int]) -> list[tuple[int, str, bool]]:
    """Publish some couples one after the other. Returns which, under which version, and whether it was new."""
    store = Store(root, options)
    found = []
    for number in numbers:
        published = store.publish(couple(number), Manifest(domain="coding"))
        found.append((number, published.version, published.created))
    return found


def looked(root: str, options: dict[str, Any], seconds: float) -> tuple[int, list[str]]:
    """Look at the newest versions for so long, once at least. Returns how often, and what was wrong."""
    store, looks = Store(root, options), 0
    wrong: list[str] = []
    until = time.monotonic() + seconds
    while not looks or time.monotonic() < until:
        looks += 1
        versions = store.versions()
        if len(versions) != len(set(versions)):
            wrong.append(f"a number twice: {versions}")
        wrong += [f"{each}: {problem}" for each in versions[-NEWEST:] for problem in store.verify(each)]
    return looks, wrong


def race(root: str, options: dict[str, Any], rounds: int, writers: int = 8, readers: int = 2) -> Counter[str]:
    """Let them at it. Returns counts; what must not be begins with `WRONG`.

    Args:
        root: of the store.
        options: for its file system.
        rounds: how many.
        writers: that publish at once in each, all but a few of them something of their own.
        readers: that look meanwhile.
    """
    counted: Counter[str] = Counter()
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(writers + readers, context) as pool:
        for each in range(rounds):
            looks = [pool.submit(looked, root, options, 1.0) for _ in range(readers)]
            numbers = [each * writers + min(place, writers - SETTLED) for place in range(writers)]
            works = [pool.submit(written, root, options, [number]) for number in numbers]
            counted.update(_judged(root, options, works, numbers))
            for look in looks:
                times, wrong = look.result()
                counted["looks"] += times
                counted.update(f"WRONG {what}" for what in wrong)
    store = Store(root, options)
    counted["versions"] = len(store.versions())
    counted.update("WRONG broken version" for version in store.versions() if store.verify(version))
    return counted


def _judged(
    root: str, options: dict[str, Any], works: list[Future[list[tuple[int, str, bool]]]], numbers: list[int]
) -> Iterator[str]:
    """What the writers of a round were told, against what is there."""
    store = Store(root, options)
    told = [outcome for work in works for outcome in work.result()]
    created = Counter(number for number, _, new in told if new)
    for number, version, _ in told:
        said = f"fix {number} one" in store.read(version, "train", ["answer"])["answer"].to_pylist()
        yield "told rightly" if said else "WRONG version"
    # Equal content may be published again once another came between; each that was told so has a version of its own.
    given = [version for _, version, new in told if new]
    yield from ("WRONG number given twice" for version, times in Counter(given).items() if times > 1)
    yield from ("WRONG lost" for number in set(numbers) if not created[number])


@contextmanager
def place(s3: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Root and options of a new store."""
    if not s3:
        with tempfile.TemporaryDirectory() as folder:
            yield f"{folder}/pairs", {}
        return
    with s3_server() as endpoint:
        options = options_of(endpoint, tries=5)
        open_filesystem("s3://race", options)[0].mkdir("race")
        yield "s3://race/pairs", options


def main() -> None:
    """Race, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--s3", action="store_true")
    given = parser.parse_args()
    with place(given.s3) as (root, options):
        counted = race(root, options, given.rounds)
    for what, times in counted.most_common():
        print(f"{times:>6}  {what}")


if __name__ == "__main__":
    main()
