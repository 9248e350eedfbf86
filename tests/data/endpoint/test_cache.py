"""The request cache: whole entries are found, damaged ones are asked again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from contextpairs.data.endpoint.cache import Reply, ReplyCache, request_key

REPLY = Reply("VERDICT: A\nCUE: NONE", 100, "served", "stop")
KEY = request_key("http://h/v1/chat/completions", {"model": "m", "messages": []})


def test_a_stored_reply_is_found_in_its_shard(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    assert cache.get(KEY) is None
    cache.put(KEY, REPLY)
    assert cache.get(KEY) == REPLY
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*.json")] == [Path(KEY[:2], f"{KEY}.json")]


def test_the_key_is_that_of_the_whole_request() -> None:
    body = {"model": "m", "seed": 0, "messages": [{"role": "user", "content": "é \ud800"}]}
    assert request_key("u", body) == request_key("u", dict(reversed(body.items())))
    others = [("v", body), ("u", body | {"model": "n"}), ("u", body | {"seed": 1}), ("u", body | {"messages": []})]
    assert len({request_key("u", body), *(request_key(url, other) for url, other in others)}) == 5


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[: len(content) // 2],
        lambda content: content.replace(b"VERDICT: A", b"VERDICT: B"),
        lambda _: b"[1, 2]",
        lambda content: b"\xff\xfe" + content,
        lambda content: content.replace(b'"tokens"', b'"coins"'),
    ],
)
def test_a_damaged_entry_counts_as_absent_and_is_written_anew(tmp_path: Path, damage: object) -> None:
    assert callable(damage)
    cache = ReplyCache(tmp_path)
    cache.put(KEY, REPLY)
    cache.path(KEY).write_bytes(damage(cache.path(KEY).read_bytes()))
    assert cache.get(KEY) is None
    cache.put(KEY, REPLY)
    assert cache.get(KEY) == REPLY


def test_an_entry_under_another_requests_name_is_refused(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    cache.put(KEY, REPLY)
    other = "0" * 64
    cache.path(other).parent.mkdir(parents=True)
    cache.path(KEY).rename(cache.path(other))
    assert cache.get(other) is None


def test_many_writers_leave_one_whole_entry_and_no_litter(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: cache.put(KEY, REPLY), range(50)))
    assert cache.get(KEY) == REPLY
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{KEY}.json"]


def test_log_probabilities_are_kept_and_older_entries_without_them_stay_whole(tmp_path: Path) -> None:
    cache = ReplyCache(tmp_path)
    told = replace(REPLY, logprobs={"A": -0.25, " A": -1.5})
    cache.put(KEY, told)
    assert cache.get(KEY) == told
    cache.put(KEY, REPLY)
    assert b"logprobs" not in cache.path(KEY).read_bytes()
    assert cache.get(KEY) == REPLY
