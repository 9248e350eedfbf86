"""Answers, questions and replies of a stranger cost time linear in their length, whatever fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

import pytest

from contextpairs.data.answers.comparing import relation
from contextpairs.data.answers.lexicon import lexicon
from contextpairs.data.answers.matching import matches
from contextpairs.data.answers.pair_reward import letter_of
from contextpairs.data.answers.translation import _with_shares
from tests.test_growth import surely_grows

FILLINGS = [
    *("1", "1 ", "1.", "1,234", "1'234", "1 km ", "-", "½", "[1, ", "x=", "零", "一百", "分", "分之", "1 分之 ", "不"),
    *("\\sqrt{ ", "\\sqrt", "\\sqrt{}", "√(", "π", "^ ", "$", "`", '"', "(A) ", "A. ", "not A. ", "<b>", "so A is "),
    *("a", "ä", "a+", "a'", "a.", "a&", "a-", "ा", "e\u0301", "да ", "ja ", "yes ", " ", "\n", "é ", "١", "ー", "の"),
]
READERS: dict[str, Callable[[str], object]] = {
    "an answer": lambda text: relation(text, "3 km", "How far is it?"),
    "an answer in German": lambda text: relation(text, "3 km", "Wie weit ist es?"),
    "an answer in Chinese": lambda text: relation(text, "三", "图中有多少人？"),
    "an answer in any language": lambda text: relation(text, "3", "", locale="de es fr ja ru zh"),
    "an answer that is rewarded": lambda text: matches(text, "3 km", "How far is it?"),
    "a question": lambda text: relation("3", "4", text),
    "a question in Chinese": lambda text: relation("3", "4", f"{text} 图中有多少人？"),
    "shares and tenths": lambda text: _with_shares(text, lexicon("zh")),
    "a reply": letter_of,
}
LEAST, MOST = 5_000, 20_000
KNOWN_BAD = {"零", "一亿", "9", "\\sqrt{ "}
"""What has been quadratic or has raised; the others take a minute."""


def filled(fillings: Iterable[str]) -> list[Any]:
    """Fillings as parameters, slow ones marked."""
    return [pytest.param(each, marks=[] if each in KNOWN_BAD else pytest.mark.slow) for each in fillings]


@pytest.mark.parametrize("filling", filled([*FILLINGS, "9"]))
@pytest.mark.parametrize("reader", sorted(READERS))
def test_time_grows_with_length_alone(reader: str, filling: str) -> None:
    number = count()
    assert not surely_grows(lambda text: READERS[reader](f"z{next(number)} {text}"), filling, LEAST, MOST)


@pytest.mark.parametrize(
    "filling", filled([*FILLINGS, "一亿", "億", "9", "1 Mio ", "mil ", "trillion ", "\x00", "\u200f"])
)
@pytest.mark.parametrize("reader", sorted(READERS))
def test_no_filling_raises(reader: str, filling: str) -> None:
    for text in (filling * 400, f"1 {filling * 1500}", f"一{filling * 700}"):
        READERS[reader](text)
