"""Every named form is read as it is, or set aside with advice by which it is read once somebody follows it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa.record import VqaRow
from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.exam_forms import EXAM_FORMS
from tests.data.sources.vqa.making import Item, outcomes
from tests.data.sources.vqa.named_form import NamedForm
from tests.data.sources.vqa.set_forms import SET_FORMS
from tests.data.sources.vqa.training_forms import TRAINING_FORMS

FORMS: dict[str, NamedForm] = {
    **{f"set: {name}": form for name, form in {**SET_FORMS, **EXAM_FORMS}.items()},
    **{f"training: {name}": form for name, form in TRAINING_FORMS.items()},
}
MAPPING = re.compile(r"source\.(columns\.\w+|ignore)=(?:'([^']*)'|([\w.-]+))")
"""As a message writes it, and a command line takes it."""
DO = re.compile(r"\b(?:expected|drop|split|download|write|map|leave|complete|add|takes)\b")
Options = dict[str, Any]


def attempt(source: Path, options: Options) -> list[Item]:
    """What comes of a source; one that is refused whole says so as a row would."""
    try:
        return outcomes(source, **options)
    except SourceError as error:
        return [Rejection("read", "unknown-format", str(source), detail=str(error))]


def advised(items: Sequence[Item], option: str) -> Any:
    """What the first message that advises an option says of it."""
    for item in items:
        said = MAPPING.findall(item.detail) if isinstance(item, Rejection) else []
        if found := next(((text, name) for each, text, name in said if each == option), None):
            return json.loads(found[0]) if found[0] else found[1]
    raise AssertionError(f"nobody advises {option}: {[i.detail for i in items if isinstance(i, Rejection)]}")


def followed(options: Options, option: str, value: Any) -> Options:
    """The options with one more; a list that is advised twice grows."""
    if option == "ignore":
        return {**options, "ignore": [*options.get("ignore", []), *value]}
    name = option.removeprefix("columns.")
    columns = options.get("columns", {})
    value = [*columns.get(name, []), *value] if isinstance(value, list) else value
    return {**options, "columns": {**columns, name: value}}


def asked(items: Sequence[Item]) -> list[tuple[str, str, bytes]]:
    rows = [item for item in items if isinstance(item, VqaRow)]
    return [(each.question, each.answer, row.image) for row in rows for each in row.questions]


def expected(form: NamedForm, folder: Path) -> list[tuple[str, str, bytes]]:
    return [
        (question, answer, (folder / shown).read_bytes() if isinstance(shown, str) else picture(shown))
        for question, answer, shown in form.asks
    ]


def test_there_are_enough_of_them() -> None:
    assert len(FORMS) >= 100


@pytest.mark.parametrize("name", FORMS)
def test_it_is_read_or_its_advice_works(name: str, tmp_path: Path) -> None:
    form = FORMS[name]
    source = form.make(tmp_path)
    options: Options = {}
    items = attempt(source, options)
    for option in form.decides:
        assert not asked(items), "nothing had to be decided"
        options = followed(options, option, advised(items, option))
        items = attempt(source, options)
    assert asked(items) == expected(form, tmp_path)
    refused = [item for item in items if isinstance(item, Rejection)]
    assert [item.reason for item in refused] == list(form.left), [item.detail for item in refused]
    assert all(DO.search(item.detail) for item in refused)
