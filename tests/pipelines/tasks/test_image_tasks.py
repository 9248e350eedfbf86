"""Image tasks from rendered scenes and from small sources of one's own."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.pairs.splits import split_of
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper, thread_mapper
from contextpairs.pipelines.run.reporting import Silent
from contextpairs.pipelines.tasks.images import build_image_tasks
from contextpairs.pipelines.tasks.images_config import ImageTasksConfig
from contextpairs.pipelines.tasks.rewards import reward_functions
from contextpairs.pipelines.tasks.storing import TasksManifest, load_tasks, read_manifest
from tests.data.pairs.image_rows import picture
from tests.pipelines.tasks.written import content, reasons, rows_of

SMALL = "scenes.images=200"


def build(out: Path, *overrides: str, threads: bool = False) -> TasksManifest:
    config = load(ImageTasksConfig, [], [f"out={out}", SMALL, *overrides])
    return build_image_tasks(config, thread_mapper(2) if threads else process_mapper(1), Silent())


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tasks") / "images"
    build(folder)
    return folder


def test_scenes_give_a_task_a_picture_in_every_domain(out: Path) -> None:
    manifest = read_manifest(out)
    assert manifest.tasks >= 120
    assert len(manifest.counts) == 5
    pictures = [row["images"][0]["bytes"] for row in rows_of(out)]
    assert len(set(pictures)) == len(pictures) == manifest.tasks
    for line, following in zip(manifest.funnel[1:], manifest.funnel[2:], strict=False):
        assert line.rows_out == following.rows_in


def test_the_right_answer_gets_the_reward_and_another_does_not(out: Path) -> None:
    (reward,) = reward_functions("images")
    tasks = load_tasks(out)
    answers = [json.loads(text)["answer"] for text in tasks["reference"]]
    columns = {"prompts": tasks["prompt"], "reference": tasks["reference"]}
    right = [[{"role": "assistant", "content": f"I see it.\n<answer>{answer}</answer>"}] for answer in answers]
    assert set(reward(completions=right, **columns)) == {1.0}
    assert set(reward(completions=["<answer>a submarine</answer>"] * len(answers), **columns)) == {0.0}


def test_pictures_are_loaded_as_they_were_rendered(out: Path) -> None:
    task = load_tasks(out)[0]
    domain, seed, number = json.loads(task["provenance"])["key"].rsplit("-", 2)
    (shown,) = task["images"]
    np.testing.assert_array_equal(np.asarray(shown), np.asarray(scene(domain, int(seed), int(number)).draw()))
    assert task["prompt"][0]["content"].startswith(json.loads(task["reference"])["question"])
    assert "<image>" not in task["prompt"][0]["content"]


def test_a_picture_that_readers_show_in_two_ways_comes_as_it_was_checked(tmp_path: Path) -> None:
    """Catches a task whose picture lies on its side, or is white, to the trainer that reads it beside the pairs."""
    exif = Image.Exif()
    exif[0x0112] = 6
    pixels = np.random.default_rng(3).integers(0, 256, (40, 60), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "turned.jpg", exif=exif)
    Image.fromarray(pixels.astype(np.uint16) * 257).save(tmp_path / "deep.png")
    rows = [
        {"image": name, "question": "How many?", "answer": str(at)} for at, name in ((3, "turned.jpg"), (4, "deep.png"))
    ]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    build(tmp_path / "out", f'sources=["{tmp_path}"]', "probe_share=0.01")
    tasks = rows_of(tmp_path / "out")
    assert len(tasks) == 2
    for row in tasks:
        provenance = json.loads(row["provenance"])
        with Image.open(BytesIO(row["images"][0]["bytes"])) as shown:
            assert (shown.format, shown.mode, dict(shown.getexif())) == ("PNG", "RGB", {})
            deep = provenance["original"]["format"] == "PNG"
            assert shown.size == ((60, 40) if deep else (40, 60))
            assert not deep or np.array_equal(np.asarray(shown)[..., 0], pixels)


def test_no_picture_of_the_probe_gives_a_task(out: Path) -> None:
    for row in rows_of(out):
        facts = inspect(row["images"][0]["bytes"], ImageLimits())
        assert isinstance(facts, ImageFacts)
        assert split_of(facts.pixel_hash, 0.1) == "train"
    assert reasons(read_manifest(out))["held-out"] > 0


def test_no_answer_of_a_question_dominates(out: Path) -> None:
    answers: dict[str, Counter[str]] = {}
    for row in rows_of(out):
        reference = json.loads(row["reference"])
        answers.setdefault(reference["question"].lower(), Counter())[reference["answer"].lower()] += 1
    for counts in answers.values():
        first, second = (*sorted(counts.values(), reverse=True), 0)[:2]
        assert first <= max(1, 1.5 * second + 1)


def test_equal_input_gives_equal_bytes_on_every_engine(out: Path, tmp_path: Path) -> None:
    build(tmp_path, threads=True)
    assert content(tmp_path) == content(out)


def test_a_limit_is_drawn_from_all_domains(tmp_path: Path) -> None:
    manifest = build(tmp_path, "limit=40")
    assert manifest.tasks == 40
    assert len(manifest.counts) == 5


def source(folder: Path) -> Path:
    """Twelve pictures with one question of options each; broken and unusable rows beside them."""
    (folder / "shown").mkdir(parents=True)
    rows: list[dict[str, Any]] = []
    for n in range(12):
        (folder / f"shown/{n}.png").write_bytes(picture(n))
        options = [["cat", "dog", "cow"], ["dog", "cow", "cat"], ["cow", "cat", "dog"]][n % 3]
        rows.append({"image": f"shown/{n}.png", "question": f"<image>\nWhat animal is number {n}?", "choices": options,
                     "answer": "ABC"[n // 4]})  # fmt: skip
    rows += [
        {"image": "shown/gone.png", "question": "What is it?", "answer": "a cat"},
        {"image": "shown/0.png", "question": "Which one?", "choices": ["red", "Red", "blue"], "answer": "red"},
        {"image": "shown/1.png", "question": "Describe it.", "answer": "a cat " * 100},
    ]
    (folder / "qa.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


LOOSE = ("probe_share=0", "caps.image=null")


def test_own_sources_ask_with_lettered_options(tmp_path: Path) -> None:
    manifest = build(tmp_path / "out", f"sources={source(tmp_path / 'in')}", *LOOSE)
    assert reasons(manifest)["missing-image"] == 1
    assert reasons(manifest)["unclear-options"] == 1
    assert reasons(manifest)["incomparable-answer"] == 1
    rows = rows_of(tmp_path / "out")
    assert manifest.tasks == len(rows) >= 9
    first = next(row for row in rows if "number 0" in row["reference"])
    assert first["prompt"][0]["content"] == (
        "What animal is number 0?\n(A) cat\n(B) dog\n(C) cow\n\n"
        "End your reply with the answer between <answer> and </answer>: the letter of the right option."
    )
    (reward,) = reward_functions("images")
    assert reward([""] * 3, ["<answer>A</answer>", "cat", "B"], reference=[first["reference"]] * 3) == [1, 1, 0]
    assert all(row["images"][0]["path"] == f"{number}.png" for row in rows for number in [_number(row)])


def _number(row: dict[str, Any]) -> str:
    question: str = json.loads(row["reference"])["question"]
    return question.removeprefix("What animal is number ").removesuffix("?")


def test_evaluation_images_are_kept_out_without_a_model(tmp_path: Path) -> None:
    exam = []
    for number in range(4):
        encoded = BytesIO()
        Image.open(BytesIO(picture(number))).convert("RGB").save(encoded, "PNG", compress_level=9)
        exam.append({"image": {"bytes": encoded.getvalue(), "path": None}, "question": "Unasked?", "answer": "no"})
    pq.write_table(pa.Table.from_pylist(exam), tmp_path / "exam.parquet")
    sets = f"contamination.evaluation_sets=['{tmp_path / 'exam.parquet'}']"
    manifest = build(tmp_path / "out", f"sources={source(tmp_path / 'in')}", sets, *LOOSE)
    assert sum(count for reason, count in reasons(manifest).items() if reason.startswith("contaminated-")) >= 4
    assert not {_number(row) for row in rows_of(tmp_path / "out")} & {"0", "1", "2", "3"}
