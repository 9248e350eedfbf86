"""Turns of any chat notation as messages: role and text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from contextpairs.data.code.trajectory import Message
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.files.json_text import parse
from contextpairs.data.sources.trajectories.tool_results import in_call_order

ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "ai": "assistant", "agent": "assistant", "model": "assistant", "gpt": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool", "environment": "tool", "ipython": "tool", "exit": "tool",
}  # fmt: skip
CONTENTS = ("content", "text", "value", "system_prompt")
CALLING = ("tool_calls", "function_call", "reasoning_content")


def chat_messages(turns: Any, field: str = "messages") -> list[Message]:
    """Messages of a list of turns, or of that list as JSON text.

    A turn is {role, content} with whatever else the notation has: `text` or `value` for content, `from` for role,
    content as a list of parts, tool calls.

    Raises:
        RowFault: no-messages, wrong-type, missing-field, or what parsing the text raises.
    """
    if isinstance(turns, str) and turns:
        turns = parse(turns)
    if turns is None or turns == [] or turns == "":
        raise RowFault("no-messages", f"field {field!r} is empty; expected the turns of a run, drop the row")
    if not isinstance(turns, list):
        raise wrong_type(field, "a list of {role, content}", turns)
    turns = in_call_order(turns)
    return [_message(turn, field, at) for at, turn in enumerate(turns)]


def _message(turn: Any, field: str, at: int) -> Message:
    if type(turn) is not dict:
        raise wrong_type(f"{field}[{at}]", "an object {role, content}", turn)
    written, content = turn.get("role"), turn.get("content")
    role = ROLES.get(written, "") if isinstance(written, str) else ""
    if not role or type(content) is not str or any(turn.get(name) for name in CALLING):
        return Message(role or _role(turn, f"{field}[{at}]"), _content(turn, f"{field}[{at}]"))
    return Message(role, content)


def _role(turn: Mapping[str, Any], place: str) -> str:
    given = turn.get("role", turn.get("from"))
    if given is None:
        raise RowFault("missing-field", f"field '{place}.role' is absent; expected one of {', '.join(ROLES)}")
    return normal_role(given, f"{place}.role")


def normal_role(given: Any, place: str) -> str:
    """One of system, user, assistant, tool."""
    role = ROLES.get(given.lower()) if isinstance(given, str) else None
    if role is None:
        raise wrong_type(place, f"one of {', '.join(ROLES)}", given)
    return role


def _content(turn: Mapping[str, Any], place: str) -> str:
    given = next((turn[name] for name in CONTENTS if turn.get(name) is not None), "")
    reasoning = turn.get("reasoning_content")
    calls = tool_calls(turn.get("tool_calls") or turn.get("function_call"), place)
    thought = reasoning if isinstance(reasoning, str) else ""
    return joined([thought, content_text(given, f"{place}.content"), *calls])


def joined(parts: list[str]) -> str:
    """Parts of a turn that hold something, a blank line between them; one alone stays exactly as it is."""
    kept = [part for part in parts if part.strip()]
    return "\n\n".join(kept) if len(kept) > 1 else (kept[0] if kept else "".join(parts))


def content_text(content: Any, place: str) -> str:
    """Text of a content: a string, null, or a list of parts."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if not isinstance(content, list):
        raise wrong_type(place, "text, null or a list of parts", content)
    return "\n".join(_part(part, f"{place}[{at}]") for at, part in enumerate(content))


def _part(part: Any, place: str) -> str:
    if isinstance(part, str):
        return part
    if not isinstance(part, dict):
        raise wrong_type(place, "text or an object with a type", part)
    if part.get("type") == "tool_use":
        return rendered_call(part.get("name"), part.get("input"))
    for name in ("text", "thinking", "content"):
        if isinstance(part.get(name), str):
            return str(part[name])
    if part.get("type") == "tool_result":
        return content_text(part.get("content"), f"{place}.content")
    return f"[{part.get('type') or 'part'}]"


def tool_calls(calls: Any, place: str) -> list[str]:
    """Each tool call of a turn as text."""
    if calls is None or calls == "":
        return []
    if isinstance(calls, str):
        calls = parse(calls)
    if isinstance(calls, dict):
        calls = [calls]
    if not isinstance(calls, list):
        raise wrong_type(f"{place}.tool_calls", "a list of calls", calls)
    return [_call(call, f"{place}.tool_calls[{at}]") for at, call in enumerate(calls)]


def _call(call: Any, place: str) -> str:
    function = call.get("function", call) if isinstance(call, dict) else call
    if not isinstance(function, dict):
        raise wrong_type(place, "an object {function: {name, arguments}}", call)
    return rendered_call(function.get("name") or function.get("function_name"), function.get("arguments"))


def rendered_call(name: Any, arguments: Any) -> str:
    """A call as a reader sees it: its name, then each argument as `name:` and its value with real line ends."""
    if isinstance(arguments, str):
        try:
            arguments = parse(arguments)
        except RowFault:
            # Models write broken JSON; what they wrote is what happened.
            return f"{name}\n{arguments}"
    if not isinstance(arguments, dict):
        return f"{name}\n{_value(arguments)}" if arguments is not None else str(name)
    return "\n".join([str(name), *_arguments(arguments)])


def _arguments(arguments: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name}:\n{_value(value)}" for name, value in arguments.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
