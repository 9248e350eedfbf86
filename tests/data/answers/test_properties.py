"""Laws of the relation, and that no two writings of one value are ever told apart."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from contextpairs.data.answers.canonical import canonical
from contextpairs.data.answers.comparing import answer_key, compare, relation
from contextpairs.data.answers.conflicts import conflicts

PIECES = st.sampled_from(
    ["yes", "no", "red", "dark red", "blue", "dog", "black dog", "cats", "left", "top left", "5", "5.0", "6,830", "1/3",
     "0.33", "33%", "12 cm", "120 mm", "$5", "3 pm", "3:00", "15:00", "about 2", "none", "A", "(3, 4)", "3, 4", "4, 3",
     "2 dogs", "3-5", "Otter Park", "Pizza Italia", "IBM", "2020-03-05", "March 2020", "x = 5", "sofa", "couch", "2nd",
     "ABC", "BCA", "triangle CAB", "DEU", "Germany", "usd", "dollar"]
)  # fmt: skip
QUESTIONS = st.sampled_from(["", "Which shop is it?", "What percentage is it?", "What is written?", "In which order?",
                             "What year (in thousands)?", "What currency is it?"])  # fmt: skip
CHOICES = st.sampled_from([(), ("red", "blue"), ("Otter Park", "Pizza Italia", "5")])
ANSWERS = PIECES | st.text(max_size=12) | st.integers(-99, 9999).map(str) | st.decimals(-9, 9, places=2).map(str)


@given(ANSWERS, ANSWERS, QUESTIONS, CHOICES)
def test_it_is_symmetric_and_agrees_with_keys(one: str, other: str, asked: str, choices: tuple[str, ...]) -> None:
    forth, back = relation(one, other, asked, choices), relation(other, one, asked, choices)
    assert forth == back
    assert (forth == "same") == (answer_key(one, asked, choices) == answer_key(other, asked, choices))


@given(ANSWERS, QUESTIONS, CHOICES)
def test_an_answer_is_the_same_as_itself_in_another_dress(one: str, asked: str, choices: tuple[str, ...]) -> None:
    assert relation(one, one, asked, choices) == "same"
    assert relation(one, f"  {one} ", asked, choices) == "same"


@example(["yes"] * 15 + ["12 cm", "-1"], "")
@given(st.lists(ANSWERS, max_size=40), QUESTIONS)
def test_conflicts_are_the_pairs_that_are_not_different(answers: list[str], asked: str) -> None:
    """Would catch a bucket that leaves out a pair: two answers of one meaning would become a contrast."""
    found = [canonical(answer, asked) for answer in answers]
    pairs = [(i, j) for j in range(len(found)) for i in range(j) if compare(found[i], found[j]) != "different"]
    assert conflicts(found) == sorted(pairs)


def grouped(value: int, separator: str) -> str:
    return f"{value:,}".replace(",", separator)


@given(st.integers(1000, 10**9), st.data())
def test_writings_of_a_whole_number_are_the_same(value: int, data: st.DataObject) -> None:
    digits = str(value)
    power = len(digits) - 1
    writings = [digits, grouped(value, ","), grouped(value, " "), grouped(value, "{,}"), f"{digits}.0", f"+{digits}",
                f"${digits}$", f"\\boxed{{{digits}}}", f"{digits[0]}.{digits[1:]}e{power}",
                f"{digits[0]}.{digits[1:]} \\times 10^{{{power}}}"]  # fmt: skip
    first, second = data.draw(st.sampled_from(writings)), data.draw(st.sampled_from(writings))
    assert relation(first, second) == "same"
    assert relation(f"-{first.lstrip('+')}" if first[0].isdigit() else f"-{digits}", f"−{digits}") == "same"


@given(st.integers(1, 10**7), st.data())
def test_writings_of_a_sum_of_money_are_never_told_apart(value: int, data: st.DataObject) -> None:
    writings = [f"${value}", f"${value:,}", f"\\${grouped(value, '{,}')}", f"{value} dollars", f"{value:,} USD",
                f"${value}.00", str(value), f"{value:,}"]  # fmt: skip
    assert relation(data.draw(st.sampled_from(writings)), data.draw(st.sampled_from(writings))) != "different"


@given(st.integers(0, 400), st.integers(2, 400), st.data())
def test_writings_of_a_fraction_are_never_told_apart(top: int, bottom: int, data: st.DataObject) -> None:
    value = Fraction(top, bottom)
    exact = [f"{top}/{bottom}", f"\\frac{{{top}}}{{{bottom}}}", f"{2 * top}/{2 * bottom}", f"${top} / {bottom}$"]
    rounded = [f"{float(value):.{places}f}" for places in (2, 3, 5)] + [f"{float(100 * value):.{n}f}%" for n in (1, 2)]
    cut = [f"{int(value * 100) / 100:.2f}"]
    first = data.draw(st.sampled_from(exact))
    assert relation(first, data.draw(st.sampled_from(exact))) == "same"
    assert relation(first, data.draw(st.sampled_from(rounded + cut))) != "different"


UNITS = {"length": {"mm": 1, "cm": 10, "m": 1000, "km": 1000000}, "time": {"seconds": 1, "minutes": 60, "hours": 3600}}


@given(st.sampled_from(sorted(UNITS)), st.integers(1, 500), st.data())
def test_quantities_are_the_same_in_every_unit_and_differ_with_the_unit(
    kind: str, count: int, data: st.DataObject
) -> None:
    units = UNITS[kind]
    small, large = sorted(
        data.draw(st.lists(st.sampled_from(sorted(units)), min_size=2, max_size=2)), key=units.__getitem__
    )
    whole = count * units[large] // units[small]
    assert relation(f"{count} {large}", f"{whole:,} {small}") == "same"
    assert relation(f"{count} {large}", f"{count} {small}") == ("same" if small == large else "different")
    assert relation(f"{count} {large}", str(data.draw(st.sampled_from([count, whole])))) == "unclear"


@given(st.integers(0, 23), st.integers(0, 59), st.data())
def test_writings_of_a_time_are_never_told_apart(hour: int, minute: int, data: st.DataObject) -> None:
    half, twelve = "pm" if hour >= 12 else "am", hour % 12 or 12
    writings = [f"{hour}:{minute:02}", f"{hour:02}:{minute:02}", f"{twelve}:{minute:02}",
                f"{twelve}:{minute:02} {half}", f"{twelve}:{minute:02} {half[0].upper()}.M."]  # fmt: skip
    assert relation(data.draw(st.sampled_from(writings)), data.draw(st.sampled_from(writings))) != "different"


@given(
    st.lists(st.sampled_from(["a cat", "2 dogs", "red cube", "5", "Otter Park"]), min_size=2, unique=True), st.data()
)
def test_a_list_is_the_same_in_any_order(items: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(items))
    assert relation(", ".join(items), f"{', '.join(shuffled[:-1])} and {shuffled[-1]}") == "same"


@given(st.integers(-99, 99), st.integers(-99, 99))
def test_coordinates_keep_their_order(x: int, y: int) -> None:
    assert relation(f"({x}, {y})", f"({x},{y})") == "same"
    assert relation(f"({x}, {y})", f"({y}, {x})") == ("same" if x == y else "different")


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_whole_numbers_differ_exactly_where_they_differ(one: int, other: int) -> None:
    """Tables are full of numbers such as 6,830 and 6,380: caution must not cost them."""
    assert relation(f"{one:,}", f"{other:,}") == ("same" if one == other else "different")
