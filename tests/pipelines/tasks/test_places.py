"""Places in an answer, and how they are scored."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.tasks.places import LONGEST, Place, parse_places, place_score, written

PATHS = st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3}){0,2}\.py", fullmatch=True)
NAMES = st.sampled_from(["", "run", "Worker.run", "Outer.Worker.run", "stop", "<module>", "Worker"])
PLACES = st.builds(Place, PATHS, NAMES)
FEW = st.sets(PLACES, max_size=5)
FIX = frozenset({Place("a/x.py", "Worker.run"), Place("a/y.py", "<module>")})


@pytest.mark.parametrize(
    ("response", "places"),
    [
        ("<answer>\na/x.py::Worker.run\na/y.py::<module>\n</answer>", FIX),
        ("The worker is at fault.\n<answer>a/x.py::Worker.run\n\n a/y.py::<module></answer> That is all.", FIX),
        ("<answer>b.py::f</answer> no:\n<answer>\na/x.py::Worker.run\na/y.py::<module>\n</answer>", FIX),
        ("<think>b.py::f? <answer>b.py::f</answer></think>a/x.py::Worker.run\na/y.py::<module>", FIX),
        ("<answer>\n```python\n- `./a/x.py::Worker.run()`\n* a/y.py::<module>\n```\n</answer>", FIX),
        ("a/x.py", frozenset({Place("a/x.py", "")})),
        ("", None),
        ("<answer></answer>", None),
        ("<answer>a/x.py::run", None),
        ("<think>a/x.py::run", None),
        ("<answer>the worker in a/x.py</answer>", None),
        ("a/x.py::run\nand nothing else", None),
        ("a/x.py::run::stop", None),
    ],
)
def test_what_is_read(response: str, places: frozenset[Place] | None) -> None:
    assert parse_places(response) == places


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("a/x.py::Worker.run\na/y.py::<module>", 1.0),
        ("a/x.py::run\na/y.py::<module>", 1.0),
        ("a/x.py::Pool.Worker.run\na/y.py::<module>", 1.0),
        ("a/x.py::Worker.run", (2 / 3 + 2 / 3) / 2),
        ("a/x.py::Worker.run\na/x.py::Worker.run\na/x.py::Worker.run", (2 / 3 + 2 / 3) / 2),
        ("a/x.py\na/y.py", 0.5),
        ("a/x.py::stop\na/y.py::stop", 0.5),
        ("a/x.py::un\na/y.py::<module>", (1 + 1 / 2) / 2),
        ("a/x.py::Worker.run\na/x.py::run\na/y.py::<module>", (1 + 4 / 5) / 2),
        ("b/x.py::Worker.run", 0.0),
    ],
)
def test_what_an_answer_is_worth(answer: str, score: float) -> None:
    named = parse_places(answer)
    assert named is not None
    assert place_score(named, FIX) == pytest.approx(score)


def test_functions_of_a_file_that_the_reference_holds_alone_do_not_count() -> None:
    reference = [Place("a/x.py", ""), Place("a/y.py", "stop")]
    files_and_stop = {Place("a/x.py", "anything"), Place("a/y.py", "stop")}
    assert place_score(files_and_stop, reference) == 1
    assert place_score(files_and_stop | {Place("a/x.py", "more")}, reference) == 1
    assert place_score({Place("a/x.py", "f"), Place("a/y.py", "f")}, reference) == 0.5
    assert place_score({Place("a/x.py", "f")}, [Place("a/x.py", "")]) == 1


def test_naming_everything_is_worth_little() -> None:
    everything = {Place(f"a/{n}.py", "run") for n in range(100)} | FIX
    assert 0 < place_score(everything, FIX) < 0.05


@given(FEW, FEW)
def test_a_score_is_a_share_and_whole_for_the_reference_alone(named: set[Place], reference: set[Place]) -> None:
    assert 0 <= place_score(named, reference) <= 1
    if reference:
        assert place_score(reference, reference) == 1


@given(FEW, FEW, PATHS)
def test_a_wrong_file_more_never_helps(named: set[Place], reference: set[Place], path: str) -> None:
    wrong = Place(f"elsewhere/{path}", "run")
    assert place_score(named | {wrong}, reference) <= place_score(named, reference)


@given(st.sets(PLACES, min_size=1, max_size=5))
def test_what_is_written_is_read_back(places: set[Place]) -> None:
    assert parse_places(f"Well.\n<answer>\n{written(places)}\n</answer>") == frozenset(places)


@given(
    st.text()
    | st.lists(st.sampled_from(["<answer>", "</answer>", "<think>", "</think>", "a.py::f", "\n"])).map("".join)
)
def test_any_text_is_read_or_refused(response: str) -> None:
    places = parse_places(response)
    assert places is None or (places and len(places) <= LONGEST)


@pytest.mark.parametrize("piece", ["<think>", "<answer>", "a::", "- ", "`", "\n", "a.py::f\n", "::"])
def test_no_text_takes_long(piece: str) -> None:
    start = time.perf_counter()
    parse_places(piece * 50_000)
    assert time.perf_counter() - start < 1
