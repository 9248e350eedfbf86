"""Rewards that are no numbers end a run; those that move nothing are counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.ending import RunEndedError
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.runs import small

from contextpairs.pipelines.train.rewards import DeadSteps, groups_without_variance  # isort: skip

NOTHING = "tests.pipelines.train.runs:nothing"
NAN = math.nan


def endless(completions: Sequence[Any], number: Sequence[int | None], **columns: Any) -> list[float | None]:
    """Infinite for one task alone."""
    del columns
    return [math.inf if each == 3 else 0.0 for each, _ in zip(number, completions, strict=True)]


@pytest.mark.parametrize("objective", ["grpo", "da_rl"])
def test_an_infinite_reward_is_refused_with_its_row(llama_folder: Path, tmp_path: Path, objective: str) -> None:
    config = small(
        tmp_path, llama_folder, objective=objective, steps=20, prompts_per_step=8, max_completion=2,
        reward=["tests.pipelines.train.test_rewards:endless"],
    )  # fmt: skip
    with pytest.raises(RunEndedError, match=r"reward: endless gave inf for a reply to row 3 of the tasks"):
        train(config, lambda _: None)


@pytest.mark.parametrize(
    ("rewards", "dead"),
    [
        ([[1.0], [1.0], [0.1], [0.1]], [True, True]),
        ([[1.0], [2.0], [NAN], [NAN]], [False, True]),
        ([[1.0], [NAN], [0.3, ], [0.3]], [True, True]),
        ([[1.0, NAN], [NAN, 1.0], [1.0, 2.0], [2.0, 2.0]], [True, False]),
    ],
)  # fmt: skip
def test_groups_without_variance_give_no_advantage(rewards: list[list[float]], dead: list[bool]) -> None:
    assert groups_without_variance(torch.tensor(rewards), 2).tolist() == dead


def test_a_run_that_nothing_moves_is_stopped(llama_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"objective": "grpo", "reward": [NOTHING], "dead_steps": 2, "max_completion": 2}
    said: list[str] = []
    with pytest.raises(RunEndedError, match=r"step 2: no group of completions differs .* for 2 steps in a row"):
        train(small(tmp_path, llama_folder, steps=3, **fields), said.append)
    warnings = [line for line in said if line.startswith("warning: step")]
    assert [line.partition(",")[0] for line in warnings] == [
        "warning: step 1: no group of completions differs in its rewards"
    ]


@pytest.mark.parametrize("fields", [{"objective": "contextrl"}, {"objective": "grpo", "beta": 0.1}])
def test_one_that_something_else_moves_goes_on(llama_folder: Path, tmp_path: Path, fields: dict[str, Any]) -> None:
    said: list[str] = []
    config = small(tmp_path, llama_folder, steps=3, reward=[NOTHING], dead_steps=2, max_completion=2, **fields)
    history = train(config, said.append).history
    assert [each["dead_step"] for each in history if "loss" in each] == [1.0, 1.0, 1.0]
    assert said.count("warning: in 3 steps no group of completions differed in its rewards") == 1


def test_a_step_that_moves_something_begins_a_new_row() -> None:
    said: list[str] = []
    steps = DeadSteps(2, said.append)
    for step, dead in enumerate([True, False, True], 1):
        steps.found(dead)
        steps.count(step, idle=True)
    assert (steps.total, len(said)) == (2, 2)
    with pytest.raises(RunEndedError):
        steps.count(4, idle=True)
    DeadSteps(0, said.append).count(5, idle=True)
