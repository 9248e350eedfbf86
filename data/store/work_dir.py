"""What runs tell each other in a work directory, which several stores may share: that they run, and what they used."""

from __future__ import annotations

import json
import posixpath
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from contextpairs.data.sources.files.safe_text import without_secrets
from contextpairs.data.store.holder import Holder
from contextpairs.data.store.lease import Held, living, renewing
from contextpairs.data.store.small_files import SmallFiles
from contextpairs.data.store.told_errors import open_filesystem

LEASES, USES = ".leases", ".uses"
RUN, COLLECTION = "run-", "gc-"
"""How the names of leases begin."""
ASKED_AGAIN = 1.0
"""Seconds between two looks for the end of a collection."""
RENEWED = 60.0
"""Seconds between two writes of a lease."""


class WorkDir:
    """The work directory at a URL."""

    def __init__(self, url: str) -> None:
        """Args: url: folder or fsspec URL."""
        self.filesystem, root = open_filesystem(url)
        self.root = root.rstrip("/")
        self.name = without_secrets(url)
        self.files = SmallFiles(self.filesystem, self.root)

    def exists(self) -> bool:
        """Whether anything was ever written there."""
        self.filesystem.invalidate_cache()
        found: bool = self.filesystem.exists(self.root)
        return found

    @contextmanager
    def shared(self, doing: str, say: Callable[[str], object]) -> Iterator[None]:
        """Work here while the block runs, beside others; a collection under way is waited for, and none begins.

        Both write first that they are there and look then, so that one of them sees the other.
        """
        with self._lease(RUN, doing):
            told = False
            while holders := self._live(COLLECTION):
                if not told:
                    say(f"waiting for {self.name}, held by: {holders[0].in_words()}")
                    told = True
                time.sleep(ASKED_AGAIN)
            yield

    @contextmanager
    def alone(self, doing: str) -> Iterator[str]:
        """Work here while the block runs, and nobody else. Gives the name of the lease.

        Raises:
            Held: a run, or another collection, is under way.
        """
        with self._lease(COLLECTION, doing) as lease:
            others = [*self._live(RUN), *self._live(COLLECTION, without=lease)]
            if others:
                raise Held(f"{self.name} is in use by: {others[0].in_words()}. Run again when that has ended")
            yield lease

    def used_since(self, now: datetime, days: float) -> tuple[set[str], set[str]]:
        """What runs of the last days used: names of outputs and keys, and folders of replies."""
        used: set[str] = set()
        replies: set[str] = set()
        for name in self.files.names(USES):
            age = now - self.filesystem.modified(self.files.path(f"{USES}/{name}"))
            if age.total_seconds() <= days * 86_400:
                said = json.loads(self.files.read(f"{USES}/{name}") or b"{}")
                used.update(said.get("used", ()))
                replies.update(said.get("replies", ()))
        return used, replies

    @contextmanager
    def _lease(self, kind: str, doing: str) -> Iterator[str]:
        name = f"{LEASES}/{kind}{secrets.token_hex(8)}.json"
        payload = Holder.here(doing).model_dump_json().encode()

        def renew() -> bool:
            self.files.replace(name, payload)
            return True

        renew()
        try:
            with renewing(renew, RENEWED):
                yield name
        finally:
            # Where even this fails, the lease is void once the process has ended.
            with suppress(OSError):
                self.files.remove(name)

    def _live(self, kind: str, without: str = "") -> list[Holder]:
        names = [f"{LEASES}/{name}" for name in self.files.names(LEASES) if name.startswith(kind)]
        return [holder for name in names if name != without and (holder := living(self.files, name))]


class Uses:
    """What one run used in a work directory, written after each stage, so that a kill loses none of it."""

    def __init__(self, url: str, replies: Iterable[str]) -> None:
        """Args: url: of the work directory. replies: folders of judges' replies that the run may read."""
        self._url = url
        self._replies = sorted(replies)
        self._name = f"{USES}/{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.json"
        self._used: set[str] = set()

    def add(self, names: Iterable[str]) -> None:
        """Note outputs by name or path, and keys of caches."""
        new = {mark(name) for name in names} - self._used
        if new:
            self._used |= new
            said = {"used": sorted(self._used), "replies": self._replies}
            WorkDir(self._url).files.replace(self._name, json.dumps(said).encode())


def mark(path: str) -> str:
    """What names a file or folder of a work directory: the last part of its path, without endings."""
    return posixpath.basename(path).partition(".")[0]
