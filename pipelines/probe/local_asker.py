"""Asking a model of transformers here: one forward pass a batch, the logits of the letters at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import torch

from contextpairs.data.pairs.prompting import Shown
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.questions import Answer, Answered, ProbeQuestion, by_logits
from contextpairs.pipelines.train.context_selection.encoding import ContextTooLong, Encoded, PairEncoder
from contextpairs.pipelines.train.context_selection.letters import Letters
from contextpairs.pipelines.train.context_selection.loading import Dtype, load_model
from contextpairs.pipelines.train.context_selection.loss import letter_mass
from contextpairs.pipelines.train.context_selection.scoring import last_logits


class LocalAsker:
    """Asks a model in windows of questions; within a window those of like length share a batch."""

    def __init__(self, config: ProbeConfig, window: int) -> None:
        """Load the model.

        Args:
            config: which model, how it runs, how pairs are shown.
            window: questions held at once.

        Raises:
            LanguageModelError: the model is not there, or not whole.
            ValueError: it has no chat template.
        """
        device = device_of(config)
        loaded = load_model(config.model, dtype_of(config), device)
        limit = min(config.max_length, loaded.context or config.max_length)
        self._model, self._device = loaded.model, device
        self._encoder = PairEncoder(loaded.processor, config.prompt, limit)
        self._drops = config.too_long == "drop"
        self._batch_tokens, self._window = config.batch_tokens, window
        self._letters: Letters | None = None

    def answers(self, questions: Iterable[ProbeQuestion]) -> Iterator[Answered]:
        """See `asking.Asker`.

        Raises:
            ContextTooLong: a prompt does not fit, and too_long is refuse.
            LetterError: the letters are not one token each.
            ValueError: the pairs show images and the model sees none.
        """
        source = iter(questions)
        while window := list(islice(source, self._window)):
            order = sorted(range(len(window)), key=lambda place: _size(window[place].shown))
            found = dict(zip(order, self._answers([window[place].shown for place in order]), strict=True))
            yield from ((question, found[place]) for place, question in enumerate(window))

    def _answers(self, prompts: list[Shown]) -> Iterator[Answer]:
        """Answers in the order of the prompts; no more than a batch is held as tokens and pixels."""
        batch: list[Encoded] = []
        for shown in prompts:
            encoded = self._encoded(shown)
            if batch and (encoded is None or self._is_full(batch, encoded)):
                yield from self._forward(batch, self._letters_of(shown))
                batch = []
            if encoded is None:
                yield Answer("too-long")
            else:
                batch.append(encoded)
        if batch:
            yield from self._forward(batch, self._letters_of(prompts[-1]))

    def _encoded(self, shown: Shown) -> Encoded | None:
        try:
            return self._encoder.encode(shown)
        except ContextTooLong:
            if self._drops:
                return None
            raise

    def _is_full(self, batch: list[Encoded], encoded: Encoded) -> bool:
        longest = max(encoded.tokens, *(each.tokens for each in batch))
        return longest * (len(batch) + 1) > self._batch_tokens

    def _letters_of(self, shown: Shown) -> Letters:
        """The same after every prompt, for all end alike."""
        self._letters = self._letters or self._encoder.letters(shown)
        return self._letters

    def _forward(self, batch: list[Encoded], letters: Letters) -> Iterator[Answer]:
        inputs = {name: value.to(self._device) for name, value in self._encoder.collate(batch).items()}
        with torch.inference_mode():
            logits = last_logits(self._model, inputs)
            mass = letter_mass(logits, letters).tolist()
        for encoded, pair, share in zip(batch, logits[:, letters.ids].tolist(), mass, strict=True):
            yield by_logits(pair[0], pair[1], share, encoded.tokens)


def _size(shown: Shown) -> int:
    return len(shown.text) + sum(len(image["bytes"]) for image in shown.images)


def device_of(config: ProbeConfig) -> str:
    """Where the model runs."""
    if config.device != "auto":
        return config.device
    return "cuda" if torch.cuda.is_available() else "cpu"


def dtype_of(config: ProbeConfig) -> Dtype:
    """The number format that it runs in."""
    if config.dtype != "auto":
        return config.dtype
    return "bfloat16" if device_of(config).startswith("cuda") else "float32"
