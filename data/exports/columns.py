"""Columns of exported Parquet, with the note by which `datasets` finds its features again.

Lists are noted in the spelling that releases of `datasets` before 4 wrote: old and new ones read it, and trainers pin
either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa


class Column(NamedTuple):
    """A type for Arrow and the same as `datasets` writes it down."""

    kind: pa.DataType
    feature: Any


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
