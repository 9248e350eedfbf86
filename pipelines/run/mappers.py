"""Where works run on this machine: in this process, on threads or on processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context

from contextpairs.pipelines.run.callers_script import script_hidden
from contextpairs.pipelines.run.engine import Mapper, Output, Work, folders_of, found, run
from contextpairs.pipelines.run.stall import STALL_MINUTES, StallClock, Stalled
from contextpairs.pipelines.run.workers import begin

PRELOADED = ("contextpairs.pipelines.run.mappers",)
"""What every worker process imports."""
LOOKING = 4
"""Threads that look for outputs: a remote store answers slowly."""


def process_mapper(workers: int, preload: Sequence[str] = (), stall_minutes: float = STALL_MINUTES) -> Mapper:
    """Works on `workers` processes here; with one, in this process. The processes serve all stages.

    They do not run the script that calls, and end when its process is gone, however it ended, or is interrupted.

    Args:
        workers: how many.
        preload: modules that all of them use and that are slow to import: on Linux imported once, where processes are
            forked. They must start no thread and touch no GPU when they are imported.
        stall_minutes: after which works are given up of which no row was finished, in processes alone.
    """
    return _Pooled(process_executor(workers, preload), stall_minutes) if workers > 1 else _inline


def process_executor(workers: int, preload: Sequence[str] = ()) -> ProcessPoolExecutor:
    """Processes that end with this one, however it ends; arguments as `process_mapper`."""
    context = get_context("forkserver" if os.name == "posix" else "spawn")
    if sys.platform == "linux":  # elsewhere system libraries do not bear a fork once they are loaded
        context.set_forkserver_preload([*PRELOADED, *preload])
    return ProcessPoolExecutor(workers, context, initializer=begin)


def thread_mapper(workers: int) -> Mapper:
    """Works on `workers` threads of this process."""
    return _Pooled(ThreadPoolExecutor(max(1, workers)))


@dataclass(slots=True)
class _Pooled:
    """Works on an executor, whose workers end with it. What is there already starts no worker."""

    executor: Executor
    stall_minutes: float = STALL_MINUTES

    def __call__(self, works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
        with ThreadPoolExecutor(LOOKING) as looking:
            outputs = list(looking.map(found, works))
        for output in filter(None, outputs):
            done(output)
        with script_hidden():  # workers are started as works are handed in
            futures = {at: self.executor.submit(run, works[at]) for at, each in enumerate(outputs) if each is None}
        for future in futures.values():
            future.add_done_callback(lambda each: done(each.result()) if _succeeded(each) else None)
        try:
            self._await({future: f"{works[at].stage.name}-{at}" for at, future in futures.items()}, works)
            return [output or futures[at].result() for at, output in enumerate(outputs)]
        except BaseException as error:
            for future in futures.values():
                future.cancel()
            if isinstance(error, Stalled) or not isinstance(error, Exception):
                kill_workers(self.executor)
            raise

    def _await(self, owed: Mapping[Future[Output], str], works: Sequence[Work]) -> None:
        """Wait for all futures, or for the first that fails. Raises Stalled."""
        clock = StallClock(folders_of(works), self.stall_minutes)
        pending = set(owed)
        while pending:
            finished, pending = wait(pending, clock.left, FIRST_COMPLETED)
            if not finished:
                clock.check(sorted(owed[future] for future in pending))
                continue
            clock.moved()
            for future in finished:
                future.result()


def kill_workers(executor: Executor) -> None:
    """End worker processes at once, whatever they do: what Python 3.14 has under that name."""
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.kill()


def _succeeded(future: Future[Output]) -> bool:
    return not future.cancelled() and future.exception() is None


def _inline(works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
    outputs: list[Output] = []
    for work in works:
        outputs.append(run(work))
        done(outputs[-1])
    return outputs
