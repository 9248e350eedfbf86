"""Facts of all trajectories in memory: integer codes for the cascade, and the few strings that name things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.builders.coding.compact_facts import UNKNOWN_FUNCTION, Codes, CompactFacts, ListCodes
from contextpairs.data.store.stages import parquet_file, read_table
from contextpairs.pipelines.run.engine import Output

KEY_COLUMNS = [
    "key", "source", "row", "instance_id", "repository", "commit_key", "files", "functions", "functions_origin",
    "patch_digest", "resolved", "patch_chars", "patch_simhash", "facts_digest", "partition",
]  # fmt: skip
STATED = ("functions", "functions_origin", "facts_digest")
"""What text of other runs may change of the facts."""


@dataclass(slots=True)
class FactsTable:
    """Distinct trajectories, sorted by key.

    Attributes:
        table: `KEY_COLUMNS` of each, large texts left on disk; and `unknown`, a `path::?mark` for each change of which
            the function is not known (see `contextpairs.builders.coding.functions`).
        compact: the same as codes.
        duplicates: how many byte-identical trajectories were left out.
        paths: the files that hold the full facts, by partition number.
    """

    table: pa.Table
    compact: CompactFacts
    duplicates: int
    paths: list[str]

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def issues(self) -> Iterator[str]:
        """Issue texts in the order of their codes, read file by file."""
        first = _first_rows(self.compact.issue)
        partition = self.table["partition"].to_numpy()[first]
        keys = self.table["key"].take(pa.array(first))
        texts: dict[int, str] = {}
        for number in np.unique(partition):
            codes = np.flatnonzero(partition == number)
            for code, text in zip(codes, self.read(int(number), keys.take(pa.array(codes)), "issue"), strict=True):
                texts[int(code)] = text or ""
        return (texts[code] for code in range(len(first)))

    def read(self, partition: int, keys: pa.ChunkedArray, column: str) -> list[Any]:
        """One column of the trajectories with these keys, all of one partition, in the order of the keys."""
        with parquet_file(self.paths[partition]) as file:
            table = file.read(columns=["key", column])
        values = table[column].take(pc.index_in(keys, value_set=table["key"].combine_chunks()))
        listed: list[Any] = values.to_pylist()
        return listed


def load_facts(outputs: Sequence[Output]) -> FactsTable:
    """Read the key columns of every facts output; of byte-identical trajectories the first by source and row stays.

    At least one output has rows.
    """
    parts = []
    for number, output in enumerate(outputs):
        if output.rows:
            part = read_table(output.path, [name for name in KEY_COLUMNS if name != "partition"])
            parts.append(part.append_column("partition", pa.array(np.full(len(part), number, np.int32))))
    table = pa.concat_tables(parts).sort_by([("key", "ascending"), ("source", "ascending"), ("row", "ascending")])
    codes = table["key"].combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.r_[True, np.diff(codes) != 0]
    distinct = table.filter(pa.array(first))
    none = pa.array([[]] * len(distinct), distinct.schema.field("functions").type)
    distinct = distinct.append_column("unknown", none)
    return FactsTable(distinct, _compact(distinct), int((~first).sum()), [output.path for output in outputs])


def renamed(facts: FactsTable, named: Mapping[str, Mapping[str, Any]]) -> FactsTable:
    """The table with other functions.

    Args:
        facts: as loaded.
        named: `functions`, `functions_origin`, `unknown` and `facts_digest` by key.
    """
    if not named:
        return facts
    table = facts.table
    keys = table["key"].to_pylist()
    for name in (*STATED, "unknown"):
        old = table[name].to_pylist()
        values = [named[key][name] if key in named else value for key, value in zip(keys, old, strict=True)]
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, pa.array(values, table.schema.field(name).type))
    return replace(facts, table=table, compact=_compact(table))


def _compact(table: pa.Table) -> CompactFacts:
    repository = table["repository"]
    scalars = {
        "repository": _codes(repository),
        "commit": _commits(table),
        "known commit": _codes(table["commit_key"]),
        "instance": _codes(table["instance_id"]),
        "outcome": _codes(table["resolved"]),
        "patch": _codes(table["patch_digest"]),
    }
    return CompactFacts(scalars, _lists(table), scalars["instance"])


def _lists(table: pa.Table) -> dict[str, ListCodes]:
    """Files, functions, and the files that a function is not known of; a function that is not known has a mark."""
    unknown = table["unknown"].to_pylist()
    paths = [sorted({mark.partition("::")[0] for mark in marks}) for marks in unknown]
    places = [[*names, *marks] for names, marks in zip(table["functions"].to_pylist(), unknown, strict=True)]
    kind = table.schema.field("files").type
    files, open_files = _list_codes(table["repository"], table["files"], pa.chunked_array([pa.array(paths, kind)]))
    (functions,) = _list_codes(table["repository"], pa.chunked_array([pa.array(places, kind)]))
    return {"file": files, "function": functions, UNKNOWN_FUNCTION: open_files}


def _codes(column: pa.ChunkedArray) -> Codes:
    """Codes by first occurrence, -1 for null. Commits and patches need no repository: they are hashes."""
    indices = column.combine_chunks().dictionary_encode().indices
    return np.asarray(indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def _commits(table: pa.Table) -> Codes:
    """Codes of commits. An instance has one base commit, so runs on it share one even where no record names it."""
    instances, commits = _codes(table["instance_id"]), _codes(table["commit_key"])
    of_instance = np.full(int(instances.max(initial=0)) + 1, -1, np.int64)
    np.maximum.at(of_instance, instances, commits)
    nameless = int(commits.max(initial=0)) + 1 + np.arange(len(of_instance))
    return np.where(commits >= 0, commits, np.where(of_instance >= 0, of_instance, nameless)[instances])


def _list_codes(repository: pa.ChunkedArray, *columns: pa.ChunkedArray) -> list[ListCodes]:
    """Codes of list entries, told apart by repository: `setup.py` of two repositories is two files."""
    owners = repository.combine_chunks().fill_null("?")
    values, offsets = [], []
    for column in columns:
        lists = column.combine_chunks()
        owner = owners.take(pc.list_parent_indices(lists))
        values.append(pc.binary_join_element_wise(owner, lists.flatten(), pa.scalar("::", pa.large_string())))
        lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
        offsets.append(np.r_[0, np.cumsum(lengths)].astype(np.int64))
    encoded = pa.concat_arrays(values).dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    parts = np.split(encoded, np.cumsum([len(each) for each in values])[:-1])
    return [ListCodes(*each) for each in zip(offsets, parts, strict=True)]


def _first_rows(codes: Codes) -> npt.NDArray[np.int64]:
    """Row of the first occurrence of each code."""
    return np.asarray(np.unique(codes, return_index=True)[1], dtype=np.int64)
