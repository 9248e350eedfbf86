"""The net change of a file that was followed through edits, as a unified diff with the context that was seen."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from contextpairs.builders.coding.file_line import Line
from contextpairs.builders.coding.seen_file import UNSEEN, FileText
from contextpairs.data.code.patch import FilePatch, Hunk

CONTEXT = 3
_SECTION = re.compile(r"^[A-Za-z_$]")


def net_change(text: FileText, path: str) -> FilePatch | None:
    """The net change as a diff of this file; None where there is none."""
    file = FilePatch(path=path, old_path=path)
    if not text.existed:
        if not text.present or not text.now:
            return None
        file.is_new = True
        file.hunks = [Hunk(0, 1, "", [("+", line.text or "") for line in text.now])]
        return file
    if not text.present:
        file.is_deleted = True
        file.hunks = [Hunk(1, 0, "", [("-", line.text) for line in text.before if line.text is not None])]
        return file if file.hunks[0].lines else None
    file.hunks = _hunks(text) + [hunk for hunk in text.loose if hunk.old() != hunk.new()]
    return file if file.hunks else None


def _hunks(text: FileText) -> list[Hunk]:
    script = _script(text)
    changed = [i for i, (tag, _) in enumerate(script) if tag != " "]
    hunks: list[Hunk] = []
    groups: list[list[int]] = []
    for index in changed:
        if groups and index - groups[-1][1] <= 2 * CONTEXT:
            groups[-1][1] = index
        else:
            groups.append([index, index])
    for first, last in groups:
        hunks.append(_group(script, first, last))
    return hunks


def _group(script: list[tuple[str, Line]], first: int, last: int) -> Hunk:
    start, stop = first, last + 1
    while start > 0 and first - start < CONTEXT and script[start - 1][1].text is not None:
        start -= 1
    while stop < len(script) and stop - last <= CONTEXT and script[stop][1].text is not None:
        stop += 1
    old = sum(tag != "+" for tag, _ in script[:start])
    new = sum(tag != "-" for tag, _ in script[:start])
    lines = [(tag, line.text if line.text is not None else "") for tag, line in script[start:stop]]
    return Hunk(old + 1, new + 1, _section(script, start), lines)


def _script(text: FileText) -> list[tuple[str, Line]]:
    """All lines as (" ", "-" or "+", line): lines that kept their identity anchor the comparison."""
    kept = {id(line) for line in text.now if line.number}
    if [line for line in text.now if line.number] == text.before and len(text.now) == len(text.before):
        return []
    script: list[tuple[str, Line]] = []
    at = 0
    added: list[Line] = []
    for line in text.now:
        if not line.number or line.number <= at:
            added.append(line)
            continue
        if added or line.number - 1 > at:
            removed = [gone for gone in text.before[at : line.number - 1] if id(gone) not in kept]
            script += _compared(removed, added)
            added = []
        script.append((" ", line))
        at = line.number
    return script + _compared([gone for gone in text.before[at:] if id(gone) not in kept], added)


def _compared(removed: list[Line], added: list[Line]) -> list[tuple[str, Line]]:
    if not removed or not added:
        return [("-", line) for line in removed] + [("+", line) for line in added]
    old = [line.text if line.text is not None else f"{UNSEEN}{line.number}" for line in removed]
    script: list[tuple[str, Line]] = []
    matcher = SequenceMatcher(None, old, [line.text or "" for line in added], autojunk=len(old) > 2000)
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation == "equal":
            script += [(" ", line) for line in removed[a:b]]
        else:
            script += [("-", line) for line in removed[a:b]] + [("+", line) for line in added[c:d]]
    return script


def _section(script: list[tuple[str, Line]], start: int) -> str:
    """The line that git would name in the hunk's header, where no unseen line stands between."""
    for tag, line in reversed(script[:start]):
        if line.text is None:
            return ""
        if tag != "+" and _SECTION.match(line.text):
            return line.text.rstrip()[:80]
    return ""
