"""What the loaders of verl, EasyR1 and SkyRL do with a file, field by field; written from their behaviour.

verl: verl/utils/dataset/rl_dataset.py; EasyR1: verl/utils/dataset.py; SkyRL: skyrl/train/dataset/dataset.py.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

from PIL import Image

Item = dict[str, Any]


def loaded(path: str | Path, cache: Path) -> Any:
    """All three load one file by `datasets`, the kind told from the name."""
    from datasets import load_dataset

    kind = {".parquet": "parquet", ".json": "json", ".jsonl": "json"}[os.path.splitext(path)[1]]
    return load_dataset(kind, data_files=str(path), cache_dir=str(cache))["train"]


def verl_items(path: str | Path, cache: Path, processor: Any = None) -> list[Item]:
    """Items of verl: messages in parts where there are images, each placeholder filled, none left over."""
    return [_verl_item(dict(row), processor) for row in loaded(path, cache)]


def _verl_item(row: Item, processor: Any) -> Item:
    images, used = row.pop("images", None) or [], 0
    for message in row["prompt"]:
        if not images:
            continue
        assert processor is not None, "images need a processor"
        parts: list[Item] = []
        for piece in filter(None, re.split("(<image>|<video>|<audio>)", message["content"])):
            assert piece not in ("<video>", "<audio>")
            parts.append({"type": "image", "image": _picture(images[used])} if piece == "<image>" else _text(piece))
            used += piece == "<image>"
        message["content"] = parts
    assert used == len(images)
    row["raw_prompt"] = row["prompt"]
    row["index"] = row["extra_info"]["index"]
    assert not row["extra_info"].get("tools_kwargs")
    return row


def easyr1_items(path: str | Path, cache: Path, processor: Any) -> list[Item]:
    """Items of EasyR1: the rendered prompt, images in RGB, the ground truth; `processor` is a tokenizer for text."""
    return [_easyr1_item(dict(row), processor) for row in loaded(path, cache)]


def _easyr1_item(row: Item, processor: Any) -> Item:
    text = row.pop("problem")
    assert isinstance(text, str)
    if "images" not in row:
        messages: list[Item] = [{"role": "user", "content": text}]
        prompt = processor.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
        return {**row, "prompt": prompt, "ground_truth": row.pop("answer")}
    parts: list[Item] = []
    for number, piece in enumerate(text.split("<image>")):
        parts += [{"type": "image"}] if number else []
        parts += [_text(piece)] if piece else []
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": parts}], add_generation_prompt=True, tokenize=False
    )
    images = [_picture(image) for image in row.pop("images")]
    inputs = processor(images, [prompt], add_special_tokens=False, return_tensors="pt")
    return {**row, "prompt": prompt, "images": images, "inputs": inputs, "ground_truth": row.pop("answer")}


def skyrl_items(path: str | Path, cache: Path, tokenizer: Any = None) -> list[Item]:
    """Items of SkyRL: conversation and environment apart, all else extras; the prompt must fit its template."""
    items = []
    for number, each in enumerate(loaded(path, cache)):
        row = dict(each)
        prompt, env = row.pop("prompt"), row.pop("env_class", None)
        if tokenizer is not None:
            assert tokenizer.apply_chat_template(prompt, add_generation_prompt=True, return_dict=False, tokenize=True)
        items.append({"prompt": prompt, "env_class": env, "env_extras": row, "uid": str(number)})
    return items


def _picture(image: Any) -> Image.Image:
    """Decoded by `datasets`, or a struct or bytes where its note was not understood."""
    if isinstance(image, dict):
        image = image["bytes"]
    if isinstance(image, bytes):
        image = Image.open(io.BytesIO(image))
    assert isinstance(image, Image.Image)
    return image.convert("RGB")


def _text(piece: str) -> Item:
    return {"type": "text", "text": piece}
