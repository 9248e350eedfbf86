"""Which edits are kept: the answer flips, and nothing else does.

After VisMin: one question asks whether the edit happened, the image's other questions whether anything else did. Around
that, what needs no reading: the file is an image of the same size, some of it changed, most of it stayed.

Every measure is made and handed out whatever the verdict, and the verdict follows from the measures alone: thresholds
can be moved afterwards, over stored rows, with `reverdict`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

import numpy as np
from pydantic import Field, model_validator

from contextpairs.data.imaging.decoding import Decoded, decoded, rgb
from contextpairs.data.imaging.facts import facts_of
from contextpairs.data.imaging.limits import Fault, ImageLimits
from contextpairs.data.imaging.looks import Looks
from contextpairs.data.store.settings import Settings
from contextpairs.filters.images import edit_pixels
from contextpairs.filters.images.edit_pixels import PixelOptions, pixel_measures
from contextpairs.filters.images.edit_readings import AskedReading, Other, flip_measures, rest_measures

__all__ = ["REASONS", "AskedReading", "EditCase", "EditVerdict", "Other", "PixelOptions", "VerifyOptions", "reverdict",
           "verify"]  # fmt: skip

DECIMALS = 6
"""Measures are kept to so many: the rest differs between machines."""


class VerifyOptions(Settings):
    """What an edit has to show to be kept. Cosines are those of the configured encoder; levels are of 255."""

    flip_margin: float = Field(default=0.01, ge=-2, le=2)
    """Cosine by which the new answer beats every other known answer on the edited image at least."""
    keep_margin: float = Field(default=0.005, ge=-2, le=2)
    """Cosine by which the old answer beats every other known answer on the original at least: who does not read the
    original cannot tell that the edit changed it."""
    global_margin: float = Field(default=0.0, ge=-2, le=2)
    """Cosine by which the answers of the image's other questions still beat all others on the edited image at least."""
    strict_others: bool = False
    """Whether an edit goes if one of the other questions cannot be read off the original; else that one is skipped."""

    cosine_min: float = Field(default=0.7, ge=-1, le=1)
    """Cosine of the two images from which the edited one is still the same picture."""
    cosine_max: float = Field(default=0.9995, ge=-1, le=1)
    """Cosine of the two images above which the encoder sees no edit."""

    pixels: PixelOptions = PixelOptions()
    """How pixels are measured."""
    changed_min: float = Field(default=0.001, ge=0, le=1)
    """Share of the pixels that change at least."""
    changed_max: float = Field(default=0.3, ge=0, le=1)
    """Share of the pixels that change at most."""
    places_max: int = Field(default=4, ge=1)
    """Places that change at most: moving a thing changes two, removing all of a kind as many as there are."""
    scattered_max: float = Field(default=0.4, ge=0, le=1)
    """Share of the change that lies outside of such places at most."""
    spread_max: float = Field(default=0.45, ge=0, le=1)
    """Share of the cells of a coarse grid that change at most: of an image that was zoomed or drawn anew, thin edges
    change, but everywhere."""
    box_max: float = Field(default=1.0, ge=0, le=1)
    """Share of the image that the box around all change takes at most. It holds nothing back by default, since two
    far ends may change rightly; tighten it where instructions name one thing in its place."""
    shift_max: float = Field(default=10.0, ge=0, le=255)
    """Levels by which a channel may be shifted where nothing was to change."""
    noise_max: float = Field(default=10.0, ge=0, le=255)
    """Mean absolute difference in levels where nothing was to change."""
    displaced_max: float = Field(default=0.6, ge=0, le=1)
    """Share of the difference that a slip of the whole image may explain."""

    contrast_min: float = Field(default=2.0, ge=0)
    """Standard deviation of the luminance below which an image whose pixels changed beyond `changed_max` is blank: a
    flat one may be right where the last thing was removed from a flat ground."""
    phash_distance: int = Field(default=4, ge=-1, le=64)
    """Bits of 64 in which perceptual hashes of near-identical images differ at most; -1 turns the rule off."""
    thumbnail_difference: int = Field(default=4, ge=0, le=255)
    """Levels by which the 16 x 16 RGB thumbnails of near-identical images differ at most, in any place."""

    @property
    def unread_max(self) -> float:
        """Other questions that need not be read."""
        return 0.0 if self.strict_others else math.inf

    @model_validator(mode="after")
    def _windows_are_open(self) -> VerifyOptions:
        for low, high in (("cosine_min", "cosine_max"), ("changed_min", "changed_max")):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} {getattr(self, low)} lies above {high} {getattr(self, high)}: nothing passes")
        return self


