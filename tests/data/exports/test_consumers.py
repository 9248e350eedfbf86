"""Every consumer's own loader, or what it does field by field, reads the export and sees the pair it should."""

from __future__ import annotations

import base64
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.exports.exporting import export
from contextpairs.data.exports.record import ExportOptions
from contextpairs.data.pairs.prompting import IMAGE, PromptOptions, messages, show
from contextpairs.data.store.store import Store
from tests.data.exports.making import SPLITS, hostile_coding, hostile_images
from tests.data.exports.readers import easyr1_items, loaded, skyrl_items, verl_items
from tests.data.store.test_store_images import pixels

BOTH = ExportOptions(order="both")
PADS = "<|image_pad|>"


def shown_of(store: Store, split: Any) -> list[Any]:
    return [show(row) for row in store.read("latest", split).to_pylist()]


def test_verl_reads_coding_pairs(coding: Store, tmp_path: Path, tokenizer: Any) -> None:
    export(coding, "latest", None, "verl", tmp_path / "out")
    for split in SPLITS:
        items = verl_items(tmp_path / f"out/{split}.parquet", tmp_path)
        shown = shown_of(coding, split)
        assert [item["raw_prompt"] for item in items] == [messages(each) for each in shown]
        assert [item["reward_model"] for item in items] == [{"style": "rule", "ground_truth": s.letter} for s in shown]
        assert [(item["index"], item["extra_info"]["split"]) for item in items] == [
            (n, split) for n in range(len(shown))
        ]
        assert {(item["data_source"], item["ability"]) for item in items} == {
            ("contextpairs/coding/trajectory", "context-selection")
        }
        assert tokenizer.apply_chat_template(items[0]["raw_prompt"], add_generation_prompt=True, tokenize=True)


def test_verl_reads_image_pairs(images: Store, tmp_path: Path, processor: Any) -> None:
    export(images, "latest", None, "verl", tmp_path / "out", BOTH)
    items = verl_items(tmp_path / "out/train.parquet", tmp_path, processor)
    rows = images.read("latest", "train").to_pylist()
    assert [item["reward_model"]["ground_truth"] for item in items] == ["A", "B"] * len(rows)
    for row, item in zip([row for row in rows for _ in "AB"], items, strict=True):
        parts = item["raw_prompt"][-1]["content"]
        seen = [part["image"].tobytes() for part in parts if part["type"] == "image"]
        places = [row["positive"], row["negative"]]
        if item["reward_model"]["ground_truth"] == "B":
            places.reverse()
        assert seen == [pixels(image["bytes"]) for image in places]
        text = processor.apply_chat_template(item["raw_prompt"], add_generation_prompt=True, tokenize=False)
        assert text.count(PADS) == 2


def test_easyr1_reads_both_domains(
    coding: Store, images: Store, tmp_path: Path, tokenizer: Any, processor: Any
) -> None:
    export(coding, "latest", None, "easyr1", tmp_path / "coding")
    items = easyr1_items(tmp_path / "coding/train.parquet", tmp_path, tokenizer)
    shown = shown_of(coding, "train")
    assert [item["ground_truth"] for item in items] == [each.letter for each in shown]
    assert all(each.text in item["prompt"] for each, item in zip(shown, items, strict=True))
    export(images, "latest", None, "easyr1", tmp_path / "images")
    for each, item in zip(
        shown_of(images, "train"), easyr1_items(tmp_path / "images/train.parquet", tmp_path, processor), strict=True
    ):
        assert item["ground_truth"] == each.letter
        assert [image.tobytes() for image in item["images"]] == [pixels(image["bytes"]) for image in each.images]
        assert len(item["inputs"]["image_grid_thw"]) == 2


def test_skyrl_reads_coding_pairs(coding: Store, tmp_path: Path, tokenizer: Any) -> None:
    export(coding, "latest", None, "skyrl", tmp_path / "out")
    items = skyrl_items(tmp_path / "out/train.jsonl", tmp_path, tokenizer)
    shown = shown_of(coding, "train")
    assert [item["prompt"] for item in items] == [messages(each) for each in shown]
    assert {item["env_class"] for item in items} == {"contextpairs"}
    for each, item in zip(shown, items, strict=True):
        assert item["env_extras"]["reward_spec"] == {"method": "rule", "ground_truth": each.letter}
        assert item["env_extras"]["correct_answer"] == each.letter


