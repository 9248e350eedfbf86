"""Runs on several stores of pairs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from contextpairs.data.store.store import Store
from contextpairs.pipelines.cli.main import app
from contextpairs.pipelines.run.config_files import ConfigError, load
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.context_selection.scoring import letter_logits
from contextpairs.pipelines.train.pairs import TrainPairs, open_pairs
from contextpairs.pipelines.train.record import ResumeError
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.runs import image_store, image_tasks, small, text_store
from tests.pipelines.train.test_gradient import in_two_processes


def two_stores(folder: Path) -> list[dict[str, Any]]:
    """One of few short pairs, one of more and longer ones."""
    one, other = text_store(folder / "one", couples=4), text_store(folder / "other", couples=9, words=7)
    return [{"store": one, "share": 0.25}, {"store": other, "version": "v000001", "share": 0.75}]


def both_kinds(folder: Path) -> list[dict[str, Any]]:
    """Coding and image pairs."""
    coding, images = text_store(folder / "coding"), image_store(folder / "images")
    return [{"store": coding, "share": 0.5}, {"store": images, "share": 0.5}]


def opened(config: TrainConfig, model: Path) -> TrainPairs:
    return open_pairs(config, load_model(str(model)).processor, 2048)


def test_pairs_come_from_both_by_their_shares(llama_folder: Path, tmp_path: Path) -> None:
    stores = two_stores(tmp_path)
    pairs = opened(small(tmp_path, llama_folder, pairs=stores), llama_folder)
    first, second = (
        {row["pair_id"] for row in Store(each["store"]).read("latest", "train").to_pylist()} for each in stores
    )
    assert not first & second
    shown = [each.pair_id for each in pairs.shown(pairs.sequence.items(0, 40))]
    assert (sum(each in first for each in shown), sum(each in second for each in shown)) == (10, 30)
    assert set(shown[:10]) & first
    assert set(shown) == first | second


def test_the_record_lists_each_store_and_a_resumed_run_wants_them_all(llama_folder: Path, tmp_path: Path) -> None:
    stores = two_stores(tmp_path)
    said: list[str] = []
    trained = train(small(tmp_path, llama_folder, pairs=stores, steps=1), said.append)
    record = json.loads((trained.checkpoint / "contextpairs.json").read_text())
    manifests = [Store(each["store"]).manifest() for each in stores]
    assert [each["digest"] for each in record["pairs"]] == [each.digest for each in manifests]
    assert [(each["version"], each["share"]) for each in record["pairs"]] == [("v000001", 0.25), ("v000001", 0.75)]
    assert record["position"] == [{"epoch": 0, "items": 1}, {"epoch": 0, "items": 3}]
    assert f"{manifests[1].rows['train']} pairs of {stores[1]['store']} v000001, train, 0.75 of every batch," in said[2]
    given: dict[str, Any] = {"steps": 2, "resume": True, "tasks": str(tmp_path / "tasks.jsonl")}
    cases = [
        (stores[::-1], r"pairs.0.digest was .* pairs.1.share was '0.75', now '0.25'"),
        ([{**stores[0], "share": 0.5}, {**stores[1], "share": 0.5}], r"pairs.0.share was '0.25', now '0.5'"),
        (
            stores[0]["store"],
            r"pairs were of 2 stores, now of 1; give what it was begun with, such as pairs='\[{store:",
        ),
    ]
    for pairs, message in cases:
        with pytest.raises(ResumeError, match=message):
            train(small(tmp_path, llama_folder, pairs=pairs, **given), lambda _: None)
    text_store(tmp_path / "one", couples=6)
    with pytest.raises(ResumeError, match=r"pairs.0.digest was"):
        train(small(tmp_path, llama_folder, pairs=stores, **given), lambda _: None)
    pinned = [{**each, "version": "v000001"} for each in stores]
    assert train(small(tmp_path, llama_folder, pairs=pinned, **given), lambda _: None).checkpoint.name == "checkpoint-2"


def test_a_resumed_run_of_two_stores_goes_on_as_if_never_stopped(llama_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"pairs": two_stores(tmp_path), "pair_batch": 3, "order": "random"}
    whole = train(small(tmp_path, llama_folder, steps=4, out=tmp_path / "whole", **fields), lambda _: None)
    fields["out"] = tmp_path / "parts"
    train(small(tmp_path, llama_folder, steps=2, **fields), lambda _: None)
    resumed = train(small(tmp_path, llama_folder, steps=4, resume=True, **fields), lambda _: None)
    name = "context_selection/loss"
    assert [each[name] for each in resumed.history[:4]] == pytest.approx([each[name] for each in whole.history[:4]])


def test_coding_beside_images_needs_a_model_that_sees(llama_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="image pairs need a vision-language model"):
        opened(small(tmp_path, llama_folder, pairs=both_kinds(tmp_path)), llama_folder)


def test_pairs_with_and_without_images_share_a_batch(qwen_folder: Path, tmp_path: Path) -> None:
    loaded = load_model(str(qwen_folder))
    pairs = open_pairs(small(tmp_path, qwen_folder, pairs=both_kinds(tmp_path)), loaded.processor, 2048)
    encoded = pairs.encoded(pairs.sequence.items(0, 6))
    assert sum("pixel_values" in each.features for each in encoded) == 3
    with torch.inference_mode():
        together = letter_logits(loaded.model, pairs.encoder.collate(encoded), pairs.letters)
        alone = torch.cat([letter_logits(loaded.model, each.features, pairs.letters) for each in encoded])
    assert torch.allclose(together, alone, atol=1e-5 * float(alone.max() - alone.min()))


def test_both_kinds_train_together(qwen_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, qwen_folder, pairs=both_kinds(tmp_path), tasks=image_tasks(tmp_path), steps=1)
    assert train(config, lambda _: None).history[0]["context_selection/loss"] > 0
    with pytest.raises(ValueError, match="the pairs show both images and none; da_rl mixes both in a batch"):
        train(config.model_copy(update={"objective": "da_rl", "out": tmp_path / "rl"}), lambda _: None)


@pytest.mark.slow
@pytest.mark.parametrize("pictured_tasks", [False, True])
def test_two_processes_take_both_kinds(qwen_folder: Path, tmp_path: Path, pictured_tasks: bool) -> None:
    """One process may see images in a step where the other sees none."""
    fields: dict[str, Any] = {"tasks": image_tasks(tmp_path)} if pictured_tasks else {}
    config = small(
        tmp_path, qwen_folder, pairs=both_kinds(tmp_path), pair_batch=5, prompts_per_step=4, steps=3, **fields
    )
    in_two_processes(config)
    assert (config.out / "checkpoint-3" / "contextpairs.json").is_file()


def test_the_command_takes_several_and_says_how_to_probe_each(llama_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, llama_folder, pairs=(stores := two_stores(tmp_path)), steps=1)
    given = [f"{name}={json.dumps(value)}" for name, value in json.loads(config.model_dump_json()).items() if value]
    result = CliRunner().invoke(app, ["train", *given])
    assert result.exit_code == 0, result.output
    for each in stores:
        probed = f"contextpairs probe model={config.out}/final pairs={each['store']} version=v000001"
        assert probed in result.output


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("pairs=[{store: a, share: 0.5}]", "pairs: .*the shares of the stores add up to 0.5, expected 1"),
        ("pairs=[]", "pairs: .*add up to 0, expected 1"),
        ("pairs=[{store: a, share: 1.5}]", "share: Input should be less than or equal to 1"),
        ("pairs=[{store: a, share: 0.12345}]", "share: .*expected at most 4 decimals"),
        ("pairs=[{store: a}]", "share: Field required"),
        ("pairs=[{path: a, share: 1}]", "path: there is no such field"),
    ],
)
def test_bad_shares_are_named(given: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(TrainConfig, [], [given])


def test_a_version_belongs_to_its_store() -> None:
    with pytest.raises(ConfigError, match=r"version: .*of several stores each has its own"):
        load(TrainConfig, [], ["pairs=[{store: a, share: 1}]", "version=v000001"])
