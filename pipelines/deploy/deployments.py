"""Which deployments there are, and with which parameters: those of `prefect.yaml`, and what is given over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from contextpairs.data.store.credentials import credentials_in
from contextpairs.pipelines.run.config_files import ConfigError, merged, override_of, yaml_file

FILE = "prefect.yaml"
PACKAGED = Path(__file__).parents[2] / FILE
"""The deployments as they are shipped."""
NEEDED = {"refresh-image-pairs": ("retrieval", "model")}
"""Parameters without which a deployment would run night after night for nothing."""


def deployments(file: Path, given: Iterable[str], without: Sequence[str] = ()) -> dict[str, Any]:
    """A file of deployments with parameters given over its own.

    Args:
        file: as `prefect.yaml`.
        given: `deployment.key.path=value`, the value read as YAML.
        without: names of deployments to leave out.

    Raises:
        ConfigError: no such deployment, a credential, or a parameter that is needed is not given.
    """
    content = yaml_file(file)
    named = {str(each["name"]): each for each in content.get("deployments", [])}
    over = _by_deployment(given)
    for name in [*over, *without]:
        if name not in named:
            raise ConfigError(f"{name}: there is no such deployment; there are {', '.join(named)}")
    kept = [
        {**each, "parameters": for_the_form(merged(each.get("parameters") or {}, over.get(name, {})))}
        for name, each in named.items()
        if name not in without
    ]
    for each in kept:
        _check(each["name"], each["parameters"])
    return {**content, "deployments": kept}


def for_the_form(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as the schema of a flow takes them: a list, where a command of ours takes one source as well."""
    sources = fields.get("sources")
    return {**fields, "sources": [sources]} if isinstance(sources, (str, dict)) else dict(fields)


def refuse_credentials(fields: Mapping[str, Any]) -> None:
    """Check parameters that are about to be stored by a server. Raises ConfigError, which never holds the value."""
    for place in credentials_in(fields):
        raise ConfigError(
            f"{place}: this is a credential, and what a run is given is stored and shown. Give it where the work runs: "
            "in the environment (AWS_SECRET_ACCESS_KEY and the like, the variable that api_key_env names) or in "
            "fsspec's own configuration"
        )


def _by_deployment(given: Iterable[str]) -> dict[str, Any]:
    over: dict[str, Any] = {}
    for text in given:
        over = merged(over, override_of(text))
    for name, fields in over.items():
        if not isinstance(fields, dict):
            raise ConfigError(f"{name}: expected deployment.key=value, such as refresh-coding-pairs.limit=200")
    return over


def _check(name: str, parameters: Mapping[str, Any]) -> None:
    refuse_credentials(parameters)
    if name in NEEDED:
        group, field = NEEDED[name]
        if not (parameters.get(group) or {}).get(field):
            raise ConfigError(
                f"{name}: no {group}.{field}, so its pictures could not be told apart. Name an encoder "
                f"({name}.{group}.{field}=/models/clip), or leave it out (--without {name})"
            )
