"""Whether a later turn asks a question of its own: it names what it asks about, and points at no turn before it.

Known for English alone: a turn whose words are others is taken for one that leans on those before it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from contextpairs.data.sources.vqa.wording import bare

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
PICTURES = "image|picture|photo|photograph|figure|diagram|chart|graph|plot|table|map|scene|screenshot|page|document"
THIS_PICTURE = re.compile(rf"\b(?:this|that|these|those) (?:{PICTURES})s?\b")
STARTS = ("and ", "but ", "or ", "what about", "how about")
"""Beginnings that lean on the turn before."""
WORDS = Path(__file__).with_name("follow_up.yaml")
REACH = 4
"""Words after an opener among which the name is looked for."""


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(yaml.safe_load(WORDS.read_text(encoding="utf-8"))[kind])


def stands_alone(text: str) -> bool:
    """Whether a question is whole without the turns before it."""
    said = THIS_PICTURE.sub("the picture", bare(text).casefold().replace("’", "'"))
    words = WORD.findall(said)
    if said.startswith(STARTS) or not _words("back").isdisjoint(words):
        return False
    return any(_names(words[at + 1 : at + 1 + REACH]) for at, word in enumerate(words) if word in _words("openers"))


def _names(words: list[str]) -> bool:
    """Whether a thing comes before the next word that begins anew."""
    for word in words:
        if word in _words("verbs"):
            return False
        known = word in _words("openers") or word in _words("no_name")
        if not known and len(word) > 1 and word.isascii() and word.isalpha():
            return True
    return False
