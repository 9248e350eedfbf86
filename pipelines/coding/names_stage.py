"""Functions named from the text that other runs of the same instance show.

shown: read again the runs concerned, keep what each shows of some files.   names: put the texts together, name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.functions import BaseTexts, named_functions
from contextpairs.builders.coding.hunk_names import header_style
from contextpairs.builders.coding.parsed_text import Lines
from contextpairs.builders.coding.rebuild import seen_texts
from contextpairs.builders.coding.shared_text import passages_of, shared_text
from contextpairs.data.code.patch import FilePatch, parse_patch, render_patch
from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import guarded
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.store.stages import parquet_file
from contextpairs.pipelines.coding.trajectory_rows import facts_rows, read_again
from contextpairs.pipelines.run.engine import digest
from contextpairs.pipelines.run.stage import Again, Batch, stage

_FACTS = ["source", "row", "patch", "patch_origin", "repository", "commit", "facts_digest"]
_TEXT, _LINES = pa.large_string(), pa.list_(pa.large_string())
TEXTS = pa.schema(
    [
        ("bucket", pa.int32()), ("code", pa.string()), ("key", pa.string()), ("path", _TEXT), ("digest", pa.string()),
        ("repository", _TEXT), ("commit", _TEXT), ("facts_digest", pa.string()), ("numbered", pa.bool_()),
        ("patch", _TEXT), ("seen", _LINES), ("passages", pa.list_(_LINES)),
    ]
)  # fmt: skip
"""One row for each run and file: the run's patch of the file, and what it shows of it."""
NAMES = pa.schema(
    [
        ("key", pa.string()), ("functions", _LINES), ("functions_origin", pa.string()), ("unknown", _LINES),
        ("facts_digest", pa.string()),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SharingRun:
    """A run whose text is wanted: where it was read, the code it worked on, and which files of it."""

    source: str
    row: int
    key: str
    code: str
    bucket: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownPayload:
    """The runs of a partition whose text is wanted, and the file that holds their facts."""

    partition: Partition
    runs: tuple[SharingRun, ...]
    facts: str


def _failed_shown(payload: ShownPayload, failed: Sequence[dict[str, Any]]) -> ShownPayload:
    places = {(row["source"], row["row"]) for row in failed}
    return replace(payload, runs=tuple(run for run in payload.runs if (run.source, run.row) in places))


@stage("shown", again=Again(_failed_shown))
def shown_partition(payload: ShownPayload) -> Iterator[Batch]:
    """What runs show of files, one row group a bucket."""
    runs = {(run.source, run.row): run for run in payload.runs}
    facts = facts_rows(payload.facts, runs, _FACTS)
    buckets: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for trajectory in read_again(payload.partition, {place: run.key for place, run in runs.items()}):
        place = (trajectory.source, trajectory.row)
        run = runs[place]
        rows: list[dict[str, Any]] | Rejection = []
        if isinstance(trajectory, Rejection):
            rows = trajectory
        else:
            rows = guarded(partial(_shown, trajectory, run, facts[place]), "shown", *place, run.key)
        if isinstance(rows, Rejection):
            yield Batch(rejections=[replace(rows, stage="shown", key=run.key)])
        else:
            buckets[run.bucket] += rows
    for bucket in sorted(buckets):
        rows = sorted(buckets[bucket], key=lambda row: (row["code"], row["key"], row["path"]))
        yield Batch(table=pa.Table.from_pylist(rows, schema=TEXTS))
    yield Batch(table=TEXTS.empty_table())


def _shown(trajectory: Trajectory, run: SharingRun, facts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows of a run: its files of those that are wanted."""
    edits = find_edits(trajectory.messages)
    patched: dict[str, list[FilePatch]] = defaultdict(list)
    for file in parse_patch(facts["patch"]):
        patched[file.place].append(file)
    old = {place: files[0].old_path or files[0].path for place, files in patched.items()}
    wanted = {old.get(path, path) for path in run.paths}
    seen, passages = seen_texts(trajectory.messages, edits, wanted), passages_of(trajectory.messages, edits, wanted)
    told = {name: facts[name] for name in ("repository", "commit", "facts_digest")}
    rows: list[dict[str, Any]] = []
    for path in run.paths:
        base = old.get(path, path)
        content = {
            "numbered": facts["patch_origin"] == "record",
            "patch": render_patch(patched[path]),
            "seen": seen.get(base, []),
            "passages": passages.get(base, []),
        }
        if any(content[name] for name in ("patch", "seen", "passages")):
            row = {"bucket": run.bucket, "code": run.code, "key": run.key, "path": path}
            rows.append({**row, **told, **content, "digest": digest(content)})
    return rows


@dataclass(frozen=True, slots=True)
class NamesPayload:
    """One bucket of codes, the files that hold their texts, and the runs that are to be named."""

    bucket: int
    texts: tuple[str, ...]
    keys: frozenset[str]
    mirror: str | None


@stage("names")
def names_partition(payload: NamesPayload) -> Iterator[Batch]:
    """The functions of the runs of one bucket, code by code."""
    codes: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(payload):
        codes[row["code"]].append(row)
    for code in sorted(codes):
        rows = list(_named(codes[code], payload))
        counts = Counter(_outcome(row) for row in rows)
        yield Batch(table=pa.Table.from_pylist(rows, schema=NAMES), counts=dict(counts))
    yield Batch(table=NAMES.empty_table())


def _outcome(row: Mapping[str, Any]) -> str:
    if row["unknown"]:
        return "functions not all known"
    return f"functions named by {row['functions_origin']}"


def _rows(payload: NamesPayload) -> Iterator[dict[str, Any]]:
    """The texts of a bucket: a row group is of one bucket, as its statistics say."""
    for path in payload.texts:
        with parquet_file(path) as file:
            for group in range(file.num_row_groups):
                if file.metadata.row_group(group).column(0).statistics.min == payload.bucket:
                    yield from file.read_row_group(group).to_pylist()


def _named(rows: Sequence[dict[str, Any]], payload: NamesPayload) -> Iterator[dict[str, Any]]:
    """Names of the runs at one code that are to be named."""
    files = [parse_patch(row["patch"]) for row in rows]
    texts = _texts(rows, files)
    headers = header_style(file for each in files for file in each)
    runs: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        runs[row["key"]].append(index)
    for key in sorted(payload.keys & set(runs)):
        first = rows[runs[key][0]]
        base = BaseTexts(
            seen={_base(files[i], rows[i]): rows[i]["seen"] for i in runs[key]},
            mirror=Path(payload.mirror) if payload.mirror else None,
            repository=first["repository"],
            commit=first["commit"],
            shared=texts,
            headers=headers,
            numbered=first["numbered"],
        )
        named = named_functions([file for i in runs[key] for file in files[i]], base)
        unknown = [_marked(mark, first) for mark in named.unknown or _all_unknown(named.functions, files, runs[key])]
        row = {"key": key, "functions": named.functions, "functions_origin": named.origin, "unknown": unknown}
        yield {**row, "facts_digest": digest([first["facts_digest"], row])}


def _texts(rows: Sequence[dict[str, Any]], files: Sequence[Sequence[FilePatch]]) -> dict[str, Lines]:
    """What all runs at one code show of each file, under its path before the patches."""
    of_path: dict[str, list[int]] = defaultdict(list)
    for index, row in enumerate(rows):
        of_path[_base(files[index], row)].append(index)
    return {path: _text([rows[i] for i in at], [files[i] for i in at]) for path, at in of_path.items()}


def _text(rows: Sequence[dict[str, Any]], files: Sequence[Sequence[FilePatch]]) -> list[str | None]:
    recorded = (patched for row, patched in zip(rows, files, strict=True) if row["numbered"])
    hunks = (hunk for patched in recorded for file in patched for hunk in file.hunks)
    return shared_text((row["seen"] for row in rows), hunks, (p for row in rows for p in row["passages"]))


def _base(files: Sequence[FilePatch], row: Mapping[str, Any]) -> str:
    return (files[0].old_path if files else None) or str(row["path"])


def _all_unknown(functions: Sequence[str], files: Sequence[Sequence[FilePatch]], run: Sequence[int]) -> list[str]:
    """Marks for a patch that changes blank lines alone: it edits nothing that has a name."""
    return [] if functions else [f"{file.place}::?" for i in run for file in files[i]]


def _marked(mark: str, row: Mapping[str, Any]) -> str:
    """A mark that no run at another code has, nor any other run where it stands for nothing in particular."""
    path, _, place = mark.rpartition("::?")
    return f"{path}::?{row['code']}:{place}" if place else f"{path}::?{row['key']}"
