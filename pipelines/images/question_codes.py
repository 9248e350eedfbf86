"""Questions and answers as codes: which rows ask the same, which answers certainly differ, which ones are known."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from contextpairs.builders.images.retrieval.question_rows import UNCLEAR, Codes, Conflicts, Rows
from contextpairs.builders.images.retrieval.same_questions import Wordings, similar_questions
from contextpairs.data.answers.canonical import Canonical, canonical
from contextpairs.data.answers.comparing import relation
from contextpairs.data.answers.conflicts import conflicts
from contextpairs.data.answers.question_key import question_key
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.encoder_stage import encoder_of
from contextpairs.pipelines.images.tables import QuestionTable, Texts
from contextpairs.pipelines.run.build import Build

LARGEST = 2**62
MOST = 16
"""Answers of a question that an image is read against: the most frequent ones."""


@dataclass(frozen=True, slots=True)
class QuestionCodes:
    """Rows for retrieval, one a row of the question table.

    Attributes:
        rows: image, question, answer and domain as codes.
        conflicts: (question, answer, answer) that are not certainly different.
        names: domains by code.
        wording: code of each row's normalised text, shape (rows,).
        wordings: which normalised texts ask the same; None where each is a question of its own.
        as_came: a text as it came, by code of the normalised one.
        topic: code of what each row asks, in whatever domain, shape (rows,).
        meaning: code of each row's answer over all questions: equal codes, equal meaning; -1 where it is unclear.
        locale: of each row's question and answer.
    """

    rows: Rows
    conflicts: Conflicts
    names: list[str]
    wording: Codes
    wordings: Wordings | None
    as_came: list[str]
    topic: Codes
    meaning: Codes
    locale: Texts


def coded(build: Build[ImagesConfig], questions: QuestionTable) -> QuestionCodes:
    """`codes_of` as the build is configured; what similar questions add to the groups is noted.

    Raises:
        ModelError: the encoder of the questions cannot be loaded.
    """
    options = build.config.retrieval.similar_questions
    if options is None:
        return codes_of(questions)
    _, asked = _wordings(questions.question)
    wordings = similar_questions(asked, encoder_of(options.encoder or build.config.retrieval_encoder()), options)
    joined = int((wordings.leader != np.arange(len(asked))).sum())
    build.note(f"{joined} of {len(asked)} wordings ask what another one asks")
    return codes_of(questions, wordings)


def codes_of(questions: QuestionTable, wordings: Wordings | None = None) -> QuestionCodes:
    """Same question: equal text once normalised, in one domain. Same answer: equal in meaning, whatever its writing.

    Args:
        questions: all of them.
        wordings: which normalised texts, sorted, ask the same, so that all answers are read as those to the first one;
            by default none do.
    """
    domains = np.unique(np.array(questions.domain.words, object), return_inverse=True)
    domain = np.asarray(domains[1], np.int64)[questions.domain.codes] if len(questions) else np.zeros(0, np.int64)
    wording, asked = _wordings(questions.question)
    first = wordings.leader[wording] if wordings else wording
    group = _groups(first, domain)
    answer, barred, meaning = _answers(questions, group, Texts(asked, first) if wordings else questions.question)
    rows = Rows(questions.image.astype(np.int64), group, answer, domain)
    return QuestionCodes(
        rows, barred, [str(name) for name in domains[0]], wording, wordings, asked, first, meaning, questions.locale
    )


def _wordings(question: Texts) -> tuple[Codes, list[str]]:
    """Of each row the place of its normalised text, by alphabet; and of each such text the first one as it came."""
    keys = [question_key(text) for text in question.words]
    as_came: dict[str, str] = {}
    for text, key in sorted(zip(question.words, keys, strict=True)):
        as_came.setdefault(key, text)
    place = np.unique(np.array(keys, object), return_inverse=True)[1].astype(np.int64)
    return place[question.codes], [as_came[key] for key in sorted(as_came)]


def _groups(asked: Codes, domain: Codes) -> Codes:
    return np.unique(domain * (asked.max(initial=0) + 1) + asked, return_inverse=True)[1].astype(np.int64)


def _answers(questions: QuestionTable, group: Codes, asked: Texts) -> tuple[Codes, Conflicts, Codes]:
    """The answer of each row as a code within its question, the conflicts, and the answer as a code over all questions;
    each writing is read once a question."""
    writings, place = _distinct(
        [group, asked.codes, questions.answer.codes, questions.choices.codes, questions.locale.codes]
    )
    read = [_read(questions, asked.words[text], *said) for _, text, *said in writings.tolist()]
    classes: dict[int, dict[str, int]] = defaultdict(dict)
    examples: dict[int, list[Canonical]] = defaultdict(list)
    codes, meaning = np.full(len(read), UNCLEAR, np.int64), np.full(len(read), UNCLEAR, np.int64)
    meanings: dict[str, int] = {}
    for at, (each, said) in enumerate(zip(writings[:, 0].tolist(), read, strict=True)):
        if not said.comparable:
            continue
        if said.key not in classes[each]:
            classes[each][said.key] = len(classes[each])
            examples[each].append(said)
        codes[at] = classes[each][said.key]
        meaning[at] = meanings.setdefault(said.key, len(meanings))
    barred = {(each, *pair) for each, known in examples.items() for pair in conflicts(known)}
    return codes[place], barred, meaning[place]


def _distinct(columns: Sequence[Codes]) -> tuple[Codes, Codes]:
    """The distinct rows of some columns in their order, shape (distinct, columns), and the place of each row there."""
    key = columns[0]
    for column in columns[1:]:
        width = int(column.max(initial=0)) + 1
        if int(key.max(initial=0)) >= LARGEST // width - 1:
            key = np.unique(key, return_inverse=True)[1]
        key = key * width + column
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    return np.stack([column[first] for column in columns], axis=1), place


def _read(questions: QuestionTable, question: str, answer: int, choices: int, locale: int) -> Canonical:
    options = tuple(json.loads(questions.choices.words[choices]))
    return canonical(questions.answer.words[answer], question, options, questions.locale.words[locale])


class KnownAnswers:
    """Answers by question; of writings that mean the same the first one stands for all."""

    def __init__(self, questions: QuestionTable, codes: QuestionCodes) -> None:
        """Args: questions: all of them. codes: the same as codes."""
        self._questions, self._rows = questions, codes.rows
        self._frequent: dict[int, list[tuple[int, int]]] = {}
        counts: Counter[tuple[int, int]] = Counter()
        first: dict[tuple[int, int], int] = {}
        for row, (group, answer) in enumerate(zip(codes.rows.group.tolist(), codes.rows.answer.tolist(), strict=True)):
            if answer >= 0:
                counts[group, answer] += 1
                first.setdefault((group, answer), row)
        for (group, answer), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            if len(self._frequent.setdefault(group, [])) <= MOST:
                self._frequent[group].append((answer, first[group, answer]))
        self._conflicts = codes.conflicts

    def others(self, row: int) -> tuple[str, ...]:
        """Known answers to a row's question that certainly differ from its own, most frequent first."""
        group, own = int(self._rows.group[row]), int(self._rows.answer[row])
        return tuple(
            self._questions.answer[place]
            for answer, place in self._frequent.get(group, ())
            if answer != own and not self._may_be_same(group, own, answer)
        )[:MOST]

    def _may_be_same(self, group: int, one: int, other: int) -> bool:
        return (group, one, other) in self._conflicts or (group, other, one) in self._conflicts


def rivals(
    others: Sequence[str], answer: str, question: str, choices: tuple[str, ...], locale: str = ""
) -> tuple[str, ...]:
    """Those of some answers that certainly differ from one more."""
    return tuple(other for other in others if relation(other, answer, question, choices, locale) == "different")
