"""Every text of a row is read, is known to be no part of the question, or sets the row aside with a way out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa import fields
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.texts import is_generic, no_part, spelled, texts_in
from tests.data.sources.vqa.making import PNG, images, lines, one, outcomes, questions, reason, table
from tests.data.sources.vqa.test_layouts import LAYOUTS

SCALE = "The scale is 1:100."
PLAIN: dict[str, Any] = {"image": "a.png", "question": "How long is the wall?", "answer": "5"}
PUBLIC = {
    "MathVista": "pid question image decoded_image choices precision answer question_type answer_type "
    "metadata.category metadata.grade metadata.img_height metadata.img_width metadata.language metadata.skills "
    "metadata.source metadata.split metadata.task",
    "MathVerse": "sample_index problem_index problem_version question image answer question_type metadata.split "
    "metadata.source metadata.subject metadata.subfield",
    "MathVision": "id question options image decoded_image answer solution level subject",
    "MMMU": "id question options explanation image_1 img_type answer topic_difficulty question_type subfield",
    "MMMU-Pro": "id question options explanation image_1 img_type answer topic_difficulty subject",
    "V*": "image category label question_id",
    "MMStar": "index question image answer category l2_category meta_info.source meta_info.split meta_info.image_path",
    "BLINK": "idx question sub_task image_1 choices answer",
    "ScienceQA": "image question choices answer task grade subject topic category skill lecture solution split",
    "PhyX": "id question options answer image category subfield reasoning_type",
    "OlympiadBench": "id question solution final_answer image_1 modality difficulty is_multiple_answer answer_type "
    "question_type subfield subject language",
    "MME-RealWorld": "index image question answer category l2-category",
    "GQA": "imageId question answer fullAnswer isBalanced groups entailed equivalent types semantic semanticStr",
    "TextVQA": "question image_id image_classes flickr_original_url flickr_300k_url image_width image_height answers "
    "question_tokens question_id set_name ocr_tokens",
    "DocVQA": "questionId question image docId ucsf_document_id ucsf_document_page_no answers data_split",
    "VQAv2": "image_id question question_id question_type answer_type multiple_choice_answer answers",
    "A-OKVQA": "image question_id question choices correct_choice_idx direct_answers "
    "difficult_direct_answer rationales",
    "shared sets": "id image question answer choices domain split license",
}
"""Columns that are no part of the question, or are read as it, as the sets' cards name them."""


@pytest.mark.parametrize("name", PUBLIC)
def test_columns_of_public_sets_set_no_row_aside(name: str) -> None:
    read = fields.READ | {spelled(each) for each in (*fields.QUESTION, *fields.CHOICES)}
    for column in PUBLIC[name].split():
        last = spelled(column.rsplit(".", 1)[-1])
        known = last in read or fields.NUMBERED_IMAGE.fullmatch(column) or no_part(column, "closed choice")
        assert known or column in ("precision", "isBalanced"), column


@pytest.mark.parametrize(
    "column", ["hint", "context", "passage", "unit", "note", "caption", "scale", "text", "Legende"]
)
@pytest.mark.parametrize("name", LAYOUTS)
def test_an_unknown_text_sets_the_row_aside_in_every_layout(name: str, column: str, tmp_path: Path) -> None:
    item = one(tmp_path, {**LAYOUTS[name], column: SCALE})
    assert reason(item) == "unread-text"
    assert isinstance(item, Rejection)
    assert repr(column) in item.detail
    assert "source.columns.context=" in item.detail
    assert "source.ignore=" in item.detail


def advised(item: Rejection, option: str) -> list[str]:
    """The columns that a rejection advises to name."""
    found = re.search(rf"source\.{re.escape(option)}='([^']*)'", item.detail)
    assert found, item.detail
    return [str(each) for each in json.loads(found.group(1))]


