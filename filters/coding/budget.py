"""Contexts that fit a token budget: whole turns go, never any of the decisive part."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field

from contextpairs.data.code.trajectory import Message
from contextpairs.data.store.settings import Settings

Count = Callable[[str], int]

_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = b"0123456789"
_HIGH = bytes(range(128, 256))
OMITTED = "[omitted turns]"
"""Stands for turns that were left out, without their number: that goes with the length of what was cut."""


class BudgetOptions(Settings):
    """How long a prompt may be, and what happens to one that is longer."""

    tokens: int = Field(default=32_768, ge=256)
    """Tokens of the whole prompt: query, answer, both contexts and the margin."""
    margin: int = Field(default=512, ge=0)
    """Tokens set aside for the chat template, the option headings and the reply."""
    message_overhead: int = Field(default=8, ge=0)
    """Tokens added per turn for its role and separators."""
    tokenizer: str | None = None
    """A tokenizer.json, a folder that holds one, or a Hub id; None: an estimate that errs on the long side."""
    on_excess: Literal["shorten", "drop"] = "shorten"
    """Leave out turns far from the decisive ones, or reject the pair."""


class Fitted(NamedTuple):
    """The two contexts of a pair within the budget, and how many turns each lost."""

    positive: list[Message]
    negative: list[Message]
    omitted_positive: int
    omitted_negative: int


class _Round(NamedTuple):
    """An action and its observations, which go or stay together; `distance` in rounds to the nearest decisive one."""

    turns: range
    cost: int
    distance: int


def estimate_tokens(text: str) -> int:
    """Tokens of `text` without a tokenizer, in some 0.2 ms per 50 kB.

    A weighted sum of letters, digits, marks, line ends and bytes beyond ASCII, fitted on agent traces to a
    byte-level BPE of 49,000 entries that gives every digit its own token, then raised until no trace of
    the fit came out too short.
    """
    data = text.encode("utf-8", "surrogatepass")
    size = len(data)
    letters = size - len(data.translate(None, _LETTERS))
    digits = size - len(data.translate(None, _DIGITS))
    high = 0 if text.isascii() else size - len(data.translate(None, _HIGH))
    lines = data.count(b"\n")
    marks = size - letters - digits - high - lines - data.count(b" ")
    return math.ceil(0.285 * letters + 1.35 * digits + 0.81 * marks + 1.35 * lines + 0.97 * high)


@cache
def token_counter(tokenizer: str | None) -> Count:
    """The function that counts tokens, special tokens left out.

    Raises:
        ValueError: no tokenizer could be loaded from the given path or Hub id.
    """
    if tokenizer is None:
        return estimate_tokens
    from tokenizers import Tokenizer

    path = Path(tokenizer) / "tokenizer.json" if Path(tokenizer).is_dir() else Path(tokenizer)
    try:
        loaded = Tokenizer.from_file(str(path)) if path.exists() else Tokenizer.from_pretrained(tokenizer)
    except Exception as error:
        raise ValueError(
            f"tokenizer {tokenizer!r}: expected a tokenizer.json, a folder with one, or a reachable Hub id; {error}"
        ) from error
    return lambda text: len(loaded.encode(_encodable(text), add_special_tokens=False).ids)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def count_messages(messages: Sequence[Message], count: Count, overhead: int = 8) -> int:
    """Tokens of a context, `overhead` per turn included."""
    return sum(count(message.content) + overhead for message in messages)


def marker(messages: Sequence[Message]) -> Message:
    """What stands where turns were left out, however many, in the role in which tools speak in this trace."""
    role = "tool" if any(message.role == "tool" for message in messages) else "user"
    return Message(role, OMITTED)


def shorten(
    messages: Sequence[Message], decisive: Collection[int], limit_tokens: int, count: Count, overhead: int = 8
) -> list[Message] | None:
    """Leave out whole rounds (an action with its observations) until the context fits.

    Everything before the first action (instructions, issue) and every round that holds a decisive turn stays. The
    rest is taken in by nearness to a decisive round, as far as it fits, so one giant observation does not push
    everything else out; with nothing decisive, nearness to the first and last round counts. Each gap is marked.

    Args:
        messages: the turns of the context.
        decisive: indexes into `messages`.
        limit_tokens: the most tokens that the result may have.
        count: tokens of a text.
        overhead: tokens added per turn.

    Returns:
        The context itself when it fits, a shortened one, or None where what must stay is already too long.
    """
    costs = [count(message.content) + overhead for message in messages]
    if sum(costs) <= limit_tokens:
        return list(messages)
    head, rounds = _rounds(messages, frozenset(decisive), costs)
    gap_cost = count(OMITTED) + overhead
    kept = _chosen(rounds, limit_tokens - sum(costs[:head]), gap_cost)
    return None if kept is None else _assembled(messages, head, rounds, kept)


def _rounds(messages: Sequence[Message], decisive: frozenset[int], costs: list[int]) -> tuple[int, list[_Round]]:
    """The length of the head, and the rounds after it."""
    starts = [i for i, message in enumerate(messages) if message.role == "assistant"]
    ends = [*starts, len(messages)][1:]
    spans = [range(start, end) for start, end in zip(starts, ends, strict=False)]
    centres = [i for i, span in enumerate(spans) if not decisive.isdisjoint(span)]
    # Without a decisive round no distance is 0: nothing after the head has to stay.
    offset, centres = (0, centres) if centres else (1, [0, len(spans) - 1])
    distances = [offset + min(abs(i - centre) for centre in centres) for i in range(len(spans))]
    costs_of = [sum(costs[span.start : span.stop]) for span in spans]
    return spans[0].start if spans else len(messages), list(map(_Round, spans, costs_of, distances))


def _chosen(rounds: list[_Round], room: int, gap_cost: int) -> set[int] | None:
    kept = {i for i, this in enumerate(rounds) if this.distance == 0}
    used = sum(rounds[i].cost for i in kept)
    gaps = _gap_count(len(rounds), kept)
    if used + gaps * gap_cost > room:
        return None
    for index in sorted(range(len(rounds)), key=lambda i: (rounds[i].distance, i)):
        if index in kept:
            continue
        change = _gap_change(index, kept, len(rounds))
        if used + rounds[index].cost + (gaps + change) * gap_cost <= room:
            kept.add(index)
            used += rounds[index].cost
            gaps += change
    return kept


def _gap_count(total: int, kept: set[int]) -> int:
    return sum(i not in kept and (i == 0 or i - 1 in kept) for i in range(total))


def _gap_change(index: int, kept: set[int], total: int) -> int:
    """How the number of gaps changes when the round is taken in: a gap is split, narrowed, or closed."""
    is_open_left = index > 0 and index - 1 not in kept
    is_open_right = index + 1 < total and index + 1 not in kept
    return int(is_open_left) + int(is_open_right) - 1


def _assembled(messages: Sequence[Message], head: int, rounds: list[_Round], kept: set[int]) -> list[Message]:
    out = list(messages[:head])
    gap = [marker(messages)]
    for kept_ones, group in groupby(range(len(rounds)), key=kept.__contains__):
        out += [message for i in group for message in _turns(messages, rounds[i])] if kept_ones else gap
    return out


def _turns(messages: Sequence[Message], one: _Round) -> Sequence[Message]:
    return messages[one.turns.start : one.turns.stop]


def fit_pair(
    query: str,
    answer: str,
    positive: tuple[Sequence[Message], Collection[int]],
    negative: tuple[Sequence[Message], Collection[int]],
    options: BudgetOptions | None = None,
) -> Fitted | Literal["over-budget", "over-budget-decisive"]:
    """Both contexts, each with its decisive turns, within one half of what query, answer and margin leave.

    The halves are equal, and a short context does not lend its room, so that length tells nothing about the label.
    For mirrors pass the longer of the two queries with answers, so that both rows show the same contexts.

    Returns:
        The contexts; or why the pair must go: `over-budget` (and `on_excess` is drop), `over-budget-decisive`
        (what must stay is too long).
    """
    options = options or BudgetOptions()
    count = token_counter(options.tokenizer)
    limit = (options.tokens - options.margin - count(query) - count(answer)) // 2
    if options.on_excess == "drop":
        is_over = any(count_messages(m, count, options.message_overhead) > limit for m, _ in (positive, negative))
        return "over-budget" if is_over else Fitted(list(positive[0]), list(negative[0]), 0, 0)
    fitted = [shorten(m, decisive, limit, count, options.message_overhead) for m, decisive in (positive, negative)]
    if fitted[0] is None or fitted[1] is None:
        return "over-budget-decisive"
    return Fitted(fitted[0], fitted[1], _omitted(positive[0], fitted[0]), _omitted(negative[0], fitted[1]))


def _omitted(before: Sequence[Message], after: Sequence[Message]) -> int:
    """Turns left out: what is kept, less its markers, against what there was."""
    originals = set(map(id, before))
    return len(before) - sum(id(message) in originals for message in after)
