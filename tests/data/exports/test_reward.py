"""The rewards that stand beside the data, as each trainer calls them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.answers import pair_reward as reward
from contextpairs.data.exports.exporting import companion
from contextpairs.pipelines.train.context_selection.parsing import letter_of

PIECES = [
    "A",
    "B",
    "a",
    " ",
    "\n",
    ".",
    "**",
    "Option",
    "answer is",
    "not",
    "The correct option is",
    "<think>",
    "</think>",
]
SKYRL = """
import sys, types
from typing import TypedDict

class Step(TypedDict):
    observations: list
    reward: float
    done: bool
    metadata: dict

class Base:
    def __init__(self):
        self.turns, self.max_turns = 0, 1

def module(name, **content):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(content)

module("ray", remote=lambda **options: lambda function: function)
for name in ("skyrl", "skyrl.train", "skyrl.train.entrypoints", "skyrl_gym"):
    module(name)
module("skyrl.train.config", SkyRLTrainConfig=None)
module("skyrl.train.entrypoints.main_base", BasePPOExp=None)
module("skyrl.train.utils", initialize_ray=None, validate_cfg=None)
module("skyrl_gym.envs", register=None)
module("skyrl_gym.envs.base_text_env", BaseTextEnv=Base, BaseTextEnvStepOutput=Step)
from skyrl_env import PairEnv
env = PairEnv(env_config=None, extras={"reward_spec": {"method": "rule", "ground_truth": "B"}, "uid": "0"})
assert env.max_turns == 1
print([env.step(reply)["reward"] for reply in ("B", "A", "no idea")], env.step("B")["done"])
"""


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join) | st.text(max_size=20))
def test_replies_are_read_as_the_project_reads_them(reply: str) -> None:
    assert reward.letter_of(reply) == letter_of(reply)


@pytest.mark.parametrize(
    ("reply", "letter", "right"),
    [
        ("A", "A", 1.0),
        ("A", "B", 0.0),
        ("<think>A? No.</think>\nThe correct option is **B**.", "B", 1.0),
        ("", "A", 0.0),
    ],
)
def test_verl_and_easyr1_score(reply: str, letter: str, right: float) -> None:
    assert reward.verl_reward(data_source="x", solution_str=reply, ground_truth=letter, extra_info={}, num=1) == right
    given = {"response": reply, "response_length": 3, "ground_truth": letter}
    scored = reward.easyr1_reward(given)
    assert (scored["overall"], scored["accuracy"], scored["format"]) == (right, right, float(bool(reply)))
    assert reward.easyr1_reward([given, given]) == [scored, scored]


@pytest.mark.parametrize(
    "completion",
    ["B", [{"role": "assistant", "content": "B"}], [{"role": "assistant", "content": [{"type": "text", "text": "B"}]}]],
)
def test_trl_scores_text_and_messages(completion: Any) -> None:
    found = reward.trl_reward(completions=[completion] * 2, letter=["B", "A"], prompts=[], trainer_state=None)
    assert found == [1.0, 0.0]


def run_beside(source: str, folder: Path) -> str:
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{source}"],
        capture_output=True, text=True, check=True, cwd=folder,
    ).stdout  # fmt: skip


def test_the_file_stands_alone(tmp_path: Path) -> None:
    (tmp_path / "pair_reward.py").write_bytes(Path(reward.__file__).read_bytes())
    assert run_beside("import pair_reward; print(pair_reward.verl_reward('x', 'B', 'B'))", tmp_path) == "1.0\n"


def test_skyrl_steps_its_environment(tmp_path: Path) -> None:
    """With classes of the published interface in the place of SkyRL's own, which needs a GPU to install."""
    for name in ("pair_reward.py", "skyrl_env.py"):
        (tmp_path / name).write_bytes(companion(name).read_bytes())
    assert run_beside(SKYRL, tmp_path) == "[1.0, 0.0, 0.0] True\n"