class EditCase(NamedTuple):
    """An edit that is to be verified.

    Attributes:
        original: the file of the original, one that decodes.
        edited: the file that the editor gave.
        asked: the question whose answer is to change; None where no encoder reads it, and something else has to tell.
        others: the image's other questions, whose answers are to stay.
        cosine: of the two images; None where it is not known, such as for a file that does not decode.
    """

    original: bytes
    edited: bytes
    asked: AskedReading | None
    others: tuple[Other, ...] = ()
    cosine: float | None = None


class EditVerdict(NamedTuple):
    """What became of an edit.

    Attributes:
        reason: one of `REASONS`; None for an edit that is kept.
        detail: what was found and what was expected.
        measures: every measure, for the row's scores; those that could not be made are missing.
    """

    reason: str | None
    detail: str
    measures: dict[str, float]


class _Finding(NamedTuple):
    """A measure beyond its limit: an option's name, or a number where there is nothing to choose."""

    measure: str
    side: Literal["<", "<=", ">"]
    limit: str | float


CHECKS: tuple[tuple[str, tuple[_Finding, ...]], ...] = (
    ("unreadable", (_Finding("readable", "<", 1),)),
    ("other-size", (_Finding("same_size", "<", 1),)),
    ("identical", (_Finding("greatest", "<", 1),)),
    ("near-identical", (_Finding("phash_distance", "<=", "phash_distance"),
                        _Finding("thumbnail_difference", "<=", "thumbnail_difference"))),
    ("blank", (_Finding("contrast", "<", "contrast_min"), _Finding("changed", ">", "changed_max"))),
    ("shifted", (_Finding("displaced", ">", "displaced_max"),)),
    ("global-shift", (_Finding("shift", ">", "shift_max"),)),
    ("noisy", (_Finding("noise", ">", "noise_max"),)),
    ("unchanged", (_Finding("changed", "<", "changed_min"),)),
    ("changed-too-much", (_Finding("changed", ">", "changed_max"),)),
    ("not-local", (_Finding("places", ">", "places_max"),)),
    ("not-local", (_Finding("scattered", ">", "scattered_max"),)),
    ("not-local", (_Finding("spread", ">", "spread_max"),)),
    ("not-local", (_Finding("box", ">", "box_max"),)),
    ("unchanged", (_Finding("cosine", ">", "cosine_max"),)),
    ("changed-too-much", (_Finding("cosine", "<", "cosine_min"),)),
    ("original-unclear", (_Finding("original_margin", "<", "keep_margin"),)),
    ("not-flipped", (_Finding("flip_margin", "<", "flip_margin"),)),
    ("other-unclear", (_Finding("others_unread", ">", "unread_max"),)),
    ("other-changed", (_Finding("others_margin", "<", "global_margin"),)),
)  # fmt: skip
"""A reason, and what has to be found for it, all at once; the first that holds is given."""
REASONS = tuple(dict.fromkeys(reason for reason, _ in CHECKS))
"""Every reason for which an edit is rejected."""
LOOKS = ("phash_distance", "thumbnail_difference")


