"""Image builds whose edits a vision model proposes: what it is asked, what is taken, what is owed."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from contextpairs.data.endpoint.client import EndpointError
from contextpairs.pipelines.run.build import StillOwed
from tests.filters.judge.image_endpoint import block
from tests.filters.judge.judge_endpoint import Body, Endpoint, Response, says
from tests.pipelines.images.scene_endpoint import SCENES, proposed, sees, truth
from tests.pipelines.run.model_builds import PROPOSER, Place, edited

MALFORMED = {
    "proposal-unreadable": "Sure! I would paint it red.",
    "proposal-same-answer": "ANSWER: {answer}\nEDIT: make it {answer}",
    "proposal-unclear": "ANSWER: something else\nEDIT: change it",
}


def test_edits_that_a_model_proposed_are_published_and_a_rerun_asks_it_nothing(place: Place) -> None:
    """What it declines is made up for from the next images; the rest is counted as enough, and not asked about."""
    published = place.build("out", PROPOSER)
    line = place.line("out", "proposals")
    declined = line.reasons["proposal-declined"]
    assert (line.rows_in, line.rows_out) == (SCENES // 5, 12)
    assert line.reasons == {"proposal-declined": declined, "enough": line.rows_in - 12 - declined}
    assert place.sent() == {"proposal": 12 + declined}
    rows = edited(published)
    assert len(rows) == place.line("out", "edits").rows_out >= 2
    for row in rows:
        said = json.loads(row["provenance"])["positive"]
        assert (said["kind"], said["proposed_by"]) == ("free", "eyes")
    assert sum(truth(row["positive"]["bytes"], row["query"]) == row["answer"] for row in rows) >= len(rows) - 1
    assert not place.build("out", PROPOSER).created
    assert place.sent() == {"proposal": 12 + declined}


def test_replies_that_are_no_proposals_are_counted_by_reason(place: Place) -> None:
    given: Counter[str] = Counter()

    def often_malformed(body: Body) -> Response:
        reason = [None, *MALFORMED][len(place.endpoint.bodies) % 4]
        if reason is None:
            given["proposal" if proposed(body) else "proposal-declined"] += 1
            return sees(body)
        given[reason] += 1
        return says(MALFORMED[reason].format(answer=block(body, "ANSWER")))

    place.endpoint.respond = often_malformed
    place.build("out", PROPOSER)
    line = place.line("out", "proposals")
    assert line.rows_out == given.pop("proposal")
    assert line.reasons == given
    assert given.keys() >= MALFORMED.keys()


def test_proposals_that_are_owed_publish_nothing_and_the_next_run_asks_only_the_rest(place: Place) -> None:
    place.fails_after(4)
    message = (
        r"^editing\.proposer owes \d+ of 12 proposals \(endpoint-failed: .*status 503: out of memory.*nothing was pub"
    )
    with pytest.raises(StillOwed, match=message):
        place.build("out", PROPOSER, concurrency=1)
    assert place.versions("out") == []
    answered, place.endpoint.bodies[:] = place.endpoint.bodies[:4], []
    place.endpoint.respond = sees
    assert place.build("out", PROPOSER).created
    assert place.repeated() == 0
    assert not any(body in place.endpoint.bodies for body in answered)


def test_a_proposer_that_is_not_there_is_named(place: Place) -> None:
    with Endpoint() as gone:
        url = gone.url
    with pytest.raises(
        StillOwed, match=rf"^editing\.proposer owes .*{url}/chat/completions failed 1 times, last: Conn"
    ):
        place.build("out", PROPOSER, endpoint=url)
    assert place.versions("out") == []


def test_a_proposer_that_refuses_ends_the_build_with_its_own_words(place: Place) -> None:
    place.endpoint.respond = lambda _: Response(401, "no such key")
    with pytest.raises(EndpointError, match="status 401: no such key"):
        place.build("out", PROPOSER)
    assert place.versions("out") == []


@pytest.mark.slow
@pytest.mark.parametrize("limit", [12, 5])
def test_a_proposers_spending_limit_holds_over_its_rounds(place: Place, limit: int) -> None:
    """The second round, which makes up for what was declined, goes on with what the first left."""
    assert place.runs("out", PROPOSER, limit) == -(-len(place.endpoint.bodies) // limit) > 1
    assert place.repeated() == 0
