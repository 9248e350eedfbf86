"""The forms that pairs are exported in, by name."""

from __future__ import annotations

from contextpairs.data.exports.chat import CHAT
from contextpairs.data.exports.easyr1 import EASYR1
from contextpairs.data.exports.form import Form
from contextpairs.data.exports.options import DATA_SET, ExportError
from contextpairs.data.exports.skyrl import SKYRL
from contextpairs.data.exports.trl import PREFERENCE, PROMPT
from contextpairs.data.exports.verl import VERL

FORMS: dict[str, Form] = {form.name: form for form in (PROMPT, PREFERENCE, VERL, EASYR1, SKYRL, CHAT)}
"""All but `datasets`, whose records are the pairs themselves."""


def form_named(name: str) -> Form:
    """A form of prompts. Raises ExportError for an unknown name."""
    if name not in FORMS:
        raise ExportError(f"unknown form {name!r}; expected one of {', '.join((DATA_SET, *FORMS))}")
    return FORMS[name]