@pytest.mark.parametrize("container", ["jsonl", "parquet", "csv"])
def test_the_advice_works(container: str, tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    row = {**PLAIN, "hint": SCALE, "unit": "metres"}
    path = tmp_path / f"rows.{container}"
    if container == "jsonl":
        lines(path, [row])
    elif container == "csv":
        path.write_text(",".join(row) + "\n" + ",".join(row.values()) + "\n")
    else:
        table(path, {name: pa.array([value]) for name, value in row.items()})
    (item,) = outcomes(path)
    assert isinstance(item, Rejection)
    (taken,) = outcomes(path, columns={"context": advised(item, "columns.context")})
    assert questions(taken)[0].question == f"{SCALE}\nmetres\nHow long is the wall?"
    (left,) = outcomes(path, ignore=advised(item, "ignore"))
    assert questions(left)[0].question == "How long is the wall?"


NESTED: dict[str, dict[str, Any]] = {
    "metadata.hint": {**PLAIN, "metadata": {"source": "x", "hint": SCALE}},
    "metadata": {**PLAIN, "metadata": json.dumps([SCALE])},
    "notes.about": {**PLAIN, "notes": [{"id": 1, "about": SCALE}]},
    "qa.hint": {"image": "a.png", "qa": [{"question": "How long is it?", "answer": "5", "hint": SCALE}]},
    "messages.hint": {"image": "a.png", "messages": [{"role": "user", "content": "How long is it?", "hint": SCALE},
                                                     {"role": "assistant", "content": "5"}]},
    "messages.content.hint": {"image": "a.png", "messages": [
        {"role": "user", "content": [{"type": "text", "text": "How long is the wall?", "hint": SCALE}]},
        {"role": "assistant", "content": "5"}]},
    "choices.hint": {**PLAIN, "answer": "A", "choices": [{"label": "A", "text": "5", "hint": SCALE},
                                                         {"label": "B", "text": "6"}]},
    "history": {"image": "a.png", "instruction": "How long is it?", "output": "5", "history": [["Look left.", "Yes."]]},
    "problem": {**PLAIN, "problem": "How long is the other wall?"},
    "prompt": {**PLAIN, "prompt": [{"role": "user", "content": f"{SCALE} How long is the wall?"}]},
}  # fmt: skip


@pytest.mark.parametrize("column", NESTED)
def test_texts_at_any_depth(column: str, tmp_path: Path) -> None:
    item = one(tmp_path, NESTED[column])
    assert isinstance(item, Rejection)
    assert (item.reason, advised(item, "ignore")) == ("unread-text", [column])
    assert questions(one(tmp_path, NESTED[column], ignore=[column]))[0].answer == "5"


@pytest.mark.parametrize("column", ["metadata.hint", "notes.about", "qa.hint", "messages.hint", "choices.hint"])
def test_context_reaches_into_objects_and_lists(column: str, tmp_path: Path) -> None:
    (asked,) = questions(one(tmp_path, NESTED[column], columns={"context": [column]}))
    assert asked.question.startswith(f"{SCALE}\nHow long")
    assert asked.question.count(SCALE) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("hint", ""), ("hint", " <image> "), ("hint", None), ("hint", []), ("weight", 5.5), ("weight", "5.5"),
        ("unit", "nan"), ("fullAnswer", "It is 5 metres long."), ("Image Path", "x/a.png"), ("l2-category", "walls"),
        ("metadata", {"context": "natural image", "skills": ["counting", "measuring"]}), ("hint", "Think first."),
        ("query", "Hint: Please answer the question requiring an integer answer and provide the final value at the "
                  "end.\nQuestion: How long is the wall?"),
        ("instruction", "Answer the question about the picture."), ("input", "<image>"), ("task", "closed choice"),
    ],
)  # fmt: skip
def test_what_says_nothing_more_is_nothing(column: str, value: Any, tmp_path: Path) -> None:
    assert questions(one(tmp_path, {**PLAIN, column: value}))[0].question == "How long is the wall?"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("metadata", {"context": SCALE}), ("task", "Count only red things."), ("weight", "5.5 kg"), ("hint", "1:100"),
        ("instruction", "Answer in feet."), ("input", "The wall is on the left."), ("A", "a text"),
        ("query", f"{SCALE} How long is the wall?"),
        ("query", "How long is the wall?\n(A) 5 m\n(B) 6 m"),
    ],
)  # fmt: skip
def test_what_says_more_is_not_left_out(column: str, value: Any, tmp_path: Path) -> None:
    assert reason(one(tmp_path, {**PLAIN, column: value})) == "unread-text"


def test_options_that_the_row_repeats(tmp_path: Path) -> None:
    row = {**PLAIN, "choices": ["5 m", "6 m"], "answer": "A", "prompt": "How long is the wall?\n(A) 5 m\n(B) 6 m",
           "options": ["(A) 5 m", "(B) 6 m"]}  # fmt: skip
    assert questions(one(tmp_path, row))[0].answer == "5 m"
    assert reason(one(tmp_path, {**row, "options": ["(A) 5 m", "(B) 7 m"]})) == "unread-text"


def test_an_instruction_and_what_it_is_about(tmp_path: Path) -> None:
    row = {"image": "a.png", "instruction": "Answer the question.", "input": "How many lamps are lit?", "output": "2"}
    assert questions(one(tmp_path, row))[0].question == "Answer the question.\nHow many lamps are lit?"
    for nothing in ("", "<image>", None):
        alone = {"image": "a.png", "instruction": "How many lamps are lit?", "input": nothing, "output": "2"}
        assert questions(one(tmp_path, alone))[0].question == "How many lamps are lit?"


USER = {"role": "user", "content": "<image>How many do you count?"}
ASSISTANT = {"role": "assistant", "content": "3"}


