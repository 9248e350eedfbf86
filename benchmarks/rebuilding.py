"""Rebuild the patches of real runs with their records hidden, and compare: how many come back, are they right?

python -m benchmarks.rebuilding --runs ../shared/trajectories

Prints a table: for each collection the runs with a record, those rebuilt, those equal line for line in the source part,
those that differ but for files that no edit of the run touched (drift), and the others, each of them named.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from contextpairs.builders.coding.facts import Facts, FactsOptions, facts_of, patch_fits
from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.one_run import one_run
from contextpairs.data.code.patch import FilePatch, parse_patch, source_part
from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

COLUMNS = ("recorded", "rebuilt", "same", "drift", "different", "set aside")
Lines = dict[tuple[str, str], int]


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table and the runs whose rebuilt patch differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=Path, default=Path("../shared/trajectories"), help="folder of recorded runs")
    parser.add_argument("--show", action="store_true", help="print the lines in which patches differ")
    options = parser.parse_args(arguments)
    counts: dict[str, Counter[str]] = {}
    for run in recorded_runs(options.runs):
        name = collection(run, options.runs)
        verdict, lines = compared(run)
        counts.setdefault(name, Counter()).update(["recorded", verdict])
        if verdict in ("same", "drift", "different"):
            counts[name]["rebuilt"] += 1
        if verdict == "different":
            print(f"different: {run.source} row {run.row} {run.instance_id}")
            print("".join(f"    {line}\n" for line in lines) if options.show else "", end="")
    print_table(counts)


def recorded_runs(folder: Path) -> Iterator[Trajectory]:
    """Every run of a folder whose record holds its patch; of a record of several the one that made the patch."""
    partitions, _ = plan([str(folder / "chat"), str(folder / "native")], SourceOptions())
    for partition in partitions:
        for run in read(partition):
            own = one_run(run) if isinstance(run, Trajectory) and run.patch else None
            if isinstance(own, Trajectory) and is_own(own):
                yield own


def is_own(run: Trajectory) -> bool:
    """Whether a record's patch has a source part and belongs to its run."""
    files = parse_patch(run.patch or "")
    return bool(source_part(files)) and patch_fits(files, run.messages, find_edits(run.messages))


def collection(run: Trajectory, folder: Path) -> str:
    """The file or the two folders that a run's file lies in."""
    place = Path(run.source.removeprefix("file://"))
    parts = place.parts[len(folder.resolve().parts) :] if folder.resolve() in place.parents else place.parts
    return "/".join(parts[:3] if parts[0] == "native" else parts[:2])


def compared(run: Trajectory) -> tuple[str, list[str]]:
    """The verdict on one run, and the lines that one of the patches lacks: "-" recorded alone, "+" rebuilt alone."""
    hidden = facts_of(dataclasses.replace(run, patch=None, gold_patch=None), FactsOptions())
    if not isinstance(hidden, Facts):
        return "set aside", []
    kept, made = net_lines(parse_patch(run.patch or "")), net_lines(parse_patch(hidden.patch))
    if kept == made:
        return "same", []
    touched = {edit.path for edit in find_edits(run.messages)}
    shared = {line: count for line, count in kept.items() if line[0] in touched}
    lines = [
        f"{'+' if made.get(line, 0) > kept.get(line, 0) else '-'} {line} {made.get(line, 0)} for {kept.get(line, 0)}"
        for line in sorted({*kept, *made})
        if made.get(line, 0) != kept.get(line, 0)
    ]
    return ("drift" if shared == made else "different"), lines


def net_lines(files: list[FilePatch]) -> Lines:
    """By file and line, white space left out, how many more there are after the patch: what diffs agree on."""
    net: Lines = {}
    for file in source_part(files):
        for tag, text in file.changed():
            if text.strip():
                line = (file.path, "".join(text.split()))
                net[line] = net.get(line, 0) + (1 if tag == "+" else -1)
    return {line: count for line, count in net.items() if count}


def print_table(counts: dict[str, Counter[str]]) -> None:
    """One row a collection, and their sum."""
    print(f"{'collection':70}" + "".join(f"{name:>11}" for name in COLUMNS))
    for name, row in [*sorted(counts.items()), ("all", sum(counts.values(), Counter()))]:
        print(f"{name[:70]:70}" + "".join(f"{row[column]:11}" for column in COLUMNS))


if __name__ == "__main__":
    main()
