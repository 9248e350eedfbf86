"""What the audit finds on couples of given runs, or of the embedded sample, before and after the choice.

    python -m benchmarks.audits --presets attempts outcome --sources runs/chat runs/native --instances instances.jsonl
    python -m benchmarks.audits

Before is a build that only reports (`audit.enforce=false`), after one as it is published; both share stage outputs. The
learners' figures are of folds whose seeds no choice uses.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from typing import Any

from contextpairs.data.store.manifest import AuditFigure, Manifest
from contextpairs.data.store.store import Store
from contextpairs.filters.coding.learners import LEARNERS
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import coding_config
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent


def main() -> None:
    """Print a line for each preset, split, and baseline that is the strongest or a learner."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", nargs="*", default=[])
    parser.add_argument("--instances", nargs="*", default=[])
    parser.add_argument("--presets", nargs="+", default=["smith"])
    parser.add_argument("--work", help="folder of stage outputs, kept; default: a temporary one")
    arguments = parser.parse_args()
    print("| preset | split | baseline | before | rows | after | 95 % interval | rows |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for preset in arguments.presets:
            given = {
                "preset": preset,
                "sources": arguments.sources,
                "source": {"instances": arguments.instances},
                "contamination": {"enabled": False},
                "limit": None,
                "engine": {"work_dir": arguments.work or f"{folder}/work"},
            }
            before = built({**given, "audit": {"enforce": False}, "out": f"{folder}/{preset}-before"})
            print_lines(preset, before, built({**given, "out": f"{folder}/{preset}"}))


def built(given: Mapping[str, Any]) -> Manifest:
    """The manifest of a build."""
    build_coding(coding_config(dict(given)), process_mapper(2), Silent())
    return Store(str(given["out"])).manifest()


def print_lines(preset: str, before: Manifest, after: Manifest) -> None:
    """Print the learners and the strongest other baseline of each split, and what the choice dropped."""
    standing = {(figure.split, figure.name): figure for figure in after.audit}
    for split in sorted({figure.split for figure in before.audit}):
        figures = [figure for figure in before.audit if figure.split == split]
        strongest = max((f for f in figures if f.name not in LEARNERS), key=lambda f: abs(f.accuracy - 0.5))
        for figure in (strongest, *(f for f in figures if f.name in LEARNERS)):
            print(f"| `{preset}` | {split} | {line_of(figure, standing.get((split, figure.name)))} |", flush=True)
    choice = next(line for line in after.funnel if line.stage == "choice")
    print(f"\n`{preset}`: {choice.rows_in} couples, {choice.rows_out} chosen, {choice.reasons}\n", flush=True)


def line_of(before: AuditFigure, after: AuditFigure | None) -> str:
    """One figure before, and after where it was asked."""
    start = f"{before.name} | {before.accuracy:.3f} | {before.n:,}"
    return (
        f"{start} | {after.accuracy:.3f} | {after.low:.3f} to {after.high:.3f} | {after.n:,}"
        if after
        else f"{start} | | |"
    )


if __name__ == "__main__":
    main()
