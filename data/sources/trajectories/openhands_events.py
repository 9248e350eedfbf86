"""Events of the OpenHands SDK: one a turn, told by what they hold, since releases add kinds and rename tools."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from contextpairs.data.code.trajectory import DoubtfulMessage, Message
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.files.json_text import parse
from contextpairs.data.sources.trajectories.messages import (
    UNKNOWN,
    joined,
    normal_role,
    rendered_call,
    side_text,
    tool_calls,
)
from contextpairs.data.sources.trajectories.native import within

# Arguments that steer the runtime or sum up what the others say.
STEERING = {"kind", "security_risk", "summary", "timeout", "is_input", "reset"}
_LOOKED_AT = 50
_RESULTS = ("observation", "error", "rejection_reason")


def is_event_log(history: Any) -> bool:
    """Whether a list holds events of the SDK: they name their kind and their source."""
    if not isinstance(history, list):
        return False
    return any(isinstance(event, dict) and _is_event(event) for event in history[:_LOOKED_AT])


def _is_event(event: dict[str, Any]) -> bool:
    return isinstance(event.get("kind"), str) and "source" in event and not isinstance(event.get("action"), str)


def event_messages(history: list[Any]) -> list[Message]:
    """The turns of a conversation; what the runtime tells of itself is none.

    Actions that no result parts are one turn: the model made these calls together.

    Raises:
        RowFault: no event is a turn, or one is no object.
    """
    for at, event in enumerate(history):
        if not isinstance(event, dict):
            raise wrong_type(f"history[{at}]", "an event {kind, source, ...}", event)
    messages: list[Message] = []
    calls: list[dict[str, Any]] = []
    for kind, events in groupby(history, _turn_kind):
        if kind == "action":
            calls = list(events)
            messages.append(_acted(calls))
        elif kind == "result":
            messages += [_result(event) for event in _in_order(list(events), calls)]
        elif kind == "message":
            messages += [_said(event) for event in events]
    if not messages:
        raise RowFault("no-messages", "field 'history' holds events of the runtime alone; drop the row")
    return messages


def _turn_kind(event: dict[str, Any]) -> str:
    if isinstance(event.get("llm_message"), dict) or "system_prompt" in event:
        return "message"
    if "tool_call" in event or isinstance(event.get("action"), dict):
        return "action"
    return "result" if any(event.get(name) for name in _RESULTS) and _answers(event) else ""


def _answers(event: dict[str, Any]) -> bool:
    """Whether an event answers a call; errors of the conversation itself do not."""
    return isinstance(event.get("observation"), dict) or any(name in event for name in ("tool_call_id", "action_id"))


def _in_order(results: list[dict[str, Any]], calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Results in the order of their calls, which ran side by side."""
    places = {str(name): at for at, call in enumerate(calls) for name in (call.get("id"), call.get("tool_call_id"))}
    known = [_place(result, places) for result in results]
    return [result for _, result in sorted(zip(known, results, strict=True), key=lambda each: each[0])]


def _place(result: dict[str, Any], places: dict[str, int]) -> int:
    names = (str(result.get("action_id")), str(result.get("tool_call_id")))
    return next((places[name] for name in names if name in places), len(places))


def _said(event: dict[str, Any]) -> Message:
    if "system_prompt" in event and not isinstance(event.get("llm_message"), dict):
        return Message("system", side_text(event["system_prompt"]))
    told = event["llm_message"]
    said = [side_text(told.get("reasoning_content")), side_text(told.get("content"))]
    text = joined([*said, *tool_calls(told.get("tool_calls")), side_text(event.get("extended_content") or None)])
    role = normal_role(told.get("role") or event.get("source"))
    return DoubtfulMessage("assistant", text) if role == UNKNOWN else Message(role, text)


def _acted(calls: list[dict[str, Any]]) -> Message:
    return Message("assistant", joined([part for call in calls for part in _action(call)]))


def _action(event: dict[str, Any]) -> Iterator[str]:
    yield side_text(event.get("reasoning_content"))
    yield side_text(event.get("thought"))
    name, arguments = _called(event)
    if isinstance(arguments, dict):
        arguments = {key: value for key, value in arguments.items() if key not in STEERING}
    yield rendered_call(name, arguments)


def _called(event: dict[str, Any]) -> tuple[Any, Any]:
    """Name and arguments of a call: as the model wrote them, else as they were understood."""
    call = event.get("tool_call")
    function = within(call, "function") if isinstance(within(call, "function"), dict) else call
    written = within(function, "arguments")
    if written is None:
        action = event.get("action")
        return event.get("tool_name") or within(action, "kind") or "action", action
    return within(function, "name") or event.get("tool_name"), _parsed(written)


def _parsed(written: Any) -> Any:
    try:
        return parse(written) if isinstance(written, str) else written
    except RowFault:
        # Models write broken JSON; what they wrote is what happened.
        return written


def _result(event: dict[str, Any]) -> Message:
    seen = event.get("observation")
    if not isinstance(seen, dict):
        return Message("tool", side_text(next(event[name] for name in _RESULTS if event.get(name))))
    shown = seen.get("content") or seen.get("output") or seen.get("text") or seen.get("message")
    error = seen.get("error")
    text = joined([side_text(shown), side_text(error) if error and error is not True else ""])
    return Message("tool", text + _exit_code(seen, text))


def _exit_code(seen: dict[str, Any], text: str) -> str:
    """How a command that failed ended, as the SDK tells the model."""
    code = next((c for c in (seen.get("exit_code"), within(seen, "metadata", "exit_code")) if type(c) is int), 0)
    return (
        f"\n[Command finished with exit code {code}]" if code not in (0, -1) and "exit code" not in text[-300:] else ""
    )
