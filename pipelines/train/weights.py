"""How a run holds the weights of its model: which attention, how many bits, on which devices."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch

from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.loading import ADAPTER, Loaded, load_model

ATTENTION = {"eager": "eager", "sdpa": "sdpa", "flash": "flash_attention_2"}
"""Names of transformers."""


def load_weights(config: TrainConfig, name: str) -> Loaded:
    """The model of a run, or a checkpoint of it.

    Args:
        config: says how it is held.
        name: folder or hub name.

    Raises:
        ConfigError: attention, quantization or device_map cannot be had here; says what is missing.
        LanguageModelError: see `load_model`.
    """
    _check_attention(config)
    _check_quantization(config)
    _check_devices(config)
    device = "cuda" if config.attention == "flash" else "cpu"  # the first check of the model runs where it is
    return load_model(name, config.dtype, device, _reading(config))


def train_in_full(model: Any) -> None:
    """Hold in float32 what is trained of a quantized model; TRL makes it bfloat16, which small steps do not move."""
    for weight in model.parameters():
        if weight.requires_grad:
            weight.data = weight.data.float()


def _reading(config: TrainConfig) -> Mapping[str, Any]:
    """Arguments of `from_pretrained`."""
    given: dict[str, Any] = {}
    if config.attention:
        given["attn_implementation"] = ATTENTION[config.attention]
    if config.device_map:
        given["device_map"] = config.device_map
    if config.quantization:
        given["quantization_config"] = _four_bits()
    return given


def _four_bits() -> Any:
    from transformers import BitsAndBytesConfig

    passes = torch.bfloat16 if torch.cuda.is_available() and torch.cuda.is_bf16_supported() else torch.float32
    settings: Any = BitsAndBytesConfig
    return settings(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=passes,
    )


def _check_attention(config: TrainConfig) -> None:
    if config.attention != "flash":
        return
    if not (find_spec("flash_attn") or find_spec("kernels")):
        raise ConfigError("attention = flash needs the package flash_attn or kernels; install one, or take sdpa")
    if not torch.cuda.is_available():
        raise ConfigError("attention = flash runs on GPUs alone, and there is none here; take sdpa")
    if config.dtype != "bfloat16":
        raise ConfigError(f"attention = flash takes no weights in {config.dtype}: set dtype=bfloat16, or take sdpa")


def _check_quantization(config: TrainConfig) -> None:
    if config.quantization is None:
        return
    if config.lora is None and not (Path(config.model) / ADAPTER).is_file():
        raise ConfigError("quantization = 4bit: weights of 4 bits are not trained, an adapter is: set lora.r=16")
    if find_spec("bitsandbytes") is None:
        raise ConfigError(
            "quantization = 4bit needs the package bitsandbytes, which is not installed: pip install -e '.[quantize]'"
        )


def _check_devices(config: TrainConfig) -> None:
    if config.device_map and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            f"device_map = {config.device_map} lays one model out over all devices, and each of several processes "
            "wants its own: start one process, or leave it out (sharding is what examples/fsdp4.yaml does)"
        )
