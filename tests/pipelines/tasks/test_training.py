"""TRL's trainer takes the tasks and their rewards as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent
from contextpairs.pipelines.tasks.coding import build_coding_tasks
from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig
from contextpairs.pipelines.tasks.images import build_image_tasks
from contextpairs.pipelines.tasks.images_config import ImageTasksConfig
from contextpairs.pipelines.tasks.rewards import reward_functions
from contextpairs.pipelines.tasks.storing import load_tasks

trl: Any = pytest.importorskip("trl", reason="training needs the extra: pip install -e '.[train]'")


def logged(out: Path, model: Path, tasks: Path, kind: Any, **settings: Any) -> list[dict[str, float]]:
    """What two steps of GRPO log."""
    arguments = trl.GRPOConfig(
        output_dir=str(out), max_steps=2, per_device_train_batch_size=4, num_generations=4, max_completion_length=8,
        logging_steps=1, save_strategy="no", report_to=[], use_cpu=True, bf16=False, seed=0,
    )  # fmt: skip
    trainer = trl.GRPOTrainer(
        model=str(model),
        reward_funcs=reward_functions(kind),
        args=arguments,
        train_dataset=load_tasks(tasks),
        **settings,
    )
    trainer.train()
    return [entry for entry in trainer.state.log_history if "loss" in entry]


def test_a_text_model_takes_two_steps_on_coding_tasks(tmp_path: Path) -> None:
    from tests.pipelines.train.context_selection.tiny_models import save_llama

    tasks = tmp_path / "tasks"
    build_coding_tasks(load(CodingTasksConfig, [], [f"out={tasks}", "limit=8"]), process_mapper(1), Silent())
    log = logged(tmp_path / "out", save_llama(tmp_path / "llama"), tasks, "coding")
    assert len(log) == 2
    assert all(0 <= entry["rewards/place_f1/mean"] <= 1 for entry in log)


def test_a_vision_language_model_takes_two_steps_on_image_tasks(tmp_path: Path) -> None:
    from tests.pipelines.train.context_selection.tiny_models import save_qwen_vl, transformers

    tasks = tmp_path / "tasks"
    config = load(ImageTasksConfig, [], [f"out={tasks}", "scenes.images=20", "limit=8"])
    build_image_tasks(config, process_mapper(1), Silent())
    model = save_qwen_vl(tmp_path / "vlm")
    processor = transformers.AutoProcessor.from_pretrained(str(model))
    log = logged(tmp_path / "out", model, tasks, "images", processing_class=processor)
    assert len(log) == 2
    assert all(0 <= entry["rewards/right_answer/mean"] <= 1 for entry in log)
