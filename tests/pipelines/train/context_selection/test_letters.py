"""Which tokens A and B are."""

from __future__ import annotations

from typing import Any

import pytest

from contextpairs.pipelines.train.context_selection.letters import LetterError, resolve_letters
from tests.pipelines.train.context_selection.tiny_models import tokenizer, transformers


def word_level(vocabulary: list[str]) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({word: at for at, word in enumerate(vocabulary)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]")


def characters() -> Any:
    """A tokenizer that knows bytes alone, and writes each letter as two: as some do rare characters."""
    from tokenizers import Tokenizer, models, normalizers

    words = Tokenizer(models.BPE({"a": 0, "b": 1, "^": 2, "?": 3}, [], unk_token="?"))
    words.normalizer = normalizers.Sequence([normalizers.Replace("A", "^a"), normalizers.Replace("B", "^b")])
    return transformers.PreTrainedTokenizerFast(tokenizer_object=words, unk_token="?")


def test_after_a_word_the_letter_brings_its_space() -> None:
    words = tokenizer()
    letters = resolve_letters(words, "The correct option is")
    assert words.convert_ids_to_tokens(letters.ids) == ["ĠA", "ĠB"]


@pytest.mark.parametrize("prompt", ["<|im_start|>assistant\n", "Answer:\n\n", "hello<|im_end|>", ""])
def test_at_the_start_of_a_reply_the_letter_stands_alone(prompt: str) -> None:
    words = tokenizer()
    assert words.convert_ids_to_tokens(resolve_letters(words, prompt).ids) == ["A", "B"]


@pytest.mark.parametrize(
    "prompt", ["The correct option is (", r"Answer: \boxed{", 'Answer: "', "The letter is **", r"It is \(", "**"]
)
def test_after_what_opens_the_letter_stands_alone(prompt: str) -> None:
    words = tokenizer()
    assert words.convert_ids_to_tokens(resolve_letters(words, prompt).ids) == ["A", "B"]


@pytest.mark.parametrize("prompt", ["Answer:", "**Answer:**", '"The answer"', "(the answer)", "Answer -", "it's"])
def test_after_what_closes_the_letter_brings_its_space(prompt: str) -> None:
    words = tokenizer()
    assert words.convert_ids_to_tokens(resolve_letters(words, prompt).ids) == ["ĠA", "ĠB"]


def test_the_other_form_is_tried() -> None:
    words = word_level(["[UNK]", "The", "is", "A", "B"])
    assert resolve_letters(words, "The is").ids == [3, 4]


def test_letters_of_several_tokens_are_refused() -> None:
    with pytest.raises(LetterError, match="not one token each"):
        resolve_letters(characters(), "ab")


def test_unknown_letters_are_refused() -> None:
    with pytest.raises(LetterError, match="none of its own"):
        resolve_letters(word_level(["[UNK]", "The", "A"]), "The")


def test_a_letter_that_changes_the_prompt_is_not_taken() -> None:
    with pytest.raises(LetterError, match="after 'The'"):
        resolve_letters(word_level(["[UNK]", "The", "TheA", "TheB"]), "The")
