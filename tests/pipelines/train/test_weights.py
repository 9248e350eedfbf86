"""Attention, bits and devices of a run's weights: each loaded, and stepped once on the CPU."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.config import LoraOptions
from contextpairs.pipelines.train.run import train
from contextpairs.pipelines.train.weights import load_weights
from tests.pipelines.train.context_selection.tiny_models import save_llama, torch, transformers
from tests.pipelines.train.reference import DESCENT, selection_gradient
from tests.pipelines.train.runs import small

NOTHING = "tests.pipelines.train.runs:nothing"


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
def test_attention_is_that_which_was_asked_for(
    llama_folder: Path, tmp_path: Path, attention: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the policy and the reference."""
    used: list[str] = []
    forward = torch.nn.Module.__call__

    def noting(module: Any, *given: Any, **named: Any) -> Any:
        if type(module).__name__ == "LlamaAttention":
            used.append(module.config._attn_implementation)
        return forward(module, *given, **named)

    monkeypatch.setattr(torch.nn.Module, "__call__", noting)
    config = small(tmp_path, llama_folder, attention=attention, beta=0.1, steps=1)
    logged = train(config, lambda _: None).history[0]
    assert set(used) == {attention}
    assert logged["context_selection/loss"] == pytest.approx(selection_gradient(config)[0], abs=1e-6)


def test_layers_are_laid_out_by_transformers(
    llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    read = transformers.AutoModelForCausalLM.from_pretrained

    def noting(*arguments: Any, **named: Any) -> Any:
        given.append(named.get("device_map"))
        return read(*arguments, **named)

    monkeypatch.setattr(transformers.AutoModelForCausalLM, "from_pretrained", noting)
    config = small(tmp_path, llama_folder, device_map="balanced", beta=0.1, steps=1)
    logged = train(config, lambda _: None).history[0]
    assert given[0] == "balanced"
    assert logged["context_selection/loss"] == pytest.approx(selection_gradient(config)[0], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("objective", "folder", "off"), [("da_sft", "out/supervised", 1e-4), ("contextrl", "out", 0.02)]
)
def test_a_step_above_four_bits_is_that_above_the_same_weights_in_full(
    tmp_path: Path, objective: str, folder: str, off: float
) -> None:
    """TRL rounds the adapter's start to bfloat16, and nothing after it is."""
    pytest.importorskip("bitsandbytes", reason="needs the extra: pip install -e '.[quantize]'")
    fields: dict[str, Any] = {
        "objective": objective, "sft_steps": 1, "steps": 1, "lora": LoraOptions(r=2), "learning_rate": 1.0,
        "reward": [NOTHING], "trl": DESCENT,
    }  # fmt: skip
    coarse = small(tmp_path / "coarse", save_llama(tmp_path / "coarse/model", width=64), quantization="4bit", **fields)
    held = load_weights(coarse, coarse.model).model
    layer = held.model.layers[0].mlp.down_proj.weight
    assert (type(layer).__name__, layer.element_size()) == ("Params4bit", 1)
    full = small(tmp_path / "full", save_llama(tmp_path / "full/model", width=64), **fields)
    held.dequantize().save_pretrained(full.model)
    adapters = []
    for config in (coarse, full):
        train(config, lambda _: None)
        adapters.append(load_file(config.out.parent / folder / "checkpoint-1" / "adapter_model.safetensors"))
    one, other = adapters
    assert {weight.dtype for weight in one.values()} == {torch.float32}
    for name in one:  # B begins at zero: after a step at rate 1 it is the gradient
        if "lora_B" in name:
            assert float((one[name] - other[name]).norm()) < off * float(other[name].norm())


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"quantization": "4bit"}, "weights of 4 bits are not trained, an adapter is: set lora.r=16"),
        (
            {"device_map": "auto"},
            "device_map = auto lays one model out over all devices, and each of several",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(
    llama_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], said: str
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(ConfigError, match=said):
        load_weights(small(tmp_path, llama_folder, **fields), str(llama_folder))


def test_a_missing_package_is_named(llama_folder: Path, tmp_path: Path) -> None:
    cases: list[tuple[tuple[str, ...], str, dict[str, Any]]] = [
        (("bitsandbytes",), r"which is not installed: pip install -e '\.\[quantize\]'",
         {"quantization": "4bit", "lora": {"r": 2}}),
        (("flash_attn", "kernels"), "needs the package flash_attn or kernels", {"attention": "flash"}),
    ]  # fmt: skip
    absent = [(said, fields) for names, said, fields in cases if not any(map(find_spec, names))]
    if not absent:
        pytest.skip("all of them are installed here")
    for said, fields in absent:
        with pytest.raises(ConfigError, match=said):
            load_weights(small(tmp_path, llama_folder, **fields), str(llama_folder))
