"""What trackers such as wandb and TensorBoard are told of a run, and whether they are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from trl.trainer.grpo_config import GRPOConfig

from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.config import TrainConfig

EXTRA = ("tensorboard", "wandb")
"""Trackers of the extra `track`."""
NONE, ALL = "none", "all"
TOLD = ("objective", "coefficient", "clip", "clip_form", "pair_batch", "order", "prompts_per_step", "rollouts")
"""Fields of a run that no field of TRL's says."""


@dataclass
class TrackedConfig(GRPOConfig):
    """GRPO's arguments, which trackers show as a run's configuration, with what of it is ours."""

    context_selection: dict[str, Any] = field(default_factory=dict)
    """Fields of TrainConfig, lambda as `coefficient`."""


def tracked(config: TrainConfig) -> dict[str, Any]:
    """What trackers show of a run's own settings."""
    return config.model_dump(mode="json", include=set(TOLD))


def check_trackers(report_to: str | Sequence[str] | None) -> None:
    """Refuse trackers that are unknown or not installed.

    Args:
        report_to: the field of TRL: a name, several, none or all.

    Raises:
        ConfigError: names what is missing and what installs it.
    """
    from transformers.integrations.integration_utils import (
        INTEGRATION_TO_CALLBACK,
        get_available_reporting_integrations,
    )

    asked = [report_to] if isinstance(report_to, str) else list(report_to or ())
    there = get_available_reporting_integrations()  # type: ignore[no-untyped-call]
    for name in asked:
        if name in (NONE, ALL) or name in there:
            continue
        if name not in INTEGRATION_TO_CALLBACK:
            known = ", ".join(sorted(INTEGRATION_TO_CALLBACK))
            raise ConfigError(f"trl: report_to={name}: there is no such tracker; expected none, all or some of {known}")
        wanted = "-e '.[track]'" if name in EXTRA else name
        raise ConfigError(
            f"trl: report_to={name} needs the package {name}, which is not installed: pip install {wanted}, or leave "
            "the field out"
        )
