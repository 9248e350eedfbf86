"""Questions that ask the same in other words: equal in every word that decides, and near by text embedding.

Text embeddings see wording better than meaning: "Is it left of the cat?" and "Is it right of the cat?" are nearer to
each other than most ways to ask one of them. So a cosine never joins what words tell apart. Two wordings may differ in
words without content alone (the question's verb, "there", "of", "in the image"). Any other word that differs, or stands
elsewhere, makes another question: a number, a negation, a color, a name, "a" for "the", one noun for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.builders.images.encoder.encoder import EmbeddingOptions
from contextpairs.data.answers.question_key import question_key
from contextpairs.data.store.settings import Settings

Codes = npt.NDArray[np.int64]
Decisive = tuple[str, ...]
ROUNDING = 1e-6
"""Products of equal unit vectors fall this short of 1."""
SEE = r"(?:see|find|spot)"
WHOLE = r"(?:in|on|from) the (?:image|picture|photo|photograph)"
SILENT = tuple(
    (re.compile(pattern), said)
    for pattern, said in (
        (rf"^{WHOLE},?\s+", ""),
        (rf"\s+{WHOLE}$", ""),
        (r"^what (?:is the )?(?:total )?number of\b", "how many"),
        (rf"^(?:can|could|do) (?:you|we|one) {SEE} (?=an? |any |some )", "is there "),
        (rf"\s+(?:can|could|do) (?:you|we|one) {SEE}$", ""),
        (r"\s+can be seen$", ""),
        (r"\s+(?:(?:is|are) )?(?:visible|shown|depicted|pictured|displayed)$", ""),
        (r"\s+(?:is|are) (?:there|present|seen)(?: in total)?$", ""),
        (r"^((?:is|are) .+) (?:there|present|seen)$", r"\1"),
        (r"\b(is|are) there\b", r"\1"),
        (r"\s+(?:is|are)$", ""),
        (r"^what (is|are) the (\w+) of\b", r"what \2 \1"),
    )
)
"""What says no more than that the picture shows it, with what is said instead."""
ASKING = {"what": "what", "which": "what", **{word: word for word in ("where", "who", "whose", "when", "why", "how")}}
VERBS = frozenset(["is", "are", "was", "were"])
LINKS = frozenset(["the", "of"])


class SimilarQuestions(Settings):
    """When questions in other words count as one. The first of the wordings, by alphabet, is published for all; a row's
    provenance says what its images were asked, its `scores.question_cosine` how near that is."""

    threshold: float = Field(default=0.95, gt=0, le=1)
    """Least cosine of a wording with the first one of its question; the scales of models differ. Wordings whose
    numbers, names, colors, negations or other words of content differ are never one, whatever their cosine."""
    encoder: EmbeddingOptions | None = None
    """open_clip model whose text tower makes the vectors; without it, the one that makes those of the images."""
    synonyms: list[list[str]] = Field(default_factory=list)
    """Single words that mean the same in these questions, such as [[car, automobile], [sofa, couch]]; by themselves no
    two words of content do."""


class TextEncoder(Protocol):
    """What makes vectors of texts: `contextpairs.builders.images.encoder.encoder.Encoder` does."""

    def texts(self, texts: list[str]) -> npt.NDArray[np.float32]:
        """Unit vectors, shape (n, d)."""
        ...


@dataclass(frozen=True, slots=True)
class Wordings:
    """Questions grouped.

    Attributes:
        leader: of each question the place of the first one that asks the same, shape (n,).
    """

    leader: Codes
    _places: Mapping[int, int]
    _vectors: npt.NDArray[np.float32]

    def cosine(self, one: int, other: int) -> float:
        """Cosine of two questions of one group, by their places."""
        if one == other:
            return 1.0
        return float(self._vectors[self._places[one]] @ self._vectors[self._places[other]])


def similar_questions(texts: Sequence[str], encoder: TextEncoder, options: SimilarQuestions) -> Wordings:
    """Group questions: each joins the first earlier one that leads a group, decides alike and is similar enough.

    Joining leaders alone keeps every question within the threshold of its leader; chains cannot drift. Only questions
    that may be joined at all are embedded.

    Args:
        texts: questions as they came, of which no two are one by `contextpairs.data.answers.question_key.question_key`.
        encoder: makes their vectors.
        options: threshold and synonyms.
    """
    alike = _alike(texts, _meanings(options.synonyms))
    places = sorted(place for group in alike for place in group)
    vectors = encoder.texts([texts[place] for place in places]) if places else np.zeros((0, 1), np.float32)
    found = Wordings(np.arange(len(texts)), {place: at for at, place in enumerate(places)}, vectors)
    for group in alike:
        _join(group, found, options.threshold - ROUNDING)
    return found


def _join(group: Sequence[int], found: Wordings, threshold: float) -> None:
    leaders: list[int] = []
    for place in group:
        near = (leader for leader in leaders if found.cosine(leader, place) >= threshold)
        found.leader[place] = leader = next(near, place)
        if leader == place:
            leaders.append(place)


def _alike(texts: Sequence[str], meanings: Mapping[str, str]) -> list[list[int]]:
    """Places of questions that decide alike, in groups of two and more."""
    groups: dict[Decisive, list[int]] = {}
    for place, text in enumerate(texts):
        if said := _decisive(question_key(text), meanings):
            groups.setdefault(said, []).append(place)
    return [group for group in groups.values() if len(group) > 1]


def _meanings(synonyms: Iterable[Sequence[str]]) -> dict[str, str]:
    return {word.lower(): group[0].lower() for group in synonyms for word in group}


def _decisive(text: str, meanings: Mapping[str, str]) -> Decisive | None:
    """How a question asks and its words of content in their order; None where it has none, or asks nothing."""
    for pattern, said in SILENT:
        text = pattern.sub(said, text)
    words = text.replace(",", " ").split()
    asking = _asking(words)
    content = tuple(meanings.get(word, word) for word in _content(words, asking))
    return (asking, *content) if asking and content else None


def _asking(words: Sequence[str]) -> str:
    """What is asked for; "what dog is chasing?" asks for a dog, "what is the dog chasing?" does not."""
    if words and words[0] in VERBS:
        return "whether"
    at = next((place for place, word in enumerate(words) if word in ASKING), None)
    if at is None:
        return ""
    which = ASKING[words[at]] == "what" and at + 1 < len(words) and words[at + 1] not in VERBS
    return "which" if which else ASKING[words[at]]


def _content(words: Sequence[str], asking: str) -> Iterable[str]:
    """All words but the one that asks and the first verb; where yes or no answers, articles count."""
    if asking == "whether":
        return words[1:]
    dropped = {next((place for place, word in enumerate(words) if word in said), -1) for said in (ASKING, VERBS)}
    return (word for place, word in enumerate(words) if place not in dropped and word not in LINKS)
