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
_TAG = re.compile(
    r"<(pr_description|issue_description|problem_statement|issue)>\s*+"
    r"(?:Consider the following (?:PR|issue) description:\s*+)?"
)
_HEADING = re.compile(r"(?:^|\n)ISSUE:\n")
_AFTER = re.compile(r"^[^\S\n]*+INSTRUCTIONS:", re.M)


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
    tagged = _tagged(prompt)
    if tagged is not None:
        return tagged or None
    heading = _HEADING.search(prompt) if "ISSUE:" in prompt else None
    if heading is None:
        return None
    after = _AFTER.search(prompt, heading.end())
    return prompt[heading.end() : after.start() if after else len(prompt)].strip() or None


def _tagged(prompt: str) -> str | None:
    """What the first tag that is closed holds. Where one is not, it is closed nowhere further on."""
    open_ones: set[str] = set()
    for tag in _TAG.finditer(prompt):
        stop = -1 if tag[1] in open_ones else prompt.find(f"</{tag[1]}>", tag.end())
        if stop >= 0:
            return prompt[tag.end() : stop].rstrip()
        open_ones.add(tag[1])
    return None
