"""Write coding tasks: read trajectories, choose one reference an instance, leave out what the probe asks about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from contextpairs.data.demo.samples import sample_path
from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.store.manifest import FunnelStage, portable_uri
from contextpairs.data.store.stages import parquet_file
from contextpairs.pipelines.coding.instance_tables import instance_tables, join_table
from contextpairs.pipelines.coding.publish_step import sources_of
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Mapper, Output, counts_of, reasons_of
from contextpairs.pipelines.run.holding import in_work_dir
from contextpairs.pipelines.run.reporting import Reporter
from contextpairs.pipelines.run.stage import failures
from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig
from contextpairs.pipelines.tasks.coding_stage import NOTED, NotedPayload, noted_partition
from contextpairs.pipelines.tasks.instances import STEPS, Choice, ChosenInstance, Corpus, by_output, choose, origins
from contextpairs.pipelines.tasks.prompts import coding_prompt, coding_reference
from contextpairs.pipelines.tasks.storing import TasksManifest, task_id, write_tasks

LIGHT = [name for name in NOTED.names if name not in ("issue", "source", "row", "commit", "license")]
READ_ROWS = 256


@in_work_dir("tasks coding")
def build_coding_tasks(config: CodingTasksConfig, mapper: Mapper, reporter: Reporter) -> TasksManifest:
    """Write coding tasks; equal inputs give equal bytes, and a rerun does only what is not yet done.

    Raises:
        SourceError: nothing could be read, or a mapping does not fit.
        NoTasks: no task is left.
    """
    build = Build(config, mapper, reporter, (noted_partition,))
    partitions, unreadable = plan(config.sources or [str(sample_path())], config.source)
    outputs = _noted(build, partitions, unreadable)
    corpus = _corpus(outputs)
    build.note(f"{len(corpus.instances)} instances of {len(corpus.seen)} repositories")
    choice = choose(corpus, config)
    for line in _funnel(len(corpus.instances), choice):
        build.add(line)
    manifest = TasksManifest(
        kind="coding",
        configuration=config.content(),
        sources=sources_of(partitions, outputs),
        code_version=build.code_version(),
        funnel=tuple(build.funnel),
        counts=dict(sorted(origins(choice.chosen).items())),
        notes=tuple(build.notes),
    )
    return write_tasks(_rows(choice.chosen, corpus, outputs, config), manifest, Path(config.out))


def _noted(
    build: Build[CodingTasksConfig], partitions: Sequence[Partition], unreadable: Sequence[Rejection]
) -> list[Output]:
    config = build.config
    instances = instance_tables(build, partitions)
    evaluation = join_table(build, config.contamination.evaluation_sets, "evaluation")
    options = (config.facts, config.contamination, config.redaction)
    works = []
    for partition, table in zip(partitions, instances, strict=True):
        payload = NotedPayload(partition, *options, table and table[0], evaluation and evaluation[0])
        marks = (table and table[1], evaluation and evaluation[1])
        works.append(build.work(noted_partition, payload, [partition, options, marks]))
    outputs = build.run(works)
    reasons = Counter(reasons_of(outputs, "read"))
    reasons.update(rejection.reason for rejection in unreadable)
    failed = sum(failures(output.reasons) for output in outputs)
    rows = counts_of(outputs).get("rows", 0) + failed + len(unreadable)
    build.line("read", "trajectories", rows, rows - reasons.total(), dict(reasons))
    for rejection in unreadable:
        build.reporter.note(f"{rejection.source}: {rejection.reason}: {rejection.detail}")
    return outputs


def _corpus(outputs: Sequence[Output]) -> Corpus:
    corpus = Corpus()
    for number, output in enumerate(outputs):
        for at, row in _read(output.path, LIGHT):
            corpus.add(row, (number, at))
    return corpus


def _read(path: str, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Rows of an output with their numbers, some at a time."""
    at = 0
    with parquet_file(path) as file:
        for batch in file.iter_batches(READ_ROWS, columns=list(columns)):
            for row in batch.to_pylist():
                yield at, row
                at += 1


def _funnel(instances: int, choice: Choice) -> Iterator[FunnelStage]:
    left = instances
    for step in STEPS:
        reasons = dict(sorted(choice.reasons[step].items()))
        kept = left - sum(reasons.values())
        yield FunnelStage(stage=step, unit="instances", rows_in=left, rows_out=kept, reasons=reasons)
        left = kept


def _rows(
    chosen: Iterable[ChosenInstance], corpus: Corpus, outputs: Sequence[Output], config: CodingTasksConfig
) -> Iterator[dict[str, Any]]:
    """Task rows in the order of the sources."""
    for number, wanted in by_output(chosen).items():
        for at, row in _read(outputs[number].path, NOTED.names):
            if at in wanted:
                yield _row(row, wanted[at], corpus, config)


def _row(row: dict[str, Any], task: ChosenInstance, corpus: Corpus, config: CodingTasksConfig) -> dict[str, Any]:
    repository = corpus.instances[task.instance_id].repository
    asked = coding_prompt(repository, row["issue"], corpus.listing(task, config.listed_files))
    reference = coding_reference(task.reference.places())
    known = {name: row[name] for name in ("row", "key", "commit", "license") if row[name] != ""}
    provenance = known | {
        "source": portable_uri(row["source"]),
        "instance_id": task.instance_id,
        "repository": repository,
        "reference": task.reference.origin,
        "reference_key": task.reference.key,
        "functions_origin": task.reference.functions_origin,
    }
    return {
        "task_id": task_id(asked, reference),
        "prompt": [{"role": "user", "content": asked}],
        "reference": reference,
        "provenance": canonical_json(provenance),
    }
