"""One build at a time for a store, and no collection in its work directory meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TypeVar

from contextpairs.data.store.store import Store
from contextpairs.data.store.work_dir import WorkDir
from contextpairs.pipelines.run.build_options import BuildConfig
from contextpairs.pipelines.run.engine import Mapper
from contextpairs.pipelines.run.reporting import Reporter

Config = TypeVar("Config", bound=BuildConfig)
Result = TypeVar("Result")
Job = Callable[[Config, Mapper, Reporter], Result]


@contextmanager
def one_at_a_time(doing: str, config: BuildConfig, reporter: Reporter) -> Iterator[None]:
    """Hold the store of a build while it runs: a second one ends with Held, or waits where `wait` says so."""
    store = Store(config.out, config.storage)
    with (
        store.held(doing, wait=config.wait, say=reporter.note),
        WorkDir(config.work_dir).shared(doing, reporter.note),
    ):
        yield


def in_work_dir(doing: str) -> Callable[[Job[Config, Result]], Job[Config, Result]]:
    """A job that keeps collections out of its work directory while it runs."""

    def held(job: Job[Config, Result]) -> Job[Config, Result]:
        @wraps(job)
        def work(config: Config, mapper: Mapper, reporter: Reporter) -> Result:
            with WorkDir(config.work_dir).shared(doing, reporter.note):
                return job(config, mapper, reporter)

        return work

    return held
