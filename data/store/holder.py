"""Who holds a lease, and whether that process is still there."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from contextpairs.data.store.settings import Settings


class Holder(Settings):
    """A process of a machine, as a lease names it."""

    doing: str
    """What it holds the lease for."""
    host: str
    """Name of its machine."""
    machine: str
    """The machine's own id; empty where it has none, as in many containers."""
    boot: str
    """Id of the machine's boot; empty where the system has none."""
    namespace: str
    """Of process numbers: a container has its own."""
    pid: int
    """Process number."""
    born: str
    """When the process began, in ticks since the boot: numbers are used again."""
    since: str
    """When it took the lease, for people."""
    released: bool = False
    """Whether it has given the lease back."""

    @classmethod
    def here(cls, doing: str) -> Holder:
        """This process."""
        return cls(
            doing=doing,
            host=platform.node(),
            machine=_first_line("/etc/machine-id"),
            boot=_first_line("/proc/sys/kernel/random/boot_id"),
            namespace=_link("/proc/self/ns/pid"),
            pid=os.getpid(),
            born=_born(os.getpid()) or "",
            since=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        )

    def in_words(self) -> str:
        """`build coding, process 4242 on host-a, since 2026-01-31 02:10 UTC`."""
        return f"{self.doing}, process {self.pid} on {self.host}, since {self.since}"

    def is_there(self) -> bool | None:
        """Whether the process lives; None where that cannot be told from this machine or container."""
        here = Holder.here("")
        if self.boot and (self.boot, self.namespace) == (here.boot, here.namespace):
            return self.born != "" and _born(self.pid) == self.born
        rebooted = self.machine and (self.machine, self.host) == (here.machine, here.host) and self.boot != here.boot
        return False if rebooted else None


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _born(pid: int) -> str | None:
    """Field 22 of a process's `stat`; None where it is gone, or dead and not yet waited for."""
    fields = _first_line(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return fields[19] if len(fields) > 19 and fields[0] not in "ZX" else None
