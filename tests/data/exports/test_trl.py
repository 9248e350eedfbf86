"""TRL itself reads the exports: its own functions, and its trainers take steps on tiny real models."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.exports.exporting import export
from contextpairs.data.exports.record import ExportOptions
from contextpairs.data.pairs.prompting import IMAGE, PromptOptions, messages, show
from contextpairs.data.store.store import Store

trl: Any = pytest.importorskip("trl", reason="training needs the extra: pip install -e '.[train]'")


def train_split(folder: str, cache: Path) -> Any:
    from datasets import load_dataset

    return load_dataset(folder, split="train", cache_dir=str(cache))


def settings(kind: Any, folder: Path, **more: Any) -> Any:
    return kind(
        str(folder), max_steps=2, per_device_train_batch_size=2, report_to=[], use_cpu=True, save_strategy="no",
        logging_steps=1, disable_tqdm=True, **more,
    )  # fmt: skip


def test_prompts_are_conversations_that_its_template_renders(coding: Store, tmp_path: Path, tokenizer: Any) -> None:
    from trl.data_utils import apply_chat_template, is_conversational

    folder = export(coding, "latest", ["train"], "trl", tmp_path / "out").url
    for row, pair in zip(train_split(folder, tmp_path), coding.read("latest", "train").to_pylist(), strict=True):
        assert is_conversational(row)
        shown = show(pair)
        assert (row["prompt"], row["letter"]) == (messages(shown), shown.letter)
        assert shown.text in apply_chat_template({"prompt": row["prompt"]}, tokenizer)["prompt"]


def test_images_go_where_their_placeholders_stand(images: Store, tmp_path: Path) -> None:
    from trl.data_utils import prepare_multimodal_messages

    folder = export(images, "latest", ["train"], "trl", tmp_path / "out").url
    for row, pair in zip(train_split(folder, tmp_path), images.read("latest", "train").to_pylist(), strict=True):
        parts = prepare_multimodal_messages(row["prompt"], images=row["images"])[-1]["content"]
        assert "".join(IMAGE if part["type"] == "image" else part["text"] for part in parts) == show(pair).text
        assert [part["image"].size for part in parts if part["type"] == "image"] == [(24, 16)] * 2


@pytest.mark.parametrize("domain", ["coding", "images"])
def test_grpo_takes_steps(domain: str, stores: dict[str, Store], llama: Path, qwen: Path, tmp_path: Path) -> None:
    folder = export(stores[domain], "latest", ["train"], "trl", tmp_path / "out").url
    reward = runpy.run_path(f"{folder}/pair_reward.py")["trl_reward"]
    args = settings(trl.GRPOConfig, tmp_path / "run", num_generations=2, max_completion_length=4)
    model = str(llama if domain == "coding" else qwen)
    trainer = trl.GRPOTrainer(model, reward, args, train_split(folder, tmp_path))
    trainer.train()
    rewards = [entry["rewards/trl_reward/mean"] for entry in trainer.state.log_history if "loss" in entry]
    assert len(rewards) == 2
    assert all(0 <= each <= 1 for each in rewards)


@pytest.mark.parametrize("domain", ["coding", "images"])
def test_dpo_learns_the_letters(domain: str, stores: dict[str, Store], llama: Path, qwen: Path, tmp_path: Path) -> None:
    folder = export(stores[domain], "latest", ["train"], "trl-preference", tmp_path / "out").url
    args = settings(trl.DPOConfig, tmp_path / "run", max_length=None, learning_rate=1e-2)
    pairs = train_split(folder, tmp_path)
    trainer = trl.DPOTrainer(str(llama if domain == "coding" else qwen), args=args, train_dataset=pairs)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert losses[0] == pytest.approx(0.693, abs=0.01)
    assert losses[1] != losses[0]


def test_preferences_are_the_letters(coding: Store, tmp_path: Path) -> None:
    options = ExportOptions(prompt=PromptOptions(prefill="It is"))
    folder = export(coding, "latest", ["train"], "trl-preference", tmp_path / "out", options).url
    for row in train_split(folder, tmp_path):
        other = "AB".replace(row["letter"], "")
        assert row["chosen"] == [{"role": "assistant", "content": f"It is {row['letter']}"}]
        assert row["rejected"] == [{"role": "assistant", "content": f"It is {other}"}]
