"""Keep evaluation images out of training data: by pixels, by looks, by embedding, by the words of the question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.data.imaging.looks import Bools, Looks, Places, alike_by_hash, alike_by_thumbnail, hash_index
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.data.store.settings import Settings
from contextpairs.filters.evidence.evaluation_ngrams import EvaluationNgrams, NgramRule, plain_words

Rule = Literal["pixels", "perceptual-hash", "thumbnail", "embedding", "question-text", "question-and-image", "copy"]
"""`copy` needs the pictures themselves and is told by whoever has them."""
RULES: tuple[Rule, ...] = get_args(Rule)
Vector = npt.NDArray[np.float32]
Vectors = npt.NDArray[np.float32]


class ImageContaminationOptions(Settings):
    """What counts as evaluation material. A picture is a hit by itself; a question is one only where it is telling."""

    enabled: bool = True
    """Whether the filter runs at all; off, every candidate passes and the card says so."""
    evaluation_sets: list[str] = Field(default_factory=list)
    """Visual question answering sources (folder, Parquet, JSONL, Hub id) to be kept out; the caller reads them."""
    max_hamming: int = Field(default=10, ge=0, le=32)
    """Bits of 64 that perceptual hashes may differ in: other sizes, encodings, crops of about a twentieth."""
    max_difference: float = Field(default=0.35, ge=0, le=1)
    """Difference of the thumbnails, in units of their contrast, up to which a near hash counts: the hash sees no
    colours, so that a recoloured picture is told apart here. 0 is equal, 1 unrelated."""
    max_thumbnail_difference: float = Field(default=0.04, ge=0, le=0.5)
    """Difference up to which the thumbnail alone counts: hashes of symmetric drawings are unstable. 0 turns it off."""
    min_cosine: float = Field(default=0.98, gt=0, le=1)
    """Embeddings, where given, at least this near are a hit. Fits one model; tables and drawings need it higher."""
    ngram_words: int = Field(default=13, ge=3, le=50)
    """Length of the word n-grams compared between questions; shorter questions count with an image alone."""
    min_ngrams: int = Field(default=8, ge=1)
    """A question that shares this many distinct n-grams with the evaluation questions is a hit."""
    min_share: float = Field(default=0.5, gt=0, le=1)
    """So is one of whose distinct n-grams this share is found there."""
    boilerplate_images: int = Field(default=3, ge=2)
    """N-grams asked of this many different evaluation images are templates, and are left out."""
    same_question_hamming: int = Field(default=16, ge=0, le=32)
    """Bits that hashes may differ in where the very question is asked of the evaluation image too."""
    same_question_difference: float = Field(default=0.6, ge=0, le=1)
    """Difference of thumbnails that is then allowed."""
    same_question_cosine: float = Field(default=0.95, gt=0, le=1)
    """Cosine that then suffices."""


class EvaluationImage(NamedTuple):
    """An image to be kept out, with its questions and, where embeddings are compared, its vector."""

    facts: ImageFacts
    questions: tuple[str, ...] = ()
    vector: Vector | None = None


class EvaluationImages:
    """What the evaluation sets hold, ready for many checks. Picklable: workers rebuild the search structures.

    "Is there a dog?" is asked by every data set, so a short question says nothing by itself: asked of an image that
    looks like the evaluation image to looser bounds than the image rules have, it is `question-and-image`. A question
    of `ngram_words` or more is told by its n-grams alone, unless the evaluation set asks them of many images.
    """

    def __init__(self, options: ImageContaminationOptions, images: Iterable[EvaluationImage]) -> None:
        """Read the evaluation images once.

        Raises:
            ValueError: some images have vectors and others have none.
        """
        kept = _merged(images) if options.enabled else []
        self.options = options
        self._pixels = {image.facts.pixel_hash for image in kept}
        self._looks = Looks.of([image.facts for image in kept])
        self._vectors = _stacked([image.vector for image in kept])
        self._asked = _asked(kept)
        rule = NgramRule(options.ngram_words, options.min_ngrams, options.min_share, options.boilerplate_images)
        self._grams = EvaluationNgrams(([plain_words(asked) for asked in image.questions] for image in kept), rule)

    def check(self, facts: ImageFacts, question: str, vector: Vector | None = None) -> tuple[Rule, ...]:
        """The rules that an image with this question hits, in fixed order; empty: it may be kept."""
        return self.check_many([(facts, question)], None if vector is None else vector[None])[0]

    def check_many(
        self, rows: Sequence[tuple[ImageFacts, str]], vectors: Vectors | None = None
    ) -> list[tuple[Rule, ...]]:
        """`check` of many rows at once; an image that several rows ask about is looked up once.

        Args:
            rows: image and question.
            vectors: embedding of each row's image, (n, d), of the model that embedded the evaluation images.

        Raises:
            ValueError: the vectors are not one a row, or of another length than those of the evaluation images.
        """
        if not len(self._looks) or not rows:
            return [()] * len(rows)
        batch = _batch(rows, self._checked(rows, vectors))
        hits = self._image_hits(batch)
        hits["question-text"] = np.array([self._grams.holds(plain_words(question)) for question in batch.questions])
        hits["question-and-image"] = np.array([self._is_asked_there(batch, row) for row in range(len(rows))])
        return [tuple(rule for rule in RULES if rule in hits and hits[rule][row]) for row in range(len(rows))]

    def _checked(self, rows: Sequence[tuple[ImageFacts, str]], vectors: Vectors | None) -> Vectors | None:
        """The vectors at unit length; None where either side has none."""
        if vectors is None or self._vectors is None:
            return None
        expected = (len(rows), self._vectors.shape[1])
        if vectors.shape != expected:
            raise ValueError(
                f"vectors of shape {vectors.shape}, expected {expected}: one a row, of the model that embedded the "
                "evaluation images"
            )
        return _normalised(vectors)

    def _image_hits(self, batch: _Batch) -> dict[Rule, Bools]:
        """What the images alone say, by row."""
        options, looks = self.options, batch.looks
        hits: dict[Rule, Bools] = {
            "pixels": np.array([facts.pixel_hash in self._pixels for facts in batch.images]),
            "perceptual-hash": alike_by_hash(
                self._looks, self._hashes, looks, options.max_hamming, options.max_difference
            ),
        }
        if options.max_thumbnail_difference:
            hits["thumbnail"] = alike_by_thumbnail(self._looks, looks, options.max_thumbnail_difference)
        if batch.vectors is not None:
            nearest = self._embeddings.search(batch.vectors, 1)[0][:, 0]
            hits["embedding"] = nearest >= options.min_cosine
        return {rule: hit[batch.of_row] for rule, hit in hits.items()}

    def _is_asked_there(self, batch: _Batch, row: int) -> bool:
        """Whether an evaluation image of this question looks like the row's image, to the looser bounds."""
        theirs = self._asked.get(plain_words(batch.questions[row]))
        if theirs is None:
            return False
        own, options = int(batch.of_row[row]), self.options
        if batch.vectors is not None and self._vectors is not None:
            cosines = self._vectors[theirs] @ batch.vectors[own]
            if cosines.max() >= options.same_question_cosine:
                return True
        near = theirs[batch.looks.distances(own, self._looks, theirs) <= options.same_question_hamming]
        differences = batch.looks.differences(np.full(len(near), own), self._looks, near)
        return bool((differences <= options.same_question_difference).any())

    @cached_property
    def _hashes(self) -> Any:
        return hash_index(self._looks)

    @cached_property
    def _embeddings(self) -> Any:
        import faiss

        assert self._vectors is not None
        index = faiss.IndexFlatIP(self._vectors.shape[1])
        index.add(self._vectors)
        return index

    def __getstate__(self) -> dict[str, Any]:
        """Without the search structures, which are built anew in a fraction of a second."""
        return {name: value for name, value in self.__dict__.items() if name not in ("_hashes", "_embeddings")}


