"""What a question says about how its answers are to be read."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from contextpairs.data.answers import units
from contextpairs.data.answers.languages import Languages
from contextpairs.data.answers.lexicon import ENGLISH, Lexicon, lexicon
from contextpairs.data.answers.translation import known_words, scales_of
from contextpairs.data.answers.vocabulary import TAGS
from contextpairs.data.answers.words import WORD, stem

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
    r"\b(hundred|thousand|lakh|million|crore|billion|trillion)s?\b|\b(mn|mln|bn|tn|trn)\b|'(000)s?\b", re.IGNORECASE
)
SCALES = units.SCALES | {"000": 1000}
YEAR = re.compile(r"\byear\b", re.IGNORECASE)
LETTER = re.compile(r"\b(?:letters?|label(?:l?ed)?|vertex|vertices|grade|node|variable|character)\b", re.IGNORECASE)
WRITTEN = re.compile(
    r"\b(?:written|printed|spelled|spelt|engraved)\b|\b(?:what|which) (?:word|text|number|name|title|letters?)\b"
    r"|\bwhat (?:does|do|did) .{1,60} says?\b|\bsays? on\b",
    re.IGNORECASE,
)
OF_NAMES = (
    r"(?:country|countries|city|town|village|capital|state|nation|county|province|continent|region|island|company|brand|"
    r"manufacturer|maker|restaurant|store|shop|supermarket|team|club|street|road|avenue|school|university|college|"
    r"airline|airport|newspaper|magazine|website|app|language|currency|president|author|artist|painter|singer|band|"
    r"actor|actress|player|station|port|corporation|bank|movie|film|book|song|album|building|tower|landmark|monument|"
    r"museum|bridge|stadium|mountain|river|lake|ocean|sea|planet|person|politician|celebrity)"
)
"""Kinds of things that have proper names."""
IDENTIFIED = (
    r"(?:country|city|capital|state|brand|company|manufacturer|maker|language|currency|airline|newspaper|magazine|"
    r"website)"
)
"""Kinds of which "what is the ..." asks for the name, not for what they do or are like."""
LABEL = re.compile(
    rf"\b(?:what|which|whose) (?:\w+ )?{OF_NAMES}\b|\bnames? of (?:the |this |that )?(?:\w+ )?{OF_NAMES}\b"
    rf"|\bwhat(?:'s| is| was) (?:the |this |that )?(?:\w+ )?{IDENTIFIED}(?= ?[?.!]?$| (?:of|on|name|shown)\b)",
    re.IGNORECASE,
)
PERSON = re.compile(
    r"\b(?:who|whose|whom)\b|\b(?:what|which)(?: of)?(?: the| these| her| his| their)? (?:\w+ )?(?:runner|swimmer|"
    r"skier|player|athlete|racer|driver|rider|cousin|brother|sister|sibling|friend|neighbor|neighbour|classmate|student|pupil|"
    r"child|kid|girl|boy|man|woman|person|employee|worker|teacher|doctor|customer|candidate|participant|contestant|"
    r"member|actor|actress|singer|author|artist|scientist|senator|king|queen|saleswoman|salesman|salesperson)s?\b",
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
    r"|^what (?:is|are) (?:this|that|these|those|it|visible|shown|seen|depicted|pictured)\b"
    r"(?! (?:[\w'-]+ ){1,3}called\b)|\bdoing\b",
    re.IGNORECASE,
)
STATES = frozenset({"open", "switched", "wet", "full"})
"""Classes of words for what something is or is not, so that one of them answers a question for another with no."""
NOUN_FROM = 3
"""Letters that forms of one noun begin with at least."""
DATED = re.compile(r"\b(?:date|dated|birthday|expir\w*|what day)\b|^when\b", re.IGNORECASE)
ROUGH = re.compile(
    r"\b(?:about|roughly|nearly|around|almost) (?:how (?:many|much)|\d)|\bapproximate(?:ly)?\b"
    r"|\bhow (?:many|much) roughly\b",
    re.IGNORECASE,
)
TIMED = re.compile(r"\bwhat(?: is the|'s the)? time\b", re.IGNORECASE)
KNOWN_KINDS = r"(?:country|countries|nation|continent|city|town|capital|(?<!programming )language)"
"""Kinds of things of which the gazetteer has all that are asked for often."""
LISTED = re.compile(
    rf"\b(?:what|which|whose)(?: is the| is this)? (?:\w+ )?{KNOWN_KINDS}\b"
    rf"|\bnames? of (?:the |this |that )?(?:\w+ )?{KNOWN_KINDS}\b",
    re.IGNORECASE,
)
BOX = re.compile(r"\b(?:bounding|bbox(?:es)?|box|region|rectangle|coordinates)\b", re.IGNORECASE)
EITHER = re.compile(r"\b(?:an? |the )?([\w-]+) or (?:an? |the )?([\w-]+)(?= *\?|$)")
THREE = re.compile(r"\b([\w-]+), (?:an? |the )?([\w-]+),? or (?:an? |the )?([\w-]+)(?= *\?|$)")


class QuestionHints(NamedTuple):
    """What a question says about how its answers are to be read.

    Attributes:
        text: the question in lower case.
        ordered: the order of a list matters.
        percent: a share may be given as 0.5, 50 or 50%.
        scales: numbers may be given in these ("in thousands": 3 for 3000).
        year: 98 may be 1998.
        letter: a single letter is an answer of its own, not that of an option.
        written: asks for a text or for the name of a kind of thing: other words are another answer.
        named: asks who or which: other names of the gazetteer are another answer.
        person: asks who: other proper names are another answer.
        coded: a name may be given by a code of two or three letters (DEU); not where it is written.
        listing: several answers may be right at once (what is in, what else, doing).
        dated: asks for a date: 9/11 is a day.
        rough: asks about how many: numbers that are nearly equal may be one.
        timed: asks for the time of day.
        maybe_timed: does so in one of the languages that it may be in.
        listed: asks for a country, a city or a language: names that the gazetteer does not have may be others of these.
        box: asks for a box or region of the picture.
        measures: dimensions of units that the question names ("how many kilometres").
        either: stems that the question gives as alternatives ("day or night?").
        counted: asks how many there are; so do the next three of questions in other languages alone.
        warmth: asks for a temperature: degrees are none of an angle.
        things: what it names, in English, and the counters of things, as they come.
        states: states that it names, in English ("Ist die Lampe an?": on).
    """

    text: str = ""
    ordered: bool = False
    percent: bool = False
    scales: tuple[int, ...] = ()
    year: bool = False
    letter: bool = False
    written: bool = False
    named: bool = False
    person: bool = False
    coded: bool = False
    listing: bool = False
    dated: bool = False
    rough: bool = False
    timed: bool = False
    maybe_timed: bool = False
    listed: bool = False
    box: bool = False
    measures: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset()
    counted: bool = False
    warmth: bool = False
    things: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()

    def names(self, noun: str) -> bool:
        """Whether the question holds a noun, in whatever form; each word of several."""
        return all(word in self.things or _held(word, self.text) for word in noun.split())


NOTHING = QuestionHints()


@lru_cache(maxsize=1 << 14)
def asked_of(question: str, languages: Languages = (ENGLISH,)) -> QuestionHints:
    """What a question says, from its words alone, in the languages that it may be in.

    What makes answers more alike is said where one of them says it; what tells them apart, where all do.
    """
    if not question:
        return NOTHING
    text = " ".join(question.split())
    said = [_asked_in(text, name) for name in languages]
    return said[0] if len(said) == 1 else QuestionHints(
        text=said[0].text,
        ordered=all(one.ordered for one in said),
        percent=any(one.percent for one in said),
        scales=tuple(sorted({scale for one in said for scale in one.scales})),
        year=any(one.year for one in said),
        letter=all(one.letter for one in said),
        written=all(one.written for one in said),
        named=all(one.named for one in said),
        person=all(one.person for one in said),
        coded=any(one.coded for one in said),
        listing=any(one.listing for one in said),
        dated=any(one.dated for one in said),
        rough=any(one.rough for one in said),
        timed=all(one.timed for one in said),
        maybe_timed=any(one.timed for one in said),
        listed=any(one.listed for one in said),
        box=any(one.box for one in said),
        measures=frozenset.intersection(*(one.measures for one in said)),
        either=frozenset.intersection(*(one.either for one in said)),
        counted=all(one.counted for one in said),
        warmth=all(one.warmth for one in said),
        things=frozenset.intersection(*(one.things for one in said)),
        states=frozenset.intersection(*(one.states for one in said)),
    )  # fmt: skip


def _asked_in(text: str, language: str) -> QuestionHints:
    words = lexicon(language)
    return _asked_in_english(text) if words.language == ENGLISH else _asked_abroad(text, words)


def _asked_abroad(text: str, words: Lexicon) -> QuestionHints:
    folded = words.asking(text)
    kinds = {kind for kind, found in words.asks.items() if found.search(folded)}
    known = frozenset(map(stem, known_words(text, words.with_alone())))
    label, named, written = "label" in kinds, "named" in kinds, "written" in kinds
    return QuestionHints(
        text=text.casefold(),
        ordered="ordered" in kinds,
        percent="percent" in kinds or "%" in text,
        scales=tuple(sorted(scales_of(text, words))),
        year="year" in kinds,
        letter="letter" in kinds,
        written=written or (label and named),
        named=named,
        person="person" in kinds,
        coded=not written and (label or named),
        listing="several" in kinds or not kinds & {"single", "label", "named", "written", "letter"},
        dated="date" in kinds,
        rough="rough" in kinds,
        timed="time" in kinds,
        listed="listed" in kinds,
        box="box" in kinds,
        measures=units.named_in(known_words(text, words)),
        counted="count" in kinds,
        warmth="warmth" in kinds,
        things=frozenset(word for word in known if "thing" in TAGS.get(word, {})) | _counters(text, words),
        states=frozenset(word for word in known if not STATES.isdisjoint(TAGS.get(word, {}))),
    )


def _counters(text: str, words: Lexicon) -> frozenset[str]:
    return frozenset(counter for counter in words.counters if counter in text)


def _asked_in_english(text: str) -> QuestionHints:
    ordered = bool(ORDERED.search(text))
    written, label, named = bool(WRITTEN.search(text)), bool(LABEL.search(text)), bool(NAMED.search(text))
    return QuestionHints(
        text=text.casefold(),
        ordered=ordered,
        percent=bool(PERCENT.search(text)),
        scales=tuple(
            sorted({SCALES[found.group().casefold().strip("'").rstrip("s")] for found in SCALE.finditer(text)})
        ),
        year=bool(YEAR.search(text)),
        letter=bool(LETTER.search(text)),
        written=written or label,
        named=named,
        person=bool(PERSON.search(text)),
        coded=not written and (label or named),
        listing=not ordered and bool(LISTING.search(text)),
        dated=bool(DATED.search(text)),
        rough=bool(ROUGH.search(text)),
        timed=bool(TIMED.search(text)),
        listed=bool(LISTED.search(text)),
        box=bool(BOX.search(text)),
        measures=units.named_in(WORD.findall(text)),
        either=_either(text.casefold().rstrip(" ?.!")),
    )


def _held(word: str, text: str) -> bool:
    """Whether a text holds a word, or another form of it."""
    if any(not char.isascii() for char in word) and word in text:
        return True
    return any(one_noun(word, other) for other in _stems(text))


@lru_cache(maxsize=1 << 12)
def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in WORD.findall(text))


def one_noun(first: str, second: str) -> bool:
    """Whether two words may be forms of one: most of the longer one's letters begin both ("Hund", "Hunde")."""
    short, long = sorted((first, second), key=len)
    common = next((at for at, (one, other) in enumerate(zip(short, long, strict=False)) if one != other), len(short))
    return short == long or (common >= NOUN_FROM and 4 * common >= 3 * len(long))


def _either(text: str) -> frozenset[str]:
    found = THREE.search(text) or EITHER.search(text)
    return frozenset(stem(word) for word in found.groups()) if found else frozenset()
