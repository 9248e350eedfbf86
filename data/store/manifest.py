"""The manifest of a version: what is in it, what it was made from, what was lost on the way.

It holds no time, host or path of the machine that wrote it, so equal inputs give equal bytes.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Literal

from pydantic import Field, NonNegativeInt, ValidationError, field_validator, model_validator

from contextpairs.data.store.settings import Settings

FORMAT: Literal[1] = 1
MANIFEST_NAME = "manifest.json"
SECRET_NAME = re.compile(r"^key$|(^|_)(secret|token|password|passwd|(api|access|account)_key|credentials?)$", re.I)
URL_SECRET = re.compile(r"(?<=://)[^/@\s]*@|[?#]\S*$")
REDACTED = "[redacted]"


class ManifestError(ValueError):
    """A manifest that cannot be read."""


def portable_uri(uri: str) -> str:
    """What of a uri may be published: the name of an absolute local path, a URL without what may be secret."""
    if uri.startswith(("/", "file:")):
        return uri.rstrip("/").rpartition("/")[2]
    return URL_SECRET.sub("", uri) if "://" in uri else uri


class StoredFile(Settings):
    """One file of a version."""

    path: str
    """Relative to the version's folder, with forward slashes."""
    bytes: NonNegativeInt
    """Size of the file."""
    sha256: str
    """64 hex digits."""
    rows: NonNegativeInt | None = None
    """Rows of a Parquet file; None for others."""


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


class Manifest(Settings):
    """What a builder knows of a version, and, from `rows` on, what publishing it adds."""

    format: Literal[1] = FORMAT
    """Version of this file's form."""
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
    funnel: tuple[FunnelStage, ...] = ()
    """The stages in their order."""
    audit: tuple[AuditFigure, ...] = ()
    """Baselines that see less than the whole pair."""
    contamination: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Hits on evaluation sets by rule; empty where nothing was checked."""
    judge: str | None = None
    """Model and prompt of the judge; None where deterministic filters stood alone."""
    licenses: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Rows by licence of their source."""
    notes: tuple[str, ...] = ()
    """Known limits, in sentences."""

    rows: dict[str, NonNegativeInt] = Field(default_factory=dict)
    """Rows by split. Filled when published."""
    files: tuple[StoredFile, ...] = ()
    """Every file but this one, by path. Filled when published."""
    schema_fingerprint: str = ""
    """Hash of names and types of the columns. Filled when published."""
    content: str = ""
    """Hash of all rows in order; versions of equal content say the same. Filled when published."""
    location: str = "."
    """Folder of the files, relative to this file's. Filled when published."""
    digest: str = ""
    """sha256 of this file with `digest` empty and `location` at its default. Filled when published."""

    @field_validator("configuration")
    @classmethod
    def _without_secrets(cls, configuration: dict[str, Any]) -> dict[str, Any]:
        redacted: dict[str, Any] = _redact(configuration)
        return redacted

    def to_bytes(self) -> bytes:
        """The file: JSON with sorted keys, UTF-8, one final newline."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
        return (text + "\n").encode()

    def sealed(self) -> Manifest:
        """The same with its digest."""
        return self.model_copy(update={"digest": self._own_digest()})

    def is_intact(self) -> bool:
        """Whether the digest is that of the content."""
        return self.digest == self._own_digest()

    def _own_digest(self) -> str:
        return hashlib.sha256(self.model_copy(update={"digest": "", "location": "."}).to_bytes()).hexdigest()


def parse_manifest(payload: bytes, path: str) -> Manifest:
    """Read a manifest.

    Raises:
        ManifestError: names the file and what is wrong with it.
    """
    try:
        return Manifest.model_validate_json(payload)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ManifestError(
            f"{path}: {field}: {first['msg']}; expected a manifest of format {FORMAT}: it was altered, or written by "
            "another release of this project"
        ) from error


def _redact(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_redact(item) for item in value]
    return REDACTED if isinstance(value, str) and SECRET_NAME.search(name) else value
