"""Which models are loaded, and which are refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from contextpairs.pipelines.train.context_selection.loading import LanguageModelError, Loaded, load_model
from tests.pipelines.train.context_selection.tiny_models import torch


def test_the_configuration_says_which_kind(llama: Loaded, qwen: Loaded) -> None:
    assert type(llama.model).__name__ == "LlamaForCausalLM"
    assert type(qwen.model).__name__ == "Qwen2_5_VLForConditionalGeneration"
    assert not hasattr(llama.processor, "tokenizer")
    assert qwen.processor.tokenizer.padding_side == "left"
    assert llama.context == qwen.context == 4096


def test_weights_have_the_type_that_was_asked_for(llama_folder: Path) -> None:
    assert load_model(str(llama_folder), "bfloat16").model.dtype == torch.bfloat16


def test_an_adapter_is_attached_to_its_base(llama_folder: Path, tmp_path: Path, llama: Loaded) -> None:
    import peft

    base = load_model(str(llama_folder)).model
    adapted = peft.get_peft_model(base, peft.LoraConfig(r=2, target_modules=["q_proj"], init_lora_weights=False))
    adapted.save_pretrained(str(tmp_path / "adapter"))
    loaded = load_model(str(tmp_path / "adapter"))
    ids = torch.tensor([[5, 6, 7]])
    with torch.no_grad():
        assert torch.allclose(loaded.model(input_ids=ids).logits, adapted.eval()(input_ids=ids).logits)
        assert not torch.allclose(loaded.model(input_ids=ids).logits, llama.model(input_ids=ids).logits)
    assert loaded.processor.chat_template == llama.processor.chat_template


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LanguageModelError, match="absent: its configuration cannot be loaded"):
        load_model(str(tmp_path / "absent"))


def test_missing_weights_are_not_begun_at_random(llama_folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = Path(shutil.copytree(llama_folder, tmp_path / "cut"))
    weights = load_file(folder / "model.safetensors")
    del weights["model.layers.1.mlp.up_proj.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(LanguageModelError, match="1 weights are in no file"):
        load_model(str(folder))


def test_pickled_weights_are_refused(llama_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(llama_folder, tmp_path / "pickled"))
    torch.save({}, folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(LanguageModelError, match="its model cannot be loaded"):
        load_model(str(folder))
