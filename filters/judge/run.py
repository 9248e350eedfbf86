"""Judge pairs: both orders of each, many at once, verdicts in the order of the pairs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from concurrent.futures import Future
from threading import Thread
from types import TracebackType
from typing import Any, Self, TypeVar

from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.endpoint.cache import Reply
from contextpairs.data.endpoint.client import EndpointClient, Owed
from contextpairs.filters.judge.options import JudgeOptions
from contextpairs.filters.judge.prompts import TRACES, JudgeQuestion, JudgeWording, chat_request, prepare
from contextpairs.filters.judge.verdict import ORDERS, Verdict, judge_answers

T = TypeVar("T")

WINDOW = 4
"""Pairs under way for each request in flight: a slow one in front does not idle the rest."""


def judge_pairs(
    pairs: Iterable[Mapping[str, Any]],
    options: JudgeOptions,
    *,
    spending: Spending | None = None,
) -> Iterator[Verdict]:
    """Judge pairs, reading no further ahead than the endpoint works.

    Args:
        pairs: Rows with pair_id, query, answer, positive, negative.
        options: Endpoint, limits and cache.
        spending: A limit shared with other calls; by default this call has that of the options alone.

    Returns:
        One verdict a pair, in the order of the pairs. Owed ones are to be asked again.

    Raises:
        EndpointError: If the key is missing (before any work) or the endpoint refuses a request.
        ValueError: If a row is no pair; names the pair and the field.
    """
    client = EndpointClient(options, spending or limit_of(options))
    questions = (prepare(pair, options.max_context_chars) for pair in pairs)
    return judged(questions, client)


def limit_of(options: JudgeOptions) -> Spending:
    """A fresh spending limit as the options set it."""
    return Spending(options.max_requests, options.max_tokens)


def judged(
    questions: Iterable[JudgeQuestion], client: EndpointClient[JudgeOptions], wording: JudgeWording = TRACES
) -> Iterator[Verdict]:
    """One verdict a question, in their order."""
    return run_ahead((judge_question(question, client, wording) for question in questions), client)


async def judge_question(
    question: JudgeQuestion, client: EndpointClient[JudgeOptions], wording: JudgeWording = TRACES
) -> Verdict:
    """Ask both orders of one pair; an owed verdict where an answer could not be had."""
    try:
        first, second = await ask_both(question, client, wording)
    except Owed as owed:
        return Verdict(question.pair_id, "owed", owed.reason, owed.detail, cut=question.cut)
    keep_unparsable = client.options.on_unparsable == "keep"
    return judge_answers(question.pair_id, (first.text, second.text), keep_unparsable=keep_unparsable, cut=question.cut)


async def ask_both(
    question: JudgeQuestion, client: EndpointClient[JudgeOptions], wording: JudgeWording = TRACES
) -> tuple[Reply, Reply]:
    """The replies with the positive as A, then as B. Both are waited for: what is paid is also cached."""
    bodies = [chat_request(question, positive, client.options, wording) for positive in ORDERS]
    requests = (client.ask(body, question.pictures) for body in bodies)
    replies = await asyncio.gather(*requests, return_exceptions=True)
    first, second = (_raised(reply) for reply in replies)
    return first, second


def _raised(reply: Reply | BaseException) -> Reply:
    if isinstance(reply, BaseException):
        raise reply
    return reply


def run_ahead(work: Iterable[Coroutine[Any, Any, T]], client: EndpointClient[Any]) -> Iterator[T]:
    """Run coroutines on a loop of their own, a window of them at once; results in their order."""
    window: deque[Future[T]] = deque()
    with _Loop(client) as loop:
        for job in work:
            window.append(loop.submit(job))
            if len(window) >= WINDOW * client.options.concurrency:
                yield window.popleft().result()
        while window:
            yield window.popleft().result()


class _Loop:
    """An event loop in a thread: verdicts go on arriving while the caller works on the last one."""

    def __init__(self, client: EndpointClient[Any]) -> None:
        self._client = client
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="judge", daemon=True)

    def submit(self, job: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(job, self._loop)

    def __enter__(self) -> Self:
        self._thread.start()
        self.submit(self._client.__aenter__()).result()
        return self

    def __exit__(self, *error: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.submit(self._close()).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._client.__aexit__()
