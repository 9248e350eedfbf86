"""What takes room in a store and its work directory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contextpairs.data.store.collect import OUTPUT, PAID
from contextpairs.data.store.lease import FOLDER
from contextpairs.data.store.pointers import POINTERS
from contextpairs.data.store.storage import QUARANTINE
from contextpairs.data.store.work_dir import LEASES, USES, WorkDir

VERSIONS, QUARANTINED, UNFINISHED, RECORDS, OTHER = "versions", "quarantine", "unfinished", "records", "other"
OUTPUTS, PAID_FOR = "stage outputs", "edits and vectors"
ORDER = (VERSIONS, QUARANTINED, RECORDS, OUTPUTS, PAID_FOR, UNFINISHED, OTHER)
OF_A_STORE = {
    "versions": VERSIONS,
    "objects": VERSIONS,
    QUARANTINE: QUARANTINED,
    ".writing": UNFINISHED,
    "runs": RECORDS,
    FOLDER: RECORDS,
    POINTERS: RECORDS,
}
"""What the folders and files of a store hold."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Room that one kind of files takes."""

    what: str
    """What they are."""
    files: int
    """How many."""
    bytes: int
    """Their size."""


def usage(filesystem: Any, root: str, work: WorkDir) -> list[Usage]:
    """Files and bytes of a store and of its work directory, by what they are.

    Args:
        filesystem: of the store, fsspec's.
        root: of the store.
        work: the work directory, within the store or elsewhere.
    """
    files: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for what, size in [*_store(filesystem, root, work), *_work(work)]:
        files[what] += 1
        sizes[what] += size
    return [Usage(what, files[what], sizes[what]) for what in ORDER if files[what]]


def _store(filesystem: Any, root: str, work: WorkDir) -> Iterator[tuple[str, int]]:
    for path, info in _found(filesystem, root).items():
        if not (work.filesystem == filesystem and path.startswith(f"{work.root}/")):
            yield OF_A_STORE.get(path[len(root) + 1 :].partition("/")[0], OTHER), info["size"]


def _work(work: WorkDir) -> Iterator[tuple[str, int]]:
    for path, info in _found(work.filesystem, work.root).items():
        name = path[len(work.root) + 1 :]
        yield _in_work_dir(name), info["size"]


def _in_work_dir(name: str) -> str:
    if name.startswith((f"{USES}/", f"{LEASES}/")):
        return RECORDS
    return OUTPUTS if OUTPUT.fullmatch(name) else PAID_FOR if PAID.fullmatch(name) else OTHER


def _found(filesystem: Any, root: str) -> dict[str, Any]:
    filesystem.invalidate_cache()
    try:
        found: dict[str, Any] = filesystem.find(root, detail=True)
    except FileNotFoundError:
        return {}
    return found
