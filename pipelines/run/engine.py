"""Stages cut into partitions: a partition's output is a file named by what went into it.

If the file is there, the work is not done again: that one rule gives resume after a kill, incremental refresh and
idempotence on threads, processes, Dask or Ray. Files appear whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.store.stages import StageFolder, read_table, rejections_path

CODE_PACKAGES = ("data", "builders", "filters", "pipelines")
PRELOADED = ("contextpairs.pipelines.run.engine",)
"""What every worker process imports."""
LOOKING = 4
"""Threads that look for outputs: a remote store answers slowly."""
LIBRARIES = (
    "detect-secrets",
    "faiss-cpu",
    "numpy",
    "pyarrow",
    "scikit-learn",
    "swebench",
    "tokenizers",
    "tree-sitter-language-pack",
)


@dataclass(frozen=True, slots=True)
class Work:
    """One partition of one stage. Picklable; `name` is its content address.

    Attributes:
        stage: name of the stage, a folder of the work directory.
        function: dotted path `module:name` of `(payload) -> Iterable[Batch]`.
        payload: everything the function needs.
        inputs: what the output depends on; hashed with the code version into the name.
        folder: fsspec URL of the work directory.
    """

    stage: str
    function: str
    payload: Any
    inputs: Any
    folder: str

    @property
    def name(self) -> str:
        """Content address of the output: 32 hex digits."""
        return digest({"stage": self.stage, "inputs": self.inputs, "code": code_version()})


@dataclass(slots=True)
class Batch:
    """Rows that a stage hands out as it goes, with what it rejected and counted on the way."""

    table: pa.Table | None = None
    rejections: list[Rejection] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Output:
    """A finished partition: its file, its rows, how many were rejected for which reason, other counts."""

    stage: str
    path: str
    rows: int
    reasons: dict[str, int]
    counts: dict[str, int]
    reused: bool


class Mapper(Protocol):
    """Runs works somewhere and returns their outputs in the order of the works."""

    def __call__(self, works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
        """Call `done` for each output as it comes."""
        ...


def digest(value: Any) -> str:
    """32 hex digits over the canonical JSON of a value (dataclasses and Pydantic models included)."""
    text = json.dumps(value, sort_keys=True, default=_plain, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


@cache
def code_version() -> str:
    """Hash of all code that shapes a row, ours and the libraries': another code is another output."""
    hasher = hashlib.blake2b(digest_size=8)
    for library in LIBRARIES:
        hasher.update(f"{library}=={version(library)};".encode())
    root = Path(__file__).resolve().parents[1]
    for package in CODE_PACKAGES:
        for path in sorted([*(root / package).rglob("*.py"), *(root / package).rglob("*.yaml")]):
            hasher.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return hasher.hexdigest()


def run(work: Work) -> Output:
    """Do a partition's work unless its output is there; safe to call twice, on any machine that sees the folder."""
    output = found(work)
    if output is not None:
        return output
    files = StageFolder(work.folder, work.stage)
    module, _, name = work.function.partition(":")
    function: Callable[[Any], Iterable[Batch]] = getattr(import_module(module), name)
    reasons: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    with files.writer(work.name) as writer:
        for batch in function(work.payload):
            reasons.update(f"{rejection.stage}/{rejection.reason}" for rejection in batch.rejections)
            counts.update(batch.counts)
            writer.write(batch.table, batch.rejections)
        rows = writer.close(dict(reasons), dict(counts))
    return Output(work.stage, files.path(work.name), rows, dict(reasons), dict(counts), reused=False)


def found(work: Work) -> Output | None:
    """A partition's output if it is there and whole."""
    files = StageFolder(work.folder, work.stage)
    counted = files.find(work.name)
    if counted is None:
        return None
    return Output(
        work.stage, files.path(work.name), counted["rows"], counted["reasons"], counted["counts"], reused=True
    )


def process_mapper(workers: int, preload: Sequence[str] = ()) -> Mapper:
    """Works on `workers` processes here; with one, in this process. The processes serve all stages.

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
    return _Pooled(ProcessPoolExecutor(workers, context))


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
        futures = {at: self.executor.submit(run, works[at]) for at, each in enumerate(outputs) if each is None}
        for future in futures.values():
            future.add_done_callback(lambda each: done(each.result()) if _succeeded(each) else None)
        try:
            return [output or futures[at].result() for at, output in enumerate(outputs)]
        except BaseException:
            for future in futures.values():
                future.cancel()
            raise


def _inline(works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
    outputs: list[Output] = []
    for work in works:
        outputs.append(run(work))
        done(outputs[-1])
    return outputs


def _succeeded(future: Any) -> bool:
    return not future.cancelled() and future.exception() is None


def rejections_of(outputs: Iterable[Output]) -> Iterator[dict[str, Any]]:
    """Every rejected row of the outputs, with its reason."""
    for output in outputs:
        yield from read_table(rejections_path(output.path)).to_pylist()


def reasons_of(outputs: Iterable[Output], stage: str) -> dict[str, int]:
    """Rejections of one stage over all partitions: reasons and counts, most frequent first."""
    total: Counter[str] = Counter()
    for output in outputs:
        for reason, count in output.reasons.items():
            if reason.startswith(f"{stage}/"):
                total[reason.partition("/")[2]] += count
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def counts_of(outputs: Iterable[Output]) -> dict[str, int]:
    """Other counts over all partitions, by name."""
    total: Counter[str] = Counter()
    for output in outputs:
        total.update(output.counts)
    return dict(sorted(total.items()))
