"""Texts, paths and open files of a followed script."""

from __future__ import annotations

import re
from typing import Any, Protocol

from contextpairs.builders.coding.script_values import (
    LONGEST,
    Budget,
    FilePath,
    Files,
    Handle,
    ScriptError,
    UnreadScript,
    lines_of,
    shown,
)

_ENDS = re.compile(r"[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
"""Line ends other than "\n": a file that has one is cut differently by `splitlines` and by `readlines`."""
_FIELD = re.compile(r"\{[^{}]*[.\[][^{}]*\}|\d{4,}")
WIDEST = 10_000


class HasFiles(Protocol):
    """What opening a file needs."""

    files: Files


def text_method(budget: Budget, text: str, name: str, given: list[Any], named: dict[str, Any]) -> Any:
    """What a method of a text gives."""
    budget.read(text)
    if name == "join":
        return _joined(budget, text, given[0])
    if name in ("split", "splitlines") and not given[1:]:
        return _lines(text, name, given, named)
    shown(text), shown(given), shown(named)
    if name == "replace":
        return _replaced(text, *given, **named)
    if name == "format":
        return _formatted(text, given, named)
    if name in ("ljust", "rjust", "zfill", "expandtabs") and not 0 <= (given or [8])[0] <= WIDEST:
        raise UnreadScript("a width that is not followed")
    return getattr(text, name)(*given, **named)


def _joined(budget: Budget, separator: str, values: list[str]) -> str:
    if not all(isinstance(value, str) for value in values):
        raise UnreadScript("joining what is no text")
    size = sum(map(len, values)) + len(shown(separator)) * len(values)
    budget.spend(size // 256)
    if size > LONGEST:
        raise UnreadScript("a value grows too large")
    return separator.join(values)


def _lines(text: str, name: str, given: list[Any], named: dict[str, Any]) -> list[str]:
    """A text cut into lines, which those that were not shown survive."""
    if name == "splitlines":
        if _ENDS.search(text):
            raise UnreadScript("line ends of several kinds")
        return text.splitlines(*given, **named)
    if given == ["\n"] and not named:
        return text.split("\n")
    return list(shown(text).split(*shown(given), **named))


def _replaced(text: str, old: str, new: str, count: int = -1) -> str:
    if len(text) + text.count(old) * len(new) > LONGEST:
        raise UnreadScript("a value grows too large")
    return text.replace(old, new, count)


def _formatted(layout: str, given: list[Any], named: dict[str, Any]) -> str:
    values = [*given, *named.values()]
    if _FIELD.search(layout) or not all(isinstance(value, str | int) for value in values):
        raise UnreadScript("a format that is not followed")
    if len(layout) * max([len(value) for value in values if isinstance(value, str)], default=1) > LONGEST:
        raise UnreadScript("a value grows too large")
    return layout.format(*given, **named)


def joined_path(*parts: Any) -> str:
    """Path parts as `os.path.join` joins them."""
    path = ""
    for part in parts:
        name = part.text if isinstance(part, FilePath) else shown(part)
        if not isinstance(name, str):
            raise UnreadScript("a path that is no text")
        path = name if name.startswith("/") or not path else f"{path.rstrip('/')}/{name}"
    return path or "."


def opened(
    caller: HasFiles, path: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
    errors: str | None = None, newline: str | None = None,
) -> Handle:  # fmt: skip
    """`open`: a file to read, or to write, which is then empty."""
    del buffering, encoding, errors
    path = caller.files.place(path)
    if set(mode) - set("rwa+t") or newline not in (None, "", "\n"):
        raise UnreadScript("a way of opening that is not followed")
    if "w" in mode:
        caller.files.put(path, "")
    elif "a" in mode:
        caller.files.put(path, caller.files.text(path))
    elif newline == "" and "\r" in caller.files.text(path):
        raise UnreadScript("line ends of several kinds")
    handle = Handle(caller.files, path, mode)
    handle.text()
    return handle


def file_method(budget: Budget, handle: Handle, name: str, given: list[Any]) -> Any:
    """What a method of an open file gives."""
    if name in ("close", "flush"):
        return None
    if name == "write" and len(given) == 1 and isinstance(given[0], str):
        budget.read(given[0])
        return handle.put(given[0])
    if name == "writelines" and len(given) == 1:
        handle.put(_joined(budget, "", given[0]))
        return None
    text = handle.text()
    budget.read(text)
    if name in ("read", "readline", "readlines") and not set(handle.mode) & set("r+"):
        raise ScriptError("UnsupportedOperation")
    match name, given:
        case "read", []:
            return handle.take(len(text))
        case "readlines", []:
            return lines_of(handle.take(len(text)))
        case "readline", []:
            return handle.take(text.find("\n", handle.at) + 1 or len(text))
        case "seek", [0] | [0, 0]:
            handle.at, handle.moved = 0, True
            return 0
        case "truncate", [] if "r" not in handle.mode or "+" in handle.mode:
            handle.files.put(handle.path, text[: handle.at])
            return handle.at
    return _unread()


def _unread() -> Any:
    raise UnreadScript("a use of a file that is not followed")


def path_method(
    files: Files, budget: Budget, path: FilePath, name: str, given: list[Any], named: dict[str, Any]
) -> Any:
    """What a method of a path gives."""
    if name == "joinpath":
        return FilePath(joined_path(path, *given))
    if name in ("exists", "is_file"):
        files.text(files.place(path))
        return True
    if set(named) - {"encoding", "errors", "mode", "newline"}:
        raise UnreadScript("arguments that are not followed")
    if name == "open":
        return opened(_Reached(files), path, *given, **named)
    if name == "read_text":
        text = files.text(files.place(path))
        budget.read(text)
        return text
    budget.read(given[0])
    files.put(files.place(path), given[0])
    return len(given[0])


class _Reached:
    """Files for `opened`, without an evaluation around them."""

    def __init__(self, files: Files) -> None:
        self.files = files
