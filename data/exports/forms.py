"""The forms that pairs are exported in, by name."""

from __future__ import annotations

from data.exports.chat import CHAT
from data.exports.easyr1 import EASYR1
from data.exports.form import Form
from data.exports.options import DATA_SET, ExportError
from data.exports.skyrl import SKYRL
from data.exports.trl import PREFERENCE, PROMPT
from data.exports.verl import VERL

FORMS: dict[str, Form] = {form.name: form for form in (PROMPT, PREFERENCE, VERL, EASYR1, SKYRL, CHAT)}
"""All but `datasets`, whose records are the pairs themselves."""


def form_named(name: str) -> Form:
    """A form of prompts. Raises ExportError for an unknown name."""
    if name not in FORMS:
        raise ExportError(f"unknown form {name!r}; expected one of {', '.join((DATA_SET, *FORMS))}")
    return FORMS[name]
