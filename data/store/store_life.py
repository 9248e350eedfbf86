"""What changes a store without publishing: where `latest` points, tags, quarantine, and versions no longer wanted.

Each takes the store's lease, so none works against a build or another of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from contextpairs.data.store.lease import leased
from contextpairs.data.store.pointers import (
    LATEST,
    VERSION,
    Pointers,
    check_tag,
    read_pointers,
    write_pointers,
)
from contextpairs.data.store.removal import DAYS, LAST, Pruned, sorted_out, tombstone
from contextpairs.data.store.storage import Storage, version_name
from contextpairs.data.store.version_rows import VersionError
from contextpairs.data.store.workspace import DAY


class StoreLife:
    """The life of a store. `wait` of each method waits for a store that is held, instead of raising Held."""

    def __init__(self, storage: Storage, name: str) -> None:
        """Args: storage: of the store. name: of the store, for people."""
        self._storage = storage
        self._name = name

    def number(self, version: str) -> int:
        """The number of a version given as `v000001`, `v1`, `1`, `latest` or a tag. Raises VersionError."""
        there = self._there()
        match = VERSION.fullmatch(version)
        number = int(match[1]) if match else self._pointed(version, there)
        if number not in there:
            names = [*map(version_name, there), *sorted(read_pointers(self._storage.files).tags)]
            raise VersionError(f"{self._name} has no version {version!r}; it has: {', '.join(names)}")
        return number

    def check_there(self) -> None:
        """Raises VersionError where the store holds no version, not even a damaged one."""
        if not self._storage.census().lost:
            self._there()

    def _there(self) -> list[int]:
        there = self._storage.census().there
        if not there:
            raise VersionError(f"{self._name}: there is no store with a version; check the path, or build there first")
        return there

    def _pointed(self, name: str, there: list[int]) -> int | None:
        pointers = read_pointers(self._storage.files)
        version = pointers.latest if name == LATEST else pointers.tags.get(name)
        if version is None:
            return there[-1] if name == LATEST else None
        number = int(version.removeprefix("v"))
        if number not in there:
            advice = "contextpairs unpin" if name == LATEST else f"contextpairs tag --remove {name}"
            raise VersionError(
                f"{self._name}: {name} points to {version}, which is not there any more; {advice} frees it"
            )
        return number

    def rollback(self, version: str, *, wait: bool = False) -> str:
        """Pin `latest` to a version, until `unpin`. Returns its name. Raises VersionError or Held."""
        with self._held("rollback", wait):
            name = version_name(self.number(version))
            self._point(read_pointers(self._storage.files).model_copy(update={"latest": name}))
            return name

    def unpin(self, *, wait: bool = False) -> str | None:
        """Let `latest` be the newest version again. Returns what it was pinned to. Raises Held."""
        with self._held("unpin", wait):
            pointers = read_pointers(self._storage.files)
            if pointers.latest:
                self._point(pointers.model_copy(update={"latest": None}))
            return pointers.latest

    def tag(self, name: str, version: str, *, wait: bool = False) -> str:
        """Give a version a name, which is taken from the one that had it. Raises TagError, VersionError or Held."""
        check_tag(name)
        with self._held("tag", wait):
            tagged = version_name(self.number(version))
            pointers = read_pointers(self._storage.files)
            self._point(pointers.model_copy(update={"tags": {**pointers.tags, name: tagged}}))
            return tagged

    def untag(self, name: str, *, wait: bool = False) -> str:
        """Take a tag away. Returns the version that had it. Raises VersionError or Held."""
        with self._held("tag", wait):
            pointers = read_pointers(self._storage.files)
            if name not in pointers.tags:
                raise VersionError(
                    f"{self._name} has no tag {name!r}; it has: {', '.join(sorted(pointers.tags)) or 'none'}"
                )
            left = {tag: version for tag, version in pointers.tags.items() if tag != name}
            self._point(pointers.model_copy(update={"tags": left}))
            return pointers.tags[name]

    def quarantine(self, version: str, *, wait: bool = False) -> str:
        """Set a damaged version aside: it is listed no more, its files are kept under `quarantine`.

        Raises:
            VersionError: it is not there, or a name points to it.
            Held: another process works on the store.
        """
        with self._held("quarantine", wait):
            number = self._damaged_or_there(version)
            name = version_name(number)
            if names := read_pointers(self._storage.files).names_of(name):
                raise VersionError(f"{self._name}: {', '.join(names)} points to {name}; point it elsewhere first")
            self._storage.remove(number, tombstone(number, "quarantined", kept=True), keep=True)
            return name

    def prune(self, last: int = LAST, days: float = DAYS, *, dry_run: bool = False, wait: bool = False) -> Pruned:
        """Remove versions that are neither among the last, nor young, nor tagged, nor pinned.

        Args:
            last: how many of the newest are kept, 1 at least.
            days: how old a version may be and still be kept.
            dry_run: only tell what would go.
            wait: see the class.

        Raises:
            ValueError: `last` is below 1, or `days` below 0.
            Held: another process works on the store.
        """
        if last < 1 or days < 0:
            raise ValueError(f"prune: keep at least the last 1 and 0 days; given {last} and {days:g}")
        with self._held("prune", wait):
            numbers = self._storage.census().there
            found = sorted_out(self._storage, numbers, read_pointers(self._storage.files), last, days)
            if not dry_run:
                for name in found.removed:
                    number = int(name.removeprefix("v"))
                    self._storage.remove(number, tombstone(number, "pruned", kept=False), keep=False)
                self._storage.clean(DAY)
            return found

    def _damaged_or_there(self, version: str) -> int:
        """A number whose folder may lack its manifest."""
        match = VERSION.fullmatch(version)
        lost = self._storage.census().lost
        return int(match[1]) if match and int(match[1]) in lost else self.number(version)

    def _point(self, pointers: Pointers) -> None:
        write_pointers(self._storage.files, pointers)

    @contextmanager
    def _held(self, doing: str, wait: bool) -> Iterator[None]:
        self.check_there()  # a mistyped path gets no lease
        with leased(self._storage.files, self._name, doing, wait=wait):
            yield
