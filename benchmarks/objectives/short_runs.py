"""Short runs of a coding agent: `python -m benchmarks.objectives.short_runs --functions 2000 --out runs.jsonl`.

Rows in the form of the 66k corpus (instance_id, messages), some 600 characters each: a report of a fault, one look at
the function, one edit. Several faults sit in each function, so `contextpairs build coding` finds couples of
runs in one place of the same code that differ in the fault; what tells them apart is the report alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.objectives.faults import FAULTS, Fault
from contextpairs.data.demo.samples.actions import replace_command

FAULTS_OF_FUNCTION = 2
WORDS = (
    "otter", "maple", "heron", "cedar", "lynx", "birch", "robin", "aspen", "badger", "willow", "falcon", "hazel",
    "marten", "alder", "plover", "rowan", "stoat", "larch", "bittern", "elder", "ferret", "poplar", "magpie",
    "linden", "weasel", "spruce", "curlew", "acacia", "beaver", "laurel", "siskin", "juniper",
)  # fmt: skip
"""Names that say nothing about code."""
OPENINGS = (
    "In `{name}` ({path}), {report}.",
    "Look at `{name}` in {path}: {report}.",
)


class Line(NamedTuple):
    """A line of a function with the fault that can sit in it."""

    fault: Fault
    right: str
    wrong: str


class Function(NamedTuple):
    """A function of a module, each of whose lines can be wrong."""

    repository: str
    commit: str
    path: str
    name: str
    lines: tuple[Line, ...]

    def text(self, wrong: int | None = None) -> str:
        """The module, with at most one wrong line."""
        said = [line.wrong if at == wrong else line.right for at, line in enumerate(self.lines)]
        body = [part for line in said for part in ([line, "    pass"] if line.endswith(":") else [line])]
        return f"def {self.name}(data):\n" + "".join(f"    {part}\n" for part in body) + "    return data\n"


def main() -> None:
    """Write the rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--functions", type=int, default=2000)
    parser.add_argument("--kinds", type=int, default=len(FAULTS), help="of faults")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    with given.out.open("w", encoding="utf-8") as file:
        for row in rows(given.functions, given.seed, given.kinds):
            file.write(json.dumps(row) + "\n")


def rows(functions: int, seed: int, kinds: int = len(FAULTS)) -> Iterator[dict[str, Any]]:
    """The runs on all faults of some functions, of the first `kinds` alone; equal arguments give equal rows."""
    for number in range(functions):
        rng = random.Random(f"{seed}:{number}")
        function = new_function(rng, number, kinds)
        for wrong in range(len(function.lines)):
            yield run(function, wrong, rng)


def new_function(rng: random.Random, number: int, kinds: int = len(FAULTS)) -> Function:
    """A function with several lines of different kinds, in a repository of its own."""
    faults = rng.sample(FAULTS[:kinds], FAULTS_OF_FUNCTION)
    lines = []
    for fault in faults:
        one, two = rng.sample(WORDS, 2)
        names = {"a": one, "b": two, "n": rng.randint(2, 9)}
        lines.append(Line(fault, fault.right.format(**names), fault.wrong.format(**names)))
    package, *name = rng.sample(WORDS, 3)
    repository = f"short__{package}{number}"
    commit = hashlib.sha256(repository.encode()).hexdigest()[:8]
    return Function(repository, commit, f"{package}/core.py", "_".join(name), tuple(lines))


def issue_of(function: Function, wrong: int, rng: random.Random) -> str:
    """A report of one wrong line."""
    report = rng.choice(function.lines[wrong].fault.reports)
    return rng.choice(OPENINGS).format(name=function.name, path=function.path, report=report)


def run(function: Function, wrong: int, rng: random.Random) -> dict[str, Any]:
    """One run that repairs one wrong line."""
    line, issue = function.lines[wrong], issue_of(function, wrong, rng)
    edit = replace_command(function.path, f"    {line.wrong}", f"    {line.right}")
    messages = [
        ("user", f"<pr_description>{issue}</pr_description>"),
        ("assistant", f"THOUGHT: So {rng.choice(line.fault.reports)}.\n\n```bash\ncat {function.path}\n```"),
        ("user", f"<returncode>0</returncode>\n<output>\n{function.text(wrong)}</output>"),
        ("assistant", f"```bash\n{edit}\n```"),
    ]
    name = f"{function.repository}.{function.commit}.{line.fault.name}"
    digest = hashlib.sha256(f"{function.repository}:{wrong}".encode()).hexdigest()[:8]
    return {
        "instance_id": f"{name}__{digest}",
        "messages": [{"role": role, "content": content} for role, content in messages],
    }


if __name__ == "__main__":
    main()
