"""OpenHands `output.jsonl`: a run as events, action and observation in turn."""

from __future__ import annotations

from typing import Any

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault, wrong_type
from contextpairs.data.sources.trajectories.identity import parse_instance_id
from contextpairs.data.sources.trajectories.messages import content_text, joined, rendered_call
from contextpairs.data.sources.trajectories.native import mapping_at, text_at
from contextpairs.data.sources.trajectories.rows import complete, truth

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
        RowFault: instance id or events are missing, or a field is of another type.
    """
    result, instance = mapping_at(record, "test_result"), mapping_at(record, "instance")
    llm = mapping_at(mapping_at(record, "metadata"), "llm_config")
    report = mapping_at(result, "report") or mapping_at(record, "report")
    instance_id = _instance_id(record)
    return complete(
        Trajectory(
            instance_id,
            _messages(record),
            uri,
            row,
            "openhands",
            # An evaluation harness may put the name of an image in `repo`; the id tells the repository.
            repository=parse_instance_id(instance_id)[0] or text_at(instance, "repo"),
            commit=text_at(instance, "base_commit"),
            issue=text_at(instance, "problem_statement"),
            patch=text_at(result, "git_patch") if result else text_at(record, "git_patch"),
            gold_patch=text_at(instance, "patch"),
            resolved=truth(report.get("resolved", record.get("resolved")), "report.resolved"),
            report=report or None,
            test_log=text_at(result, "test_output"),
            agent="OpenHands",
            model=text_at(llm, "model"),
            exit_status="error" if record.get("error") else None,
        )
    )


def _instance_id(record: dict[str, Any]) -> str:
    found = record.get("instance_id")
    if isinstance(found, str) and found:
        return found
    if found is None or found == "":
        raise RowFault("missing-field", "field 'instance_id' is absent; expected the instance that was run on")
    raise wrong_type("instance_id", "an instance id as text", found)


def _messages(record: dict[str, Any]) -> list[Message]:
    history = record.get("history")
    if not history:
        raise RowFault("no-messages", "field 'history' is empty; expected the events of a run, drop the row")
    if not isinstance(history, list):
        raise wrong_type("history", "a list of events", history)
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
    kind = text_at(event, "observation") or text_at(event, "action")
    if kind is None or kind in RUNTIME:
        return None
    if "observation" in event:
        return Message("tool", content_text(event.get("content") or event.get("message"), f"{place}.content"))
    return _action(event, place)


def _action(event: dict[str, Any], place: str) -> Message:
    arguments = mapping_at(event, "args")
    if event.get("action") in ("message", "system"):
        role = "system" if event["action"] == "system" else ("user" if event.get("source") == "user" else "assistant")
        return Message(role, content_text(arguments.get("content") or event.get("message"), f"{place}.args.content"))
    thought = content_text(arguments.get("thought"), f"{place}.args.thought")
    return Message("assistant", joined([thought, _called(event) or _plain(str(event["action"]), arguments)]))


def _called(event: dict[str, Any]) -> str:
    """The tool call as the model wrote it; empty where it was not kept."""
    metadata = mapping_at(event, "tool_call_metadata")
    choices = mapping_at(metadata, "model_response").get("choices")
    first = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    calls = mapping_at(first, "message").get("tool_calls")
    for call in calls if isinstance(calls, list) else []:
        if isinstance(call, dict) and call.get("id") == metadata.get("tool_call_id"):
            function = mapping_at(call, "function")
            return rendered_call(function.get("name"), function.get("arguments"))
    return ""


def _plain(action: str, arguments: dict[str, Any]) -> str:
    told = {name: value for name, value in arguments.items() if name not in STEERING}
    return rendered_call(action, {name: value for name, value in told.items() if value not in (None, "", [], {})})
