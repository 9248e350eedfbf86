"""A patch as pieces with the names of their colours: languages are told from file names, as Pygments knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeAlias

Coloured: TypeAlias = list[tuple[str, str]]
"""Short class of Pygments and text; texts joined are the patch."""

OF_A_FILE = re.compile(r"^\+\+\+ (?:b/)?(\S+)")
COLOURED = 60_000
"""Characters of a patch that are coloured: lexers may be slow on strange text."""
COLOURED_LINE = 500


def coloured(patch: str) -> list[tuple[str, Coloured]]:
    """The lines of a patch: what each is (`add`, `del`, `hunk`, `file` or nothing), and its coloured pieces."""
    lexer = None
    found = []
    for line in patch.split("\n"):
        kind = _kind(line)
        if match := OF_A_FILE.match(line):
            lexer = _lexer(match[1])
        found.append((kind, _pieces(line, kind, lexer if len(patch) <= COLOURED else None)))
    return found


def _kind(line: str) -> str:
    if line.startswith(("+++ ", "--- ", "diff ", "index ", "new file", "deleted file", "rename ")):
        return "file"
    if line.startswith("@@"):
        return "hunk"
    return {"+": "add", "-": "del"}.get(line[:1], "")


def _pieces(line: str, kind: str, lexer: Any) -> Coloured:
    if lexer is None or kind in ("file", "hunk") or not line or len(line) > COLOURED_LINE:
        return [("", line)]
    return [("", line[0]), *_joined(lexer.get_tokens(line[1:]))]


def _joined(tokens: Iterator[tuple[Any, str]]) -> Coloured:
    from pygments.token import STANDARD_TYPES

    found: Coloured = []
    for kind, text in tokens:
        name = next((STANDARD_TYPES[each] for each in reversed(kind.split()) if STANDARD_TYPES.get(each)), "")
        if found and found[-1][0] == name:
            found[-1] = (name, found[-1][1] + text)
        elif text:
            found.append((name, text))
    return found


@cache
def _lexer(path: str) -> Any:
    """The lexer of a file by its name, line by line; None where there is none."""
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        return get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
