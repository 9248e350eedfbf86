"""Presets, and what configurations refuse."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, get_args

import pytest
from trl.trainer.grpo_config import GRPOConfig

from contextpairs.pipelines.run.config_files import ConfigError, load
from contextpairs.pipelines.train.arguments import grpo_arguments, resumable_every, supervised_arguments
from contextpairs.pipelines.train.config import PRESETS, Preset, TrainConfig
from contextpairs.pipelines.train.other_names import ELSEWHERE

PAPER: dict[str, tuple[Any, ...]] = {
    "qwen3-8b": (0.001, 5, 8, 2e-6, 16, 8, 5e-4, 0.2, 0.28),
    "qwen3-8b-lora80": (0.001, 5, 8, 2e-5, 16, 8, 5e-4, 0.2, 0.28),
    "qwen3-8b-fsdp4": (0.001, 5, 8, 2e-6, 16, 8, 5e-4, 0.2, 0.28),
    "klear-agentforge-8b": (0.01, 5, 8, 2e-6, 16, 8, 5e-4, 0.2, 0.28),
    "qwen2.5-vl-7b": (0.005, 5, 32, 1e-6, 256, 8, 1e-2, 0.2, 0.3),
    "qwen3-vl-8b": (0.001, 5, 32, 1e-6, 256, 8, 1e-2, 0.2, 0.3),
}
"""Of the preset for one card the rate is that of an adapter."""
CPU = {"use_cpu": True}


@pytest.mark.parametrize("preset", get_args(Preset))
def test_presets_hold_the_papers_numbers(preset: str) -> None:
    config = load(TrainConfig, [], [f"preset={preset}"])
    found = (
        config.coefficient, config.clip, config.pair_batch, config.learning_rate, config.prompts_per_step,
        config.rollouts, config.beta, config.epsilon_low, config.epsilon_high,
    )  # fmt: skip
    assert found == PAPER[preset]
    assert (config.clip_form, config.max_length) == ("symmetric", 32768)
    assert (config.prompt.suffix == "Output A or B directly.") == ("-vl-" in preset)
    assert config.model


def test_every_preset_has_a_file_and_every_file_a_preset() -> None:
    assert {path.stem for path in PRESETS.iterdir()} == set(get_args(Preset)) == set(PAPER)


@pytest.mark.parametrize(("preset", "devices"), [("qwen3-8b-lora80", 1), ("qwen3-8b-fsdp4", 4)])
def test_presets_that_fit_give_a_device_one_completion_at_a_time(preset: str, devices: int) -> None:
    arguments = grpo_arguments(load(TrainConfig, [], [f"preset={preset}", "trl.use_cpu=true"]))
    assert arguments.per_device_train_batch_size == devices  # of which each has one
    assert arguments.per_device_train_batch_size * arguments.gradient_accumulation_steps == 16 * 8
    assert arguments.steps_per_generation == 16  # two groups
    assert resumable_every(arguments) == 1


def test_fields_override_the_preset() -> None:
    config = load(TrainConfig, [], ["preset=qwen3-8b", "coefficient=0.5", "prompt.prefill=The correct option is"])
    assert (config.coefficient, config.pair_batch, config.prompt.prefill) == (0.5, 8, "The correct option is")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("objective=ppo", "objective: Input should be 'grpo'"),
        ("preset=qwen9", "preset: Input should be"),
        ("clip=0", "clip: Input should be greater than 0"),
        ("lora.rank=3", "lora.rank: there is no such field"),
        ("rollouts=1", "rollouts: Input should be greater than or equal to 2"),
        ("coefficient=.inf", "coefficient: Input should be a finite number"),
        ("beta=.nan", "beta: Input should be"),
        ("learning_rate=.inf", "learning_rate: Input should be a finite number"),
        ("epsilon_low=.inf", "epsilon_low: Input should be a finite number"),
        ("epsilon_high=.nan", "epsilon_high: Input should be"),
        ("clip=.nan", "clip: Input should be greater than 0"),
        ("trl.weight_decay=.nan", "trl: .*weight_decay = nan: expected a finite number"),
        ("trl.temperature=.inf", "trl: .*temperature = inf: expected a finite number"),
    ],
)
def test_bad_values_name_the_field(given: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(TrainConfig, [], [given])


@pytest.mark.parametrize("name", ELSEWHERE)
def test_names_of_other_trainers_lead_to_those_of_here(name: str) -> None:
    with pytest.raises(ConfigError, match=f"^{name}: there is no such field; here it is {ELSEWHERE[name]}; `context"):
        load(TrainConfig, [], [f"{name}=3"])
    assert name not in TrainConfig.model_fields
    meant = ELSEWHERE[name].partition(",")[0].partition("=")[0].partition(" and ")[0].split(".")
    assert meant[0] in TrainConfig.model_fields
    if meant[0] == "trl":
        assert meant[1] in {field.name for field in dataclasses.fields(GRPOConfig)}


def test_bounds_may_be_infinite() -> None:
    assert load(TrainConfig, [], ["clip=.inf", "trl.max_grad_norm=.inf"]).clip == math.inf


def test_settings_become_the_trainers() -> None:
    config = TrainConfig(
        prompts_per_step=6, rollouts=4, accumulation=3, beta=0.1, epsilon_low=0.1, epsilon_high=0.4, max_completion=7,
        learning_rate=0.5, steps=9, seed=5, trl={**CPU, "temperature": 0.7, "lr_scheduler_type": "linear"},
    )  # fmt: skip
    given = grpo_arguments(config)
    assert (given.per_device_train_batch_size, given.gradient_accumulation_steps, given.num_generations) == (8, 3, 4)
    assert (given.beta, given.epsilon, given.epsilon_high, given.max_completion_length) == (0.1, 0.1, 0.4, 7)
    assert (given.learning_rate, given.max_steps, given.seed, given.temperature) == (0.5, 9, 5, 0.7)
    assert given.lr_scheduler_type == "linear"


def test_the_supervised_phase_takes_what_it_knows_of_trl() -> None:
    config = TrainConfig(pair_batch=6, accumulation=3, trl={**CPU, "temperature": 0.7, "save_total_limit": 2})
    given = supervised_arguments(config, config.out)
    assert (given.per_device_train_batch_size, given.max_steps, given.save_total_limit) == (2, 100, 2)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trl": {"no_such": 1}}, "GRPOConfig has no field no_such"),
        ({"trl": {"lr": 1}}, r"GRPOConfig has no field lr \(here it is learning_rate\)"),
        ({"trl": {"learning_rate": 1}}, r"learning_rate \(here it is learning_rate\) follows from fields of its own"),
        ({"trl": {"num_generations": 4}}, r"num_generations \(here it is rollouts\) follows from fields of its own"),
        ({"trl": {"resume_from_checkpoint": "a"}}, "resume_from_checkpoint does nothing here: resume=true goes on"),
        (
            {"trl": {"model_init_kwargs": {}}},
            "model_init_kwargs does nothing here: the policy is loaded by model and dty",
        ),
        ({"trl": {"num_train_epochs": 3}}, "num_train_epochs does nothing here: steps says how long a run is"),
        ({"prompts_per_step": 3, "rollouts": 3, "accumulation": 2}, r"= 9 cannot be dealt out evenly .* multiple of 2"),
    ],
)
def test_what_trl_cannot_take_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        grpo_arguments(TrainConfig(**fields))
