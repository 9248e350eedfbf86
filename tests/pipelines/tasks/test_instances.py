"""One task an instance, or a reason."""

from __future__ import annotations

from typing import Any

import pytest

from contextpairs.data.pairs.splits import split_of
from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig
from contextpairs.pipelines.tasks.instances import Choice, Corpus, choose

PROBE = next(f"p{n}" for n in range(1000) if split_of(f"o/r::m.py::p{n}") == "probe")
TRAIN = [f"t{n}" for n in range(100) if split_of(f"o/r::m.py::t{n}") == "train"]
TRUSTING = CodingTasksConfig()
STRICT = CodingTasksConfig(sources=["runs/"])


def row(instance: str = "o__r-1", key: str = "k", name: str = TRAIN[0], **fields: Any) -> dict[str, Any]:
    """What a resolved run tells that changed one function of m.py."""
    told = {
        "instance_id": instance, "key": key, "repository": "o/r", "contaminated": "", "outcome": "resolved",
        "origin": "run", "reason": "", "functions": [f"m.py::{name}"], "functions_origin": "source",
        "fixed": [f"o/r::m.py::{name}"], "edited": [f"o/r::m.py::{name}"], "seen": [], "issue_digest": instance,
        "issue_chars": 500,
    }  # fmt: skip
    return told | fields


def chosen(*rows: dict[str, Any], config: CodingTasksConfig = STRICT) -> Choice:
    return choose(corpus(*rows), config)


def corpus(*rows: dict[str, Any]) -> Corpus:
    found = Corpus()
    for number, each in enumerate(rows):
        found.add(each, (0, number))
    return found


def reasons(choice: Choice) -> dict[str, int]:
    return {reason: count for counts in choice.reasons.values() for reason, count in counts.items()}


def names(choice: Choice) -> list[str]:
    return [place.name for each in choice.chosen for place in each.reference.places()]


def test_the_gold_patch_goes_before_any_run() -> None:
    gold = row(key="z", name=TRAIN[1], origin="gold", outcome="unresolved", functions_origin="hunk")
    assert names(chosen(row(key="a"), row(key="b"), gold)) == [TRAIN[1]]


def test_of_resolved_runs_the_places_that_most_agree_on() -> None:
    rows = [row(key="a", name=TRAIN[1]), row(key="b"), row(key="c"), row(key="d", outcome="unresolved", name=TRAIN[1])]
    assert names(chosen(*rows)) == [TRAIN[0]]
    assert names(chosen(*rows[::-1])) == [TRAIN[0]]


def test_names_from_seen_code_go_before_names_from_hunks() -> None:
    guessed = [row(key=key, name=TRAIN[1], functions_origin="hunk") for key in "abc"]
    assert names(chosen(*guessed, row(key="d"))) == [TRAIN[0]]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"outcome": "unresolved"}, "unresolved"),
        ({"outcome": "unknown"}, "unknown-outcome"),
        ({"origin": "", "reason": "empty-patch"}, "empty-patch"),
        ({"contaminated": "repository"}, "contaminated-repository"),
        ({"issue_chars": 0}, "missing-issue"),
        ({"issue_chars": 30_000}, "oversized-issue"),
        ({"repository": ""}, "unknown-repository"),
        ({"functions": ["a file.py::f"]}, "unwritable-place"),
        ({"fixed": [f"o/r::m.py::{PROBE}"]}, "held-out"),
        ({"edited": [f"o/r::m.py::{PROBE}"]}, "held-out"),
    ],
)
def test_why_an_instance_gives_no_task(fields: dict[str, Any], reason: str) -> None:
    choice = chosen(row(**fields))
    assert choice.chosen == []
    assert reasons(choice) == {reason: 1}


def test_runs_of_unknown_outcome_count_where_they_are_trusted() -> None:
    unknown = row(outcome="unknown")
    assert names(chosen(unknown, config=TRUSTING)) == [TRAIN[0]]
    assert names(chosen(unknown, config=STRICT.model_copy(update={"trust_unknown": True}))) == [TRAIN[0]]
    assert not chosen(unknown, config=TRUSTING.model_copy(update={"trust_unknown": False})).chosen


def test_one_contaminated_run_bars_the_instance() -> None:
    assert reasons(chosen(row(key="a"), row(key="b", contaminated="issue-text"))) == {"contaminated-issue-text": 1}


def test_an_unresolved_run_that_the_probe_may_show_bars_the_instance() -> None:
    stray = row(key="b", name=PROBE, outcome="unresolved")
    assert reasons(chosen(row(key="a"), stray)) == {"held-out": 1}
    mixed = stray | {"edited": [f"o/r::m.py::{PROBE}", f"o/r::m.py::{TRAIN[0]}"]}
    assert names(chosen(row(key="a"), mixed)) == [TRAIN[0]]


def test_another_probe_share_moves_the_border_as_it_does_for_pairs() -> None:
    rows = [row(f"o__r-{n}", name=name) for n, name in enumerate(TRAIN)]
    for share in (0.0, 0.1, 0.5):
        kept = {name for name in TRAIN if split_of(f"o/r::m.py::{name}", share) == "train"}
        assert set(names(chosen(*rows, config=STRICT.model_copy(update={"probe_share": share})))) == kept


def test_an_issue_is_asked_about_once_and_never_where_its_twin_is_held_out() -> None:
    twins = [row("o__r-1", issue_digest="same"), row("o__r-2", issue_digest="same")]
    assert [each.instance_id for each in chosen(*twins).chosen] == ["o__r-1"]
    assert reasons(chosen(*twins)) == {"repeated-issue": 1}
    assert reasons(chosen(row("o__r-3", name=PROBE, issue_digest="same"), *twins)) == {"held-out": 3}


def test_the_issue_of_another_run_stands_in() -> None:
    choice = chosen(row(key="a", issue_chars=0), row(key="b", outcome="unresolved"))
    assert [(each.reference.key, each.issue) for each in choice.chosen] == [("a", (0, 1))]


def test_a_limit_draws_by_hash_whatever_the_order() -> None:
    rows = [row(f"o__r-{n}") for n in range(50)]
    limited = STRICT.model_copy(update={"limit": 10})
    choice = chosen(*rows, config=limited)
    assert len(choice.chosen) == 10
    assert reasons(choice) == {"over-limit": 40}
    assert {e.instance_id for e in choice.chosen} == {e.instance_id for e in chosen(*rows[::-1], config=limited).chosen}


def test_a_listing_holds_the_fix_among_others_or_is_none() -> None:
    seen = [f"lib/{n}.py" for n in range(100)]
    known = corpus(row(seen=seen), row("o__r-2", key="l", seen=seen[:9]))
    task = choose(known, STRICT).chosen[0]
    listing = known.listing(task, 10)
    assert "m.py" in listing
    assert len(listing) == 10
    assert listing == sorted(listing) == known.listing(task, 10)
    assert known.listing(task, 0) == []
    few = corpus(row(seen=["lib/1.py", "lib/2.py", "m.py"]))
    assert few.listing(choose(few, STRICT).chosen[0], 10) == []
