"""A lease in a store: one build at a time, on whatever machines share it.

A lease is a file with a number. Whoever takes it makes the file of the next number, which only one can; the holder
writes it again each minute. So nothing but put-if-absent is needed, and a holder that
wakes after others came finds a higher number. A lease is void where its holder gave it back, at once where the holder
is known to be gone, and elsewhere when it was not written for five minutes by the clock of the storage.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pydantic import ValidationError

from contextpairs.data.store.holder import Holder
from contextpairs.data.store.small_files import SmallFiles

FOLDER = ".lease"
NAME = re.compile(r"(\d{6,})\.json")
RENEWED = 60.0
"""Seconds between two writes of a lease that is held."""
VOID_AFTER = 300.0
"""Seconds without a write after which a lease is void."""
ASKED_AGAIN = 5.0
"""Seconds between two looks of one that waits."""


UNKNOWN = Holder(
    doing="unknown work", host="an unknown machine", machine="", boot="", namespace="", pid=0, born="", since="unknown"
)
"""In place of a holder whose lease cannot be read."""


class Held(RuntimeError):
    """Another process holds what is needed; names it and says what to do."""


@contextmanager
def leased(
    files: SmallFiles,
    what: str,
    doing: str,
    *,
    wait: bool = False,
    say: Callable[[str], object] = lambda _: None,
    renewed: float = RENEWED,
) -> Iterator[None]:
    """Hold the lease of a folder while the block runs.

    Args:
        files: the folder.
        what: its name, for people.
        doing: what it is held for.
        wait: until it is free, instead of ending.
        say: told once whom it waits for.
        renewed: seconds between two writes.

    Raises:
        Held: another process holds it, and `wait` is false.
        StorageError: the storage refuses.
    """
    payload = Holder.here(doing).model_dump_json().encode()
    number = _taken(files, payload, what, wait, say)
    try:
        with renewing(lambda: _renew(files, number, payload), renewed):
            yield
    finally:
        # Where even this fails, the lease is void once the process has ended.
        with suppress(OSError):
            _give_back(files, number, payload)


@contextmanager
def renewing(renew: Callable[[], bool], every: float) -> Iterator[None]:
    """Call `renew` now and then while the block runs, until it gives false; a storage that fails is asked next time."""
    stop = threading.Event()

    def loop() -> None:
        while not stop.wait(every):
            with suppress(OSError):
                if not renew():
                    return

    thread = threading.Thread(target=loop, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def living(files: SmallFiles, name: str) -> Holder | None:
    """The holder that a lease file names, unless it gave it back, is gone, or did not write it for five minutes."""
    payload = files.read(name)
    if payload is None:
        return None
    try:
        holder = Holder.model_validate_json(payload)
    except ValidationError:
        holder = UNKNOWN
    there = False if holder.released else holder.is_there()
    if there is None:
        age = files.age(name)
        there = age is not None and age <= VOID_AFTER
    return holder if there else None


def _taken(files: SmallFiles, payload: bytes, what: str, wait: bool, say: Callable[[str], object]) -> int:
    """Take the lease. Returns its number."""
    told = False
    while True:
        number = _newest(files)
        holder = living(files, _name(number)) if number else None
        if holder is None:
            if files.create(_name(number + 1), payload):
                _remove_before(files, number + 1)
                return number + 1
            continue  # another took it in this moment
        if not wait:
            raise Held(_held(what, holder))
        if not told:
            say(f"waiting for {what}, held by: {holder.in_words()}")
            told = True
        time.sleep(ASKED_AGAIN)


def _held(what: str, holder: Holder) -> str:
    return (
        f"{what} is held by: {holder.in_words()}. Wait for it to end, or let this one wait (wait=true, or --wait). A "
        "holder that died elsewhere lets go after five minutes"
    )


def _renew(files: SmallFiles, number: int, payload: bytes) -> bool:
    """Write the lease again. False where another has taken it since."""
    if _newest(files) != number:
        return False
    files.replace(_name(number), payload)
    return True


def _give_back(files: SmallFiles, number: int, payload: bytes) -> None:
    """Say that it is free. The file stays, for its number is not to be given twice."""
    if _newest(files) != number:
        files.remove(_name(number))
        return
    released = Holder.model_validate_json(payload).model_copy(update={"released": True})
    files.replace(_name(number), released.model_dump_json().encode())


def _remove_before(files: SmallFiles, number: int) -> None:
    for name in files.names(FOLDER):
        if (match := NAME.fullmatch(name)) and int(match[1]) < number:
            files.remove(f"{FOLDER}/{name}")


def _newest(files: SmallFiles) -> int:
    """Number of the newest lease; 0 where there was none yet."""
    return max((int(match[1]) for match in map(NAME.fullmatch, files.names(FOLDER)) if match), default=0)


def _name(number: int) -> str:
    return f"{FOLDER}/{number:06}.json"
