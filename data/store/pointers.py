"""Names for versions: `latest` where it is pinned, and tags."""

from __future__ import annotations

import re

from pydantic import Field, ValidationError

from contextpairs.data.store.sealed import ManifestError
from contextpairs.data.store.settings import Settings
from contextpairs.data.store.small_files import SmallFiles

POINTERS = "pointers.json"
TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
VERSION = re.compile(r"v?0*(\d+)")
LATEST = "latest"


class TagError(ValueError):
    """A name that no tag can have."""


class Pointers(Settings):
    """What a store's names point to, by version names."""

    latest: str | None = None
    """The version that `latest` is pinned to; None: it is the newest."""
    tags: dict[str, str] = Field(default_factory=dict)
    """Tag -> version."""

    def names_of(self, version: str) -> list[str]:
        """What keeps a version: its tags, sorted, and `latest` where that is pinned to it."""
        pinned = [LATEST] if self.latest == version else []
        return [*pinned, *sorted(tag for tag, tagged in self.tags.items() if tagged == version)]


def read_pointers(files: SmallFiles) -> Pointers:
    """The pointers of a store. Raises ManifestError where their file is damaged."""
    payload = files.read(POINTERS)
    if payload is None:
        return Pointers()
    try:
        return Pointers.model_validate_json(payload)
    except ValidationError as error:
        raise ManifestError(
            f"{files.path(POINTERS)}: cannot be read ({error.errors()[0]['msg']}); restore it, or remove it: then "
            "`latest` is the newest version and no version has a tag"
        ) from error


def write_pointers(files: SmallFiles, pointers: Pointers) -> None:
    """Replace the pointers of a store in one step."""
    files.replace(POINTERS, pointers.model_dump_json(indent=1).encode())


def check_tag(name: str) -> None:
    """Raises TagError where a name cannot be told from a version, or is no plain name."""
    if name == LATEST or VERSION.fullmatch(name) or not TAG.fullmatch(name):
        raise TagError(
            f"tag {name!r}: expected a letter, then up to 63 letters, digits, dots, dashes or underscores; neither "
            "`latest` nor a version's name"
        )
