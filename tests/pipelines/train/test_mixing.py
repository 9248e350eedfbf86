"""Pairs among tasks, for the baseline that trains on them by RL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.mixing import ITEM, LETTER, mixed, right_letter
from contextpairs.pipelines.train.pairs import open_pairs
from contextpairs.pipelines.train.run import train
from contextpairs.pipelines.train.tasks import Tasks, open_tasks
from tests.pipelines.train.runs import image_store, image_tasks, small, text_tasks


def mixture(folder: Path, model: Path, **fields: Any) -> tuple[Tasks, Any]:
    config = small(folder, model, objective="da_rl", **fields)
    pairs = open_pairs(config, load_model(str(model)).processor, 2048)
    return mixed(open_tasks(config), pairs), pairs


@pytest.mark.parametrize(("share", "count"), [(0.2, 4), (0.5, 16), (0.75, 48)])
def test_pairs_make_up_their_share(llama_folder: Path, tmp_path: Path, share: float, count: int) -> None:
    tasks, _ = mixture(tmp_path, llama_folder, pair_share=share)
    items = [row[ITEM] for row in tasks.dataset]
    assert items == [None] * 16 + list(range(count))


def test_pairs_are_shown_as_everywhere(llama_folder: Path, tmp_path: Path) -> None:
    tasks, pairs = mixture(tmp_path, llama_folder, pair_share=0.5)
    shown = pairs.shown(pairs.sequence.items(0, 3))
    rows = tasks.dataset[14:19]
    assert rows[LETTER] == [None, None, *(each.letter for each in shown)]
    assert [row[0]["content"] for row in rows["prompt"][2:]] == [each.text for each in shown]
    assert rows["number"] == [14, 15, None, None, None]


def test_images_stand_at_their_places(qwen_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"pairs": image_store(tmp_path / "store"), "tasks": image_tasks(tmp_path)}
    tasks, pairs = mixture(tmp_path, qwen_folder, pair_share=0.5, **fields)
    row = tasks.dataset[8]
    shown = pairs.shown(pairs.sequence.items(0, 1))[0]
    parts = row["prompt"][0]["content"]
    assert "".join("<image>" if part["type"] == "image" else part["text"] for part in parts) == shown.text
    assert len(row["images"]) == 2
    assert row["images"][0].mode == "RGB"
    assert tasks.dataset[0]["images"][0].size == (24, 16)


def test_images_and_none_are_not_mixed(llama_folder: Path, qwen_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no column 'images' .* the pairs show images"):
        mixture(tmp_path, qwen_folder, pairs=image_store(tmp_path / "images"))
    with pytest.raises(ValueError, match=r"has column 'images' .* the pairs show none"):
        mixture(tmp_path, llama_folder, tasks=image_tasks(tmp_path))


def test_the_right_letter_is_worth_one() -> None:
    replies: list[Any] = ["A", "B", "A or B", [{"role": "assistant", "content": "The correct option is A."}], "A"]
    assert right_letter(completions=replies, **{LETTER: ["A", "A", "A", "A", None]}) == [1, 0, 0, 1, None]


def test_rewards_of_tasks_see_tasks_alone(llama_folder: Path, tmp_path: Path) -> None:
    tasks, _ = mixture(tmp_path, llama_folder, pair_share=0.5)
    seen: list[Any] = []

    def reward(prompts: Sequence[Any], completions: Sequence[Any], number: Sequence[int], **rest: Any) -> Any:
        seen.append((prompts, completions, number, rest["trainer_state"]))
        return [float(each) for each in number]

    wrapped = mixed(Tasks(tasks.dataset.select(range(16)), [reward], None, ""), _).rewards[0]
    columns = {ITEM: [None, 0, None], "number": [7, None, 9], "trainer_state": "state"}
    assert wrapped(prompts=["p", "q", "r"], completions=["a", "b", "c"], **columns) == [7.0, None, 9.0]
    assert seen == [(["p", "r"], ["a", "c"], [7, 9], "state")]
    assert wrapped(prompts=["q"], completions=["b"], **{ITEM: [1], "number": [None]}) == [None]
    assert wrapped.__name__ == "reward"


def test_pairs_are_plain_text_where_tasks_are(llama_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, llama_folder, tasks=text_tasks(tmp_path, plain=True), objective="da_rl", pair_share=0.5)
    pairs = open_pairs(config, load_model(str(llama_folder)).processor, 2048)
    shown = pairs.shown(pairs.sequence.items(0, 2))
    rows = mixed(open_tasks(config), pairs).dataset[15:18]
    assert rows["prompt"] == ["Say a.", *(pairs.encoder.chat_text(each) for each in shown)]
    assert rows["prompt"][1].endswith("<|im_start|>assistant\n<think>\n\n</think>\n\n")
    history = train(config.model_copy(update={"steps": 4}), lambda _: None).history[:-1]
    assert any(logged["rewards/right_letter/mean"] is not None for logged in history)
