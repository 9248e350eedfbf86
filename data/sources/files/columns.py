"""Arrow columns as Python values: whole columns at once where all is well, row by row where one is not."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import accumulate
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

from contextpairs.data.code.trajectory import Message
from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.files.json_text import REPLACEMENT
from contextpairs.data.sources.trajectories.messages import CALLING, ROLES, chat_messages

Turns = list[Message] | RowFault
# A third of the cost of Message(role, content): millions are made.
_MESSAGE: Callable[[Any], Message] = partial(tuple.__new__, Message)


def plain_values(column: Any, name: str) -> list[Any]:
    """Values of a column; text without NUL; a RowFault for a value that cannot be decoded."""
    values = _each(column, lambda part: part.to_pylist(), name)
    if not (pt.is_string(column.type) or pt.is_large_string(column.type)):
        return [_held(value) for value in values] if pt.is_nested(column.type) else values
    return [value.replace("\0", REPLACEMENT) if isinstance(value, str) and "\0" in value else value for value in values]


def _held(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", REPLACEMENT)
    if isinstance(value, dict):
        return {name: _held(item) for name, item in value.items()}
    return [_held(item) for item in value] if isinstance(value, list) else value


def conversations(column: Any, name: str) -> list[Turns]:
    """Messages of every row of a column of turns, or the fault of the row."""
    if isinstance(column.type, pa.ExtensionType):
        column = column.storage
    return _each(column, _structs if _is_plain(column) else lambda part: _parsed(part, name), name)


def _each(column: Any, convert: Callable[[Any], list[Any]], name: str) -> list[Any]:
    """Convert a column; where its bytes are not UTF-8, each row on its own."""
    try:
        return convert(column)
    except (UnicodeDecodeError, pa.ArrowException):
        if len(column) == 1:
            return [RowFault("encoding", f"field {name!r}: text is not UTF-8; convert or drop the row")]
        return [value for at in range(len(column)) for value in _each(column.slice(at, 1), convert, name)]


def _is_plain(column: Any) -> bool:
    """Whether turns are structs of role and content as text, and none of this batch calls tools."""
    if not (pt.is_list(column.type) or pt.is_large_list(column.type)) or not pt.is_struct(column.type.value_type):
        return False
    turn = column.type.value_type
    kinds = {field.name: field.type for field in turn}
    texts = [kinds.get("role"), kinds.get("content")]
    if not all(kind is not None and (pt.is_string(kind) or pt.is_large_string(kind)) for kind in texts):
        return False
    flat = column.flatten()
    return all(flat.field(name).null_count == len(flat) for name in CALLING if name in kinds)


def _structs(column: Any) -> list[Any]:
    """Messages by slices of the flattened children: no dict is made for a turn."""
    flat = column.flatten()
    contents = pc.fill_null(pc.struct_field(flat, "content"), "").to_numpy(zero_copy_only=False).tolist()
    written = pc.struct_field(flat, "role").to_numpy(zero_copy_only=False).tolist()
    roles = [ROLES.get(role) or ROLES.get(str(role).lower()) for role in written]
    lengths = [length or 0 for length in pc.list_value_length(column).to_pylist()]
    ends = list(accumulate(lengths))
    return [_slice(roles, written, contents, end - length, end) for end, length in zip(ends, lengths, strict=True)]


def _slice(roles: list[str | None], written: list[Any], contents: list[str], start: int, end: int) -> Turns:
    if start == end:
        return RowFault("no-messages", "field 'messages' is empty; expected the turns of a run, drop the row")
    mine = roles[start:end]
    texts = contents[start:end]
    if any("\0" in text for text in texts):
        texts = [text.replace("\0", REPLACEMENT) for text in texts]
    if None in mine:
        return _turns([{"role": r, "content": t} for r, t in zip(written[start:end], texts, strict=True)], "messages")
    return list(map(_MESSAGE, zip(mine, texts, strict=True)))


def _parsed(column: Any, name: str) -> list[Any]:
    return [_turns(value, name) for value in plain_values(column, name)]


def _turns(value: Any, name: str) -> Turns:
    if isinstance(value, RowFault):
        return value
    try:
        return chat_messages(value, name)
    except RowFault as fault:
        return fault
