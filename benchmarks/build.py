"""Time and memory of whole builds beside a bare scan of the same rows, in the same run.

    python -m benchmarks.build --sizes 1000 10000 66000 --folder /tmp/bench

Corpora of these sizes are made first (`benchmarks.corpus`) unless they are there. For each, measured in fresh
processes: the build without judge (`preset=smith`, two worker processes), and the bare work of reading the same rows:
a pyarrow scan of messages stored as JSON text, each parsed by `json`, in two processes as well. Peak memory is the sum
of resident memory over the process tree, sampled; shared pages count once per process.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.corpus import write_corpus

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_SECONDS = 0.1


class Measured(NamedTuple):
    """Wall seconds, peak resident megabytes and processor seconds of a process tree."""

    seconds: float
    megabytes: float
    processor: float


def measured(command: Sequence[str]) -> Measured:
    """Run a command and watch its process tree."""
    start, peak = time.perf_counter(), 0
    used: dict[int, float] = {}
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    tree = psutil.Process(process.pid)
    while process.poll() is None:
        peak = max(peak, _resident(tree, used))
        time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed with {process.returncode}")
    return Measured(time.perf_counter() - start, peak / 1e6, sum(used.values()))


def _resident(tree: psutil.Process, used: dict[int, float]) -> int:
    """Resident bytes now; processor seconds so far go into `used`, by process, for ended ones are not seen again."""
    total = 0
    try:
        for each in [tree, *tree.children(recursive=True)]:
            total += each.memory_info().rss
            times = each.cpu_times()
            used[each.pid] = times.user + times.system
    except psutil.Error:
        pass
    return total


def with_json_text(corpus: Path, target: Path) -> Path:
    """The corpus with each row's messages as JSON text: what a bare reader parses."""
    if not target.exists():
        part = target.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for shard in sorted(corpus.glob("*.parquet")):
            with pq.ParquetFile(shard) as file, pq.ParquetWriter(part / shard.name, _TEXT, compression="zstd") as out:
                for batch in file.iter_batches(batch_size=200):
                    rows = [json.dumps(messages) for messages in batch["messages"].to_pylist()]
                    out.write_table(pa.table({"messages": pa.array(rows, pa.large_string())}))
        part.rename(target)
    return target


_TEXT = pa.schema([("messages", pa.large_string())])


def scan(shard: str) -> int:
    """Read a shard and parse every row; returns how many messages there were."""
    count = 0
    with pq.ParquetFile(shard) as file:
        for batch in file.iter_batches(batch_size=200):
            for text in batch["messages"]:
                count += len(json.loads(text.as_py()))
    return count


def bare(folder: str) -> None:
    """The bare scan, on two processes."""
    with ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(scan, sorted(map(str, Path(folder).glob("*.parquet"))))))


def corpus_of(rows: int, folder: Path) -> Path:
    """The corpus of a size, made if it is not there."""
    target = folder / f"corpus-{rows}"
    if not target.exists():
        part = folder / f"corpus-{rows}.part"
        shutil.rmtree(part, ignore_errors=True)
        write_corpus(part, rows)
        part.rename(target)
    return target


def compare(rows: int, folder: Path, scan_up_to: int) -> tuple[Measured, Measured | None]:
    """(build, bare scan) of one size; no scan above a size."""
    corpus = corpus_of(rows, folder)
    text = with_json_text(corpus, folder / f"text-{rows}") if rows <= scan_up_to else None
    out = folder / f"out-{rows}"
    shutil.rmtree(out, ignore_errors=True)
    build = "from contextpairs.pipelines.cli.main import main; main()"
    built = measured([sys.executable, "-c", build, "build", "coding", f"sources={corpus}", f"out={out}"])
    return built, measured([sys.executable, "-m", "benchmarks.build", "--bare", str(text)]) if text else None


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Slope of a line through (log size, log value), least squares."""
    x, y = [math.log(s) for s in sizes], [math.log(v) for v in values]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / sum((a - mean_x) ** 2 for a in x)


def main() -> None:
    """Print a table a size a row, and the growth exponents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 66_000])
    parser.add_argument("--folder", type=Path, default=Path("out/benchmarks"))
    parser.add_argument("--scan-up-to", type=int, default=66_000, help="largest size that is also scanned bare")
    parser.add_argument("--bare", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bare:
        bare(arguments.bare)
        return
    print("| rows | build s | peak MB | bare scan s | ratio |\n|---|---|---|---|---|")
    results = []
    for rows in arguments.sizes:
        built, scanned = compare(rows, arguments.folder.resolve(), arguments.scan_up_to)
        results.append(built)
        beside = f"{scanned.seconds:.1f} | {built.seconds / scanned.seconds:.1f}" if scanned else "- | -"
        print(f"| {rows:,} | {built.seconds:.1f} | {built.megabytes:.0f} | {beside} |", flush=True)
    if len(results) > 1:
        print(f"growth exponent of time: {exponent(arguments.sizes, [r.seconds for r in results]):.2f}")
        print(f"growth exponent of memory: {exponent(arguments.sizes, [r.megabytes for r in results]):.2f}")


if __name__ == "__main__":
    main()
