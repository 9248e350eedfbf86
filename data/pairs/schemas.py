"""What a pair row looks like at rest: its Arrow schema, its checked form, its identity.

Both domains share the columns; what a context is differs, and `PairForm` holds all that follows from it.

`scores` and `provenance` are JSON text. Which measures a row carries depends on the configured conditions and filters;
as a struct each new one would change the schema, and versions could no longer be read as one table. DuckDB filters
them as they are (`scores->>'$.issue_similarity'`). For the same reason the domain of an image, and the options of its
question, stand in `provenance`: no trainer of pairs reads them, and a column that only some sources fill is a trap.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import pyarrow as pa

from contextpairs.data.pairs.contexts import IMAGE, TURNS, ContextForm, Turns, digest, refuse
from contextpairs.data.pairs.contexts import PairError as PairError

Split = Literal["train", "probe"]
SPLITS: tuple[Split, ...] = get_args(Split)
LETTERS = ("A", "B")
COLUMNS = (
    "pair_id",
    "mirror_id",
    "group_id",
    "strategy",
    "query",
    "answer",
    "positive",
    "negative",
    "label",
    "scores",
    "provenance",
)
JSON_FIELDS = ("scores", "provenance")
CONTEXT_FIELDS = ("positive", "negative")


def _schema(context: ContextForm) -> pa.Schema:
    """The columns with the note by which `datasets` finds its features again."""
    text = {"dtype": "large_string", "_type": "Value"}
    features = {name: dict(context.feature) if name in CONTEXT_FIELDS else text for name in COLUMNS}
    note = json.dumps({"info": {"features": features}})
    return pa.schema([_column(name, context) for name in COLUMNS], metadata={"huggingface": note})


def _column(name: str, context: ContextForm) -> pa.Field:
    if name in CONTEXT_FIELDS:
        return pa.field(name, context.kind, nullable=context.nullable)
    return pa.field(name, pa.large_string(), nullable=False)


PAIRS_CODING = _schema(TURNS)
PAIRS_IMAGES = _schema(IMAGE)


@dataclass(frozen=True, slots=True)
class PairForm:
    """How the pairs of a domain look at rest."""

    schema: pa.Schema
    context: ContextForm
    strategies: tuple[str, ...]
    """How couples of this domain are found."""
    row_group_rows: int | None = None
    """Rows of a row group at most, where bytes alone do not bound it: what a reader of one random image must read."""

    def row(self, row: Mapping[str, Any], where: str) -> dict[str, Any]:
        """A row in the form it is stored in: every field there, of its type, JSON in canonical form.

        Args:
            row: the columns; `scores` and `provenance` may be mappings or JSON text.
            where: names the row in messages.

        Raises:
            PairError: names the row, the field, what was expected and what was found.
        """
        _check_names(row, where)
        return {name: self._field(name, row[name], where) for name in COLUMNS}

    def pair_id(self, query: str, answer: str, positive: Any, negative: Any) -> str:
        """`pair_id_of` the two contexts, given in the form of this domain."""
        return pair_id_of(query, answer, self.context.identity(positive), self.context.identity(negative))

    def _field(self, name: str, value: Any, where: str) -> Any:
        if name in JSON_FIELDS:
            return _json_text(name, value, where)
        if name in CONTEXT_FIELDS:
            return self.context.stored(name, value, where)
        if not isinstance(value, str):
            refuse(where, name, "text", value)
        if name == "label" and value not in LETTERS:
            refuse(where, name, "'A' or 'B' (see contextpairs.data.pairs.splits.assign_labels)", value)
        if name == "strategy" and value not in self.strategies:
            refuse(where, name, f"one of {self.strategies}", value)
        return value


CODING = PairForm(PAIRS_CODING, TURNS, ("trajectory",))
IMAGES = PairForm(PAIRS_IMAGES, IMAGE, ("edit", "retrieval"), row_group_rows=100)
FORMS: dict[str, PairForm] = {"coding": CODING, "images": IMAGES}


def form_of(domain: str) -> PairForm:
    """The form of a domain's pairs. Raises PairError for a domain that has none."""
    if domain not in FORMS:
        raise PairError(f"domain {domain!r} has no pair schema; expected one of {sorted(FORMS)}")
    return FORMS[domain]


def schema_of(domain: str) -> pa.Schema:
    """The schema of a domain's pairs. Raises PairError for a domain that has none."""
    return form_of(domain).schema


def schema_fingerprint(schema: pa.Schema) -> str:
    """sha256 over field names, types and nullability, 64 hex digits."""
    fields = [[field.name, str(field.type), field.nullable] for field in schema]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


def pair_id_of(query: str, answer: str, positive: bytes, negative: bytes) -> str:
    """Identity of a pair: 32 hex digits over what it says and nothing else.

    Where the pair came from, its scores and its label stay out, so it is the same in every rebuild. The `mirror_id` of
    a pair is the identity of the same query with the other answer and the contexts swapped.

    Args:
        query: as the row has it.
        answer: as the row has it.
        positive: identity of the positive context.
        negative: identity of the negative context.

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate.
    """
    return digest([query.encode(), answer.encode(), positive, negative]).hex()


def pair_id(query: str, answer: str, positive: Turns, negative: Turns) -> str:
    """Identity of a coding pair. Raises UnicodeEncodeError for a lone surrogate."""
    return CODING.pair_id(query, answer, positive, negative)


def image_pair_id(query: str, answer: str, positive: str, negative: str) -> str:
    """Identity of an image pair from the `image_id`s of its images (sha256 of their bytes, 64 hex digits).

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate.
        ValueError: an id is not hexadecimal.
    """
    return pair_id_of(query, answer, bytes.fromhex(positive), bytes.fromhex(negative))


def context_id(context: Turns) -> bytes:
    """Identity of a coding context, 16 bytes. Raises UnicodeEncodeError for a lone surrogate."""
    return TURNS.identity(context)


def _check_names(row: Mapping[str, Any], where: str) -> None:
    missing = [name for name in COLUMNS if name not in row]
    unknown = sorted(set(row) - set(COLUMNS))
    if missing or unknown:
        raise PairError(f"{where}: fields missing: {missing}, unknown: {unknown}; expected {list(COLUMNS)}")


def _json_text(name: str, value: Any, where: str) -> str:
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
        if not isinstance(parsed, Mapping):
            refuse(where, name, "a mapping or the JSON text of an object", value)
        return canonical_json(dict(parsed))
    except PairError:
        raise
    except (TypeError, ValueError) as error:
        raise PairError(f"{where}, field {name!r}: no JSON ({error}); leave out what is not a number") from error


def canonical_json(value: Any) -> str:
    """JSON text with sorted keys and no spaces. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
