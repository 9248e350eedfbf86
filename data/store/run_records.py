"""The record of a run: what it did, whether or not it published. One JSON file a run, in `runs` beside the versions.

A record holds what a version must not: dates, times, memory, places of this machine. So versions stay equal byte for
byte, and no version depends on a record: one that is lost or cannot be read is passed over.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field, NonNegativeFloat, NonNegativeInt, ValidationError, field_validator

from contextpairs.data.sources.files.safe_text import REDACTED, SECRET_NAME, without_secrets
from contextpairs.data.store.manifest import FunnelStage
from contextpairs.data.store.settings import Settings
from contextpairs.data.store.small_files import SmallFiles
from contextpairs.data.store.store import Store
from contextpairs.data.store.workspace import DAY

RUNS = "runs"
ENDING = ".json"
Outcome = Literal["published", "unchanged", "refused", "failed"]
"""refused: held back, since it shrank; failed: it ended in an error, or no pair was left."""


class StageCost(Settings):
    """What a stage of a run cost."""

    stage: str
    """Its name."""
    seconds: NonNegativeFloat
    """From its beginning to its end, stages within it left out."""
    partitions: NonNegativeInt = 0
    """Pieces that its work was cut into; 0 where it is one piece, done by the process that leads the run."""
    reused: NonNegativeInt = 0
    """Those of them that an earlier run had done."""
    rows: NonNegativeInt = 0
    """Rows that went into the others."""
    rows_a_second: NonNegativeFloat | None = None
    """Of those, over all workers; None where no row was counted."""
    peak_bytes: NonNegativeInt = 0
    """The most memory of one process meanwhile."""


class RunExample(Settings):
    """A dropped row, as an example of its reason."""

    stage: str
    """Line of the funnel that counts it."""
    reason: str
    """Why it was dropped."""
    source: str = ""
    """File that it came from."""
    row: int = -1
    """Its row there, from 0; -1 where the whole file or no row is meant."""
    key: str = ""
    """Its id, or those of a couple's two sides."""
    detail: str = ""
    """What was found, what was expected, what to do."""

    @field_validator("source", "detail")
    @classmethod
    def _without_secrets(cls, text: str) -> str:
        return str(_redacted(text))


class SplitChange(Settings):
    """How many pairs of a split came, went, and changed in label, scores or provenance."""

    added: NonNegativeInt
    removed: NonNegativeInt
    kept: NonNegativeInt
    changed: NonNegativeInt


class RunDiff(Settings):
    """What a run's outcome has that its parent has not."""

    splits: dict[str, SplitChange] = Field(default_factory=dict)
    """Pairs; empty where nothing was published."""
    configuration: dict[str, tuple[Any, Any]] = Field(default_factory=dict)
    """Settings that differ: before, after."""
    rows_out: dict[str, tuple[int | None, int | None]] = Field(default_factory=dict)
    """Rows that lines of the funnel let through: before, after; None where there was no such line."""
    reasons: dict[str, dict[str, int]] = Field(default_factory=dict)
    """How many more or fewer rows went for which reason, by line of the funnel."""


class RunRecord(Settings):
    """One run."""

    id: str
    """Date and time of its beginning in UTC, and a few random digits: sorts by age."""
    domain: Literal["coding", "images"]
    """What was built."""
    outcome: Outcome
    """How it ended."""
    error: str | None = None
    """Why it published nothing, where it failed or was refused."""
    version: str | None = None
    """The version that it published, or that already said the same."""
    parent: str | None = None
    """The newest version before."""
    started: datetime
    """When it began, in UTC."""
    seconds: NonNegativeFloat
    """How long it took."""
    configuration: dict[str, Any] = Field(default_factory=dict)
    """Fields as they were given, places included. Values of fields named as secrets are redacted."""
    rows: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Pairs of the version by split."""
    funnel: tuple[FunnelStage, ...] = ()
    """As far as it came."""
    notes: tuple[str, ...] = ()
    """What it told."""
    stages: tuple[StageCost, ...] = ()
    """What each stage cost, in the order in which they began."""
    examples: tuple[RunExample, ...] = ()
    """Of each reason a few."""
    diff: RunDiff | None = None
    """Against the parent; None where there is none, or the run did not come to its end."""

    @field_validator("error", "notes", "configuration", mode="before")
    @classmethod
    def _without_secrets(cls, value: Any) -> Any:
        return _redacted(value)

    def limited_by(self) -> str | None:
        """`masking, 61 % of the time`: the stage that took longest; None where no stage took any."""
        longest = max(self.stages, key=lambda each: each.seconds, default=None)
        if longest is None or not self.seconds:
            return None
        return f"{longest.stage}, {longest.seconds / self.seconds:.0%} of the time".replace("%", " %")


def new_run_id(started: datetime) -> str:
    """An id for a run that began then."""
    return f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def write_record(store: Store, record: RunRecord) -> str:
    """Write a record, whole or not at all.

    Returns:
        Its path or URL.

    Raises:
        OSError: the storage refuses.
    """
    files, name = store.storage.files, _name(record.id)
    text = json.dumps(record.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    files.replace(name, text.encode("utf-8", "replace"))
    return files.url(name)


def run_records(store: Store) -> Iterator[RunRecord]:
    """The records of a store that can be read, newest first."""
    files = store.storage.files
    for run in reversed(_ids(files)):
        try:
            yield RunRecord.model_validate_json(files.read(_name(run)) or b"")
        except (OSError, ValidationError):
            continue


def prune_records(store: Store, days: float, kept: Collection[str], dry_run: bool = False) -> list[str]:
    """Remove the records that are old and of no version that is kept.

    Args:
        store: whose.
        days: records younger than this stay.
        kept: names of versions whose records stay.
        dry_run: only say which.

    Returns:
        Ids of the removed records, oldest first. What cannot be read goes by its age alone.
    """
    files = store.storage.files
    of_kept = {record.id for record in run_records(store) if record.version in kept}
    oldest = f"{datetime.fromtimestamp(time.time() - days * DAY, UTC):%Y%m%dT%H%M%SZ}"
    removed = [run for run in _ids(files) if run < oldest and run not in of_kept]
    for run in removed if not dry_run else ():
        files.remove(_name(run))
    return removed


def _redacted(value: Any, name: str = "") -> Any:
    """Without values that are named as secrets, and credentials in addresses."""
    if isinstance(value, dict):
        return {key: _redacted(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redacted(item) for item in value]
    if not isinstance(value, str):
        return value
    return REDACTED if SECRET_NAME.search(name) else without_secrets(value)


def _name(run: str) -> str:
    return f"{RUNS}/{run}{ENDING}"


def _ids(files: SmallFiles) -> list[str]:
    """Ids of all records, oldest first."""
    return [name.removesuffix(ENDING) for name in files.names(RUNS) if name.endswith(ENDING)]
