"""Pairs as inputs of models: prompts, padding, limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from contextpairs.data.pairs.prompting import PromptOptions, Shown, show
from contextpairs.pipelines.train.context_selection.encoding import ContextTooLong, PairEncoder
from contextpairs.pipelines.train.context_selection.loading import Loaded
from tests.data.pairs.image_rows import image_splits
from tests.data.pairs.pair_rows import splits_of
from tests.pipelines.train.context_selection.tiny_models import CHAT, tokenizer, torch

PLAIN = PromptOptions()


def coding(count: int = 4) -> list[Shown]:
    return [show(row) for row in splits_of(range(6), words=5)["train"][:count]]


def pictures(count: int = 4) -> list[Shown]:
    return [show(row) for row in image_splits(range(6))["train"][:count]]


def test_prompt_ends_where_the_letter_stands() -> None:
    prompt = PairEncoder(tokenizer(), PLAIN, 4096).prompt_text(coding()[0])
    assert prompt.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    prefilled = PairEncoder(tokenizer(), PromptOptions(prefill="The correct option is "), 4096)
    assert prefilled.prompt_text(coding()[0]).endswith("\n\nThe correct option is")


def test_a_thought_that_the_template_opens_is_closed() -> None:
    thinks = tokenizer(
        CHAT.replace("{% if enable_thinking is defined and not enable_thinking %}", "<think>\n{% if false %}")
    )
    prompt = PairEncoder(thinks, PLAIN, 4096).prompt_text(coding()[0])
    assert prompt.endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")


def test_no_text_of_a_pair_is_a_token_of_the_models_own() -> None:
    words = tokenizer()
    words.add_special_tokens({"additional_special_tokens": ["{turn}", "[[END]]"]})
    shown = coding()[0]
    marked = replace(shown, text=f"{shown.text} {{turn}} [[END]] [[[END]]]")
    encoder = PairEncoder(words, PLAIN, 4096)
    ids = encoder.encode(marked).features["input_ids"][0].tolist()
    assert not set(ids) & set(words.convert_tokens_to_ids(["{turn}", "[[END]]"]))
    assert encoder.prompt_text(shown).startswith(f"<|im_start|>user\n{shown.text}<|im_end|>")


def test_letters_follow_the_prefill() -> None:
    words = tokenizer()
    prefilled = PairEncoder(words, PromptOptions(prefill="The correct option is "), 4096)
    assert words.convert_ids_to_tokens(prefilled.letters(coding()[0]).ids) == ["ĠA", "ĠB"]


def test_tokens_say_the_prompt_and_nothing_else() -> None:
    encoder, shown = PairEncoder(tokenizer(), PLAIN, 4096), coding()[0]
    ids = encoder.encode(shown).features["input_ids"][0]
    assert encoder.tokenizer.decode(ids, skip_special_tokens=False) == encoder.prompt_text(shown)


def test_batch_is_padded_on_the_left() -> None:
    encoder = PairEncoder(tokenizer(), PLAIN, 4096)
    encoded = [encoder.encode(each) for each in coding()]
    batch = encoder.collate(encoded)
    longest = max(each.tokens for each in encoded)
    assert batch["input_ids"].shape == (4, longest)
    for row, mask, each in zip(batch["input_ids"], batch["attention_mask"], encoded, strict=True):
        assert mask.tolist() == [0] * (longest - each.tokens) + [1] * each.tokens
        assert torch.equal(row[longest - each.tokens :], each.features["input_ids"][0])
        assert set(row[: longest - each.tokens].tolist()) <= {encoder.tokenizer.pad_token_id}


@pytest.mark.parametrize("name", ["qwen", "qwen3"])
def test_images_are_batched_as_the_processor_does_it(name: str, request: pytest.FixtureRequest) -> None:
    processor = request.getfixturevalue(name).processor
    encoder = PairEncoder(processor, PLAIN, 4096)
    batch = encoder.collate([encoder.encode(each) for each in pictures()])
    texts = [encoder.prompt_text(each) for each in pictures()]
    from contextpairs.data.imaging.decoding import rgb
    from contextpairs.data.imaging.limits import ImageLimits

    images = [[rgb(image["bytes"], ImageLimits()) for image in each.images] for each in pictures()]
    own: Any = processor(text=texts, images=images, padding=True, return_tensors="pt")
    assert batch.keys() == own.keys()
    for name, value in batch.items():
        assert torch.equal(value, own[name]), name


def test_pixels_of_several_shapes_are_filled_with_zeros() -> None:
    from contextpairs.pipelines.train.context_selection.encoding import Encoded

    def of(rows: int, columns: int) -> Encoded:
        ids = torch.ones(1, 3, dtype=torch.long)
        return Encoded("p", "A", {"input_ids": ids, "pixel_values": torch.ones(1, 2, rows, columns)})

    pixels = PairEncoder(tokenizer(), PLAIN, 9).collate([of(2, 5), of(4, 3)])["pixel_values"]
    assert pixels.shape == (2, 2, 4, 5)
    assert [float(each.sum()) for each in pixels] == [20.0, 24.0]
    assert float(pixels[0, :, :2, :5].sum()) == 20.0


def test_what_is_too_long_is_named() -> None:
    encoder, shown = PairEncoder(tokenizer(), PLAIN, 100), coding()[0]
    with pytest.raises(
        ContextTooLong, match=rf"pair {shown.pair_id}: \d+ tokens, at most 100 \(max_length, or what the model takes\)"
    ):
        encoder.encode(shown)


def test_images_need_a_model_that_sees() -> None:
    with pytest.raises(ValueError, match="image pairs need a vision-language model"):
        PairEncoder(tokenizer(), PLAIN, 4096).encode(pictures()[0])


def test_text_pairs_suit_a_model_that_sees(qwen: Loaded) -> None:
    encoder = PairEncoder(qwen.processor, PromptOptions(system="Be brief."), 4096)
    assert "pixel_values" not in encoder.encode(coding()[0]).features
    assert encoder.prompt_text(coding()[0]).startswith("<|im_start|>system\nBe brief.<|im_end|>")


def test_without_chat_template_it_is_refused() -> None:
    with pytest.raises(ValueError, match="no chat template"):
        PairEncoder(tokenizer(template=None), PLAIN, 4096)
