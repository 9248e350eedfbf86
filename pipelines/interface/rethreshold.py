"""Other thresholds after the fact: a version chosen anew from what is kept of its build."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from contextpairs.pipelines.interface.results import BuildResult
from contextpairs.pipelines.run.reporting import Reporter

if TYPE_CHECKING:
    from contextpairs.data.store.run_records import RunRecord
    from contextpairs.data.store.store import Store
    from contextpairs.pipelines.run.build_options import BuildConfig


def rethreshold(
    store: str | os.PathLike[str],
    *overrides: str,
    version: str = "latest",
    reporter: Reporter | None = None,
    storage: Mapping[str, Any] | None = None,
    **fields: Any,
) -> BuildResult:
    """Build a version anew with other thresholds, over its kept stage outputs and without any model.

        contextpairs.rethreshold("out/mine", "audit.max_accuracy=0.53")
        contextpairs.rethreshold("out/mine", caps={"trajectory": 2}, version="v000003")

    It is `build` with the settings and sources of the run that made the version, and what is given here over them, and
    gives the same bytes; the audit runs again.

    Args:
        store: folder or URL.
        overrides: fields as on the command line, `key.path=value`; keywords go over them.
        version: whose settings are taken.
        reporter: told of progress; without one, nothing is shown.
        storage: fsspec options of the store.
        fields: of the configuration, which `contextpairs config` lists with what they mean.

    Returns:
        As of `build_coding` and `build_images`.

    Raises:
        ConfigError: a bad value; it names the field.
        LookupError: no such version, or no record of the run that made it.
        NotKept: an output, a model or a judge's reply would be needed that is not kept; it names stage and number.
        NothingToPublish: no pair survived.
    """
    from contextpairs.data.store.store import Store
    from contextpairs.pipelines.interface.jobs import built
    from contextpairs.pipelines.run.build import StillOwed
    from contextpairs.pipelines.run.config_files import load
    from contextpairs.pipelines.run.kept import NotKept, kept_mapper

    opened = Store(os.fspath(store), storage)
    record = _record(opened, opened.resolved(version))
    model, build = _job(record)
    over = {"out": os.fspath(store), **({"storage": dict(storage)} if storage else {}), **fields}
    config = load(model, [], overrides, over, base=record.configuration)
    _check_no_secret_is_lacking(config)
    _check_no_model_is_loaded(config)
    try:
        return built(_asking_nobody(config), build, reporter, kept_mapper)
    except StillOwed as error:
        raise NotKept(f"a model would have to be asked: {error}") from None


def _record(store: Store, version: str) -> RunRecord:
    """The record of the run that made a version."""
    from contextpairs.data.store.run_records import run_records

    of_version = (each for each in run_records(store) if each.version == version)
    found = next((each for each in of_version if each.outcome == "published"), None)
    if found is None:
        raise LookupError(f"{version}: there is no record of the run that made it, so its sources are not known")
    return found


def _job(record: RunRecord) -> tuple[type[BuildConfig], Callable[..., Any]]:
    """Configuration and build of a domain; the other wing is not loaded."""
    if record.domain == "coding":
        from contextpairs.pipelines.coding.build import build_coding
        from contextpairs.pipelines.coding.config import CodingConfig

        return CodingConfig, build_coding
    from contextpairs.pipelines.images.build import build_images
    from contextpairs.pipelines.images.config import ImagesConfig

    return ImagesConfig, build_images


def _check_no_secret_is_lacking(config: BuildConfig) -> None:
    """Raises ConfigError where a record left a value out that is needed."""
    from contextpairs.data.sources.files.safe_text import REDACTED
    from contextpairs.pipelines.run.config_files import ConfigError

    for name, value in _flat(config.model_dump(mode="json")):
        if value == REDACTED:
            raise ConfigError(f"{name}: the record of a run keeps no secrets; give it again, {name}=...")


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _flat(each, f"{name}.{key}" if name else key)
    else:
        yield name, value


def _check_no_model_is_loaded(config: Any) -> None:
    """Raises NotKept where a build loads a model whatever is kept of it."""
    from contextpairs.pipelines.run.kept import NotKept

    if hasattr(config, "cascade"):
        compares = any(condition.issue_similarity for condition in config.cascade)
        if compares and config.similarity.method == "embedding":
            raise NotKept("stage pairing: similarity.method=embedding runs its model over every issue: build again")
        return
    from contextpairs.builders.images.encoder.encoder_files import fingerprints
    from contextpairs.pipelines.images.build_models import with_models

    options = with_models(config).retrieval_encoder()
    if fingerprints(options.model, options.pretrained) is None:
        raise NotKept(f"stage encoder: {options.model} is loaded once in every build, for its files are not known")


def _asking_nobody(config: Any) -> Any:
    """The configuration by which models behind endpoints are not asked: what they said before is kept."""
    spared = _spared(config, "judge")
    if not hasattr(config, "editing"):
        return spared
    return spared.model_copy(update={"editing": _spared(_spared(config.editing, "proposer"), "judge")})


def _spared(section: Any, name: str) -> Any:
    asked = getattr(section, name)
    return section if asked is None else section.model_copy(update={name: asked.model_copy(update={"max_requests": 0})})
