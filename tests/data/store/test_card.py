"""The dataset card says what is in a version, where it came from, and what it does not promise."""

from __future__ import annotations

import re
from typing import Any

import yaml

from contextpairs.data.store.card import render_card
from contextpairs.data.store.manifest import FunnelStage, Manifest
from tests.data.pairs.image_rows import image_account
from tests.data.pairs.pair_rows import account


def card(**changes: Any) -> str:
    return render_card(account().model_copy(update={"rows": {"train": 1_900, "probe": 100}, **changes}))


def head(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return parsed


def test_the_head_tells_loaders_which_files_are_which_split() -> None:
    (config,) = head(card())["configs"]
    assert config["config_name"] == "coding"
    assert config["data_files"] == [
        {"split": "train", "path": "coding/train-*.parquet"},
        {"split": "probe", "path": "coding/probe-*.parquet"},
    ]


def test_an_empty_split_is_no_file_to_load() -> None:
    (config,) = head(card(rows={"train": 10, "probe": 0}))["configs"]
    assert [each["split"] for each in config["data_files"]] == ["train"]


def test_the_head_gives_licences_and_size_as_the_hub_spells_them() -> None:
    found = head(card(licenses={"MIT": 5, "Apache-2.0": 3, "": 1}))
    assert found["license"] == ["apache-2.0", "mit", "unknown"]
    assert found["size_categories"] == ["1K<n<10K"]


def test_the_funnel_names_every_reason_most_frequent_first() -> None:
    reasons = {"diff": 200, "test-script": 1_500, "none": 0}
    stage = FunnelStage(stage="leakage", unit="couples", rows_in=2_000, rows_out=298, reasons=reasons, owed=2)
    assert "| leakage | couples | 2,000 | 298 | test-script 1,500, diff 200, (owed 2) |" in card(funnel=(stage,))


def test_audit_contamination_sources_and_limits_are_there() -> None:
    text = card()
    assert "| length alone | train | 0.500 | 0.400 to 0.600 | 10 |" in text
    assert "| repository | 3 |" in text
    assert "| made.parquet | 100 | abababababababab |" in text
    assert "| unknown | 1 |" in text
    assert "- Made up \\| for tests." in text


def test_the_card_speaks_of_its_own_domain() -> None:
    coding = card()
    images = render_card(image_account().model_copy(update={"rows": {"train": 20}}))
    assert "trajectories" in coding
    assert "{role, content}" in coding
    assert not {"image", "images"} & set(re.findall(r"\w+", coding))
    assert "{bytes, path}" in images
    assert "byte for byte" in images
    assert not {"trajectory", "trajectories", "trace", "role", "coding"} & set(re.findall(r"\w+", images))
    assert head(images)["configs"][0]["data_files"] == [{"split": "train", "path": "images/train-*.parquet"}]
    assert "| edit | edits | 40 | 15 | no-flip 25 |" in images


def test_what_was_not_done_is_said() -> None:
    text = render_card(Manifest(domain="coding", rows={"train": 2}))
    for words in ("None: the deterministic filters", "Not measured.", "Not checked against", "Not recorded."):
        assert words in text


def test_the_judge_is_named() -> None:
    assert "## Judge\n\nsome-model, prompt 0a1b" in card(judge="some-model, prompt 0a1b")


def test_foreign_text_stays_in_its_cell() -> None:
    text = card(contamination={"a | b\n# <script>": 1})
    assert "| a \\| b # &lt;script> | 1 |" in text


def test_foreign_text_becomes_no_link_and_turns_no_line_around() -> None:
    text = card(licenses={"[mit](http://evil.com) \u202etim": 4}, notes=["see www.evil.com, ![x](y)\x1b[1m"])
    assert r"\[mit\](http&#58;//evil.com) \\u202etim" in text
    assert r"- see www&#46;evil.com, !\[x\](y)\\x1b\[1m" in text
