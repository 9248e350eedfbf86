"""Exports in processes of their own: killed at a chosen step, or measured.

`python -m tests.data.exports.measured STORE FORM DEST` exports and prints the bytes that the process grew by.
Linux alone, for `ru_maxrss` of a started process begins with that of its parent and never falls.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

from contextpairs.data.exports.exporting import export
from contextpairs.data.store.store import Store
from tests.data.store.publishing import STEPS

STATUS = Path("/proc/self/status")


def export_until_step(root: str, form: str, dest: str, deadly: int) -> None:
    """Export, and be killed as by `kill -9` just before the `deadly`-th call that touches the file system at `dest`."""
    store = Store(root)
    step, near = 0, str(Path(dest).parent)

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal step
        if event == "fcntl.flock" or (event in STEPS and near in str(arguments[0])):
            step += 1
            if step == deadly + 1:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    export(store, "latest", None, form, dest)


def memory(kind: str) -> int:
    """Bytes of memory that the process holds (VmRSS) or held at its peak (VmHWM)."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(kind))
    return int(line.split()[1]) * 1024


def main(root: str, form: str, dest: str) -> None:
    store = Store(root)
    store.manifest()
    STATUS.with_name("clear_refs").write_text("5")
    before = memory("VmRSS")
    export(store, "latest", None, form, dest)
    print(memory("VmHWM") - before)


if __name__ == "__main__":
    main(*sys.argv[1:])
