"""The client against a server that misbehaves on schedule: retries, limits, cache, clear errors."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.endpoint.client import EndpointError, completions_url, estimate_tokens, retry_wait
from contextpairs.filters.judge.options import JudgeOptions
from contextpairs.filters.judge.prompts import chat_request, prepare
from contextpairs.filters.judge.run import judge_pairs
from tests.filters.judge.judge_endpoint import USAGE, Body, Endpoint, Response, honest, make_pair, says

KEPT = "VERDICT: A\nCUE: NONE"


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint() as server:
        yield server


def body_like(pair: dict[str, Any]) -> Body:
    """A request of the size that this pair's has."""
    return chat_request(prepare(pair, 9999), "A", JudgeOptions(endpoint="http://h/v1", model="m"))


def outcomes(pairs: list[dict[str, Any]], options: JudgeOptions, **more: Any) -> list[tuple[str, str]]:
    return [(verdict.outcome, verdict.reason) for verdict in judge_pairs(pairs, options, **more)]


@pytest.mark.parametrize(
    "fault",
    [
        Response(408),
        Response(409),
        Response(429),
        Response(500),
        Response(503, "busy"),
        Response(drop=True),
        Response(200, "<html>proxy page</html>"),
        Response(200, '{"choices": []}'),
    ],
    ids=["408", "409", "429", "500", "503", "dropped", "not json", "no choice"],
)
def test_a_passing_fault_is_tried_again(endpoint: Endpoint, tmp_path: Path, fault: Response) -> None:
    endpoint.script(fault, fault, fault)
    assert outcomes([make_pair("p")], endpoint.options(tmp_path)) == [("kept", "")]
    assert len(endpoint.bodies) == 5


def test_a_slow_answer_is_given_up_and_asked_again(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.script(says(KEPT, delay=1.0))
    assert outcomes([make_pair("p")], endpoint.options(tmp_path, timeout=0.3)) == [("kept", "")]
    assert len(endpoint.bodies) == 3


def test_waits_grow_between_attempts(endpoint: Endpoint, tmp_path: Path) -> None:
    """At least half of 0.1, 0.2 and 0.4 s passes before the second, third and fourth attempt."""
    endpoint.respond = lambda _: Response(500)
    options = endpoint.options(tmp_path, concurrency=1, backoff=0.1, retries=3, give_up_after=1)
    assert outcomes([make_pair("p")], options) == [("owed", "endpoint-failed")]
    gaps = [after - before for before, after in itertools.pairwise(endpoint.times)]
    assert len(gaps) == 3
    assert all(gap >= least for gap, least in zip(gaps, (0.05, 0.1, 0.2), strict=True))


def test_jitter_follows_from_the_request() -> None:
    options = JudgeOptions(endpoint="http://h/v1", model="m", backoff=1.0, max_wait=10.0)
    waits = [retry_wait("key", attempt, options) for attempt in range(8)]
    assert waits == [retry_wait("key", attempt, options) for attempt in range(8)]
    assert waits != [retry_wait("other", attempt, options) for attempt in range(8)]
    assert all(0.5 <= wait / min(2**attempt, 10) < 1 for attempt, wait in enumerate(waits))
    assert retry_wait("key", 0, options, asked=7.0) == 7.0


@pytest.mark.parametrize("form", ["seconds", "fraction", "date"])
def test_retry_after_is_honoured(endpoint: Endpoint, tmp_path: Path, form: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=2.5), usegmt=True)
    value = {"seconds": "1", "fraction": "0.8", "date": date}[form]
    endpoint.script(Response(429, headers={"Retry-After": value}))
    assert outcomes([make_pair("p")], endpoint.options(tmp_path, concurrency=1)) == [("kept", "")]
    assert endpoint.times[1] - endpoint.times[0] >= 0.75


