"""Conversations about an image: turns in any chat notation, as questions with their answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.files.json_text import parse
from contextpairs.data.sources.trajectories.messages import ROLES
from contextpairs.data.sources.vqa.fields import Field, blank

CONTENTS = ("content", "value", "text")
PICTURES = ("image", "image_url", "url", "path", "bytes", "base64")


class ChatTurn(NamedTuple):
    """One turn.

    Attributes:
        role: system, user, assistant or tool.
        text: its text parts, a line each.
        images: its image parts that hold or name an image; a bare placeholder is none.
    """

    role: str
    text: str
    images: tuple[Field, ...] = ()


class ChatQuestion(NamedTuple):
    """A question and the turn that answers it, None where none does."""

    question: str
    answer: str | None


def is_chat(value: Any) -> bool:
    """Whether a value is a list of turns."""
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and not {"role", "from"}.isdisjoint(first)


def unpacked(value: Any, starts: tuple[str, ...] = ("[{",)) -> Any:
    """The list or object that a text with such a beginning holds as JSON; any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(starts):
        return value
    try:
        parsed = parse(value)
    except RowFault:
        return value
    return parsed if isinstance(parsed, (list, dict)) else value


def turns_of(value: Sequence[Any], column: str) -> list[ChatTurn]:
    """Turns of a conversation.

    Raises:
        RowFault: a turn is no object, or has a role or a content of another kind than is known.
    """
    return [_turn(turn, f"{column}[{at}]") for at, turn in enumerate(value)]


def _turn(turn: Any, place: str) -> ChatTurn:
    if not isinstance(turn, dict):
        raise wrong_type(place, "a turn {role, content}", turn)
    written = turn.get("role") if turn.get("role") is not None else turn.get("from")
    role = ROLES.get(written.lower()) if isinstance(written, str) else None
    if role is None:
        raise wrong_type(f"{place}.role", f"one of {', '.join(ROLES)}", written)
    content = next((turn[name] for name in CONTENTS if turn.get(name) is not None), "")
    parts = content if isinstance(content, list) else [content]
    texts: list[str] = []
    images: list[Field] = []
    for part in parts:
        _add(part, f"{place}.content", texts, images)
    return ChatTurn(role, "\n".join(texts), tuple(images))


def _add(part: Any, place: str, texts: list[str], images: list[Field]) -> None:
    """Add a part of a turn to its texts or images."""
    if isinstance(part, str):
        texts.append(part)
        return
    if not isinstance(part, dict):
        raise wrong_type(place, "text, or a list of {type: text} and {type: image}", part)
    text = part.get("text")
    if part.get("type") in (None, "text", "input_text") and text is not None:
        if not isinstance(text, str):
            raise wrong_type(f"{place}.text", "text", text)
        texts.append(text)
        return
    images += [Field(f"{place}.{name}", part[name]) for name in PICTURES if not blank(part.get(name))][:1]


def exchanges(turns: Sequence[ChatTurn]) -> Iterator[ChatQuestion]:
    """Each user turn, or run of them, with the assistant's turn after it."""
    asked: list[str] = []
    for turn in turns:
        if turn.role == "user":
            asked.append(turn.text)
        elif turn.role == "assistant" and asked:
            yield ChatQuestion("\n".join(asked), turn.text)
            asked = []
    if asked:
        yield ChatQuestion("\n".join(asked), None)


def last_answer(turns: Sequence[ChatTurn]) -> str | None:
    """What the assistant said last."""
    return next((turn.text for turn in reversed(turns) if turn.role == "assistant"), None)
