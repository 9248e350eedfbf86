"""Which pictures may be copies of each other: those asked the same that look nearest, to the encoder or turned.

An encoder finds crops and borders, and misses half of the quarter turns; frequencies of a thumbnail without their signs
are the same for a picture turned and mirrored, and miss crops.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.retrieval.approximate import nearest
from contextpairs.builders.images.retrieval.one_question import knn
from contextpairs.builders.images.retrieval.question_rows import Codes, Rows
from contextpairs.builders.images.retrieval.search import Neighbours, RetrievalOptions, couples_of, search
from contextpairs.data.imaging.looks import Bools, Looks
from contextpairs.data.sources.vqa.record import THUMBNAIL

Matrix = npt.NDArray[np.float32]
Shown = tuple[Looks, Matrix]
"""What is known of pictures, and their unit vectors."""
NEAREST = 10
"""Pictures of another answer that are looked at for each, by vector and by thumbnail."""
AT_ONCE = 100_000
"""Couples whose rows are compared at once."""
EXACT_UP_TO, PROBES = 4_000, 8
"""Rendered pictures above which an approximate index is searched, and its cells that each looks into: one that was
saved anew lies in the same cell or beside it (of 100,000 among 200,000 thumbnails none was missed)."""
BLOCKS = 4
"""Of a thumbnail, in each direction: what saving anew hardly changes."""
FREQUENCIES = 8
"""Of a thumbnail, in each direction."""
LUMINANCE = np.array((0.299, 0.587, 0.114), np.float32)
HASH_BITS, LEVELS = 10, 48
"""How far perceptual hashes (of 64 bits) and thumbnails (in levels of 255, in any place) of rendered pictures that were
saved anew are apart at most. Scenes saved as JPEG of quality 92 stay within 9 and 35; others are mostly beyond 110."""


def photo_candidates(vectors: Matrix, rows: Rows, seen: Looks, seed: int) -> Codes:
    """Couples of pictures that may be copies in any way, with other answers to one question; (m, 2) places of images.

    Args:
        vectors: unit vectors of the images.
        rows: questions and answers by codes, over all domains.
        seen: facts of the images.
        seed: of the approximate index.
    """
    single = _single(rows, seen.pictures)
    options = RetrievalOptions(neighbours=NEAREST, seed=seed)
    found = [_couples(search(each, single, set(), options), single) for each in (vectors, unturned(seen.thumbnails))]
    return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)


def rendered_candidates(rows: Rows, seen: Looks, images: Codes, seed: int) -> Codes:
    """The same of rendered pictures, which may have been saved anew alone: of near hash and thumbnail.

    Args:
        rows: questions and answers by codes.
        seen: facts of the images.
        images: places of those that are rendered.
        seed: of the approximate index.
    """
    distinct = images[np.unique(seen.pictures[images], return_index=True)[1]]
    if len(distinct) < 2:
        return np.zeros((0, 2), np.int64)
    places = nearest(blocks(seen.thumbnails[distinct]), NEAREST + 1, EXACT_UP_TO, PROBES, seed)
    found = np.stack([np.repeat(np.arange(len(places)), places.shape[1]), places.reshape(-1)], axis=1)
    found = np.unique(np.sort(found[found[:, 0] != found[:, 1]], axis=1), axis=0)
    couples = distinct[found]
    couples = couples[saved_alike(seen, couples)]
    return couples[np.unique(contradictions(rows, seen.pictures, couples)[:, 0])]


def saved_alike(seen: Looks, couples: Codes) -> Bools:
    """Which couples of pictures may be one rendered picture saved anew, by hashes and thumbnails; (m,) of (m, 2)."""
    first, second = couples.T
    near = np.asarray(seen.distances(first, seen, second) <= HASH_BITS)
    places = np.flatnonzero(near)
    near[places] = seen.levels_apart(first[places], seen, second[places]) <= LEVELS
    return near


def contradictions(rows: Rows, pictures: Codes, couples: Codes) -> Codes:
    """Where rows of a couple's pictures answer one question differently.

    Args:
        rows: questions and answers by codes.
        pictures: code of each image's pixels: what is true of one is true of all with its pixels.
        couples: places of images, (m, 2).

    Returns:
        Place of the couple and of its two rows, (k, 3).
    """
    found = [np.zeros((0, 3), np.int64)]
    order = np.argsort(pictures[rows.image], kind="stable")
    shown = pictures[rows.image][order]
    for start in range(0, len(couples), AT_ONCE):
        part = pictures[couples[start : start + AT_ONCE]]
        firsts = np.searchsorted(shown, part)
        counts = np.searchsorted(shown, part, side="right") - firsts
        number = counts.prod(axis=1)
        couple = np.repeat(np.arange(len(part)), number)
        place = np.arange(len(couple)) - np.repeat(np.cumsum(number) - number, number)
        one = order[firsts[couple, 0] + place // np.maximum(counts[couple, 1], 1)]
        other = order[firsts[couple, 1] + place % np.maximum(counts[couple, 1], 1)]
        differ = (rows.group[one] == rows.group[other]) & (rows.answer[one] != rows.answer[other])
        found.append(np.stack([start + couple[differ], one[differ], other[differ]], axis=1))
    return np.concatenate(found)


def unturned(thumbnails: npt.NDArray[np.uint8]) -> Matrix:
    """Unit vectors of thumbnails (n, 768) that are equal for a picture turned by quarters, mirrored or made grey."""
    shades = thumbnails.reshape(-1, THUMBNAIL, THUMBNAIL, 3).astype(np.float32) @ LUMINANCE
    place = (np.arange(THUMBNAIL) + 0.5) * np.pi / THUMBNAIL
    basis = np.cos(place * np.arange(FREQUENCIES)[:, None]).astype(np.float32)
    heights = np.abs(basis @ shades @ basis.T)
    heights[:, 0, 0] = 0.0
    turned = heights.transpose(0, 2, 1)
    flat = np.stack([heights + turned, np.abs(heights - turned)], axis=1).reshape(-1, 2 * FREQUENCIES**2)
    return np.ascontiguousarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)


def blocks(thumbnails: npt.NDArray[np.uint8]) -> Matrix:
    """Unit vectors (n, 48) of colours by blocks, less what all thumbnails (n, 768) have in common."""
    side = THUMBNAIL // BLOCKS
    means = thumbnails.reshape(-1, BLOCKS, side, BLOCKS, side, 3).mean(axis=(2, 4), dtype=np.float32)
    flat = means.reshape(-1, 3 * BLOCKS**2)
    flat -= flat.mean(axis=0)
    return np.ascontiguousarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6), np.float32)


def _single(rows: Rows, pictures: Codes) -> Rows:
    """One row for each question, answer and picture: the same again would take the place of others."""
    keys = np.stack([rows.group, rows.answer, pictures[rows.image]], axis=1)
    return rows.take(np.unique(keys, axis=0, return_index=True)[1])


def _couples(found: Neighbours, rows: Rows) -> Codes:
    couples = couples_of(found)
    return np.stack([rows.image[couples.first], rows.image[couples.second]], axis=1)


def nearest_across(own: Shown, others: Shown, number: int = NEAREST) -> set[tuple[int, int]]:
    """Couples of a picture and the nearest among others, by vector and by thumbnail.

    Args:
        own: looks and vectors of pictures.
        others: the same of those that are looked for.
        number: how many are taken for each, by either.
    """
    found: set[tuple[int, int]] = set()
    for mine, theirs in ((own[1], others[1]), (unturned(own[0].thumbnails), unturned(others[0].thumbnails))):
        _, places = knn(np.ascontiguousarray(mine), np.ascontiguousarray(theirs), number)
        rows = np.repeat(np.arange(len(places)), places.shape[1])
        found |= set(zip(rows.tolist(), places.reshape(-1).tolist(), strict=True))
    return found
