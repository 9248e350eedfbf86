"""What a form of export is: how an example becomes a record, the columns of its Parquet, how a run is started.

Parquet carries the note by which `datasets` finds its features again. Lists are noted in the spelling that releases of
`datasets` before 4 wrote: old and new ones read it, and trainers pin either.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa

from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.record import ExportError, ExportOptions
from contextpairs.data.pairs.prompting import PromptOptions

Record = Mapping[str, Any]


class Column(NamedTuple):
    """A type for Arrow and the same as `datasets` writes it down."""

    kind: pa.DataType
    feature: Any


@dataclass(frozen=True, slots=True)
class ExportForm:
    """How one consumer reads examples."""

    name: str
    record: Callable[[Example, ExportOptions], Record]
    """An example as the consumer reads it."""
    start: str
    """The lines that start a run; {here}, {train} and {probe} stand for the folder and its files."""
    columns: Callable[[bool], Mapping[str, Column]] | None = None
    """Columns of its Parquet, with images or without; None: JSON lines."""
    pair: Callable[[Record], Mapping[str, Any]] | None = None
    """The pair row that a record carries; None: it has no place for one."""
    files: tuple[str, ...] = ()
    """Files of this package that stand beside the data."""
    has_reply: bool = False
    """Whether records hold the model's reply; without, a reply cannot be begun for the model."""
    has_system: bool = True

    def check(self, prompt: PromptOptions) -> None:
        """Refuse what the form cannot say. Raises ExportError."""
        if prompt.prefill and not self.has_reply:
            raise ExportError(
                f"prompt.prefill: {self.name} lets the model begin its own reply, so it would be lost; leave it empty "
                "and ask for it in prompt.suffix"
            )
        if prompt.system and not self.has_system:
            raise ExportError(f"prompt.system: {self.name} has no system message; say it in prompt.suffix")

    def file_name(self, split: str) -> str:
        """The file that holds a split."""
        return f"{split}.{'jsonl' if self.columns is None else 'parquet'}"

    def start_at(self, here: str, splits: Sequence[str]) -> str:
        """The lines that start a run on an export at `here`; an exported split stands in for one that is not there."""
        train, probe = (
            f"{here}/{self.file_name(split if split in splits else splits[0])}" for split in ("train", "probe")
        )
        return self.start.replace("{here}", here).replace("{train}", train).replace("{probe}", probe)


def struct(**fields: Column) -> Column:
    """Several columns as one."""
    kind = pa.struct([(name, field.kind) for name, field in fields.items()])
    return Column(kind, {name: field.feature for name, field in fields.items()})


def records(**fields: Column) -> Column:
    """A list of structs."""
    one = struct(**fields)
    return Column(pa.list_(one.kind), [one.feature])


TEXT = Column(pa.large_string(), {"dtype": "large_string", "_type": "Value"})
NUMBER = Column(pa.int64(), {"dtype": "int64", "_type": "Value"})
TURNS = records(role=TEXT, content=TEXT)
"""A conversation whose contents are text."""
TURNS_OF_PARTS = records(role=TEXT, content=records(type=TEXT, text=TEXT))
"""A conversation whose contents are lists of {type: text} and {type: image}."""
IMAGES = Column(
    # The only type that `datasets` takes for images.
    pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
    {"feature": {"_type": "Image"}, "_type": "Sequence"},
)


def schema_of_columns(columns: Mapping[str, Column]) -> pa.Schema:
    """An Arrow schema that carries the features."""
    features = {name: column.feature for name, column in columns.items()}
    note = json.dumps({"info": {"features": features}})
    fields = [pa.field(name, column.kind) for name, column in columns.items()]
    return pa.schema(fields, metadata={"huggingface": note})
