"""Makes the sample corpus: `python -m contextpairs.data.demo.samples.generate --out coding.parquet --seed 0`.

Equal seeds give equal bytes under one minor version of Python, whose error messages stand in the transcripts.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypedDict

from pydantic import Field

from contextpairs.data.demo.samples import prompts, sample_path
from contextpairs.data.demo.samples.actions import Submit
from contextpairs.data.demo.samples.agent import Agent
from contextpairs.data.demo.samples.bugs import Bug, bugs_in
from contextpairs.data.demo.samples.checkout import Checkout, checkout
from contextpairs.data.demo.samples.fixes import Fix, distinct, equivalent_fixes, partial_fixes
from contextpairs.data.demo.samples.instance import SampleInstance, issue_text
from contextpairs.data.demo.samples.repository import Repository, load_repositories, load_repository
from contextpairs.data.demo.samples.symptoms import Symptom, observe
from contextpairs.data.store.settings import Settings

TRIES = 4
"""How many wrong attempts are tried out before a run goes without one."""


class SampleMessage(TypedDict):
    """One message of a row."""

    role: str
    content: str


class SampleRow(TypedDict):
    """One row of the corpus."""

    instance_id: str
    messages: list[SampleMessage]


class SampleSettings(Settings):
    """How large the sample corpus is, and from which seed it is made."""

    seed: int = 0
    """Decides on functions, bugs, wordings and personas."""
    functions: int = Field(default=6, ge=1)
    """Functions with bugs in each repository."""
    least_bugs: int = Field(default=3, ge=1)
    """Least number of instances in one function; a function that cannot show as many is passed over."""
    most_bugs: int = Field(default=5, ge=1)
    """Greatest number of instances in one function."""
    least_runs: int = Field(default=2, ge=1)
    """Least number of runs on one instance."""
    most_runs: int = Field(default=4, ge=1)
    """Greatest number of runs on one instance."""
    other_share: float = Field(default=0.4, ge=0, le=1)
    """Share of the instances on which one or two runs end in a patch of their own; not all can have them."""


def instances_of(repository: Repository, settings: SampleSettings) -> Iterator[SampleInstance]:
    """The instances of a repository: in some functions several bugs each, every one noticed by a test."""
    rng = random.Random(f"{settings.seed}:{repository.name}")
    functions = _bugs_by_function(repository)
    names = list(functions)
    rng.shuffle(names)
    left = settings.functions
    with checkout(repository.files) as here:
        for name in names:
            if left == 0:
                return
            wanted = rng.randint(settings.least_bugs, settings.most_bugs)
            found = _visible(here, repository, functions[name], wanted, rng, settings.seed)
            if len(found) >= settings.least_bugs:
                left -= 1
                yield from found


def rebuild_instance(instance_id: str, settings: SampleSettings) -> SampleInstance:
    """One instance from its id alone, without looking for others.

    Raises:
        LookupError: no bug of the embedded repositories has this id.
    """
    repository = load_repository(instance_id.partition("__")[2].partition(".")[0])
    for bugs in _bugs_by_function(repository).values():
        for bug in bugs:
            if _instance_id(repository, bug) == instance_id:
                with checkout(repository.files) as here:
                    if symptom := observe(here, repository, bug):
                        return _instance(repository, bug, symptom, settings.seed)
    raise LookupError(f"{instance_id}: no such bug in the embedded repositories; regenerate the corpus")


def rows_of(instance: SampleInstance, settings: SampleSettings) -> list[SampleRow]:
    """The runs on one instance."""
    seed = f"{settings.seed}:{instance.instance_id}"
    runs = random.Random(seed).randint(settings.least_runs, settings.most_runs)
    others = other_fixes(instance, f"{seed}:others", settings.other_share)[: runs - 1]
    fixes = [*[None] * (runs - len(others)), *others]
    return [record(instance, f"{seed}:{run}", fix) for run, fix in enumerate(fixes)]


def other_fixes(instance: SampleInstance, seed: str, share: float) -> list[Fix]:
    """At most one equivalent and one partial fix that hold in a checkout, on this share of the instances."""
    rng, bug = random.Random(seed), instance.bug
    if rng.random() >= share:
        return []
    found: list[Fix] = []
    with checkout(instance.files) as here:
        for fixes in (list(equivalent_fixes(bug)), list(partial_fixes(bug, instance.symptom))):
            candidates = (fix for fix in rng.sample(fixes, len(fixes)) if distinct(bug, fix.text))
            found += next(([fix] for fix in candidates if _holds(here, instance, fix)), [])
    return rng.sample(found, min(len(found), rng.choice([1, 2])))


def record(instance: SampleInstance, seed: str, fix: Fix | None = None) -> SampleRow:
    """One run: the agent's commands carried out in a checkout.

    Args:
        instance: what the run is about.
        seed: of this run.
        fix: what the run ends in, where that is not the clean text.

    Raises:
        AssertionError: the run did not solve its instance, so agent and checkout disagree.
    """
    with checkout(instance.files) as here:
        here.commit()
        agent = Agent(instance, seed, _wrong_attempt(here, instance, seed), fix)
        messages = [SampleMessage(role=role, content=text) for role, text in prompts.opening(instance.issue)]
        for turn in agent.script():
            command = turn.action.command()
            messages.append(SampleMessage(role="assistant", content=prompts.answer(turn.thought, command)))
            if not isinstance(turn.action, Submit):
                seen = here.run(command)
                messages.append(SampleMessage(role="user", content=prompts.observation(seen.returncode, seen.output)))
        _check_solved(here, instance, agent, fix)
    return SampleRow(instance_id=instance.instance_id, messages=messages)


def generate(settings: SampleSettings, workers: int = 2) -> list[SampleRow]:
    """Every row of the corpus; runs of one instance do not stand together, as in the public corpora."""
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(partial(_instances, settings), [repository.name for repository in load_repositories()])
        instances = [instance for part in found for instance in part]
        rows = [row for part in pool.map(partial(rows_of, settings=settings), instances, chunksize=4) for row in part]
    return sorted(rows, key=_shuffled)


def write_rows(rows: list[SampleRow], path: Path) -> None:
    """Write rows as one Parquet file, packed as tightly as zstd can."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    schema = pa.schema([("instance_id", pa.string()), ("messages", pa.list_(message))])
    table = pa.Table.from_pylist(rows, schema=schema.with_metadata({"python": python_version()}))
    # One page: zstd sees repeated files and prompts only inside a page.
    pq.write_table(table, path, compression="zstd", compression_level=19, data_page_size=1 << 26, use_dictionary=False)


