"""Answers that name options: by letter, number, text, or all of these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from contextpairs.data.sources.vqa.record import Question
from tests.data.sources.vqa.making import PNG, lines, one, outcomes, questions, reason, table

Row = dict[str, Any]
RED_BLUE = [
    ["red", "blue"],
    ["A. red", "B. blue"],
    ["(B) blue", "(A) red"],
    {"A": "red", "B": "blue", "C": None},
    {"label": ["A", "B"], "text": ["red", "blue"]},
    [{"label": "A", "text": "red"}, {"label": "B", "text": "blue"}],
    "['red', 'blue']",
    '["red", "blue"]',
    '{"A": "red", "B": "blue"}',
    "A. red\nB. blue",
    "(A) red (B) blue",
    "red\nblue",
]


@pytest.mark.parametrize("choices", RED_BLUE)
@pytest.mark.parametrize("answer", ["B", "b", "(B)", "B.", "blue", "Blue", "B. blue", "(B) blue", "The answer: B", 1])
def test_every_notation_of_options_and_answers(choices: Any, answer: Any, tmp_path: Path) -> None:
    if answer == 1 and choices == ["(B) blue", "(A) red"]:
        answer = 0
    (found,) = questions(one(tmp_path, {"image": "a.png", "question": "Which?", "answer": answer, "options": choices}))
    assert found.answer == "blue"
    assert set(found.choices) == {"red", "blue"}


@pytest.mark.parametrize("answer", ["B", "blue", "(B) blue"])
def test_options_in_columns_and_in_the_question(answer: str, tmp_path: Path) -> None:
    row = {"image": "a.png", "answer": answer}
    columns = {**row, "question": "Which?", "A": "red", "B": "blue", "C": "nan", "D": None}
    written = {**row, "question": "<image>Which?\n(A) red (B) blue"}
    both = {**columns, "question": "Which?\nA. red\nB. blue"}
    for each in (columns, written, both):
        assert questions(one(tmp_path, each)) == (Question("Which?", "blue", ("red", "blue")),)


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"label": "1", "choices": ["red", "blue"]}, "blue"),
        ({"label": 0, "choices": ["red", "blue"]}, "red"),
        ({"correct_choice_idx": 1, "choices": ["red", "blue"]}, "blue"),
        ({"answer": 4, "choices": ["2", "4"]}, "4"),
        ({"answer": "2", "choices": ["2", "4"]}, "2"),
        ({"answer": 1.0, "choices": ["red", "blue"]}, "blue"),
        ({"answer": "C"}, "C"),
        ({"answer": "maybe", "choices": ["yes", "no"]}, "maybe"),
        ({"answer": 3}, "3"),
        ({"answer": True}, "true"),
        ({"answer": "C", "choices": {"B": "red", "C": "blue"}}, "blue"),
        ({"label": 7}, "7"),
        ({"answer": 1, "choices": {"1": "red", "2": "blue", "3": "green"}}, "red"),
        ({"label": "1", "choices": {"1": "red", "2": "blue", "3": "green"}}, "red"),
        ({"answer": 1, "choices": [{"id": 1, "text": "red"}, {"id": 2, "text": "blue"}]}, "red"),
        ({"answer": 1, "choices": {"label": [1, 2, 3], "text": ["red", "blue", "green"]}}, "red"),
        ({"answer": 1.0, "choices": {"label": [1.0, 2.0], "text": ["red", "blue"]}}, "red"),
        ({"answer": 3.5, "choices": [2.0, 3.5]}, "3.5"),
        ({"answer_idx": 0, "choices": {"0": "red", "1": "blue"}}, "red"),
        ({"answer": 1, "choices": [None, "red", "blue", "green"]}, "red"),
        ({"answer": 2, "choices": ["red", "", "blue", "green"]}, "blue"),
        ({"answer": "C", "choices": ["red", None, "blue", "green"]}, "blue"),
        ({"answer": "D", "choices": ["red", None, "blue", "green"]}, "green"),
        ({"answer": 2, "A": "red", "B": "nan", "C": "blue", "D": "green"}, "blue"),
        ({"answer": 2, "choices": {"A": "red", "B": None, "C": "blue", "D": "green"}}, "blue"),
        ({"answer": "2", "choices": ["1. red", "2. blue"]}, "2. blue"),
        ({"answer": "2", "choices": ["1) red", "2) blue"]}, "2) blue"),
        ({"answer": "2", "choices": ["(1) red", "(2) blue"]}, "(2) blue"),
        ({"answer": "2", "choices": ["1 cat", "2 cats"]}, "2 cats"),
        ({"answer": "2", "choices": ["2:30", "2.5"]}, "2"),
        ({"answer": 0, "choices": ["1. red", "2. blue"]}, "1. red"),
        ({"answer": 1, "choices": ["2:30", "1:30"]}, "1:30"),
    ],
)
def test_numbers_and_texts(row: Row, answer: str, tmp_path: Path) -> None:
    (found,) = questions(one(tmp_path, {"image": "a.png", "question": "Which?", **row}))
    assert found.answer == answer


@pytest.mark.parametrize(
    "row",
    [
        {"answer": "C", "choices": ["red", "blue"]},
        {"answer": "C", "question": "Which?\n(A) red (B) blue"},
        {"answer": 2, "choices": ["red", "blue"]},
        {"answer": "A", "choices": ["A. red", "A. blue"]},
        {"answer": "A", "choices": ["B", "A"]},
        {"answer": "B. red", "choices": ["red", "blue"]},
        {"answer": "B", "choices": ["red", "blue"], "question": "Which?\n(A) blue (B) red"},
        {"answer": 1, "choices": ["1", "2"]},
        {"answer": "1", "choices": ["cat", "dog"]},
        {"answer_idx": 1},
        {"answer_idx": 1, "choices": {"1": "red", "2": "blue", "3": "green"}},
        {"answer": 0, "choices": {"1": "red", "2": "blue"}},
        {"answer": 1, "choices": {"1": "2 cats", "2": "1"}},
        {"answer": 2.0, "choices": [1.0, 2.0, 3.0, 4.0]},
        {"answer": 2, "choices": ["1.0", "2.0", "3.0", "4.0"]},
        {"answer": 1, "choices": ["one", "two"]},
        {"answer": 1, "choices": ["1 cat", "2 cats"]},
        {"answer": 1, "choices": ["1. red", "2. blue", "3. green"]},
        {"answer": 1, "choices": ["1) red", "2) blue", "3) green"]},
        {"answer": "1", "choices": ["1. red", "1. blue"]},
        {"answer": 1, "choices": ["red", None, "blue"]},
        {"answer": "B", "choices": ["red", None, "blue"]},
        {"answer": 1, "A": "red", "B": None, "C": "blue"},
    ],
)
def test_an_answer_that_may_mean_several_options_or_none(row: Row, tmp_path: Path) -> None:
    """Would catch a pair built on a guessed answer."""
    item = one(tmp_path, {"image": "a.png", "question": "Which?", "id": 7, **row})
    assert reason(item) == "unresolved-option"
    assert item.key == "7"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (pa.float64(), 3.0, "3"),
        (pa.float64(), -0.0, "0"),
        (pa.float64(), 0.1, "0.1"),
        (pa.float64(), 2.5, "2.5"),
        (pa.float64(), 1234567.125, "1234567.125"),
        (pa.float64(), 0.30000000000000004, "0.30000000000000004"),
        (pa.float64(), 1e300, "1e+300"),
        (pa.float32(), 3.0, "3"),
        (pa.float32(), 0.1, "0.1"),
        (pa.float32(), 3.14, "3.14"),
        (pa.float32(), 16777216, "16777216"),
        (pa.int64(), 3, "3"),
        (pa.bool_(), True, "true"),
        (pa.string(), "3.0", "3.0"),
    ],
)
def test_numbers_are_written_as_people_do(kind: pa.DataType, value: Any, text: str, tmp_path: Path) -> None:
    """Would catch "3.0" dogs of a column that a null made one of floats."""
    columns = {"image": [PNG] * 2, "question": ["How many?"] * 2, "answer": pa.array([value, None], kind)}
    found, _ = outcomes(table(tmp_path / "a.parquet", columns))
    assert questions(found)[0].answer == text
    options = pa.array([[value]] * 2, pa.list_(kind))
    found, _ = outcomes(table(tmp_path / "b.parquet", {**columns, "answer": ["A"] * 2, "choices": options}))
    assert questions(found) == (Question("How many?", text, (text,)),)


def people(**counts: int) -> list[dict[str, Any]]:
    """Answers as VQAv2 has them, each as many times."""
    return [{"answer": text, "answer_id": at} for text, count in counts.items() for at in range(count)]


RED = {"choices": ["red", "blue", "green"]}


@pytest.mark.parametrize(
    ("row", "answer"),
    [
        ({"answers": [{"answer": "cat"}, {"answer": "Dog"}, {"answer": "dog"}]}, "Dog"),
        ({"answers": ["cat", "Dog", "dog"]}, "Dog"),
        ({"answers": people(red=7, white=3)}, "red"),
        ({"answers": ["2", "two", "2", "3"]}, "2"),
        ({"answers": ["red", "red", None, ""]}, "red"),
        ({"answers": [*people(red=2), {"answer": "", "answer_id": 3}]}, "red"),
        ({"answers": {"answer": ["red"] * 9 + ["white"], "answer_id": list(range(10))}}, "red"),
        ({"answers": people(red=7, white=3), "multiple_choice_answer": "red"}, "red"),
        ({"answers": people(cat=7, dog=3), "multiple_choice_answer": "a cat"}, "a cat"),
        ({"answers": ["red"], "answer": "Red"}, "Red"),
        ({"answers": "['x']", "answer": "red"}, "red"),
        ({"answer": ["12 %", "12%"]}, "12 %"),
        ({"answer": ["ITC Limited", "ITC"]}, "ITC Limited"),
        ({"answer": ["12", "12 pages"]}, "12"),
        ({"answer": ["A"], **RED}, "red"),
        ({"answer": ["A", "red"], **RED}, "red"),
        ({"answer": ["A", "A", "B"], **RED}, "red"),
        ({"answer": ["(A)", "red"], "question": "Which?\n(A) red (B) blue"}, "red"),
    ],
)
def test_answers_that_agree(row: Row, answer: str, tmp_path: Path) -> None:
    (found,) = questions(one(tmp_path, {"image": "a.png", "question": "Which?", **row}))
    assert found.answer == answer


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"answers": people(red=5, white=5)}, "annotators-disagree"),
        ({"answers": people(red=6, white=4)}, "annotators-disagree"),
        ({"answers": people(red=1, white=1)}, "annotators-disagree"),
        ({"answers": ["red", "red", "white", "white"]}, "annotators-disagree"),
        ({"answers": {"answer": ["red", "white"] * 5, "answer_id": list(range(10))}}, "annotators-disagree"),
        ({"answers": people(red=5, white=5), "multiple_choice_answer": "red"}, "annotators-disagree"),
        ({"answers": people(red=3, white=7), "multiple_choice_answer": "red"}, "annotators-disagree"),
        ({"answers": ["white"], "multiple_choice_answer": "red"}, "annotators-disagree"),
        ({"answers": {"answer": ["white"] * 3}, "multiple_choice_answer": "red"}, "annotators-disagree"),
        ({"answers": '["red", "white", "white"]', "answer": "red"}, "annotators-disagree"),
        ({"answers": ["red", "white"], "answer": "red"}, "several-answers"),
        ({"answer": ["red", "white"]}, "several-answers"),
        ({"answer": ["red", "red and white"]}, "several-answers"),
        ({"answer": ["red", "not red"]}, "several-answers"),
        ({"answer": ["5", "5 million"]}, "several-answers"),
        ({"answer": ["dog", "hot dog"]}, "several-answers"),
        ({"answer": ["a " * at + "a" for at in range(11)]}, "several-answers"),
        ({"answer": [3, 5]}, "several-answers"),
        ({"answer": ["12 %", "12%", "13 %"]}, "several-answers"),
        ({"answer": ["A", "C"], **RED}, "several-answers"),
        ({"answer": [0, 2], **RED}, "several-answers"),
        ({"answer": ["A", "B"], "choices": ["red", "red wine"]}, "several-answers"),
        ({"answer": ["A", "B"], "question": "Which?\n(A) red (B) blue"}, "several-answers"),
        ({"answer": ["A", "Z"], **RED}, "unresolved-option"),
    ],
)
def test_answers_of_which_more_than_one_may_be_true(row: Row, expected: str, tmp_path: Path) -> None:
    """Would catch a question asked of an image of which another answer is true too."""
    assert reason(one(tmp_path, {"image": "a.png", "question": "Which?", **row})) == expected


def test_answers_beside_in_pairs_and_turns(tmp_path: Path) -> None:
    said = {"multiple_choice_answer": "red", "answers": people(red=5, white=5)}
    asked = [{"role": "user", "content": "Which?"}]
    for row in ({"qas": [{"question": "Which?", **said}]}, {"prompt": asked, **said}):
        assert reason(one(tmp_path, {"image": "a.png", **row})) == "annotators-disagree"
    mapped = {"image": "a.png", "question": "Which?", "answer": "A", "answers": ["red", "blue"]}
    assert questions(one(tmp_path, mapped, columns={"choices": "answers"}))[0].answer == "red"


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        (r"so \boxed{4}", "4"),
        ("<think>or 3</think><answer> 4 </answer>", "4"),
        ("<think>3</think> A long description of it.", "A long description of it."),
        ("It is 4, because the answer is not 3", "It is 4, because the answer is not 3"),
    ],
)
def test_reasoning_before_an_answer_goes(written: str, answer: str, tmp_path: Path) -> None:
    (found,) = questions(one(tmp_path, {"image": "a.png", "problem": "Which?", "solution": written}))
    assert found.answer == answer


@pytest.mark.parametrize("answer", [None, "", "  ", float("nan"), [], [None], r"\boxed{", "<think>3"])
def test_no_answer(answer: Any, tmp_path: Path) -> None:
    assert reason(one(tmp_path, {"image": "a.png", "question": "Which?", "answer": answer})) == "no-answer"


def test_scienceqa_in_parquet(tmp_path: Path) -> None:
    """Numbers of options of a Parquet column; a row without an image."""
    path = table(
        tmp_path / "a.parquet",
        {
            "image": pa.array([{"bytes": PNG, "path": None}, None]),
            "question": ["Which?", "Which?"],
            "choices": [["red", "blue"], ["red", "blue"]],
            "answer": pa.array([1, 0], pa.int8()),
        },
    )
    first, second = outcomes(path)
    assert questions(first)[0].answer == "blue"
    assert reason(second) == "no-image-given"


def test_a_row_keeps_its_good_questions(tmp_path: Path) -> None:
    """Would catch thirty questions lost to one bad one, or a bad one that is not counted."""
    pairs = [{"question": "One?", "answer": "1"}, {"question": "Two?", "answer": ""}, {"question": "", "answer": "3"}]
    (tmp_path / "a.png").write_bytes(PNG)
    items = outcomes(lines(tmp_path / "rows.jsonl", [{"image": "a.png", "qa_pairs": pairs}] * 2))
    assert [item.row for item in items] == [0, 0, 0, 1, 1, 1]
    assert questions(items[0]) == (Question("One?", "1"),)
    assert [reason(item) for item in items[1:3]] == ["no-answer", "no-question"]
