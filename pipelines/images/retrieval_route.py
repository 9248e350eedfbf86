"""The retrieval route: other images of the same question that look alike and have another answer."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.builders.images.retrieval.exact_cosines import dots
from contextpairs.builders.images.retrieval.kept_neighbours import Marks, marks, nothing_kept, still_kept
from contextpairs.builders.images.retrieval.matching import ImageCouples, choose
from contextpairs.builders.images.retrieval.nearness import Scale
from contextpairs.builders.images.retrieval.neighbour_cache import load_known, save_known
from contextpairs.builders.images.retrieval.question_rows import INCOMPARABLE, Codes, Rows, contrastable, count
from contextpairs.builders.images.retrieval.search import (
    Neighbours,
    Recall,
    RowCouples,
    couples_of,
    remembered,
    search,
)
from contextpairs.builders.images.retrieval.window import Windowed, in_window
from contextpairs.data.imaging.looks import SIZE, Looks
from contextpairs.data.pairs.splits import split_of
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.copies_step import KnownCopies
from contextpairs.pipelines.images.nearness_step import nearness_scale
from contextpairs.pipelines.images.question_codes import QuestionCodes
from contextpairs.pipelines.images.release_stage import Couple, Side
from contextpairs.pipelines.images.tables import ImageTable, QuestionTable
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.code_identity import code_identity

Vectors = npt.NDArray[np.float32]
IMAGE_ID_WORDS = 4
"""Numbers of 64 bits in an image's id."""


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Chosen couples, as rows of the question table, with what was measured of each.

    Attributes:
        first: rows of the question table.
        second: rows of the question table.
        measures: cosine, rank, phash_distance and thumbnail_difference of each couple, and nearness where it was
            measured.
        scale: of nearness, where it was measured.
    """

    first: Codes
    second: Codes
    measures: list[dict[str, float]]
    scale: Scale | None


def retrieve(
    build: Build[ImagesConfig],
    images: ImageTable,
    codes: QuestionCodes,
    kept: npt.NDArray[np.bool_],
    vectors: Vectors,
    key: str,
    limit: int | None,
    known: KnownCopies,
) -> Retrieved:
    """Couples by retrieval, counted into the funnel.

    Args:
        build: the build.
        images: all images.
        codes: all rows as codes.
        kept: which rows may be used, shape (rows,).
        vectors: unit vectors of the images.
        key: of the encoder that made them.
        limit: couples at most; None takes all that pass.
        known: where copies are asked for.
    """
    config = build.config.retrieval
    seen = known.seen
    usable = np.flatnonzero(kept)
    places, gone = contrastable(codes.rows.take(usable), seen.pictures, codes.conflicts)
    build.line("contrastable", "questions", len(usable), len(places), dict(count(gone)))
    _note_languages(build, codes, usable[gone.get(INCOMPARABLE, places[:0])])
    row = usable[places]
    rows = codes.rows.take(row)
    with build.step("retrieval"):
        neighbours = _searched(build, images, codes, rows, vectors, key)
        found = couples_of(neighbours)
    _note_recall(build, neighbours.recalls)
    scale = nearness_scale(build, images, vectors, np.unique(codes.rows.image[usable]), key)
    windowed = in_window(found, rows, seen, codes.names, config.window, known.rendered, scale)
    left = windowed.kept
    build.line("window", "couples", len(found.first), len(left), windowed.counts())
    left = _no_copies(build, rows, found, left, known)
    together = _in_one_split(images, rows, found, left, build.config.probe_share)
    build.line("splits", "couples", len(left), len(together), {"in-two-splits": len(left) - len(together)})
    with build.step("matching"):
        chosen = _matched(build, rows, found, together, limit)
    measures = _measures(found, seen, vectors, rows, windowed, chosen, scale)
    return Retrieved(row[found.first[chosen]], row[found.second[chosen]], measures, scale)


def _note_languages(build: Build[ImagesConfig], codes: QuestionCodes, rows: Codes) -> None:
    """In which languages the answers are that differ from no other one for certain."""
    found = Counter(codes.locale[row] or "a language that is not known" for row in rows.tolist())
    if found:
        said = ", ".join(f"{count} in {language}" for language, count in sorted(found.items()))
        build.note(f"{INCOMPARABLE}: {said}")


def _searched(
    build: Build[ImagesConfig], images: ImageTable, codes: QuestionCodes, rows: Rows, vectors: Vectors, key: str
) -> Neighbours:
    """Neighbours of all rows; only those that the build before did not see cost anything."""
    options, conflicts = build.config.retrieval.search, codes.conflicts
    place = f"{build.config.work_dir}/neighbours", f"{key}-{options.neighbours}", code_identity(search)
    build.uses(place[1])
    mark = marks(vectors, _image_marks(images), _question_marks(codes), rows)
    before = load_known(*place)
    kept = still_kept(before, mark, rows, conflicts) if before else nothing_kept(len(rows), options.neighbours)
    found = search(vectors, rows, conflicts, options, kept)
    # A search of no rows, as after a mapping that reads nothing, helps no later one.
    if len(rows) and (before is None or kept.owed.any() or len(before.mark) != len(rows)):
        save_known(*place, remembered(mark, rows, conflicts, options, found))
    return found


def _image_marks(images: ImageTable) -> Marks:
    """The first 64 bits of each image's hash."""
    ids = bytes.fromhex("".join(images.facts["image_id"].to_pylist()))
    return np.frombuffer(ids, ">u8").reshape(-1, IMAGE_ID_WORDS)[:, 0].astype(np.uint64)