def python_version() -> str:
    """The minor version of this interpreter; the file says which one made it."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def _instances(settings: SampleSettings, name: str) -> list[SampleInstance]:
    return list(instances_of(load_repository(name), settings))


def _bugs_by_function(repository: Repository) -> dict[tuple[str, str], list[Bug]]:
    functions: dict[tuple[str, str], list[Bug]] = {}
    for path in repository.modules():
        for bug in bugs_in(path, repository.files[path]):
            functions.setdefault((bug.path, bug.function), []).append(bug)
    return functions


def _visible(
    here: Checkout, repository: Repository, bugs: list[Bug], wanted: int, rng: random.Random, seed: int
) -> list[SampleInstance]:
    """Up to `wanted` instances from the bugs of one function, of as many kinds as there are."""
    found: list[SampleInstance] = []
    for bug in _kinds_in_turn(bugs, rng):
        if len(found) == wanted:
            break
        if symptom := observe(here, repository, bug):
            found.append(_instance(repository, bug, symptom, seed))
    return found


def _kinds_in_turn(bugs: list[Bug], rng: random.Random) -> list[Bug]:
    shuffled = rng.sample(bugs, len(bugs))
    turn: dict[str, int] = {}
    ranked = []
    for place, bug in enumerate(shuffled):
        turn[bug.kind] = turn.get(bug.kind, 0) + 1
        ranked.append((turn[bug.kind], place, bug))
    return [bug for _, _, bug in sorted(ranked, key=lambda entry: entry[:2])]


def _instance_id(repository: Repository, bug: Bug) -> str:
    return f"{repository.slug}.{bug.kind}__{bug.digest()}"


def _instance(repository: Repository, bug: Bug, symptom: Symptom, seed: int) -> SampleInstance:
    name = _instance_id(repository, bug)
    files = repository.files | {bug.path: bug.buggy}
    return SampleInstance(name, repository.name, files, bug, symptom, issue_text(bug, symptom, f"{seed}:{name}:issue"))


def _wrong_attempt(here: Checkout, instance: SampleInstance, seed: str) -> str | None:
    """Another change of the buggy function that does not solve the instance; None where none was found."""
    bug, rng = instance.bug, random.Random(f"{seed}:wrong")
    others = [b for b in bugs_in(bug.path, bug.buggy) if b.function == bug.function and b.line != bug.line]
    for other in rng.sample(others, min(TRIES, len(others))):
        here.write({bug.path: other.buggy})
        report = here.run(f"python -m unittest {instance.symptom.module}")
        here.write({bug.path: bug.buggy})
        if report.returncode == 1:
            return other.buggy
    return None


def _holds(here: Checkout, instance: SampleInstance, fix: Fix) -> bool:
    here.write({instance.bug.path: fix.text})
    return _solved(here, instance, fix)


def _solved(here: Checkout, instance: SampleInstance, fix: Fix | None) -> bool:
    """Whether the tests pass; of a partial fix, whether the reported case comes out as expected."""
    if fix is None or not fix.partial:
        return here.run(f"python -m unittest {instance.symptom.module}").returncode == 0
    seen = here.run(f"python - <<'EOF'\n{instance.symptom.script}EOF")
    return seen.returncode == 0 and seen.output.rstrip("\n") == instance.symptom.expected


def _check_solved(here: Checkout, instance: SampleInstance, agent: Agent, fix: Fix | None) -> None:
    path = instance.bug.path
    if here.read(path) != agent.solution:
        raise AssertionError(f"{instance.instance_id}: {path} is not what the agent believes it to be")
    if not _solved(here, instance, fix):
        raise AssertionError(f"{instance.instance_id}: {instance.symptom.module} or its script fails after the run")


def _shuffled(row: SampleRow) -> str:
    text = row["instance_id"] + "".join(turn["content"] for turn in row["messages"])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make the embedded sample corpus.")
    parser.add_argument("--out", type=Path, default=sample_path(), help="Parquet file to write")
    parser.add_argument("--seed", type=int, default=0, help="equal seeds give equal corpora")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    arguments = parser.parse_args()
    rows = generate(SampleSettings(seed=arguments.seed), arguments.workers)
    write_rows(rows, arguments.out)
    issues = len({row["instance_id"] for row in rows})
    print(f"{len(rows)} runs on {issues} instances, {arguments.out.stat().st_size / 1e6:.2f} MB: {arguments.out}")


if __name__ == "__main__":
    main()
