"""From what trajectories tell to one task an instance: whether it may be asked about, and which places are right."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from contextpairs.builders.coding.functions import Origin
from contextpairs.data.pairs.splits import split_of
from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig
from contextpairs.pipelines.tasks.places import Place, parse_places, written

STRENGTH: dict[str, int] = {origin: rank for rank, origin in enumerate(("source", "mirror", "hunk"))}
FEWEST_OTHERS = 4
"""Fewer other files make a listing that gives the fix away."""
KNOWN = 4
"""Files of a listing are drawn from this many times as many, which most runs saw: a name that one run alone mentions
may be none of the repository's."""
STEPS = ("contamination", "reference", "issue", "probe", "distinct", "limit")


class Reference(NamedTuple):
    """Right places as one trajectory has them.

    Attributes:
        origin: "gold" or "run".
        functions: `path::name`, sorted; `path::` for a file whose functions are uncertain.
        functions_origin: how the names are known.
        fixed: the places of the fix as the pairs' groups name them.
        outcome: of the run.
        key: of the trajectory.
        place: (output, row) where it is noted.
    """

    origin: str
    functions: tuple[str, ...]
    functions_origin: Origin
    fixed: tuple[str, ...]
    outcome: str
    key: str
    place: tuple[int, int]

    def places(self) -> list[Place]:
        """The same as the reward reads them."""
        return [Place(*function.split("::", 1)) for function in self.functions]


class Issue(NamedTuple):
    """The text of an issue as the trajectory with the least key has it, by where it is noted: (output, row)."""

    key: str
    digest: str
    chars: int
    place: tuple[int, int]


@dataclass(slots=True)
class InstanceNotes:
    """What all trajectories of an instance tell."""

    repository: str = ""
    contaminated: str = ""
    edited: list[list[str]] = field(default_factory=list)
    """Places that each run edits."""
    references: list[Reference] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    issue: Issue | None = None

    def is_held_out(self, reference: Reference | None, config: CodingTasksConfig) -> bool:
        """Whether the fix changes a place of the probe split, or a run edits such places alone: a pair may show it."""
        runs = [all(_in_probe(place, config) for place in run) for run in self.edited if run]
        return any(runs) or any(_in_probe(place, config) for place in (reference.fixed if reference else ()))


@dataclass(frozen=True, slots=True)
class ChosenInstance:
    """An instance that becomes a task."""

    instance_id: str
    reference: Reference
    issue: tuple[int, int]
    """(output, row) where the issue is noted."""


@dataclass(slots=True)
class Corpus:
    """All instances by id, and the source files that the runs on each repository saw."""

    instances: dict[str, InstanceNotes] = field(default_factory=dict)
    seen: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], place: tuple[int, int]) -> None:
        """Take in what one trajectory tells."""
        notes = self.instances.setdefault(row["instance_id"], InstanceNotes())
        notes.repository = notes.repository or row["repository"]
        notes.contaminated = notes.contaminated or row["contaminated"]
        notes.edited.append(row["edited"])
        self.seen.setdefault(row["repository"], Counter()).update(row["seen"])
        if row["origin"]:
            notes.references.append(_reference(row, place))
        elif row["reason"]:
            notes.reasons[row["reason"]] += 1
        if row["issue_chars"] and (notes.issue is None or row["key"] < notes.issue.key):
            notes.issue = Issue(row["key"], row["issue_digest"], row["issue_chars"], place)

    def listing(self, chosen: ChosenInstance, count: int) -> list[str]:
        """Files for the prompt, sorted: those of the fix and others of the repository, drawn by hash."""
        right = {place.path for place in chosen.reference.places()}
        runs = self.seen[self.instances[chosen.instance_id].repository]
        known = sorted(runs.keys() - right, key=lambda path: (-runs[path], path))[: KNOWN * count]
        drawn = sorted(known, key=lambda path: _hash(f"{chosen.instance_id}\n{path}"))[: max(0, count - len(right))]
        return sorted(right | set(drawn)) if len(drawn) >= FEWEST_OTHERS else []


def _reference(row: Mapping[str, Any], place: tuple[int, int]) -> Reference:
    functions, fixed = tuple(row["functions"]), tuple(row["fixed"])
    return Reference(row["origin"], functions, row["functions_origin"], fixed, row["outcome"], row["key"], place)


