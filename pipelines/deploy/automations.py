"""Automations that watch the deployments, as Prefect's API takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LOST_AFTER = 270
"""Seconds without a sign of life after which a run is lost. Flows give one every 30 s (`prefect.yaml`)."""
BEGINS = ("Pending", "Running", "Cancelling")
"""States after which signs of life have to follow."""
ENDS = ("Completed", "Failed", "Crashed", "Cancelled", "Scheduled", "Late", "AwaitingRetry", "Paused", "Suspended")
"""States after which none has to."""
HEARTBEAT = "prefect.flow-run.heartbeat"
PUBLISHED = "contextpairs.version.published"
"""Event that a flow sends of a new version."""
RUN = "{{ flow_run.name }} of {{ flow.name }}"


def automations(
    deployed: Mapping[str, str], refreshing: Sequence[str], days: float, notify: str | None
) -> list[dict[str, Any]]:
    """All automations.

    Args:
        deployed: ids of deployments by name.
        refreshing: those that publish regularly.
        days: without a new version after which one of these is reported.
        notify: id of a notification block that tells people; without one, the server's events tell.
    """
    ours = {"prefect.resource.role": "deployment", "prefect.resource.id": [_resource(id) for id in deployed.values()]}
    return [
        _lost(ours, notify),
        _failed(ours, notify),
        *(_silent(name, _resource(deployed[name]), days, notify) for name in refreshing if name in deployed),
    ]


def _resource(deployment: str) -> str:
    return f"prefect.deployment.{deployment}"


def _lost(ours: Mapping[str, Any], notify: str | None) -> dict[str, Any]:
    begins = [HEARTBEAT, *_events(BEGINS)]
    crash = {
        "type": "change-flow-run-state",
        "state": "CRASHED",
        "name": "Crashed",
        "message": f"Lost: no sign of life for {LOST_AFTER} s. Start it again: what it finished is not done again.",
    }
    trigger = _trigger("Proactive", LOST_AFTER, ours) | {
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "for_each": ["prefect.resource.id"],
        "after": begins,
        "expect": [*begins, *_events(ENDS)],
    }
    return _automation("lost run", trigger, [crash, *_told(notify, f"Lost: {RUN}")])


def _failed(ours: Mapping[str, Any], notify: str | None) -> dict[str, Any]:
    trigger = _trigger("Reactive", 0, ours) | {
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "expect": _events(("Failed", "Crashed")),
    }
    return _automation("failed run", trigger, _told(notify, f"Failed: {RUN}") or [NOTHING])


def _silent(name: str, deployment: str, days: float, notify: str | None) -> dict[str, Any]:
    of_it = {"prefect.resource.role": "deployment", "prefect.resource.id": deployment}
    trigger = _trigger("Proactive", days * 86_400, of_it) | {"expect": [PUBLISHED]}
    said = f"{name} has published nothing for {days:g} days"
    return _automation(f"nothing published by {name}", trigger, _told(notify, said) or [NOTHING])


NOTHING = {"type": "do-nothing"}


def _trigger(posture: str, within: float, related: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "event", "posture": posture, "threshold": 1, "within": within, "match_related": dict(related)}


def _automation(name: str, trigger: Mapping[str, Any], actions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"name": f"contextpairs: {name}", "trigger": dict(trigger), "actions": list(actions), "enabled": True}


def _told(notify: str | None, subject: str) -> list[dict[str, Any]]:
    if notify is None:
        return []
    return [{"type": "send-notification", "block_document_id": notify, "subject": subject, "body": subject}]


def _events(states: Sequence[str]) -> list[str]:
    return [f"prefect.flow-run.{state}" for state in states]
