"""The check before the first step: told of while it goes on, kept by content, not done twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train import checking
from contextpairs.pipelines.train.checking import Check, Size, check_of
from contextpairs.pipelines.train.context_selection.encoding import PairEncoder
from contextpairs.pipelines.train.fitting import Measure
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.context_selection.tiny_models import CHAT, tokenizer, transformers
from tests.pipelines.train.watched import Watched


def test_what_was_kept_is_not_measured_again(tmp_path: Path) -> None:
    check = Check(tmp_path, "processor")
    measured: list[int] = []

    def sizes(places: range) -> Iterator[Size]:
        for place in places:
            measured.append(place)
            yield f"row {place} is broken" if place == 1 else place * 10

    for _ in range(2):
        assert check.sizes("tasks", {"digest": "a"}, 3, sizes) == [0, "row 1 is broken", 20]
    assert measured == [0, 1, 2]
    check.sizes("tasks", {"digest": "b"}, 3, sizes)
    Check(tmp_path, "another processor").sizes("tasks", {"digest": "a"}, 3, sizes)
    assert len(measured) == 9
    assert len(list(tmp_path.iterdir())) == 3


def test_a_check_that_keeps_nothing_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Check().sizes("tasks", {}, 2, lambda places: places) == [0, 1]
    assert not list(tmp_path.iterdir())


def test_it_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(checking, "SECONDS", 0.0)
    Check(say=said.append).sizes("train pairs", {}, 3, lambda places: places)
    assert said == [f"checking train pairs: {done} of 3" for done in range(3)]


def test_it_says_nothing_of_what_takes_no_time() -> None:
    said: list[str] = []
    Check(say=said.append).sizes("train pairs", {}, 1000, lambda places: places)
    assert said == []


def test_another_tokenizer_or_template_is_another_processor(tmp_path: Path) -> None:
    one, again, other = (check_of(tmp_path, tokenizer(text), print) for text in (CHAT, CHAT, CHAT + " "))
    assert one == again
    assert one.processor != other.processor


def test_how_a_tokenizer_was_found_does_not_matter(llama_folder: Path, tmp_path: Path) -> None:
    elsewhere = shutil.copytree(llama_folder, tmp_path / "elsewhere")
    found = (transformers.AutoTokenizer.from_pretrained(llama_folder),
             transformers.AutoTokenizer.from_pretrained(elsewhere, local_files_only=True))  # fmt: skip
    one, other = (check_of(tmp_path, each, print).processor for each in found)
    assert one == other


def test_a_resumed_run_measures_nothing(probed: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    def measured(*_: Any) -> int:
        raise AssertionError("measured again")

    monkeypatch.setattr(PairEncoder, "tokens", measured)
    monkeypatch.setattr(Measure, "tokens", measured)
    said: list[str] = []
    again = train(probed.config.model_copy(update={"resume": True}), said.append)
    assert said == ["finished at step 4: nothing left to do"]
    assert (again.final, again.record["probe"]) == (probed.trained.final, probed.trained.record["probe"])
