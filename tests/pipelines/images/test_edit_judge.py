"""Image builds whose edits a vision model answers: it reads images one by one, and an edit stands by what it reads."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from contextpairs.pipelines.run.build import StillOwed
from tests.filters.judge.image_endpoint import block, images_of
from tests.filters.judge.judge_endpoint import Body, Response, says
from tests.pipelines.images.scene_endpoint import is_rendered, sees, truth
from tests.pipelines.images.test_build import every, rows_of
from tests.pipelines.run.model_builds import ANSWERS, Place, edited


def test_a_model_that_sees_keeps_edits_that_are_true(place: Place) -> None:
    published = place.build("out", ANSWERS)
    line = place.line("out", "answers")
    assert line.rows_out >= 5
    assert set(line.reasons) <= {"judge-not-flipped", "judge-other-changed"}
    rows = edited(published)
    assert len(rows) == line.rows_out
    for row in rows:
        assert truth(row["positive"]["bytes"], row["query"]) == row["answer"]
        assert truth(row["negative"]["bytes"], row["query"]) not in (None, row["answer"])
        assert json.loads(row["provenance"])["positive"]["answered_by"] == "eyes"
    asked = place.sent()
    assert not place.build("out", ANSWERS).created
    assert place.sent() == asked
    assert place.repeated() == 0


def always(text: str) -> Callable[[Body], Response]:
    return lambda _: says(text)


def repeating() -> Callable[[Body], Response]:
    """Tells of an edited image what was last said of a rendered one: originals are asked about first."""
    last = Response()

    def respond(body: Body) -> Response:
        nonlocal last
        ((_, content),) = images_of(body)
        last = sees(body) if is_rendered(content) else last
        return last

    return respond


def miscounts_edits(body: Body) -> Response:
    """Reads what is asked first, and something else wherever it is asked how many objects an edited image shows."""
    ((_, content),) = images_of(body)
    is_count = block(body, "QUESTION") == "How many objects are there?"
    return says("ANSWER: 9") if is_count and not is_rendered(content) else sees(body)


@pytest.mark.parametrize(
    ("respond", "reason"),
    [
        (always("ANSWER: a submarine"), "judge-original-differs"),
        (always("I see several shapes."), "judge-original-differs"),
        (repeating(), "judge-not-flipped"),
    ],
)
def test_a_model_that_answers_wrongly_leaves_no_edit(
    place: Place, respond: Callable[[Body], Response], reason: str
) -> None:
    place.endpoint.respond = respond
    published = place.build("out", ANSWERS, concurrency=1)
    line = place.line("out", "answers")
    assert line.rows_in >= 8
    assert (line.rows_out, line.reasons) == (0, {reason: line.rows_in})
    assert edited(published) == []
    assert {row["strategy"] for row in every(rows_of(published))} == {"retrieval"}


def test_an_edit_after_which_another_question_is_answered_otherwise_is_dropped(place: Place) -> None:
    place.build("plain", ANSWERS)
    place.endpoint.respond = miscounts_edits
    (place.folder / "cache").rename(place.folder / "other")
    published = place.build("out", ANSWERS)
    more = place.line("out", "answers").reasons["judge-other-changed"]
    assert more > place.line("plain", "answers").reasons.get("judge-other-changed", 0)
    for row in edited(published):
        assert row["query"] != "How many objects are there?"


@pytest.mark.slow
def test_answers_that_are_owed_publish_nothing_and_the_next_run_asks_only_the_rest(place: Place) -> None:
    place.fails_after(5)
    message = r"^editing\.judge owes \d+ of \d+ answers \(endpoint-failed: .*status 503: out of memory.*nothing was pub"
    with pytest.raises(StillOwed, match=message):
        place.build("out", ANSWERS, concurrency=1)
    assert place.versions("out") == []
    answered, place.endpoint.bodies[:] = place.endpoint.bodies[:5], []
    place.endpoint.respond = sees
    assert place.build("out", ANSWERS).created
    assert place.repeated() == 0
    assert not any(body in place.endpoint.bodies for body in answered)


@pytest.mark.slow
def test_the_spending_limit_holds_over_both_readings(place: Place) -> None:
    """What the questions that are to flip leave of the limit is all that the other questions have."""
    assert place.runs("out", ANSWERS, 30) == -(-len(place.endpoint.bodies) // 30) > 1
    assert place.repeated() == 0