def verify(case: EditCase, options: VerifyOptions, limits: ImageLimits | None = None) -> EditVerdict:
    """Judge an edit.

    Args:
        case: both images, and what the encoder made of them.
        options: thresholds.
        limits: what an image may cost; by default the usual limits.

    Raises:
        ValueError: the original does not decode, or the encoder's numbers do not fit each other.
    """
    limits = limits or ImageLimits()
    edited = decoded(case.edited, limits)
    measures = _image_measures(case, edited, options.pixels, limits) | _reading_measures(case)
    verdict = reverdict({name: round(value, DECIMALS) + 0.0 for name, value in measures.items()}, options)
    if isinstance(edited, Fault):
        return verdict._replace(detail=f"the edited image is no image: {edited.reason}: {edited.detail}")
    return verdict


def reverdict(measures: Mapping[str, float], options: VerifyOptions) -> EditVerdict:
    """The verdict that stored measures give under these thresholds; `options.pixels` no longer matters.

    Args:
        measures: as `verify` returned them; others beside them are not looked at.
        options: thresholds.

    Raises:
        ValueError: a measure is missing that every edit of this kind has.
    """
    missing = [name for name in _expected(measures) if name not in measures]
    if missing:
        raise ValueError(f"measures lack {', '.join(missing)}; expected all that verify returned")
    for reason, findings in CHECKS:
        if all(_holds(finding, measures, options) for finding in findings):
            detail = " and ".join(_told(finding, measures, options) for finding in findings)
            return EditVerdict(reason, detail, dict(measures))
    return EditVerdict(None, "", dict(measures))


def _expected(measures: Mapping[str, float]) -> Iterator[str]:
    yield "readable"
    if measures.get("readable"):
        yield "same_size"
    if measures.get("same_size"):
        yield from (*edit_pixels.NAMES, *LOOKS)
    if "flip_margin" in measures or "original_margin" in measures:
        yield from ("flip_margin", "original_margin")
    yield from ("others", "others_unread")
    if measures.get("others", 0) > measures.get("others_unread", 0):
        yield "others_margin"


def _holds(finding: _Finding, measures: Mapping[str, float], options: VerifyOptions) -> bool:
    if finding.measure not in measures:
        return False
    found, limit = measures[finding.measure], _limit(finding, options)
    return {"<": found < limit, "<=": found <= limit, ">": found > limit}[finding.side]


def _limit(finding: _Finding, options: VerifyOptions) -> float:
    return float(getattr(options, finding.limit) if isinstance(finding.limit, str) else finding.limit)


def _told(finding: _Finding, measures: Mapping[str, float], options: VerifyOptions) -> str:
    wanted = {"<": "at least", "<=": "more than", ">": "at most"}[finding.side]
    option = f" ({finding.limit})" if isinstance(finding.limit, str) else ""
    return f"{finding.measure} {measures[finding.measure]:g}, {wanted} {_limit(finding, options):g}{option}"


def _image_measures(
    case: EditCase, edited: Decoded | Fault, options: PixelOptions, limits: ImageLimits
) -> dict[str, float]:
    if isinstance(edited, Fault):
        return {"readable": 0.0}
    original = rgb(case.original, limits)
    if original.size != edited.image.size:
        return {"readable": 1.0, "same_size": 0.0}
    return {
        "readable": 1.0,
        "same_size": 1.0,
        **pixel_measures(np.asarray(original), np.asarray(edited.image), options),
        **_look_measures(case, Decoded(original, "", 1), edited),
    }


def _look_measures(case: EditCase, original: Decoded, edited: Decoded) -> dict[str, float]:
    """Distances of what the near-duplicate searches see of both images: bits, and levels in the worst place."""
    looks = Looks.of([facts_of(case.original, original), facts_of(case.edited, edited)])
    pair = np.array([0]), looks, np.array([1])
    found = float(looks.distances(*pair)[0]), float(looks.levels_apart(*pair)[0])
    return dict(zip(LOOKS, found, strict=True))


def _reading_measures(case: EditCase) -> dict[str, float]:
    cosine = {} if case.cosine is None else {"cosine": float(case.cosine)}
    if not all(math.isfinite(value) for value in cosine.values()):
        raise ValueError(f"the cosine of the two images is {case.cosine}; expected -1 to 1: look at the encoder")
    return cosine | (flip_measures(case.asked) if case.asked else {}) | rest_measures(case.others)
