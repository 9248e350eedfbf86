"""A configuration as the parameters of a flow, from which its form is made."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field, GetJsonSchemaHandler
from pydantic.fields import FieldInfo

from contextpairs.data.store.credentials import forbid_credentials


def form_parameters(model: type[BaseModel], of_preset: frozenset[str], first: Sequence[str]) -> list[inspect.Parameter]:
    """The fields of a configuration as parameters.

    Args:
        model: of the configuration.
        of_preset: fields that come from the preset unless they are given.
        first: fields that stand on top, in this order; the others follow in theirs.
    """
    order = [*first, *(name for name in model.model_fields if name not in first)]
    return [_parameter(name, model.model_fields[name], name in of_preset) for name in order]


@dataclass(frozen=True, slots=True)
class _Guarded:
    """Has the schema of a field refuse credentials; Prefect overwrites what a field says of its own schema."""

    name: str

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core)
        forbid_credentials(self.name, schema)
        return schema


def _parameter(name: str, field: FieldInfo, of_preset: bool) -> inspect.Parameter:
    """A field as Prefect reads it: type and bounds from the annotation, description and default from a Field."""
    kind: Any = Annotated[(field.annotation, *field.metadata, _Guarded(name))]
    if of_preset:
        kind, default = kind | None, Field(default=None, description=f"{field.description} Default: the preset's.")
    else:
        value = field.get_default(call_default_factory=True, validated_data={})
        default = Field(default=value, description=field.description)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
