"""Logs of aider: one file holds whatever was started in its folder, each start under a banner of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from contextpairs.data.code.trajectory import Message

_BANNER = re.compile(r"^(?:> )?Aider v\d[\w.+-]{0,40}[ \t\r]*$", re.M)
_COST = re.compile(r"tokens\b[^\n]{0,80}\bcost\b|^Tokens: ", re.M)
_AFTER_REPLY = ("Applied edit to", "The LLM did not conform")
_HEADING = "#### "
_END = 400


def runs_of(messages: Sequence[Message]) -> list[list[Message]]:
    """The runs that a log holds, each from its banner on; the whole where no banner stands before the agent speaks."""
    if not is_log(messages):
        return [list(messages)]
    runs: list[list[Message]] = [[]]
    for message in messages:
        first, *rest = _parts(message)
        runs[-1] += [first] if first.content.strip() or not rest else []
        runs += [[part] for part in rest]
    return [run for run in runs if run]


def is_log(messages: Sequence[Message]) -> bool:
    """Whether a banner stands before the agent speaks."""
    for message in messages:
        if message.role == "assistant":
            return False
        if "Aider v" in message.content and _BANNER.search(message.content):
            return True
    return False


def _parts(message: Message) -> list[Message]:
    """A message cut before each banner; the first part is what stands before the first, and may be empty."""
    if message.role == "assistant" or "Aider v" not in message.content:
        return [message]
    cuts = [0, *(match.start() for match in _BANNER.finditer(message.content)), len(message.content)]
    texts = [message.content[start:stop] for start, stop in pairwise(cuts)]
    return [Message(message.role, text) for text in texts]


def without_headings(messages: Sequence[Message]) -> list[Message]:
    """The turns of a log, those that are headings of the agent's reply put back into it.

    The log marks what a user says as a heading, so that headings of a reply were read as turns. Between a user's turn
    and the reply to it the log tells the cost; after a heading the reply goes on.
    """
    found: list[Message] = []
    reply: list[str] = []
    replying = False
    for at, message in enumerate(messages):
        if message.role == "user" and _is_heading(messages, at, replying):
            message = Message("assistant", "\n".join(_HEADING + line.strip() for line in message.content.split("\n")))
        replying = message.role == "assistant" or (message.role == "tool" and _tells_cost(message))
        if message.role == "assistant":
            reply.append(message.content)
            continue
        found += [*_joined(reply), message]
        reply = []
    return [*found, *_joined(reply)]


def _joined(parts: Sequence[str]) -> list[Message]:
    return [Message("assistant", "\n\n".join(parts))] if parts else []


def _is_heading(messages: Sequence[Message], at: int, replying: bool) -> bool:
    following = next(_others(messages, at), None)
    if following is None or not replying:
        return False
    return following.role == "assistant" or (
        messages[at - 1].role == "assistant" and following.content.lstrip().startswith(_AFTER_REPLY)
    )


def _others(messages: Sequence[Message], at: int) -> Iterator[Message]:
    return (message for message in messages[at + 1 : at + 20] if message.role != "user")


def _tells_cost(message: Message) -> bool:
    """Whether a message of the tool ends with the cost of a request, whose reply follows."""
    return _COST.search(message.content[-_END:].rstrip().rsplit("\n", 1)[-1]) is not None
