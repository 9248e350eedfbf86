"""What workers do for coding tasks: read trajectories once, keep what tells where their instance was fixed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from contextpairs.builders.coding.edit_command import plain_path
from contextpairs.builders.coding.facts import Facts, FactsOptions, facts_of
from contextpairs.builders.coding.find_edits import find_edits, sandbox_root
from contextpairs.builders.coding.grouping import places_of
from contextpairs.builders.coding.one_run import one_run
from contextpairs.builders.coding.rebuild import seen_texts
from contextpairs.builders.coding.symbols import LANGUAGES, language_of
from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.patch_paths import is_test_path
from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.instances import join
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.filters.coding.cleaning import clean_text
from contextpairs.filters.coding.contamination import ContaminationOptions
from contextpairs.filters.coding.redaction import RedactionOptions, redact
from contextpairs.pipelines.coding.trajectory_rows import Tables, open_tables, trajectory_batches
from contextpairs.pipelines.run.stage import Again, Batch, stage
from contextpairs.pipelines.tasks.fixes import certain_places
from contextpairs.pipelines.tasks.places import Place

BATCH_ROWS = 200
MOST_SEEN = 300
"""Files that one run may tell of its repository."""
_PATH = re.compile(rf"(?<![\w./@+-])[\w./+-]*/[\w+-]+\.(?:{'|'.join(LANGUAGES)})(?![\w/-])")
_FOREIGN = re.compile(
    r"(?:^|/)(?:\.|site-packages/|dist-packages/|node_modules/|lib/python\d)|^/|^[ab]/|\.\.|//|^[^/]+$"
)
_TEXT, _TEXTS = pa.large_string(), pa.list_(pa.large_string())
NOTED = pa.schema(
    [
        ("instance_id", _TEXT), ("key", _TEXT), ("source", _TEXT), ("row", pa.int64()), ("repository", _TEXT),
        ("commit", _TEXT), ("license", _TEXT), ("contaminated", _TEXT), ("outcome", _TEXT), ("origin", _TEXT),
        ("reason", _TEXT), ("functions", _TEXTS), ("functions_origin", _TEXT), ("fixed", _TEXTS), ("edited", _TEXTS),
        ("seen", _TEXTS), ("issue_digest", _TEXT), ("issue_chars", pa.int64()), ("issue", _TEXT),
    ]
)  # fmt: skip
"""One row a trajectory.

`contaminated`: the first rule that it hits, or "". `outcome`: resolved, unresolved, unknown. `origin`: "gold" or "run",
where `functions` come from (`path::name`, `path::` for a file alone); "" where there are none for `reason`. `fixed`:
places of the fix as the pairs' groups name them; `edited`: those of the run. `seen`: source files that the run saw.
"""


@dataclass(frozen=True, slots=True)
class NotedPayload:
    """What the stage needs for one partition of a source."""

    partition: Partition
    facts: FactsOptions
    contamination: ContaminationOptions
    redaction: RedactionOptions
    instances: str | None
    """URL of the join table."""
    evaluation: str | None
    """URL of the join table that holds the evaluation sets' instances."""
    only: tuple[tuple[str, int], ...] = ()
    """Rows (source, row) that failed and are tried again; none for all."""


def _failed_rows(payload: NotedPayload, failed: Sequence[dict[str, Any]]) -> NotedPayload:
    return replace(payload, only=tuple((row["source"], row["row"]) for row in failed))


@stage("tasks", again=Again(_failed_rows))
def noted_partition(payload: NotedPayload) -> Iterator[Batch]:
    """What every trajectory of a partition tells of its instance; set aside are unreadable rows alone."""
    tables = open_tables(payload.instances, payload.evaluation, payload.contamination)
    told = partial(_noted, payload=payload, tables=tables)
    return trajectory_batches(payload.partition, told, _with_rows, BATCH_ROWS, "read", payload.only)


def _with_rows(batch: Batch, rows: Sequence[dict[str, Any]]) -> Batch:
    batch.table = pa.Table.from_pylist(list(rows), schema=NOTED)
    return batch


