"""VQAv2's own files: questions and annotations apart, images by number."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_vqa
from contextpairs.data.sources.vqa.record import Question, VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.pipelines.run.engine import digest
from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.making import images, outcomes, reason

NUMBERS = (262148, 393225, 9)
QUESTIONS = "v2_OpenEnded_mscoco_val2014_questions.json"
ANNOTATIONS = "v2_mscoco_val2014_annotations.json"
WORDS = ("down", "at table", "skateboard", "no", "2", "yes")


def question(number: int) -> dict[str, Any]:
    image = NUMBERS[number // 2]
    return {"image_id": image, "question": f"What is {number}?", "question_id": image * 1000 + number}


def annotation(number: int) -> dict[str, Any]:
    answers = [{"answer": WORDS[number], "answer_confidence": "yes", "answer_id": at} for at in range(1, 11)]
    image = NUMBERS[number // 2]
    return {"question_type": "what is", "multiple_choice_answer": WORDS[number], "answers": answers, "image_id": image,
            "answer_type": "other", "question_id": image * 1000 + number}  # fmt: skip


def document(key: str, rows: list[Any], first: bool = False) -> dict[str, Any]:
    """With the list before or after what describes it, as both published years have it."""
    about = {"data_type": "mscoco", "data_subtype": "val2014", "license": {"url": "x", "name": "CC BY 4.0"}}
    info = {"info": {"description": 'This is v2.0 of the VQA dataset, with "questions".', "year": 2017}}
    return {**info, key: rows, **about} if first else {**info, **about, key: rows}


def write(folder: Path, questions: list[Any], annotations: list[Any] | None, first: bool = False) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / QUESTIONS).write_text(json.dumps(document("questions", questions, first)))
    if annotations is not None:
        (folder / ANNOTATIONS).write_text(json.dumps(document("annotations", annotations, first)))


@pytest.fixture
def split(tmp_path: Path) -> Path:
    """The files of a split beside the folder of its images, as they are unpacked."""
    folder = tmp_path / "vqa"
    images(folder, *(f"val2014/COCO_val2014_{number:012d}.jpg" for number in NUMBERS))
    write(folder, [question(n) for n in range(6)], [annotation(n) for n in range(6)])
    return folder


def told(items: list[Any]) -> list[tuple[int, str, str, bytes]]:
    assert all(isinstance(item, VqaRow) for item in items), items
    return [(item.row, item.questions[0].question, item.questions[0].answer, item.image) for item in items]


EXPECTED = [(n, f"What is {n}?", WORDS[n], picture(n // 2)) for n in range(6)]


class TestJoin:
    @pytest.mark.parametrize("first", [False, True])
    @pytest.mark.parametrize("limit", [1, 10**9])
    def test_each_question_has_its_answer_and_image(self, first: bool, limit: int, split: Path) -> None:
        write(split, [question(n) for n in range(6)], [annotation(n) for n in range(6)], first)
        items = outcomes(split, partition_bytes=limit)
        assert told(items) == EXPECTED
        assert [item.key for item in items] == [str(question(n)["question_id"]) for n in range(6)]

    @pytest.mark.parametrize("seed", range(5))
    def test_in_any_order(self, seed: int, split: Path) -> None:
        """Would catch answers that are taken from their place in the list."""
        shuffled = [annotation(n) for n in range(6)]
        random.Random(seed).shuffle(shuffled)
        write(split, [question(n) for n in range(6)], shuffled)
        for limit in (1, 10**9):
            assert told(outcomes(split, partition_bytes=limit)) == EXPECTED

    def test_partitions_are_cut_and_each_is_read_alone(self, split: Path) -> None:
        partitions, _ = plan_vqa([str(split)], VqaOptions(partition_bytes=1))
        assert len(partitions) > 2
        items = [item for part in reversed(partitions) for item in reversed(list(read_vqa(part)))]
        assert told(items[::-1]) == EXPECTED

    def test_most_people_are_believed_where_no_answer_was_chosen(self, split: Path) -> None:
        """OK-VQA's annotations hold the answers alone."""
        given = annotation(0)
        del given["multiple_choice_answer"]
        given["answers"][0]["answer"] = "up"
        write(split, [question(0)], [given])
        assert told(outcomes(split)) == EXPECTED[:1]

    def test_options_of_multiple_choice(self, split: Path) -> None:
        (split / QUESTIONS).unlink()
        asked = {**question(1), "multiple_choices": ["at table", "red"]}
        name = QUESTIONS.replace("OpenEnded", "MultipleChoice")
        (split / name).write_text(json.dumps(document("questions", [asked])))
        [item] = outcomes(split)
        assert isinstance(item, VqaRow)
        assert item.questions == (Question("What is 1?", "at table", ("at table", "red")),)

    def test_compressed(self, split: Path) -> None:
        for name in (QUESTIONS, ANNOTATIONS):
            (split / f"{name}.gz").write_bytes(gzip.compress((split / name).read_bytes()))
            (split / name).unlink()
        assert told(outcomes(split)) == EXPECTED


