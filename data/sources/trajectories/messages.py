"""Turns of any chat notation as messages: role and text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from contextpairs.data.code.trajectory import DoubtfulMessage, Message
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
UNKNOWN = ""
"""The role of a turn whose record names one that is none of these."""
_COMMAND = re.compile(
    r"<function=|<tool_call>|<execute_\w{1,20}>|```[\w+-]{0,40}[ \t]{0,8}\n|^(?:Action|ACTION|Command)(?: Input)?:"
    r"|^end_of_edit|^\w{1,40}\ncommand:\n",
    re.M,
)
_TOOLS = {"file_editor": ("str_replace_editor", "path"), "terminal": ("execute_bash", "command")}
"""Newer names of tools and an argument that tells them: the same tools are read and masked in one notation."""
CALLING = ("tool_calls", "function_call", "reasoning_content")


def chat_messages(turns: Any, field: str = "messages") -> list[Message]:
    """Messages of a list of turns, or of that list as JSON text.

    A turn is {role, content} with whatever else the notation has: `text` or `value` for content, `from` for role,
    content as a list of parts, tool calls. A turn in a role that nobody knows answers a call where one is open, and is
    the agent's own otherwise; either way it is a `DoubtfulMessage`.

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
    messages = [_message(turn, field, at) for at, turn in enumerate(turns)]
    return _guessed(messages, turns) if UNKNOWN in {message.role for message in messages} else messages


def _message(turn: Any, field: str, at: int) -> Message:
    if type(turn) is not dict:
        raise wrong_type(f"{field}[{at}]", "an object {role, content}", turn)
    written, content = turn.get("role"), turn.get("content")
    role = ROLES.get(written, "") if isinstance(written, str) else ""
    if not role or type(content) is not str or any(turn.get(name) for name in CALLING):
        return Message(role or _role(turn, f"{field}[{at}]"), _content(turn, f"{field}[{at}]"))
    return Message(role, content)


def _role(turn: Mapping[str, Any], place: str) -> str:
    given = next((turn[name] for name in ("role", "from") if turn.get(name) is not None), None)
    if given is None:
        raise RowFault("missing-field", f"field '{place}.role' is absent; expected one of {', '.join(ROLES)}")
    return normal_role(given)


def normal_role(given: Any) -> str:
    """One of system, user, assistant, tool; `UNKNOWN` for any other word."""
    return ROLES.get(given.strip().lower(), UNKNOWN) if isinstance(given, str) else UNKNOWN


def _guessed(messages: Sequence[Message], turns: Sequence[Mapping[str, Any]]) -> list[Message]:
    """The messages, those of unknown roles as answers to the calls that are open, else as the agent's words."""
    found: list[Message] = []
    open_calls = 0
    for message, turn in zip(messages, turns, strict=True):
        if message.role == UNKNOWN:
            message = DoubtfulMessage("tool" if open_calls else "assistant", message.content)
        found.append(message)
        open_calls = call_count(message.content, turn) if message.role == "assistant" else max(0, open_calls - 1)
    return found


def call_count(text: str, turn: Mapping[str, Any]) -> int:
    """How many calls a turn of an agent makes: those that its record lists, else one where its text holds a command."""
    for name in ("tool_calls", "function_call", "action"):
        if calls := turn.get(name):
            return len(calls) if isinstance(calls, list) else 1
    return int(_COMMAND.search(text) is not None)


def _content(turn: Mapping[str, Any], place: str) -> str:
    given = next((turn[name] for name in CONTENTS if turn.get(name) is not None), "")
    calls = tool_calls(turn.get("tool_calls") or turn.get("function_call"))
    return joined([side_text(turn.get("reasoning_content")), content_text(given, f"{place}.content"), *calls])


def joined(parts: list[str]) -> str:
    """Parts of a turn that hold something, a blank line between them; one alone stays exactly as it is."""
    kept = [part for part in parts if part.strip()]
    return "\n\n".join(kept) if len(kept) > 1 else (kept[0] if kept else "".join(parts))


def content_text(content: Any, place: str) -> str:
    """Text of a content: a string, null, a part, or a list of parts."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, dict):
        return _part(content)
    if not isinstance(content, list):
        raise wrong_type(place, "text, null or a list of parts", content)
    return "\n".join(map(_part, content))


def side_text(content: Any) -> str:
    """Text of what stands beside a turn's content or in its place, whatever it is: what is no text is shown as JSON."""
    try:
        return content_text(content, "")
    except RowFault:
        return _value(content)


def _part(part: Any) -> str:
    if not isinstance(part, dict):
        return _value(part) if part is not None else ""
    if part.get("type") == "tool_use":
        return rendered_call(part.get("name"), part.get("input"))
    for name in ("text", "thinking", "content"):
        if isinstance(part.get(name), str):
            return str(part[name])
    if part.get("type") == "tool_result":
        return side_text(part.get("content"))
    kind = part.get("type")
    return f"[{kind if isinstance(kind, str) and kind else 'part'}]"


def tool_calls(calls: Any) -> list[str]:
    """Each tool call of a turn as text; what is no call is shown as it stands, for it is what happened."""
    if isinstance(calls, str):
        try:
            calls = parse(calls) if calls else None
        except RowFault:
            return [str(calls)]
    if calls is None:
        return []
    return [_call(call) for call in (calls if isinstance(calls, list) else [calls])]


def _call(call: Any) -> str:
    function = call.get("function", call) if isinstance(call, dict) else call
    if not isinstance(function, dict):
        return _value(call)
    return rendered_call(function.get("name") or function.get("function_name"), function.get("arguments"))


def rendered_call(name: Any, arguments: Any) -> str:
    """A call as a reader sees it: its name, then each argument as `name:` and its value with real line ends."""
    if isinstance(arguments, str):
        try:
            arguments = parse(arguments)
        except RowFault:
            # Models write broken JSON; what they wrote is what happened.
            return f"{name}\n{arguments}"
    name = name if isinstance(name, str) else _value(name)
    if not isinstance(arguments, dict):
        return f"{name}\n{_value(arguments)}" if arguments is not None else name
    usual, argument = _TOOLS.get(name, (name, ""))
    return "\n".join([usual if argument in arguments else name, *_arguments(arguments)])


def _arguments(arguments: Mapping[str, Any]) -> Iterator[str]:
    return (f"{name}:\n{_value(value)}" for name, value in arguments.items() if value is not None)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return _written_out(value)


def _written_out(value: Any) -> str:
    """JSON of what orjson does not write: numbers of more than 64 bits, deep nesting."""
    try:
        return json.dumps(value, default=str)
    except RecursionError:
        return f"[{type(value).__name__} nested too deep to show]"
