"""The judge of image pairs as a step of the build: both mirrors of every couple, and the blind test."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from contextpairs.data.answers.comparing import relation
from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.imaging.send import png_of
from contextpairs.data.pairs.schemas import IMAGES
from contextpairs.filters.judge.blind import BlindQuestion, blind_test, run_blind_control
from contextpairs.filters.judge.canary import run_canary
from contextpairs.filters.judge.canary_images import IMAGE_CANARY
from contextpairs.filters.judge.images import ImageJudgeOptions, judge_image_pairs
from contextpairs.filters.judge.verdict import Verdict
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.release_stage import Couple, chunks, files_of
from contextpairs.pipelines.run.build import Build, StillOwed


def judged(build: Build[ImagesConfig], couples: Sequence[Couple]) -> list[Couple]:
    """The couples that stand, with what was said of them; all of them where no judge is configured.

    Raises:
        StillOwed: the endpoint failed or a limit was reached before all had an answer.
    """
    options = build.config.judge
    if options is None:
        return list(couples)
    spending = Spending(options.max_requests, options.max_tokens)
    canary = run_canary(IMAGE_CANARY, options, spending=spending)
    if canary.owed:
        raise still_owed("judge", f"{canary.owed} canary trials", canary.why_owed)
    build.note(f"judge canary: {canary.describe()}")
    seen = _unanswered_blind(build, options, spending, couples) if options.blind else list(couples)
    # Files are read chunk by chunk, as the endpoint gets to them.
    pairs = (pair for chunk in chunks(seen) for pair in _pairs(chunk))
    convert = partial(png_of, limits=build.config.limits)
    verdicts = judge_image_pairs(pairs, options, convert=convert, spending=spending)
    said = build.gathered("judge", 2 * len(seen), verdicts)
    return _kept(build, "judge", seen, list(zip(said[::2], said[1::2], strict=True)))


def still_owed(section: str, what: str, why: str) -> StillOwed:
    """What ends a build whose model did not answer everything.

    Args:
        section: of the configuration, that names the model.
        what: was not had.
        why: the first failure.
    """
    return StillOwed(
        f"{section} owes {what} ({why}); nothing was published. "
        "Answers had so far are cached, so a new run asks only the rest"
    )


def _unanswered_blind(
    build: Build[ImagesConfig], options: ImageJudgeOptions, spending: Spending, couples: Sequence[Couple]
) -> list[Couple]:
    control = run_blind_control(options, _same, spending=spending)
    skipped = "; who guesses is asked no blind test" if control.rate > options.blind_max_guessing else ""
    build.note(f"blind test: {control.describe()}{skipped}")
    asked = [
        BlindQuestion(str(number), each.query, (each.sides[0].answer, each.sides[1].answer), _choices(each))
        for number, each in enumerate(couples)
    ]
    verdicts = build.gathered("blind", len(asked), blind_test(asked, options, _same, control, spending=spending))
    return _kept(build, "blind", couples, [(verdict,) for verdict in verdicts])


def _choices(couple: Couple) -> tuple[str, ...]:
    return tuple(couple.sides[0].provenance.get("choices", ()))


def _same(first: str, second: str) -> bool:
    return relation(first, second) == "same"


def _pairs(couples: Sequence[Couple]) -> Iterator[dict[str, Any]]:
    """Both mirrors of each couple, one after the other."""
    files = files_of(couples)
    for couple in couples:
        for here, there in (couple.sides, couple.sides[::-1]):
            positive, negative = (files[side.path, side.place][0] for side in (here, there))
            yield {
                "pair_id": IMAGES.pair_id(couple.query, here.answer, positive, negative),
                "query": couple.query,
                "answer": here.answer,
                "positive": [positive],
                "negative": [negative],
            }


def _kept(
    build: Build[ImagesConfig], stage: str, couples: Sequence[Couple], verdicts: Sequence[tuple[Verdict, ...]]
) -> list[Couple]:
    """A couple stands if nothing was said against any of its rows.

    Raises:
        StillOwed: some have no verdict yet.
    """
    owed = [verdict for said in verdicts for verdict in said if verdict.outcome == "owed"]
    if owed:
        total = sum(map(len, verdicts))
        raise still_owed("judge", f"{len(owed)} of {total} {stage} verdicts", f"{owed[0].reason}: {owed[0].detail}")
    kept: list[Couple] = []
    reasons: Counter[str] = Counter()
    for couple, said in zip(couples, verdicts, strict=True):
        against = next(filter(None, (verdict.rejection() for verdict in said)), None)
        if against:
            reasons[against.reason] += 1
        else:
            records = tuple(verdict.record() for verdict in said) if len(said) == 2 else ()
            kept.append(replace(couple, verdicts=records))
    build.line(stage, "couples", len(couples), len(kept), dict(sorted(reasons.items())))
    return kept
