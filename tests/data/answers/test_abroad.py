"""What questions in other languages tell of their answers: times, states, counts, dates, temperatures, places."""

from __future__ import annotations

import pytest

from contextpairs.data.answers.canonical import canonical
from contextpairs.data.answers.comparing import Relation, relation

TIMES = {
    "Wie spät ist es?": {
        "halb acht": "7:30", "Viertel nach acht": "8:15", "fünf vor halb acht": "7:25", "dreiviertel acht": "7:45",
        "zehn nach drei": "3:10", "20 Uhr 15": "20:15", "acht Uhr abends": "8:00 pm",
    },
    "¿Qué hora es?": {"las ocho y media": "8:30", "las ocho menos cuarto": "7:45", "las tres de la tarde": "15:00"},
    "Quelle heure est-il ?": {"neuf heures moins le quart": "8:45", "midi et demi": "12:30", "8h15": "8:15"},
    "Que horas são?": {"oito e meia": "8:30", "quinze para as oito": "7:45", "meia-noite": "00:00"},
    "Который час?": {"половина восьмого": "7:30", "без четверти девять": "8:45", "полвосьмого": "7:30"},
    "现在几点？": {"八点半": "8:30", "三点一刻": "3:15", "差五分九点": "8:55", "下午三点十五": "15:15"},
    "何時ですか？": {"八時半": "8:30", "8時5分前": "7:55", "午後三時": "15:00"},
    "كم الساعة؟": {"السابعة والنصف": "7:30", "الثامنة إلا ربع": "7:45", "الخامسة مساءً": "17:00"},
    "कितने बजे हैं?": {"साढ़े सात बजे": "7:30", "पौने नौ बजे": "8:45", "डेढ़ बजे": "1:30"},
}  # fmt: skip


@pytest.mark.parametrize("question", TIMES)
def test_times_in_words_are_times_in_digits(question: str) -> None:
    read = {said: canonical(said, question).value for said in TIMES[question]}
    assert read == {said: canonical(digits, "What time is it?").value for said, digits in TIMES[question].items()}


@pytest.mark.parametrize("said", ["kurz nach acht", "acht Uhr und ein paar", "31 Uhr", "acht nach neun nach zehn"])
def test_what_is_no_time_is_none(said: str) -> None:
    assert canonical(said, "Wie spät ist es?").kind != "clock"


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Ist die Lampe an?", "aus", "nein", "same"),
        ("Ist die Lampe an?", "aus", "ja", "different"),
        ("Ist die Lampe an?", "nicht an", "aus", "same"),
        ("Ist die Lampe an?", "gedimmt", "aus", "unclear"),
        ("Ist die Tür offen oder zu?", "offen", "ja", "unclear"),
        ("门是开着的吗？", "没开", "关着", "same"),
        ("门是开着的吗？", "关着", "是", "different"),
        ("هل النافذة مفتوحة؟", "ليست مفتوحة", "نعم", "different"),
    ],
)
def test_a_state_is_yes_or_no_where_it_is_asked_for(question: str, first: str, second: str, expected: str) -> None:
    assert relation(first, second, question) == expected


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Wie viele Hunde sind das?", "keine", "0", "same"),
        ("Wie viele Hunde sind das?", "keine", "3", "different"),
        ("Welche Hunde sind das?", "keine", "3", "unclear"),
        ("图中有几条鱼？", "三条鱼", "5", "different"),
        ("图中有几条鱼？", "十几条", "12", "unclear"),
        ("图中有多少动物？", "3只", "4条", "unclear"),
        ("كم كتابا في الصورة؟", "كتابان", "2", "same"),
        ("كم كتابا في الصورة؟", "ثلاثة كتب", "11", "different"),
    ],
)
def test_a_word_for_none_and_a_dual_are_numbers_where_it_is_asked_how_many(
    question: str, first: str, second: str, expected: Relation
) -> None:
    assert relation(first, second, question) == expected


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("An welchem Tag ist das Fest?", "24.12.", "Heiligabend", "same"),
        ("An welchem Tag ist das Fest?", "03.05.", "5. März", "different"),
        ("An welchem Tag ist das Fest?", "im Dezember", "24.12.", "unclear"),
        ("An welchem Tag ist das Fest?", "im Dezember", "1. Mai", "different"),
        ("Wie groß ist die Zahl?", "24.12", "Heiligabend", "unclear"),
        ("متى موعد الحفل؟", "5/1", "1/5", "unclear"),
        ("متى موعد الحفل؟", "5/1", "23/9/2024", "different"),
        ("演出是哪一天？", "十月一号", "10月1日", "same"),
        ("Quelle date est-ce ?", "1er mai", "14 juillet", "different"),
    ],
)
def test_dates_are_read_as_the_language_writes_them(question: str, first: str, second: str, expected: Relation) -> None:
    assert relation(first, second, question) == expected


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Welche Temperatur zeigt es?", "minus fünf Grad", "-5 °C", "same"),
        ("Welche Temperatur zeigt es?", "20 Grad", "5 Grad", "different"),
        ("Welche Temperatur zeigt es?", "70 Grad", "21 °C", "unclear"),
        ("Wie groß ist der Winkel?", "20 Grad", "20 °C", "unclear"),
        ("Wie viele Vögel?", "ca. 8", "9", "unclear"),
        ("Wie viele Vögel?", "ca. 8", "20", "different"),
        ("How many birds?", "about 8", "20", "unclear"),
    ],
)
def test_degrees_are_of_temperature_and_about_is_near(
    question: str, first: str, second: str, expected: Relation
) -> None:
    assert relation(first, second, question) == expected


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Zu welchem Land gehört die Flagge?", "Indonesien", "Monaco", "unclear"),
        ("Zu welchem Land gehört die Flagge?", "BRD", "Schweiz", "different"),
        ("Zu welchem Land gehört die Flagge?", "BRD", "Deutschland", "unclear"),
        ("这趟航班飞往哪个城市？", "东京", "日本", "unclear"),
        ("这趟航班飞往哪个城市？", "纽约", "上海", "different"),
        ("Which city is this?", "Tokyo", "Japan", "unclear"),
        ("علم أي دولة هذا؟", "المانيا", "مصر", "different"),
        ("علم أي دولة هذا؟", "المانيا", "ألمانيا", "unclear"),
        ("Welche Stadt ist das?", "Essen", "Köln", "different"),
    ],
)
def test_places_are_told_apart_where_none_holds_the_other(
    question: str, first: str, second: str, expected: Relation
) -> None:
    assert relation(first, second, question) == expected
