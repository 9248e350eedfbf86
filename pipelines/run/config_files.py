"""Configurations from YAML files and `key.path=value` overrides, checked before any work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from contextpairs.data.sources.files.safe_text import without_secrets

Model = TypeVar("Model", bound=BaseModel)


class ConfigError(ValueError):
    """A configuration that cannot be built; the message names the field, what was given and what is expected."""

    def __init__(self, message: str) -> None:
        """Args: message: for a person; credentials of URLs in it are left out."""
        super().__init__(without_secrets(message))


def load(
    model: type[Model],
    files: Sequence[Path] = (),
    overrides: Sequence[str] = (),
    fields: Mapping[str, Any] | None = None,
    base: Mapping[str, Any] | None = None,
) -> Model:
    """Merge a base, YAML files, overrides and fields, later ones over earlier ones.

    Args:
        model: the configuration.
        files: YAML files of its fields.
        overrides: `key.path=value`, the value read as YAML.
        fields: values by `key.path`.
        base: nested fields to start from.

    Raises:
        ConfigError: naming file or field, what was given and what is expected.
    """
    given: dict[str, Any] = dict(base or {})
    for file in files:
        given = merged(given, yaml_file(file))
    for override in overrides:
        given = merged(given, override_of(override))
    for key, value in (fields or {}).items():
        given = merged(given, _nested(key, value))
    return validated(model, given)


def validated(model: type[Model], given: dict[str, Any]) -> Model:
    """Validate a configuration given as nested dicts. Raises ConfigError."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        names: Mapping[str, str] = getattr(model, "elsewhere", {})
        raise ConfigError("\n".join(_explained(each, names) for each in error.errors())) from None


def _explained(error: Any, elsewhere: Mapping[str, str]) -> str:
    path = ".".join(str(part) for part in error["loc"]) or "configuration"
    if error["type"] == "extra_forbidden":
        meant = f"here it is {elsewhere[path]}; " if path in elsewhere else ""
        return f"{path}: there is no such field; {meant}`contextpairs config` lists them all"
    given = repr(error["input"])
    return f"{path}: {error['msg']}; given was {given[:200]}"


def yaml_file(path: Path) -> dict[str, Any]:
    """The fields of a YAML file. Raises ConfigError."""
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path}: expected fields with values, found {type(loaded).__name__}")
    return loaded


def override_of(text: str) -> dict[str, Any]:
    """The nested field of `key.path=value`, the value read as YAML. Raises ConfigError."""
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise ConfigError(f"{text!r}: expected key=value, for example limit=200 or caps.trajectory=2")
    try:
        read = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"{key}: the value is not valid YAML: {error}") from None
    return _nested(key, read if value else "")


def _nested(key: str, value: Any) -> dict[str, Any]:
    first, *rest = key.split(".", 1)
    return {first: _nested(rest[0], value) if rest else value}


def merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Nested fields of `base` with those of `over` in their place."""
    result = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both else value
    return result