@pytest.mark.parametrize("said", ["Count only red things.", "You are a helpful assistant. Count only red things."])
def test_a_system_turn_stands_before_the_question(said: str, tmp_path: Path) -> None:
    turns = [{"role": "system", "content": said}, USER, ASSISTANT]
    expected = f"{said}\nHow many do you count?"
    assert questions(one(tmp_path, {"image": "a.png", "messages": turns}))[0].question == expected
    column = {"image": "a.png", "system": said, "messages": turns[1:]}
    assert questions(one(tmp_path, column))[0].question == expected
    alpaca = {"image": "a.png", "system": said, "instruction": "How many do you count?", "output": "3"}
    assert questions(one(tmp_path, alpaca))[0].question == expected


@pytest.mark.parametrize(
    "said",
    [
        "You are a helpful assistant.",
        "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.",
        "A chat between a curious human and an artificial intelligence assistant. The assistant gives helpful, "
        "detailed, and polite answers to the human's questions.",
        "Answer the question using a single word or phrase.",
        "",
    ],
)
def test_a_generic_system_turn_is_nothing(said: str, tmp_path: Path) -> None:
    turns = [{"role": "system", "content": said}, USER, ASSISTANT]
    assert questions(one(tmp_path, {"image": "a.png", "messages": turns}))[0].question == "How many do you count?"


@pytest.mark.parametrize(
    "turns",
    [
        [{"role": "assistant", "content": SCALE}, USER, ASSISTANT],
        [USER, {"role": "tool", "content": SCALE}, ASSISTANT],
        [USER, ASSISTANT, {"role": "system", "content": SCALE}],
        [USER, ASSISTANT, {"role": "assistant", "content": "Or 4."}],
    ],
)
def test_a_turn_of_no_exchange(turns: list[Any], tmp_path: Path) -> None:
    assert reason(one(tmp_path, {"image": "a.png", "messages": turns})) == "unread-text"


def test_columns_that_decide_are_checked(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'question' takes one column"):
        outcomes(tmp_path, columns={"question": ["a", "b"]})


def test_names_are_compared_in_one_spelling(tmp_path: Path) -> None:
    row = {
        "Image File": "a.png",
        "questionText": "How long is the wall?",
        "correct-answer": "5",
        "FULL ANSWER": "5 m",
    }
    assert questions(one(tmp_path, row))[0].answer == "5"


def test_a_question_is_found_by_the_mapping_that_the_message_names(tmp_path: Path) -> None:
    row = {"image": "a.png", "text": "Is there a wall in the image?", "label": "yes", "question_id": 1}
    item = one(tmp_path, row)
    assert isinstance(item, Rejection)
    assert item.reason == "no-question"
    assert "source.columns.question=text" in item.detail
    assert questions(one(tmp_path, row, columns={"question": "text"}))[0].answer == "yes"


def test_a_table_without_a_known_question_names_the_mapping(tmp_path: Path) -> None:
    columns = {"image": [PNG], "text": ["Is there a wall in the image?"], "label": ["yes"], "category": ["adversarial"]}
    path = table(tmp_path / "rows.parquet", columns)
    with pytest.raises(SourceError, match=r"map it: source\.columns\.question=text"):
        outcomes(path)
    (item,) = outcomes(path, columns={"question": "text"})
    assert questions(item)[0].answer == "yes"


def test_sentences_that_are_generic_are_data() -> None:
    assert is_generic("You are a helpful assistant. Be brief!")
    assert is_generic("Please reason step by step, and put your final answer within \\boxed{}.")
    assert not is_generic("You are a helpful assistant. Be brief. Count red things.")


words = st.text(st.characters(categories=["L"]), min_size=2, max_size=8)


@given(words, st.lists(words, max_size=4))
def test_no_text_under_an_unknown_name_goes_unseen(name: str, path: list[str]) -> None:
    """Whatever objects and lists it lies in."""
    value: Any = "Xyzzy is said here."
    for at, key in enumerate(path):
        value = {key: value} if at % 2 else [value]
    known = any(no_part(each, "Xyzzy is said here.") for each in (name, *path))
    assert known or [each.text for each in texts_in(name, value, ColumnMapping())] == ["Xyzzy is said here."]


def test_depth_is_bounded() -> None:
    value: Any = "deep"
    for _ in range(500):
        value = [value]
    assert [each.column for each in texts_in("a", value, ColumnMapping())] == ["a"]


def test_a_question_among_several_is_set_aside_alone(tmp_path: Path) -> None:
    pairs = [{"question": "How many lamps are lit?", "answer": "2"},
             {"question": "How long is the wall?", "answer": "5", "hint": SCALE}]  # fmt: skip
    images(tmp_path, "a.png")
    row, rejection = outcomes(lines(tmp_path / "rows.jsonl", [{"image": "a.png", "qa_pairs": pairs}]))
    assert isinstance(row, VqaRow)
    assert len(row.questions) == 1
    assert reason(rejection) == "unread-text"
