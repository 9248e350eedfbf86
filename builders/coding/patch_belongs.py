"""Whether a recorded patch can be this trajectory's: its files and changed lines must occur in the transcript."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

_WORDS = re.compile(r"\w+")
_SAMPLE = 40


def patch_fits(files: Sequence[FilePatch], messages: Iterable[Message], edits: Sequence[Edit] = ()) -> bool:
    """Whether a patch and a transcript belong together.

    A patch fits if the transcript names one of its changed paths in full and edits it, where the edits are known; else
    the transcript must name a changed file and show one of the changed lines (compared without white space; lines of
    fewer than three words do not tell, and where no line tells the full path has to do). A patch of another repository
    has neither. A patch without changes fits nothing.

    Args:
        files: the patch, tests and new files included.
        messages: the whole transcript.
        edits: what `find_edits` found in it; without, naming a path in full is enough.
    """
    changed = [file for file in files if file.hunks or file.is_binary]
    if not changed:
        return False
    text = "\n".join(message.content for message in messages)
    edited = {edit.path for edit in edits if edit.path and edit.kind not in ("write", "remove")}
    if any("/" in file.path and file.path in text and (not edited or file.path in edited) for file in changed):
        return True
    named = [file for file in changed if file.path.rsplit("/", 1)[-1] in text]
    lines = list(_telling_lines(named))
    if not lines:
        return any(file.path in text for file in named)
    squeezed = "".join(text.split())
    return any("".join(line.split()) in squeezed for line in lines)


def _telling_lines(files: Iterable[FilePatch]) -> Iterator[str]:
    for file in files:
        yield from (line for _, line in islice(file.changed(), _SAMPLE) if len(_WORDS.findall(line)) >= 3)