class TestNaming:
    @pytest.mark.parametrize("sources", [[QUESTIONS], [QUESTIONS, ANNOTATIONS], [ANNOTATIONS, QUESTIONS], ["*.json"]])
    def test_by_the_questions_file(self, sources: list[str], split: Path) -> None:
        found = [split / source for source in sources]
        assert told(outcomes(*found)) == EXPECTED

    def test_annotations_elsewhere_in_the_folder(self, split: Path) -> None:
        for name in (QUESTIONS, ANNOTATIONS):
            inner = split / ("Questions" if name == QUESTIONS else "Annotations")
            inner.mkdir()
            (split / name).rename(inner / name)
        assert told(outcomes(split)) == EXPECTED

    def test_annotations_alone(self, split: Path) -> None:
        (split / QUESTIONS).unlink()
        with pytest.raises(SourceError, match="answers without their questions; name the questions file"):
            outcomes(split)

    def test_questions_of_a_test_set_have_no_answers(self, split: Path) -> None:
        (split / ANNOTATIONS).unlink()
        (split / "more.jsonl").write_text(json.dumps({"image": "x.png", "question": "a?", "answer": "b"}))
        rejected, _ = outcomes(split)
        assert isinstance(rejected, Rejection)
        assert rejected.reason == "missing-field"
        assert f"expected {ANNOTATIONS} beside it" in rejected.detail

    def test_rows_with_lists_of_questions_are_rows_as_before(self, tmp_path: Path) -> None:
        images(tmp_path, "a.png")
        rows = {"image": "a.png", "questions": [{"question": "What?", "answer": "a cat", "question_id": 1}]}
        (tmp_path / "rows.json").write_text(json.dumps(rows))
        assert [item.questions for item in outcomes(tmp_path) if isinstance(item, VqaRow)] == [
            (Question("What?", "a cat"),)
        ]


class TestImages:
    @pytest.mark.parametrize(
        "pattern", ["{}.jpg", "COCO_val2014_{}.jpg", "images/COCO_val2014_{}.jpg", "images/val2014/COCO_val2014_{}.png"]
    )
    def test_where_people_put_them(self, pattern: str, tmp_path: Path) -> None:
        images(tmp_path, *(pattern.format(f"{number:012d}") for number in NUMBERS))
        write(tmp_path, [question(n) for n in range(6)], [annotation(n) for n in range(6)])
        assert told(outcomes(tmp_path)) == EXPECTED

    def test_beside_the_folder_of_the_questions(self, split: Path) -> None:
        (split / "questions").mkdir()
        for name in (QUESTIONS, ANNOTATIONS):
            (split / name).rename(split / "questions" / name)
        assert told(outcomes(split)) == EXPECTED

    def test_in_a_folder_that_is_named(self, split: Path) -> None:
        elsewhere = split.parent / "coco"
        (split / "val2014").rename(elsewhere)
        assert reason(outcomes(split)[0]) == "missing-image"
        assert told(outcomes(split, image_root=str(elsewhere))) == EXPECTED

    def test_one_that_is_missing_is_said_by_its_name(self, split: Path) -> None:
        (split / f"val2014/COCO_val2014_{9:012d}.jpg").unlink()
        items = outcomes(split)
        assert told(items[:4]) == EXPECTED[:4]
        for item in items[4:]:
            assert isinstance(item, Rejection)
            assert item.reason == "missing-image"
            assert "val2014/COCO_val2014_000000000009.jpg" in item.detail


class TestDamage:
    def test_questions_without_annotation_and_bad_elements_are_counted(self, split: Path) -> None:
        asked: list[Any] = [question(n) for n in range(6)]
        asked[1:1] = [5, {"question": "Who?"}, {**question(0), "question_id": [1]}, None]
        write(split, asked, ["no object", annotation(0), *(annotation(n) for n in range(2, 6))])
        items = outcomes(split)
        assert [item.row for item in items] == list(range(10))
        said = [item.reason if isinstance(item, Rejection) else "read" for item in items]
        assert said == ["read", "wrong-type", "no-image-given", "wrong-type", "wrong-type", "no-answer", *["read"] * 4]

    @pytest.mark.parametrize("name", [QUESTIONS, ANNOTATIONS])
    def test_a_file_that_breaks_off(self, name: str, split: Path) -> None:
        whole = (split / name).read_bytes()
        (split / name).write_bytes(whole[: int(len(whole) * 0.7)])
        items = outcomes(split)
        kept = [item for item in items if isinstance(item, VqaRow)]
        rest = [item for item in items if isinstance(item, Rejection)]
        assert told(kept) == EXPECTED[: len(kept)]
        assert 1 <= len(kept) < 6
        assert {item.reason for item in rest} <= {"truncated", "no-answer"}
        assert rest[0].reason == "truncated"

    def test_both_files_and_the_images_are_part_of_the_fingerprint(self, split: Path) -> None:
        def mark() -> str:
            return digest(plan_vqa([str(split)], VqaOptions())[0])

        marks = [mark()]
        write(split, [question(n) for n in range(6)], [annotation(n) for n in range(5)])
        marks.append(mark())
        write(split, [question(n) for n in range(5)], [annotation(n) for n in range(5)])
        marks.append(mark())
        (split / f"val2014/COCO_val2014_{9:012d}.jpg").write_bytes(picture(77))
        marks.append(mark())
        assert len(set(marks)) == 4
        assert mark() == marks[-1]
