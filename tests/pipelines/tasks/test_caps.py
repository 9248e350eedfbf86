"""Caps: no picture, no question, no answer dominates."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.tasks.caps import ImageCapsOptions, TaskQuestion, balanced, capped

OFF = ImageCapsOptions(image=None, question=None, answer_ratio=None)
LETTERED = st.builds(
    TaskQuestion,
    row=st.integers(0, 10**6),
    picture=st.sampled_from("pqrs"),
    domain=st.sampled_from(["charts", "photos"]),
    question=st.sampled_from(["is it?", "how many?"]),
    answer=st.sampled_from(["yes", "no", "2"]),
    letter=st.sampled_from(["", "A", "B"]),
)


def asked(row: int, **fields: str) -> TaskQuestion:
    told = {"picture": f"picture {row}", "domain": "d", "question": "q", "answer": "yes", "letter": ""} | fields
    return TaskQuestion(row, **told)


def test_one_task_a_picture_and_some_a_question() -> None:
    rows = [asked(0, picture="p"), asked(1, picture="p"), asked(2), asked(3), asked(4, question="r")]
    kept, reasons = capped(rows, OFF.model_copy(update={"image": 1, "question": 2}))
    assert [one.row for one in kept] == [0, 2, 4]
    assert reasons == {"cap-image": 1, "cap-question": 1}


def test_an_answer_that_dominates_a_question_is_cut() -> None:
    rows = [asked(n) for n in range(10)] + [asked(10 + n, answer="no") for n in range(2)]
    kept, reasons = capped(rows, OFF.model_copy(update={"answer_ratio": 1.5}))
    assert Counter(one.answer for one in kept) == {"yes": 3, "no": 2}
    assert [one.row for one in kept] == [0, 1, 2, 10, 11]
    assert reasons == {"cap-answer": 7}


def test_a_question_with_one_answer_everywhere_is_asked_once() -> None:
    kept, _ = capped([asked(n) for n in range(10)], ImageCapsOptions())
    assert len(kept) == 1


def test_an_answer_that_dominates_a_domain_over_many_questions_is_cut() -> None:
    rows = [asked(n, question=f"q{n}") for n in range(10)] + [
        asked(10 + n, question=f"q{n}", answer="no") for n in (0, 1)
    ]
    kept, reasons = capped(rows, ImageCapsOptions(answer_ratio=2))
    assert Counter(one.answer for one in kept) == {"yes": 4, "no": 2}
    assert reasons == {"cap-answer-in-domain": 6}


def test_a_letter_that_dominates_is_cut() -> None:
    rows = [asked(n, question=f"q{n}", answer=f"a{n}", letter="A" if n < 8 else "B") for n in range(10)]
    rows += [asked(20 + n, question=f"r{n}", answer=f"b{n}") for n in range(5)]
    kept, reasons = capped(rows, ImageCapsOptions(answer_ratio=1))
    assert Counter(one.letter for one in kept) == {"A": 2, "B": 2, "": 5}
    assert reasons == {"cap-letter": 6}


def test_no_cap_takes_nothing() -> None:
    rows = [asked(n, picture="p") for n in range(10)]
    assert capped(rows, OFF) == (rows, {})


@given(st.lists(LETTERED, max_size=40), st.floats(1, 3))
def test_balance_holds_in_every_group_and_counts_add_up(rows: list[TaskQuestion], ratio: float) -> None:
    kept = balanced(rows, lambda one: one.domain, lambda one: one.answer, ratio)
    assert [one for one in rows if one in kept] == [one for one in rows if one in set(kept)]
    for domain in {one.domain for one in rows}:
        counts = sorted(Counter(one.answer for one in kept if one.domain == domain).values())
        assert counts
        second = counts[-2] if len(counts) > 1 else 0
        assert counts[-1] <= max(1, ratio * second + 1)
    left, reasons = capped(rows, ImageCapsOptions(answer_ratio=ratio))
    assert len(left) + reasons.total() == len(rows)
