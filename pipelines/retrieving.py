"""The retrieval route: other images of the same question that look alike and have another answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from builders.matching import Couples, choose
from builders.retrieval import Candidates, Recall, candidates, search
from builders.rows import Codes, Rows, contrastable, count
from builders.window import Looks, Windowed, in_window
from data.splits import split_of
from pipelines.building import Build
from pipelines.image_config import ImagesConfig
from pipelines.image_table import ImageTable
from pipelines.question_codes import QuestionCodes

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Chosen couples, as rows of the question table, with what was measured of each.

    Attributes:
        first: rows of the question table.
        second: rows of the question table.
        measures: cosine, rank, phash_distance and thumbnail_difference of each couple.
    """

    first: Codes
    second: Codes
    measures: list[dict[str, float]]


def retrieve(
    build: Build[ImagesConfig],
    images: ImageTable,
    codes: QuestionCodes,
    kept: npt.NDArray[np.bool_],
    vectors: Vectors,
    limit: int | None,
) -> Retrieved:
    """Couples by retrieval, counted into the funnel.

    Args:
        build: the build.
        images: all images.
        codes: all rows as codes.
        kept: which rows may be used, shape (rows,).
        vectors: unit vectors of the images.
        limit: couples at most; None takes all that pass.
    """
    config = build.config.retrieval
    build.reporter.stage("retrieval", 3)
    seen = looks_of(images)
    usable = np.flatnonzero(kept)
    places, gone = contrastable(codes.rows.take(usable), seen.picture)
    build.line("contrastable", "questions", len(usable), len(places), dict(count(gone)))
    row = usable[places]
    rows = codes.rows.take(row)
    neighbours = search(vectors, rows, codes.conflicts, config.search)
    _note_recall(build, neighbours.recalls)
    found = candidates(neighbours)
    build.reporter.advance(False)
    windowed = in_window(found, rows, seen, codes.names, config.window)
    left = windowed.kept
    build.line("window", "couples", len(found.first), len(left), windowed.counts())
    together = _in_one_split(images, rows, found, left, build.config.probe_share)
    build.line("splits", "couples", len(left), len(together), {"in-two-splits": len(left) - len(together)})
    build.reporter.advance(False)
    chosen = _matched(build, rows, found, together, limit)
    build.reporter.advance(False)
    measures = [_measures(found, windowed, int(place)) for place in chosen]
    return Retrieved(row[found.first[chosen]], row[found.second[chosen]], measures)


def looks_of(images: ImageTable) -> Looks:
    """What the window compares, from the table's columns."""
    picture = np.unique(images.facts["pixel_hash"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    thumbnails = np.frombuffer(b"".join(images.facts["thumbnail"].to_pylist()), np.uint8)
    return Looks(
        picture, images.column("phash").view(np.uint64), thumbnails.reshape(len(images), -1 if len(images) else 0)
    )


def _in_one_split(images: ImageTable, rows: Rows, found: Candidates, left: Codes, share: float) -> Codes:
    """An image's split is that of its pixels, whatever it is paired with: so it stays when the data grows."""
    hashes = images.facts["pixel_hash"].to_pylist()
    probe = np.array([split_of(name, share) == "probe" for name in hashes], bool)
    first, second = rows.image[found.first[left]], rows.image[found.second[left]]
    together: Codes = left[probe[first] == probe[second]]
    return together


def _matched(build: Build[ImagesConfig], rows: Rows, found: Candidates, left: Codes, limit: int | None) -> Codes:
    """Places of the chosen candidates."""
    first, second = found.first[left], found.second[left]
    couples = Couples(
        first=rows.image[first],
        second=rows.image[second],
        first_answer=rows.answer[first],
        second_answer=rows.answer[second],
        question=rows.group[first],
        domain=rows.domain[first],
        cosine=found.cosine[left],
    )
    options = build.config.retrieval.matching
    bounds = [each for each in (limit, options.limit) if each is not None]
    chosen = choose(couples, options.model_copy(update={"limit": min(bounds) if bounds else None}))
    build.line("matching", "couples", len(left), len(chosen.places), chosen.reasons)
    return left[chosen.places]


def _measures(found: Candidates, windowed: Windowed, place: int) -> dict[str, float]:
    return {
        "cosine": round(float(found.cosine[place]), 5),
        "rank": int(found.rank[place]),
        "phash_distance": int(windowed.phash_distance[place]),
        "thumbnail_difference": int(windowed.thumbnail_difference[place]),
    }


def _note_recall(build: Build[ImagesConfig], recalls: Sequence[Recall]) -> None:
    for each in recalls:
        build.note(
            f"approximate search of a question with {each.rows} rows: "
            f"recall {each.recall:.4f} on {each.sampled} of them"
        )
