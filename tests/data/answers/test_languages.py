"""Answers in ten languages: which may be one, and which certainly differ."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.answers.canonical import canonical
from contextpairs.data.answers.comparing import answer_key, compare, relation
from contextpairs.data.answers.conflicts import conflicts
from contextpairs.data.answers.languages import SCRIPTS, languages_of, of_file
from contextpairs.data.answers.lexicon import lexicon
from contextpairs.data.answers.matching import matches
from contextpairs.data.answers.question_key import question_key

HOW_MUCH = {
    "de": "Wie viel ist das?",
    "fr": "Combien est-ce ?",
    "es": "¿Cuánto es?",
    "pt": "Quanto é isto?",
    "ru": "Сколько это?",
    "zh": "这是多少？",
    "ja": "これはいくつですか？",
    "ar": "كم هذا؟",
    "hi": "यह कितना है?",
    "en": "How much is it?",
}
MAY_BE_ONE = {
    "de": """
        1,5 Mio. = 1.500.000; halbe Million = 500000; 3 Prozentpunkte = 3 %; ein Drittel = 33 %;
        2 Std. = 120 Min.; 2 Wochen = 14 Tage; 5 km = 5000 Meter; 20 °C = 20 Grad Celsius; 1,80 m = 180 cm;
        zwei Dutzend = 24; 1 Mrd. = 1000 Mio.; 2 Stück = 2; Nr. 5 = 5; 3-mal = 3; dreimal = 3;
        12.500 Euro = 12.500 EUR; 12.500 Euro = €12,500; 5.000 = 5000; 1'000 = 1000; 15:30 Uhr = 15.30 Uhr;
        15:30 Uhr = halb vier; 3/4 = drei Viertel; 0,5 = 50 %; 0,5 = 1/2; minus 5 = -5; 25 v. H. = 25 %;
        3 Paar = 6; ein Paar = 2; 2 Hunde = zwei Hunde; 100 Tsd = 100000; zweitausend = 2000;
        zweihundertfünf = 205; 3 Billionen = 3000 Milliarden; 25 vom Hundert = 25 %; 5 Jahre = 60 Monate;
        1/2 Stunde = 30 Minuten; eineinhalb = 1,5; anderthalb Stunden = 90 Minuten; 2,5 kg = 2500 g;
        1 Pfund = 500 g; 5 Zentner = 250 kg; 7 Euro 50 = 7,50 Euro; 10 ct = 0,10 €; 25% = ein Viertel;
        1.234,56 = 1234,56; 1 234,56 = 1234.56; ca. 100 = 100; über 100 = 101; 1. Januar 2020 = 01.01.2020;
        2020 = im Jahr 2020; 12 Uhr = Mittag; 8,5 % = 8.5%; 60 km/h = 60 Kilometer pro Stunde; fünf = 5;
        ein = 1; keine = 0; null = 0; 1 Schock = 60; 1 Mandel = 15
    """,
    "fr": """
        1,5 million = 1 500 000; 2 douzaines = 24; une douzaine = 12; 2 milliards = 2 000 millions;
        25 pour cent = 25%; 2 heures = 120 minutes; 2 h = 120 min; quatre-vingt-dix = 90; nonante = 90;
        septante = 70; 12,5 = 12.5; 3 fois = 3; un demi = 0,5; la moitié = 50 %; 14 h 30 = 14:30;
        14h30 = 14:30; 2 kg = 2000 g; deux cents = 200; deux mille vingt = 2020; 1er = 1; 100 € = cent euros;
        5 k€ = 5000 €; 2 M€ = 2 000 000 €; une vingtaine = 20; une trentaine = 30; 2 semaines = 14 jours;
        3 ans = 36 mois; 1 quintal = 100 kg; 25 p. 100 = 25 %; 3 points = 3 %; zéro = aucun
    """,
    "es": """
        1,5 millones = 1.500.000; dos docenas = 24; 2 mil millones = 2.000.000.000; 1.000 = mil;
        25 por ciento = 25%; 2 horas = 120 minutos; 12,5 = 12.5; tres veces = 3; medio = 0,5; la mitad = 50 %;
        cien = 100; doscientos = 200; dos mil veinte = 2020; 1º = 1; 15 de marzo de 2020 = 15/03/2020;
        2 billones = 2.000.000 millones; un par = 2; 1 quintal = 100 kg; 5 mill. = 5 millones;
        treinta y uno = 31; 5 pesetas = 5; 3 duros = 15; 1,000 = 1000; 1.500 = 1500; 2 años = 24 meses;
        medio millón = 500.000; ninguno = 0; una decena = 10
    """,
    "pt": """
        1,5 milhão = 1.500.000; duas dúzias = 24; 2 bilhões = 2 mil milhões; 2 bi = 2.000.000.000;
        25 por cento = 25%; 2 horas = 120 minutos; 5 mi = 5 milhões; 5 mi = 8 km; cem = 100; duzentos = 200;
        dois mil e vinte = 2020; R$ 5 = 5 reais; uma dezena = 10; meia dúzia = 6; metade = 50%; um par = 2;
        nenhum = 0
    """,
    "ru": """
        1,5 млн = 1 500 000; два десятка = 20; дюжина = 12; 2 млрд = 2000 млн; 25 процентов = 25%;
        2 часа = 120 минут; 2 ч = 120 мин; полтора = 1,5; полчаса = 30 минут; половина = 50%; сто = 100;
        двести = 200; две тысячи двадцать = 2020; 5 тыс. = 5000; 2 недели = 14 дней; 5 штук = 5; 5 шт. = 5;
        пара = 2; 3 раза = 3; 2 года = 24 месяца; 100 руб. = 100 рублей; 5 кг = 5000 г; 12,5 = 12.5; ноль = 0;
        15 марта 2020 = 15.03.2020; 15 марта 2020 года = 15.03.2020
    """,
    "zh": """
        150万 = 1500000; 一百五十万 = 1500000; 两打 = 24; 一打 = 12; 20亿 = 2000000000; 百分之二十五 = 25%;
        25个百分点 = 25%; 两小时 = 120分钟; 2个小时 = 120分钟; 一半 = 50%; 三分之一 = 1/3; 一百 = 100;
        两百 = 200; 二百 = 200; 三个 = 3; 3个 = 三只; 三 = 3; 两 = 2; 叁 = 3; 壹百 = 100; 5斤 = 2.5公斤;
        5公斤 = 5千克; 3里 = 1.5公里; 5公里 = 5000米; 十二点 = 12:00; 下午三点 = 15:00; 3点半 = 3:30;
        二十 = 20; 廿 = 20; 二零二零 = 2020; 二〇二〇年 = 2020; 2020年3月15日 = 2020-03-15; 十几 = 12;
        两三个 = 3; 100块 = 100元; ￥100 = 100元; 7成 = 70%; 七成 = 70%; 5折 = 50%; 一千零五 = 1005;
        一万两千 = 12000; 第3 = 3; 2倍 = 2; 一双 = 2; 一对 = 2; 3人 = 3; 3名 = 3位
    """,
    "ja": """
        150万 = 1500000; 2ダース = 24; 20億 = 2000000000; 25パーセント = 25%; 2時間 = 120分; 半分 = 50%;
        3つ = 3; 三つ = 3; 三人 = 3; 3人 = 3; 百 = 100; 3分の1 = 1/3; 7割 = 70%; 3割5分 = 35%;
        15時30分 = 15:30; 午後3時 = 15:00; 令和2年 = 2020; 2020年 = 2020; 5キロ = 5000m; 5キログラム = 5000g;
        100円 = ¥100; ゼロ = 0; 一つもない = 0; 3個 = 三個; 3匹 = 3
    """,
    "ar": """
        1.5 مليون = 1500000; ٢ مليون = 2000000; خمسة وعشرون = 25; 25 بالمئة = 25%; ٢٥٪ = 25%;
        ساعتان = 120 دقيقة; ساعتين = 2 ساعة; نصف = 50%; ثلاثة كتب = 3; مئة = 100; مئتان = 200; ألف = 1000;
        دزينة = 12; ١٬٠٠٠ = 1000; ١٫٥ = 1.5; سنتان = 24 شهرا; ثلث = 1/3; ربع = 25%; ألفان = 2000;
        مليونان = 2000000; زوج = 2; صفر = 0; لا يوجد = 0
    """,
    "hi": """
        15 लाख = 1500000; 2 करोड़ = 20000000; १५ = 15; पच्चीस = 25; 25 प्रतिशत = 25%; 2 घंटे = 120 मिनट;
        आधा = 50%; दर्जन = 12; एक दर्जन = 12; सौ = 100; दो सौ = 200; हज़ार = 1000; दो हजार बीस = 2020;
        डेढ़ = 1.5; ढाई = 2.5; डेढ़ लाख = 150000; सवा दो = 2.25; 3 किलो = 3000 ग्राम; तीन = 3; 2 लोग = 2;
        1,00,000 = 1 लाख; 1,00,000 = 100000; पौने दो = 1.75; चौथाई = 25%
    """,
    "en": """
        25 percent = 25%; 2 mn = 2 million; 3 tn = 3 trillion; 12 lakh = 1.2 million; 1 crore = 10 million;
        a dozen = 12; 2 dozen = 24; a couple = 2; 2 pairs = 4; a score = 20; 2 gross = 288; half a dozen = 6;
        5k = 5000; 5 thousand = 5000; 3 times = 3; twice = 2; thrice = 3; once = 1; 1.5m = 1.5 million;
        $2m = $2 million; 2bn = 2 billion; 90 = ninety; 1/2 = half; quarter = 25%; three quarters = 75%;
        20 pct = 20%; 20 bps = 0.2%; 5 kilos = 5 kg; 1 ton = 1000 kg; 1 mile = 1.6 km; 6 ft = 183 cm;
        fortnight = 2 weeks; 98 = ninety-eight; nil = 0; zero = 0; 12 noon = 12:00; midnight = 0:00; 5th = 5;
        a pair = 2; 10^3 = 1000; 1e3 = 1000; half past three = 3:30; quarter to 4 = 3:45; 2 1/2 = 2.5;
        two and a half = 2.5; one third = 1/3; 3 hundred = 300; 5 G = 5 billion; hundred thousand = 1 lakh;
        12 a dozen = 12; 3 out of 5 = 60%; 3/5 = 60%; a hundred = 100; 1.2 mil = 1.2 million
    """,
}
"""Couples that are one, or may be, whatever the language leaves open; asked how much it is."""
DIFFERENT = {
    "de": {
        "Wie viele Hunde sind zu sehen?": "3 = 5; 3 Hunde = 5 Hunde; drei = fünf; 3 Hunde = 4",
        "Welche Farbe hat das Auto?": "rot = blau; schwarz = weiß; grün = gelb",
        "Ist das Auto rot?": "ja = nein; richtig = falsch",
        "Wie viel Prozent?": "25 % = 30 %; 12,5 % = 13,5 %; 25 Prozent = 30 %",
        "Wie hoch ist der Umsatz in Mio. Euro?": "2 Mio. = 3 Mio.; 1,2 Mrd. € = 1,3 Mrd. €; 5 = 7",
    },
    "fr": {
        "Combien de chiens y a-t-il ?": "3 = 5; 3 chiens = 5 chiens; trois = cinq; 3 chiens = 4",
        "De quelle couleur est la voiture ?": "rouge = bleu; noir = blanc; verte = jaune",
        "La voiture est-elle rouge ?": "oui = non; vrai = faux",
        "Quel pourcentage ?": "25 % = 30 %; 12,5 % = 13,5 %",
        "Quel est le chiffre d'affaires en millions d'euros ?": "2 millions = 3 millions; 5 = 7",
    },
    "es": {
        "¿Cuántos perros hay?": "3 = 5; 3 perros = 5 perros; tres = cinco; 3 perros = 4",
        "¿De qué color es el coche?": "rojo = azul; negro = blanco; verde = amarillo",
        "¿El coche es rojo?": "sí = no; verdadero = falso",
        "¿Qué porcentaje?": "25 % = 30 %; 12,5 % = 13,5 %",
        "¿Cuánto es en millones de euros?": "2 millones = 3 millones; 5 = 7",
    },
    "pt": {
        "Quantos cães há na imagem?": "3 = 5; 3 cães = 5 cães; três = cinco; 3 cães = 4",
        "De que cor é o carro?": "vermelho = azul; preto = branco; verde = amarelo",
        "O carro é vermelho?": "sim = não; verdadeiro = falso",
        "Qual porcentagem?": "25 % = 30 %; 12,5 % = 13,5 %",
        "Quanto é em milhões de reais?": "2 milhões = 3 milhões; 5 = 7",
    },
    "ru": {
        "Сколько собак на картинке?": "3 = 5; 3 собаки = 5 собак; три = пять; 3 собаки = 4",
        "Какого цвета машина?": "красный = синий; чёрный = белый; зелёный = жёлтый",
        "Машина красная?": "да = нет; верно = неверно",
        "Какой процент?": "25 % = 30 %; 12,5 % = 13,5 %",
        "Сколько в млн рублей?": "2 млн = 3 млн; 5 = 7",
    },
    "zh": {
        "图中有几只狗？": "3 = 5; 3只 = 5只; 三只 = 五只; 3只 = 4; 三 = 五",
        "汽车是什么颜色？": "红色 = 蓝色; 黑色 = 白色; 绿 = 黄",
        "汽车是红色的吗？": "是 = 不是; 有 = 没有; 对 = 不对",
        "百分之多少？": "25% = 30%; 百分之二十 = 百分之三十; 12.5% = 13.5%",
        "收入是多少亿元？": "2亿 = 3亿; 2亿元 = 3亿元; 5 = 7",
    },
    "ja": {
        "犬は何匹いますか？": "3 = 5; 3匹 = 5匹; 三匹 = 五匹; 3匹 = 4; 三 = 五",
        "車は何色ですか？": "赤 = 青; 黒 = 白; 緑 = 黄色",
        "車は赤いですか？": "はい = いいえ",
        "何パーセントですか？": "25% = 30%; 25パーセント = 30パーセント",
        "売上は何億円ですか？": "2億円 = 3億円; 5 = 7",
    },
    "ar": {
        "كم عدد الكلاب في الصورة؟": "3 = 5; ٣ = ٥; ثلاثة = خمسة; 3 كلاب = 5 كلاب",
        "ما لون السيارة؟": "أحمر = أزرق; أسود = أبيض; أخضر = أصفر",
        "هل السيارة حمراء؟": "نعم = لا; صحيح = خطأ",
        "ما النسبة المئوية؟": "25% = 30%; ٢٥٪ = ٣٠٪",
        "كم مليون دولار؟": "2 مليون = 3 مليون; 5 = 7",
    },
    "hi": {
        "चित्र में कितने कुत्ते हैं?": "3 = 5; ३ = ५; तीन = पाँच; 3 कुत्ते = 5 कुत्ते",
        "कार का रंग क्या है?": "लाल = नीला; काला = सफेद; हरा = पीला",
        "क्या कार लाल है?": "हाँ = नहीं; सही = गलत",
        "कितने प्रतिशत?": "25% = 30%; २५% = ३०%",
        "कितने करोड़ रुपये?": "2 करोड़ = 3 करोड़; 5 = 7",
    },
}
"""By question: couples of which one picture gives one alone."""


def couples(listed: str) -> list[tuple[str, str]]:
    return [tuple(" ".join(side.split()) for side in each.split("=")) for each in listed.split(";")]  # type: ignore[misc]


@pytest.mark.parametrize("language", MAY_BE_ONE)
def test_what_may_be_one_is_never_told_apart(language: str) -> None:
    asked = HOW_MUCH[language]
    told = {
        (one, other): relation(one, other, asked) for one, other in couples(MAY_BE_ONE[language])
        if relation(one, other, asked) == "different" or relation(other, one, asked) == "different"
    }  # fmt: skip
    assert not told


def rows_of(name: str) -> list[list[str]]:
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    return [line.split("|") for line in lines if not line.startswith("#")]


def test_what_people_may_call_one_is_never_told_apart() -> None:
    rows = rows_of("may_be_one.txt")
    told = [row for row in rows if relation(row[1], row[2], row[0]) == "different"]
    assert not told
    assert len(rows) > 200


def test_most_of_what_a_picture_gives_one_of_is_told_apart() -> None:
    """In ten languages; a few are lost to plurals of colors, roundings and words that are not known."""
    rows = rows_of("told_apart.txt")
    told = [row for row in rows if relation(row[1], row[2], row[0]) == "different"]
    assert len(told) >= 0.9 * len(rows) > 150


@pytest.mark.parametrize("language", DIFFERENT)
def test_what_a_picture_gives_one_of_is_told_apart(language: str) -> None:
    found = {
        (one, other): (relation(one, other, asked), relation(one, one, asked))
        for asked, listed in DIFFERENT[language].items()
        for one, other in couples(listed)
    }
    assert not {couple: said for couple, said in found.items() if said != ("different", "same")}


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("Wie viel Prozent stimmten mit Ja?", "25 Prozent", "25 %", "same"),
        ("Wie viel Prozent stimmten mit Ja?", "25", "0,25", "unclear"),
        ("Wie viele Einwohner hat die Stadt?", "2 Mio.", "2.000.000", "same"),
        ("Wie hoch ist der Umsatz in Mio. Euro?", "2", "2.000.000", "unclear"),
        ("Wie viele Eier sind es?", "2 Dutzend", "24", "same"),
        ("Wie viele Minuten dauert der Film?", "2 Stunden", "120", "unclear"),
        ("Wie viele Minuten dauert der Film?", "2 Stunden", "120 Minuten", "same"),
        ("Wie viele Minuten dauert der Film?", "2 Stunden", "75", "different"),
        ("Combien d'habitants y a-t-il ?", "2 milliards", "2 000 000 000", "same"),
        ("In welchem Jahr war das?", "98", "1998", "unclear"),
        ("Wie viele Einwohner hat das Dorf?", "1.000", "1", "unclear"),
        ("Wie viele Einwohner hat das Dorf?", "1.000", "1000", "unclear"),
        ("Wie viele Einwohner hat das Dorf?", "1.000", "7", "different"),
        ("Wie viele Einwohner hat das Dorf?", "1,000", "1000", "unclear"),
        ("How many people live there?", "1,000", "1000", "same"),
        ("How many people live there?", "1,000", "1", "different"),
        ("How many people live there?", "1.000", "1000", "unclear"),
        ("", "1,000", "1000", "same"),
        ("¿Cuándo fue?", "15 de marzo de 2020", "2020-03-15", "same"),
        ("Wann war das?", "3. März", "4. März", "different"),
        ("什么时候？", "2020年3月15日", "2020-03-15", "same"),
        ("Welche Farbe hat es?", "dunkelblau", "blau", "unclear"),
        ("Welche Farben sind im Bild?", "rot", "blau", "unclear"),
        ("何色ですか？", "青", "緑", "unclear"),
        ("Was kostet das?", "12,50 €", "12.50 EUR", "same"),
        ("Combien ?", "1 234,5", "1234,5", "same"),
        ("Qual é a população?", "5 mi", "5.000.000", "unclear"),
        ("Was ist das?", "Schlot", "Kescher", "unclear"),
    ],
)
def test_answers_are_read_in_the_language_of_the_question(
    question: str, first: str, second: str, expected: str
) -> None:
    assert relation(first, second, question) == relation(second, first, question) == expected


@pytest.mark.parametrize(
    ("question", "first", "second", "expected"),
    [
        ("How many dogs are there?", "3 dogs", "4", "different"),
        ("How many are there?", "3 dogs", "4", "unclear"),
        ("How many are there?", "3 dogs", "5 dogs", "different"),
        ("How many are there?", "3 dogs", "5 cats", "unclear"),
        ("图中有几只猫？", "3只", "4", "different"),
        ("一共多少？", "3只", "4", "unclear"),
        ("一共多少？", "3只", "4只", "different"),
        ("Wie viele Hunde sind es?", "1 Hund", "3 Hunde", "different"),
        ("Wie viele sind es?", "3 Kekse", "4", "unclear"),
        ("How many?", "25 fubar", "25 %", "unclear"),
        ("How many?", "25 fubar", "30 %", "unclear"),
    ],
)
def test_a_word_that_is_not_known_says_nothing_beside_another_or_none(
    question: str, first: str, second: str, expected: str
) -> None:
    assert relation(first, second, question) == relation(second, first, question) == expected


THINGS_ASKED = [
    ("Was ist das?", "Hund", "Katze", "different"),
    ("Was ist auf dem Bild?", "Hund", "Katze", "unclear"),
    ("Welches Tier ist das?", "Hund", "Hündin", "same"),
    ("¿Qué es esto?", "perro negro", "gato negro", "different"),
    ("¿Qué animal es este?", "perro", "gato", "different"),
    ("Qu'est-ce que c'est ?", "chien", "chat", "different"),
    ("Какое это животное?", "собака", "кошка", "different"),
    ("这是什么动物？", "狗", "猫", "different"),
    ("これは何の動物ですか？", "犬", "猫", "different"),
    ("ما هذا الحيوان؟", "كلب", "قطة", "different"),
    ("यह कौन सा जानवर है?", "कुत्ता", "बिल्ली", "different"),
    ("Que animal é este?", "cachorro", "gato", "different"),
    ("图中有什么？", "狗", "猫", "unclear"),
    ("Was ist das?", "木星", "火星", "unclear"),
    ("这是什么？", "木星", "火星", "unclear"),
    ("Welche Jahreszeit ist es?", "Sommer", "Winter", "different"),
    ("这是什么季节？", "夏天", "冬天", "different"),
    ("左边还是右边？", "左", "右", "different"),
    ("Auf welcher Seite ist der Ball?", "links", "rechts", "different"),
    ("Welche Form hat das Schild?", "Kreis", "Dreieck", "different"),
    ("Quelle forme ?", "cercle", "carré", "different"),
    ("これはどの季節ですか？", "夏", "冬", "different"),
    ("Woraus ist der Tisch?", "Holz", "Metall", "different"),
    ("De quel côté ?", "gauche", "droite", "different"),
    ("Wie ist das Wetter?", "sonnig", "regnerisch", "different"),
    ("Wer ist das?", "Mann", "Frau", "different"),
    ("这个人是男还是女？", "男", "女", "different"),
    ("Ist die Tür offen?", "offen", "geschlossen", "different"),
    ("Welche Farbe hat der Hund?", "schwarz-weiß", "schwarz", "unclear"),
    ("Welche Farbe hat der Hund?", "schwarz und weiß", "weiß und schwarz", "same"),
    ("Welcher Wochentag ist es?", "Montag", "Dienstag", "different"),
    ("Was ist das?", "Auto", "Wagen", "unclear"),
    ("Was ist das?", "Möhre", "Karotte", "same"),
    ("Was ist das?", "Hut", "Mütze", "unclear"),
    ("Quel jour sommes-nous ?", "lundi", "mardi", "different"),
    ("今天星期几？", "星期一", "星期二", "different"),
    ("今天星期几？", "星期一", "周一", "same"),
    ("これは何曜日ですか？", "月曜日", "火曜日", "different"),
    ("ما اليوم؟", "الاثنين", "الثلاثاء", "different"),
    ("कौन सा दिन है?", "सोमवार", "मंगलवार", "different"),
    ("几月？", "三月", "五月", "different"),
    ("几月？", "3月", "5月", "different"),
    ("什么时候？", "3月5日", "3月6日", "different"),
    ("几点了？", "3点", "4点", "different"),
    ("何時ですか？", "3時", "4時", "different"),
    ("Wie spät ist es?", "15 Uhr", "16 Uhr", "different"),
    ("Quelle heure est-il ?", "15 h", "16 h", "different"),
    ("Quelle heure est-il ?", "15h30", "16h30", "different"),
    ("¿Qué hora es?", "15:30", "16:30", "different"),
    ("Который час?", "15:30", "16:30", "different"),
    ("¿Cuánto cuesta?", "5 dólares", "7 dólares", "different"),
    ("多少钱？", "5元", "7元", "different"),
    ("いくらですか？", "500円", "700円", "different"),
    ("كم السعر؟", "5 دولارات", "7 دولارات", "different"),
    ("Сколько стоит?", "500 рублей", "700 рублей", "different"),
    ("Quelle est la température ?", "20 °C", "25 °C", "different"),
    ("Wie viele?", "3", "vier", "different"),
    ("Wie alt ist er?", "20 Jahre", "30 Jahre", "different"),
    ("他几岁？", "20岁", "30岁", "different"),
    ("何歳ですか？", "20歳", "30歳", "different"),
    ("Combien pèse-t-il ?", "5 kg", "7 kg", "different"),
    ("Какой рост?", "180 см", "170 см", "different"),
    ("ما الطول؟", "180 سم", "170 سم", "different"),
    ("कितनी ऊँचाई?", "180 सेमी", "170 सेमी", "different"),
]


@pytest.mark.parametrize(("question", "first", "second", "expected"), THINGS_ASKED)
def test_words_and_moments_are_read_in_every_language(question: str, first: str, second: str, expected: str) -> None:
    assert relation(first, second, question) == relation(second, first, question) == expected


@pytest.mark.parametrize(
    ("locale", "first", "second", "expected"),
    [
        ("en", "1 Billion", "1000 Million", "same"),
        ("de", "1 Billion", "1000 Milliarden", "same"),
        ("de en", "1 Billion", "1000000000", "unclear"),
        ("de en", "1 Billion", "1000000000000", "unclear"),
        ("de en", "1 Billion", "7", "different"),
        ("es_MX", "1,000", "1000", "same"),
        ("es", "1,000", "1000", "unclear"),
        ("de-CH", "1’000.50", "1000.5", "same"),
        ("de fr", "rot", "blau", "unclear"),
        ("en fr", "rose", "blue", "unclear"),
    ],
)
def test_a_locale_stands_above_the_question(locale: str, first: str, second: str, expected: str) -> None:
    assert relation(first, second, "What is it?", locale=locale) == expected


def test_a_locale_that_there_is_not_is_named() -> None:
    with pytest.raises(ValueError, match="'xx' is no locale of CLDR"):
        relation("1,5", "2,5", locale="xx")


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("How many dogs are there?", "en"), ("Wie viele Hunde sind das?", "de"), ("Combien de chiens y a-t-il ?", "fr"),
        ("¿Cuántos perros hay?", "es"), ("Quantos cães há na imagem?", "pt"), ("Сколько собак на фото?", "ru"),
        ("Машина красная?", "ru"), ("图中有几只狗？", "zh"), ("犬は何匹いますか？", "ja"), ("كم عدد الكلاب؟", "ar"),
        ("कितने कुत्ते हैं?", "hi"), ("Quanti cani ci sono?", "it"), ("Hoeveel honden zijn er?", "nl"),
        ("Ile psów jest na zdjęciu?", "pl"), ("Скільки собак на фото?", "uk"), ("개가 몇 마리 있습니까?", "ko"),
        ("人数？", "ja zh"), ("xyz?", " ".join(SCRIPTS["LATIN"])), ("5?", " ".join(SCRIPTS["LATIN"])),
    ],
)  # fmt: skip
def test_a_question_tells_its_language(text: str, languages: str) -> None:
    assert " ".join(languages_of(text)) == languages


def test_a_file_has_the_languages_that_its_questions_tell_but_rare_ones() -> None:
    german = ["Wie viele Hunde sind das?", "Xyz?"] * 30
    assert of_file([*german, "How many dogs are there?"]) == "de"
    assert of_file([*german, *["How many dogs are there?"] * 5]) == "de en"
    assert of_file(["Xyz?", "5?"]) == ""


@pytest.mark.parametrize("filler", ["ein ", "三", "1.", "1,000 ", "ß", "क्या ", "A. ", "؟", "zwei-", "百分之", "é"])
def test_a_hostile_text_costs_no_more_than_its_length(filler: str) -> None:
    """Would catch a pattern that backtracks, or a scan that begins again at each letter."""
    began = time.perf_counter()
    for language in ("de", "zh", "hi"):
        canonical(filler * 4_000, filler * 400, (), language)
    languages_of(filler * 4_000)
    question_key(filler * 400)
    matches(filler * 4_000, "A", "", ("red", "blue"))
    assert time.perf_counter() - began < 3


TEXTS = [side for listed in MAY_BE_ONE.values() for couple in couples(listed) for side in couple] + [
    "red", "rot", "rouge", "no", "ja", "sí", "на", "3,5", "1.234", "1,234", "12.345,6", "three", "Hund", "是", "mil"
]  # fmt: skip
LANGUAGES = st.lists(st.sampled_from(sorted(MAY_BE_ONE)), min_size=1, max_size=3, unique=True)
ASKED = st.sampled_from(["", "Is it?", "How many?", "Wie viele?", "Welche Farbe?", "Which city is this?", "多少？"])


@given(st.sampled_from(TEXTS), st.sampled_from(TEXTS), ASKED, LANGUAGES, LANGUAGES)
def test_more_languages_never_tell_apart_what_fewer_do_not(
    one: str, other: str, asked: str, few: list[str], more: list[str]
) -> None:
    locale = " ".join(few)
    narrow, wide = (
        relation(one, other, asked, (), locale),
        relation(one, other, asked, (), f"{locale} {' '.join(more)}"),
    )
    assert narrow == relation(other, one, asked, (), locale)
    assert relation(one, one, asked, (), locale) == "same"
    assert (narrow == "same") == (answer_key(one, asked, (), locale) == answer_key(other, asked, (), locale))
    assert wide != "different" or narrow == "different"


@given(st.lists(st.sampled_from(TEXTS), max_size=30), LANGUAGES)
def test_conflicts_are_the_pairs_that_are_not_different_in_any_language(
    answers: list[str], languages: list[str]
) -> None:
    found = [canonical(answer, "", (), " ".join(languages)) for answer in answers]
    pairs = [(i, j) for j in range(len(found)) for i in range(j) if compare(found[i], found[j]) != "different"]
    assert conflicts(found) == sorted(pairs)


@given(st.sampled_from(sorted(MAY_BE_ONE)), st.integers(0, 10**7), st.integers(0, 99))
def test_a_number_is_the_same_in_the_marks_of_its_language(language: str, whole: int, cents: int) -> None:
    comma = lexicon(language).comma
    marks = str.maketrans(",.", ".,") if comma else {}
    written = f"{whole:,}.{cents:02}".translate(marks)
    plain = f"{whole}.{cents:02}".translate(marks)
    assert relation(written, plain, locale=language) == "same"
    assert relation(written, f"{whole + 1:,}.{cents:02}".translate(marks), locale=language) == "different"
