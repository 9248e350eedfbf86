"""Conversations about an image: turns in any chat notation, as questions with their answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from contextpairs.data.sources.files.faults import wrong_type
from contextpairs.data.sources.trajectories.messages import ROLES
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.fields import READ, Field
from contextpairs.data.sources.vqa.texts import Text, blank, is_generic, says_something, texts_in
from contextpairs.data.sources.vqa.wording import NUMBERED

CONTENTS = ("content", "value", "text")
PICTURES = ("image", "image_url", "url", "path", "bytes", "base64", "source")
SHOWN = ("image", "images", "image_url")
"""Names under which a turn itself names its picture, as GLM-4V has it."""
TEXT_PARTS = (None, "text", "input_text", "output_text")
NAMED_IN_TEXT = re.compile(r"<img>([^<]*)</img>", re.IGNORECASE)
"""A picture named within the text, as Qwen-VL wrote it."""
UNMAPPED = ColumnMapping()


class ChatTurn(NamedTuple):
    """One turn.

    Attributes:
        role: system, user, assistant or tool.
        text: its text parts, a line each.
        images: its images: parts that hold or name one, and those named in its text; a bare placeholder is none.
        unread: what else it says.
    """

    role: str
    text: str
    images: tuple[Field, ...] = ()
    unread: tuple[Text, ...] = ()


class ChatQuestion(NamedTuple):
    """A question of a conversation.

    Attributes:
        question: what the user says.
        answer: the turn that answers it, None where none does.
        later: turns came before, and none of its own shows the picture.
    """

    question: str
    answer: str | None
    later: bool


def is_chat(value: Any) -> bool:
    """Whether a value is a list of turns."""
    first = value[0] if isinstance(value, list) and value else None
    return isinstance(first, dict) and not {"role", "from"}.isdisjoint(first)


def turns_of(value: Sequence[Any], column: str, mapping: ColumnMapping = UNMAPPED) -> list[ChatTurn]:
    """Turns of a conversation; `mapping` decides about what they say beside role and content.

    Raises:
        RowFault: a turn is no object, or has a role or a content of another kind than is known.
    """
    return [_turn(turn, f"{column}[{at}]", column, mapping) for at, turn in enumerate(value)]


def named_in_text(text: str, column: str) -> tuple[Field, ...]:
    """Images that a text names."""
    return tuple(Field(column, place) for place in map(str.strip, NAMED_IN_TEXT.findall(text)) if place)


def _turn(turn: Any, place: str, column: str, mapping: ColumnMapping) -> ChatTurn:
    if not isinstance(turn, dict):
        raise wrong_type(place, "a turn {role, content}", turn)
    written = turn.get("role") if turn.get("role") is not None else turn.get("from")
    role = ROLES.get(written.lower()) if isinstance(written, str) else None
    if role is None:
        raise wrong_type(f"{place}.role", f"one of {', '.join(ROLES)}", written)
    name = next((name for name in CONTENTS if turn.get(name) is not None), "")
    content = turn.get(name, "")
    texts: list[str] = []
    images: list[Field] = []
    for each in SHOWN:
        held = turn.get(each)
        images += [
            Field(f"{place}.{each}", one) for one in (held if isinstance(held, list) else [held]) if not blank(one)
        ]
    unread = [*_beside(turn, {"role", "from", name}, column, mapping)]
    for part in content if isinstance(content, list) else [content]:
        unread += _add(part, f"{place}.content", texts, images, f"{column}.{name}", mapping)
    text = "\n".join(texts)
    return ChatTurn(role, text, (*images, *named_in_text(text, place)), tuple(unread))


def _add(
    part: Any, place: str, texts: list[str], images: list[Field], column: str, mapping: ColumnMapping
) -> Iterator[Text]:
    """Add a part of a turn to its texts or images; what else it says comes back."""
    if isinstance(part, str):
        texts.append(part)
        return
    if not isinstance(part, dict):
        raise wrong_type(place, "text, or a list of {type: text} and {type: image}", part)
    kind = part.get("type")
    name = next((name for name in ("text", "value", "content") if part.get(name) is not None), "")
    if kind in TEXT_PARTS and name:
        if not isinstance(part[name], str):
            raise wrong_type(f"{place}.{name}", "text", part[name])
        texts.append(part[name])
    else:
        among = (*PICTURES, "value") if isinstance(kind, str) and "image" in kind else PICTURES
        name = next((name for name in among if not blank(part.get(name))), "")
        images += [Field(f"{place}.{name}", part[name])] if name else []
    yield from _beside(part, {"type", name}, column, mapping)


def _beside(held: dict[str, Any], read: set[str], column: str, mapping: ColumnMapping) -> Iterator[Text]:
    for name, value in held.items():
        if name not in read:
            yield from texts_in(f"{column}.{name}", value, mapping, READ)


def system_text(turns: Sequence[ChatTurn]) -> str:
    """What system turns before all others say of the question, "" where it is nothing."""
    said: list[str] = []
    for turn in turns:
        if turn.role != "system":
            break
        said += [] if is_generic(turn.text) else [turn.text.strip()]
    return "\n".join(said)


def unplaced(turns: Sequence[ChatTurn], column: str) -> Iterator[Text]:
    """Texts of turns that are part of no exchange: before the first question, of a tool, or after an answer."""
    before = "system"
    for at, turn in enumerate(turns):
        yield from turn.unread
        expected = {"system": ("system", "user"), "user": ("user", "assistant"), "assistant": ("user",)}[before]
        if turn.role in expected:
            before = turn.role
        elif says_something(turn.text) and not (turn.role == "system" and is_generic(turn.text)):
            yield Text(f"{column}[{at}]", turn.text)


def exchanges(turns: Sequence[ChatTurn]) -> Iterator[ChatQuestion]:
    """Each user turn, or run of them, with the assistant's turn after it."""
    asked: list[ChatTurn] = []
    later = False
    for turn in turns:
        if turn.role == "user":
            asked.append(turn)
        elif turn.role == "assistant" and asked:
            yield _question(asked, turn.text, later)
            asked, later = [], True
    if asked:
        yield _question(asked, None, later)


def _question(asked: Sequence[ChatTurn], answer: str | None, later: bool) -> ChatQuestion:
    shows = any(turn.images or NUMBERED.search(turn.text) for turn in asked)
    return ChatQuestion("\n".join(turn.text for turn in asked), answer, later and not shows)


def last_answer(turns: Sequence[ChatTurn]) -> str | None:
    """What the assistant said last."""
    return next((turn.text for turn in reversed(turns) if turn.role == "assistant"), None)
