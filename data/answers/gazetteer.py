"""What names stand for: countries, languages and cities in many languages, and things that have several names.

Countries and languages are named as CLDR does, in all languages that are told apart; cities by GeoNames, and those
that time zones are named after by CLDR as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

from babel import Locale

from contextpairs.data.answers.languages import SCRIPTS
from contextpairs.data.answers.words import ARTICLES, without_accents

HERE = Path(__file__).with_name("lexicons")
LANGUAGES = tuple(sorted({*chain.from_iterable(SCRIPTS.values()), "zh_Hant"}))
Things = frozenset[str]
"""What a name may stand for, each thing as "kind code"."""
NOTHING: Things = frozenset()
ONE_LETTER = str.maketrans("أإآٱةى", "ااااهي")
"""Arabic letters that are written one for the other."""
DROPPED = str.maketrans({**dict.fromkeys("'’‘ʼ.,()", None), "&": " and ", "-": " "})
PLACES = frozenset({"country", "region", "city"})
COUNTRY_CODE = 2
"""Letters of a territory that is a country; three digits are a region of the world, such as a continent."""


@lru_cache(maxsize=1 << 14)
def things(name: str) -> Things:
    """What a name stands for, in whatever language; nothing for a name that is not known."""
    return _gazetteer().get(_key(name), NOTHING)


def kinds(found: Things) -> frozenset[str]:
    """Kinds of things: country, region, language, city, alias, flag."""
    return frozenset(each.partition(" ")[0] for each in found)


def holds(first: Things, second: Things) -> bool:
    """Whether one name may be that of a place in the other: a city and a country."""
    one, other = (kinds(found) & PLACES for found in (first, second))
    return bool(one and other) and one.isdisjoint(other)


def _key(name: str) -> str:
    words = without_accents(name.translate(DROPPED).translate(ONE_LETTER)).casefold().split()
    return " ".join(word for word in words if word not in ARTICLES) or " ".join(words)


@cache
def _gazetteer() -> dict[str, Things]:
    found: dict[str, set[str]] = defaultdict(set)
    for thing, name in chain(_of_cldr(), _cities()):
        found[_key(name)].add(thing)
    for english, name in _cities_of_cldr():
        found[_key(name)] |= {thing for thing in found[_key(english)] if thing.startswith("city ")}
    for number, names in enumerate(_lines("aliases.txt")):
        keys = [_key(name) for name in names]
        others = {thing for key in keys for thing in found[key] if thing.startswith("alias ")}
        together = {f"alias {number}", *found[keys[0]], *others}
        for key in keys:
            found[key] |= together
    return {key: frozenset(each) for key, each in found.items() if key}


def _of_cldr() -> Iterator[tuple[str, str]]:
    flags = {code: f"flag {number}" for number, codes in enumerate(_lines("flags.txt")) for code in codes}
    for locale in map(Locale.parse, LANGUAGES):
        for code, name in locale.territories.items():
            yield f"{'country' if len(code) == COUNTRY_CODE else 'region'} {code}", name
            if code in flags:
                yield flags[code], name
        yield from ((f"language {code}", name) for code, name in locale.languages.items() if "_" not in code)


def _cities_of_cldr() -> Iterator[tuple[str, str]]:
    """Cities that time zones are named after, in English and in each language."""
    for locale in map(Locale.parse, LANGUAGES):
        for zone, names in locale.time_zones.items():
            if "city" in names:
                yield zone.rpartition("/")[2].replace("_", " "), names["city"]


def _cities() -> Iterator[tuple[str, str]]:
    yield from ((f"city {number}", name) for number, names in enumerate(_lines("cities.txt")) for name in names)


def _lines(file: str) -> list[list[str]]:
    lines = (HERE / file).read_text(encoding="utf-8").splitlines()
    return [line.split("|") for line in lines if line and not line.startswith("#")]
