"""Forms of public data sets are read as they are, or are refused with advice that works when it is followed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.vqa.record import VqaRow
from tests.data.sources.vqa.forms import FORMS, Q
from tests.data.sources.vqa.making import Item, outcomes

STEPS = 3
"""How often advice is followed at most."""


def followed(item: Rejection, decides: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options after the advice of a rejection, read off its text as a person would."""
    columns = dict(options.get("columns", {}))
    if mapped := re.search(r"source\.columns\.(\w+)=([\w.-]+)", item.detail.replace("source.columns.context='", "")):
        return {**options, "columns": {**columns, mapped.group(1): mapped.group(2)}}
    assert decides, f"{item.reason}: {item.detail}"
    option = "columns.context" if decides == "context" else decides
    found = re.search(rf"source\.{re.escape(option)}='([^']*)'", item.detail)
    assert found, item.detail
    if decides == "ignore":
        return {**options, "ignore": json.loads(found.group(1))}
    return {**options, "columns": {**columns, "context": json.loads(found.group(1))}}


def read(source: Path, decides: str) -> list[Item]:
    options: dict[str, Any] = {}
    for _ in range(STEPS):
        items = outcomes(source, **options)
        refused = next((item for item in items if isinstance(item, Rejection)), None)
        if refused is None:
            return items
        options = followed(refused, decides, options)
    return outcomes(source, **options)


def test_there_are_enough_forms() -> None:
    assert len(FORMS) >= 40


@pytest.mark.parametrize("name", FORMS)
def test_a_form(name: str, tmp_path: Path) -> None:
    form = FORMS[name]
    items = read(form.make(tmp_path), form.decides)
    rows = [item for item in items if isinstance(item, VqaRow)]
    assert [item for item in items if isinstance(item, Rejection)] == []
    assert tuple(row.questions[0].answer for row in rows) == form.answers
    assert all(row.questions[0].question.startswith(Q) or row.questions[0].question.endswith(Q) for row in rows)
    assert len({row.image for row in rows}) == len(rows), "each row has its own picture"


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.decides])
def test_what_is_not_known_is_told_first(name: str, tmp_path: Path) -> None:
    items = outcomes(FORMS[name].make(tmp_path))
    assert {item.reason for item in items if isinstance(item, Rejection)} == {"unread-text"}
