"""What the values of a followed script are, and the bounds within which it is followed.

A script's own values are Python's plain ones; a line of a file that the transcript does not show is a placeholder,
which a script may carry from place to place but not look into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

STEPS = 300_000
"""Expressions that a script may evaluate, work on long texts counted by their length."""
LONGEST = 4_000_000
"""Characters of a text, a hundred times the items of a list."""
CHARS_A_STEP = 256
DEEPEST = 40
HIDDEN = "\ue000"
"""Begins and ends the placeholder of a line that was not shown."""
REST = f"{HIDDEN}+{HIDDEN}"
"""The placeholder of all lines after the last that is known, however many they are."""
ERROR = f"{HIDDEN}!{HIDDEN}"
"""The text of an exception, which nothing is known of."""


class UnreadScript(Exception):
    """The script does what is not followed, or more of it than is allowed."""


class ScriptError(Exception):
    """An exception that the script itself raises: its class's name, and its text where that is known."""

    def __init__(self, name: str, text: str = "") -> None:
        super().__init__(name, text)
        self.name, self.text = name, text


class ScriptExit(Exception):
    """The script ends itself, with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(slots=True)
class Budget:
    """What a script may still spend."""

    left: int = STEPS

    def spend(self, steps: int = 1) -> None:
        """Takes steps off.

        Raises:
            UnreadScript: none are left.
        """
        self.left -= steps
        if self.left < 0:
            raise UnreadScript("too many steps")

    def read(self, text: str) -> None:
        """Pays for work that grows with a text."""
        self.spend(len(text) // CHARS_A_STEP)

    def each(self, values: Iterable[Any]) -> Iterator[Any]:
        """The items of anything iterable, one step each."""
        for value in values:
            self.spend()
            yield value


@dataclass(slots=True, frozen=True)
class FilePath:
    """A path as `pathlib` has it."""

    text: str


@dataclass(slots=True)
class Files:
    """The files that a script can reach: those shown, and those it wrote."""

    shown: Callable[[str], str | None]
    """The text of a file by its path as the script has it; None where the transcript does not tell it."""
    written: dict[str, str] = field(default_factory=dict)
    waiting: dict[str, list[str]] = field(default_factory=dict)
    """What was written to the end of files since they were last read."""
    folder: str = ""
    """The folder that the script went to."""

    def place(self, path: Any) -> str:
        """A path of the script's from the folder that it started in.

        Raises:
            UnreadScript: it is none.
        """
        path = path.text if isinstance(path, FilePath) else shown(path)
        if not isinstance(path, str):
            raise UnreadScript("a path that is no text")
        return path if path.startswith("/") or not self.folder else f"{self.folder}/{path}"

    def text(self, path: str) -> str:
        """The text of a file now.

        Raises:
            UnreadScript: it is not known.
        """
        if path in self.waiting:
            self.written[path] = bounded("".join([self.written[path], *self.waiting.pop(path)]))
        if path in self.written:
            return self.written[path]
        found = self.shown(path)
        if found is None:
            raise UnreadScript(f"{path} was not shown")
        return found

    def put(self, path: str, text: str) -> None:
        """Makes a text all that a file holds."""
        self.waiting.pop(path, None)
        self.written[path] = text

    def all_written(self) -> dict[str, str]:
        """The text of every file that was written."""
        return {path: self.text(path) for path in self.written}


@dataclass(slots=True)
class Handle:
    """An open file: what stands in it, and the place of the next reading or writing."""

    files: Files
    path: str
    mode: str
    at: int = 0
    moved: bool = False
    """Whether a place in it was sought, so that writing goes on elsewhere than at its end."""

    def text(self) -> str:
        """All that stands in the file."""
        return self.files.text(self.path)

    def take(self, stop: int) -> str:
        """Reads on to a place."""
        text = self.text()[self.at : stop]
        self.at += len(text)
        return text

    def put(self, text: str) -> int:
        """Writes a text at the place."""
        if not set(self.mode) & set("wax+"):
            raise ScriptError("UnsupportedOperation")
        if not self.moved and not set(self.mode) & set("r+"):
            self.files.waiting.setdefault(self.path, []).append(text)
            self.at += len(text)
            return len(text)
        before = self.text()
        if "a" in self.mode:
            self.at = len(before)
        self.files.put(self.path, before[: self.at] + text + before[self.at + len(text) :])
        self.at += len(text)
        return len(text)


@dataclass(slots=True, frozen=True)
class Module:
    """An imported module, by name."""

    name: str


@dataclass(slots=True, frozen=True)
class Builtin:
    """A function or class that the language or a module has, by its dotted name."""

    name: str


@dataclass(slots=True, frozen=True)
class Method:
    """A method and what it belongs to."""

    owner: Any
    name: str


def shown(value: Any) -> Any:
    """The value, where it may be looked into.

    Raises:
        UnreadScript: it is, or holds, a line that was not shown.
    """
    if isinstance(value, str):
        if HIDDEN in value:
            raise UnreadScript("a line that was not shown decides")
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            shown(item)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            shown(key)
            shown(item)
    return value


def placed(items: list[Any], *places: Any) -> None:
    """Checks that places in a list are known, though lines at its end may not be.

    Raises:
        UnreadScript: a place counts from the end, or lies past the lines that are known.
    """
    rest = next((at for at, item in enumerate(items) if isinstance(item, str) and REST in item), None)
    if rest is not None and not all(place is None or 0 <= place <= rest for place in places):
        raise UnreadScript("lines that were not shown decide a place")


def lines_of(text: str) -> list[str]:
    """The lines of a text with their ends, as `readlines` cuts them."""
    lines = [line + "\n" for line in text.split("\n")]
    last = lines.pop()[:-1]
    return [*lines, last] if last else lines


def bounded(value: Any) -> Any:
    """The value, where it is not larger than allowed."""
    size = len(value) if isinstance(value, str) else 100 * len(value) if isinstance(value, list | tuple | dict) else 0
    if size > LONGEST or (isinstance(value, int) and abs(value) > 1 << 62):
        raise UnreadScript("a value grows too large")
    return value
