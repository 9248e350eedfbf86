"""Works as tasks of a flow run: waited for as they end, for as long as something moves."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from contextpairs.pipelines.run.engine import Output, Work, folders_of
from contextpairs.pipelines.run.stall import StallClock

LOOK_EVERY = 30.0
"""Seconds between two looks at the run itself."""
STARTS = 10
"""How often a task is submitted that ends without having begun."""


class TaskFuture(Protocol):
    """What a task runner gives for a task: Prefect's future."""

    def add_done_callback(self, fn: Callable[[Any], None]) -> None:
        """Have a function hear of the end."""
        ...


class StageTasks:
    """The works of a stage as tasks."""

    def __init__(
        self, works: Sequence[Work], submit: Callable[[Work, str], TaskFuture], never_ran: Callable[[Any], bool]
    ) -> None:
        """Submit them all.

        Args:
            works: of one stage.
            submit: makes a work a task of that name.
            never_ran: whether a task has ended without having begun, so that it has to be submitted again.
        """
        self._works, self._submit, self._never_ran = works, submit, never_ran
        self._ended: SimpleQueue[tuple[int, TaskFuture]] = SimpleQueue()
        self._owed = set(range(len(works)))
        self._starts: Counter[int] = Counter()
        for at in range(len(works)):
            self._start(at)

    def finished(
        self,
        stall_minutes: float,
        output: Callable[[Any, str], Output],
        done: Callable[[Output], None],
        look: Callable[[], None],
    ) -> list[Output]:
        """All outputs, in the order of the works.

        Args:
            stall_minutes: after which works are given up of which no row was finished.
            output: of a task that has ended, by its name; may raise.
            done: hears of each as it comes.
            look: called now and then.

        Raises:
            Stalled: nothing moves any more.
        """
        clock = StallClock(folders_of(self._works), stall_minutes)
        outputs: dict[int, Output] = {}
        looked = time.monotonic()
        while self._owed:
            ended = self._next(clock)
            if time.monotonic() - looked >= LOOK_EVERY:
                looked = time.monotonic()
                look()
            if ended is None:
                continue
            at, future = ended
            if self._starts[at] < STARTS and self._never_ran(future):
                self._start(at)
                continue
            self._owed.discard(at)
            outputs[at] = output(future, self._name(at))
            done(outputs[at])
        return [outputs[at] for at in range(len(self._works))]

    def _name(self, at: int) -> str:
        return f"{self._works[at].stage.name}-{at}"

    def _start(self, at: int) -> None:
        self._starts[at] += 1
        future = self._submit(self._works[at], self._name(at))
        future.add_done_callback(lambda ended: self._ended.put((at, ended)))

    def _next(self, clock: StallClock) -> tuple[int, TaskFuture] | None:
        """The next that ended; None where nothing did for a while."""
        with suppress(Empty):
            ended = self._ended.get(timeout=min(clock.left, LOOK_EVERY))
            clock.moved()
            return ended
        if not clock.left:
            clock.check(self._name(at) for at in sorted(self._owed))
        return None
