"""Questions as text of their own: without placeholders, apart from their options."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.sources.vqa.wording import bare, listed

OPTION = st.text(st.sampled_from("abcxyz 019-é"), min_size=1, max_size=9).map(str.strip).filter(bool)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("<image>\nWhat is it?", "What is it?"),
        ("What is it?\n<image>", "What is it?"),
        ("In <image 1>, what is x?", "In, what is x?"),
        ("See <|vision_start|><|image_pad|><|vision_end|> now", "See now"),
        ("Picture 1: <img>/a/b.png</img>\nWhat?", "What?"),
        ("Above\r\nbelow\rthere", "Above\nbelow\nthere"),
        ("if a < b and b > c", "if a < b and b > c"),
        ("two  spaces stay", "two  spaces stay"),
    ],
)
def test_placeholders_go_and_nothing_else(written: str, expected: str) -> None:
    assert bare(written) == expected


@pytest.mark.parametrize(
    ("written", "stem", "texts"),
    [
        ("What?\n(A) red (B) blue", "What?", ("red", "blue")),
        ("What?\nA. red\nB. blue\nC. green", "What?", ("red", "blue", "green")),
        ("What? A) red B) blue", "What?", ("red", "blue")),
        ("What? Options: A: red, B: blue, or C: green", "What?", ("red", "blue", "green")),
        ("Pick.\nChoices:\n(a) 3 cm\n(b) 4 cm", "Pick.", ("3 cm", "4 cm")),
        ("What?\nA. red\nB. blue\nAnswer with the option's letter from the given choices directly.", "What?",
         ("red", "blue")),
        ("What?\nA. red\nB. blue\nThe scale is 1:2.", "What?\nThe scale is 1:2.", ("red", "blue")),
        ("Which?\nA. Is it red?\nB. Is it blue?", "Which?", ("Is it red?", "Is it blue?")),
    ],
)  # fmt: skip
def test_options_in_a_question(written: str, stem: str, texts: tuple[str, ...]) -> None:
    found = listed(written)
    assert found is not None
    assert (found.stem, found.texts) == (stem, texts)


@pytest.mark.parametrize(
    "written",
    [
        "Triangles (A) and (B) touch. Which is larger?",
        "Is vitamin A. or vitamin B. shown?",
        "What is at (A)?",
        "What is 1) and 2)?",
        "(A) red (B) blue",
        "What?\n(B) red (C) blue",
    ],
)
def test_letters_in_running_text_are_no_options(written: str) -> None:
    assert listed(written) is None


@given(st.lists(OPTION, min_size=2, max_size=6), st.sampled_from(["({}) ", "{}. ", "{}) ", "{}: "]))
def test_a_listing_gives_back_what_it_was_made_of(texts: list[str], style: str) -> None:
    """Would catch an option cut short, merged with its neighbour, or lost."""
    written = "\n".join(style.format("ABCDEF"[at]) + text for at, text in enumerate(texts))
    found = listed(f"Which one is it?\n{written}")
    assert found is not None
    assert found.stem == "Which one is it?"
    assert list(found.texts) == [" ".join(text.split()) for text in texts]


@given(st.text(st.sampled_from("(AaBb).: \n<image 1>?c"), max_size=200))
def test_any_text_is_taken(text: str) -> None:
    assert bare(bare(text)) == bare(text)
    listed(text)


def test_a_long_text_costs_little() -> None:
    """Would catch a pattern that takes time by the square of the text."""
    bare(" " * 10**6 + "<image>" * 10**4)
    listed("(A) " * 4_000)
