"""Pairs as the inputs of a model: chat template, tokens, pixels, padding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.pairs.prompting import IMAGE, Letter, PromptOptions, Shown, content_parts, messages
from contextpairs.pipelines.train.context_selection.letters import Letters, resolve_letters

if TYPE_CHECKING:
    from PIL.Image import Image


THINK, THOUGHT = "<think>", "</think>"


class ContextTooLong(ValueError):
    """A pair that does not fit the model or the limit."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A pair as a model reads it.

    Attributes:
        pair_id: of the row.
        letter: the option that supports the answer.
        features: what the model is called with, a batch of one: of [1, tokens] where a value belongs to each token.
    """

    pair_id: str
    letter: Letter
    features: Mapping[str, Tensor]

    @property
    def tokens(self) -> int:
        """Length of the prompt, images included."""
        return int(self.features["input_ids"].shape[1])


class PairEncoder:
    """Turns shown pairs into prompts that end where the letter stands: in the chat form of the model, thinking off.

    A template that opens a thought for every reply gets it closed at once. What the tokenizer would take for a token of
    its own in the text of a pair is broken up by a space.

    Attributes:
        tokenizer: of the model.
        options: how pairs are shown.
        max_length: tokens of a prompt at most.
    """

    def __init__(self, processor: Any, options: PromptOptions, max_length: int) -> None:
        """Set up.

        Args:
            processor: processor of a vision-language model, or a tokenizer.
            options: how pairs are shown; white space at the end of the prefill is dropped, for the letter brings its
                own.
            max_length: tokens of a prompt at most.

        Raises:
            ValueError: there is no chat template.
        """
        self.tokenizer = getattr(processor, "tokenizer", processor)
        self._processor = processor
        self._sees = self.tokenizer is not processor
        self._marks = _marks(self.tokenizer)
        self.options = options
        self.max_length = max_length
        if not (processor.chat_template or self.tokenizer.chat_template):
            raise ValueError(
                f"{self.tokenizer.name_or_path}: no chat template, so pairs cannot be asked about; use an instruction-"
                "tuned model, or add its chat_template.jinja"
            )

    def prompt_text(self, shown: Shown) -> str:
        """The prompt up to where the letter stands, images as the template's placeholders."""
        return self.chat_text(shown) + self.options.prefill.rstrip()

    def chat_text(self, shown: Shown) -> str:
        """The prompt up to where the reply begins, prefill and letter not yet in it."""
        said: list[dict[str, Any]] = list(messages(self._unmarked(shown), self.options))
        if self._sees:
            said = [{**each, "content": content_parts(each["content"])} for each in said]
        template = self._processor if self._processor.chat_template else self.tokenizer
        text: str = template.apply_chat_template(
            said, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return _thought(text)

    def letters(self, shown: Shown) -> Letters:
        """The tokens of A and B after such a prompt; the same for every pair. Raises LetterError."""
        return resolve_letters(self.tokenizer, self.prompt_text(shown))

    def encode(self, shown: Shown) -> Encoded:
        """A pair as inputs.

        Raises:
            ContextTooLong: the prompt has more than `max_length` tokens; names pair, tokens and limit.
            ValueError: the pair has images and the model sees none.
        """
        encoded = self._encoded(shown)
        if encoded.tokens > self.max_length:
            raise ContextTooLong(
                f"pair {shown.pair_id}: {encoded.tokens} tokens, at most {self.max_length} (max_length, or what the "
                "model takes); raise it where it can be, drop such pairs (too_long=drop), or build with a lower budget"
            )
        return encoded

    def tokens(self, shown: Shown) -> int:
        """Length of a pair's prompt, images included. Raises ValueError as `encode` does, but for the length."""
        return self._encoded(shown).tokens

    def collate(self, encoded: Sequence[Encoded]) -> dict[str, Tensor]:
        """A batch of pairs, padded on the left, so that the letter is predicted at position -1.

        Returns:
            input_ids and attention_mask of [n, longest], and what else the processor gives: values of tokens padded
            likewise, 0 for a pair that has none, and the pixels of those that show images one after another.
        """
        longest = max(each.tokens for each in encoded)
        names = dict.fromkeys(name for each in encoded for name in each.features)
        return {name: self._joined(name, encoded, longest) for name in names}

    def _unmarked(self, shown: Shown) -> Shown:
        text = shown.text
        for mark in self._marks:
            text = text.replace(mark, f"{mark[0]} {mark[1:]}")
        return replace(shown, text=text)

    def _encoded(self, shown: Shown) -> Encoded:
        inputs = self._call(shown)
        features = {name: value for name, value in inputs.items() if _is_tensor(value)}
        return Encoded(shown.pair_id, shown.letter, features)

    def _call(self, shown: Shown) -> Mapping[str, Any]:
        if shown.images and not self._sees:
            raise ValueError(
                f"pair {shown.pair_id} shows images, and {self.tokenizer.name_or_path} is a tokenizer without an image "
                "processor: image pairs need a vision-language model"
            )
        arguments: dict[str, Any] = {"text": [self.prompt_text(shown)], "return_tensors": "pt"}
        if shown.images:
            arguments["images"] = [[_opened(image) for image in shown.images]]
        result: Mapping[str, Any] = self._processor(**arguments, add_special_tokens=False)
        return result

    def _joined(self, name: str, encoded: Sequence[Encoded], longest: int) -> Tensor:
        having = [each for each in encoded if name in each.features]
        parts = [each.features[name] for each in having]
        if any(part.shape[:2] != (1, each.tokens) for part, each in zip(parts, having, strict=True)):
            return torch.cat(_of_one_shape(parts))
        parts = [each.features.get(name, parts[0].new_zeros(1, each.tokens)) for each in encoded]
        return torch.cat([pad_left(part, longest - part.shape[1], self.tokenizer, name) for part in parts])


def pad_left(value: Tensor, by: int, tokenizer: Any, name: str) -> Tensor:
    """What belongs to each token, [n, tokens], with padding before it."""
    filler = tokenizer.pad_token_id or 0 if name == "input_ids" else 0
    return pad(value, (by, 0), value=filler)


def _marks(tokenizer: Any) -> list[str]:
    """Texts of special tokens, but for those that could be words, and the placeholder of an image."""
    added = {str(token) for token in tokenizer.added_tokens_decoder.values() if token.special}
    marks = {*map(str, tokenizer.all_special_tokens), *added} - {IMAGE}
    return sorted(
        (each for each in marks if len(each) > 2 and not each[0].isalnum()), key=lambda each: (-len(each), each)
    )


def _thought(text: str) -> str:
    """A prompt in whose reply nothing is thought."""
    begun = text.rfind(THINK)
    return text if begun <= text.rfind(THOUGHT) else f"{text.rstrip()}\n\n{THOUGHT}\n\n"


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor)


def _opened(image: Mapping[str, Any]) -> Image:
    return rgb(image["bytes"], ImageLimits())


def _of_one_shape(parts: list[Tensor]) -> list[Tensor]:
    """Zeros behind what is smaller, as processors themselves fill a batch; the first dimension is left as it is."""
    shape = [max(sizes) for sizes in zip(*(part.shape[1:] for part in parts), strict=True)]
    return [pad(part, _behind(part, shape)) for part in parts]


def _behind(part: Tensor, shape: list[int]) -> list[int]:
    missing = [most - size for most, size in zip(shape, part.shape[1:], strict=True)]
    return [each for size in reversed(missing) for each in (0, size)]
