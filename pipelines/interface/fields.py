"""The fields of a configuration as a call gives them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pydantic import BaseModel

from contextpairs.pipelines.run.config_files import load

Files: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""One YAML file or several, later ones over earlier ones."""
Model = TypeVar("Model", bound=BaseModel)


def given(model: type[Model], files: Files, overrides: Sequence[str], fields: Mapping[str, Any]) -> Model:
    """The configuration that a call gives: files, then `key=value` texts, then keywords, later ones over earlier ones.

    Args:
        model: of the configuration.
        files: YAML files of its fields.
        overrides: as on the command line, `caps.trajectory=2`.
        fields: values by name, nested as mappings or by dots in the name; paths as strings or path objects.

    Raises:
        ConfigError: naming file or field, what was given and what is expected.
    """
    several = [files] if isinstance(files, (str, os.PathLike)) else files
    return load(model, [Path(file) for file in several], overrides, {name: _plain(of) for name, of in fields.items()})


def _plain(value: Any) -> Any:
    """A value as YAML would give it: paths as texts."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value
