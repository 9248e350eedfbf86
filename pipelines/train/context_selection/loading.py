"""Models and what prepares their inputs, by name or folder: safetensors alone, no code from the repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import torch

from contextpairs.pipelines.train.context_selection.positions import check_padding, place_tokens

Dtype: TypeAlias = Literal["float32", "bfloat16"]
ADAPTER = "adapter_config.json"
PACKED = "support_avx512bf16_for_cpu"
"""Switch of a layer of bitsandbytes: once asked for an answer, some CPUs pack it, and it then passes no gradient."""
LAID_OUT = {"device_map", "quantization_config"}
"""Arguments by which transformers chooses the devices of a model."""


class LanguageModelError(LookupError):
    """A model that is not there, or not whole."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model ready to run.

    Attributes:
        model: of transformers, in evaluation mode; an adapter that was given is attached to its base. It places the
            tokens of a padded batch by the mask.
        processor: processor of a vision-language model, else the tokenizer; pads on the left.
        context: tokens that the model was made for; None where its configuration does not say.
    """

    model: Any
    processor: Any
    context: int | None


def load_model(
    name: str, dtype: Dtype = "float32", device: str = "cpu", reading: Mapping[str, Any] = MappingProxyType({})
) -> Loaded:
    """Load a causal or vision-language model, by its configuration, and its tokenizer or processor.

    Args:
        name: folder or hub name; also the folder of a PEFT adapter, whose base is then loaded beneath it.
        dtype: of the weights.
        device: such as `cpu` or `cuda:0`; not asked where `reading` lays the model out itself.
        reading: more arguments of `from_pretrained`, such as `attn_implementation`.

    Raises:
        LanguageModelError: nothing there, no safetensors, or weights missing; says what to do.
        PaddingError: it answers a padded prompt otherwise than alone.
    """
    base = _base_of(name)
    config = _configuration(name, base)
    model = _read("model", name, lambda: _weights(base, _class_of(config), getattr(torch, dtype), reading))
    place_tokens(model)
    if base != name:
        model = _with_adapter(model, name)
    processor = load_processor(name if _has_tokenizer(name) else base, _sees(config))
    model = (model if LAID_OUT & reading.keys() else model.to(device)).eval()
    check_padding(model, getattr(processor, "tokenizer", processor))
    return Loaded(model, processor, context_of(config))


def attention_of(name: str) -> str:
    """Which attention a model would run with here, such as `sdpa`; no weights are read.

    Raises:
        LanguageModelError: there is no such model.
    """
    base = _base_of(name)
    config = _configuration(name, base)
    with torch.device("meta"):
        model = _auto(_class_of(config)).from_config(config)
    attention: str = model.config._attn_implementation
    return attention


def load_processor(name: str, sees: bool) -> Any:
    """The processor of a model that sees images, or the tokenizer of one that does not; pads on the left.

    Raises:
        LanguageModelError: nothing there.
    """
    auto = _auto("AutoProcessor" if sees else "AutoTokenizer")
    processor = _read(
        "processor" if sees else "tokenizer", name, lambda: auto.from_pretrained(name, trust_remote_code=False)
    )
    tokenizer = getattr(processor, "tokenizer", processor)
    tokenizer.padding_side = "left"
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    return processor


def _configuration(name: str, base: str) -> Any:
    if base != name and not Path(base).is_dir():
        try:
            return _auto("AutoConfig").from_pretrained(base, trust_remote_code=False)
        except (OSError, ValueError) as error:
            raise LanguageModelError(lost_base(name, base)) from error
    return _read("configuration", name, lambda: _auto("AutoConfig").from_pretrained(base, trust_remote_code=False))


def context_of(config: Any) -> int | None:
    """Tokens that a model was made for."""
    context: int | None = getattr(config.get_text_config(), "max_position_embeddings", None)
    return context


def _class_of(config: Any) -> str:
    return "AutoModelForImageTextToText" if _sees(config) else "AutoModelForCausalLM"


def _weights(name: str, kind: str, dtype: torch.dtype, reading: Mapping[str, Any]) -> Any:
    model, report = _auto(kind).from_pretrained(
        name, dtype=dtype, use_safetensors=True, trust_remote_code=False, output_loading_info=True, **reading
    )
    if missing := sorted(report["missing_keys"]):
        raise LanguageModelError(
            f"{name}: {len(missing)} weights are in no file, such as {missing[0]!r}, and would begin at random; "
            "complete the download"
        )
    for module in model.modules():
        if hasattr(module, PACKED):
            setattr(module, PACKED, False)
    return model


def _with_adapter(model: Any, folder: str) -> Any:
    from peft import PeftModel

    return PeftModel.from_pretrained(model, folder, is_trainable=True)


def _base_of(name: str) -> str:
    adapter = Path(name) / ADAPTER
    if not adapter.is_file():
        return name
    base: str = json.loads(adapter.read_text(encoding="utf-8"))["base_model_name_or_path"]
    return base


def lost_base(adapter: str, base: str) -> str:
    """What to do about an adapter whose base is not found."""
    return (
        f"{adapter}: its {ADAPTER} names {base!r} as base, which is neither a folder here nor on the hub; a relative "
        "path holds in the folder alone where it was trained: run there, or write the whole path into that file"
    )


def _has_tokenizer(name: str) -> bool:
    return not Path(name).is_dir() or (Path(name) / "tokenizer_config.json").is_file()


def _sees(config: Any) -> bool:
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING

    return type(config) in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING


def _auto(name: str) -> Any:
    import transformers

    return getattr(transformers, name)


def _read(part: str, name: str, load: Any) -> Any:
    try:
        return load()
    except (OSError, ValueError) as error:
        raise LanguageModelError(
            f"{name}: its {part} cannot be loaded: {str(error).splitlines()[0][:300]}; expected a folder or hub name "
            "of a causal or vision-language model of transformers with safetensors; without a network give the path"
        ) from error
