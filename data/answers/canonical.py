"""What an answer says, in one form: what kind of answer it is, its value, and a key that equal answers share."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple, cast

from contextpairs.data.answers.abroad import said_abroad
from contextpairs.data.answers.boxes import Box, box
from contextpairs.data.answers.gazetteer import things
from contextpairs.data.answers.languages import Languages, possible
from contextpairs.data.answers.lexicon import ENGLISH, lexicon
from contextpairs.data.answers.moments import MONTHS, Clock, Date, clock, dates, season, short_dates
from contextpairs.data.answers.number_words import ordinal
from contextpairs.data.answers.numbers import NUMBER, Reading, number, roughly
from contextpairs.data.answers.options import LETTER, LETTERED, chosen, composite, unlabelled
from contextpairs.data.answers.phrase import Phrase, phrase_of
from contextpairs.data.answers.plain import plain
from contextpairs.data.answers.question_hints import QuestionHints, asked_of
from contextpairs.data.answers.units import AS_PERCENT, COUNTED, UNKNOWN, UNSAID, compound, degrees, quantity
from contextpairs.data.answers.vocabulary import NO_ANSWER, VAGUE

Kind = Literal[
    "number", "polarity", "clock", "date", "season", "range", "ordinal", "tuple", "list", "box", "text", "vague"
]
Value = tuple[Reading, ...] | tuple[Date, ...] | tuple["Canonical", ...] | Clock | Box | Phrase | bool | int | None
YES = frozenset(["yes", "true", "correct", "yeah", "yep", "yup", "affirmative"])
NO = frozenset(["no", "false", "incorrect", "nope", "nah", "negative"])
POLAR = re.compile(r"(yes|no|true|false|correct|incorrect)(?=\s*[,;:!-]\s*\D|\.\s+[A-Z])", re.IGNORECASE)
ROUGH = re.compile(
    r"^(?:about|around|approximately|approx\.?|roughly|nearly|almost|circa|ca\.?|at least|at most|more than|less than|"
    r"fewer than|greater than|up to|over|under|above|below|no more than|no less than|~|≈|[<>]=?|≤|≥|\+/-|±|just \w+)\s*"
    r"(?=[\d.$€£a-z-])|(?<=\d)\s*(?:\+|or (?:more|less|so|fewer)|ish)$",
    re.IGNORECASE,
)
BRACKETED = re.compile(r"^([(\[{<⟨])\s*(.+?)\s*([)\]}>⟩])$", re.DOTALL)
EITHER = re.compile(r"\bor\b|(?<=[A-Za-z])\s?/\s?(?=[A-Za-z])|\|", re.IGNORECASE)
LOW = rf"({NUMBER}\s?[^\s\d-]{{0,12}}?)"
BETWEEN = re.compile(
    rf"(?:between\s+{LOW}\s+and\s+|(?:from\s+)?{LOW}\s*(?:-|to|through|until)\s*)(\$?{NUMBER}.*)", re.IGNORECASE
)
NESTED = re.compile(r"[()\[\]{}]")
SHORT_DATE = re.compile(r"\d{1,2}[/-]\d{1,2}")
ASSIGNED = re.compile(r"^([A-Za-z])\s*=\s*([^=]+)$")
SIGNS = re.compile(r"[\\^=<>≠≈±→←↔⇒]|(?<=[\w)])\s*(?:[+*]|->)\s*(?=[\w(])")
"""Of formulas, whose words alone do not tell them apart: "x > 5" is not "x < 5"."""
SEPARATOR = re.compile(r"\s*[;\n]\s*|\s*,\s+(?:and\s+|&\s+)?|\s*,(?!\d)\s*|(?<!\d),(?=\d)|\s+(?:and|&)\s+")
TIGHT_COMMAS = re.compile(r"-?\d+(?:\.\d+)?(?:,-?\d+(?:\.\d+)?){2,}|-?\d+,-\d+")
DECADE = re.compile(r"'?\d*0'?s")
HOUR = re.compile(r"(\d{1,2}) ?(?:h|hours?)")
ABOUT = re.compile(r"(?:about|nearly) (\S.*)")
DIGIT = re.compile(r"\d")
LONGEST = 300
"""Characters up to which an answer is read; longer ones are prose."""
SHORT_YEARS = range(100)
PLAIN_INT = re.compile(r"0|[1-9]\d{0,14}")


class Canonical(NamedTuple):
    """What an answer says.

    Attributes:
        key: equal for answers of equal meaning where that is a matter of writing; never equal for others.
        kind: what kind of answer it is; "vague" ones are unclear beside any other answer.
        value: by kind: readings of a number, yes or no, a time, dates, items, a phrase.
        detail: something beyond the value was said ("yes, two of them").
        asked: what the question says of its answers.
        options: keys of the question's options.
        bag: words of an answer to a question with options.
        languages: those that it may be in.
        translated: its words are those of all of these languages, whatever they would say in English.
    """

    key: str
    kind: Kind
    value: Value
    detail: bool
    asked: QuestionHints
    options: frozenset[str]
    bag: frozenset[str] = frozenset()
    languages: Languages = (ENGLISH,)
    translated: bool = False

    @property
    def foreign(self) -> bool:
        """Whether it may hold words of another language, so that what they would mean in English says little."""
        return self.languages != (ENGLISH,) and not self.translated

    @property
    def comparable(self) -> bool:
        """Whether it can certainly differ from another answer at all."""
        return self.kind != "vague"


def canonical(answer: str, question: str = "", choices: tuple[str, ...] = (), locale: str = "") -> Canonical:
    """What an answer to a question says; letters of options are resolved to their texts.

    An answer that may be in several languages says what it says in each of them, and else nothing certain.

    Args:
        answer: as it came.
        question: sharpens the reading (is a list ordered, is a letter an answer, are names asked for).
        choices: the options, where there are any, with or without their letters.
        locale: of question and answer, as `contextpairs.data.answers.languages.possible` reads it.

    Raises:
        ValueError: CLDR has no such locale.
    """
    languages = possible(locale, question)
    return _canonical(answer, asked_of(question, languages), tuple(choices), languages)


@lru_cache(maxsize=1 << 16)
def _canonical(answer: str, asked: QuestionHints, choices: tuple[str, ...], languages: Languages) -> Canonical:
    text = plain(answer)
    if not choices:
        return _understood(text, asked, False, languages)
    found = chosen(text, choices)
    text = text if found.unclear else plain(found.text)
    unclear = found.unclear or composite(text, choices)
    read = _vague(text.casefold(), asked) if unclear else _understood(text, asked, True, languages)
    return read._replace(options=_option_keys(choices, asked, languages), bag=_bag(phrase_of(text)))


def _bag(phrase: Phrase) -> frozenset[str]:
    return frozenset(phrase.points) or phrase.bag


@lru_cache(maxsize=1 << 12)
def _option_keys(choices: tuple[str, ...], asked: QuestionHints, languages: Languages) -> frozenset[str]:
    return frozenset(_understood(plain(text), asked, True, languages).key for text in unlabelled(choices))


def _understood(text: str, asked: QuestionHints, has_options: bool, languages: Languages) -> Canonical:
    """What a text says in every language that it may be in."""
    if PLAIN_INT.fullmatch(text) or languages == (ENGLISH,) or len(text) > LONGEST:
        return _read(text, asked, has_options)._replace(languages=languages)
    found = [_read_in(text, asked, has_options, name) for name in languages]
    read = {one.key: one for one in found}
    ones = list(read.values())
    translated = all(one.translated for one in found)
    return (ones[0] if len(ones) == 1 else _together(text, ones, asked))._replace(
        languages=languages, translated=translated
    )


def _read_in(text: str, asked: QuestionHints, has_options: bool, language: str) -> Canonical:
    words = lexicon(language)
    if words.language == ENGLISH and not words.comma:
        return _read(text, asked, has_options)
    english = said_abroad(text, asked, words)
    if english is None:
        return _vague(text.casefold(), asked)
    return _read_abroad(english, asked, has_options)._replace(translated=english != text)


def _read_abroad(english: str, asked: QuestionHints, has_options: bool) -> Canonical:
    """A translated answer: besides what English ones say, a number that is near, a month alone, a day in two orders."""
    if (found := ABOUT.match(english)) and (number := _read(found[1], asked, has_options)).kind == "number":
        readings = tuple(map(roughly, cast(tuple[Reading, ...], number.value)))
        return number._replace(key=f"about {number.key}", value=readings)
    if asked.dated and (said := MONTHS.get(english.casefold()) or short_dates(english)):
        days = (Date(0, said, 0),) if isinstance(said, int) else said
        return _made("date", days, f":{days[0] if len(days) == 1 else english}", asked)
    return _read(english, asked, has_options)


def _together(text: str, ones: list[Canonical], asked: QuestionHints) -> Canonical:
    """Several readings as one: bare numbers stay numbers with more readings, others say nothing certain."""
    readings = [reading for one in ones if one.kind == "number" for reading in cast(tuple[Reading, ...], one.value)]
    if all(one.kind == "number" for one in ones) and not any(reading.dimension for reading in readings):
        return _made("number", tuple(dict.fromkeys(readings)), f":{'|'.join(sorted(one.key for one in ones))}", asked)
    return _vague(text.casefold(), asked)


def _read(text: str, asked: QuestionHints, has_options: bool) -> Canonical:
    """Text in plain characters, by the first reading that fits it."""
    if len(text) > LONGEST:
        return _vague(text.casefold(), asked)
    if PLAIN_INT.fullmatch(text):
        return _number(number(text), asked)
    low = text.casefold()
    if low in VAGUE or low.removeprefix("the ") in VAGUE or (NO_ANSWER.search(low) and not DIGIT.search(low)):
        return _vague(low, asked)
    single = len(text) == 1 and text.isalpha()
    if single or (not has_options and (LETTER.match(text) or LETTERED.match(text))):
        return _letter(text, low, asked, has_options)
    return _polarity(text, low, asked) or _measured(text, asked) or _composed(text, low, asked, has_options)


def _made(kind: Kind, value: Value, key: str, asked: QuestionHints, detail: bool = False) -> Canonical:
    return Canonical(f"{kind}{key}", kind, value, detail, asked, frozenset())


def _vague(low: str, asked: QuestionHints) -> Canonical:
    return _made("vague", None, f":{low}", asked)


def _letter(text: str, low: str, asked: QuestionHints, has_options: bool) -> Canonical:
    """A letter alone is the name of an unknown option, unless the question asks for one."""
    if len(text) == 1 and (asked.letter or has_options):
        return _made("text", phrase_of(text), f":{low}", asked)
    return _vague(text.strip("().: ").casefold(), asked)


def _polarity(text: str, low: str, asked: QuestionHints) -> Canonical | None:
    word = low.strip(" .!,")
    if word in YES or word in NO:
        return _made("polarity", word in YES, f":{word in YES}", asked)
    if found := POLAR.match(text):
        yes = found.group(1).casefold() in YES
        return _made("polarity", yes, f":{yes}:{low}", asked, detail=True)
    return None


def _measured(text: str, asked: QuestionHints) -> Canonical | None:
    """Numbers, quantities, times, dates and what is near them."""
    if asked.dated and SHORT_DATE.fullmatch(text):
        return _vague(text, asked)
    if (asked.timed or asked.maybe_timed) and (hour := HOUR.fullmatch(text)) and int(hour[1]) <= 24:
        if not asked.timed:
            return _vague(text, asked)
        text = f"{hour[1]}:00"
    if year := season(text):
        return _made("season", year, f":{year}", asked)
    if readings := number(text):
        return _number(readings, asked)
    if DECADE.fullmatch(text):
        return _vague(text.casefold(), asked)
    if place := ordinal(text):
        return _made("ordinal", place, f":{place}", asked)
    if dated := (dates(text) if DIGIT.search(text) else ()):
        return _made("date", dated, f":{dated[0] if len(dated) == 1 else text}", asked)
    if readings := quantity(text) or compound(text):
        return _number(readings, asked)
    if not DIGIT.search(text):
        return _vague(text.casefold(), asked) if _rough(text) else None
    if (time := clock(text)) and "ratio" not in text:
        return _made("clock", time, f":{time.minutes}{'' if time.sure else '?'}", asked)
    if _rough(text):
        return _vague(text.casefold(), asked)
    return _between(text, asked) or _assigned(text, asked)


def _number(readings: tuple[Reading, ...], asked: QuestionHints) -> Canonical:
    readings = _as_counted(readings, asked)
    if asked.warmth and readings[0].dimension == "angle":
        readings = degrees(readings)
    first = readings[0]
    if asked.percent and not first.dimension and (first.step < 1 or first.exact == 1):
        share = first if first.step < 1 else first.unusual()
        readings = (*readings, share.times(Fraction(100), AS_PERCENT))
    if asked.year and not first.dimension and first.exact in SHORT_YEARS:
        readings = (*readings, *(first.times(Fraction(1), "", Fraction(century)) for century in (1900, 2000)))
    scaled = [one.times(Fraction(scale), one.dimension) for scale in asked.scales for one in readings if one.exact]
    readings = (*readings, *scaled)
    written = "|".join(str(one.exact) for one in (first, *_other_marks(first, readings)))
    return _made("number", tuple(dict.fromkeys(readings)), f":{written} {first.dimension}".rstrip(), asked)


def _other_marks(first: Reading, readings: tuple[Reading, ...]) -> list[Reading]:
    """Readings of the same number with its marks taken another way."""
    return [one for one in readings[1:] if one.dimension == first.dimension and one.step < 0]


def _as_counted(readings: tuple[Reading, ...], asked: QuestionHints) -> tuple[Reading, ...]:
    """Of things that the question does not name, what is counted is not known."""
    noun = readings[0].dimension.removeprefix(COUNTED)
    if noun == readings[0].dimension or asked.names(noun):
        return readings
    return tuple(
        one._replace(dimension=f"{UNKNOWN}{noun}") if one.dimension.startswith(COUNTED) else one for one in readings
    )


def _rough(text: str) -> bool:
    rest = ROUGH.sub("", text).strip()
    return rest != text and bool(number(rest) or quantity(rest) or rest.casefold() in VAGUE)


def _between(text: str, asked: QuestionHints) -> Canonical | None:
    found = BETWEEN.fullmatch(text)
    if not found:
        return None
    lower, upper = (found[1] or found[2]).strip(), found[3].strip()
    low, high = quantity(lower), quantity(upper)
    if not high or not low:
        return None
    if low[0].dimension == "" != high[0].dimension:
        low = quantity(lower + _unit_of(upper)) or low
    if low[0].dimension != high[0].dimension:
        return None
    ends = (low[0], high[0])
    key = f":{ends[0].exact}..{ends[1].exact} {ends[0].dimension}".rstrip()
    return _made("range", ends, key, asked)


def _unit_of(text: str) -> str:
    return re.sub(rf"^{NUMBER}", "", text)


def _assigned(text: str, asked: QuestionHints) -> Canonical | None:
    """ "x = 5": five, of x; the letter may be left out elsewhere."""
    found = ASSIGNED.match(text)
    readings = number(found.group(2).strip()) if found else ()
    if not found or not readings:
        return None
    of_letter = tuple(one._replace(dimension=f"{found.group(1).casefold()} =") for one in readings)
    return _number((*of_letter, *(one._replace(dimension=UNSAID) for one in readings)), asked)


def _composed(text: str, low: str, asked: QuestionHints, has_options: bool) -> Canonical:
    """Boxes, tuples, sets, lists, and text."""
    if asked.box and (found_box := box(text)):
        return _made("box", found_box, f":{','.join(map(str, found_box))}", asked)
    if found := BRACKETED.match(text):
        return _bracketed(text, found, asked, has_options)
    if not has_options and EITHER.search(text):
        return _vague(low, asked)
    if DIGIT.search(text) and re.fullmatch(r"-?\d+,\d+", text):
        return _vague(low, asked)  # a decimal comma, or two numbers
    items = text.split(",") if TIGHT_COMMAS.fullmatch(text) else [part for part in SEPARATOR.split(text) if part]
    if len(items) > 1 and not things(text):
        return _listed(items, asked, has_options)
    if SIGNS.search(text):
        return _vague("".join(low.split()), asked)
    return _text(text, asked)


def _bracketed(text: str, found: re.Match[str], asked: QuestionHints, has_options: bool) -> Canonical:
    opening, inside, closing = found.groups()
    if readings := number(inside):
        negative = tuple(one.times(Fraction(-1)) for one in readings)
        return _number((*readings, *negative), asked) if opening == "(" else _vague(text.casefold(), asked)
    items = [part.strip() for part in re.split(r"[,;]", inside) if part.strip()]
    if opening == "{" and len(items) > 1:
        return _listed(items, asked, has_options)
    if NESTED.search(inside):
        return _vague("".join(text.casefold().split()), asked)
    if len(items) < 2:
        return _vague(text.casefold(), asked) if opening != "(" else _read(plain(inside), asked, has_options)
    parts = tuple(_read(plain(item), asked, has_options) for item in items)
    return _made("tuple", parts, f":{opening}{'|'.join(part.key for part in parts)}{closing}", asked)


def _listed(items: list[str], asked: QuestionHints, has_options: bool) -> Canonical:
    parts = tuple(_read(plain(item), asked, has_options) for item in items)
    keys = [part.key for part in parts]
    if any(not part.comparable for part in parts):
        return _vague("|".join(keys if asked.ordered else sorted(keys)), asked)
    return _made("list", parts, f":{'|'.join(keys if asked.ordered else sorted(keys))}", asked)


def _text(text: str, asked: QuestionHints) -> Canonical:
    phrase = phrase_of(text)
    if not phrase.words:
        return _vague(text.casefold(), asked)
    return _made("text", phrase, f":{' '.join(phrase.words)}", asked)
