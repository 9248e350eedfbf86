"""What a pair row looks like at rest: its Arrow schema, its checked form, its identity.

`scores` and `provenance` are JSON text. Which measures a row carries depends on the configured conditions and filters;
as a struct each new one would change the schema, and versions could no longer be read as one table. DuckDB filters
them as they are (`scores->>'$.issue_similarity'`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NoReturn, TypeAlias, get_args

import pyarrow as pa

Split = Literal["train", "probe"]
SPLITS: tuple[Split, ...] = get_args(Split)
STRATEGIES = ("trajectory", "edit", "retrieval")
LETTERS = ("A", "B")
IDENTITY = b"contextpairs pair 1"
"""Enters every pair_id: a change of what identity means shall change all of them."""


class PairError(ValueError):
    """A pair row, or a set of them, that must not be published."""


def _with_features(fields: list[tuple[str, pa.DataType]]) -> pa.Schema:
    """The schema with the note by which `datasets` finds its features again."""
    features = {name: _feature(kind) for name, kind in fields}
    note = json.dumps({"info": {"features": features}})
    return pa.schema([pa.field(name, kind, nullable=False) for name, kind in fields], metadata={"huggingface": note})


def _feature(kind: pa.DataType) -> dict[str, Any]:
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {field.name: _feature(field.type) for field in kind}
    return {"dtype": str(kind), "_type": "Value"}


MESSAGES = pa.list_(pa.struct([("role", pa.large_string()), ("content", pa.large_string())]))
PAIRS_CODING = _with_features(
    [
        ("pair_id", pa.large_string()),
        ("mirror_id", pa.large_string()),
        ("group_id", pa.large_string()),
        ("strategy", pa.large_string()),
        ("query", pa.large_string()),
        ("answer", pa.large_string()),
        ("positive", MESSAGES),
        ("negative", MESSAGES),
        ("label", pa.large_string()),
        ("scores", pa.large_string()),
        ("provenance", pa.large_string()),
    ]
)
JSON_FIELDS = ("scores", "provenance")
CONTEXT_FIELDS = ("positive", "negative")


def schema_of(domain: str) -> pa.Schema:
    """The schema of a domain's pairs. Raises PairError for a domain that has none."""
    if domain != "coding":
        raise PairError(f"domain {domain!r} has no pair schema; expected 'coding'")
    return PAIRS_CODING


def schema_fingerprint(schema: pa.Schema) -> str:
    """sha256 over field names, types and nullability, 64 hex digits."""
    fields = [[field.name, str(field.type), field.nullable] for field in schema]
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


Context: TypeAlias = Iterable[Mapping[str, str]]


def pair_id(query: str, answer: str, positive: Context, negative: Context) -> str:
    """Identity of a pair: 32 hex digits over what it says and nothing else.

    Where the pair came from, its scores and its label stay out, so it is the same in every rebuild. The `mirror_id` of
    a pair is `pair_id(query, other_answer, negative, positive)`.

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate.
    """
    return pair_id_of(query, answer, context_id(positive), context_id(negative))


def pair_id_of(query: str, answer: str, positive: bytes, negative: bytes) -> str:
    """`pair_id` from the `context_id`s of the contexts."""
    return _digest([query.encode(), answer.encode(), positive, negative]).hex()


def context_id(context: Context) -> bytes:
    """Identity of a context: 16 bytes over its turns. Raises UnicodeEncodeError for a lone surrogate."""
    return _digest([text.encode() for message in context for text in (message["role"], message["content"])])


def _digest(parts: list[bytes]) -> bytes:
    """16 bytes over a list, lengths first, so that no other list hashes alike."""
    lengths = ",".join(str(len(part)) for part in parts)
    return hashlib.sha256(b"".join([IDENTITY, lengths.encode(), b";", *parts])).digest()[:16]


def pair_row(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A row in the form it is stored in: every field there, of its type, JSON in canonical form.

    Args:
        row: the fields of `PAIRS_CODING`; `scores` and `provenance` may be mappings or JSON text.
        where: names the row in messages.

    Raises:
        PairError: names the row, the field, what was expected and what was found.
    """
    _check_names(row, where)
    return {name: _field(name, row[name], where) for name in PAIRS_CODING.names}


def _check_names(row: Mapping[str, Any], where: str) -> None:
    missing = [name for name in PAIRS_CODING.names if name not in row]
    unknown = sorted(set(row) - set(PAIRS_CODING.names))
    if missing or unknown:
        raise PairError(f"{where}: fields missing: {missing}, unknown: {unknown}; expected {PAIRS_CODING.names}")


def _field(name: str, value: Any, where: str) -> Any:
    if name in JSON_FIELDS:
        return _json_text(name, value, where)
    if name in CONTEXT_FIELDS:
        return _messages(name, value, where)
    if not isinstance(value, str):
        _refuse(where, name, "text", value)
    if name == "label" and value not in LETTERS:
        _refuse(where, name, "'A' or 'B' (see data.splits.assign_labels)", value)
    if name == "strategy" and value not in STRATEGIES:
        _refuse(where, name, f"one of {STRATEGIES}", value)
    return value


def _messages(name: str, value: Any, where: str) -> list[dict[str, str]]:
    if not isinstance(value, list) or not value:
        _refuse(where, name, "a non-empty list of {role, content}", value)
    for turn, message in enumerate(value):
        if not (isinstance(message, Mapping) and set(message) == {"role", "content"}):
            _refuse(where, f"{name}[{turn}]", "{role, content}", message)
        if not all(isinstance(text, str) for text in message.values()):
            _refuse(where, f"{name}[{turn}]", "role and content as text", message)
    return [{"role": message["role"], "content": message["content"]} for message in value]


def _json_text(name: str, value: Any, where: str) -> str:
    try:
        parsed = json.loads(value) if isinstance(value, str) else value
        if not isinstance(parsed, Mapping):
            _refuse(where, name, "a mapping or the JSON text of an object", value)
        return canonical_json(dict(parsed))
    except PairError:
        raise
    except (TypeError, ValueError) as error:
        raise PairError(f"{where}, field {name!r}: no JSON ({error}); leave out what is not a number") from error


def canonical_json(value: Any) -> str:
    """JSON text with sorted keys and no spaces. Raises ValueError for NaN and infinities."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _refuse(where: str, name: str, expected: str, value: Any) -> NoReturn:
    raise PairError(f"{where}, field {name!r}: expected {expected}, found {type(value).__name__} {str(value)[:80]!r}")
