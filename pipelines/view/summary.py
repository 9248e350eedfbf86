"""What stands on top of the page: what the version is, funnel with examples, audit, how its couples are spread."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from contextpairs.data.store.manifest import AuditFigure, FunnelStage, Manifest
from contextpairs.pipelines.view.charts import bars, histogram
from contextpairs.pipelines.view.couples import ViewedCouple
from contextpairs.pipelines.view.rejected import RejectedExample
from contextpairs.pipelines.view.visible_text import short_lines, visible

MEASURES = {"coding": ("context_similarity",), "images": ("nearness", "cosine")}
"""By which measure couples are filtered and plotted first, by domain: the first that is there."""
SUBJECTS = {"coding": "repository", "images": "domain"}
WORDS = {
    "context_similarity": "similarity of the traces",
    "issue_similarity": "similarity of the issues",
    "patch_similarity": "similarity of the patches",
    "nearness": "nearness",
    "cosine": "cosine of the pictures",
    "phash_distance": "distance of perceptual hashes",
    "thumbnail_difference": "difference of thumbnails",
    "changed": "share of pixels that changed",
    "scattered": "share of changes outside of places",
    "spread": "share of cells that changed",
    "box": "share of the picture around the changes",
    "places": "places that changed",
    "greatest": "greatest difference of a channel",
    "noise": "mean error of what was to stay",
    "shift": "shift of what was to stay",
    "contrast": "contrast of the edited picture",
    "displaced": "difference that a slip explains",
    "displacement": "slip of the picture",
    "flip_margin": "new answer over the best other, edited",
    "flip_over_old": "new answer over the old, edited",
    "original_margin": "old answer over the best other, original",
    "original_over_new": "old answer over the new, original",
    "others": "other questions looked at",
    "others_unread": "other questions that are not read off",
    "others_margin": "least margin of another question",
    "attempt": "edits tried before this one",
    "rank": "rank among neighbours",
}
"""Measures in words."""
PLOTTED = (
    "context_similarity", "issue_similarity", "patch_similarity", "nearness", "cosine", "phash_distance",
    "thumbnail_difference", "changed", "flip_margin",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ViewTable:
    """A table of text."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class DroppedFor:
    """Rows that a stage dropped for one reason, with an example."""

    reason: str
    count: str
    example: str


@dataclass(frozen=True, slots=True)
class FunnelLine:
    """A stage of the funnel, in words."""

    stage: str
    unit: str
    rows_in: str
    rows_out: str
    dropped: tuple[DroppedFor, ...]


@dataclass(frozen=True, slots=True)
class ViewSummary:
    """The top of the page. Texts are fit to be looked at; the template escapes them."""

    title: str
    version: str
    held: str
    subject: str
    measure: str
    facts: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    funnel: tuple[FunnelLine, ...]
    audit: tuple[AuditFigure, ...]
    plots: tuple[Markup, ...]
    notes: tuple[str, ...]
    rejected: tuple[RejectedExample, ...]
    tables: tuple[tuple[str, ViewTable], ...] = field(default=())


def summary(
    manifest: Manifest,
    version: str,
    couples: Sequence[ViewedCouple],
    held: int,
    rejected: Sequence[RejectedExample],
    tables: Sequence[tuple[str, ViewTable]] = (),
) -> ViewSummary:
    """The top of the page.

    Args:
        manifest: of the version.
        version: its name.
        couples: all of the version.
        held: how many of them the page holds.
        rejected: examples of what was dropped.
        tables: what else is to be told, each under a heading.
    """
    whole = f"This page holds all {held:,} of the version."
    part = f"This page holds {held:,} of the version's {len(couples):,}, drawn by seed; the figures are of all."
    measure = measure_of(manifest.domain, couples)
    examples = [RejectedExample(*map(_shown, each)) for each in rejected]
    return ViewSummary(
        title=_shown(manifest.title),
        version=version,
        held=whole if held == len(couples) else part,
        subject=SUBJECTS[manifest.domain],
        measure=WORDS.get(measure, measure),
        facts=tuple((name, _shown(value)) for name, value in _facts(manifest)),
        warnings=tuple(_warnings(manifest, version)),
        funnel=tuple(_line(stage, examples) for stage in manifest.funnel),
        audit=tuple(sorted(manifest.audit, key=lambda figure: figure.split, reverse=True)),
        plots=tuple(_plots(manifest.domain, couples)),
        notes=tuple(map(_shown, manifest.notes)),
        rejected=tuple(examples),
        tables=tuple(tables),
    )


def measure_of(domain: str, couples: Sequence[ViewedCouple]) -> str:
    """Name of the measure by which couples are as like as they are; empty where none was taken."""
    return next((name for name in MEASURES[domain] if any(name in each.scores for each in couples)), "")


def _facts(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "pairs", ", ".join(f"{rows:,} {split}" for split, rows in sorted(manifest.rows.items(), reverse=True))
    yield "sources", ", ".join(f"{source.uri} ({source.rows:,} rows)" for source in manifest.sources) or "not recorded"
    licenses = sorted(manifest.licenses.items(), key=lambda item: (-item[1], item[0]))
    if licenses:
        yield "licences of the sources", ", ".join(f"{name or 'unknown'} ({rows:,})" for name, rows in licenses)
    for model in manifest.models:
        yield model.role, model.in_words()
    yield "judge", manifest.judge or "none: the deterministic filters stood alone"
    hits = sum(manifest.contamination.values())
    yield "evaluation sets", f"{hits:,} hits, dropped" if manifest.contamination else "not checked, or no hit"
    yield "content", manifest.content


def _warnings(manifest: Manifest, version: str) -> Iterator[str]:
    demonstration = [model.role for model in manifest.models if model.demonstration]
    if demonstration:
        yield (
            f"Demonstration models were used here ({' and '.join(demonstration)}): small ones, made for rendered "
            "scenes. On other pictures what they find says nothing."
        )
    if old := manifest.old_mask(version):
        yield old


def _line(stage: FunnelStage, examples: Sequence[RejectedExample]) -> FunnelLine:
    lost = sorted(stage.reasons.items(), key=lambda item: (-item[1], item[0]))
    lost += [("owed", stage.owed)] if stage.owed else []
    losses = tuple(
        DroppedFor(reason, f"{count:,}", _told(stage.stage, reason, examples)) for reason, count in lost if count
    )
    return FunnelLine(stage.stage, stage.unit, f"{stage.rows_in:,}", f"{stage.rows_out:,}", losses)


def _told(stage: str, reason: str, examples: Sequence[RejectedExample]) -> str:
    found = next((each for each in examples if (each.stage, each.reason) == (stage, reason)), None)
    return ": ".join(filter(None, (found.place, found.key, found.detail))) if found else ""


def _plots(domain: str, couples: Sequence[ViewedCouple]) -> Iterator[Markup]:
    for name in PLOTTED:
        if values := _values(name, couples):
            yield histogram(WORDS[name], values)
    if couples:
        yield histogram("characters of an answer", [len(row["answer"]) for each in couples for row in each.rows])
        yield bars(SUBJECTS[domain], _counted(each.subject for each in couples))
        yield bars("strategy", _counted(each.rows[0]["strategy"] for each in couples))


def _values(name: str, couples: Sequence[ViewedCouple]) -> list[float]:
    return [float(each.scores[name]) for each in couples if _is_figure(each.scores.get(name))]


def _is_figure(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _counted(names: Iterator[str]) -> Mapping[str, int]:
    return Counter(_shown(name) for name in names)


def _shown(text: str) -> str:
    return visible(short_lines(text))