@dataclass(slots=True)
class Choice:
    """Tasks by instance id, and how many instances went at which step for which reason."""

    chosen: list[ChosenInstance] = field(default_factory=list)
    reasons: dict[str, Counter[str]] = field(default_factory=lambda: {step: Counter() for step in STEPS})


def choose(corpus: Corpus, config: CodingTasksConfig) -> Choice:
    """One task an instance, or the reason for none; what other instances there are matters for equal issues alone."""
    choice = Choice()
    best = {name: best_reference(notes.references, config.trusts_unknown) for name, notes in corpus.instances.items()}
    known = {name: notes.issue.digest for name, notes in corpus.instances.items() if notes.issue}
    held = {digest for name, digest in known.items() if corpus.instances[name].is_held_out(best[name], config)}
    issues: set[str] = set()
    for name in sorted(corpus.instances):
        notes, reference = corpus.instances[name], best[name]
        step, reason = _fault(notes, reference, config, held, issues)
        if reason:
            choice.reasons[step][reason] += 1
        elif reference and notes.issue:
            issues.add(notes.issue.digest)
            choice.chosen.append(ChosenInstance(name, reference, notes.issue.place))
    _limit(choice, config.limit)
    return choice


def _fault(
    notes: InstanceNotes, reference: Reference | None, config: CodingTasksConfig, held: set[str], issues: set[str]
) -> tuple[str, str]:
    """(step, reason) why there is no task; ("", "") for none."""
    if notes.contaminated:
        return "contamination", f"contaminated-{notes.contaminated}"
    if reference is None:
        return "reference", _why_none(notes)
    if parse_places(written(reference.places())) != frozenset(reference.places()):
        return "reference", "unwritable-place"
    if notes.issue is None or not notes.repository:
        return "issue", "unknown-repository" if notes.issue else "missing-issue"
    if notes.issue.chars > config.max_issue_chars:
        return "issue", "oversized-issue"
    if notes.issue.digest in held:
        return "probe", "held-out"
    return ("distinct", "repeated-issue") if notes.issue.digest in issues else ("", "")


def _why_none(notes: InstanceNotes) -> str:
    """The reason nearest to a reference."""
    outcomes = {reference.outcome for reference in notes.references}
    if "unknown" in outcomes:
        return "unknown-outcome"
    return "unresolved" if outcomes else min(notes.reasons, key=lambda reason: (-notes.reasons[reason], reason))


def best_reference(references: Sequence[Reference], trusts_unknown: bool) -> Reference | None:
    """The gold patch's places, else those that most resolved runs agree on; where the code itself was seen, first.

    Args:
        references: of one instance.
        trusts_unknown: whether a run of unknown outcome counts as resolved.
    """
    outcomes = {"resolved", "unknown"} if trusts_unknown else {"resolved"}
    gold = [reference for reference in references if reference.origin == "gold"]
    usable = gold or [reference for reference in references if reference.outcome in outcomes]
    votes = Counter(reference.functions for reference in usable)

    def preference(reference: Reference) -> tuple[Any, ...]:
        names = reference.functions
        return STRENGTH[reference.functions_origin], -votes[names], len(names), names, reference.key

    return min(usable, key=preference, default=None)


def _in_probe(place: str, config: CodingTasksConfig) -> bool:
    return split_of(place, config.probe_share) == "probe"


def _limit(choice: Choice, limit: int | None) -> None:
    if limit is not None and len(choice.chosen) > limit:
        choice.reasons["limit"]["over-limit"] = len(choice.chosen) - limit
        drawn = sorted(choice.chosen, key=lambda each: _hash(each.instance_id))[:limit]
        choice.chosen = sorted(drawn, key=lambda each: each.instance_id)


def by_output(chosen: Iterable[ChosenInstance]) -> dict[int, dict[int, ChosenInstance]]:
    """Tasks by where their issue is noted: output, then row."""
    places: dict[int, dict[int, ChosenInstance]] = {}
    for each in chosen:
        output, row = each.issue
        places.setdefault(output, {})[row] = each
    return {output: places[output] for output in sorted(places)}


def origins(chosen: Iterable[ChosenInstance]) -> Counter[str]:
    """Tasks by where their reference comes from, and whether it names functions."""
    return Counter(f"reference from {each.reference.origin}, {_names(each.reference)}" for each in chosen)


def _names(reference: Reference) -> str:
    named = [bool(place.name) for place in reference.places()]
    return "functions" if all(named) else "functions of some files" if any(named) else "files alone"


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
