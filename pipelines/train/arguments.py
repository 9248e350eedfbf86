"""A run's settings as the trainers take them."""

from __future__ import annotations

import dataclasses
import os
from importlib.util import find_spec
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.other_names import ELSEWHERE

if TYPE_CHECKING:
    from transformers import TrainingArguments
    from trl.trainer.grpo_config import GRPOConfig


IDLE = {
    "model_init_kwargs": "the policy is loaded by model and dtype and would not get them, the reference alone would",
    "num_train_epochs": "steps says how long a run is",
    "eval_strategy": "probe_every=n measures the accuracy on pairs every n steps",
    "load_best_model_at_end": "probe_every=n finds the best checkpoint, and final/ is made of it",
    "resume_from_checkpoint": "resume=true goes on from the last checkpoint",
}
"""Fields of TRL that would do nothing here, or something else than they say."""


NEEDS = {"use_vllm": "vllm", "use_liger_kernel": "liger_kernel"}
"""Packages that fields of TRL need, and that TRL or transformers may miss only once a run is under way."""


def grpo_arguments(config: TrainConfig) -> GRPOConfig:
    """Arguments of GRPO.

    Raises:
        ConfigError: completions cannot be dealt out evenly, `trl` holds a field that TRL does not know or that is set
            elsewhere, a tracker is not there, or a checkpoint would stand where no run can be resumed.
    """
    from trl.trainer.grpo_config import GRPOConfig

    from contextpairs.pipelines.train.tracking import TrackedConfig, check_trackers, tracked

    ours = {**_common(config, config.out, config.steps), **_policy(config)}
    _check_trl(config.trl, ours, {field.name for field in dataclasses.fields(GRPOConfig)})
    check_trackers(config.trl.get("report_to"))
    _check_probes(config)
    arguments = TrackedConfig(**{**_defaults(), **_plain(), **ours, **config.trl}, context_selection=tracked(config))
    if config.save_every % (period := resumable_every(arguments)):
        raise ConfigError(
            f"save_every = {config.save_every}: completions are used for {period} steps (trl.num_iterations, "
            f"trl.steps_per_generation) and are not in a checkpoint; expected a multiple of {period}"
        )
    return arguments


def resumable_every(arguments: GRPOConfig) -> int:
    """Optimizer steps for which completions are used, between which a run cannot be resumed as it was."""
    micro_steps = arguments.gradient_accumulation_steps
    used = (arguments.steps_per_generation or micro_steps) * arguments.num_iterations
    return used // gcd(used, micro_steps)


def supervised_arguments(config: TrainConfig, folder: Path) -> TrainingArguments:
    """Arguments of the supervised phase.

    Raises:
        ConfigError: pairs cannot be dealt out evenly.
    """
    from transformers import TrainingArguments

    known = {field.name for field in dataclasses.fields(TrainingArguments)}
    given = {name: value for name, value in config.trl.items() if name in known}
    batch = {"per_device_train_batch_size": _dealt(config.pair_batch, config, "pair_batch")}
    return TrainingArguments(**{**_defaults(), **_common(config, folder, config.sft_steps), **batch, **given})


def _defaults() -> dict[str, Any]:
    """What `trl` may change."""
    gpu = torch.cuda.is_available()
    return {
        "bf16": gpu and torch.cuda.is_bf16_supported(),
        "dataloader_pin_memory": gpu,
        "gradient_checkpointing": True,
        "report_to": "none",
        "logging_steps": 1,
        "lr_scheduler_type": "constant",
    }


def _plain() -> dict[str, Any]:
    """More of it for GRPO: the KL term as the paper has it, and replies without a hidden train of thought."""
    return {"use_bias_correction_kl": False, "chat_template_kwargs": {"enable_thinking": False}}


def _common(config: TrainConfig, folder: Path, steps: int) -> dict[str, Any]:
    return {
        "output_dir": str(folder),
        "max_steps": steps,
        "learning_rate": config.learning_rate,
        "gradient_accumulation_steps": config.accumulation,
        "seed": config.seed,
        "save_strategy": "steps",
        "save_steps": config.save_every,
        "remove_unused_columns": False,
        "logging_nan_inf_filter": False,
    }


def _policy(config: TrainConfig) -> dict[str, Any]:
    completions = config.prompts_per_step * config.rollouts
    return {
        "per_device_train_batch_size": _dealt(completions, config, "prompts_per_step * rollouts"),
        "num_generations": config.rollouts,
        "max_completion_length": config.max_completion,
        "beta": config.beta,
        "epsilon": config.epsilon_low,
        "epsilon_high": config.epsilon_high,
    }


def _dealt(count: int, config: TrainConfig, name: str) -> int:
    """What one process takes in one micro-step."""
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    parts = processes * config.accumulation
    if count % parts:
        raise ConfigError(
            f"{name} = {count} cannot be dealt out evenly to {processes} processes in {config.accumulation} "
            f"micro-steps (accumulation); expected a multiple of {parts}"
        )
    return count // parts


def _check_probes(config: TrainConfig) -> None:
    """The best checkpoint is known by the probe at its step."""
    often, save = config.probe_every, config.save_every
    if often and often % save and save % often:
        raise ConfigError(
            f"probe_every = {often}, save_every = {save}: a checkpoint is judged by the probe of its step; expected "
            "one of them to be a multiple of the other"
        )
    if often and config.trl.get("save_total_limit") == 1:
        raise ConfigError(
            "trl: save_total_limit = 1 has no room for the best checkpoint and the last; expected 2 or more"
        )


def _check_trl(given: dict[str, Any], ours: dict[str, Any], known: set[str]) -> None:
    if unknown := sorted(given.keys() - known):
        raise ConfigError(f"trl: GRPOConfig has no field {', '.join(map(_as_here, unknown))}")
    if idle := sorted(given.keys() & IDLE.keys()):
        raise ConfigError(f"trl: {'; '.join(f'{name} does nothing here: {IDLE[name]}' for name in idle)}")
    if missing := sorted(name for name in NEEDS if given.get(name) and find_spec(NEEDS[name]) is None):
        said = ", ".join(f"{name} needs the package {NEEDS[name]}" for name in missing)
        raise ConfigError(f"trl: {said}, which is not installed; install it, or leave the field out")
    if taken := sorted(given.keys() & ours.keys()):
        said = ", ".join(map(_as_here, taken))
        raise ConfigError(f"trl: {said} follows from fields of its own; `contextpairs config --of train`")


def _as_here(name: str) -> str:
    """A name that `trl` does not take, with what to write instead."""
    meant = name if name in TrainConfig.model_fields else ELSEWHERE.get(name)
    return f"{name} (here it is {meant})" if meant else name
