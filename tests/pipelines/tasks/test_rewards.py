"""Rewards as TRL calls them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.tasks.places import Place
from contextpairs.pipelines.tasks.prompts import coding_reference, image_reference
from contextpairs.pipelines.tasks.rewards import completion_text, place_f1, reward_functions, right_answer

CODING = coding_reference([Place("a/x.py", "Worker.run")])
COLOR = image_reference("red", "What color is the car?", ())
OPTION = image_reference("red", "What color is the car?", ("blue", "red", "green"))
PIECES = st.sampled_from(
    ["<answer>", "</answer>", "<think>", "\\boxed{", "}", "A", "B", "red", "a/x.py::run", "\n", " "]
)
RESPONSES = st.text() | st.lists(PIECES).map("".join)


def said(text: str) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": text}]


@pytest.mark.parametrize(
    ("response", "reward"),
    [
        ("<answer>a/x.py::Worker.run</answer>", 1.0),
        ("<answer>a/x.py::stop</answer>", 0.5),
        ("<answer>b/x.py::Worker.run</answer>", 0.0),
        ("It is Worker.run in a/x.py.", 0.0),
    ],
)
def test_coding(response: str, reward: float) -> None:
    assert place_f1([""], [response], reference=[CODING]) == [reward]
    assert place_f1([""], [said(response)], reference=[CODING], completion_ids=[[1]], trainer_state=None) == [reward]


@pytest.mark.parametrize(
    ("response", "reference", "reward"),
    [
        ("The car is parked.\n<answer>Red.</answer>", COLOR, 1.0),
        ("red", COLOR, 1.0),
        ("<answer>blue</answer>", COLOR, 0.0),
        ("<answer>red or blue</answer>", COLOR, 0.0),
        ("<answer>reddish, perhaps</answer>", COLOR, 0.0),
        ("<answer>B</answer>", OPTION, 1.0),
        ("<answer>(B) red</answer>", OPTION, 1.0),
        ("<answer>red</answer>", OPTION, 1.0),
        ("<answer>A</answer>", OPTION, 0.0),
        ("<answer>(A) red</answer>", OPTION, 0.0),
        ("", OPTION, 0.0),
    ],
)
def test_images(response: str, reference: str, reward: float) -> None:
    assert right_answer([""], [response], reference=[reference], images=[[]]) == [reward]
    assert right_answer([""], [said(response)], reference=[reference]) == [reward]


def test_answers_are_read_in_the_locale_of_the_reference() -> None:
    """A question that does not tell its language carries it; one that does needs none."""
    german = image_reference("1 Billion", "X?", (), "de")
    assert '"locale":"de"' in german
    assert "locale" not in image_reference("rot", "Welche Farbe hat das Auto?", (), "de")
    responses = ["<answer>1000 Milliarden</answer>", "<answer>1000 Millionen</answer>"]
    assert right_answer([""] * 2, responses, reference=[german] * 2) == [1.0, 0.0]


@given(RESPONSES)
def test_any_response_has_a_reward_from_0_to_1(response: str) -> None:
    assert 0 <= place_f1([""], [response], reference=[CODING])[0] <= 1
    for reference in (COLOR, OPTION):
        assert right_answer([""], [said(response)], reference=[reference])[0] in (0.0, 1.0)


@pytest.mark.parametrize("piece", ["<think>", "<think></thinking>", "<answer>", "\\boxed{", "answer is ", "(A) ", "1,"])
def test_no_response_takes_long(piece: str) -> None:
    start = time.perf_counter()
    response = piece * (200_000 // len(piece))
    place_f1([""], [response], reference=[CODING])
    right_answer([""], [response], reference=[OPTION])
    assert time.perf_counter() - start < 2


def test_many_rewards_at_once_keep_their_order() -> None:
    answers = ["<answer>a/x.py::Worker.run</answer>", "", "<answer>a/x.py</answer>"]
    assert place_f1(["p"] * 3, [said(a) for a in answers], reference=[CODING] * 3) == [1.0, 0.0, 0.5]


def test_what_a_conversation_says() -> None:
    parts = [{"type": "text", "text": "<answer>"}, {"type": "image"}, {"type": "text", "text": "red</answer>"}]
    turns = [{"role": "assistant", "content": parts}, {"role": "assistant", "content": None}, {"role": "tool"}]
    assert completion_text(turns) == "<answer>red</answer>\n\n"


@pytest.mark.parametrize("columns", [{}, {"reference": [CODING, CODING]}])
def test_a_missing_reference_is_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"'reference': expected one value for each of 1 completions .* load_tasks"):
        place_f1([""], [""], **columns)


@pytest.mark.parametrize("reference", [COLOR, "red", "[1]", None])
def test_a_reference_of_another_kind_is_refused(reference: Any) -> None:
    with pytest.raises(ValueError, match="expected JSON with 'places'"):
        place_f1([""], [""], reference=[reference])


def test_rewards_by_kind() -> None:
    assert reward_functions("coding") == [place_f1]
    assert reward_functions("images") == [right_answer]
    with pytest.raises(ValueError, match=r"no tasks of kind 'audio'; expected one of \['coding', 'images'\]"):
        reward_functions("audio")  # type: ignore[arg-type]
