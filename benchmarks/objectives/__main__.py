"""Base, grpo, da_rl, da_sft and contextrl at equal steps and seeds: `python -m benchmarks.objectives --out FOLDER`.

Everything runs through the project's own commands: short runs become pairs by `build coding`, tasks by `tasks coding`,
each objective is a run of `train`, and `probe` asks each model about the held-out pairs in both orders; what its tasks
earn is measured on other functions. What is there already is not done again, so a killed run goes on. `--model` trains
another model in place of the small one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from benchmarks.objectives import plot, short_runs
from benchmarks.objectives.plot import Probed
from benchmarks.objectives.task_reward import task_reward
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.run import probe
from contextpairs.pipelines.train.config import Objective

OBJECTIVES: tuple[Objective, ...] = ("grpo", "da_rl", "da_sft", "contextrl")
TASK_PROMPTS, ROLLOUTS, COMPLETION = 8, 8, 24
HELD_OUT_FUNCTIONS = 200
COMMAND = (sys.executable, "-c", "from contextpairs.pipelines.cli.main import main; main()")


class Arm(NamedTuple):
    """One model that is probed: the base, or an objective with a seed."""

    objective: str
    seed: int | None = None

    @property
    def name(self) -> str:
        """Of its folder."""
        return self.objective if self.seed is None else f"{self.objective}-{self.seed}"


class Experiment:
    """The folder of an experiment and what it is made with."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.out: Path = given.out
        self.pairs, self.tasks, self.held_out = (self.out / name for name in ("pairs", "tasks", "tasks-held-out"))
        self.model: Path = given.model or self.out / "base"

    def prepare(self) -> None:
        """Runs, pairs, tasks and, where none is given, the base model."""
        self.out.mkdir(parents=True, exist_ok=True)
        corpus = self.corpus("runs.jsonl", self.given.functions, seed=0)
        if not (self.pairs / "versions").is_dir():
            contextpairs("build", "coding", f"sources={corpus}", f"out={self.pairs}", f"limit={self.given.pairs}")
        others = self.corpus("runs-held-out.jsonl", HELD_OUT_FUNCTIONS, seed=1)
        for runs, out in ((corpus, self.tasks), (others, self.held_out)):
            if not out.is_dir():
                contextpairs("tasks", "coding", f"sources={runs}", f"out={out}", "trust_unknown=true")
        if not (self.model / "config.json").is_file():
            from benchmarks.objectives.small_model import make_base

            make_base(self.model)

    def corpus(self, name: str, functions: int, seed: int) -> Path:
        """A file of short runs."""
        rows = short_runs.rows(functions, seed, self.given.kinds)
        path = self.out / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    def arms(self) -> list[Arm]:
        """The base, then every objective with every seed; seeds in the outer turn, so that a cut run is balanced."""
        return [Arm("base"), *(Arm(each, seed) for seed in range(self.given.seeds) for each in self.given.objectives)]

    def probed(self, arm: Arm) -> Probed:
        """Train an arm where it is not yet trained, and probe it."""
        model = self.model if arm.seed is None else self.train(arm)
        config = ProbeConfig(
            model=str(model),
            pairs=str(self.pairs),
            out=self.out / "probes" / arm.name,
            limit=self.given.probed,
            max_length=1024,
        )
        found = probe(config)
        reward = task_reward(model, self.held_out, COMPLETION)
        return Probed(found.results.rows, asdict(found.report), reward)

    def train(self, arm: Arm) -> Path:
        """The checkpoint of a trained arm. A step of da_rl reads as many tokens of pairs as one of contextrl."""
        out = self.out / "runs" / arm.name
        checkpoint = out / f"checkpoint-{self.given.steps}"
        pair_prompts = self.given.pair_batch // ROLLOUTS if arm.objective == "da_rl" else 0
        fields = {
            "model": self.model,
            "pairs": self.pairs,
            "tasks": self.tasks,
            "objective": arm.objective,
            "seed": arm.seed,
            "out": out,
            "steps": self.given.steps,
            "sft_steps": self.given.steps,
            "coefficient": self.given.coefficient,
            "learning_rate": self.given.rate,
            "pair_batch": self.given.pair_batch,
            "order": "random",
            "prompts_per_step": TASK_PROMPTS + pair_prompts,
            "rollouts": ROLLOUTS,
            "max_completion": COMPLETION,
            "max_length": 1024,
            "save_every": self.given.steps,
            "trl.lr_scheduler_type": "constant_with_warmup",
            "trl.warmup_steps": 50,
            "trl.adam_beta2": 0.98,
            "trl.logging_steps": 20,
            "trl.disable_tqdm": "true",
        }
        if pair_prompts:
            fields["pair_share"] = pair_prompts / (TASK_PROMPTS + pair_prompts)
        if not checkpoint.is_dir():
            contextpairs("train", *(f"{name}={value}" for name, value in fields.items()), *self.given.field)
        return checkpoint


def contextpairs(*arguments: str) -> None:
    """Run a command of the project; its output goes through."""
    subprocess.run([*COMMAND, *arguments], check=True)


def main() -> None:
    """Run what is not yet there, then print the table and draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="folder of a model; default: the small one, pretrained here")
    parser.add_argument("--functions", type=int, default=3000)
    parser.add_argument("--kinds", type=int, default=4, help="of faults in the pairs")
    parser.add_argument("--pairs", type=int, default=6000)
    parser.add_argument("--probed", type=int, default=400, help="held-out pairs that are asked about")
    parser.add_argument("--objectives", nargs="+", default=list(OBJECTIVES), choices=OBJECTIVES)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--pair-batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--coefficient", type=float, default=1.0)
    parser.add_argument("--workers", type=int, default=1, help="runs at a time")
    parser.add_argument("--field", action="append", default=[], metavar="KEY=VALUE", help="more fields of `train`")
    experiment = Experiment(parser.parse_args())
    experiment.prepare()
    arms = experiment.arms()
    with ThreadPoolExecutor(experiment.given.workers) as pool:
        found = dict(zip(arms, pool.map(experiment.probed, arms), strict=True))
    report(found, experiment.out)


def report(found: dict[Arm, Probed], out: Path) -> None:
    """Print the table, and write it and the picture."""
    by_objective: dict[str, list[Probed]] = {}
    for arm, probed in found.items():
        by_objective.setdefault(arm.objective, []).append(probed)
    lines = plot.table(by_objective)
    print("\n".join(lines))
    (out / "objectives.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plot.draw(by_objective, out / "objectives.svg")


if __name__ == "__main__":
    main()
