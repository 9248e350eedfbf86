"""From a version in a store to its page."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.filters.evidence.intervals import Z_95
from contextpairs.pipelines.probe.statistics import for_few_groups
from contextpairs.pipelines.view.against import Against, against
from contextpairs.pipelines.view.coding_couple import SEARCHED, coding_couple, searched
from contextpairs.pipelines.view.couples import ViewedCouple, couples_of, drawn_couples, with_contexts
from contextpairs.pipelines.view.misses import Misses, misses
from contextpairs.pipelines.view.packing import unpacked
from contextpairs.pipelines.view.page import page
from contextpairs.pipelines.view.rejected import rejected_examples
from contextpairs.pipelines.view.summary import SUBJECTS, WORDS, ViewTable, measure_of, summary
from contextpairs.pipelines.view.visible_text import visible

COUPLES = 500
"""Couples that a page holds unless more are asked for: 1,000 pairs."""
OF_THE_INDEX = 300
"""Characters of a text in the index."""
TITLE = 90
"""Characters of a couple's title."""


@dataclass(frozen=True, slots=True)
class ViewOptions:
    """What a page holds.

    Attributes:
        couples: how many at most.
        seed: which of them: another seed, another draw; and which row and letters the probe shows.
        probe: results of `contextpairs probe` whose misses are shown.
        against: version whose pairs are compared.
    """

    couples: int = COUPLES
    seed: int = 0
    probe: Path | None = None
    against: str | None = None


@dataclass(slots=True)
class PageCouples:
    """What the page holds of its couples, each list in the same order."""

    index: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    packed: list[str] = field(default_factory=list)


def view(store: Store, version: str, options: ViewOptions) -> str:
    """The page of a version.

    Args:
        store: that holds it.
        version: its name.
        options: what the page holds.

    Raises:
        VersionError: the version, or the one to compare with, is not there.
        FileNotFoundError: there is no such file of results.
        ValueError: the file holds no results of a probe.
        RuntimeError: image pairs, and Pillow is not installed.
    """
    manifest = store.manifest(version)
    missed = misses(options.probe) if options.probe else None
    changes = against(store, options.against, version) if options.against else None
    couples = couples_of(store, version)
    drawn = drawn_couples(couples, options.couples, options.seed)
    measure = measure_of(manifest.domain, couples)
    held = _page_couples(store, version, manifest, drawn, options.seed)
    for entry, each in zip(held.index, drawn, strict=True):
        entry["similarity"] = _figure(each.scores.get(measure))
        entry.update(_extra(each, missed, changes))
    tables = _tables(couples, measure, missed, changes)
    top = summary(manifest, version, couples, len(drawn), rejected_examples(store, version), tables)
    return page(top, _settings(manifest, version, drawn, missed, changes), held.index, held.texts, held.packed)


def written_view(store: Store, version: str) -> str:
    """The page of a version, written beside the versions with what pages hold by default; returns its path or URL."""
    return write_view(store, version, view(store, version, ViewOptions()), None)


def write_view(store: Store, version: str, text: str, to: Path | None) -> str:
    """Write a page beside the versions, or to a file; returns its path or URL."""
    content = text.encode("utf-8", "replace")
    if to:
        to.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(to, content)
        return str(to)
    name = f"views/{version}.html"
    store.storage.files.replace(name, content)
    return store.storage.files.path(name)


def _page_couples(
    store: Store, version: str, manifest: Manifest, drawn: Sequence[ViewedCouple], seed: int
) -> PageCouples:
    held = PageCouples()
    for couple, first, second in with_contexts(store, version, drawn):
        packed = _packed(manifest, first, second)
        held.packed.append(packed)
        held.index.append(_entry(couple, seed) | {"whole": bool(unpacked(packed)["whole"])})
        held.texts.append(_searched(manifest, couple, first))
    return held


def _packed(manifest: Manifest, first: Mapping[str, Any], second: Mapping[str, Any]) -> str:
    if manifest.domain == "coding":
        return coding_couple(first, second)
    from contextpairs.pipelines.view.image_couple import image_couple

    verify = (manifest.configuration.get("editing") or {}).get("verify") or {}
    return image_couple(first, second, verify.get("pixels") or {})


def _searched(manifest: Manifest, couple: ViewedCouple, first: Mapping[str, Any]) -> str:
    said = " ".join(text[:SEARCHED] for text in (first["query"], *(row["answer"] for row in couple.rows)))
    return visible(f"{said} {searched(first)}" if manifest.domain == "coding" else said).lower()


def _entry(couple: ViewedCouple, seed: int) -> dict[str, Any]:
    first, second = couple.rows
    coin = hashlib.sha256(f"{seed}:{couple.pair_id}:probe".encode()).digest()[0]
    return {
        "id": couple.pair_id,
        "mirror": second["pair_id"],
        "group": _text(first["group_id"]),
        "split": couple.split,
        "strategy": first["strategy"],
        "subject": _text(couple.subject),
        "title": _title(couple),
        "scores": {_text(name): _figure(value) for name, value in couple.scores.items()},
        "sources": _sources(first),
        "coin": [coin & 1, coin >> 1 & 1],
    }


def _title(couple: ViewedCouple) -> str:
    first = couple.rows[0]
    said = first["group_id"].split("::", 1)[-1] if first["strategy"] == "trajectory" else first["query"]
    line = " ".join(_text(said).split())
    return line if len(line) <= TITLE else f"{line[:TITLE]}…"


def _sources(row: Mapping[str, Any]) -> str:
    provenance = json.loads(row["provenance"])
    sides = [provenance.get(name) or {} for name in ("positive", "negative")]
    return _text("; ".join(f"{side['source']}, row {side.get('row', '?')}" for side in sides if side.get("source")))


def _extra(couple: ViewedCouple, missed: Misses | None, changes: Against | None) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    if missed and (found := missed.of(couple)):
        extra["missed"], extra["asked"] = found
    if changes:
        extra["change"] = changes.of(couple)
    return extra


def _tables(
    couples: Sequence[ViewedCouple], measure: str, missed: Misses | None, changes: Against | None
) -> list[tuple[str, ViewTable]]:
    tables = []
    if missed:
        tables.append((f"What {_text(missed.model)} missed", missed.by_measure(couples, measure)))
    if changes:
        tables.append((f"Since {changes.version}", changes.table()))
    return tables


def _settings(
    manifest: Manifest, version: str, drawn: Sequence[ViewedCouple], missed: Misses | None, changes: Against | None
) -> dict[str, Any]:
    groups = len({each.rows[0]["group_id"] for each in drawn})
    return {
        "store": f"contextpairs:{manifest.content}:{version}",
        "suffix": PromptOptions().suffix,
        "subject": SUBJECTS[manifest.domain],
        "words": WORDS,
        "models": ", ".join(_text(f"{model.role} {model.in_words()}") for model in manifest.models),
        "z": Z_95,
        "few_groups": [for_few_groups(count) for count in range(1, groups + 1)],
        "flags": [name for name, given in (("missed", missed), ("new", changes)) if given],
    }


def _figure(value: Any) -> Any:
    """A value as JSON has it, numbers that are none as text."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, (int, bool)) else _text(str(value))


def _text(text: str) -> str:
    return visible(text if len(text) <= OF_THE_INDEX else f"{text[:OF_THE_INDEX]}…")
