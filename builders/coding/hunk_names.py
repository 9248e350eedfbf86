"""The function around a change, read off a hunk: from its own lines, those right above it, and git's header.

Git writes beside a hunk the nearest line above it that begins with a letter, `_` or `$`; where a repository names a
language for its files (`*.py diff=python`), the nearest definition above it, without its indentation. So a header
that names a class says nothing of the method, unless the change stands as deep as the body of the class; and a header
of the second kind may name what ended above. A name is known if nothing is left above that could enclose the change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

from contextpairs.builders.coding.symbols import MODULE, language_of
from contextpairs.data.code.patch import FilePatch, Hunk

Headers = Literal["plain", "stripped", "unsure"]
"""What git names beside a hunk: lines that begin at the margin, definitions of any depth, or no telling."""
_MODIFIERS = (
    r"(?:export|default|public|private|protected|internal|static|final|abstract|sealed|open|async|unsafe|partial|"
    r"pub(?:\([\w:]{1,40}\))?)"
)
_HEADER = re.compile(
    rf"^(?P<indent>[ \t]*)(?:{_MODIFIERS}[ \t]+){{0,6}}"
    r"(?P<kind>def|class|func|function|fn|interface|trait|struct|enum|impl|mod|module|namespace)\*?[ \t]+"
    r"(?P<receiver>\([^()]{0,200}\)[ \t]*)?(?:self\.)?(?P<name>[A-Za-z_$][\w$]*)"
)
_IMPL_FOR = re.compile(r"\bfor[ \t]+(?:[\w]+::){0,8}(\w+)")
_DEFINITION = re.compile(r"^(?:class|(?:async[ \t]+)?def)[ \t]")
_NESTED = re.compile(r"^(?:async[ \t]+)?def[ \t]+\w+[ \t]*\([ \t]*(?:self|cls)\b")
_DEF = re.compile(r"^(?:async[ \t]+)?def[ \t]")
_OPENER = re.compile(r"^[ \t]*(?:if|elif|else|for|while|try|except|finally|with|async|match|case)\b|[:(\[{,\\=]$")
_CONTROL = re.compile(r"^[ \t]*(?:\}[ \t]*)?(?:if|else|for|while|switch|case|default|try|catch|finally|do|return)\b")
_COMMENT = ("#", "//", "/*", "*")
_CLOSING = (")", "]", "}")
_BLOCK_END = re.compile(r"[:{][ \t]*$")
WIDTHS = {"python": 4, "php": 4, "rust": 4}
"""Columns of a block's indentation where the lines at hand do not tell; 2 in other languages."""
WITHOUT_KEYWORD = frozenset({"javascript", "typescript", "tsx", "java", "c", "cpp", None})
"""Languages whose methods are written without a word that says so, and unknown ones: what opens a block may be one."""
_DECORATORS = 50
"""Lines that decorators above a definition may take."""


class HunkNames(NamedTuple):
    """What a hunk's changes lie in.

    Attributes:
        names: qualified names that are known in full.
        parts: names of which the outer part is missing.
        unknown: a mark for each change of which the function is not known: equal ones at one text mean one function,
            "" means none in particular.
    """

    names: set[str]
    parts: set[str]
    unknown: set[str]


class _Walk(NamedTuple):
    """Headers that enclose a line, outer first, and how far up they were looked for.

    Attributes:
        limit: what is left above encloses the line at columns below it.
        stop: the line, from 0, that gave no answer; -1 where the lines ended.
    """

    chain: tuple[str, ...]
    limit: int
    stop: int = -1

    def mark(self, first: int) -> str:
        """The same for whatever lies in the same function by these lines, of which the first has number `first`."""
        return f"{first + max(self.stop, 0)}:{self.limit}:{'.'.join(self.chain)}"


@dataclass(slots=True)
class _Lines:
    """Lines with their nesting.

    Attributes:
        texts: the lines.
        before: for each line and for the end, the nearest line above it that counts, -1 for none: no blank line, no
            comment, none that closes a bracket.
        outer: for each line that counts, the nearest one above it that stands less deep, -1 for none.
    """

    texts: Sequence[str]
    before: list[int]
    outer: dict[int, int]


def header_style(files: Iterable[FilePatch]) -> Headers:
    """How git wrote the headers of patches of Python: one that names a method, or no definition at all, shows it."""
    sections = {hunk.section for file in files if language_of(file.path) == "python" for hunk in file.hunks}
    if any(_NESTED.match(section) for section in sections):
        return "stripped"
    return "plain" if any(section and not _DEFINITION.match(section) for section in sections) else "unsure"


def names_in_hunk(
    hunk: Hunk, place: int | None, above: Sequence[str], language: str | None, headers: Headers
) -> HunkNames:
    """Names of the functions around the changes of a hunk.

    Args:
        hunk: one of a patch.
        place: number (from 1) of the hunk's first line in the text that `above` is of; None where it is not there.
        above: the known lines right above the hunk, nearest last.
        language: of the file, None where its functions are not known.
        headers: of the patch, see `header_style`.
    """
    names, parts, unknown = set[str](), set[str](), set[str]()
    old = [*above, *hunk.old()]
    lines, width = _nested(old), _width([*old, *hunk.new()], language)
    for line, column in changed_lines(hunk, 1 + len(above)):
        if column is None and not old[line - 1].strip():
            continue  # a blank line belongs to no function
        walk = _walk_from(lines, line, column, language)
        whole, name = _closed(walk, hunk.section, width, language, headers) if walk else (False, "")
        if not whole:
            unknown.add(walk.mark(place - len(above)) if walk and place is not None else "")
        if name:
            (names if whole else parts).add(name)
    return HunkNames(names, parts, unknown)


