"""Where works run on this machine: in this process, on threads or on processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from contextpairs.pipelines.run.callers_script import script_hidden
from contextpairs.pipelines.run.engine import Mapper, Output, Work, found, run
from contextpairs.pipelines.run.workers import begin

PRELOADED = ("contextpairs.pipelines.run.mappers",)
"""What every worker process imports."""
LOOKING = 4
"""Threads that look for outputs: a remote store answers slowly."""


def process_mapper(workers: int, preload: Sequence[str] = ()) -> Mapper:
    """Works on `workers` processes here; with one, in this process. The processes serve all stages.

    They do not run the script that calls, and end when its process is gone, however it ended, or is interrupted.

    Args:
        workers: how many.
        preload: modules that all of them use and that are slow to import: on Linux imported once, where processes are
            forked. They must start no thread and touch no GPU when they are imported.
    """
    if workers <= 1:
        return _inline
    context = get_context("forkserver" if os.name == "posix" else "spawn")
    if sys.platform == "linux":  # elsewhere system libraries do not bear a fork once they are loaded
        context.set_forkserver_preload([*PRELOADED, *preload])
    return _Pooled(ProcessPoolExecutor(workers, context, initializer=begin))


def thread_mapper(workers: int) -> Mapper:
    """Works on `workers` threads of this process."""
    return _Pooled(ThreadPoolExecutor(max(1, workers)))


@dataclass(slots=True)
class _Pooled:
    """Works on an executor, whose workers end with it. What is there already starts no worker."""

    executor: Executor

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
            return [output or futures[at].result() for at, output in enumerate(outputs)]
        except BaseException as error:
            for future in futures.values():
                future.cancel()
            if not isinstance(error, Exception):
                _kill_workers(self.executor)
            raise


def _kill_workers(executor: Executor) -> None:
    """End worker processes at once, whatever they do: what Python 3.14 has as `kill_workers`."""
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