def test_a_wait_beyond_the_limit_leaves_the_pair_owed_at_once(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond = lambda _: Response(429, headers={"Retry-After": "3600"})
    before = time.monotonic()
    assert outcomes([make_pair("p")], endpoint.options(tmp_path)) == [("owed", "endpoint-failed")]
    assert time.monotonic() - before < 5
    assert len(endpoint.bodies) == 2


def test_a_refused_request_stops_the_run_with_the_servers_words(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond = lambda _: Response(400, "model m does not exist")
    with pytest.raises(EndpointError, match=r"status 400: model m does not exist; check endpoint, model"):
        outcomes([make_pair(str(n)) for n in range(50)], endpoint.options(tmp_path, concurrency=2))
    assert len(endpoint.bodies) <= 4


def test_a_redirect_is_not_followed_with_the_key(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond = lambda _: Response(307, headers={"Location": "http://127.0.0.1:1/"})
    with pytest.raises(EndpointError, match="status 307"):
        outcomes([make_pair("p")], endpoint.options(tmp_path))


def test_an_endpoint_that_is_down_leaves_all_owed_without_waiting_for_each(tmp_path: Path) -> None:
    with Endpoint() as server:
        options = server.options(tmp_path, retries=1, concurrency=1, give_up_after=2)
    assert set(outcomes([make_pair(str(n)) for n in range(200)], options)) == {("owed", "endpoint-failed")}


def test_owed_work_is_done_by_a_rerun_and_only_that(endpoint: Endpoint, tmp_path: Path) -> None:
    pairs = [make_pair(str(n)) for n in range(5)]
    options = endpoint.options(tmp_path, concurrency=1, retries=0, give_up_after=99)
    endpoint.script(honest(body_like(pairs[0])), Response(500))
    first = outcomes(pairs, options)
    assert first.count(("owed", "endpoint-failed")) == 1
    sent = len(endpoint.bodies)
    assert outcomes(pairs, options) == [("kept", "")] * 5
    assert len(endpoint.bodies) == sent + 1


def test_the_limit_of_requests_holds_whatever_fails(endpoint: Endpoint, tmp_path: Path) -> None:
    """Every third request fails: retries count too, and the limit is met exactly, never passed."""
    endpoint.respond = lambda body: Response(500) if len(endpoint.bodies) % 3 == 0 else honest(body)
    found = outcomes([make_pair(str(n)) for n in range(40)], endpoint.options(tmp_path, max_requests=31))
    assert len(endpoint.bodies) == 31
    assert set(found) == {("kept", ""), ("owed", "requests-spent")}


def test_cached_answers_cost_nothing(endpoint: Endpoint, tmp_path: Path) -> None:
    pairs = [make_pair(str(n)) for n in range(4)]
    assert outcomes(pairs, endpoint.options(tmp_path)) == [("kept", "")] * 4
    assert outcomes(pairs, endpoint.options(tmp_path, max_requests=0)) == [("kept", "")] * 4
    assert len(endpoint.bodies) == 8


def test_the_limit_of_tokens_counts_what_the_endpoint_reports(endpoint: Endpoint, tmp_path: Path) -> None:
    estimate = estimate_tokens(body_like(make_pair("0")), 24)
    options = endpoint.options(tmp_path, concurrency=1, max_tokens=estimate + 6 * USAGE)
    found = outcomes([make_pair(str(n)) for n in range(20)], options)
    assert len(endpoint.bodies) == 7
    assert found == [("kept", "")] * 3 + [("owed", "tokens-spent")] * 17


def test_an_estimate_stands_in_where_the_endpoint_counts_nothing(endpoint: Endpoint, tmp_path: Path) -> None:
    estimate = estimate_tokens(body_like(make_pair("0")), 24)
    endpoint.respond = lambda _: says(KEPT, usage=False)
    spending = Spending(100, 1_000_000)
    outcomes([make_pair("0")], endpoint.options(tmp_path), spending=spending)
    assert spending.tokens == 2 * estimate


def test_a_limit_may_span_several_calls(endpoint: Endpoint, tmp_path: Path) -> None:
    spending = Spending(4, 1_000_000)
    found = [outcomes([make_pair(str(n))], endpoint.options(tmp_path), spending=spending) for n in range(3)]
    assert found == [[("kept", "")], [("kept", "")], [("owed", "requests-spent")]]
    assert (spending.requests, spending.tokens) == (4, 4 * USAGE)


def test_no_more_requests_are_in_flight_than_allowed(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond = lambda _: says(KEPT, delay=0.02)
    outcomes([make_pair(str(n)) for n in range(12)], endpoint.options(tmp_path, concurrency=3))
    assert endpoint.most_in_flight == 3


def test_the_key_is_sent_and_appears_nowhere_else(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-very-secret\n")
    caplog.set_level(logging.DEBUG)
    options = endpoint.options(tmp_path, api_key_env="JUDGE_KEY")
    outcomes([make_pair("p")], options)
    assert set(endpoint.keys) == {"Bearer sk-very-secret"}
    endpoint.respond = lambda _: Response(401, "bad key sk-very-secret")
    with pytest.raises(EndpointError) as refused:
        outcomes([make_pair("q")], options)
    stored = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert "sk-very-secret" not in caplog.text + str(refused.value) + stored + repr(options)


@pytest.mark.parametrize("key", [None, "", "  ", "two\nlines", "ünlike"])
def test_an_unusable_key_fails_before_any_work_and_is_not_shown(
    endpoint: Endpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("JUDGE_KEY", key)
    with pytest.raises(EndpointError, match="JUDGE_KEY") as refused:
        judge_pairs(iter(()), endpoint.options(tmp_path, api_key_env="JUDGE_KEY"))
    assert not key or not key.strip() or key not in str(refused.value)
    assert not endpoint.bodies


@pytest.mark.parametrize(
    ("endpoint_url", "address"),
    [
        ("http://h/v1", "http://h/v1/chat/completions"),
        ("http://h/v1/", "http://h/v1/chat/completions"),
        ("http://h/v1/chat/completions", "http://h/v1/chat/completions"),
        ("https://h/d?api-version=1", "https://h/d/chat/completions?api-version=1"),
    ],
)
def test_the_address_follows_from_the_base_url(endpoint_url: str, address: str) -> None:
    assert completions_url(endpoint_url) == address