def changed_lines(hunk: Hunk, start: int) -> Iterator[tuple[int, int | None]]:
    """Old line numbers that change (with None), and for a pure insertion the line before it with its indentation."""
    line = start
    block: list[tuple[str, str]] = []
    for tag, text in [*hunk.lines, (" ", "")]:
        if tag != " ":
            block.append((tag, text))
            continue
        yield from _block_lines(block, line)
        line += sum(tag == "-" for tag, _ in block) + 1
        block = []


def _block_lines(block: list[tuple[str, str]], line: int) -> Iterator[tuple[int, int | None]]:
    removed = [text for tag, text in block if tag == "-"]
    if removed:
        told = [index for index, text in enumerate(removed) if text.strip()] or [0]
        yield from ((line + index, None) for index in told)
        return
    added = [text for _, text in block if text.strip()]
    if added:
        yield line - 1, len(added[0]) - len(added[0].lstrip())


def _nested(texts: Sequence[str]) -> _Lines:
    lines = _Lines(texts, [], {})
    last = -1
    for index, text in enumerate(texts):
        lines.before.append(last)
        if not text.strip() or text.lstrip().startswith((*_COMMENT, *_CLOSING)):
            continue
        lines.outer[index] = _shallower(lines, last, _indent(text))
        last = index
    lines.before.append(last)
    return lines


def _shallower(lines: _Lines, at: int, limit: int) -> int:
    """The nearest line that counts, from `at` up, that stands less deep than `limit`; -1 for none."""
    while at >= 0 and _indent(lines.texts[at]) >= limit:
        at = lines.outer[at]
    return at


def _walk_from(lines: _Lines, line: int, column: int | None, language: str | None) -> _Walk | None:
    """The walk up from a change; None for a decorator of which the definition is not shown."""
    if column is not None:
        return _walk(lines, line, column, (), language)
    text = lines.texts[line - 1]
    if language == "python" and text.lstrip().startswith("@"):
        return _decorated(lines, line)
    indent, name = _indent(text), _name(text)
    if name:
        return _walk(lines, line - 1, indent, (name,), language)
    return _walk(lines, line - 1, indent + text.lstrip().startswith(_CLOSING), (), language)


def _decorated(lines: _Lines, line: int) -> _Walk | None:
    """A decorator is part of the definition below it."""
    indent = _indent(lines.texts[line - 1])
    for text in lines.texts[line : line + _DECORATORS]:
        if text.strip() and _indent(text) <= indent and not text.lstrip().startswith(("@", *_CLOSING)):
            name = _name(text) if _indent(text) == indent else ""
            return _walk(lines, line - 1, indent, (name,), "python") if name else None
    return None


def _walk(lines: _Lines, end: int, limit: int, chain: tuple[str, ...], language: str | None) -> _Walk:
    """Up from the first `end` lines through whatever stands less deep than `limit`."""
    at = _shallower(lines, lines.before[end], limit)
    while at >= 0 and limit > 0:
        text = lines.texts[at]
        name, indent = _name(text), _indent(text)
        if name:
            chain = (name, *chain)
        elif not _may_be_passed(text, indent, language):
            return _Walk(chain, limit, at)
        limit, at = indent, lines.outer[at]
    return _Walk(chain, limit)


def _may_be_passed(text: str, indent: int, language: str | None) -> bool:
    """Whether a line that stands less deep is no definition, and no line of a text that stands where it likes."""
    if language in WITHOUT_KEYWORD:
        return bool(_CONTROL.match(text))
    return indent > 0 or bool(_OPENER.search(text.rstrip()))


def _closed(walk: _Walk, section: str, width: int, language: str | None, headers: Headers) -> tuple[bool, str]:
    """Whether the name is known in full, and the name; the header counts where lines have not told all."""
    inner = ".".join(walk.chain)
    if walk.stop >= 0:
        return False, inner
    if walk.limit == 0:
        return True, inner or MODULE
    outer = "" if section[:1].isspace() else _name(section)
    if not outer or language is None:
        return False, inner
    name = ".".join((outer, *walk.chain))
    if language == "go" and section.startswith("func"):
        return True, name
    at_margin = headers == "plain" or (headers == "unsure" and not _DEF.match(section))
    return at_margin and walk.limit <= width, name


def _name(text: str) -> str:
    """What a line defines, "" where it defines nothing: `Type.method` for a method of Go, the type for an `impl`."""
    header = _HEADER.match(text)
    if header is None or (header["kind"] in ("struct", "enum") and "(" in text[header.end() :]):
        return ""  # no definition, or that of a function of C that gives back a struct
    if header["kind"] == "impl" and (other := _IMPL_FOR.search(text, header.end())) is not None:
        return other[1]
    words = (header["receiver"] or "").strip("() \t").split()
    owner = words[-1].lstrip("*").partition("[")[0] if words else ""
    return f"{owner}.{header['name']}" if owner else header["name"]


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _width(lines: Sequence[str], language: str | None) -> int:
    """Columns by which blocks are indented, by the least step below a line that opens one."""
    tabs = any(text.startswith("\t") for text in lines)
    return min(_steps(lines), default=1 if tabs else WIDTHS.get(language or "", 2))


def _steps(lines: Sequence[str]) -> Iterator[int]:
    told = [text for text in lines if text.strip()]
    for text, following in pairwise(told):
        step = _indent(following) - _indent(text)
        if step > 0 and (_BLOCK_END.search(text) or _name(text)):
            yield step
