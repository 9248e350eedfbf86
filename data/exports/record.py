"""The account of an export, `export.json`: what it was made from, how, and the hash of every file.

It holds no time, host or path, so equal inputs give equal bytes. Where it is, the export is whole: it is written last.
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import Field, NonNegativeInt, ValidationError

from contextpairs.data.exports.options import ExportError
from contextpairs.data.store.manifest import StoredFile
from contextpairs.data.store.settings import Settings

RECORD_NAME = "export.json"


class SourceVersion(Settings):
    """The version that was exported."""

    domain: Literal["coding", "images"]
    """Of its pairs."""
    version: str
    """`v000001` and so on."""
    digest: str
    """Of its manifest."""
    content: str
    """Hash of its rows."""


class ExportRecord(Settings):
    """What is in an export and where it came from."""

    format: Literal[1] = 1
    """Version of this file's form."""
    form: str
    """Whose form the records have."""
    sources: tuple[SourceVersion, ...]
    """The versions, one for each domain."""
    splits: tuple[str, ...]
    """The exported splits."""
    options: dict[str, Any]
    """How the records were made."""
    rows: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Records by split, of all domains together."""
    files: tuple[StoredFile, ...] = ()
    """Every file but this one, by path."""

    def to_bytes(self) -> bytes:
        """The file: JSON with sorted keys, one final newline."""
        return (json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=2) + "\n").encode()

    def says_the_same(self, other: ExportRecord) -> bool:
        """Whether the other was made from the same data in the same way."""
        return (self.form, self.sources, self.splits, self.options) == (
            other.form,
            other.sources,
            other.splits,
            other.options,
        )


def parse_record(payload: bytes, path: str) -> ExportRecord:
    """Read an account. Raises ExportError naming the file."""
    try:
        return ExportRecord.model_validate_json(payload)
    except ValidationError as error:
        raise ExportError(
            f"{path}: {error.errors()[0]['msg']}; it is no account of an export of this release"
        ) from None
