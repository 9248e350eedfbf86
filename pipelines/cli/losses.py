"""What a run lost, by reason: how much, an example, what the reason means and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from contextpairs.data.store.manifest import FunnelStage
from contextpairs.data.store.run_records import RunExample, RunRecord
from contextpairs.pipelines.run.config_files import yaml_file

EXPLAINED = Path(__file__).with_name("reasons.yaml")
SECTIONS = {
    ("coding", "trajectories"): ("Reading", "Trajectories"),
    ("coding", "couples"): ("Couples of trajectories", "Judge"),
    ("images", "couples"): ("Couples of images, by retrieval", "Judge"),
    ("images", "edits"): ("Edits",),
}
"""Where a reason is looked for first, by domain and what is counted: a word can stand for several."""
METHOD = ("same-", "different-")
"""Beginnings of reasons by which a cascade chooses: most couples are no pairs, and that is no loss."""
NOT_NEEDED = frozenset({"enough", "over-limit", "over-pool"})
"""Reasons of what was left over when there was enough."""
NO_REMEDY = ("", "none")
"""Beginnings of remedies that say there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Loss:
    """What went at a line of the funnel for one reason.

    Attributes:
        line: of the funnel.
        reason: why.
        count: how many went.
        examples: of them, as many as the record holds.
        means: the reason in words; empty where it is not known.
        remedy: what to do about it; empty where there is nothing to do.
    """

    line: FunnelStage
    reason: str
    count: int
    examples: tuple[RunExample, ...]
    means: str
    remedy: str

    @property
    def share(self) -> float:
        """Of what came to the line."""
        return self.count / self.line.rows_in

    def cost(self) -> tuple[bool, bool, float]:
        """What orders losses: first where nothing was left, then where something can be done, then the share."""
        nothing_to_do = self.remedy.partition(":")[0].split(" ")[0] in NO_REMEDY
        chosen = self.reason.startswith(METHOD) or self.reason in NOT_NEEDED
        return self.line.rows_out == 0, not (chosen or nothing_to_do), self.share


def losses(record: RunRecord) -> list[Loss]:
    """All of a run, the costliest first."""
    found = [_loss(record, line, reason, count) for line in record.funnel for reason, count in _lost(line)]
    return sorted(found, key=Loss.cost, reverse=True)


def _lost(line: FunnelStage) -> Iterator[tuple[str, int]]:
    yield from ((reason, count) for reason, count in line.reasons.items() if count)
    if line.owed:
        yield "failed", line.owed


def _loss(record: RunRecord, line: FunnelStage, reason: str, count: int) -> Loss:
    examples = tuple(each for each in record.examples if (each.stage, each.reason) == (line.stage, reason))
    means, remedy = _explained(SECTIONS.get((record.domain, line.unit), ()), reason)
    return Loss(line, reason, count, examples, means, remedy)


def _explained(first: Sequence[str], reason: str) -> tuple[str, str]:
    """Meaning and remedy: of the reason, or of those that begin as it does."""
    told = _reasons()
    for section in (*first, *told):
        family = next((name for name in told[section] if name.endswith("...") and reason.startswith(name[:-3])), None)
        if found := told[section].get(reason) or told[section].get(family or ""):
            return found["means"], found.get("remedy", "")
    return "", ""


@cache
def _reasons() -> dict[str, dict[str, dict[str, str]]]:
    return yaml_file(EXPLAINED)
