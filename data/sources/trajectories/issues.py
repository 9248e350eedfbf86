"""The issue text that an agent's prompt quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from contextpairs.data.code.trajectory import Message

_TAGGED = re.compile(
    r"<(pr_description|issue_description|problem_statement|issue)>\s*"
    r"(?:Consider the following (?:PR|issue) description:\s*)?(.*?)\s*</\1>",
    re.S,
)
_HEADED = re.compile(r"(?:^|\n)ISSUE:\n(.*?)(?:\n\s*INSTRUCTIONS:|\Z)", re.S)


def quoted_issue(messages: Sequence[Message]) -> str | None:
    """The issue in the first user message: between tags, or from `ISSUE:` to `INSTRUCTIONS:`; None without either."""
    prompt = next((message.content for message in messages if message.role == "user"), "")
    if match := _TAGGED.search(prompt):
        return match[2] or None
    headed = _HEADED.search(prompt) if "ISSUE:" in prompt else None
    return (headed[1].strip() or None) if headed else None
