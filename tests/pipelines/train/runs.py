"""Small runs: published pairs, tasks in a file, rewards, configurations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.store import Store
from contextpairs.pipelines.train.config import TrainConfig
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import Row, account, splits_of

REWARD = "tests.pipelines.train.runs:share_of_a"


def share_of_a(completions: Sequence[Any], **columns: Any) -> list[float]:
    """Share of the letter a in a reply: something that varies between the replies of an untrained model."""
    del columns
    texts = [each if isinstance(each, str) else each[0]["content"] for each in completions]
    return [text.lower().count("a") / max(1, len(text)) for text in texts]


def text_store(folder: Path, couples: int = 12, words: int = 4) -> str:
    """A version of coding pairs."""
    Store(folder).publish(splits_of(range(couples), turns=2, words=words), account())
    return str(folder)


def image_store(folder: Path, rows: dict[Split, list[Row]] | None = None) -> str:
    """A version of image pairs."""
    Store(folder).publish(rows or image_splits(range(12)), image_account())
    return str(folder)


def text_tasks(folder: Path, count: int = 16, plain: bool = False) -> str:
    """Prompts in a JSONL file, as turns of a chat or as plain text."""
    said = [f"Say {'a' * (n % 5 + 1)}." for n in range(count)]
    rows = [
        {"prompt": text if plain else [{"role": "user", "content": text}], "number": n} for n, text in enumerate(said)
    ]
    file = folder / "tasks.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def image_tasks(folder: Path, count: int = 8, broken: int | None = None) -> str:
    """Prompts with an image each, as `datasets` saves them; one of them may be no image."""
    from datasets import Dataset, Features, Image, List, Value

    from tests.data.pairs.image_rows import picture

    features = Features(
        {
            "prompt": List({"role": Value("string"), "content": Value("string")}),
            "images": List(Image()),
        }
    )
    rows = {
        "prompt": [[{"role": "user", "content": f"What is in picture {n}?"}] for n in range(count)],
        "images": [[{"bytes": b"none" if n == broken else picture(n), "path": None}] for n in range(count)],
    }
    Dataset.from_dict(rows, features=features).save_to_disk(str(folder / "tasks"))
    return str(folder / "tasks")


def small(folder: Path, model: Path, **fields: Any) -> TrainConfig:
    """A run of a few steps on the CPU, on text unless told otherwise."""
    given = {
        "model": str(model),
        "out": folder / "out",
        "reward": [REWARD],
        "steps": 2,
        "prompts_per_step": 2,
        "rollouts": 2,
        "max_completion": 8,
        "pair_batch": 4,
        "coefficient": 1.0,
        "learning_rate": 1e-3,
        "max_length": 2048,
        "save_every": 100,
        **fields,
    }
    quiet = {"use_cpu": True, "disable_tqdm": True, **given.pop("trl", {})}
    if "pairs" not in given:
        given["pairs"] = text_store(folder / "store")
    if "tasks" not in given:
        given["tasks"] = text_tasks(folder)
    return TrainConfig(**given, trl=quiet)


def nothing(completions: Sequence[Any], **columns: Any) -> list[float]:
    """The same for every reply, so that GRPO has no gradient."""
    del columns
    return [0.0] * len(completions)
