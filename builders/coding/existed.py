"""Whether a file that an agent writes was there before, as far as the outputs until then tell."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.data.code.trajectory import Message

_CREATED = re.compile(r"File created successfully|\(1 lines? total\)")
_ABSENT = re.compile(
    r"No such file|can't open file|cannot access|does not exist|doesn't exist|not found|could not find", re.I
)
_MADE_FOLDER = re.compile(r"\bmkdir\s+(?:-\w+\s+)*([^\n;&|]{1,300})")
_INNER = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


def was_there(edit: Edit, messages: Sequence[Message], observation: str, root: str) -> bool:
    """Whether a file was there before an edit that writes it.

    Args:
        edit: writes a file that no edit touched before.
        messages: the whole transcript.
        observation: what answers the edit.
        root: the repository's absolute folder, "" where it is not known.
    """
    if _CREATED.search(observation[:2000]) is not None and not edit.followed:
        return False
    if _in_new_folder(edit, messages):
        return False
    shown = (message.content for message in messages[: edit.turn] if message.role != "assistant")
    return any(_names(content, edit.path, root) for content in shown)


def _names(content: str, path: str, root: str) -> bool:
    """Whether a text names a path, not one that ends or begins with it, and does not say that it is absent."""
    at = content.find(path)
    while at >= 0:
        stop = at + len(path)
        if _begins(content, at, root) and not _goes_on(content, stop) and not _is_absent(content, at, stop):
            return True
        at = content.find(path, stop)
    return False


def _begins(content: str, at: int, root: str) -> bool:
    """Whether a path that stands at a place begins there, the repository's folder aside."""
    before = content[max(0, at - 200) : at]
    if before[-1:] not in _INNER and before[-1:] not in ("/", "."):
        return True
    if before.endswith("./"):
        return before[-3:-2] not in (*_INNER, "/", ".")
    if before.endswith(("a/", "b/")):
        return before[-3:-2] not in (*_INNER, "/")
    folder = root or "/testbed"
    return before.endswith(folder + "/")


def _goes_on(content: str, stop: int) -> bool:
    following = content[stop : stop + 2]
    return following[:1] in (*_INNER, "/") or (following[:1] == "." and following[1:2] in _INNER)


def _is_absent(content: str, at: int, stop: int) -> bool:
    start, end = content.rfind("\n", max(0, at - 300), at) + 1, content.find("\n", stop, stop + 300)
    return _ABSENT.search(content, max(start, at - 300), end if end >= 0 else stop + 300) is not None


def _in_new_folder(edit: Edit, messages: Sequence[Message]) -> bool:
    """Whether the agent made a folder that the file lies in, and that no output named before."""
    folders = ["/".join(edit.path.split("/")[:depth]) for depth in range(1, edit.path.count("/") + 1)]
    if not any(folders):
        return False
    for turn, message in enumerate(messages[: edit.turn + 1]):
        if message.role == "assistant" and "mkdir" in message.content:
            made = set(_made(message.content)) & set(folders)
            before = [one.content for one in messages[:turn] if one.role != "assistant"]
            if any(not any(folder in content for content in before) for folder in made if folder):
                return True
    return False


def _made(text: str) -> Iterable[str]:
    for match in _MADE_FOLDER.finditer(text):
        yield from (word.strip("'\"").removeprefix("./").rstrip("/") for word in match[1].split())
