"""Configuration of the coding pipeline: preset, YAML files and `key.path=value` overrides, checked before any work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from builders.conditions import Condition
from builders.facts import FactsOptions
from builders.similarity import SimilarityOptions
from data.manifest import portable_uri
from data.settings import Settings
from data.sources.options import SourceOptions
from filters.budget import BudgetOptions
from filters.contamination import ContaminationOptions
from filters.duplicates import DuplicateOptions
from filters.judge import JudgeOptions
from filters.redaction import RedactionOptions
from filters.shortcuts import AuditOptions

PRESETS = Path(__file__).parent / "presets"
PATHS = (("source", "instances"), ("contamination", "evaluation_sets"), ("similarity", "model"), ("facts", "mirror"))
Preset = Literal["smith", "attempts", "outcome", "nearby"]


class ConfigError(ValueError):
    """A configuration that cannot be built; the message names the field, what was given and what is expected."""


class CapsOptions(Settings):
    """In how many published couples one thing may occur, so that nothing dominates. None is no cap."""

    trajectory: int | None = Field(default=4, ge=1)
    """Couples that one trajectory may stand in."""
    instance: int | None = Field(default=12, ge=1)
    """Couples of runs on one instance."""
    function: int | None = Field(default=20, ge=1)
    """Couples of one function of the code (a group)."""
    repository: int | None = Field(default=None, ge=1)
    """Couples of one repository."""


class EngineOptions(Settings):
    """Where the work runs. It never changes what comes out."""

    kind: Literal["processes", "threads", "dask", "ray"] = "processes"
    """`dask` and `ray` run through Prefect's task runners and need the extra of that name."""
    workers: int = Field(default=2, ge=1)
    """Processes or threads on this machine, or workers of a cluster started for the run."""
    address: str | None = None
    """Scheduler of a running Dask or Ray cluster; without it one is started on this machine."""
    work_dir: str | None = None
    """URL of stage outputs, seen by every worker. Default: `.work` in `out`; `.contextpairs` here if that is a URL."""


class CodingConfig(Settings):
    """What builds a version of coding pairs. Every field has a default; together they build the embedded sample."""

    sources: list[str] = Field(default_factory=list)
    """Files, globs, folders, fsspec URLs, or `hf:owner/name` of trajectories; without any, the embedded sample."""
    out: str = "out/coding"
    """Folder or fsspec URL of the store that the version is published in."""
    preset: Preset = "smith"
    """The cascade to start from: smith (the paper's), attempts, outcome, nearby."""
    cascade: list[Condition] = Field(default_factory=list, min_length=1, validate_default=True)
    """Conditions that two trajectories must meet; replaces the preset's."""
    limit: int | None = Field(default=1000, ge=2)
    """Pairs to publish at most (a couple gives two, mirrored); None publishes all that pass."""
    pool: float = Field(default=2.5, ge=1.0)
    """Couples taken into masking per couple that the limit allows; the rest is never read again."""
    probe_share: float = Field(default=0.1, ge=0.0, le=0.9)
    """Share of groups held out in the probe split."""
    max_patch_chars: int = Field(default=12_000, ge=100)
    """Longest patch that may be an answer."""
    source: SourceOptions = SourceOptions()
    """How sources are read: column mapping, instances table, storage options."""
    facts: FactsOptions = FactsOptions()
    """How facts are taken from a trajectory."""
    similarity: SimilarityOptions = SimilarityOptions()
    """How issue texts are compared."""
    contamination: ContaminationOptions = ContaminationOptions()
    """Evaluation sets that must not enter; on by default."""
    redaction: RedactionOptions = RedactionOptions()
    """Secrets and personal data that are replaced in contexts and answers."""
    duplicates: DuplicateOptions = DuplicateOptions()
    """When two traces are the same run."""
    budget: BudgetOptions = BudgetOptions()
    """Longest prompt, and what happens to a longer one."""
    caps: CapsOptions = CapsOptions()
    """How often one thing may occur."""
    audit: AuditOptions = AuditOptions()
    """What the shortcut audit demands."""
    judge: JudgeOptions | None = None
    """An OpenAI-compatible endpoint that judges pairs; without it the deterministic filters stand alone."""
    engine: EngineOptions = EngineOptions()
    """Where the work runs."""
    storage: dict[str, Any] = Field(default_factory=dict)
    """fsspec options of the store, such as {endpoint_url: ...} for s3."""

    @model_validator(mode="before")
    @classmethod
    def _over_preset(cls, given: Any) -> Any:
        """Start from the preset's fields; an unknown preset is left for the field's own check."""
        if not isinstance(given, dict):
            return given
        file = PRESETS / f"{given.get('preset', 'smith')}.yaml"
        return _merged(_yaml_file(file), given) if file.is_file() else given

    @property
    def work_dir(self) -> str:
        """URL of the stage outputs."""
        if self.engine.work_dir:
            return self.engine.work_dir
        return f"{self.out.rstrip('/')}/.work" if "://" not in self.out else ".contextpairs"

    def content(self) -> dict[str, Any]:
        """The part that shapes the rows, for the manifest: neither places nor the engine; paths by their names."""
        content = self.model_dump(mode="json", exclude={"out": True, "engine": True, "storage": True, "sources": True,
                                                        "source": {"storage"}})  # fmt: skip
        for section, name in PATHS:
            value = content[section][name]
            content[section][name] = (
                [portable_uri(v) for v in value] if isinstance(value, list) else portable_uri(value or "")
            )
        return content


def load_config(files: Sequence[Path] = (), overrides: Sequence[str] = ()) -> CodingConfig:
    """Merge preset, YAML files and overrides, later ones over earlier ones.

    Args:
        files: YAML files of CodingConfig's fields.
        overrides: `key.path=value`, the value read as YAML.

    Raises:
        ConfigError: naming file or field, what was given and what is expected.
    """
    given: dict[str, Any] = {}
    for file in files:
        given = _merged(given, _yaml_file(file))
    for override in overrides:
        given = _merged(given, _override(override))
    return coding_config(given)


def coding_config(given: dict[str, Any]) -> CodingConfig:
    """Validate a configuration given as nested dicts, over the preset it names. Raises ConfigError."""
    try:
        return CodingConfig.model_validate(given)
    except ValidationError as error:
        raise ConfigError("\n".join(_explained(each) for each in error.errors())) from None


def _explained(error: Any) -> str:
    path = ".".join(str(part) for part in error["loc"]) or "configuration"
    if error["type"] == "extra_forbidden":
        return f"{path}: there is no such field; `contextpairs config` lists them all"
    given = repr(error["input"])
    return f"{path}: {error['msg']}; given was {given[:200]}"


def _yaml_file(path: Path) -> dict[str, Any]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not valid YAML: {error}") from None
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path}: expected fields with values, found {type(loaded).__name__}")
    return loaded


def _override(text: str) -> dict[str, Any]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise ConfigError(f"{text!r}: expected key=value, for example limit=200 or caps.trajectory=2")
    try:
        nested: Any = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"{key}: the value is not valid YAML: {error}") from None
    if nested == "" or (nested is None and not value):
        nested = ""
    if key == "sources" and isinstance(nested, str):
        nested = [nested]
    for part in reversed(key.split(".")):
        nested = {part: nested}
    assert isinstance(nested, dict)
    return nested


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
