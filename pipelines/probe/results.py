"""Results at rest: one row a question, with the facts of the run in the file's metadata; a manifest beside them says
what they say and seals them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.sealed import Seal, stored_file

FACTS = b"contextpairs.probe"
RESULTS = pa.schema(
    [
        pa.field("pair_id", pa.large_string(), nullable=False),
        pa.field("mirror_id", pa.large_string(), nullable=False),
        pa.field("group_id", pa.large_string(), nullable=False),
        pa.field("strategy", pa.large_string(), nullable=False),
        pa.field("domain", pa.large_string(), nullable=False),
        pa.field("letter", pa.large_string(), nullable=False),
        pa.field("outcome", pa.large_string(), nullable=False),
        pa.field("chosen", pa.large_string()),
        pa.field("right", pa.float64()),
        pa.field("logit_a", pa.float64()),
        pa.field("logit_b", pa.float64()),
        pa.field("margin", pa.float64()),
        pa.field("letter_mass", pa.float64()),
        pa.field("tokens", pa.int64()),
        pa.field("reply", pa.large_string()),
        pa.field("served", pa.large_string()),
    ]
)
"""`letter` is where the positive stood; `right` 1, 0, 1/2 for a tie, null for a prompt that was too long; `margin` the
logit of the positive's letter minus that of the other; the rest as in `asking.Answer`."""


@dataclass(frozen=True, slots=True)
class Results:
    """The results of one run: its facts and its rows (RESULTS)."""

    facts: dict[str, Any]
    rows: pa.Table


def run_key(facts: dict[str, Any]) -> str:
    """Identity of a run: 64 hex digits over whatever decides its answers."""
    return hashlib.sha256(canonical_json(facts).encode()).hexdigest()


class ProbeRecord(Seal):
    """What results say, and their file as it was written."""

    run: dict[str, Any]
    """The facts of the run."""
    report: dict[str, Any]
    """Shares with intervals, as `reports.Report` holds them."""


def write_results(path: Path, facts: dict[str, Any], rows: pa.Table) -> None:
    """Write results in one atomic step; the manifest of earlier ones goes first, for it would not be theirs."""
    _record_path(path).unlink(missing_ok=True)
    table = rows.replace_schema_metadata({FACTS: canonical_json(facts).encode()})
    write_atomic(path, lambda file: pq.write_table(table, file, compression="zstd"))


def write_record(path: Path, results: Results, report: dict[str, Any]) -> None:
    """Seal the results at a path: the manifest beside them, in one atomic step."""
    files = (stored_file(path, path.parent, results.rows.num_rows),)
    record = ProbeRecord(run=results.facts, report=report, files=files).sealed()
    write_atomic(_record_path(path), record.to_bytes())


def read_results(path: Path) -> Results:
    """Read results, with their manifest beside them or alone.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds no results of a probe, or not those that were sealed.
    """
    try:
        rows = pq.ParquetFile(path).read()
    except pa.ArrowInvalid:
        raise ValueError(f"{path}: no Parquet file; expected results of `contextpairs probe`") from None
    facts = (rows.schema.metadata or {}).get(FACTS)
    if facts is None or rows.schema.names != RESULTS.names:
        raise ValueError(f"{path}: columns {rows.schema.names}; expected results of `contextpairs probe`")
    _check_sealed(path)
    return Results(json.loads(facts), rows)


def _record_path(path: Path) -> Path:
    return path.with_suffix(".json")


def _check_sealed(path: Path) -> None:
    """Manifests of the first releases list no file."""
    record_path = _record_path(path)
    if not record_path.is_file():
        return
    record = ProbeRecord.parsed(record_path.read_bytes(), str(record_path))
    with open(path, "rb") as file:
        whole = not record.files or (record.is_intact() and record.files[0].is_in(file))
    if not whole:
        raise ValueError(f"{path} is not as {record_path.name} beside it says; remove both, or probe with again=true")


class Parts:
    """Finished parts of a run, so that a killed one goes on; each is named by what it answers.

    Attributes:
        folder: of this run alone.
    """

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        """Args: folder: of this run alone. facts: of the run."""
        self.folder = folder
        self._facts = facts

    def path(self, pair_ids: Sequence[str]) -> Path:
        """Where the part that answers these pairs lies, once it is finished."""
        return self.folder / f"{hashlib.sha256(':'.join(pair_ids).encode()).hexdigest()[:32]}.parquet"

    def write(self, pair_ids: Sequence[str], rows: list[dict[str, Any]]) -> None:
        """Finish a part."""
        write_results(self.path(pair_ids), self._facts, pa.Table.from_pylist(rows, schema=RESULTS))

    def joined(self, parts: Sequence[Sequence[str]]) -> pa.Table:
        """The rows of all parts, in their order."""
        tables = [read_results(self.path(pair_ids)).rows.replace_schema_metadata(None) for pair_ids in parts]
        return pa.concat_tables(tables) if tables else RESULTS.empty_table()

    def remove(self) -> None:
        """Remove the parts, and what else was kept for them."""
        shutil.rmtree(self.folder, ignore_errors=True)
