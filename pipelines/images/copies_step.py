"""Which pictures of a build are copies: compared by workers, and no couple twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.copy_candidates import (
    contradictions,
    photo_candidates,
    rendered_candidates,
    saved_alike,
)
from contextpairs.builders.images.retrieval.question_rows import Codes, Rows
from contextpairs.data.imaging.looks import Looks
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.copies_stage import Compared, CopiesPayload, copies_partition
from contextpairs.pipelines.images.question_codes import QuestionCodes
from contextpairs.pipelines.images.read_step import Read
from contextpairs.pipelines.images.tables import ImageTable
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Work, digest

Bools = npt.NDArray[np.bool_]
Vectors = npt.NDArray[np.float32]
CHUNK = 1000
"""Couples of a piece of work, about."""
ADVICE = (
    "copies of photos may hide what was retouched; where the pictures were drawn by a program and differ in what is "
    "asked, say source.rendered=true"
)


class KnownCopies:
    """The copies among a build's pictures, as far as they were asked for."""

    def __init__(self, build: Build[ImagesConfig], read: Read, seen: Looks) -> None:
        """Args: build: the build. read: its pictures. seen: what is known of them."""
        self._build, self._images, self.seen = build, read.images, seen
        taken = read.questions.image[~read.questions.rendered]
        self.rendered: Bools = ~np.isin(np.arange(len(read.images)), taken)
        """Which pictures every source calls rendered."""
        self._known: dict[tuple[int, int], bool] = {}

    def among(self, couples: Codes) -> Bools:
        """Which couples of images are copies; (m,) of (m, 2)."""
        rendered = self.rendered[couples].all(axis=1)
        asked: Bools = np.asarray(~rendered)
        asked[rendered] = saved_alike(self.seen, couples[rendered])
        asked &= self.seen.pictures[couples[:, 0]] != self.seen.pictures[couples[:, 1]]
        places = [tuple(sorted(couple)) for couple in couples[asked].tolist()]
        owed = sorted({place for place in places if place not in self._known})
        pictures = compared(self._images, sorted({image for couple in owed for image in couple}))
        strict = [bool(self.rendered[list(couple)].all()) for couple in owed]
        self._known |= dict(zip(owed, copies(self._build, pictures, owed, strict), strict=True))
        found = np.zeros(len(couples), bool)
        found[asked] = [self._known[place] for place in places]
        return found


def compared(images: ImageTable, which: Sequence[int]) -> dict[int, Compared]:
    """Pictures of a table, by their places."""
    return {
        image: Compared(facts.image_id, images.paths[images.output[image]], int(images.place[image]), facts.outline)
        for image, facts in zip(which, images.many(which), strict=True)
    }


def copies(
    build: Build[ImagesConfig],
    pictures: dict[int, Compared],
    couples: Sequence[tuple[int, int]],
    rendered: Sequence[bool],
) -> list[bool]:
    """Which couples of pictures are copies.

    Args:
        build: the build.
        pictures: by number.
        couples: numbers of two pictures each.
        rendered: of each couple, whether nothing but saving anew makes copies of its pictures.
    """

    def name(picture: int) -> str:
        return pictures[picture].image_id

    # The order of the two is that of their bytes: sources in another order change no verdict.
    ordered = [
        (min(couple, key=name), max(couple, key=name), strict) for couple, strict in zip(couples, rendered, strict=True)
    ]
    pieces: dict[int, list[int]] = {}
    number = max(1, len(couples) // CHUNK)
    for place in sorted(range(len(ordered)), key=lambda at: (name(ordered[at][0]), name(ordered[at][1]))):
        pieces.setdefault(int(name(ordered[place][0])[:8], 16) * number >> 32, []).append(place)
    works = [_work(build, pictures, [ordered[place] for place in piece]) for piece in pieces.values()]
    found = [False] * len(couples)
    for piece, output in zip(pieces.values(), build.run(works) if works else [], strict=True):
        for place, kind in zip(piece, read_table(output.path)["kind"].to_pylist(), strict=True):
            found[place] = bool(kind)
    return found


def _work(build: Build[ImagesConfig], pictures: dict[int, Compared], couples: Sequence[tuple[int, int, bool]]) -> Work:
    shown = sorted({each for first, second, _ in couples for each in (first, second)})
    place = {each: at for at, each in enumerate(shown)}
    payload = CopiesPayload(
        tuple(pictures[each] for each in shown),
        tuple((place[first], place[second], strict) for first, second, strict in couples),
        build.config.limits,
    )
    inputs = [[each.image_id for each in payload.pictures], payload.couples, payload.limits]
    return build.work(copies_partition, payload, digest(inputs))


def contradicted(
    build: Build[ImagesConfig], known: KnownCopies, codes: QuestionCodes, kept: Bools, vectors: Vectors
) -> Bools:
    """Rows whose picture has a copy with another answer to the question, shape (rows,); said with advice.

    Args:
        build: the build.
        known: where copies are asked for.
        codes: all rows as codes.
        kept: which rows may be used.
        vectors: unit vectors of the images.
    """
    seen = known.seen
    bad = np.zeros(len(kept), bool)
    places = np.flatnonzero(kept)
    rows = Rows(codes.rows.image, codes.topic, codes.meaning, codes.rows.domain).take(places)
    couples = _candidates(build, known, rows, vectors)
    copied = couples[known.among(couples)]
    found = contradictions(rows, seen.pictures, copied)
    bad[places[found[:, 1:].reshape(-1)]] = True
    if not known.rendered[copied[found[:, 0]]].all():
        build.reporter.note(f"{int(bad.sum())} rows are contradicted by a copy of their picture: {ADVICE}")
    return bad


def _candidates(build: Build[ImagesConfig], known: KnownCopies, rows: Rows, vectors: Vectors) -> Codes:
    """Couples that may be copies: in any way where a picture is no rendered one, else saved anew."""
    seen, drawn = known.seen, known.rendered[rows.image]
    photos = np.isin(rows.group, rows.group[~drawn])
    seed = build.config.retrieval.search.seed
    return np.concatenate(
        [
            photo_candidates(vectors, rows.take(np.flatnonzero(photos)), seen, seed),
            rendered_candidates(rows, seen, np.unique(rows.image[drawn]), seed),
        ]
    )
