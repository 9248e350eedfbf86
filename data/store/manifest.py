"""The manifest of a version: what is in it, what it was made from, what was lost on the way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import (
    Field,
    NonNegativeInt,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from contextpairs.data.pairs.mask_revision import old_mask
from contextpairs.data.sources.files.safe_text import REDACTED, SECRET_NAME
from contextpairs.data.store.sealed import Seal
from contextpairs.data.store.settings import Settings

MANIFEST_NAME = "manifest.json"
URL_SECRET = re.compile(r"(?<=://)[^/@\s]*@|[?#]\S*$")


def portable_uri(uri: str) -> str:
    """What of a uri may be published: the name of an absolute local path, a URL without what may be secret."""
    if uri.startswith(("/", "file:")):
        return uri.rstrip("/").rpartition("/")[2]
    return URL_SECRET.sub("", uri) if "://" in uri else uri


class SourceUse(Settings):
    """An input of the build."""

    uri: str
    """Where it was read. Absolute local paths are reduced to the file's name, URLs to what is no secret."""
    fingerprint: str
    """Hash of its content, or the storage's own tag: this identifies the input, not the uri."""
    rows: NonNegativeInt
    """Rows read from it."""

    @field_validator("uri")
    @classmethod
    def _without_machine(cls, uri: str) -> str:
        return portable_uri(uri)


class ModelUse(Settings):
    """A model that the rows were made with."""

    role: Literal["encoder", "editor"]
    """What it did."""
    name: str
    """As it was named; of an absolute local path the last part."""
    revision: str | None = None
    """Its revision, or which weights a named architecture has."""
    demonstration: bool = False
    """Whether it is one of the small embedded models, which know rendered scenes alone."""

    def in_words(self) -> str:
        """Its name, its revision, and that it is a demonstration model."""
        said = (self.revision, "demonstration" if self.demonstration else None)
        details = ", ".join(filter(None, said))
        return f"{self.name} ({details})" if details else self.name


class NearnessScale(Settings):
    """Where the nearness of image couples is 0 and 1, as cosines of the build's encoder."""

    random: float
    """Median of random couples of the whole set: 0."""
    same: float
    """Median of pictures and themselves, cropped, shifted and recompressed: 1."""
    pictures: NonNegativeInt
    """How many were altered, drawn by seed from their ids."""
    quartiles: tuple[float, float, float]
    """Of the nearness of the couples that were retrieved and published."""


class FunnelStage(Settings):
    """One stage of the funnel. What goes in comes out, is rejected with a reason, or is owed: exactly."""

    stage: str
    """Name of the stage."""
    unit: Literal["trajectories", "instances", "images", "questions", "edits", "couples", "rows"]
    """What is counted, before and after alike."""
    rows_in: NonNegativeInt
    """How many entered."""
    rows_out: NonNegativeInt
    """How many were kept."""
    reasons: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """How many were rejected, by reason."""
    owed: NonNegativeInt = 0
    """How many failed and are to be done again: neither kept nor rejected."""

    @model_validator(mode="after")
    def _adds_up(self) -> FunnelStage:
        lost = sum(self.reasons.values()) + self.owed
        if self.rows_in != self.rows_out + lost:
            raise ValueError(
                f"stage {self.stage!r}: {self.rows_in} {self.unit} in, {self.rows_out} out, {lost} rejected or "
                "owed; expected them to add up: count every drop with a reason"
            )
        return self


class AuditFigure(Settings):
    """How often a baseline that must not succeed picks the positive."""

    name: str
    """What the baseline looks at."""
    split: str
    """The split it was measured on."""
    accuracy: float = Field(ge=0, le=1)
    """Share of pairs it picks right; 0.5 is chance."""
    low: float = Field(ge=0, le=1)
    """Lower end of the 95 % interval."""
    high: float = Field(ge=0, le=1)
    """Upper end of the 95 % interval."""
    n: NonNegativeInt
    """Pairs measured."""


class Manifest(Seal):
    """What a builder knows of a version, and, from `rows` on, what publishing it adds."""

    domain: Literal["coding", "images"]
    """Which row form; also the name of the configuration for `datasets`."""
    title: str = "Contrastive context pairs"
    """Heading of the dataset card."""
    configuration: dict[str, Any] = Field(default_factory=dict)
    """The settings of the build. Values of fields named as secrets are redacted."""
    sources: tuple[SourceUse, ...] = ()
    """Every input."""
    code_version: str = ""
    """Hash or revision of the code that built the rows."""
    mask_revision: int | None = None
    """Revision of the mask that its traces passed; None where nothing is masked, and in versions older than this."""
    funnel: tuple[FunnelStage, ...] = ()
    """The stages in their order."""
    audit: tuple[AuditFigure, ...] = ()
    """Baselines that see less than the whole pair."""
    contamination: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Hits on evaluation sets by rule; empty where nothing was checked."""
    judge: str | None = None
    """Model and prompt of the judge; None where deterministic filters stood alone."""
    models: tuple[ModelUse, ...] = ()
    """Encoder and editor of image pairs; empty where there is none, and in versions older than this."""
    nearness: NearnessScale | None = None
    """The scale of `scores.nearness`; None where it was not measured, and in versions older than this."""
    licenses: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Rows by licence of their source."""
    notes: tuple[str, ...] = ()
    """Known limits, in sentences."""

    rows: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Rows by split. Filled when published."""
    schema_fingerprint: str = ""
    """Hash of names and types of the columns. Filled when published."""
    content: str = ""
    """Hash of all rows in order; versions of equal content say the same. Filled when published."""
    location: str = "."
    """Folder of the files, relative to this file's. Filled when published."""

    parent: str | None = None
    """The newest version that could be read when this one was published; None for the first, and in versions older than
    this. Filled when published."""

    not_digested: ClassVar[Mapping[str, Any]] = {"digest": "", "location": ".", "parent": None}

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without a mask revision, models, nearness, parent that are absent: older versions keep their digests."""
        dumped: dict[str, Any] = handler(self)
        absent = {
            "mask_revision": self.mask_revision is None,
            "models": not self.models,
            "nearness": self.nearness is None,
            "parent": self.parent is None,
        }
        return {name: value for name, value in dumped.items() if not absent.get(name)}

    def old_mask(self, version: str) -> str | None:
        """The warning of a version whose mask is older than this code's, or None."""
        return old_mask(self.domain, self.mask_revision, version)

    @field_validator("configuration")
    @classmethod
    def _without_secrets(cls, configuration: dict[str, Any]) -> dict[str, Any]:
        redacted: dict[str, Any] = _redact(configuration)
        return redacted


def _redact(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact(item) for item in value]
    return REDACTED if isinstance(value, str) and SECRET_NAME.search(name) else value
