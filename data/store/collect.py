"""Outputs in a work directory that no run uses any more, and their removal."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contextpairs.data.store.lease import living
from contextpairs.data.store.stages import UNFINISHED
from contextpairs.data.store.work_dir import LEASES, USES, WorkDir, mark
from contextpairs.data.store.workspace import DAY, remove_abandoned

UNUSED_DAYS = 14
OUTPUT = re.compile(
    r"[a-z]+/[0-9a-f]{32}(\.rejected)?\.parquet|(instances|evaluation)-[0-9a-f]+\.sqlite|evaluation/[0-9a-f]+\.jsonl"
    r"|neighbours/[^/]+\.npz"
)
"""What a run makes again where it is gone."""
PAID = re.compile(r"(vectors|texts)/[^/]+/[^/]+\.parquet|edited/[^/]+/[0-9a-f]{2}/[0-9a-f]{32}\.(png|json)")
"""Edits and vectors: made again as well, at the cost of a model."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A file that nothing used for so long that it may go."""

    path: str
    """Relative to the work directory; absolute for a judge's reply."""
    bytes: int
    """Its size."""


def collect(work: WorkDir, *, days: float = UNUSED_DAYS, paid: bool = False, dry_run: bool = False) -> list[Unused]:
    """Remove what no run of the last days used, and leases and records of runs before that.

    Files that no build makes are never touched, nor is what was written within these days.

    Args:
        work: the work directory.
        days: how long something is kept after its last use.
        paid: edits, vectors and judges' replies too.
        dry_run: only tell what would go.

    Returns:
        What was removed, by path.

    Raises:
        Held: a run is under way.
        ValueError: `days` is below 1.
    """
    if days < 1:
        raise ValueError(f"gc: days: expected 1 at least, given {days:g}")
    with work.alone("gc") as lease:
        now = work.filesystem.modified(work.files.path(lease))
        used, replies = work.used_since(now, days)
        found = [*_outputs(work, used, now, days, paid=paid), *(_replies(replies, days) if paid else ())]
        if not dry_run:
            for each in found:
                _remove(work, each)
            _tidy(work, now, days)
        return found


def _outputs(work: WorkDir, used: set[str], now: datetime, days: float, *, paid: bool) -> Iterator[Unused]:
    for path, info in sorted(work.filesystem.find(work.root, detail=True).items()):
        name = path[len(work.root) + 1 :]
        ours = OUTPUT.fullmatch(name) or (paid and PAID.fullmatch(name))
        named = {mark(part) for part in name.split("/")[1:] or [name]}
        old = (now - _written(info)).total_seconds() > days * DAY
        if ours and old and not used & named:
            yield Unused(name, info["size"])


def _replies(folders: set[str], days: float) -> Iterator[Unused]:
    """Replies that were not read for so long: reading one is noted in its file's time."""
    for folder in sorted(folders):
        for path in sorted(Path(folder).glob("??/*.json")):
            status = path.stat()
            if time.time() - status.st_mtime > days * DAY:
                yield Unused(str(path), status.st_size)


def _remove(work: WorkDir, unused: Unused) -> None:
    if unused.path.startswith("/"):
        Path(unused.path).unlink(missing_ok=True)
    else:
        work.files.remove(unused.path)


def _tidy(work: WorkDir, now: datetime, days: float) -> None:
    """Remove records of runs that are long over, leases of those that died, and what killed writers left."""
    for name in (f"{USES}/{name}" for name in work.files.names(USES)):
        if (now - work.filesystem.modified(work.files.path(name))).total_seconds() > days * DAY:
            work.files.remove(name)
    for name in (f"{LEASES}/{name}" for name in work.files.names(LEASES)):
        if living(work.files, name) is None:
            work.files.remove(name)
    if "file" in work.filesystem.protocol:
        for unfinished in sorted(Path(work.root).glob(f"*/{UNFINISHED}")):
            remove_abandoned(unfinished)


def _written(info: dict[str, Any]) -> datetime:
    """When a file was written, as the listing of its storage says it."""
    found = next(info[name] for name in ("LastModified", "mtime", "modified", "updated", "created") if name in info)
    if isinstance(found, (int, float)):
        return datetime.fromtimestamp(found, UTC)
    moment = datetime.fromisoformat(found) if isinstance(found, str) else found
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
