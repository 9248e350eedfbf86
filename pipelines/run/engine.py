"""Stages cut into partitions: a partition's output is a file named by what went into it.

If the file is there, the work is not done again: that one rule gives resume after a kill, incremental refresh and
idempotence on threads, processes, Dask or Ray. Files appear whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Protocol

from contextpairs.data.store.stages import StageFolder, read_table, rejections_path
from contextpairs.pipelines.run.code_identity import FOLDER, CodeMismatch
from contextpairs.pipelines.run.costs import forget_peak, peak_bytes
from contextpairs.pipelines.run.stage import BESIDE, Stage, failures


@dataclass(frozen=True, slots=True)
class Work:
    """One partition of one stage. Picklable.

    Attributes:
        stage: what is done.
        payload: everything that it needs.
        inputs: what the output depends on.
        folder: fsspec URL of the work directory.
        name: content address of the output: 32 hex digits over stage, inputs and code, as the driver has them.
    """

    stage: Stage[Any]
    payload: Any
    inputs: Any
    folder: str
    name: str = field(init=False)

    def __post_init__(self) -> None:
        """Name it by the code of this process."""
        object.__setattr__(self, "name", self.name_here())

    def name_here(self) -> str:
        """The name by the code of the process that asks."""
        return digest({"stage": self.stage.name, "inputs": self.inputs, "code": self.stage.identity()})


@dataclass(frozen=True, slots=True)
class Output:
    """A finished partition: its file, its rows, how many were rejected for which reason, other counts.

    Attributes:
        seconds: what the work took; 0 where it was found done.
        peak_bytes: the most memory that the process held meanwhile; 0 where it was found done.
    """

    stage: str
    path: str
    rows: int
    reasons: dict[str, int]
    counts: dict[str, int]
    reused: bool
    seconds: float = 0.0
    peak_bytes: int = 0

    @property
    def handled(self) -> int:
        """Rows that went in: those that came out and those that were rejected."""
        return self.rows - self.counts.get(BESIDE, 0) + sum(self.reasons.values())

    def in_words(self) -> str:
        """What was done: `1,204 rows, 1,174 kept (empty-patch 30), in 12.3 s`."""
        if self.reused:
            return f"found done: {self.rows:,} rows"
        lost = Counter[str]()
        for reason, count in self.reasons.items():
            lost[reason.partition("/")[2]] += count
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in lost.most_common())
        kept = f"{self.handled:,} rows, {self.rows:,} kept"
        return f"{kept}{f' ({reasons})' if reasons else ''}, in {self.seconds:.1f} s"


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


def run(work: Work) -> Output:
    """Do a partition's work unless its output is there; safe to call twice, on any machine that sees the folder.

    Raises:
        CodeMismatch: this process has other code than the one that named the work.
    """
    if work.name != work.name_here():
        raise CodeMismatch(_mismatch(work))
    output = found(work)
    if output is not None:
        return output
    files = StageFolder(work.folder, work.stage.name)
    forget_peak()
    began = time.perf_counter()
    rows, reasons, counts = work.stage.write(work.payload, files, work.name)
    cost = time.perf_counter() - began, peak_bytes()
    return Output(work.stage.name, files.path(work.name), rows, reasons, counts, False, *cost)


def _mismatch(work: Work) -> str:
    libraries = ", ".join(work.stage.closure().libraries)
    return (
        f"stage {work.stage.name}: this worker has other code than the process that handed out the work. Give both the "
        "same contextpairs and the same libraries, then start the worker again. "
        f"The worker runs {FOLDER} with {libraries}"
    )


def found(work: Work) -> Output | None:
    """A partition's output if it is there and whole, and no row of it is owed."""
    files = StageFolder(work.folder, work.stage.name)
    counted = files.find(work.name)
    if counted is None or (work.stage.again and failures(counted["reasons"])):
        return None
    return Output(
        work.stage.name, files.path(work.name), counted["rows"], counted["reasons"], counted["counts"], reused=True
    )


def folders_of(works: Iterable[Work]) -> list[StageFolder]:
    """Where some works write."""
    return [StageFolder(folder, stage) for folder, stage in sorted({(work.folder, work.stage.name) for work in works})]


def unmade(works: Iterable[Work]) -> Work:
    """The first of works that has no output: for what a stage stores beside its output, and that was lost since."""
    return next(work for work in works if found(work) is None)


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


def examples_of(outputs: Iterable[Output], stage: str) -> dict[str, str]:
    """The detail of the first rejection of each reason of a stage; only outputs that have a new one are read."""
    found: dict[str, str] = {}
    for output in outputs:
        owed = {reason.partition("/")[2] for reason in output.reasons if reason.startswith(f"{stage}/")} - found.keys()
        for row in rejections_of([output]) if owed else ():
            if row["stage"] == stage and row["reason"] in owed:
                found.setdefault(row["reason"], row["detail"])
    return found


def counts_of(outputs: Iterable[Output]) -> dict[str, int]:
    """Other counts over all partitions, by name."""
    total: Counter[str] = Counter()
    for output in outputs:
        total.update(output.counts)
    return dict(sorted(total.items()))
