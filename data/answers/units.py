"""Quantities: numbers with a unit, a currency, a percent sign, or a noun that is counted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction

from contextpairs.data.answers.numbers import NUMBER, RATIO, Reading, bare, number
from contextpairs.data.answers.words import LETTER, stem

Unit = tuple[str, Fraction]
# Metric and other units of one kind are dimensions apart: converted, they come rounded, who knows how far.
DIMENSIONS = {
    "length": "mm millimeter 1/1000|cm centimeter 1/100|dm decimeter 1/10|m meter 1|km kilometer 1000|"
    "nm nanometer 1/1000000000|um μm µm micrometer micron 1/1000000",
    "length, imperial": "in inch inche 127/5000|ft foot feet 381/1250|yd yard 1143/1250|mi mile 201168/125",
    "mass": "mg milligram 1/1000|g gram gm 1|jin 500|kg kilogram kilo 1000|t ton tonne 1000000",
    "mass, imperial": "lb lbs pound 45359237/100000|oz ounce 45359237/1600000",
    "time": "ms millisecond 1/1000|s sec second 1|min minute 60|h hr hour 3600|d day 86400|wk week 604800",
    "months": "mo month 1|yr year 12|decade 120|century centurie 1200",
    "area": "mm^2 1/1000000|cm^2 1/10000|m^2 sqm 1|km^2 1000000|ha hectare 10000",
    "area, imperial": "ft^2 sqft 145161/1562500|in^2 16129/25000000|acre 316160658/78125",
    "volume": "ml milliliter cc cm^3 1|cl centiliter 10|dl deciliter 100|l liter dm^3 1000|m^3 1000000|mm^3 1/1000",
    "volume, imperial": "gal gallon 473176473/125000",
    "speed": "m/s 1|km/h kph kmh 5/18|km/s 1000|cm/s 1/100",
    "speed, imperial": "mph mi/h 1397/3125|ft/s 381/1250",
    "angle": "° deg degree 1",
    "data": "byte 1|kb kilobyte 1000|mb megabyte 1000000|gb gigabyte 1000000000|tb terabyte 1000000000000",
    "energy": "j joule 1|kj kilojoule 1000|cal calorie 523/125|kcal kilocalorie 4184",
    "power": "w watt 1|kw kilowatt 1000|mw megawatt 1000000",
    "force": "n newton 1|kn kilonewton 1000",
    "voltage": "v volt 1|mv millivolt 1/1000|kv kilovolt 1000",
    "current": "a amp ampere 1|ma milliamp milliampere 1/1000",
    "frequency": "hz hertz 1|khz 1000|mhz 1000000|ghz 1000000000",
    "pressure": "pa pascal 1|kpa 1000|bar 100000|atm 101325",
    "amount": "mol mole 1|mmol 1/1000",
}
CURRENCIES = {
    "$": "$ dollar usd buck us$ 1|¢ cent 1/100",
    "€": "€ euro eur 1|euro_cent 1/100",
    "£": "£ pound_sterling gbp quid 1|pence 1/100",
    "¥": "¥ yen jpy yuan cny rmb 1|jiao 1/10|fen 1/100",
    "₹": "₹ rupee inr rs 1|paise 1/100",
    "₽": "₽ ruble rouble rub 1|kopeck 1/100",
    "₩": "₩ won krw 1",
    "₺": "₺ lira try 1",
    "R$": "r$ reais brl 1|centavo 1/100",
    "CHF": "chf franc 1",
    "zł": "zł złoty zloty pln 1",
}
TEMPERATURE = "temperature"
CURRENCY_CODES = ("USD", "EUR", "GBP", "JPY", "CNY", "INR", "RUB", "KRW", "TRY", "BRL", "CHF", "PLN")
CASED: dict[str, Unit | None] = {
    **dict.fromkeys(["M", "Mg", "mM", "MM", "Mm", "S", "D", "T", "G", "H", "b", "kb", "Mb", "mb", "K", "In", "IN"]),
    "MB": ("data", Fraction(10**6)),
    "MW": ("power", Fraction(10**6)),
    "mW": ("power", Fraction(1, 1000)),
}
"""Names whose case decides, or leaves open, what they mean."""
SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 1000, "myriad": 10**4, "lac": 10**5, "lakh": 10**5, "mn": 10**6,
    "mln": 10**6, "million": 10**6, "cr": 10**7, "crore": 10**7, "hundredmillion": 10**8, "bn": 10**9, "bln": 10**9,
    "billion": 10**9, "hundredbillion": 10**11, "tn": 10**12, "trn": 10**12, "trillion": 10**12,
    "quadrillion": 10**15, "quintillion": 10**18,
}  # fmt: skip
"""Scales of numbers; of several names for one the last is the usual one. Some that English has no word for are here
for other languages."""
AFFINE = {"°c": (Fraction(1), Fraction(0)), "°f": (Fraction(5, 9), Fraction(-160, 9)),
          "c": (Fraction(1), Fraction(0)), "f": (Fraction(5, 9), Fraction(-160, 9)),
          "°celsius": (Fraction(1), Fraction(0)), "°fahrenheit": (Fraction(5, 9), Fraction(-160, 9)),
          "celsius": (Fraction(1), Fraction(0)), "fahrenheit": (Fraction(5, 9), Fraction(-160, 9)),
          "kelvin": (Fraction(1), Fraction(-5463, 20))}  # fmt: skip
PERCENT = frozenset({"%", "percent", "per cent", "pct", "percentage", "percents", "percentage points"})
SEVERAL = {"pair": 2, "couple": 2, "dozen": 12, "score": 20, "hundred": 100, "thousand": 1000, "million": 10**6}
SPELLINGS = (("metre", "meter"), ("litre", "liter"), ("square ", "sq "), ("cubic ", "cu "), ("degrees ", "°"),
             ("degree ", "°"), ("deg ", "°"), (" per hour", "/h"), (" per second", "/s"), (" an hour", "/h"),
             ("°celsius", "°c"), ("°fahrenheit", "°f"), ("us dollar", "dollar"), ("american dollar", "dollar"),
             ("**", "^"))  # fmt: skip
POWERED = re.compile(r"^(sq|cu)\s*\.?\s+(\w+)$|^(\w+?)\s*\^?\s*([23])$")
RATED = re.compile(r"^(.+?)\s*/\s*(\w+)$")
QUANTITY = re.compile(
    rf"(?P<sign>-?\s?)(?P<front>US\$|R\$|USD|EUR|GBP|CHF|[$€£¥₹₽₩₺])?\s?(?P<number>{RATIO}(?!\s*[/\d])|{NUMBER})(?P<rest>.*)"
)
COMPOUND = re.compile(rf"\s*(?:,|and|&)?\s*({NUMBER})\s*(°(?=\s*\d)|[A-Za-z]+\.?|['\"])")
NOUN = re.compile(rf"{LETTER}(?:{LETTER}|['-])*\.?(?: (?:{LETTER}|['-])+){{0,3}}")
NOT_COUNTED = frozenset(
    ["to", "or", "and", "of", "out", "in", "on", "at", "by", "from", "through", "plus", "minus", "times", "than", "x",
     "am", "pm", "below", "above", "under", "over", "less", "more", "fewer", "off", "ago", "down", "up", "o'clock"]
)  # fmt: skip
AS_PERCENT = "in %"
"""Dimension of a bare share times 100: it stands for a bare number of another answer where shares are asked for."""
COUNTED = "of "
"""What the dimension of counted things begins with."""
UNKNOWN = "of? "
"""The same where it is not known what the word says: beside another word, or none, such a number says nothing."""
UNSAID = "?"
"""Dimension of a number whose unit is left out: it stands for a bare number of another answer."""


def _table() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for dimension, listed in (DIMENSIONS | CURRENCIES).items():
        for entry in listed.split("|"):
            *names, factor = entry.split()
            units.update({name.replace("_", " "): (dimension, Fraction(factor)) for name in names})
    return units


UNITS = _table()
FACTORS = {
    dimension: sorted({factor for name, factor in UNITS.values() if name == dimension})
    for dimension in DIMENSIONS | CURRENCIES
}


def unit(name: str) -> Unit | None:
    """Dimension of a unit and its size in the dimension's base unit, or None for a word that is no unit."""
    name = name.strip()
    if name in CASED:
        return CASED[name]
    low = name.casefold().rstrip(".")
    for long, short in SPELLINGS:
        low = low.replace(long, short)
    return UNITS.get(low) or UNITS.get(low.removesuffix("s")) or _powered(low) or _rated(low)


