"""Asking a model behind an OpenAI-compatible endpoint: what counts is the letter that its reply states."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.endpoint.cache import Reply
from contextpairs.data.endpoint.client import EndpointClient, Owed
from contextpairs.data.endpoint.image_references import ImageReference
from contextpairs.data.endpoint.options import EndpointOptions
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.imaging.plain import sendable
from contextpairs.data.imaging.send import png_of
from contextpairs.data.pairs.prompting import PromptOptions, Shown, content_parts, messages
from contextpairs.data.pairs.schemas import LETTERS
from contextpairs.filters.judge.prompts import request_body
from contextpairs.filters.judge.run import run_ahead
from contextpairs.pipelines.probe.questions import Answer, Answered, OwedAnswer, ProbeQuestion
from contextpairs.pipelines.train.context_selection.parsing import letter_of


class EndpointAsker:
    """Asks an endpoint: cached, retried, within the spending limit, many requests at once."""

    def __init__(self, options: EndpointOptions, prompt: PromptOptions) -> None:
        """Args: options: the endpoint. prompt: how pairs are shown.

        Raises:
            EndpointError: api_key_env is set and the variable holds no usable key.
        """
        self._prompt = prompt
        self._client = EndpointClient(options, Spending(options.max_requests, options.max_tokens))

    def answers(self, questions: Iterable[ProbeQuestion]) -> Iterator[Answered]:
        """See `asking.Asker`.

        Raises:
            EndpointError: the endpoint refuses a request.
            ValueError: an image cannot be sent; names the pair.
        """
        return run_ahead((self._ask(question) for question in questions), self._client)

    async def _ask(self, question: ProbeQuestion) -> Answered:
        images = [_sendable(question.shown.pair_id, image) for image in question.shown.images]
        pictures = [ImageReference.of(image) for image in images]
        body = request_body(chat(question.shown, self._prompt, pictures), self._client.options)
        files = {picture.digest: image for picture, image in zip(pictures, images, strict=True)}
        try:
            reply = await self._client.ask(body, files)
        except Owed as owed:
            return question, OwedAnswer(f"{owed.reason}: {owed.detail}")
        return question, answer_of(reply)


def answer_of(reply: Reply) -> Answer:
    """The answer that a reply gives. Log probabilities of the letters are those of its first token."""
    letter = letter_of(reply.text)
    first = _of_letters(reply.logprobs or {})
    return Answer(
        outcome="letter" if letter else "no-letter",
        chosen=letter,
        logit_a=first.get("A"),
        logit_b=first.get("B"),
        letter_mass=sum(map(math.exp, first.values())) if len(first) == 2 else None,
        reply=reply.text,
        served=reply.model or None,
    )


def chat(shown: Shown, options: PromptOptions, pictures: list[ImageReference]) -> list[dict[str, Any]]:
    """The messages of a question, images by reference: plain text where there are none."""
    said: list[dict[str, Any]] = list(messages(shown, options))
    if pictures:
        urls = (picture.url() for picture in pictures)
        parts = content_parts(shown.text)
        said[-1] = {**said[-1], "content": [_with_url(part, urls) for part in parts]}
    return said


def _with_url(part: dict[str, str], urls: Iterator[str]) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": next(urls)}} if part["type"] == "image" else part


def _sendable(pair_id: str, image: Mapping[str, Any]) -> bytes:
    try:
        return sendable(image["bytes"], partial(png_of, limits=ImageLimits()))
    except ValueError as error:
        raise ValueError(f"pair {pair_id}: image {image.get('path')!r} cannot be sent: {error}") from error


def _of_letters(logprobs: Mapping[str, float]) -> dict[str, float]:
    """Log probability of each letter, with and without a space before it; a letter that was not given has none."""
    forms = {letter: [value for token, value in logprobs.items() if token.strip() == letter] for letter in LETTERS}
    return {letter: _log_sum(found) for letter, found in forms.items() if found}


def _log_sum(values: list[float]) -> float:
    highest = max(values)
    return highest + math.log(sum(math.exp(value - highest) for value in values))
