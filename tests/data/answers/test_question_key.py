"""Which questions are the same."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.answers.question_key import question_key

CAR = "What color is the car?"


@pytest.mark.parametrize(
    "writing",
    [
        "what colour is the car",
        "  What  color is\nthe car ? ",
        "<image>\nWhat color is the car?",
        "<|vision_start|><|image_pad|><|vision_end|>What color is the car?",
        "Question: What color is the car?",
        "Q: What color is the car? Answer the question using a single word or phrase.",
        "What color is the car?\nAnswer with a single word.",
        "What color is the car? Please answer directly.",
        "Hint: Please answer the question and provide the correct option letter.\nQuestion: What color is the car?",
        "Hint: Please answer the question requiring an integer answer and provide the final value, e.g., 1, 2, 3, "
        "at the end.\nQuestion: What color is the car?",
        "Hint: Please select the correct option and answer with its letter.\nWhat color is the car?",
        "What color is the car? Answer with the option's letter from the given choices directly.",
        "What color is the car? Put your final answer within \\boxed{}.",
        "Ｗhat color is the car？",
    ],
)
def test_writings_of_one_question_share_a_key(writing: str) -> None:
    assert question_key(writing) == question_key(CAR)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Are they touching? Answer with Yes/No.", "Are they touching?"),
        ("Is it red? Please answer yes or no.", "Is it red?"),
        ("How many? Please answer with a number in curly brackets e.g., {10}.", "How many?"),
        ("How many? Answer with only the number in numerical format in curly brackets e.g. {3}.", "How many?"),
        ("What’s in this image?", "what is in the image"),
    ],
)
def test_instructions_on_form_are_no_part_of_the_question(first: str, second: str) -> None:
    assert question_key(first) == question_key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Is it left of the cat?", "Is it right of the cat?"),
        ("Is it red?", "Is it not red?"),
        ("Is there a dog?", "Is there no dog?"),
        ("Are the two circles touching?", "Are two circles touching?"),
        ("How many dogs are there?", "How many cats are there?"),
        ("How many of the 12 are red?", "How many of the 13 are red?"),
        ("What is 10² + 1?", "What is 102 + 1?"),
        ("What is 1.5 + 1?", "What is 15 + 1?"),
        ("What is -4 + 2?", "What is 4 + 2?"),
        ("Is a < b?", "Is a > b?"),
        ("What is X?", "What is x?"),
        ('Does it say "Stop"?', 'Does it say "STOP"?'),
        ("Which is it, yes or no?", "Which is it?"),
        ("Is it shown in the image?", "Is it shown in the table?"),
        ("Which answer is correct? A or B", "Which answer is correct? A or C"),
        ("Hint: The value of x is 5.\nWhat is y?", "Hint: The value of x is 7.\nWhat is y?"),
        ("Hint: The value of x is 5.\nWhat is y?", "What is y?"),
        ("Hint: The answer is an even number.\nWhat is y?", "Hint: The answer is an odd number.\nWhat is y?"),
        ("Hint: The answer provides x = 5.\nWhat is y?", "Hint: The answer provides x = 7.\nWhat is y?"),
        ("Hint: Please answer as if x is 5.\nWhat is y?", "Hint: Please answer as if x is 7.\nWhat is y?"),
        ("Hint: Select x = 5 and answer.\nWhat is y?", "Hint: Select x = 7 and answer.\nWhat is y?"),
        ("Hint: Answer for a radius of 5.\nWhat is y?", "Hint: Answer for a radius of 7.\nWhat is y?"),
        ("Hint: Consider option A.\nWhat is y?", "Hint: Consider option B.\nWhat is y?"),
        ("Is the answer yes or no?", "Is the answer?"),
    ],
)
def test_questions_that_ask_other_things_keep_other_keys(first: str, second: str) -> None:
    assert question_key(first) != question_key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("كم عدد الكلاب؟", "كم عدد الكلاب"),
        ("¿Cuántos perros hay?", "Cuántos perros hay?"),
        ("¿Es rojo?", "es rojo"),
        ("Wo ist die Katze?", "wo ist die Katze"),
        ("図は何ですか。", "図は何ですか"),
        ("图中有几只狗？", "图中有几只狗"),
        ("\u200fכמה כלבים?\u200f", "כמה כלבים?"),
        ("Où est le café ?", unicodedata.normalize("NFD", "Où est le café?")),
    ],
)
def test_marks_and_forms_of_other_scripts_make_no_other_question(first: str, second: str) -> None:
    assert question_key(first) == question_key(second)


def test_what_is_an_instruction_alone_stays_a_question() -> None:
    assert question_key("Answer with a single word.")
    assert question_key("Question: Answer yes or no.") == question_key("Answer yes or no.")


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from([CAR, "<image>", "Q:", "Answer yes or no.", "'A'", "²", "…"])).map(" ".join)
)
def test_a_key_is_its_own_key(text: str) -> None:
    assert question_key(question_key(text)) == question_key(text)


@given(st.sampled_from([CAR, "Is there a dog?", "How many?"]), st.sampled_from(["", " ", "?", "\n"]))
def test_case_and_space_do_not_matter(question: str, ending: str) -> None:
    assert question_key(f" {question.upper()}{ending}") == question_key(question.lower())
