"""Functions of runs whose own view of the code is hidden, against the names that this view gives.

    python -m benchmarks.function_names --sources runs/ --instances runs/instances.jsonl

Runs whose own views name all that they edit are the truth. Each is named again with its views hidden: by its hunks
alone ("hunk": what they say, outer names missing or not, as before names were shared) and by the text that other runs
of its instance show ("shared"). A couple is true if both sides edit one function; it is found if the hidden side shares
a name with the other, or a mark for one place. A name that is left open is unknown, not wrong.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from contextpairs.builders.coding.facts import Facts, facts_of
from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.functions import BaseTexts, Named, named_functions
from contextpairs.builders.coding.hunk_names import header_style
from contextpairs.builders.coding.parsed_text import Lines
from contextpairs.builders.coding.rebuild import seen_texts
from contextpairs.builders.coding.shared_text import Passage, passages_of, shared_text
from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.instances import build_instances, join
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read


@dataclass(slots=True)
class Run:
    """A run: its facts and patch, and what it shows of the files that runs of its instance edit."""

    facts: Facts
    files: list[FilePatch]
    seen: dict[str, list[str | None]]
    passages: dict[str, list[Passage]]

    def paths(self) -> set[str]:
        """The files that it edits."""
        return {file.old_path or file.path for file in self.files}

    def shows(self, path: str) -> bool:
        """Whether it shows any line of a file."""
        return path in self.passages or any(line is not None for line in self.seen.get(path, ()))


def runs_of(sources: Sequence[str], instances: Sequence[str]) -> Iterator[list[Run]]:
    """The distinct runs of each instance that have facts."""
    with tempfile.TemporaryDirectory() as folder:
        options = SourceOptions(instances=list(instances))
        table = build_instances(options.instances, options, f"{folder}/instances.sqlite")
        found: dict[str, dict[str, tuple[Trajectory, Facts]]] = defaultdict(dict)
        for partition in plan(list(sources), options)[0]:
            for item in read(partition):
                facts = item if isinstance(item, Rejection) else facts_of(join(item, table))
                if isinstance(item, Trajectory) and isinstance(facts, Facts):
                    found[item.instance_id][item.key()] = (item, facts)
    for members in found.values():
        patches = {key: parse_patch(facts.patch) for key, (_, facts) in members.items()}
        paths = {file.old_path or file.path for files in patches.values() for file in files}
        yield [_run(trajectory, facts, patches[key], paths) for key, (trajectory, facts) in sorted(members.items())]


def _run(trajectory: Trajectory, facts: Facts, files: list[FilePatch], paths: set[str]) -> Run:
    edits = find_edits(trajectory.messages)
    seen = seen_texts(trajectory.messages, edits, paths)
    return Run(facts, files, seen, passages_of(trajectory.messages, edits, paths))


def shared(runs: Sequence[Run], path: str, hidden: Run | None) -> Lines:
    """What runs of one instance show of a file; of the hidden one its patch alone."""
    others = [run for run in runs if run is not hidden]
    recorded = (file for run in runs if run.facts.patch_origin == "record" for file in run.files)
    hunks = (hunk for file in recorded if (file.old_path or file.path) == path for hunk in file.hunks)
    passages = (passage for run in others for passage in run.passages.get(path, []))
    return shared_text((run.seen.get(path, []) for run in others), hunks, passages)


def by_all(runs: Sequence[Run], run: Run, hidden: Run | None) -> Named:
    """The names of a run by what all show."""
    texts = {path: shared(runs, path, hidden) for path in run.paths()}
    headers = header_style(file for each in runs for file in each.files)
    numbered = run.facts.patch_origin == "record"
    return named_functions(run.files, BaseTexts(shared=texts, headers=headers, numbered=numbered))


def by_hunk(run: Run) -> set[str]:
    """The names that hunks give, of which the outer part may be missing."""
    return set(named_functions(run.files, BaseTexts(), parts=True).functions)


def names(runs: Sequence[Run], truth: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """(rule, outcome) of every true and every wrong name."""
    for run in (run for run in runs if run.facts.key in truth):
        true, named = truth[run.facts.key], by_all(runs, run, run)
        others = all(any(other.shows(path) for other in runs if other is not run) for path in run.paths())
        for rule, told in (("hunk", by_hunk(run)), ("shared", set(named.functions))):
            outcomes = ["right"] * len(true & told) + ["wrong"] * len(told - true)
            unknown = max(len(true - told) - len(told - true), 0)
            for outcome in [*outcomes, *["unknown"] * unknown]:
                yield rule, outcome
                if others:
                    yield f"{rule}, where another run shows the file", outcome


def couples(runs: Sequence[Run], truth: dict[str, set[str]]) -> Iterator[tuple[str, bool, str]]:
    """(rule, whether the couple is true, outcome) of the couples that edit one file, each side hidden in turn."""
    known = [run for run in runs if run.facts.key in truth]
    hidden = {run.facts.key: by_all(runs, run, run) for run in known}
    whole = {run.facts.key: by_all(runs, run, None) for run in known}
    for one, other in permutations(known, 2):
        if one.paths() & other.paths():
            true = truth[other.facts.key]
            same = bool(truth[one.facts.key] & true)
            yield "hunk", same, "found" if by_hunk(one) & true else "different"
            yield "shared", same, _outcome(hidden[one.facts.key], true, whole[other.facts.key].unknown)


def _outcome(named: Named, true: set[str], marks: Sequence[str]) -> str:
    if set(named.functions) & true or set(named.unknown) & {mark for mark in marks if not mark.endswith("::?")}:
        return "found"
    open_files = {mark.partition("::")[0] for mark in named.unknown}
    return "unknown" if open_files & {name.partition("::")[0] for name in true} else "different"


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", nargs="+", required=True)
    parser.add_argument("--instances", nargs="*", default=[])
    arguments = parser.parse_args()
    told, found = Counter[tuple[str, str]](), Counter[tuple[str, bool, str]]()
    for runs in runs_of(arguments.sources, arguments.instances):
        own = {run.facts.key: named_functions(run.files, BaseTexts(run.seen)) for run in runs}
        truth = {key: set(named.functions) for key, named in own.items() if named.origin == "source"}
        told.update(names(runs, truth))
        found.update(couples(runs, truth))
    print("| names by | right | wrong | unknown |\n|---|---|---|---|")
    for rule in sorted({rule for rule, _ in told}):
        print(f"| {rule} | {told[rule, 'right']} | {told[rule, 'wrong']} | {told[rule, 'unknown']} |")
    print("\n| couples by | in one function | found | unknown | in two | found |\n|---|---|---|---|---|---|")
    for rule in ("hunk", "shared"):
        true, false = (sum(n for (r, same, _), n in found.items() if r == rule and same is s) for s in (True, False))
        hit, open_ended = found[rule, True, "found"], found[rule, True, "unknown"]
        print(f"| {rule} | {true} | {hit} | {open_ended} | {false} | {found[rule, False, 'found']} |")


if __name__ == "__main__":
    main()
