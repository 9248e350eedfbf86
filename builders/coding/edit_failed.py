"""Whether the output that answers an edit says that it did not take effect."""

from __future__ import annotations

import re

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.printed import output_of, return_code

_FAILURES = (
    "Your proposed edit has introduced new syntax error", "edit was not applied", "was NOT applied",
    "No replacement was performed", "ERROR:", "No file open", "Invalid `", "introduced new syntax",
    "did not appear verbatim", "File already exists",
    "Multiple occurrences", "EXACTLY ONE action", "exactly one action",
)  # fmt: skip
_NOT_MOVED = re.compile(r"^(?:mv|cp|rm|error|fatal): |did not match any file", re.M)
_NOT_OPENED = re.compile(r"^.*: (?:No such file or directory|Is a directory|Permission denied)$", re.M)
_SHELL_ERROR = re.compile(
    r"^(?:sed: |error: |edit_via_str_replace: |Traceback|.*: No such file or directory|.*[Nn]ot found in file)", re.M
)


def failed(edit: Edit, observation: str) -> bool:
    """Whether the observation that answers an edit says that it did not take effect."""
    head = observation[:2000]
    if edit.kind in ("remove", "restore", "move", "copy"):
        code = return_code(observation)
        return code not in (0, None) and _NOT_MOVED.search(output_of(observation)[0][-4000:]) is not None
    if "failed to match!" in head:
        return edit.old is None or _right_stripped("SEARCH\n" + edit.old) in _right_stripped(observation)
    if any(message in head for message in _FAILURES) and "has been edited" not in head:
        return True
    code = return_code(observation)
    if code in (0, None):
        return False
    if edit.kind in ("write", "append") and _not_opened(edit.path, output_of(observation)[0][:4000]):
        return True
    return not edit.followed or (edit.kind != "write" and bool(_SHELL_ERROR.search(output_of(observation)[0][:2000])))


def _not_opened(path: str, printed: str) -> bool:
    """Whether the shell says that it could not open a file to write."""
    return any(path in match[0] for match in _NOT_OPENED.finditer(printed))


def _right_stripped(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.rstrip().split("\n"))
