"""The versions of a store as a list tells them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from contextpairs.data.store.pointers import Pointers
from contextpairs.data.store.removal import published_at
from contextpairs.data.store.sealed import ManifestError
from contextpairs.data.store.storage import Storage, read_manifest, version_name


@dataclass(frozen=True, slots=True)
class Listed:
    """One version; of a damaged one, what is wrong with it."""

    version: str
    date: str = ""
    """When it was published: `2026-01-31 02:10`, UTC, by the clock of the storage."""
    domain: str = ""
    rows: dict[str, int] = field(default_factory=dict)
    """Rows by split."""
    bytes: int = 0
    """Of its files."""
    parent: str | None = None
    """The newest version that could be read when it was published."""
    tags: list[str] = field(default_factory=list)
    """Names that point to it; `latest` only where it is pinned."""
    latest: bool = False
    """Whether `latest` is this version, pinned or not."""
    content: str = ""
    """Hash of its rows."""
    warning: str | None = None
    """Of a version whose mask is older than this code's."""
    problem: str | None = None
    """Why it cannot be read; None where it can."""

    def as_json(self) -> dict[str, Any]:
        """Every field by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


def listed(storage: Storage, name: str, pointers: Pointers) -> list[Listed]:
    """Every version, oldest first, damaged ones too.

    Args:
        storage: of the store.
        name: of the store, for people.
        pointers: of the store.
    """
    census = storage.census()
    latest = pointers.latest or (version_name(census.there[-1]) if census.there else None)
    found = [_listed(storage, name, number, pointers, latest) for number in census.there]
    lost = [Listed(version_name(each), problem=damaged("no manifest", name, each)) for each in census.lost]
    return sorted([*found, *lost], key=lambda each: each.version)


def damaged(problem: str, name: str, number: int) -> str:
    """What is wrong with a version, and what to do. Args: problem. name: of the store. number: of the version."""
    return f"{problem}; contextpairs quarantine {name} {version_name(number)} sets it aside"


def _listed(storage: Storage, name: str, number: int, pointers: Pointers, latest: str | None) -> Listed:
    version = version_name(number)
    tags, is_latest = pointers.names_of(version), version == latest
    try:
        manifest = read_manifest(storage, number)
        date = f"{published_at(storage, number):%Y-%m-%d %H:%M}"
    except (ManifestError, FileNotFoundError) as error:
        return Listed(version, problem=damaged(str(error), name, number), tags=tags, latest=is_latest)
    return Listed(
        version,
        date=date,
        domain=manifest.domain,
        rows=dict(manifest.rows),
        bytes=sum(file.bytes for file in manifest.files),
        parent=manifest.parent,
        content=manifest.content,
        warning=manifest.old_mask(version),
        tags=tags,
        latest=is_latest,
    )
