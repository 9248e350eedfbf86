"""What the readers of trajectories yield: the runs, their turns, the instances that they worked on."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One turn. `role` is system, user, assistant or tool."""

    role: str
    content: str


class DoubtfulMessage(Message):
    """A turn whose record gives it a role that no reader knows: who spoke is a guess.

    `role` is the likeliest one; masks take its words for the agent's, whatever it is.
    """

    __slots__ = ()


@dataclass(slots=True)
class Instance:
    """An issue of a repository at a base commit, as an instances table gives it."""

    instance_id: str
    repository: str | None = None
    commit: str | None = None
    issue: str | None = None
    gold_patch: str | None = None
    test_patch: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Trajectory:
    """One recorded run of an agent on an instance.

    Fields that the record does not hold are None; nothing is guessed. `source` and `row` say where it
    was read (URI and zero-based row), `format` which reader read it.
    """

    instance_id: str
    messages: list[Message]
    source: str
    row: int
    format: str
    trajectory_id: str | None = None
    repository: str | None = None
    commit: str | None = None
    issue: str | None = None
    patch: str | None = None
    gold_patch: str | None = None
    resolved: bool | None = None
    report: dict[str, Any] | None = None
    """A test report or instance row for grading, where the record holds one."""
    test_log: str | None = None
    agent: str | None = None
    model: str | None = None
    license: str | None = None
    exit_status: str | None = None
    unread: tuple[str, ...] = ()
    """Names of fields that hold what their reader cannot understand, and that count as absent."""

    def doubtful(self) -> list[int]:
        """Which turns have a role that is a guess."""
        return [turn for turn, message in enumerate(self.messages) if isinstance(message, DoubtfulMessage)]

    def key(self) -> str:
        """Content address: 32 hex digits over the instance and every turn; equal runs share it."""
        digest = hashlib.blake2b(self.instance_id.encode("utf-8", "surrogatepass"), digest_size=16)
        for role, content in self.messages:
            digest.update(f"\x00{role}\x01".encode())
            digest.update(content.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()
