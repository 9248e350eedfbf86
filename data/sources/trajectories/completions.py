"""Logs of an agent's requests to its model, one file each: the turns so far, and the reply to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection, RowFault
from contextpairs.data.sources.trajectories.messages import chat_messages
from contextpairs.data.sources.trajectories.native import within
from contextpairs.data.sources.trajectories.rows import complete
from contextpairs.data.sources.trajectories.side_fields import SideFields

FORMAT = "completions"
LEAST_TURNS = 3
"""Turns from which equal beginnings are no coincidence."""


def is_completion(record: dict[str, Any]) -> bool:
    """Whether a record is the log of one request."""
    return "messages" in record and isinstance(within(record, "response", "choices"), list)


def completion_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run up to the reply that a file logged.

    Raises:
        RowFault: neither record nor path tells the instance, or it has no turns.
    """
    instance_id = record.get("instance_id")
    if not isinstance(instance_id, str) or not instance_id:
        advice = r"give source.instance_pattern='trajs/(?P<instance_id>[^/]+)/' or the like"
        raise RowFault("missing-field", f"a log of requests names no instance; its path may: {advice}")
    side = SideFields()
    return complete(
        Trajectory(
            instance_id,
            [*chat_messages(record.get("messages")), *_reply(record)],
            uri,
            row,
            FORMAT,
            repository=side.code(record, "repo"),
            commit=side.text(record, "base_commit"),
            patch=side.code(record, "patch"),
            resolved=side.label(record.get("resolved"), "resolved"),
            model=side.as_text(within(record, "response", "model"), "response.model"),
            unread=side.unread,
        )
    )


def _reply(record: dict[str, Any]) -> list[Message]:
    choices = within(record, "response", "choices")
    message = within(choices[0], "message") if isinstance(choices, list) and choices else None
    if not isinstance(message, dict):
        return []
    try:
        return chat_messages([{"role": "assistant", **message}])
    except RowFault:
        return []


def without_earlier(items: Iterable[Trajectory | Rejection]) -> Iterator[Trajectory | Rejection]:
    """The items without the logs of requests that the next one continues, which are rejected."""
    held: Trajectory | None = None
    for item in items:
        if held is not None:
            yield _earlier(held) if isinstance(item, Trajectory) and _continues(item, held) else held
            held = None
        if isinstance(item, Trajectory) and item.format == FORMAT:
            held = item
        else:
            yield item
    if held is not None:
        yield held


def _continues(item: Trajectory, earlier: Trajectory) -> bool:
    """Whether a log begins with all turns of another's request, so that both are of one run."""
    if item.format != FORMAT or item.instance_id != earlier.instance_id or len(item.messages) <= len(earlier.messages):
        return False
    *request, reply = earlier.messages
    if item.messages[: len(request)] != request:
        return False
    return len(request) >= LEAST_TURNS or item.messages[len(request)].content.strip() == reply.content.strip()


def _earlier(run: Trajectory) -> Rejection:
    fault = RowFault("earlier-request", "a later file of its folder continues this log; nothing to do")
    return fault.rejection(run.source, run.row)
