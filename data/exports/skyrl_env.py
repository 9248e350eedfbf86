"""The environment that SkyRL trains pairs in, and its entry point. Needs SkyRL; stands beside pair_reward.py."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ray
from pair_reward import score
from skyrl.train.config import SkyRLTrainConfig
from skyrl.train.entrypoints.main_base import BasePPOExp
from skyrl.train.utils import initialize_ray, validate_cfg
from skyrl_gym.envs import register
from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput


class PairEnv(BaseTextEnv):
    """One turn: the reply names an option or does not."""

    def __init__(self, env_config: Any = None, extras: Any = None) -> None:  # noqa: ARG002
        super().__init__()
        self._letter = extras["reward_spec"]["ground_truth"]

    def init(self, prompt: Any) -> Any:
        """The prompt without empty fields: `datasets` gives every part the fields of all, and templates count them."""
        return [{**turn, "content": _told(turn["content"])} for turn in prompt], {}

    def step(self, action: str) -> BaseTextEnvStepOutput:
        """The reward of a reply; the episode ends."""
        return BaseTextEnvStepOutput(observations=[], reward=score(action, self._letter), done=True, metadata={})


def _told(content: Any) -> Any:
    """A content whose parts have the fields that say something."""
    if isinstance(content, str):
        return content
    return [{name: value for name, value in part.items() if value is not None} for part in content]


@ray.remote(num_cpus=1)
def train(config: Any, folder: str) -> None:
    """Train in a task of its own, whose process must find this file."""
    sys.path.insert(0, folder)
    register(id="contextpairs", entry_point="skyrl_env:PairEnv")
    BasePPOExp(config).run()


def main() -> None:
    """Start a run with the command line's overrides."""
    config = SkyRLTrainConfig.from_cli_overrides(sys.argv[1:])
    validate_cfg(config)
    initialize_ray(config)
    ray.get(train.remote(config, str(Path(__file__).resolve().parent)))


if __name__ == "__main__":
    main()
