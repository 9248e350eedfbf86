"""Adapters that a run trains in place of all weights."""

from __future__ import annotations

from typing import Any

from contextpairs.pipelines.train.config import TrainConfig


def is_adapted(model: Any) -> bool:
    """Whether a model bears an adapter."""
    return hasattr(model, "peft_config")


def adapter(config: TrainConfig) -> Any:
    """The adapter that a run trains, as peft takes it; None where all weights are trained."""
    if config.lora is None:
        return None
    from peft import LoraConfig

    lora = config.lora
    return LoraConfig(r=lora.r, lora_alpha=lora.alpha, target_modules=lora.targets, task_type="CAUSAL_LM")


def adapted(model: Any, config: TrainConfig) -> Any:
    """A model with the adapter of its run; as it is where it bears one, or none is trained."""
    if config.lora is None or is_adapted(model):
        return model
    from peft import get_peft_model

    return get_peft_model(model, adapter(config))
