"""The last stage before publishing: chosen couples of images become mirrored pair rows."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from contextpairs.data.answers.languages import told
from contextpairs.data.imaging.plain import Original, plain_image
from contextpairs.data.pairs.schemas import IMAGES, PAIRS_IMAGES, Split
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.data.store.manifest import portable_uri
from contextpairs.pipelines.images.read_step import Read
from contextpairs.pipelines.images.tables import read_images
from contextpairs.pipelines.run.released import released_schema
from contextpairs.pipelines.run.stage import Batch, stage

File = tuple[dict[str, Any], Original | None]
"""{bytes, path} of an image as it is handed on, and what it was made from where that is another file."""
RELEASED = released_schema(PAIRS_IMAGES)
CHUNK_BYTES = 48 * 2**20
CHUNK_COUPLES = 2000


@dataclass(frozen=True, slots=True)
class Side:
    """One image of a couple and the answer that it supports.

    Attributes:
        answer: as the row will say it.
        path: stage output that holds the image.
        place: its row there.
        facts: what is known of the image.
        provenance: where it came from: source, row, key, image_id, and for an edit how it was made.
        vector: of the image, as float16 bytes.
        edited: whether an editor made it.
    """

    answer: str
    path: str
    place: int
    facts: ImageFacts
    provenance: dict[str, Any]
    vector: bytes
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Couple:
    """Two images that support different answers to one question.

    Attributes:
        scores: every measure that a filter used.
        verdicts: what the judge said of the two rows; empty without a judge.
        source: pixel hash of the image that was edited; its couples are one group, whatever they show of it.
    """

    strategy: Literal["edit", "retrieval"]
    query: str
    sides: tuple[Side, Side]
    group: str
    split: Split
    domain: str
    license: str
    scores: dict[str, Any]
    verdicts: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class ImageReleasePayload:
    """Some of the chosen couples."""

    couples: tuple[Couple, ...]


def side_of(read: Read, row: int, vectors: npt.NDArray[np.float32], facts: ImageFacts | None = None) -> Side:
    """An image as it came, with the answer of one of its questions; `facts` are looked up where they are not given."""
    questions, image = read.questions, int(read.questions.image[row])
    images = read.images
    facts = facts or images.at(image)
    provenance = {
        "source": portable_uri(questions.source[row]),
        "row": int(questions.row[row]),
        "key": questions.key[row],
        "image_id": facts.image_id,
        "license": questions.license[row] or None,
    }
    if options := json.loads(questions.choices[row]):
        provenance["choices"] = options
    if (locale := questions.locale[row]) and locale != told(questions.question[row]):
        provenance["locale"] = locale
    path, place = images.paths[images.output[image]], int(images.place[image])
    return Side(questions.answer[row], path, place, facts, provenance, vectors[image].astype(np.float16).tobytes())


def key_of(couple: Couple) -> bytes:
    """Hash of what a couple says: 32 bytes."""
    said = [couple.query, *sorted(f"{side.facts.image_id} {side.answer}" for side in couple.sides)]
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass")).digest()


def chunks(couples: Sequence[Couple]) -> Iterator[tuple[Couple, ...]]:
    """Couples that fit in memory together: those whose keys begin alike, so that one more couple changes one chunk.

    Args:
        couples: in the order of their keys.
    """
    keys = [int.from_bytes(key_of(couple)[:8]) for couple in couples]
    sizes = [sum(side.facts.size for side in couple.sides) for couple in couples]
    for start, stop in _halves(keys, np.cumsum([0, *sizes]), 0, len(couples), 63):
        yield tuple(couples[start:stop])


def _halves(
    keys: Sequence[int], filled: npt.NDArray[np.int64], start: int, stop: int, bit: int
) -> Iterator[tuple[int, int]]:
    """Ends of chunks between two places: halved by the next bit of the keys until they are small enough."""
    small = filled[stop] - filled[start] <= CHUNK_BYTES and stop - start <= CHUNK_COUPLES
    if small or bit < 0 or stop - start == 1:
        if start < stop:
            yield start, stop
        return
    middle = bisect_left(range(start, stop), 1, key=lambda place: keys[place] >> bit & 1) + start
    yield from _halves(keys, filled, start, middle, bit - 1)
    yield from _halves(keys, filled, middle, stop, bit - 1)


@stage("release")
def release_images(payload: ImageReleasePayload) -> Iterator[Batch]:
    """Two mirrored rows a couple; one whose two files are equal is set aside."""
    files = files_of(payload.couples)
    rows: list[dict[str, Any]] = []
    for couple in payload.couples:
        first, second = (files[side.path, side.place] for side in couple.sides)
        if first[0]["bytes"] == second[0]["bytes"]:
            yield Batch(rejections=[Rejection("release", "same-file", key=couple.group, detail=couple.query)])
        else:
            rows += _mirrored(couple, first, second)
    yield Batch(table=pa.Table.from_pylist(rows, schema=RELEASED))


def files_of(couples: Sequence[Couple]) -> dict[tuple[str, int], File]:
    """Both images of some couples as they are handed on, by stage output and row."""
    places: dict[str, set[int]] = {}
    for couple in couples:
        for side in couple.sides:
            places.setdefault(side.path, set()).add(side.place)
    return {
        (path, place): plain_image({"bytes": content, "path": name or ""})
        for path, wanted in sorted(places.items())
        for place, (_, content, name) in read_images(path, sorted(wanted)).items()
    }


def _provenance(side: Side, original: Original | None) -> dict[str, Any]:
    """Where an image came from, and the file that its checked PNG stands for."""
    return side.provenance if original is None else {**side.provenance, "original": original.as_dict()}


def _mirrored(couple: Couple, first: File, second: File) -> list[dict[str, Any]]:
    """(a; X+, Y-) and (b; Y+, X-): nothing in an image alone can tell which is positive."""
    here, there = ((side, *file) for side, file in zip(couple.sides, (first, second), strict=True))
    rows = []
    for number, (shown, confounder) in enumerate(((here, there), (there, here))):
        (side, positive, original), (other, negative, other_original) = shown, confounder
        provenance = {
            "positive": _provenance(side, original),
            "negative": _provenance(other, other_original),
            "domain": couple.domain,
        }
        if couple.verdicts:
            provenance["verdict"] = couple.verdicts[number]
        rows.append(
            {
                "pair_id": IMAGES.pair_id(couple.query, side.answer, positive, negative),
                "mirror_id": IMAGES.pair_id(couple.query, other.answer, negative, positive),
                "group_id": couple.group,
                "strategy": couple.strategy,
                "query": couple.query,
                "answer": side.answer,
                "positive": positive,
                "negative": negative,
                "scores": json.dumps(couple.scores, sort_keys=True),
                "provenance": json.dumps(provenance, sort_keys=True),
                "split": couple.split,
                "license": couple.license,
            }
        )
    return rows
