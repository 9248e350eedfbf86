"""Places of code as a model names them, and how well they fit those that a fix changes.

A place is `path/to/file.py::Class.method`, or a path alone; places stand one a line, between `<answer>` and
`</answer>`, or make up the whole reply. Any other line makes the answer void.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from contextpairs.data.answers.matching import spoken

_OPENING = "<answer>"
_CLOSING = "</answer>"
_LINE = re.compile(r"(?:[-*] )?`?(?:\./)?(?P<path>[^\s:`]+)(?:::(?P<name>[^\s:`]+))?`?")
_FENCE = re.compile(r"```\w*")
LONGEST = 200
"""Lines beyond which an answer is void: no fix changes so many places."""


class Place(NamedTuple):
    """A function, method or class of a file; `name` is "" for the file alone."""

    path: str
    name: str


def parse_places(response: str) -> frozenset[Place] | None:
    """The places that a response names, or None where it holds no answer in the form asked for.

    Args:
        response: a model's whole text. What it thinks between `<think>` tags does not count; of several answers the
            last one does.
    """
    answer = _answer(response)
    lines = [line.strip() for line in answer.splitlines()] if answer else []
    lines = [line for line in lines if line and not _FENCE.fullmatch(line)]
    found = [_LINE.fullmatch(line) for line in lines[: LONGEST + 1]]
    if not found or len(found) > LONGEST or not all(found):
        return None
    return frozenset(Place(match["path"], (match["name"] or "").removesuffix("()")) for match in found if match)


def place_score(named: Collection[Place], reference: Collection[Place]) -> float:
    """How well named places fit the reference, 0 to 1: the mean of the F1 of the files and the F1 of the functions.

    F1 is the harmonic mean of precision and recall (van Rijsbergen, Information Retrieval, 1979), so naming everything
    costs precision and repeating a name gains nothing. The right file with a wrong function, or with none, gives half
    at most; 1 takes all places and no other. A name fits one reference name that equals it, or differs from it by outer
    names alone (`run` for `Worker.run`). Where the reference holds a file alone, functions named there do not count;
    where it holds no function at all, the F1 of the files is the score.
    """
    files = _f1(len(_files(named) & _files(reference)), len(_files(named)), len(_files(reference)))
    uncertain = {place.path for place in reference if not place.name}
    ours, theirs = _functions(named, uncertain), _functions(reference, uncertain)
    if not theirs:
        return files
    return (files + _f1(_matched(ours, theirs), len(ours), len(theirs))) / 2


def written(places: Iterable[Place]) -> str:
    """Places in the form that `parse_places` reads, without the tags."""
    return "\n".join(f"{path}::{name}" if name else path for path, name in sorted(places))


def _answer(response: str) -> str | None:
    """The text of the answer; None where thinking or the answer itself is not closed."""
    text = spoken(response)
    if text is None:
        return None
    _, tag, rest = text.rpartition(_OPENING)
    if not tag:
        return text
    answer, end, _ = rest.partition(_CLOSING)
    return answer if end else None


def _files(places: Iterable[Place]) -> set[str]:
    return {place.path for place in places}


def _functions(places: Iterable[Place], uncertain: Collection[str]) -> set[Place]:
    return {place for place in places if place.name and place.path not in uncertain}


def _f1(hits: int, named: int, right: int) -> float:
    return 2 * hits / (named + right) if hits else 0.0


def _matched(named: set[Place], reference: set[Place]) -> int:
    """Names that fit a reference name of their own: equal ones first, then the most exact."""
    hits = len(named & reference)
    left = sorted(reference - named, key=_exactness)
    for place in sorted(named - reference, key=_exactness):
        fitting = next((other for other in left if _fits(place, other)), None)
        if fitting is not None:
            left.remove(fitting)
            hits += 1
    return hits


def _exactness(place: Place) -> tuple[int, Place]:
    return -place.name.count("."), place


def _fits(place: Place, other: Place) -> bool:
    if place.path != other.path:
        return False
    short, long = sorted((place.name, other.name), key=len)
    return long.endswith(f".{short}")
