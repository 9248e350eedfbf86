"""An adapter and its base as one model, for whatever loads no adapters."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch

from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.card import card
from contextpairs.pipelines.train.context_selection.loading import ADAPTER, load_model
from contextpairs.pipelines.train.final import CARD
from contextpairs.pipelines.train.folders import whole_folder
from contextpairs.pipelines.train.merge_config import MergeConfig
from contextpairs.pipelines.train.record import NAME, read_record

ADAPTER_WEIGHTS = "adapter_model.safetensors"


class MergeError(ValueError):
    """An adapter that cannot be merged."""


def merge(config: MergeConfig) -> Path:
    """Add an adapter's weights to those of its base and write the whole model, with its tokenizer or processor.

    The record of a checkpoint of `train` goes along, so that a probe asks the merged model as it was trained.

    Args:
        config: names both folders.

    Returns:
        The folder of the merged model.

    Raises:
        ConfigError: a folder is not named.
        MergeError: no adapter is there, or something stands where the model is to be written.
        LanguageModelError: the base of the adapter is not there, or not whole.
        OSError: the folder cannot be written; nothing appears.
    """
    checkpoint, to = _folders(config)
    loaded = load_model(str(checkpoint))
    stored = _stored_format(loaded.model) if config.dtype == "auto" else getattr(torch, config.dtype)
    model = loaded.model.merge_and_unload(safe_merge=True).to(stored)
    with whole_folder(to) as folder:
        model.save_pretrained(folder)
        loaded.processor.save_pretrained(folder)
        if (checkpoint / NAME).is_file():
            shutil.copyfile(checkpoint / NAME, folder / NAME)
            (folder / CARD).write_text(card(read_record(checkpoint), to, adapter=False), encoding="utf-8")
    return to


def _folders(config: MergeConfig) -> tuple[Path, Path]:
    checkpoint, to = config.checkpoint, config.to
    if checkpoint is None or to is None:
        raise ConfigError("merge: which adapter, and where to? Give CHECKPOINT to=FOLDER")
    if not checkpoint.is_dir():
        raise MergeError(f"{checkpoint}: there is no such folder; expected a checkpoint of a run with lora")
    if missing := [name for name in (ADAPTER, ADAPTER_WEIGHTS) if not (checkpoint / name).is_file()]:
        raise MergeError(
            f"{checkpoint} holds no adapter ({' and '.join(missing)} missing); only what a run with lora leaves is "
            "merged, any other checkpoint is a whole model as it is"
        )
    if to.exists():
        raise MergeError(f"to: {to} is there already; name a folder that is not, or remove it")
    return checkpoint, to


def _stored_format(model: Any) -> torch.dtype:
    """That of the base as it lies on the disk."""
    from transformers import AutoConfig

    base = model.peft_config["default"].base_model_name_or_path
    return AutoConfig.from_pretrained(base, trust_remote_code=False).dtype or torch.float32
