"""Works run one by one for threads that wait for them: in processes or threads here, which can be given up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from threading import Lock, Thread
from typing import Protocol

from contextpairs.pipelines.run.callers_script import script_hidden
from contextpairs.pipelines.run.engine import Output, Work, run
from contextpairs.pipelines.run.mappers import kill_workers, process_executor

ENDED = "the build has ended"


class WorkerLost(RuntimeError):
    """The process that worked on a partition was killed."""


class GivenUp(RuntimeError):
    """The build has ended before the partition."""


class WorkPool(Protocol):
    """Runs works for threads that call it."""

    def __call__(self, work: Work) -> Output:
        """Run a work and wait for it. Raises WorkerLost, GivenUp, or what the work raises."""
        ...

    def give_up(self) -> None:
        """End what runs, as far as it can be ended, and take nothing more: all calls raise GivenUp."""
        ...

    def close(self) -> None:
        """Let go of what works were run by."""
        ...


class ProcessPool:
    """Processes of this machine. Where one is killed the works of all fail, and the next call finds new ones."""

    def __init__(self, workers: int, preload: Sequence[str] = ()) -> None:
        """Start nothing yet; arguments as `mappers.process_mapper`."""
        self._open: Callable[[], ProcessPoolExecutor] = partial(process_executor, workers, preload)
        self._lock = Lock()
        self._executor: ProcessPoolExecutor | None = None
        self._given_up = False

    def __call__(self, work: Work) -> Output:
        """See WorkPool."""
        try:
            return self._submitted(work).result()
        except BrokenProcessPool:
            self._check()
            raise WorkerLost("its process was killed, often for want of memory") from None

    def _submitted(self, work: Work) -> Future[Output]:
        """Handed in, to new processes where those there were are lost."""
        with self._lock, script_hidden():
            self._check()
            if self._executor is None:
                self._executor = self._open()
            try:
                return self._executor.submit(run, work)
            except BrokenProcessPool:
                self._executor = self._open()
                return self._executor.submit(run, work)

    def _check(self) -> None:
        if self._given_up:
            raise GivenUp(ENDED)

    def give_up(self) -> None:
        """See WorkPool: the processes are killed."""
        with self._lock:
            self._given_up = True
            if self._executor is not None:
                kill_workers(self._executor)

    def close(self) -> None:
        """See WorkPool."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(cancel_futures=True)


class ThreadPool:
    """Threads of this process, one a call. They cannot be ended, but end with the process."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._lock = Lock()
        self._running: set[Future[Output]] = set()
        self._given_up = False

    def __call__(self, work: Work) -> Output:
        """See WorkPool."""
        future: Future[Output] = Future()
        with self._lock:
            if self._given_up:
                raise GivenUp(ENDED)
            self._running.add(future)
        Thread(target=_fulfil, args=(future, lambda: run(work)), daemon=True).start()
        try:
            return future.result()
        finally:
            with self._lock:
                self._running.discard(future)

    def give_up(self) -> None:
        """See WorkPool: threads are let go of."""
        with self._lock:
            self._given_up = True
            running = list(self._running)
        for future in running:
            _settle(future, lambda each: each.set_exception(GivenUp(ENDED)))

    def close(self) -> None:
        """See WorkPool: nothing is held."""


def _fulfil(future: Future[Output], work: Callable[[], Output]) -> None:
    try:
        output = work()
    except BaseException as error:
        caught = error
        _settle(future, lambda each: each.set_exception(caught))
    else:
        _settle(future, lambda each: each.set_result(output))


def _settle(future: Future[Output], settle: Callable[[Future[Output]], None]) -> None:
    """Unless it is settled already: a work may end while it is given up."""
    try:
        settle(future)
    except InvalidStateError:
        return