def decoded(part: dict[str, Any]) -> bytes:
    kind, _, content = part["image_url"]["url"].partition(";base64,")
    assert re.fullmatch(r"data:image/(png|jpeg|webp|gif|bmp)", kind)
    return base64.b64decode(content, validate=True)


def test_skyrl_reads_image_pairs(images: Store, tmp_path: Path) -> None:
    export(images, "latest", None, "skyrl", tmp_path / "out")
    items = skyrl_items(tmp_path / "out/train.jsonl", tmp_path)
    for each, item in zip(shown_of(images, "train"), items, strict=True):
        parts = item["prompt"][-1]["content"]
        assert [decoded(part) for part in parts if part["type"] == "image_url"] == [i["bytes"] for i in each.images]
        assert IMAGE.join(_texts(parts)) == each.text


def _texts(parts: list[dict[str, Any]]) -> list[str]:
    """The text between images."""
    texts = [""]
    for part in parts:
        if part["type"] == "text":
            texts[-1] += part["text"]
        else:
            texts.append("")
    return texts


def test_chat_holds_the_messages_and_nothing_else(coding: Store, images: Store, tmp_path: Path) -> None:
    prompt = PromptOptions(system="Be brief.", prefill="The correct option is ")
    for store, name in ((coding, "coding"), (images, "images")):
        export(store, "latest", None, "chat", tmp_path / name, ExportOptions(prompt=prompt))
        lines = (tmp_path / name / "train.jsonl").read_text().splitlines()
        for line, each in zip(map(json.loads, lines), shown_of(store, "train"), strict=True):
            assert set(line) == {"messages"}
            system, user, assistant = line["messages"]
            assert system == {"role": "system", "content": "Be brief."}
            assert assistant == {"role": "assistant", "content": f"The correct option is {each.letter}"}
            content = user["content"]
            assert (content if isinstance(content, str) else IMAGE.join(_texts(content))) == each.text
        assert len(loaded(tmp_path / name / "train.jsonl", tmp_path)) == len(lines)


def test_chat_turns_what_endpoints_do_not_take_into_png(tmp_path: Path) -> None:
    from contextpairs.data.pairs.schemas import IMAGES
    from tests.data.pairs.image_rows import image_account, mirrored, picture
    from tests.data.pairs.pair_rows import labelled

    files = [
        {"bytes": picture(n, kind, mode=mode), "path": ""}
        for n, (kind, mode) in enumerate([("BMP", "RGB"), ("TIFF", "L")])
    ]
    rows = labelled(mirrored("q", ["1", "2"], files, "g", IMAGES.strategies[0]))
    store = Store(tmp_path / "store")
    store.publish({"train": rows}, image_account())
    export(store, "latest", None, "chat", tmp_path / "out")
    lines = (tmp_path / "out/train.jsonl").read_text().splitlines()
    for each, line in zip(shown_of(store, "train"), map(json.loads, lines), strict=True):
        parts = [part for part in line["messages"][0]["content"] if part["type"] == "image_url"]
        assert all(part["image_url"]["url"].startswith("data:image/png;") for part in parts)
        assert [pixels(decoded(part)) for part in parts] == [pixels(image["bytes"]) for image in each.images]


@pytest.mark.parametrize("form", ["verl", "easyr1", "skyrl", "trl"])
def test_hostile_texts_are_no_placeholders(form: str, tmp_path: Path, processor: Any) -> None:
    """As many placeholders as images, whatever the texts hold: the loaders would fail, or show another image."""
    export(hostile_coding(tmp_path / "c"), "latest", None, form, tmp_path / "coding")
    export(hostile_images(tmp_path / "i"), "latest", None, form, tmp_path / "images")
    suffix = "jsonl" if form == "skyrl" else "parquet"
    for domain, count in (("coding", 0), ("images", 2)):
        for row in loaded(tmp_path / domain / f"train.{suffix}", tmp_path):
            prompt = row.get("problem") or row["prompt"]
            content = prompt if isinstance(prompt, str) else prompt[-1]["content"]
            text = content if isinstance(content, str) else "".join(p.get("text") or "" for p in content)
            images = 0 if isinstance(content, str) else sum(p["type"] != "text" for p in content)
            assert len(re.findall(r"<(?:image|video|audio)>", text, re.IGNORECASE)) + images == count
            assert PADS not in text
    if form == "verl":
        assert len(verl_items(tmp_path / "images/train.parquet", tmp_path, processor)) == 2


