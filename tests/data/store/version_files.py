"""The files of a version, for tests that compare them."""

from __future__ import annotations

import json
from pathlib import Path

from contextpairs.data.store.manifest import MANIFEST_NAME


def version_files(folder: Path) -> dict[str, bytes]:
    """Files by name; of the manifest all but the parent, which says what the store held before."""
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    said = json.loads(found[MANIFEST_NAME])
    said.pop("parent", None)
    return {**found, MANIFEST_NAME: json.dumps(said).encode()}
