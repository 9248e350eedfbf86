"""What the RL term reads, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.pipelines.tasks.storing import TasksManifest, write_tasks
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.tasks import UnfitTasksError, open_tasks, reward_named
from tests.pipelines.train.runs import REWARD, share_of_a, text_tasks


def config(tasks: str, **fields: Any) -> TrainConfig:
    return TrainConfig(tasks=tasks, **{"reward": [REWARD], "prompts_per_step": 2, "max_completion": 8, **fields})


def made_here(folder: Path) -> str:
    rows = [
        {
            "task_id": f"{n:032}",
            "prompt": [{"role": "user", "content": f"Where is fault {n}?"}],
            "reference": canonical_json({"places": [["a.py", "f"]]}),
            "provenance": "{}",
        }
        for n in range(3)
    ]
    write_tasks(rows, TasksManifest(kind="coding", configuration={}), folder / "made")
    return str(folder / "made")


def test_tasks_made_here_bring_their_rewards(tmp_path: Path) -> None:
    from contextpairs.pipelines.tasks.rewards import reward_functions
    from contextpairs.pipelines.tasks.storing import read_manifest

    tasks = open_tasks(config(made_here(tmp_path), reward=[]))
    assert tasks.rewards == reward_functions("coding")
    assert (tasks.kind, tasks.digest) == ("coding", read_manifest(tmp_path / "made").digest)
    assert open_tasks(config(made_here(tmp_path))).rewards == [share_of_a]


@pytest.mark.parametrize("form", ["jsonl", "parquet", "saved"])
def test_data_sets_of_trl_are_read(tmp_path: Path, form: str) -> None:
    from datasets import load_dataset

    path = text_tasks(tmp_path)
    dataset = load_dataset("json", data_files=path, split="train")
    if form == "parquet":
        path = str(tmp_path / "tasks.parquet")
        dataset.to_parquet(path)
    elif form == "saved":
        path = str(tmp_path / "saved")
        dataset.save_to_disk(path)
    tasks = open_tasks(config(path))
    assert tasks.dataset[3] == {"prompt": [{"role": "user", "content": "Say aaaa."}], "number": 3}
    assert tasks.kind is None
    assert tasks.digest == open_tasks(config(text_tasks(tmp_path))).digest
    assert tasks.digest != open_tasks(config(text_tasks(tmp_path, count=15))).digest


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"reward": []}, "brings no reward"),
        ({"reward": ["json"]}, "'json' names no function"),
        ({"reward": ["json:lodes"]}, "json has no function 'lodes'"),
        ({"reward": ["no_such_module:f"]}, "No module named 'no_such_module'"),
        ({"reward": ["absent.py:f"]}, "there is no file absent.py"),
        ({"prompts_per_step": 17}, "has 16 prompts, and a step takes 17"),
    ],
)
def test_what_cannot_be_rewarded_is_refused(tmp_path: Path, fields: dict[str, Any], said: str) -> None:
    with pytest.raises(UnfitTasksError, match=said):
        open_tasks(config(text_tasks(tmp_path), **fields))


def test_a_missing_prompt_is_named(tmp_path: Path) -> None:
    (tmp_path / "tasks.jsonl").write_text(json.dumps({"question": "?"}) + "\n")
    with pytest.raises(UnfitTasksError, match=r"has no column 'prompt'; found \['question'\]"):
        open_tasks(config(str(tmp_path / "tasks.jsonl")))


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match="absent is no folder, file or data set"):
        open_tasks(config(str(tmp_path / "absent")))


def test_a_reward_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "own_rewards.py"
    file.write_text("def two(completions, **columns):\n    return [2.0] * len(completions)\n")
    assert reward_named(f"{file}:two")(completions=["a", "b"]) == [2.0, 2.0]
