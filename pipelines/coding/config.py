"""Configuration of the coding pipeline: preset, YAML files and `key.path=value` overrides, checked before any work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from contextpairs.builders.coding.conditions import Condition
from contextpairs.builders.coding.facts import FactsOptions
from contextpairs.builders.coding.issue_similarity import SimilarityOptions
from contextpairs.data.endpoint.options import TRANSPORT
from contextpairs.data.sources.trajectories.partition import SourceOptions, TrajectorySource
from contextpairs.data.store.manifest import portable_uri
from contextpairs.data.store.settings import Settings
from contextpairs.filters.coding.budget import BudgetOptions
from contextpairs.filters.coding.contamination import ContaminationOptions
from contextpairs.filters.coding.duplicates import DuplicateOptions
from contextpairs.filters.coding.redaction import RedactionOptions
from contextpairs.filters.coding.shortcuts import AuditOptions
from contextpairs.filters.judge.options import JudgeOptions
from contextpairs.pipelines.run.build_options import EngineOptions, PairsConfig
from contextpairs.pipelines.run.config_files import ConfigError, load, merged, validated, yaml_file

PRESETS = Path(__file__).parent / "presets"
PATHS = (("source", "instances"), ("contamination", "evaluation_sets"), ("similarity", "model"), ("facts", "mirror"))
Preset = Literal["smith", "attempts", "outcome", "nearby"]


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


__all__ = ["CapsOptions", "CodingConfig", "ConfigError", "EngineOptions", "coding_config", "load_config"]


class CodingConfig(PairsConfig):
    """What builds a version of coding pairs. Every field has a default; together they build the embedded sample."""

    sources: list[str | TrajectorySource] = Field(default_factory=list)
    """Files, globs, folders, fsspec URLs, or `hf:owner/name` of trajectories, each alone or as
    `{path: ..., columns: {...}}` with fields of `source` that hold for it; without any, the embedded sample."""
    out: str = "out/coding"
    """Folder or fsspec URL of the store that the version is published in."""
    preset: Preset = "smith"
    """The cascade to start from: smith (the paper's), attempts, outcome, nearby."""
    cascade: list[Condition] = Field(default_factory=list, min_length=1, validate_default=True)
    """Conditions that two trajectories must meet; replaces the preset's."""
    pool: float = Field(default=2.5, ge=1.0)
    """Couples taken into masking per couple that the limit allows; the rest is never read again."""
    max_patch_chars: int = Field(default=12_000, ge=100)
    """Longest patch that may be an answer."""
    least_own_text: int = Field(default=500, ge=0)
    """Characters that the agent of a published trace says at least, commands included, marks left out. Of two runs of
    one task one agent must also say something of what only one patch holds. 0 asks neither."""
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

    @model_validator(mode="before")
    @classmethod
    def _over_preset(cls, given: Any) -> Any:
        """Start from the preset's fields; an unknown preset is left for the field's own check."""
        if not isinstance(given, dict):
            return given
        file = PRESETS / f"{given.get('preset', 'smith')}.yaml"
        return merged(yaml_file(file), given) if file.is_file() else given

    def content(self) -> dict[str, Any]:
        """The part that shapes the rows, for the manifest: neither places nor the engine; paths by their names."""
        content = self.model_dump(mode="json", exclude={"out": True, "engine": True, "storage": True, "sources": True,
                                                        "wait": True, "accept_shrink": True, "view": True,
                                                        "source": {"storage"},
                                                        "judge": TRANSPORT})  # fmt: skip
        content |= {"sources": own} if (own := self.own_readings()) else {}
        for section, name in PATHS:
            value = content[section][name]
            content[section][name] = (
                [portable_uri(v) for v in value] if isinstance(value, list) else portable_uri(value or "")
            )
        return content


def load_config(files: Sequence[Path] = (), overrides: Sequence[str] = ()) -> CodingConfig:
    """Merge preset, YAML files and overrides, later ones over earlier ones; see `config_files.load`."""
    return load(CodingConfig, files, overrides)


def coding_config(given: dict[str, Any]) -> CodingConfig:
    """Validate a configuration given as nested dicts, over the preset it names. Raises ConfigError."""
    return validated(CodingConfig, given)
