"""What is cut is whole turns far from the decision, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.code.trajectory import Message
from contextpairs.filters.coding.budget import (
    OMITTED,
    BudgetOptions,
    Fitted,
    count_messages,
    estimate_tokens,
    fit_pair,
    marker,
    shorten,
    token_counter,
)

HEAD = [Message("system", "rules"), Message("user", "the issue")]


def rounds(*sizes: int) -> list[Message]:
    """A context with one action and one observation of so many characters per round."""
    turns = [(Message("assistant", f"act {i}"), Message("user", f"{i} " + "x" * size)) for i, size in enumerate(sizes)]
    return [*HEAD, *(message for pair in turns for message in pair)]


def shown(messages: list[Message] | None) -> str:
    """Rounds by number, gaps as `-`."""
    assert messages is not None
    return "".join("-" if m.content.startswith("[omitted") else m.content[4:] for m in messages if m.content[0] in "a[")


contexts = st.builds(lambda sizes: rounds(*sizes), st.lists(st.integers(0, 300), min_size=1, max_size=12))


@given(contexts, st.data(), st.integers(0, 1500))
def test_a_shortened_context_fits_and_holds_head_and_decisive_rounds_in_order(
    messages: list[Message], data: st.DataObject, limit: int
) -> None:
    decisive = data.draw(st.sets(st.integers(2, len(messages) - 1), max_size=3))
    short = shorten(messages, decisive, limit, len)
    stays = [*range(2), *sorted({i - i % 2 + k for i in decisive for k in (0, 1)})]
    if short is None:
        assert count_messages([messages[i] for i in stays], len) + 30 * (len(decisive) + 1) > limit
        return
    assert count_messages(short, len) <= limit
    kept = [message for message in short if not message.content.startswith("[omitted")]
    assert kept == [message for message in messages if message in kept]
    assert all(messages[i] in kept for i in stays)
    assert all(messages[i] in kept for i in range(2, len(messages)) if messages[i ^ 1] in kept)
    assert shorten(messages, decisive, limit, len) == short


@given(contexts)
def test_nothing_is_dropped_from_a_context_that_fits(messages: list[Message]) -> None:
    assert shorten(messages, {2}, count_messages(messages, len), len) == messages


@given(contexts, st.integers(30, 1500))
def test_every_gap_is_marked_and_no_mark_says_how_much(messages: list[Message], limit: int) -> None:
    short = shorten(messages, {2}, limit, len)
    if short is not None:
        kept = [messages.index(message) for message in short if message.content != OMITTED]
        gaps = sum(after > before + 1 for before, after in pairwise([*kept, len(messages)]))
        assert sum(message.content == OMITTED for message in short) == gaps


def test_the_rounds_nearest_to_the_decisive_one_stay() -> None:
    messages = rounds(*[100] * 7)
    assert shown(shorten(messages, {8}, 450 + 40, len)) == "-234-"
    assert shown(shorten(messages, {8, 12}, 600, len)) == "-2345-"


def test_one_giant_observation_goes_alone() -> None:
    """Dropping from the far end until the context fits would throw six good rounds away for it."""
    messages = rounds(50, 50, 50, 5_000, 50, 50)
    assert shown(shorten(messages, {2 * 5 + 2}, 700, len)) == "012-45"


def test_without_a_decisive_turn_the_ends_stay() -> None:
    assert shown(shorten(rounds(*[100] * 8), set(), 620, len)) == "01-67"


def test_a_decisive_part_longer_than_the_budget_is_not_cut() -> None:
    assert shorten(rounds(10, 5_000, 10), {5}, 1_000, len) is None


def test_an_observation_without_an_action_belongs_to_the_head() -> None:
    assert shorten([Message("user", "x" * 100)], set(), 50, len) is None


def test_a_gap_is_marked_in_the_role_of_the_traces_tools() -> None:
    assert marker([Message("user", "x"), Message("assistant", "y")]) == Message("user", "[omitted turns]")
    assert marker([Message("assistant", "y"), Message("tool", "z")]) == Message("tool", "[omitted turns]")


def test_both_contexts_get_the_same_room_whatever_the_other_needs() -> None:
    """Were the short context's room lent to the long one, length alone would tell them apart."""
    options = BudgetOptions(tokens=2_000, margin=100)
    long, short = rounds(*[900] * 12), rounds(10)
    alone = fit_pair("q", "a", (long, {2}), (long, {2}), options)
    together = fit_pair("q", "a", (long, {2}), (short, {2}), options)
    assert isinstance(alone, Fitted)
    assert isinstance(together, Fitted)
    assert alone.positive == together.positive == alone.negative
    assert (together.omitted_positive, together.omitted_negative) == (len(long) - 2 - 2 * 3, 0)


@given(st.integers(256, 4_000), contexts, contexts, st.text(max_size=300))
def test_the_whole_prompt_is_within_the_budget(
    tokens: int, positive: list[Message], negative: list[Message], query: str
) -> None:
    options = BudgetOptions(tokens=tokens, margin=100)
    fitted = fit_pair(query, "answer", (positive, {2}), (negative, {3}), options)
    if isinstance(fitted, Fitted):
        used = sum(map(estimate_tokens, (query, "answer")))
        used += sum(count_messages(m, estimate_tokens) for m in (fitted.positive, fitted.negative))
        assert used + options.margin <= tokens
    else:
        assert fitted == "over-budget-decisive"


def test_dropping_instead_of_shortening_is_a_choice() -> None:
    options = BudgetOptions(tokens=1_000, margin=0, on_excess="drop")
    assert fit_pair("q", "a", (rounds(9_000), {2}), (rounds(1), {2}), options) == "over-budget"
    assert isinstance(fit_pair("q", "a", (rounds(1), {2}), (rounds(1), {2}), options), Fitted)


def test_a_tokenizer_file_is_used_where_one_is_named(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert token_counter(str(tmp_path))("a b a \ud800") == 4
    assert token_counter(str(tmp_path / "tokenizer.json"))("a") == 1


def test_a_file_that_is_no_tokenizer_is_named_in_the_error(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ValueError, match=r"expected a tokenizer\.json"):
        token_counter(str(tmp_path / "tokenizer.json"))


def test_the_estimate_grows_with_every_part_of_a_text() -> None:
    assert estimate_tokens("") == 0
    assert 250 <= estimate_tokens("a" * 1_000) <= 350
    assert estimate_tokens("7" * 1_000) >= 1_000
    assert estimate_tokens("漢" * 1_000) >= 2_000


def test_the_decisive_turn_of_real_traces_survives_a_small_budget(shared: Path) -> None:
    paths = sorted(shared.glob("trajectories/native/mini-swe-agent/gruckion/**/*.traj.json"))[:20]
    assert paths
    for path in paths:
        rows = orjson.loads(path.read_bytes())["messages"]
        messages = [Message(row["role"], str(row["content"])) for row in rows]
        middle = len(messages) // 2
        short = shorten(messages, {middle}, 15_000, estimate_tokens)
        if short is not None:
            assert count_messages(short, estimate_tokens) <= 15_000
            assert messages[middle] in short
