"""What a question says about how its answers are to be read."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from contextpairs.data.answers.words import stem

ORDERED = re.compile(
    r"\b(?:in order|order|sequence|rank(?:ed|ing)?|sort(?:ed)?|ascending|descending|chronological\w*|"
    r"from (?:left|right|top|bottom|first|smallest|largest|least|greatest|lowest|highest|oldest|youngest|low|high)|"
    r"respectively|coordinates?|ordered pair|point)\b",
    re.IGNORECASE,
)
PERCENT = re.compile(
    r"%|\bper ?cent|\bpercentage|\bproportion|\bprobabilit|\bfraction|\bshares?\b|\baccurac|\brates?\b|\bgrowth\b|"
    r"\bratios?\b|\blikelihood\b|\bchances?\b|\bprecision\b|\brecall\b|\bincreased? by\b|\bdecreased? by\b",
    re.IGNORECASE,
)
SCALE = re.compile(
    r"\b(hundred|thousand|lakh|million|crore|billion|trillion)s?\b|\b(mn|mln|bn)\b|'(000)s?\b", re.IGNORECASE
)
SCALES = {"hundred": 100, "thousand": 1000, "000": 1000, "lakh": 10**5, "million": 10**6, "mn": 10**6, "mln": 10**6,
          "crore": 10**7, "billion": 10**9, "bn": 10**9, "trillion": 10**12}  # fmt: skip
YEAR = re.compile(r"\byear\b", re.IGNORECASE)
LETTER = re.compile(r"\b(?:letters?|label(?:l?ed)?|vertex|vertices|grade|node|variable|character)\b", re.IGNORECASE)
WRITTEN = re.compile(
    r"\b(?:written|printed|spelled|spelt|engraved)\b|\b(?:what|which) (?:word|text|number|name|title|letters?)\b"
    r"|\bwhat (?:does|do|did) .{1,60} says?\b|\bsays? on\b",
    re.IGNORECASE,
)
LABEL = re.compile(
    r"\b(?:what|which|whose) (?:\w+ )?(?:country|countries|city|state|nation|county|province|continent|company|brand|"
    r"restaurant|store|shop|team|club|street|road|school|university|airline|airport|newspaper|website|"
    r"language|currency|president|author|artist|station|port|corporation|bank|club)\b",
    re.IGNORECASE,
)
NAMED = re.compile(r"\b(?:who|whose|whom|which|name of|named|called)\b", re.IGNORECASE)
PLACED = (
    r"(?:in|on|under|behind|near|next to|beside|above|below|around|inside|at|by|over|between|in front of|within|"
    r"underneath|beneath|outside|against|along|among|across|throughout) "
)
SHOWN = (
    r"(?:that |there |visible |shown |seen |present |depicted |pictured |displayed |standing |sitting |lying |parked )?"
)
ONE_IN_A_PLACE = (
    r"(?:words?|texts?|letters?|initials?|numbers?|numerals?|digits?|characters?|names?|titles?|messages?|times?|years?|"
    r"months?|days?|dates?|prices?|values?|scores?|temperatures?|speeds?|shapes?|size)"
)
"""Nouns of what is written or read off, of which a place holds one; also the shape that a picture shows."""
LISTING = re.compile(
    rf"\bwhat(?:'s| is| are| can be seen| do you see| can you see| could you see)? {SHOWN}{PLACED}"
    rf"|\b(?:what|which)(?: of)? (?:[\w'-]+ ){{0,2}}(?!{ONE_IN_A_PLACE} )[\w'-]+ "
    rf"(?:is|are|was|were|can be|do you|can you|could you) (?:also )?(?:{SHOWN}{PLACED}|(?:seen?|visible|present)\b)"
    r"|\bwhat colou?rs? are (?!the marked cells\b)"
    r"|\bwhat (?:else|other|things|objects|items|animals|kinds?|types?)\b|\bwhat (?:do|can|could) (?:you|we|one) see\b"
    r"|\bname (?:one|an?|any|some|two|three)\b|\b(?:describe|example|list|mention)\b|\bwearing\b|\bholding\b"
    r"|^what (?:is|are) (?:this|that|these|those|it|visible|shown|seen|depicted|pictured)\b|\bdoing\b",
    re.IGNORECASE,
)
DATED = re.compile(r"\b(?:date|dated|birthday|expir\w*|what day)\b|^when\b", re.IGNORECASE)
EITHER = re.compile(r"\b(?:an? |the )?([\w-]+) or (?:an? |the )?([\w-]+)(?= *\?|$)")
THREE = re.compile(r"\b([\w-]+), (?:an? |the )?([\w-]+),? or (?:an? |the )?([\w-]+)(?= *\?|$)")


class QuestionHints(NamedTuple):
    """What a question says about how its answers are to be read.

    Attributes:
        ordered: the order of a list matters.
        percent: a share may be given as 0.5, 50 or 50%.
        scales: numbers may be given in these ("in thousands": 3 for 3000).
        year: 98 may be 1998.
        letter: a single letter is an answer of its own, not that of an option.
        written: asks for a text or for the name of a kind of thing: other words are another answer.
        named: asks who or which: other proper names are another answer.
        coded: a name may be given by a code of two or three letters (DEU); not where it is written.
        listing: several answers may be right at once (what is in, what else, doing).
        dated: asks for a date: 9/11 is a day.
        either: stems that the question gives as alternatives ("day or night?").
    """

    ordered: bool = False
    percent: bool = False
    scales: tuple[int, ...] = ()
    year: bool = False
    letter: bool = False
    written: bool = False
    named: bool = False
    coded: bool = False
    listing: bool = False
    dated: bool = False
    either: frozenset[str] = frozenset()


NOTHING = QuestionHints()


@lru_cache(maxsize=1 << 14)
def asked_of(question: str) -> QuestionHints:
    """What a question says, from its words alone."""
    if not question:
        return NOTHING
    text = " ".join(question.split())
    ordered = bool(ORDERED.search(text))
    written, label, named = bool(WRITTEN.search(text)), bool(LABEL.search(text)), bool(NAMED.search(text))
    return QuestionHints(
        ordered=ordered,
        percent=bool(PERCENT.search(text)),
        scales=tuple(
            sorted({SCALES[found.group().casefold().strip("'").rstrip("s")] for found in SCALE.finditer(text)})
        ),
        year=bool(YEAR.search(text)),
        letter=bool(LETTER.search(text)),
        written=written or label,
        named=named,
        coded=not written and (label or named),
        listing=not ordered and bool(LISTING.search(text)),
        dated=bool(DATED.search(text)),
        either=_either(text.casefold().rstrip(" ?.!")),
    )


def _either(text: str) -> frozenset[str]:
    found = THREE.search(text) or EITHER.search(text)
    return frozenset(stem(word) for word in found.groups()) if found else frozenset()
