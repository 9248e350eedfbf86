"""The pack: images as people have them, broken and hostile files, each with what has to come of it. Deterministic."""

from __future__ import annotations

from functools import cache

from tests.data.imaging.case import Case
from tests.data.imaging.good import good
from tests.data.imaging.hostile import hostile


@cache
def pack() -> dict[str, Case]:
    """All cases by name."""
    cases = [*good(), *hostile()]
    found = {case.name: case for case in cases}
    assert len(found) == len(cases), "two cases of one name"
    return found
