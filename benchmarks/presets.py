"""What each preset yields on given runs: couples in one function, with another patch, published, and the audit.

python -m benchmarks.presets --sources runs/chat runs/native --instances runs/instances.jsonl
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence

from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import coding_config
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent

PRESETS = ("attempts", "outcome", "nearby", "smith")


def row_of(manifest: Manifest) -> str:
    """One line of the table."""
    out = {line.stage: line.rows_out for line in manifest.funnel}
    worst = max((each for each in manifest.audit if each.split == "train"), key=lambda figure: figure.accuracy)
    found = out.get("different outcome", out.get("different patch", 0))
    strongest = f"{worst.accuracy:.3f}, {worst.low:.2f} to {worst.high:.2f} ({worst.name})"
    return f"{out['same function']:,} | {found:,} | {sum(manifest.rows.values()):,} | {strongest}"


def main() -> None:
    """Build every preset in turn; they share stage outputs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", nargs="+", required=True)
    parser.add_argument("--instances", nargs="*", default=[])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print_table(folder, arguments.sources, arguments.instances)


def print_table(folder: str, sources: Sequence[str], instances: Sequence[str]) -> None:
    """Print a line a preset."""
    strongest = "strongest baseline on the training split"
    print(f"| preset | couples in one function | that differ as asked | published pairs | {strongest} |")
    print("|---|---|---|---|---|")
    for preset in PRESETS:
        given = {
            "preset": preset,
            "sources": list(sources),
            "source": {"instances": list(instances)},
            "contamination": {"enabled": False},
            "out": f"{folder}/{preset}",
            "engine": {"work_dir": f"{folder}/work"},
        }
        try:
            build_coding(coding_config(given), process_mapper(2), Silent())
            print(f"| `{preset}` | {row_of(Store(f'{folder}/{preset}').manifest())} |", flush=True)
        except NothingToPublish as nothing:
            print(f"| `{preset}` | {nothing} |", flush=True)


if __name__ == "__main__":
    main()