def is_measure(dimension: str) -> bool:
    """Whether a dimension is one of measures, of which a number without its unit says little; a price says more."""
    return dimension in DIMENSIONS or dimension == TEMPERATURE


def named_in(words: Iterable[str]) -> frozenset[str]:
    """The dimensions of the units among the words of a question; single letters and "in" name none there."""
    names = [word.casefold() for word in words if len(word) > 1 and word.casefold() not in NOT_COUNTED]
    found = {known[0] for name in names if (known := unit(name))}
    return frozenset(found | {TEMPERATURE} if AFFINE.keys() & set(names) or "degrees" in names else found)


def _powered(name: str) -> Unit | None:
    found = POWERED.match(name)
    if not found:
        return None
    base = UNITS.get(found.group(2) or found.group(3)) or UNITS.get((found.group(2) or found.group(3)).rstrip("s"))
    power = int(found.group(4) or (2 if found.group(1) == "sq" else 3))
    if base is None or not base[0].startswith("length"):
        return None
    family = base[0].removeprefix("length")
    return (f"area{family}", base[1] ** 2) if power == 2 else (f"volume{family}", base[1] ** 3 * 10**6)


def _rated(name: str) -> Unit | None:
    found = RATED.match(name)
    if not found:
        return None
    top = UNITS.get(found.group(1)) or UNITS.get(found.group(1).rstrip("s").removesuffix("e"))
    top = top or UNITS.get(found.group(1).removesuffix("s"))
    under = UNITS.get(found.group(2))
    if not top or not under or not top[0].startswith("length") or under[0] != "time":
        return None
    return top[0].replace("length", "speed"), top[1] / under[1]


