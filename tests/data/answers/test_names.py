"""Names: what makes a text one, which name one thing, and which tell things apart."""

from __future__ import annotations

import random

import pytest
from babel import Locale

from contextpairs.data.answers.canonical import canonical
from contextpairs.data.answers.comparing import Relation, compare, relation
from contextpairs.data.answers.conflicts import conflicts
from contextpairs.data.answers.gazetteer import things

COUNTRY, CITY = "Which country is this?", "Which city is this?"
ONE_THING = """
    Tokyo = 東京; Spain = España; Köln = Cologne; Kyiv = Kiev; Burma = Myanmar; Ivory Coast = Côte d'Ivoire;
    Holland = Netherlands; Persia = Iran; Ceylon = Sri Lanka; Siam = Thailand; Swaziland = Eswatini;
    Czechia = Czech Republic; Macedonia = North Macedonia; East Timor = Timor-Leste; Cape Verde = Cabo Verde;
    USA = United States; America = Vereinigte Staaten; Deutschland = Germany; Allemagne = Germany;
    Almanya = Deutschland; 日本 = Japan; 中国 = China; Россия = Russia; مصر = Egypt; भारत = India;
    Ελλάδα = Greece; Suomi = Finland; Magyarország = Hungary; Polska = Poland; Österreich = Austria;
    Suisse = Schweiz; UAE = United Arab Emirates; Zaire = DR Congo; Formosa = Taiwan; 台湾 = 臺灣;
    한국 = South Korea; Türkiye = Turkey; UK = Great Britain; Bombay = Mumbai; Peking = Beijing; 北京 = Pekin;
    Saigon = Ho Chi Minh City; Canton = Guangzhou; Constantinople = Istanbul; Leningrad = St. Petersburg;
    Danzig = Gdańsk; Breslau = Wrocław; Lemberg = Lviv; The Hague = Den Haag; Genf = Geneva; Firenze = Florence;
    Venezia = Venice; Wien = Vienna; München = Munich; Praha = Prague; Warszawa = Warsaw; Москва = Moscow;
    Lisboa = Lisbon; القاهرة = Cairo; NYC = New York; L.A. = Los Angeles; Rangoon = Yangon; Nur-Sultan = Astana;
    Bangalore = Bengaluru; 서울 = Seoul; Mailand = Milano; Londres = London; Abyssinia = Ethiopia;
    Rhodesia = Zimbabwe; Hong Kong = Hongkong; 美国 = 美利坚合众国; 京都 = 京都市; Россия = Российская Федерация
"""
DIFFERENT_BY_CHANCE = 0.95


def couples(listed: str) -> list[list[str]]:
    return [[" ".join(side.split()) for side in each.split("=")] for each in listed.split(";")]


@pytest.mark.parametrize("question", [COUNTRY, CITY, "Where is this?", "What is the name of this place?"])
def test_one_thing_by_two_names_is_never_told_apart(question: str) -> None:
    told = [(one, other) for one, other in couples(ONE_THING) if relation(one, other, question) == "different"]
    assert not told


def drawn(names: list[str], question: str) -> list[str]:
    chance = random.Random(question)
    couples = [chance.sample(names, 2) for _ in range(200)]
    return [relation(one, other, question) for one, other in couples]


def test_two_countries_or_cities_are_told_apart() -> None:
    countries = [
        name for code, name in Locale("en").territories.items() if len(code) == 2 and code not in ("ZZ", "EZ", "QO")
    ]
    cities = ["Shanghai", "Lagos", "Lima", "Paris", "London", "Oslo", "Rome", "Madrid", "Berlin", "Cairo", "Delhi",
              "Seoul", "Hanoi", "Quito", "Bogotá", "Boston", "Houston", "Denver", "Miami", "Dallas", "Kyoto",
              "Osaka", "Nairobi", "Accra", "Tunis", "Baku", "Riga", "Vilnius", "Dublin", "Leeds", "Lyon", "Porto",
              "Turin", "Graz", "Split", "Sofia", "Minsk", "Omsk", "Perm", "Kazan"]  # fmt: skip
    found = [*drawn(countries, COUNTRY), *drawn(cities, CITY)]
    assert found.count("different") >= DIFFERENT_BY_CHANCE * len(found)


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Which vegetable is this?", "Eggplant", "Aubergine", "unclear"),
        ("Which vegetable is this?", "Corn", "Maize", "unclear"),
        ("Which animal is this?", "Cougar", "Puma", "unclear"),
        ("Which animal is this?", "Mountain Lion", "Florida Panther", "unclear"),
        ("What is the name of this animal?", "Cougar", "Puma", "unclear"),
        ("Which brand is shown?", "华为", "Huawei", "unclear"),
        ("Which brand is shown?", "蓝鸟", "Bluebird", "unclear"),
        ("Which brand is shown?", "蘋果", "苹果", "unclear"),
        ("Which brand is shown?", "Toyota", "Honda", "different"),
        ("Which brand is shown?", "Toyota", "本田", "different"),
        ("Which company makes this soap?", "P&G", "Procter & Gamble", "unclear"),
        ("Which company made it?", "S&W", "Smith & Wesson", "unclear"),
        ("Which country has the highest output?", "Côte d’Ivoire", "Ivory Coast", "unclear"),
        ("Where is this?", "Paris", "France", "unclear"),
        ("Which place is this?", "Paris", "Rome", "different"),
        ("Which language is it?", "German", "Deutsch", "unclear"),
        ("Which language is it?", "French", "Allemand", "different"),
        ("Which city is this?", "東京", "Osaka", "different"),
        ("这是哪个城市？", "北京", "上海", "different"),
        ("他是谁？", "老师", "教师", "same"),
        ("Welche Stadt ist das?", "Berlin", "Paris", "different"),
        ("Quelle est cette ville ?", "Lyon", "Marseille", "different"),
        ("¿Qué ciudad es esta?", "Madrid", "Londres", "different"),
        ("Какой это город?", "Москва", "Париж", "different"),
        ("ما هذه المدينة؟", "القاهرة", "بغداد", "different"),
        ("यह कौन सा शहर है?", "दिल्ली", "मुंबई", "different"),
        ("Wer hat gewonnen?", "Alan", "Brenda", "different"),
    ],
)
def test_a_name_is_what_is_asked_for_or_known_and_never_told_by_its_capital(
    question: str, first: str, second: str, expected: Relation
) -> None:
    assert relation(first, second, question) == relation(second, first, question) == expected


def test_names_of_rows_in_two_languages_differ_only_if_both_are_known() -> None:
    brand = "Which brand is shown?"
    one, other = canonical("Bluebird", brand, locale="en"), canonical("Blauvogel", brand, locale="de")
    assert compare(one, other) == compare(other, one) == "unclear"
    assert compare(canonical("Toyota", brand, locale="en"), canonical("Honda", brand, locale="de")) == "different"


def test_names_in_many_scripts_are_bucketed_without_losing_a_pair() -> None:
    names = {side for couple in couples(ONE_THING) for side in couple}
    found = [canonical(name, CITY) for name in sorted(names)]
    pairs = [(i, j) for j in range(len(found)) for i in range(j) if compare(found[i], found[j]) != "different"]
    assert conflicts(found) == sorted(pairs)


def test_the_gazetteer_knows_accents_apostrophes_and_languages() -> None:
    assert things("Côte d'Ivoire") == things("cote d’ivoire") != frozenset()
    assert things("Ivory Coast") & things("Côte d'Ivoire")
    assert things("Eldorado 7") == frozenset()
