"""A digest of what a patch does, whatever its form."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from contextpairs.data.code.code_text import squeeze, without_comment
from contextpairs.data.code.patch import FilePatch

_COMMENT = re.compile(r"^\s*(?:#|//|/\*|\*(?:\s|/|$)|--\s|<!--)")


def patch_digest(files: Sequence[FilePatch]) -> str:
    """32 hex digits over paths and changed lines, insensitive to white space, comments, quotes and order of hunks."""
    digest = hashlib.blake2b(digest_size=16)
    for file in sorted(files, key=lambda file: file.path):
        digest.update(f"\x00{file.path}\x01".encode("utf-8", "surrogatepass"))
        for line in sorted(_normal_lines(file)):
            digest.update(line.encode("utf-8", "surrogatepass") + b"\x02")
    return digest.hexdigest()


def _normal_lines(file: FilePatch) -> list[str]:
    """Changed lines that hold code; a line taken out and put back elsewhere in equal form does not count."""
    balance: dict[str, int] = {}
    for tag, text in file.changed():
        if _COMMENT.match(text):
            continue
        if squeezed := squeeze(without_comment(text)):
            balance[squeezed] = balance.get(squeezed, 0) + (1 if tag == "+" else -1)
    return [("+" if count > 0 else "-") + line for line, count in balance.items() for _ in range(abs(count))]