def quantity(text: str) -> tuple[Reading, ...]:
    """Readings of a number with what it counts or measures, the written one first; none if the text is none.

    A unit left out is a reading too: "5 km" may be called 5 or 5000 elsewhere; whoever compares decides on it.
    """
    found = QUANTITY.fullmatch(text)
    if found is None:
        return _spelled_quantity(text)
    readings = number((found["sign"] + found["number"]).replace("- ", "-").strip())
    if not readings:
        return ()
    readings, rest = _scaled(readings, found["rest"])
    name = f"{found['front'] or ''}{rest.strip()}" if not found["front"] or not rest.strip() else None
    if name is None:
        return _priced(readings, found["front"], rest)
    return _with_unit(readings, name, attached=rest[:1].isalpha())


def _priced(readings: tuple[Reading, ...], front: str, rest: str) -> tuple[Reading, ...]:
    """A number between a currency sign and a word ("$5 dollars", "$5 each")."""
    named, after = unit(front), unit(rest)
    return _with_unit(readings, front, False) if named and after and named[0] == after[0] else ()


def _scaled(readings: tuple[Reading, ...], rest: str) -> tuple[tuple[Reading, ...], str]:
    word, _, after = rest.strip().partition(" ")
    if rest[:1] in ("k", "K") and not rest[1:].strip():
        return tuple(one.times(Fraction(1000)) for one in readings), ""
    scale = SCALES.get(word.casefold().rstrip(".")) or SCALES.get(word.casefold().removesuffix("s"))
    return (tuple(one.times(Fraction(scale)) for one in readings), f" {after}") if scale else (readings, rest)


def _with_unit(readings: tuple[Reading, ...], name: str, attached: bool) -> tuple[Reading, ...]:
    if not name:
        return readings
    low = name.casefold().strip()
    if low in PERCENT:
        return (*(one.times(Fraction(1, 100)) for one in readings), *_unsaid(readings))
    if known := unit(name):
        return _measured(readings, *known)
    if warmth := AFFINE.get(low.replace("° ", "°").replace("degrees ", "°").replace("degree ", "°")):
        return (*(one.times(warmth[0], TEMPERATURE, warmth[1]) for one in readings), *_unsaid(readings))
    return () if attached and name.isascii() else _counted(readings, name)


def degrees(readings: tuple[Reading, ...]) -> tuple[Reading, ...]:
    """Readings of degrees where a temperature is asked for: of Celsius, or else of Fahrenheit."""
    angles = [one for one in readings if one.dimension == "angle"]
    warm = [one.times(factor, TEMPERATURE, offset) for one in angles for factor, offset in (AFFINE["c"], AFFINE["f"])]
    return (*warm, *_unsaid(tuple(angles)))


def _measured(readings: tuple[Reading, ...], dimension: str, factor: Fraction) -> tuple[Reading, ...]:
    measured = [one.times(factor, dimension) for one in readings]
    elsewhere = [one.times(factor / other, UNSAID) for one in readings for other in FACTORS[dimension]]
    return (*measured, *_unsaid(readings), *elsewhere)


def _unsaid(readings: tuple[Reading, ...], factor: int = 1) -> tuple[Reading, ...]:
    return tuple(one.times(Fraction(factor), UNSAID) for one in readings)


def _counted(readings: tuple[Reading, ...], noun: str) -> tuple[Reading, ...]:
    words = noun.casefold().split()
    if not NOUN.fullmatch(noun) or not NOT_COUNTED.isdisjoint(words):
        return ()
    several = SEVERAL.get(stem(words[0]), 1)
    named = " ".join(stem(word) for word in words)
    counted = tuple(one.times(Fraction(1), f"{COUNTED}{named}") for one in readings)
    return (*counted, *_unsaid(readings), *(_unsaid(readings, several) if several > 1 else ()))


def _spelled_quantity(text: str) -> tuple[Reading, ...]:
    """ "five dollars", "two red apples", "half a mile", "twenty percent"."""
    words = text.replace("half a ", "half ").replace("half an ", "half ").split()
    for end in range(min(len(words) - 1, 6), 0, -1):
        if readings := number(" ".join(words[:end])):
            return _with_unit(readings, " ".join(words[end:]), attached=False)
    return ()


def compound(text: str) -> tuple[Reading, ...]:
    """Readings of a quantity in several units ("1 hour and 15 minutes", "5 ft 10 in"); none if the text is none."""
    total, dimension, smallest, last, at = Fraction(0), "", 0.0, None, 0
    while at < len(text):
        found = COMPOUND.match(text, at)
        named = found and {"'": UNITS["ft"], '"': UNITS["in"]}.get(found.group(2), unit(found.group(2)))
        readings = number(found.group(1).strip()) if found else ()
        if not found or not named or not readings or dimension not in ("", named[0]) or (last and named[1] >= last):
            return ()
        measured = readings[0].times(named[1], named[0])
        total, dimension, smallest = total + measured.exact, named[0], measured.step
        last, at = named[1], found.end()
    value = bare(total, smallest)
    return _measured((value,), dimension, Fraction(1)) if dimension else ()