def _merged(images: Iterable[EvaluationImage]) -> list[EvaluationImage]:
    """One entry an image, with all its questions."""
    merged: dict[str, EvaluationImage] = {}
    for image in images:
        known = merged.setdefault(image.facts.image_id, image)
        if known is not image:
            merged[image.facts.image_id] = known._replace(questions=known.questions + image.questions)
    return list(merged.values())


class _Batch(NamedTuple):
    """Rows with their distinct images: `of_row` says which image a row has; `vectors` are those of `images`."""

    images: list[ImageFacts]
    looks: Looks
    vectors: Vectors | None
    of_row: Places
    questions: list[str]


def _batch(rows: Sequence[tuple[ImageFacts, str]], vectors: Vectors | None) -> _Batch:
    places: dict[str, int] = {}
    of_row = np.array([places.setdefault(facts.image_id, len(places)) for facts, _ in rows])
    firsts = np.unique(of_row, return_index=True)[1]
    images = [rows[i][0] for i in firsts]
    own = None if vectors is None else vectors[firsts]
    return _Batch(images, Looks.of(images), own, of_row, [question for _, question in rows])


def _stacked(vectors: Sequence[Vector | None]) -> Vectors | None:
    given = [vector for vector in vectors if vector is not None]
    if not given:
        return None
    if len(given) < len(vectors):
        raise ValueError(f"{len(given)} of {len(vectors)} evaluation images have a vector; expected all or none")
    return _normalised(np.stack(given))


def _normalised(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(lengths, 1e-12), np.float32)


def _asked(images: Sequence[EvaluationImage]) -> dict[str, Places]:
    """Which images each question is asked of, by its words."""
    places: dict[str, list[int]] = {}
    for place, image in enumerate(images):
        for question in {plain_words(question) for question in image.questions}:
            places.setdefault(question, []).append(place)
    return {question: np.array(found) for question, found in sorted(places.items()) if question}


def count_rules(hits: Iterable[Sequence[Rule]]) -> dict[str, int]:
    """Rows by rule, for the card; one that hits two rules counts in both."""
    return dict(sorted(Counter(rule for rules in hits for rule in rules).items()))
