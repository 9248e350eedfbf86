"""The base of every configuration model."""

import re
from typing import Any

from pydantic import BaseModel, ConfigDict

from contextpairs.data.store.credentials import forbid_credentials


def _words(model: type[Any]) -> str:
    """What a form calls a group of fields: `Issue similarity` for IssueSimilarityOptions."""
    words = re.findall(r"[A-Z][a-z0-9]*", re.sub("(Options|Config)$", "", model.__name__))
    return " ".join(words).capitalize()


def _forbid_credentials(schema: dict[str, Any]) -> None:
    for name, each in schema.get("properties", {}).items():
        forbid_credentials(name, each)


class Settings(BaseModel):
    """A frozen model that refuses unknown fields and takes field descriptions from docstrings.

    In a form fields are called as in a configuration file, groups of fields by words, and credentials are refused.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        model_title_generator=_words,
        field_title_generator=lambda name, _: name,
        json_schema_extra=_forbid_credentials,
    )
