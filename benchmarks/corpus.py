"""Writes corpora of any size in the form of the 66k corpus: `python -m benchmarks.corpus --rows 66000 --out DIR`.

Rows have the columns `instance_id` and `messages` alone, about 50 kB and 34 messages each. At 66,000 rows there are
123 repositories and 10,894 issues of about 6 runs, several issues in each function. A smaller corpus of the same seed
holds the first of the same rows, in an order of its own; nothing is run, outputs are acted out on the texts.
"""

from __future__ import annotations

import argparse
import math
import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.modules import BenchRepository, write_repository
from benchmarks.paper import PaperCheckout
from contextpairs.data.demo.samples import prompts
from contextpairs.data.demo.samples.actions import AgentTurn, Submit
from contextpairs.data.demo.samples.agent import Agent
from contextpairs.data.demo.samples.generate import SampleMessage, SampleRow
from contextpairs.data.demo.samples.instance import SampleInstance, issue_text

if TYPE_CHECKING:
    import pyarrow as pa

ROWS, ISSUES, REPOSITORIES, SHARDS = 65_994, 10_894, 123, 47
"""The proportions of the public corpus."""
PER_REPOSITORY = math.ceil(ISSUES / REPOSITORIES)
ROW_GROUP = 256
"""Rows held in memory at once, about 13 MB of text."""
USUAL_DETOUR = 6_000
"""Characters of a usual detour; a row ends within half of that from its size."""
SPREAD = 0.45
"""Standard deviation of the logarithm of a row's size."""


def build_row(seed: int, number: int, row_kb: float = 50.0) -> SampleRow:
    """The row of a number, whatever the size of the corpus; equal arguments give equal rows.

    Args:
        seed: of the corpus.
        number: zero-based.
        row_kb: mean size of the rows in thousands of characters.
    """
    issue = number * ISSUES // ROWS
    repository = _repository(seed, issue // PER_REPOSITORY)
    instance, wrong = _instance(seed, issue, repository)
    rng = random.Random(f"{seed}:row:{number}")
    agent = Agent(instance, f"{seed}:run:{number}", wrong)
    room = row_kb * 1000 * rng.lognormvariate(-SPREAD * SPREAD / 2, SPREAD)
    return SampleRow(instance_id=instance.instance_id, messages=_messages(agent, instance, room))


def row_order(rows: int, seed: int) -> Iterator[int]:
    """The numbers 0 to rows - 1 in a scattered order, as runs of one issue do not stand together."""
    stride = next(s for s in range(max(1, int(rows * 0.618)), 2 * rows + 2) if math.gcd(s, rows) == 1)
    start = random.Random(f"{seed}:order").randrange(rows)
    return ((start + place * stride) % rows for place in range(rows))


def write_corpus(out: Path, rows: int, seed: int = 0, row_kb: float = 50.0, workers: int = 2) -> int:
    """Write the shards of a corpus and return the number of characters of its messages.

    Memory stays at a row group a process and the texts of the repositories, some 30 MB.
    """
    out.mkdir(parents=True, exist_ok=True)
    shards = max(1, round(rows * SHARDS / ROWS))
    numbers = list(row_order(rows, seed))
    parts = [numbers[rows * shard // shards : rows * (shard + 1) // shards] for shard in range(shards)]
    paths = [out / f"train-{shard:05d}-of-{shards:05d}.parquet" for shard in range(shards)]
    with ProcessPoolExecutor(workers) as pool:
        return sum(pool.map(partial(write_shard, seed=seed, row_kb=row_kb), paths, parts))


def write_shard(path: Path, numbers: list[int], seed: int, row_kb: float) -> int:
    """Write one shard, a row group at a time, and return its number of characters."""
    import pyarrow.parquet as pq

    characters = 0
    with pq.ParquetWriter(path, _schema(), compression="zstd", use_dictionary=False) as writer:
        for first in range(0, len(numbers), ROW_GROUP):
            rows = [build_row(seed, number, row_kb) for number in numbers[first : first + ROW_GROUP]]
            writer.write_table(_table(rows))
            characters += sum(len(turn["content"]) for row in rows for turn in row["messages"])
    return characters


def _schema() -> pa.Schema:
    import pyarrow as pa

    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    return pa.schema([("instance_id", pa.string()), ("messages", pa.list_(message))])


def _table(rows: list[SampleRow]) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=_schema())


@cache
def _repository(seed: int, number: int) -> BenchRepository:
    return write_repository(seed, number, PER_REPOSITORY)


def _instance(seed: int, issue: int, repository: BenchRepository) -> tuple[SampleInstance, str | None]:
    """The instance of an issue, and a mistaken attempt at it."""
    defect = repository.defects[issue % PER_REPOSITORY]
    bug, symptom = repository.bug(defect), repository.symptom(defect)
    rng = random.Random(f"{seed}:issue:{issue}")
    # A few public instances are pull requests turned back instead of procedural bugs.
    kind = f"pr_{issue}" if rng.random() < 0.03 else f"{bug.kind}__{bug.digest()}"
    name = f"{repository.owner}__{repository.package}.{repository.commit}.{kind}"
    files = repository.files | {bug.path: bug.buggy}
    text = issue_text(bug, symptom, f"{seed}:issue:{issue}")
    return SampleInstance(name, repository.package, files, bug, symptom, text), repository.wrong_attempt(defect)


def _messages(agent: Agent, instance: SampleInstance, room: float) -> list[SampleMessage]:
    """The run's messages with as many detours before the repair as there is room for."""
    reading, solving = PaperCheckout(instance, agent.solution), PaperCheckout(instance, agent.solution)
    start = [SampleMessage(role=role, content=text) for role, text in prompts.opening(instance.issue)]
    start += [message for step in agent.explore() for message in _acted(step, reading)]
    end = [message for step in agent.solve() for message in _acted(step, solving)]
    left = room - sum(len(turn["content"]) for turn in [*start, *end])
    for step in agent.detours():
        if left < USUAL_DETOUR / 2:
            break
        read = _acted(step, reading)
        start += read
        left -= sum(len(turn["content"]) for turn in read)
    return start + end


def _acted(step: AgentTurn, checkout: PaperCheckout) -> list[SampleMessage]:
    """The assistant's message and, but for the last one, what it gets to see."""
    asked = SampleMessage(role="assistant", content=prompts.answer(step.thought, step.action.command()))
    if isinstance(step.action, Submit):
        return [asked]
    seen = checkout.run(step.action)
    return [asked, SampleMessage(role="user", content=prompts.observation(seen.returncode, seen.output))]


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Write a corpus in the form of the 66k corpus.")
    parser.add_argument("--rows", type=int, required=True, help="number of runs; the public corpus has 65,994")
    parser.add_argument("--out", type=Path, required=True, help="directory for the Parquet shards")
    parser.add_argument("--seed", type=int, default=0, help="equal seeds give equal rows")
    parser.add_argument("--row-kb", type=float, default=50.0, help="mean size of a row in thousands of characters")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    began = time.perf_counter()
    characters = write_corpus(arguments.out, arguments.rows, arguments.seed, arguments.row_kb, arguments.workers)
    seconds = time.perf_counter() - began
    mean, rate = characters / arguments.rows / 1000, characters / 1e6 / seconds
    print(f"{arguments.rows} rows, {mean:.1f} kB a row, {seconds:.1f} s, {rate:.1f} MB/s: {arguments.out}")


if __name__ == "__main__":
    main()
