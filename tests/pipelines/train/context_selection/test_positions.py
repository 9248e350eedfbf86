"""A prompt is answered in any batch as it is alone: left padding moves no token from its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.pairs.prompting import PromptOptions, Shown, show
from contextpairs.pipelines.train.context_selection.encoding import PairEncoder
from contextpairs.pipelines.train.context_selection.loading import Loaded, load_model
from contextpairs.pipelines.train.context_selection.positions import PaddingError, place_tokens, positions
from contextpairs.pipelines.train.context_selection.scoring import last_logits
from tests.data.pairs.image_rows import image_splits
from tests.data.pairs.pair_rows import splits_of
from tests.pipelines.train.context_selection.tiny_models import ARCHITECTURES, save_text_model, torch

LENGTHS = (1, 6, 2, 9)
"""Words of a turn, so that prompts of a batch differ in length."""
TEXT = [show(splits_of(range(6), words=words)["train"][0]) for words in LENGTHS]
IMAGES = [show(row) for row in image_splits(range(6))["train"][:2]]


def furthest(loaded: Loaded, shown: list[Shown]) -> float:
    """How far logits of a batch are from those of each prompt alone, without the hook: share of their spread."""
    encoder = PairEncoder(loaded.processor, PromptOptions(), 4096)
    encoded = [encoder.encode(each) for each in shown]
    off = []
    with torch.no_grad():
        together = last_logits(loaded.model, encoder.collate(encoded))
        for row, each in zip(together, encoded, strict=True):
            alone = loaded.model(**each.features).logits[0, -1]
            off.append(float((row - alone).abs().max() / (alone.max() - alone.min())))
    return max(off)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_a_batch_of_text_is_scored_as_its_pairs_are_alone(kind: str, tmp_path: Path) -> None:
    loaded = load_model(str(save_text_model(tmp_path, kind)))
    assert furthest(loaded, TEXT) < 1e-5


@pytest.mark.parametrize("shown", [TEXT[:3], IMAGES])
def test_so_is_one_with_images(qwen: Loaded, shown: list[Shown]) -> None:
    assert furthest(qwen, shown) < 1e-5


def test_an_adapter_changes_nothing_of_it(tmp_path: Path) -> None:
    peft: Any = pytest.importorskip("peft")
    loaded = load_model(str(save_text_model(tmp_path / "gpt2", "gpt2")))
    adapted = peft.get_peft_model(loaded.model, peft.LoraConfig(target_modules=["c_attn"], init_lora_weights=False))
    adapted.save_pretrained(tmp_path / "adapter")
    assert furthest(load_model(str(tmp_path / "adapter")), TEXT) < 1e-5


@pytest.mark.parametrize(
    ("kind", "hooks"), [("llama", 1), ("gpt2", 1), ("gemma3", 1), ("opt", 0), ("bloom", 0), ("mamba", 0)]
)
def test_positions_go_to_those_that_do_not_find_their_own(kind: str, hooks: int, tmp_path: Path) -> None:
    loaded = load_model(str(save_text_model(tmp_path, kind)))
    assert len(loaded.model.base_model._forward_pre_hooks) == hooks


def test_nor_to_one_that_reads_the_grid_of_images(qwen: Loaded) -> None:
    assert not qwen.model.base_model._forward_pre_hooks


def test_positions_count_from_the_first_token() -> None:
    mask = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 1]])
    assert positions(mask).tolist() == [[0, 0, 0, 1, 2], [0, 1, 2, 2, 2], [0, 1, 2, 3, 4]]


def test_a_reply_is_generated_as_it_is_scored(tmp_path: Path) -> None:
    model = load_model(str(save_text_model(tmp_path, "gpt2"))).model
    ids = torch.tensor([[5, 5, 5, 30, 31, 32], [40, 41, 42, 43, 44, 45]])
    mask = torch.tensor([[0, 0, 0, 1, 1, 1], [1, 1, 1, 1, 1, 1]])
    written = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=4, do_sample=False)
    alone = model.generate(input_ids=ids[:1, 3:], attention_mask=mask[:1, 3:], max_new_tokens=4, do_sample=False)
    assert written[0, 6:].tolist() == alone[0, 3:].tolist()


def test_a_model_that_cannot_be_placed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "contextpairs.pipelines.train.context_selection.loading.place_tokens"
    folder = save_text_model(tmp_path, "gpt2")
    monkeypatch.setattr(module, lambda _: None)
    with pytest.raises(PaddingError, match=r"padded on the left by 16 tokens .* logits off by .* their spread is"):
        load_model(str(folder))
    monkeypatch.setattr(module, place_tokens)
    assert load_model(str(folder)).context == 4096


def test_rounding_of_half_the_bits_refuses_nothing(tmp_path: Path) -> None:
    assert load_model(str(save_text_model(tmp_path, "gpt2")), "bfloat16").model.dtype == torch.bfloat16
