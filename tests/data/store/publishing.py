"""What the tests run in other processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TypeVar

from contextpairs.data.store.store import Store
from contextpairs.data.store.workspace import workspace
from tests.data.pairs.pair_rows import account, splits_of

Result = TypeVar("Result")
FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["contextpairs.data.store.store"])
STEPS = ("open", "os.link", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")


def in_processes(function: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> list[Result]:
    """Results of the calls, each made in a process of its own, all at once."""
    with ProcessPoolExecutor(len(arguments), FORKSERVER) as executor:
        futures = [executor.submit(function, *each) for each in arguments]
        return [future.result(60) for future in futures]


def die_in_workspace(parent: Path) -> None:
    with workspace(parent) as folder:
        (folder / "half").write_bytes(b"ha")
        os.kill(os.getpid(), signal.SIGKILL)


def publish_range(root: str, start: int, stop: int, options: dict[str, Any] | None = None) -> tuple[str, bool]:
    """Publish the couples of some seeds."""
    published = Store(root, options).publish(splits_of(range(start, stop)), account())
    return published.version, published.created


def announce_and_publish(root: str, stop: int, options: dict[str, Any] | None, parent: Connection) -> None:
    """Say that the imports are done, publish at once, say that it is done."""
    splits = splits_of(range(stop))
    store = Store(root, options)
    parent.send("ready")
    store.publish(splits, account())
    parent.send("done")


def publish_until_step(root: str, stop: int, deadly: int) -> None:
    """Publish, and be killed as by `kill -9` just before the `deadly`-th call that touches the file system."""
    splits = splits_of(range(stop))
    store = Store(root)
    _die_at(root, deadly)
    store.publish(splits, account())


def live_until_step(root: str, call: str, arguments: Sequence[Any], deadly: int) -> None:
    """Call a method of a store's life, and be killed likewise."""
    life = Store(root).life
    _die_at(root, deadly)
    getattr(life, call)(*arguments)


def _die_at(root: str, deadly: int) -> None:
    """From now on count the calls that touch files under a folder, and die before one of them."""
    step = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal step
        if event == "fcntl.flock" or (event in STEPS and root in str(arguments[0])):
            step += 1
            if step == deadly + 1:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