def _noted(trajectory: Trajectory, _: dict[str, int], payload: NotedPayload, tables: Tables) -> dict[str, Any]:
    instance = trajectory.instance_id
    if tables.instances is not None:
        found = tables.instances.get(instance)
        instance = found.instance_id if found else instance
        trajectory = join(trajectory, tables.instances)
    run = one_run(trajectory)
    trajectory = trajectory if isinstance(run, Rejection) else run
    rules = tables.evaluation.check(trajectory.repository, instance, trajectory.issue)
    issue = redact(clean_text(trajectory.issue or ""), payload.redaction)[0].strip()
    row: dict[str, Any] = {
        "instance_id": instance,
        "key": trajectory.key(),
        "source": trajectory.source,
        "row": trajectory.row,
        "repository": trajectory.repository or "",
        "commit": trajectory.commit or "",
        "license": trajectory.license or "",
        "contaminated": rules[0] if rules else "",
        "outcome": "unknown",
        "origin": "",
        "reason": "",
        "functions": [],
        "functions_origin": "",
        "fixed": [],
        "edited": [],
        "seen": [],
        "issue_digest": hashlib.sha256(f"{trajectory.repository}\n{issue}".encode()).hexdigest(),
        "issue_chars": len(issue),
        "issue": issue,
    }
    return row if rules else row | _fixed(trajectory, payload.facts) | {"seen": seen_files(trajectory.messages)}


def _fixed(trajectory: Trajectory, options: FactsOptions) -> dict[str, Any]:
    """Where the instance was fixed: as the gold patch has it, else as the run has it."""
    run = facts_of(trajectory, options.model_copy(update={"gold": False}))
    gold = _gold_facts(trajectory, options)
    chosen = run if gold is None else gold
    told: dict[str, Any] = {"outcome": _outcome(run), "edited": _places(run) if isinstance(run, Facts) else []}
    if isinstance(chosen, Rejection):
        return told | {"reason": chosen.reason}
    places = _certain(chosen, trajectory, options)
    if not places:
        return told | {"reason": "no-code-file"}
    return told | {
        "origin": "run" if gold is None else "gold",
        "fixed": _places(chosen),
        "functions": [f"{path}::{name}" for path, name in places],
        "functions_origin": chosen.functions_origin,
    }


def _certain(facts: Facts, trajectory: Trajectory, options: FactsOptions) -> list[Place]:
    """The places of a fix; where names were read off hunks, hunk by hunk."""
    if facts.functions_origin != "hunk":
        named = [Place(*name.split("::", 1)) for name in facts.functions]
        return [place for place in named if language_of(place.path)]
    files = parse_patch(facts.patch)
    paths = {file.old_path or file.path for file in files}
    texts = seen_texts(trajectory.messages, find_edits(trajectory.messages), paths)
    mirror = Path(options.mirror) if options.mirror else None
    return certain_places(files, texts, mirror, trajectory.repository, trajectory.commit)


def _gold_facts(trajectory: Trajectory, options: FactsOptions) -> Facts | Rejection | None:
    """Facts of the gold patch, its functions by what the run saw of the files; None where there is no patch."""
    if not (trajectory.gold_patch and parse_patch(trajectory.gold_patch)):
        return None
    fixed = replace(trajectory, patch=trajectory.gold_patch)
    return facts_of(fixed, options.model_copy(update={"keep_misfits": True, "rebuild": False}))


def _outcome(run: Facts | Rejection) -> str:
    resolved = run.resolved if isinstance(run, Facts) else None
    return "unknown" if resolved is None else "resolved" if resolved else "unresolved"


def _places(facts: Facts) -> list[str]:
    return places_of(facts.repository, facts.functions, facts.files, facts.instance_id)


def seen_files(messages: Sequence[Message]) -> list[str]:
    """Source files in folders of the repository that a transcript's outputs mention, the first few hundred, sorted."""
    root = sandbox_root(messages)
    seen: set[str] = set()
    for message in messages:
        if message.role != "assistant" and "/" in message.content:
            paths = {plain_path(found, root) for found in _PATH.findall(clean_text(message.content))}
            seen |= {path for path in paths if not (_FOREIGN.search(path) or is_test_path(path))}
        if len(seen) > MOST_SEEN:
            break
    return sorted(seen)[:MOST_SEEN]
