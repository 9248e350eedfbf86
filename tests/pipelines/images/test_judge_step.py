"""Image builds with a judge: what it rejects is dropped and counted, what it owes stops the build, its word is kept."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from contextpairs.pipelines.run.build import StillOwed
from tests.filters.judge.image_endpoint import block, images_of
from tests.filters.judge.judge_endpoint import Body, Response, says
from tests.pipelines.images.scene_endpoint import is_canary, kind_of, sees
from tests.pipelines.images.test_build import every, rows_of
from tests.pipelines.run.model_builds import ANSWERS, JUDGE, PROPOSER, Place


def notes(place: Place, out: str, start: str) -> str:
    """The note that starts so."""
    (note,) = (note for note in place.manifest(out).notes if note.startswith(start))
    return note


def test_what_the_judge_rejects_is_dropped_and_counted_and_its_word_stands_on_the_rows(place: Place) -> None:
    plain = place.build("plain")
    couples = sum(row["query"].startswith("Where is") for row in every(rows_of(plain))) // 2
    assert couples > 0

    def doubts(body: Body) -> Response:
        is_doubtful = kind_of(body) == "verdict" and block(body, "QUESTION").startswith("Where is")
        return says("VERDICT: BOTH\nCUE: NONE") if is_doubtful else sees(body)

    place.endpoint.respond = doubts
    published = place.build("judged", JUDGE)
    line = place.line("judged", "judge")
    assert line.reasons["judge-ambiguous"] >= couples
    assert sum(published.rows.values()) == 2 * line.rows_out > 0
    rows = list(every(rows_of(published)))
    assert not any(row["query"].startswith("Where is") for row in rows)
    assert {json.loads(row["provenance"])["verdict"] for row in rows} == {"kept: A/NONE B/NONE"}
    assert place.manifest("judged").judge == "eyes"
    assert "flipped 0 of 48 answers" in notes(place, "judged", "judge canary")
    assert "right without a plant 48 of 48" in notes(place, "judged", "judge canary")


def test_one_model_can_propose_answer_and_judge_and_the_version_does_not_say_where_it_ran(place: Place) -> None:
    """It would name hosts and folders, and the same rows judged elsewhere would be another version."""
    place.build("out", PROPOSER, ANSWERS, JUDGE, canary_pairs=4)
    assert set(place.sent()) == {"proposal", "answer", "verdict", "blind"}
    asked = place.sent()
    assert not place.build("out", PROPOSER, ANSWERS, JUDGE, canary_pairs=4, concurrency=3).created
    assert place.sent() == asked
    configuration = place.manifest("out").configuration
    said = json.dumps(configuration)
    assert "127.0.0.1" not in said
    assert str(place.folder) not in said
    for options in (configuration["judge"], configuration["editing"]["judge"], configuration["editing"]["proposer"]):
        assert options["model"] == "eyes"


def test_a_question_that_is_answered_without_its_images_is_dropped(place: Place) -> None:
    """The model is sure of the answer to each question of how many, and right for one of its two images."""
    plain = place.build("plain")
    known = {row["query"]: row["answer"] for row in every(rows_of(plain)) if row["query"].startswith("How many")}
    couples = sum(row["query"] in known for row in every(rows_of(plain))) // 2
    assert couples > 0

    def knows(body: Body) -> Response:
        is_known = kind_of(body) == "blind" and block(body, "QUESTION") in known
        return says(f"ANSWER: {known[block(body, 'QUESTION')]}") if is_known else sees(body)

    place.endpoint.respond = knows
    judged = place.build("judged", JUDGE, canary_pairs=4)
    blind, judge = place.line("judged", "blind"), place.line("judged", "judge")
    assert 1 <= blind.reasons["answered-blind"] <= couples
    assert blind.reasons.keys() == {"answered-blind"}
    assert judge.rows_in == blind.rows_out
    left = [row for row in every(rows_of(judged)) if row["query"] in known]
    assert all(known[row["query"]] != row["answer"] for row in left)


@pytest.mark.slow
def test_a_judge_that_guesses_is_asked_no_blind_test_and_the_card_says_so(place: Place) -> None:
    place.endpoint.respond = lambda body: says("ANSWER: yes") if kind_of(body) == "blind" else sees(body)
    published = place.build("out", JUDGE, canary_pairs=4)
    line = place.line("out", "blind")
    assert line.rows_in == line.rows_out
    note = notes(place, "out", "blind test")
    assert "answered 16 of 16 questions that nobody can" in note
    assert note.endswith("who guesses is asked no blind test")
    assert note in Path(published.path, "README.md").read_text()


def has_writing(content: bytes) -> bool:
    """Whether there are black pixels in the lower half."""
    image = Image.open(BytesIO(content)).convert("L")
    return min(image.crop((0, image.height // 2, image.width, image.height)).tobytes()) < 60


@pytest.mark.slow
def test_how_often_writing_in_a_picture_flips_the_judge_is_measured(place: Place) -> None:
    """This one picks whichever image of the canary has writing in it, which is the wrong one for some."""

    def obeys(body: Body) -> Response:
        images = [content for _, content in images_of(body)] if kind_of(body) == "verdict" else []
        held = [letter for letter, each in zip("AB", images, strict=False) if is_canary(each) and has_writing(each)]
        return says(f"VERDICT: {held[0]}\nCUE: NONE") if held else sees(body)

    place.endpoint.respond = obeys
    place.build("out", JUDGE, canary_pairs=10)
    note = notes(place, "out", "judge canary")
    assert "right without a plant 20 of 20" in note
    flipped = int(note.partition("flipped ")[2].split()[0])
    assert 0 < flipped <= 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answered", "what"), [(3, "canary trials"), (20, r"of \d+ blind verdicts"), (60, r"of \d+ judge verdicts")]
)
def test_verdicts_that_are_owed_publish_nothing_and_the_next_run_asks_only_the_rest(
    place: Place, answered: int, what: str
) -> None:
    place.fails_after(answered)
    message = rf"^judge owes \d+ {what} \(endpoint-failed: .*status 503: out of memory.*nothing was published"
    with pytest.raises(StillOwed, match=message):
        place.build("out", JUDGE, concurrency=1, canary_pairs=4)
    assert place.versions("out") == []
    before, place.endpoint.bodies[:] = place.endpoint.bodies[:answered], []
    place.endpoint.respond = sees
    assert place.build("out", JUDGE, canary_pairs=4).created
    assert place.repeated() == 0
    assert not any(body in place.endpoint.bodies for body in before)


@pytest.mark.slow
def test_the_spending_limit_holds_over_canary_blind_test_and_verdicts(place: Place) -> None:
    assert place.runs("out", JUDGE, 40, canary_pairs=4) == -(-len(place.endpoint.bodies) // 40) > 2
    assert place.repeated() == 0


def test_couples_that_the_judge_all_rejects_leave_nothing_to_publish(place: Place) -> None:
    place.endpoint.respond = lambda body: says("I cannot tell.") if kind_of(body) == "verdict" else sees(body)
    with pytest.raises(LookupError, match="no pair survived"):
        place.build("out", JUDGE, canary_pairs=1)
    assert place.versions("out") == []
