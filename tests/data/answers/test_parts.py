"""Parts, signs and prices in words of other languages, and words that are written without their signs."""

from __future__ import annotations

import pytest

from contextpairs.data.answers.comparing import relation
from contextpairs.data.answers.vocabulary import TAGS, concept, exclusive

NUMBERS = {
    "de": {"ein Viertel": "1/4", "zwei Drittel": "2/3", "anderthalb": "1.5", "zweitausenddreihundert": "2300",
           "fünfunddreißigtausend": "35000", "zweieinhalb Millionen": "2500000", "12 Euro 50": "12.5 €",
           "eine Dreiviertelstunde": "45 min", "99 Cent": "0.99 €"},
    "es": {"un millón y medio": "1500000", "dos horas y media": "2.5 h", "5 grados bajo cero": "-5°"},
    "fr": {"deux heures et demie": "2.5 h", "moins cinq": "-5", "les trois quarts": "3/4"},
    "pt": {"um milhão e meio": "1500000", "três quartos": "3/4"},
    "ru": {"полтора миллиона": "1500000", "два с половиной часа": "2.5 h", "5 рублей 50 копеек": "5.5 ₽"},
    "zh": {"三分之一": "1/3", "两成半": "25%", "十二块五": "12.5 ¥", "12块5毛": "12.5 ¥", "一斤半": "750 g",
           "零下5度": "-5°"},
    "ja": {"2割5分": "25%", "二時間半": "2.5 h"},
    "ar": {"مليون ونصف": "1500000", "مليونان": "2000000", "ثلث": "1/3", "ساعتان": "2 h", "أربعه": "4",
           "ثلاثمئة وخمسون ألفا": "350000", "خمس درجات تحت الصفر": "-5°", "٪٢٥": "25%"},
    "hi": {"साढ़े तीन लाख": "350000", "डेढ़ लाख": "150000", "सवा सौ": "125", "ढाई किलो": "2.5 kg"},
}  # fmt: skip


@pytest.mark.parametrize(("locale", "said"), [(locale, said) for locale in NUMBERS for said in NUMBERS[locale]])
def test_a_number_in_words_is_that_number(locale: str, said: str) -> None:
    assert relation(said, NUMBERS[locale][said], locale=f"{locale}") == "same"


@pytest.mark.parametrize(
    ("locale", "said"),
    [("ar", "خمس"), ("de", "zwei von drei"), ("zh", "二三"), ("de", "dreihundertfünfzigstel"), ("de", "2 Pfund")],
)
def test_what_may_be_another_number_is_told_from_none(locale: str, said: str) -> None:
    assert relation(said, "7", locale=locale) == "unclear"


@pytest.mark.parametrize(
    ("locale", "first", "second"),
    [("de", "Moehre", "Möhre"), ("de", "gruen", "grün"), ("es", "limon", "limón"), ("fr", "fevrier", "février"),
     ("ar", "احمر", "أحمر"), ("ar", "اربعة", "أربعه"), ("zh", "馬鈴薯", "马铃薯"), ("hi", "साँप", "सांप")],
)  # fmt: skip
def test_words_are_known_without_their_signs(locale: str, first: str, second: str) -> None:
    assert relation(first, second, "?", locale=locale) == "same"


def test_things_of_other_languages_are_no_words_of_english() -> None:
    assert concept("tomato") in TAGS
    assert "tomato" not in TAGS
    assert exclusive(concept("tomato"), concept("cucumber"))
    assert exclusive(concept("hedgehog"), "dog")
    assert not exclusive("animal", concept("hedgehog"))
    assert not exclusive(concept("darkred"), "red")
    assert concept("dog") == "dog"
