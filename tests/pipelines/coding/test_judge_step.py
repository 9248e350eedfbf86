"""The judge inside a build: what it rejects is not published, what it owes stops the build, its verdicts are kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from contextpairs.data.store.store import Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.build import StillOwed
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent
from tests.filters.judge.judge_endpoint import Body, Endpoint, Response, option, says, user_text

LIMIT = 24


def build(out: Path, *overrides: str) -> Store:
    build_coding(load_config([], [f"out={out}", f"limit={LIMIT}", *overrides]), process_mapper(1), Silent())
    return Store(out)


def judged(out: Path, endpoint: Endpoint, cache: Path, *more: str) -> Store:
    where = [f"judge.endpoint={endpoint.url}", "judge.model=m", f"judge.cache_dir={cache}", "judge.backoff=0.001"]
    return build(out, *where, "judge.canary_pairs=2", "judge.retries=0", *more)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The version that is published without a judge."""
    return build(tmp_path_factory.mktemp("plain"))


def issue_of(context: list[dict[str, str]]) -> str:
    return context[1]["content"].split("<pr_description>")[1].split("</pr_description>")[0].strip().split("\n")[2]


class Oracle:
    """Knows from an unjudged version which issue an answer belongs to; answers BOTH for one chosen answer."""

    def __init__(self, store: Store, ambiguous: str = "") -> None:
        rows = [row for split in ("train", "probe") for row in store.read("latest", split).to_pylist()]
        self.positives = {row["answer"].strip(): row["positive"] for row in rows}
        self.ambiguous = ambiguous.strip()

    def __call__(self, body: Body) -> Response:
        text = user_text(body)
        answer = next((answer for answer in self.positives if answer in text), None)
        if answer is None:
            return says("VERDICT: NEITHER\nCUE: NONE")
        if answer == self.ambiguous:
            return says("VERDICT: BOTH\nCUE: NONE")
        last = self.positives[answer][-3]["content"][:60]
        holds = [letter for letter in "AB" if issue_of(self.positives[answer]) in option(body, letter)]
        holds = holds if len(holds) == 1 else [letter for letter in "AB" if last in option(body, letter)]
        return says(f"VERDICT: {holds[0] if holds else 'NEITHER'}\nCUE: NONE")


def test_a_couple_that_the_judge_finds_ambiguous_is_replaced(plain: Store, tmp_path: Path) -> None:
    victim = plain.read("latest", "train").to_pylist()[0]
    with Endpoint() as endpoint:
        endpoint.respond = Oracle(plain, victim["answer"])
        store = judged(tmp_path / "out", endpoint, tmp_path / "cache", "judge.on_unparsable=reject")
    rows = [row for split in store.manifest().rows for row in store.read("latest", split).to_pylist()]  # type: ignore[arg-type]
    assert victim["pair_id"] not in {row["pair_id"] for row in rows}
    assert victim["mirror_id"] not in {row["pair_id"] for row in rows}
    line = next(line for line in store.manifest().funnel if line.stage == "judge")
    assert line.reasons["judge-ambiguous"] >= 1
    verdicts = {json.loads(row["provenance"])["verdict"] for row in rows}
    assert verdicts == {"kept: A/NONE B/NONE"}
    assert store.manifest().judge == "m"
    assert any(note.startswith("judge canary") for note in store.manifest().notes)


def test_work_that_is_owed_publishes_nothing_and_is_done_by_the_next_run(plain: Store, tmp_path: Path) -> None:
    with Endpoint() as endpoint:
        endpoint.respond = Oracle(plain)
        with pytest.raises(StillOwed, match=r"owes \d+ of \d+ verdicts .*requests-spent"):
            judged(tmp_path / "out", endpoint, tmp_path / "cache", "judge.max_requests=12")
        assert Store(tmp_path / "out").versions() == []
        asked = len(endpoint.bodies)
        store = judged(tmp_path / "out", endpoint, tmp_path / "cache")
        assert store.versions() == ["v000001"]
        bodies = [json.dumps(body, sort_keys=True) for body in endpoint.bodies]
        assert asked == 12
        assert len(set(bodies)) == len(bodies)
