"""Every task is measured as it is sent, before the first step; what does not fit or cannot be read is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.fitting import Measure, fitting
from contextpairs.pipelines.train.run import train
from contextpairs.pipelines.train.tasks import Tasks, UnfitTasksError, numbered, open_tasks
from tests.pipelines.train.context_selection.tiny_models import tokenizer
from tests.pipelines.train.runs import REWARD, image_tasks, small


def fitted(folder: Path, rows: list[Any], most: int = 200, processor: Any = None, **fields: Any) -> Tasks:
    file = folder / "tasks.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = TrainConfig(tasks=str(file), reward=[REWARD], prompts_per_step=2, max_completion=8, **fields)
    measure = Measure(processor or tokenizer(), {"enable_thinking": False}, most)
    return fitting(numbered(open_tasks(config)), config, measure)


def said(content: str) -> dict[str, Any]:
    return {"prompt": [{"role": "user", "content": content}]}


def test_long_prompts_are_dropped_or_refused(tmp_path: Path) -> None:
    rows = [said("word " * size) for size in (1, 300, 2, 3)]
    tasks = fitted(tmp_path, rows, too_long="drop")
    assert (len(tasks.dataset), tasks.dropped, tasks.broken) == (3, 1, ())
    assert [row["task_row"] for row in tasks.dataset] == [0, 2, 3]
    with pytest.raises(UnfitTasksError, match=r"prompt 1 has \d+ tokens, at most 200 are taken .*max_completion=8"):
        fitted(tmp_path, rows)


def test_prompts_that_cannot_be_made_are_dropped_or_refused(tmp_path: Path) -> None:
    rows = [said("one"), {"prompt": None}, said("two")]
    tasks = fitted(tmp_path, rows, too_long="drop")
    assert (len(tasks.dataset), tasks.dropped) == (2, 0)
    assert tasks.broken == ("row 1 cannot be read: ValueError: its prompt is None",)
    with pytest.raises(UnfitTasksError, match="tasks: row 1 cannot be read: ValueError: its prompt is None; drop"):
        fitted(tmp_path, rows)
    with pytest.raises(UnfitTasksError, match=r"has 1 prompts \(1 left out: row 1 .*\), and a step takes 2"):
        fitted(tmp_path, rows[:2], too_long="drop")


def longest(folder: Path, model: Path, **fields: Any) -> tuple[int, Path]:
    """Tokens of a prompt as TRL sends it, where all prompts are equally long, and where the run went."""
    config = small(folder, model, objective="grpo", pairs="", steps=1, reward=[REWARD], **fields)
    logged = train(config, lambda _: None).history[0]
    completions = config.prompts_per_step * config.rollouts
    return round(logged["num_tokens"] / completions - logged["completions/mean_length"]), config.out


@pytest.mark.parametrize("thinks", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_text_is_measured_as_it_is_sent(llama_folder: Path, tmp_path: Path, thinks: bool, plain: bool) -> None:
    file = tmp_path / "tasks.jsonl"
    row = {"prompt": "Say a."} if plain else said("Say a.")
    file.write_text((json.dumps(row) + "\n") * 4)
    fields: dict[str, Any] = {"tasks": str(file), "trl": {"chat_template_kwargs": {"enable_thinking": thinks}}}
    tokens, out = longest(tmp_path, llama_folder, **fields)
    with pytest.raises(UnfitTasksError, match=rf"prompt 0 has {tokens} tokens, at most {tokens - 1} are taken"):
        longest(tmp_path, llama_folder, **fields, max_length=tokens - 1, out=out / "short")


def test_so_are_images(qwen_folder: Path, tmp_path: Path) -> None:
    tasks = image_tasks(tmp_path)
    tokens, out = longest(tmp_path, qwen_folder, tasks=tasks)
    with pytest.raises(UnfitTasksError, match=rf"prompt 0 has {tokens} tokens, at most {tokens - 1} are taken"):
        longest(tmp_path, qwen_folder, tasks=tasks, max_length=tokens - 1, out=out / "short")


def test_a_broken_image_is_named(qwen_folder: Path, tmp_path: Path) -> None:
    config = small(
        tmp_path,
        qwen_folder,
        objective="grpo",
        pairs="",
        steps=1,
        tasks=image_tasks(tmp_path, broken=5),
        reward=[REWARD],
    )
    with pytest.raises(UnfitTasksError, match=r"row 5 cannot be read: \w+: cannot identify image file its bytes; drop"):
        train(config, lambda _: None)
    told: list[str] = []
    train(config.model_copy(update={"too_long": "drop"}), told.append)
    assert told[0].startswith("7 tasks of")
    assert told[1].startswith("warning: 1 tasks left out: row 5 cannot be read")


def test_images_need_a_model_that_sees(llama_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, llama_folder, objective="grpo", pairs="", tasks=image_tasks(tmp_path), reward=[REWARD])
    with pytest.raises(UnfitTasksError, match="shows images, which need a vision-language model"):
        train(config, lambda _: None)
