"""Build a version of coding pairs: read, pair, fetch, mask, choose, publish. Runnable without Prefect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from contextpairs.builders.coding.issue_similarity import issue_similarity
from contextpairs.builders.coding.pairing import CascadeCouples, couples_of
from contextpairs.data.demo.samples import sample_path
from contextpairs.data.pairs.schemas import SPLITS, canonical_json
from contextpairs.data.pairs.splits import least_linked
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.files.guard import FAILED
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.store.stages import read_table
from contextpairs.data.store.store import Published, Store
from contextpairs.filters.coding.duplicates import find_duplicates
from contextpairs.pipelines.coding.choice import MaskedCouples, Selection, load_candidates, select
from contextpairs.pipelines.coding.config import CodingConfig
from contextpairs.pipelines.coding.couple_examples import couple_examples, left_out
from contextpairs.pipelines.coding.facts_stage import FactsPayload, FetchPayload, facts_partition, fetch_partition
from contextpairs.pipelines.coding.facts_table import STATED, FactsTable, load_facts
from contextpairs.pipelines.coding.instance_tables import instance_tables, join_table
from contextpairs.pipelines.coding.mask_stage import MaskCouple, MaskPayload, mask_partition
from contextpairs.pipelines.coding.names_stage import names_partition, shown_partition
from contextpairs.pipelines.coding.names_step import with_shared_names
from contextpairs.pipelines.coding.pool import PoolCouple, build_pool
from contextpairs.pipelines.coding.publish_step import publish
from contextpairs.pipelines.coding.release_stage import ReleasePayload, release_partition
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Mapper, Output, Work, counts_of, reasons_of, rejections_of
from contextpairs.pipelines.run.holding import one_at_a_time
from contextpairs.pipelines.run.recording import recorded
from contextpairs.pipelines.run.reporting import Reporter
from contextpairs.pipelines.run.stage import failures

QUERY = (
    "Two coding agents worked in the same place of the same code. The answer below is the patch that one of them "
    "produced; patch contents are masked in both traces. Which trace produced this patch?"
)
BUCKETS = 64
BUCKET_COUPLES = 200
"""Couples a bucket, above which there are more buckets: the traces of one bucket are in memory together."""
STAGES = (facts_partition, shown_partition, names_partition, fetch_partition, mask_partition, release_partition)


def build_coding(config: CodingConfig, mapper: Mapper, reporter: Reporter) -> Published:
    """Build and publish; equal inputs give equal bytes, and a rerun does only what is not yet done.

    Raises:
        SourceError: nothing could be read, or a mapping does not fit.
        StorageError: the store's URL cannot hold versions, or its storage refuses.
        Held: another build works for the store, and `wait` is false.
        NothingToPublish: no pair survived.
        Shrunk: far fewer than before.
    """
    build = Build(config, mapper, reporter, STAGES)
    store = Store(config.out, config.storage)
    with one_at_a_time("build coding", config, reporter), recorded(build, store, "coding", config):
        with build.step("sources"):
            partitions, unreadable = plan(config.sources or [str(sample_path())], config.source)
        build.log.rejected.extend(unreadable)
        facts_outputs = _facts(build, partitions, unreadable)
        if not any(output.rows for output in facts_outputs):
            raise build.nothing_left()
        facts = load_facts(facts_outputs)
        repeated = facts.duplicates
        build.line("distinct", "trajectories", len(facts) + repeated, len(facts), {"identical": repeated})
        facts = with_shared_names(build, partitions, facts)
        couples = _couples(build, facts)
        with build.step("pool"):
            pool = build_pool(couples, facts, config)
        build.line("pool", "couples", len(couples), len(pool.candidates), dict(pool.reasons))
        build.log.keep(couple_examples("pool", pool.examples, facts))
        candidates = _candidates(build, partitions, facts, pool.candidates)
        selection, released = _release(build, candidates)
        build.log.keep(left_out(selection, candidates, facts))
        return publish(build, store, partitions, facts_outputs, selection, released)


def _facts(
    build: Build[CodingConfig], partitions: Sequence[Partition], unreadable: Sequence[Rejection]
) -> list[Output]:
    config = build.config
    instances = instance_tables(build, partitions)
    evaluation = join_table(build, config.contamination.evaluation_sets, "evaluation")
    works = []
    for partition, table in zip(partitions, instances, strict=True):
        payload = FactsPayload(
            partition, config.facts, config.contamination, table and table[0], evaluation and evaluation[0]
        )
        inputs = [partition, config.facts, config.contamination, table and table[1], evaluation and evaluation[1]]
        works.append(build.work(facts_partition, payload, inputs))
    outputs = build.run(works)
    counts = counts_of(outputs)
    read_reasons, facts_reasons = reasons_of(outputs, "read"), reasons_of(outputs, "facts")
    failed = sum(failures(output.reasons) for output in outputs)
    rows = counts.get("rows", 0) + failed + len(unreadable)
    for rejection in unreadable:
        read_reasons[rejection.reason] = read_reasons.get(rejection.reason, 0) + 1
    read = rows - sum(read_reasons.values())
    build.line("read", "trajectories", rows, read, read_reasons)
    build.line("facts", "trajectories", read, sum(o.rows for o in outputs), facts_reasons)
    for name, count in counts.items():
        if name.startswith(("join-", "patch ", "functions ", "unread ")):
            build.note(f"{name}: {count} trajectories")
    for rejection in unreadable:
        build.reporter.note(f"{rejection.source}: {rejection.reason}: {rejection.detail}")
    return outputs


def _couples(build: Build[CodingConfig], facts: FactsTable) -> CascadeCouples:
    config = build.config
    with build.step("pairing"):
        needs_issues = any(condition.issue_similarity for condition in config.cascade)
        similarity = issue_similarity(facts.issues() if needs_issues else [], config.similarity)
        couples = couples_of(config.cascade, facts.compact, similarity)
    for stage in couples.stages:
        build.line(stage.name, "couples", stage.rows_in, stage.rows_out, stage.reasons)
        build.log.keep(couple_examples(stage.name, stage.examples, facts))
    return couples


def _candidates(
    build: Build[CodingConfig], partitions: Sequence[Partition], facts: FactsTable, pool: Sequence[PoolCouple]
) -> MaskedCouples:
    """Fetch the traces of the pool, drop repeated runs, mask."""
    keys = facts.table["key"].to_pylist()
    buckets = _buckets(pool, keys)
    fetched = _fetch(build, partitions, facts, pool, buckets)
    repeated = _repeated(fetched.outputs, build.config)
    failed = {row["key"] for row in rejections_of(each for each in fetched.outputs if failures(each.reasons))}
    whole = [i for i, c in enumerate(pool) if not {keys[c.first], keys[c.second]} & failed]
    kept = [i for i in whole if not {keys[pool[i].first], keys[pool[i].second]} & repeated]
    near = [(pool[i].first, pool[i].second) for i in sorted({*whole} - {*kept})]
    build.log.keep(couple_examples("traces", {"near-identical-run": near}, facts))
    lost = {"near-identical-run": len(whole) - len(kept), FAILED: len(pool) - len(whole)}
    build.line("traces", "couples", len(pool), len(kept), lost)
    outputs = _mask(build, [pool[i] for i in kept], [buckets[i] for i in kept], facts, fetched)
    reasons = reasons_of(outputs, "mask")
    build.line("masking", "couples", len(kept), sum(o.rows for o in outputs), reasons)
    for name, count in counts_of(outputs).items():
        build.note(f"{name}: {count}")
    candidates = load_candidates(outputs, {(keys[c.first], keys[c.second]): c.scores() for c in pool}, build.config)
    written = sum(o.rows for o in outputs)
    build.line("distinct pairs", "couples", written, len(candidates), dict(candidates.repeated))
    return candidates


def _buckets(pool: Sequence[PoolCouple], keys: Sequence[str]) -> list[int]:
    """Bucket of each candidate: couples that share a trajectory share a bucket, so a trace is prepared once.

    A bucket is a hash of its least trajectory, so growth elsewhere in the corpus leaves it alone.
    """
    least = least_linked([(keys[c.first], keys[c.second]) for c in pool])
    count = BUCKETS
    while count * BUCKET_COUPLES < len(pool):
        count *= 2
    return [int(least[keys[candidate.first]][:8], 16) % count for candidate in pool]


@dataclass(frozen=True, slots=True)
class Fetched:
    """The traces of the pool at rest, and which files hold those of a bucket."""

    outputs: list[Output]
    of_bucket: dict[int, list[str]]


def _fetch(
    build: Build[CodingConfig],
    partitions: Sequence[Partition],
    facts: FactsTable,
    pool: Sequence[PoolCouple],
    buckets: Sequence[int],
) -> Fetched:
    of_row = {row: b for c, b in zip(pool, buckets, strict=True) for row in (c.first, c.second)}
    rows = np.array(sorted(of_row), dtype=np.int64)
    needed = facts.table.select(["key", "source", "row", "partition", *STATED]).take(rows)
    wanted: dict[int, list[tuple[str, int, str, int]]] = {}
    stated: dict[int, dict[str, dict[str, Any]]] = {}
    for at, row in zip(rows, needed.to_pylist(), strict=True):
        place = (row["source"], row["row"], row["key"], of_row[int(at)])
        wanted.setdefault(row["partition"], []).append(place)
        stated.setdefault(row["partition"], {})[row["key"]] = {name: row[name] for name in STATED}
    works = []
    lines = build.config.duplicates.lines
    for number in sorted(wanted):
        payload = FetchPayload(partitions[number], tuple(wanted[number]), facts.paths[number], lines, stated[number])
        inputs = [partitions[number], wanted[number], facts.paths[number].rsplit("/", 1)[-1], lines, stated[number]]
        works.append(build.work(fetch_partition, payload, inputs))
    outputs = build.run(works)
    of_bucket: dict[int, list[str]] = {}
    for number, output in zip(sorted(wanted), outputs, strict=True):
        for bucket in sorted({bucket for *_, bucket in wanted[number]}):
            of_bucket.setdefault(bucket, []).append(output.path)
    return Fetched(outputs, of_bucket)


def _repeated(fetched: Sequence[Output], config: CodingConfig) -> set[str]:
    """Keys of runs that are all but the same as another run of their instance."""
    runs: dict[str, list[tuple[str, np.ndarray[Any, Any]]]] = {}
    for output in fetched:
        for row in read_table(output.path, ["key", "instance_id", "signature"]).to_pylist():
            runs.setdefault(row["instance_id"], []).append((row["key"], np.frombuffer(row["signature"], np.uint32)))
    repeated: set[str] = set()
    for members in runs.values():
        members.sort(key=lambda member: member[0])
        keys, signatures = [m[0] for m in members], [m[1] for m in members]
        found = find_duplicates(keys, signatures, config.duplicates)
        repeated.update(keys[duplicate.dropped] for duplicate in found)
    return repeated


def _mask(
    build: Build[CodingConfig], pool: Sequence[PoolCouple], buckets: Sequence[int], facts: FactsTable, fetched: Fetched
) -> list[Output]:
    """Mask bucket by bucket. What comes out depends on the traces and their facts, both named by content."""
    config = build.config
    names = facts.table.select(["key", "facts_digest"])
    by_bucket: dict[int, list[PoolCouple]] = {}
    for candidate, bucket in zip(pool, buckets, strict=True):
        by_bucket.setdefault(bucket, []).append(candidate)
    options = (config.redaction, config.duplicates, config.budget, config.least_own_text)
    works = []
    for bucket, candidates in sorted(by_bucket.items()):
        rows = sorted({row for c in candidates for row in (c.first, c.second)})
        told = dict(zip(rows, names.take(rows).to_pylist(), strict=True))
        couples = tuple(MaskCouple(told[c.first]["key"], told[c.second]["key"], c.group) for c in candidates)
        payload = MaskPayload(bucket, couples, tuple(fetched.of_bucket[bucket]), QUERY, *options)
        inputs = [couples, list(told.values()), QUERY, options]
        works.append(build.work(mask_partition, payload, inputs))
    return build.run(works)


def _release(build: Build[CodingConfig], candidates: MaskedCouples) -> tuple[Selection, list[Output]]:
    """Choose, then write the chosen rows with one more leak check each; what fails it is replaced by another choice."""
    from contextpairs.pipelines.coding.judge_step import couple_judge

    judge = couple_judge(build.config, candidates, QUERY, build.note)
    excluded: set[int] = set()
    while True:
        with build.step("choice"):
            selection = select(candidates, build.config, judge, excluded)
        outputs = build.run(_release_works(build, candidates, selection, judge.records if judge else {}))
        failed = _failed(outputs, candidates)
        if not failed:
            break
        excluded |= failed
    for line in selection.funnel:
        build.add(line)
    return selection, outputs


def _release_works(
    build: Build[CodingConfig], candidates: MaskedCouples, selection: Selection, said: Mapping[int, Sequence[str]]
) -> list[Work]:
    works = []
    for split in SPLITS:
        by_path: dict[str, list[int]] = {}
        for i in selection.chosen[split]:
            by_path.setdefault(candidates.location[i][0], []).append(i)
        for path, chosen in by_path.items():
            rows = tuple(candidates.location[i][1] for i in chosen)
            verdicts = tuple(tuple(said[i]) for i in chosen) if said else ()
            scores = tuple(canonical_json(candidates.scores[i]) for i in chosen)
            # By their ids, not by their places alone: rows that failed before may have joined the file.
            ids = tuple(candidates.table["pair_id"][i].as_py() for i in chosen)
            payload = ReleasePayload(path, rows, split, QUERY, build.config.preset, verdicts, scores, ids)
            inputs = [path.rsplit("/", 1)[-1], rows, ids, split, QUERY, build.config.preset, verdicts, scores]
            works.append(build.work(release_partition, payload, inputs))
    return works


def _failed(outputs: Iterable[Output], candidates: MaskedCouples) -> set[int]:
    """Candidates whose rows failed the release check."""
    by_couple = {
        f"{row['first']}+{row['second']}": i
        for i, row in enumerate(candidates.table.select(["first", "second"]).to_pylist())
    }
    return {by_couple[row["key"]] for output in outputs if output.reasons for row in rejections_of([output])}
