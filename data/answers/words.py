"""Words of a phrase: stems, spelling, and how near two words are."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import chain

MARKS = "".join(
    char for char in map(chr, (*range(0x300, 0x3100), *range(0xA800, 0xAC00), *range(0xFE20, 0xFE30)))
    if unicodedata.category(char).startswith("M")
)  # fmt: skip
"""Combining marks: parts of words, which `re` takes for none."""
LETTER = f"(?:[^\\W\\d_][{MARKS}]*)"
_CHARACTERS = f"(?:[^\\W_][{MARKS}]*)+"
WORD = re.compile(rf"{_CHARACTERS}(?:['.&]{_CHARACTERS})*(?:[-+#*♯♭]+(?![^\W_]))?")
"""Signs are part of the word that they end ("A+", "C#"), and of nothing else ("ice-cream")."""
SIGNS_AT_END = re.compile(r"[-+#*♯♭]+$")
ACCENTS = range(0x300, 0x370)
POINTS = (range(0x591, 0x5C8), range(0x610, 0x61B), range(0x64B, 0x660), range(0x670, 0x671), range(0x6D6, 0x6EE))
"""Hebrew and Arabic marks, without which readers of these scripts do."""
SHORT_I = "и\u0306"
"""A letter of its own, whose sign is no accent."""
DISPENSABLE = dict.fromkeys((*ACCENTS, *chain.from_iterable(POINTS)))
ARTICLES = frozenset({"a", "an", "the"})
SPELLINGS = {
    "grey": "gray", "greyish": "grayish", "colour": "color", "colours": "colors", "coloured": "colored",
    "centre": "center", "metre": "meter", "metres": "meters", "litre": "liter", "litres": "liters",
    "theatre": "theater", "favourite": "favorite", "neighbour": "neighbor", "harbour": "harbor", "tyre": "tire",
    "aluminium": "aluminum", "jewellery": "jewelry", "multicoloured": "multicolored", "mould": "mold",
    "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth", "6th": "sixth",
    "7th": "seventh", "8th": "eighth", "9th": "ninth", "10th": "tenth",
    "grays": "gray", "pyjamas": "pajamas", "moustache": "mustache", "doughnut": "donut", "doughnuts": "donuts",
}  # fmt: skip
IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "people": "person", "feet": "foot", "teeth": "tooth",
    "mice": "mouse", "geese": "goose", "knives": "knife", "leaves": "leaf", "shelves": "shelf", "wolves": "wolf",
    "loaves": "loaf", "halves": "half", "lives": "life", "wives": "wife", "scarves": "scarf", "buses": "bus",
    "oxen": "ox", "dice": "die", "vertices": "vertex", "axes": "axis", "policemen": "policeman", "firemen": "fireman",
}  # fmt: skip
KEPT_S = ("ss", "us", "is", "ous", "series", "news", "species", "lens", "gas")
TYPO_FROM = 5
"""Letters from which two words that differ by one edit may be one word misspelt."""
TWO_TYPOS_FROM = 9


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A word in the singular, without accents; verbs without -ing or -ed where they are long."""
    word = SPELLINGS.get(word, word)
    if not word.isascii():
        word = without_accents(word)
    word = word.replace("'s", "").replace("'", "").replace(".", "")
    if word in IRREGULAR:
        return IRREGULAR[word]
    return _singular(word)


def without_accents(text: str) -> str:
    """Letters without accents and points; marks that make another letter of it stay ("दान", "दिन")."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text).replace(SHORT_I, "й").replace(SHORT_I.upper(), "Й")
    return unicodedata.normalize("NFC", apart.translate(DISPENSABLE))


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(KEPT_S):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > 4 else word[:-1]
    if word.endswith(("ches", "shes", "sses", "xes", "zes", "oes")):
        return word[:-2]
    return word[:-1]


def plural(word: str) -> str:
    """The word for several of a thing that has a plain name, such as a shape."""
    return f"{word}es" if word.endswith("s") else f"{word}s"


def root(word: str) -> str:
    """What forms of one verb or noun share ("standing", "stands", "stood" not): the stem without -ing, -ed, -er, -e."""
    for ending in ("ing", "ed", "er", "y", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            cut = word[: -len(ending)]
            return cut[:-1] if len(cut) > 3 and cut[-1] == cut[-2] else cut
    return word


def words_of(text: str) -> tuple[str, ...]:
    """Words in one spelling and case, articles left out unless nothing else is there."""
    found = tuple(SPELLINGS.get(word, word) for word in WORD.findall(text.casefold()))
    without = tuple(word for word in found if word not in ARTICLES)
    return without or found


def misspelt(first: str, second: str) -> bool:
    """Whether two words are so long and so near that one may be the other misspelt (insert, drop, change, swap).

    A word keeps its first two or its last two letters when it is misspelt: one edit can't touch both ends.
    """
    shorter = min(len(first), len(second))
    if shorter < TYPO_FROM or abs(len(first) - len(second)) > 2:
        return False
    if first[:2] != second[:2] and first[-2:] != second[-2:]:
        return False
    limit = 2 if shorter >= TWO_TYPOS_FROM else 1
    if len(set(first) ^ set(second)) > 2 * limit:
        return False  # an edit changes at most two of the letters in use
    return edits(first, second, limit) <= limit


def edits(first: str, second: str, limit: int) -> int:
    """Edit distance with swaps of neighbours, limit + 1 where it is more than the limit."""
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, one in enumerate(first, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (one != other))
            if i > 1 and j > 1 and one == second[j - 2] and first[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit and min(before) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
