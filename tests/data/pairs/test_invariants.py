"""What a version promises of all its rows together."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contextpairs.data.pairs.invariants import PairsCheck
from contextpairs.data.pairs.schemas import CODING, IMAGES, PairError, PairForm, Split, pair_id
from tests.data.pairs.image_rows import image, image_couple, image_splits, mirrored
from tests.data.pairs.pair_rows import Row, couple, labelled, splits_of


def check(splits: dict[Split, list[Row]], form: PairForm = CODING) -> PairsCheck:
    found = PairsCheck(form)
    for split, rows in splits.items():
        assert len(list(found.watch(rows, split))) == len(rows)
    found.finish()
    return found


def refused(splits: dict[Split, list[Row]], words: str, form: PairForm = CODING) -> None:
    with pytest.raises(PairError, match=re.compile(words, re.S)):
        check(splits, form)


def test_well_formed_rows_pass() -> None:
    check(splits_of(range(12)))


def test_an_id_that_its_content_does_not_demand() -> None:
    rows = labelled(couple(0))
    rows[1]["answer"] += "!"
    refused({"train": rows}, r"split 'train', row 1, field 'pair_id'")


def test_a_pair_twice() -> None:
    refused({"train": labelled(couple(0)) * 2}, "row 2.*occurs twice")


def test_a_pair_without_its_mirror() -> None:
    refused({"train": labelled(couple(0))[:1]}, "mirror .* is missing")


@pytest.mark.parametrize("change", [{"group_id": "other"}, {"mirror_id": "0" * 32}])
def test_a_mirror_in_another_group_or_pointing_elsewhere(change: dict[str, Any]) -> None:
    rows = labelled(couple(0))
    rows[1].update(change)
    refused({"train": rows}, "mirror")


def test_a_mirror_whose_contexts_are_not_the_pair_s_swapped() -> None:
    first, second = couple(0)
    second["positive"] = [*second["positive"], {"role": "user", "content": "more"}]
    second["pair_id"] = pair_id(second["query"], second["answer"], second["positive"], second["negative"])
    first["mirror_id"] = second["pair_id"]
    refused({"train": labelled([first, second])}, "swapped")


def test_a_mirror_with_the_same_answer() -> None:
    """Two contexts that support one answer are no contrast, whatever the builder believed."""
    first, second = couple(0)
    second["answer"] = first["answer"]
    second["pair_id"] = pair_id(second["query"], second["answer"], second["positive"], second["negative"])
    first["mirror_id"] = second["pair_id"]
    refused({"train": labelled([first, second])}, "same answer")


def test_a_group_in_two_splits() -> None:
    train, probe = labelled(couple(0, group="g")), labelled(couple(1, group="g"))
    refused({"train": train, "probe": probe}, "group 'g'.*'train' too")


def test_a_context_in_two_splits() -> None:
    """Catches groups that are too narrow: the model would have read a probe's context in training."""
    train, probe = couple(0, group="g"), couple(1, group="h")
    for row, mine, other in zip(probe, ("positive", "negative"), ("negative", "positive"), strict=True):
        row[mine] = train[0]["positive"]
        row["pair_id"] = pair_id(row["query"], row["answer"], row["positive"], row["negative"])
        assert row[other] != row[mine]
    probe[0]["mirror_id"], probe[1]["mirror_id"] = probe[1]["pair_id"], probe[0]["pair_id"]
    refused({"train": labelled(train), "probe": labelled(probe)}, "positive of pair.*'train' too.*widen the group_id")


def test_letters_out_of_balance() -> None:
    rows = [{**row, "label": "A"} for row in couple(0)]
    refused({"train": rows}, "2 labels A, 0 labels B.*assign_labels")


def test_equal_contexts() -> None:
    row = couple(0)[0]
    row["negative"] = row["positive"]
    row["pair_id"] = pair_id(row["query"], row["answer"], row["positive"], row["negative"])
    refused({"train": labelled([row])}, "same context")


@pytest.mark.parametrize("field", ["query", "answer", "group_id", "provenance"])
def test_a_lone_surrogate_is_refused_with_its_row(field: str) -> None:
    rows = labelled(couple(0))
    rows[1][field] = {"source": "\ud800"} if field == "provenance" else "\ud800"
    refused({"train": rows}, "row 1.*surrogate.*U\\+FFFD")


@pytest.mark.parametrize("change", [{"scores": {}}, {"label": "swap"}, {"group_id": "other"}, {"provenance": {"n": 9}}])
def test_content_is_all_that_rows_say(change: dict[str, Any]) -> None:
    rows = labelled(couple(0))
    swapped = {"A": "B", "B": "A"}
    other = [{**row, **change, "label": swapped[row["label"]] if "label" in change else row["label"]} for row in rows]
    assert check({"train": rows}).content() == check({"train": labelled(couple(0))}).content()
    assert check({"train": rows}).content() != check({"train": other}).content()
    assert check({"train": rows}).content() != check({"probe": rows}).content()


def test_well_formed_image_pairs_pass() -> None:
    check(image_splits(range(12)), IMAGES)


def test_an_image_in_two_splits() -> None:
    """Another name, another question, another role: the same bytes must not be in training and in the probe."""
    train = image_couple(0, group="g")
    shown = {**train[0]["negative"], "path": "renamed.png"}
    probe = mirrored("How many?", ["1", "2"], [image(7), shown], "h", "retrieval")
    words = "split 'probe', row 0: the negative of pair.*'train' too.*widen the group_id"
    refused({"train": labelled(train), "probe": labelled(probe)}, words, IMAGES)


def test_two_copies_of_one_image_are_no_couple() -> None:
    copies = [{**image(0), "path": name} for name in ("a.png", "b.png")]
    refused({"train": labelled(mirrored("q", ["1", "2"], copies, "g", "edit"))}, "same context", IMAGES)


def test_an_image_that_was_altered_after_it_was_named() -> None:
    rows = labelled(image_couple(0))
    rows[1]["negative"] = {**rows[1]["negative"], "bytes": rows[1]["negative"]["bytes"] + b"!"}
    refused({"train": rows}, "row 1, field 'pair_id'", IMAGES)