def test_the_folder_of_any_form_loads_by_its_name(stores: dict[str, Store], tmp_path: Path) -> None:
    from datasets import load_dataset

    for form in ("trl", "verl", "easyr1", "skyrl", "chat", "trl-preference"):
        for domain, store in stores.items():
            folder = export(store, "latest", None, form, tmp_path / f"{form}-{domain}").url
            sizes = {split: len(found) for split, found in load_dataset(folder, cache_dir=str(tmp_path)).items()}
            assert sizes == store.manifest("latest").rows
            assert len(list(load_dataset(folder, split="train", streaming=True))) == sizes["train"]


def test_pandas_reads_the_parquet(stores: dict[str, Store], tmp_path: Path) -> None:
    pandas: Any = importlib.import_module("pandas")
    for domain, store in stores.items():
        folder = Path(export(store, "latest", None, "verl", tmp_path / domain).url)
        frame = pandas.read_parquet(folder / "train.parquet")
        assert [turns[-1]["role"] for turns in frame["prompt"]] == ["user"] * store.manifest("latest").rows["train"]


def test_pairs_as_they_are_load_by_domain(stores: dict[str, Store], tmp_path: Path) -> None:
    from datasets import load_dataset

    from contextpairs.data.exports.data_set import export_data_set
    from contextpairs.data.exports.record import open_source

    folder = export_data_set([open_source(store) for store in stores.values()], None, tmp_path / "out").url
    for domain, store in stores.items():
        found = load_dataset(folder, domain, cache_dir=str(tmp_path / "cache"))
        for split in SPLITS:
            assert found[split]["pair_id"][:] == store.read("latest", split, ["pair_id"])["pair_id"].to_pylist()
    assert load_dataset(folder, cache_dir=str(tmp_path / "cache"))["train"][0]["positive"][0]["role"] == "user"


def test_the_authors_read_coding_pairs(coding: Store, tmp_path: Path) -> None:
    export(coding, "latest", None, "contextrl", tmp_path / "out")
    for split in SPLITS:
        rows = [dict(row) for row in loaded(tmp_path / f"out/{split}.jsonl", tmp_path)]
        shown = shown_of(coding, split)
        assert [(row["prompt"], row["correct_answer"]) for row in rows] == [(each.text, each.letter) for each in shown]


def test_the_authors_read_image_pairs(images: Store, tmp_path: Path) -> None:
    export(images, "latest", None, "contextrl", tmp_path / "out")
    for split in SPLITS:
        rows = [dict(row) for row in loaded(tmp_path / f"out/{split}.parquet", tmp_path)]
        shown = shown_of(images, split)
        asked = "\nOutput A or B directly."
        assert [row["answer"] for row in rows] == [each.letter for each in shown]
        for row, each in zip(rows, shown, strict=True):
            assert (row["problem"] + asked).split() == each.text.split()
            assert row["problem"].count(IMAGE) == len(row["images"]) == 2


def test_skyrl_sees_an_image_for_each_part_that_is_one(images: Store, tmp_path: Path) -> None:
    """Releases of `datasets` from 4.0 on give every part the fields of all, as nothing where it has none."""
    export(images, "latest", None, "skyrl", tmp_path / "out")
    source = (tmp_path / "out/skyrl_env.py").read_text()
    names: dict[str, Any] = {"Any": Any}
    exec(source[source.index("def _told") : source.index("@ray.remote")], names)
    for line in (tmp_path / "out/train.jsonl").read_text().splitlines():
        for turn in json.loads(line)["prompt"]:
            filled = [{"type": None, "text": None, "image_url": None, **part} for part in turn["content"]]
            assert names["_told"](filled) == turn["content"]
            assert sum("image_url" in part for part in names["_told"](filled)) == 2
