"""What a record says of its instance: repository and base commit by its id, and the issue that the prompt quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from contextpairs.data.code.trajectory import Message

_SMITH = re.compile(r"(?P<owner>[\w.-]+?)__(?P<name>[\w.-]+?)\.(?P<commit>[0-9a-f]{8})(?:\..+)?")
_BENCH = re.compile(r"(?P<owner>[\w.-]+?)__(?P<name>[\w.-]+)-\d+(?:_\d+)?")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
_HOST = re.compile(r"^(?:https?://|git@)[\w.-]+[/:]")
_RUN_SUFFIX = re.compile(r"_\d+$")
_SMITH_RUN = re.compile(r"(?P<id>.+\.[0-9a-f]{8}\..+)\.[a-z0-9]{8}")
_TAGGED = re.compile(
    r"<(pr_description|issue_description|problem_statement|issue)>\s*"
    r"(?:Consider the following (?:PR|issue) description:\s*)?(.*?)\s*</\1>",
    re.S,
)
_HEADED = re.compile(r"(?:^|\n)ISSUE:\n(.*?)(?:\n\s*INSTRUCTIONS:|\Z)", re.S)


@lru_cache(maxsize=4096)
def parse_instance_id(instance_id: str) -> tuple[str | None, str | None]:
    """Repository and commit that an instance id tells, each None where it does not.

    `{owner}__{name}.{commit8}.{bug}` (SWE-smith) tells both, `{owner}__{name}-{number}` (SWE-bench; a run number may
    follow) the repository alone.
    """
    plain = instance_id.replace("_1776_", "__")
    if match := _SMITH.fullmatch(plain):
        return f"{match['owner']}/{match['name']}", match["commit"]
    if match := _BENCH.fullmatch(plain):
        return f"{match['owner']}/{match['name']}", None
    return None, None


@lru_cache(maxsize=4096)
def repository_name(text: str) -> str | None:
    """`owner/name` of a repository written as such, as a URL, as `owner__name`, or as a SWE-smith mirror."""
    plain = _HOST.sub("", text.strip()).removesuffix("/").removesuffix(".git")
    tail = plain.rsplit("/", 1)[-1]
    if match := _SMITH.fullmatch(tail):
        return f"{match['owner']}/{match['name']}"
    if plain.count("/") == 0 and tail.count("__") == 1:
        return tail.replace("__", "/")
    return plain if _REPOSITORY.fullmatch(plain) else None


def candidate_ids(instance_id: str) -> Iterator[str]:
    """The ids under which an instances table may hold an instance, the likeliest first.

    As written; container names' `_1776_` read as `__`; a run number `_k` taken off; and a SWE-smith run's own
    `.{8 letters or digits}` taken off.
    """
    plain = instance_id.replace("_1776_", "__")
    short = _RUN_SUFFIX.sub("", plain)
    runs = [match["id"] for each in (plain, short) if (match := _SMITH_RUN.fullmatch(each))]
    yield from dict.fromkeys([instance_id, plain, short, *runs])


def quoted_issue(messages: Sequence[Message]) -> str | None:
    """The issue in the first user message: between tags, or from `ISSUE:` to `INSTRUCTIONS:`; None without either."""
    prompt = next((message.content for message in messages if message.role == "user"), "")
    if match := _TAGGED.search(prompt):
        return match[2] or None
    headed = _HEADED.search(prompt) if "ISSUE:" in prompt else None
    return (headed[1].strip() or None) if headed else None