def _question_marks(codes: QuestionCodes) -> Marks:
    """64 bits of the hash of each question, by its code."""
    groups, first = np.unique(codes.rows.group, return_index=True)
    leader = codes.wordings.leader if codes.wordings else np.arange(len(codes.as_came))
    found = np.zeros(int(groups.max(initial=-1)) + 1, np.uint64)
    for group, row in zip(groups.tolist(), first.tolist(), strict=True):
        said = f"{codes.names[codes.rows.domain[row]]}\n{codes.as_came[leader[codes.wording[row]]]}"
        found[group] = int.from_bytes(hashlib.sha256(said.encode("utf-8", "surrogatepass")).digest()[:8])
    return found


def looks_of(images: ImageTable) -> Looks:
    """What the window compares, from the table's columns."""
    thumbnails = images.bytes("thumbnail").reshape(len(images), SIZE)
    return Looks(pictures(images), images.column("phash").view(np.uint64), thumbnails)


def pictures(images: ImageTable) -> Codes:
    """Code of each image's pixels: equal codes, equal pictures."""
    encoded = pc.dictionary_encode(images.facts["pixel_hash"].combine_chunks())
    return np.asarray(encoded.indices.to_numpy().astype(np.int64))


def _no_copies(build: Build[ImagesConfig], rows: Rows, found: RowCouples, left: Codes, known: KnownCopies) -> Codes:
    """Couples of two pictures: those of copies say nothing."""
    copied = known.among(np.stack([rows.image[found.first[left]], rows.image[found.second[left]]], axis=1))
    build.line("copies", "couples", len(left), int((~copied).sum()), {"copy": int(copied.sum())})
    return left[~copied]


def _in_one_split(images: ImageTable, rows: Rows, found: RowCouples, left: Codes, share: float) -> Codes:
    """An image's split is that of its pixels, whatever it is paired with: so it stays when the data grows."""
    first, second = rows.image[found.first[left]], rows.image[found.second[left]]
    shown = np.flatnonzero(np.bincount(np.concatenate([first, second]), minlength=len(images)))
    hashes = images.facts["pixel_hash"].take(pa.array(shown)).to_pylist()
    probe = np.zeros(len(images), bool)
    probe[shown] = [split_of(name, share) == "probe" for name in hashes]
    together: Codes = left[probe[first] == probe[second]]
    return together


def _matched(build: Build[ImagesConfig], rows: Rows, found: RowCouples, left: Codes, limit: int | None) -> Codes:
    """Places of the chosen candidates."""
    first, second = found.first[left], found.second[left]
    couples = ImageCouples(
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


def _measures(
    found: RowCouples,
    seen: Looks,
    vectors: Vectors,
    rows: Rows,
    windowed: Windowed,
    chosen: Codes,
    scale: Scale | None,
) -> list[dict[str, float]]:
    """What was measured of the chosen couples, the cosine more finely than it was compared."""
    first, second = rows.image[found.first[chosen]], rows.image[found.second[chosen]]
    cosine = dots(vectors, first, second)
    columns: dict[str, npt.NDArray[Any]] = {
        "cosine": cosine.round(5),
        "rank": found.rank[chosen],
        "phash_distance": windowed.phash_distance[chosen],
        "thumbnail_difference": seen.levels_apart(first, seen, second),
    }
    if scale:
        columns["nearness"] = scale.of(cosine).round(3)
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    return [dict(zip(columns, each, strict=True)) for each in values]


def _note_recall(build: Build[ImagesConfig], recalls: Sequence[Recall]) -> None:
    for each in recalls:
        build.note(
            f"approximate search of a question with {each.rows} rows: "
            f"recall {each.recall:.4f} on {each.sampled} of them"
        )


def reworded(couple: Couple, rows: tuple[int, int], questions: QuestionTable, codes: QuestionCodes) -> Couple:
    """The couple under the first wording of its question, where one of its images was asked in other words.

    Mirrors share their query, so one wording stands for both. What the images were asked is in the provenance, and in
    the scores the lower cosine of that with the query.

    Args:
        couple: as it was made of the rows.
        rows: rows of the question table, one a side.
        questions: all of them.
        codes: the same as codes.
    """
    own = [int(codes.wording[row]) for row in rows]
    if codes.wordings is None or (first := int(codes.wordings.leader[own[0]])) == own[0] == own[1]:
        return couple
    here, there = (_worded(side, questions.question[row]) for side, row in zip(couple.sides, rows, strict=True))
    cosine = round(min(codes.wordings.cosine(first, each) for each in own), 5)
    scores = {**couple.scores, "question_cosine": cosine}
    return replace(couple, query=codes.as_came[first], sides=(here, there), scores=scores)


def _worded(side: Side, question: str) -> Side:
    return replace(side, provenance={**side.provenance, "question": question})
