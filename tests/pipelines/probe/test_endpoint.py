"""Probing a server on loopback: replies of every kind, failures that are owed, images in their places."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.endpoint.cache import Reply
from contextpairs.data.endpoint.client import EndpointError
from contextpairs.data.store.store import Store
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.endpoint_asker import answer_of
from contextpairs.pipelines.probe.results import read_results
from contextpairs.pipelines.probe.run import AnswersOwed, Probed, probe
from contextpairs.pipelines.run.config_files import ConfigError, load
from tests.data.pairs.image_rows import image_account, mirrored, picture
from tests.data.pairs.pair_rows import labelled
from tests.filters.judge.judge_endpoint import Body, Endpoint, Response, says, user_text
from tests.pipelines.probe.asked import coding_store, image_store, question_count, stored_rows, truth


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return coding_store(tmp_path_factory.mktemp("store"))


@pytest.fixture
def server() -> Iterator[Endpoint]:
    with Endpoint(honest) as endpoint:
        yield endpoint


def honest(body: Body) -> Response:
    return says(f"Option {truth(user_text(body))}.")


def asked(server: Endpoint, store: Path, tmp_path: Path, **fields: Any) -> Probed:
    requests = {"backoff": 0.001, "retries": 1, **fields.pop("requests", {})}
    given = {"model": "org/m", "endpoint": server.url, "pairs": str(store), "out": tmp_path / "out"}
    return probe(ProbeConfig.model_validate({**given, "requests": requests, **fields}))


def test_a_truthful_model_is_right_in_both_orders(server: Endpoint, store: Path, tmp_path: Path) -> None:
    probed = asked(server, store, tmp_path)
    rows = probed.results.rows.to_pylist()
    assert len(server.bodies) == len(rows) == question_count(store)
    assert {(row["pair_id"], row["letter"]) for row in rows} == {
        (row["pair_id"], letter) for row in stored_rows(store) for letter in "AB"
    }
    assert all(row["right"] == 1 and row["chosen"] == row["letter"] and row["served"] == "served" for row in rows)
    assert probed.report.overall.consistent.value == 1
    assert {body["temperature"] for body in server.bodies} == {0.0}
    assert probed.path.name.startswith("m-")


def test_facts_and_summary_say_what_was_asked(server: Endpoint, store: Path, tmp_path: Path) -> None:
    probed = asked(server, store, tmp_path, limit=4)
    facts = read_results(probed.path).facts
    assert (facts["model"], facts["version"], facts["split"], facts["limit"]) == ("org/m", "v000001", "probe", 4)
    assert len(facts["digest"]) == 64
    assert facts["served"] == ["served"]
    summary = json.loads(probed.path.with_suffix(".json").read_text())
    assert summary["run"] == facts
    assert summary["report"]["overall"]["accuracy"]["value"] == 1.0
    assert summary["report"]["pairs"] == 4


def test_always_a_is_position_bias_and_nothing_else(server: Endpoint, store: Path, tmp_path: Path) -> None:
    server.respond = lambda _: says("A")
    found = asked(server, store, tmp_path).report
    assert (found.overall.accuracy.value, found.overall.consistent.value, found.a_minus_b.value) == (0.5, 0.0, 1.0)


def test_garbage_is_wrong_and_counted_by_itself(server: Endpoint, store: Path, tmp_path: Path) -> None:
    replies = ["I see no difference between A and B.", "", "Both."]
    server.respond = lambda body: says(replies[len(user_text(body)) % 3])
    probed = asked(server, store, tmp_path)
    assert probed.report.outcomes == {"no-letter": question_count(store)}
    assert probed.report.overall.accuracy.value == 0
    assert set(probed.results.rows["reply"].to_pylist()) <= set(replies)


def test_failures_are_owed_and_only_they_are_asked_again(server: Endpoint, store: Path, tmp_path: Path) -> None:
    unlucky = stored_rows(store)[2]["answer"]
    server.respond = lambda body: Response(500) if unlucky in user_text(body).split("Option A:")[0] else honest(body)
    with pytest.raises(AnswersOwed, match=f"owes 2 of {question_count(store)} answers .*endpoint-failed.*run again"):
        asked(server, store, tmp_path)
    assert not list((tmp_path / "out").glob("*.parquet"))
    server.respond, before = honest, len(server.bodies)
    assert asked(server, store, tmp_path).report.overall.accuracy.value == 1
    assert len(server.bodies) - before == 2


def test_a_spending_limit_holds_and_the_next_run_goes_on(server: Endpoint, store: Path, tmp_path: Path) -> None:
    with pytest.raises(AnswersOwed, match="requests-spent"):
        asked(server, store, tmp_path, requests={"max_requests": 10})
    assert len(server.bodies) == 10
    assert asked(server, store, tmp_path).report.pairs * 2 == len(server.bodies) == question_count(store)


def test_a_finished_run_asks_nothing(server: Endpoint, store: Path, tmp_path: Path) -> None:
    first = asked(server, store, tmp_path)
    server.respond = lambda _: Response(500)
    again = asked(server, store, tmp_path)
    assert (first.reused, again.reused) == (False, True)
    assert again.results.rows.equals(first.results.rows)
    assert not list((tmp_path / "out" / ".parts").iterdir())


def test_a_name_that_serves_another_model_can_be_asked_again(server: Endpoint, store: Path, tmp_path: Path) -> None:
    asked(server, store, tmp_path)
    server.respond = lambda _: says("A")
    again = asked(server, store, tmp_path, again=True)
    assert (again.reused, again.report.overall.accuracy.value) == (False, 0.5)


def test_another_prompt_is_another_run(server: Endpoint, store: Path, tmp_path: Path) -> None:
    first = asked(server, store, tmp_path)
    second = asked(server, store, tmp_path, prompt={"suffix": "Which option supports the answer? A or B."})
    assert first.path != second.path
    assert len(server.bodies) == 2 * question_count(store)


def test_a_refusal_stops_at_once(server: Endpoint, store: Path, tmp_path: Path) -> None:
    server.respond = lambda _: Response(400, "maximum context length is 10 tokens")
    with pytest.raises(EndpointError, match="maximum context length"):
        asked(server, store, tmp_path, requests={"concurrency": 1})
    assert len(server.bodies) == 1


def first_token(**logprobs: float) -> Response:
    """A reply of one letter with the log probabilities of what it might have begun with."""
    names = {"spaced_a": " A", "plain_a": "A", "b": "B", "the": "The"}
    top = [{"token": names[name], "logprob": value} for name, value in logprobs.items()]
    content = [{"token": "A", "logprob": top[0]["logprob"], "top_logprobs": top}]
    choice = {"message": {"content": "A"}, "finish_reason": "stop", "logprobs": {"content": content}}
    return Response(body=json.dumps({"model": "served", "choices": [choice]}))


def test_log_probabilities_of_the_letters_are_kept(server: Endpoint, store: Path, tmp_path: Path) -> None:
    values = {"plain_a": math.log(0.3), "spaced_a": math.log(0.2), "b": math.log(0.25), "the": math.log(0.25)}
    server.respond = lambda _: first_token(**values)
    probed = asked(server, store, tmp_path, logprobs=True)
    assert all(body["logprobs"] is True and body["top_logprobs"] == 20 for body in server.bodies)
    row = probed.results.rows.to_pylist()[0]
    assert row["letter"] == "A"
    assert row["letter_mass"] == pytest.approx(0.75)
    assert row["margin"] == pytest.approx(math.log(0.5 / 0.25))
    assert probed.report.belief_a is not None
    assert probed.report.belief_a.value == pytest.approx(0.5 / 0.75 - 0.5)


def test_a_letter_that_is_no_candidate_has_no_margin() -> None:
    answer = answer_of(Reply("A", 1, logprobs={"A": -0.1, "The": -9.0}))
    assert (answer.chosen, answer.logit_a, answer.logit_b, answer.letter_mass) == ("A", -0.1, None, None)


def sent_images(body: Body) -> list[bytes]:
    parts = [part for part in body["messages"][-1]["content"] if part["type"] == "image_url"]
    return [base64.b64decode(part["image_url"]["url"].split(",")[1]) for part in parts]


def test_images_stand_where_the_letters_say(server: Endpoint, tmp_path: Path) -> None:
    store = image_store(tmp_path / "images", 4)
    positives = {row["answer"] + row["query"]: row["positive"]["bytes"] for row in stored_rows(store)}

    def seeing(body: Body) -> Response:
        first, *_ = body["messages"][-1]["content"]
        query, answer = first["text"].split("\n\nAnswer:\n")
        images = sent_images(body)
        return says("AB"[images.index(positives[answer.split("\n\nOption A:")[0] + query])])

    server.respond = seeing
    probed = asked(server, store, tmp_path)
    assert probed.report.overall.consistent.value == 1
    assert all(len(sent_images(body)) == 2 for body in server.bodies)


def test_formats_that_servers_do_not_know_are_sent_as_png(server: Endpoint, tmp_path: Path) -> None:
    images = [{"bytes": picture(seed, "BMP"), "path": f"{seed}.bmp"} for seed in (1, 2)]
    rows = labelled(mirrored("What colour?", ["red", "blue"], images, "g", "edit"))
    Store(tmp_path / "bmp").publish({"probe": rows}, image_account())
    server.respond = lambda _: says("A")
    asked(server, tmp_path / "bmp", tmp_path)
    assert all(image.startswith(b"\x89PNG") for body in server.bodies for image in sent_images(body))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"endpoint": "not a url"}, "http"),
        ({"endpoint": "http://127.0.0.1:1/v1", "too_long": "drop"}, "too_long belongs to a local model"),
        ({"endpoint": "http://127.0.0.1:1/v1", "prompt": {"prefill": "The option is"}}, "prefill needs a local model"),
        ({"logprobs": True}, "logprobs belongs to an endpoint"),
        ({"requests": {"concurrency": 0}}, "requests.concurrency"),
        ({"splitt": "probe"}, "no such field"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    file = tmp_path / "probe.yaml"
    file.write_text(json.dumps({"model": "m", **fields}))
    with pytest.raises(ConfigError, match=message):
        load(ProbeConfig, [file])
