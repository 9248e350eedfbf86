"""OpenHands `output.jsonl`: a run as events, action and observation in turn; of its SDK too."""

from __future__ import annotations

from typing import Any

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.trajectories.identity import parse_instance_id
from contextpairs.data.sources.trajectories.messages import joined, rendered_call, side_text
from contextpairs.data.sources.trajectories.native import within
from contextpairs.data.sources.trajectories.openhands_events import event_messages, is_event_log
from contextpairs.data.sources.trajectories.rows import complete
from contextpairs.data.sources.trajectories.side_fields import SideFields

# Events of the runtime, not turns of the conversation.
RUNTIME = {"change_agent_state", "agent_state_changed", "recall", "null", "noop"}
# Arguments that steer the runtime or say again what stands elsewhere.
STEERING = {
    "thought", "blocking", "hidden", "confirmation_state", "is_confirmed", "is_input", "is_static", "impl_source",
    "wait_for_response", "image_urls", "file_urls", "timeout", "security_risk", "cwd", "kernel_init_code",
    "keep_prompt", "include_extra", "recall_type", "tools", "agent_class", "openhands_version",
}  # fmt: skip


def openhands_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that one line of an evaluation's output recorded.

    Raises:
        RowFault: instance id or events are missing, or of another type.
    """
    side = SideFields()
    result, instance = side.mapping(record, "test_result"), side.mapping(record, "instance")
    metadata = side.mapping(record, "metadata")
    llm = side.mapping(metadata, "llm_config") or side.mapping(metadata, "llm")
    report = side.mapping(result, "report") or side.mapping(record, "report")
    label = next((value for value in (report.get("resolved"), record.get("resolved")) if value is not None), None)
    instance_id, history = _instance_id(record), _history(record)
    newer = is_event_log(history)
    return complete(
        Trajectory(
            instance_id,
            event_messages(history) if newer else _messages(history),
            uri,
            row,
            "openhands-events" if newer else "openhands",
            # An evaluation harness may put the name of an image in `repo`; the id tells the repository.
            repository=parse_instance_id(instance_id)[0] or side.code(instance, "repo"),
            commit=side.text(instance, "base_commit"),
            issue=side.code(instance, "problem_statement"),
            patch=side.code(result, "git_patch") if "git_patch" in result else side.code(record, "git_patch"),
            gold_patch=side.code(instance, "patch"),
            resolved=side.label(label, "report.resolved"),
            report=report or None,
            test_log=side.code(result, "test_output"),
            agent="OpenHands",
            model=side.text(llm, "model"),
            exit_status="error" if record.get("error") else None,
            unread=side.unread,
        )
    )


def _instance_id(record: dict[str, Any]) -> str:
    found = record.get("instance_id")
    if isinstance(found, str) and found:
        return found
    if found is None or found == "":
        raise RowFault("missing-field", "field 'instance_id' is absent; expected the instance that was run on")
    raise wrong_type("instance_id", "an instance id as text", found)


def _history(record: dict[str, Any]) -> list[Any]:
    history = record.get("history") or record.get("events")
    if not history:
        raise RowFault("no-messages", "field 'history' is empty; expected the events of a run, drop the row")
    if not isinstance(history, list):
        raise wrong_type("history", "a list of events", history)
    return history


def _messages(history: list[Any]) -> list[Message]:
    messages = [message for at, event in enumerate(_flat(history)) if (message := _message(event, f"history[{at}]"))]
    if not messages:
        raise RowFault("no-messages", "field 'history' holds events of the runtime alone; drop the row")
    return messages


def _flat(history: list[Any]) -> list[Any]:
    """Older releases pair each action with its observation."""
    return [event for entry in history for event in (entry if isinstance(entry, list) else [entry])]


def _message(event: Any, place: str) -> Message | None:
    if not isinstance(event, dict):
        raise wrong_type(place, "an event {source, action or observation, ...}", event)
    told = (event.get(name) for name in ("observation", "action"))
    kind = next((name for name in told if isinstance(name, str) and name), None)
    if kind is None or kind in RUNTIME:
        return None
    if "observation" in event:
        return Message("tool", side_text(event.get("content") or event.get("message")))
    return _action(event, kind)


def _action(event: dict[str, Any], kind: str) -> Message:
    given = event.get("args")
    arguments: dict[str, Any] = given if isinstance(given, dict) else {}
    if kind in ("message", "system"):
        role = "system" if kind == "system" else ("user" if event.get("source") == "user" else "assistant")
        return Message(role, side_text(arguments.get("content") or event.get("message")))
    return Message(
        "assistant", joined([side_text(arguments.get("thought")), _called(event) or _plain(kind, arguments)])
    )


def _called(event: dict[str, Any]) -> str:
    """The tool call as the model wrote it; empty where it was not kept."""
    metadata = event.get("tool_call_metadata")
    choices = within(metadata, "model_response", "choices")
    calls = within(choices[0], "message", "tool_calls") if isinstance(choices, list) and choices else None
    for call in calls if isinstance(calls, list) else []:
        if isinstance(call, dict) and call.get("id") == within(metadata, "tool_call_id"):
            return rendered_call(within(call, "function", "name"), within(call, "function", "arguments"))
    return ""


def _plain(action: str, arguments: dict[str, Any]) -> str:
    told = {name: value for name, value in arguments.items() if name not in STEERING}
    return rendered_call(action, {name: value for name, value in told.items() if value not in (None, "", [], {})})
