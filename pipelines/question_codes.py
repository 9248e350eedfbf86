"""Questions and answers as codes: which rows ask the same, and which answers certainly differ."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from builders.rows import UNCLEAR, Codes, Conflicts, Rows
from data.answers import Canonical, canonical, conflicts
from data.questions import question_key
from pipelines.image_table import QuestionTable


@dataclass(frozen=True, slots=True)
class QuestionCodes:
    """Rows for retrieval, one a row of the question table.

    Attributes:
        rows: image, question, answer and domain as codes.
        conflicts: (question, answer, answer) that are not certainly different.
        names: domains by code.
    """

    rows: Rows
    conflicts: Conflicts
    names: list[str]


def codes_of(questions: QuestionTable) -> QuestionCodes:
    """Same question: equal text once normalised, in one domain. Same answer: equal in meaning, whatever its writing."""
    domains = np.unique(np.array(questions.domain.words, object), return_inverse=True)
    domain = np.asarray(domains[1], np.int64)[questions.domain.codes] if len(questions) else np.zeros(0, np.int64)
    group = _groups(questions, domain)
    answer, barred = _answers(questions, group)
    rows = Rows(questions.image.astype(np.int64), group, answer, domain)
    return QuestionCodes(rows, barred, [str(name) for name in domains[0]])


def _groups(questions: QuestionTable, domain: Codes) -> Codes:
    keys = np.array([question_key(text) for text in questions.question.words], object)
    key = np.unique(keys, return_inverse=True)[1].astype(np.int64)[questions.question.codes]
    return np.unique(domain * (key.max(initial=0) + 1) + key, return_inverse=True)[1].astype(np.int64)


def _answers(questions: QuestionTable, group: Codes) -> tuple[Codes, Conflicts]:
    """The answer of each row as a code within its question, and the conflicts; each writing is read once a question."""
    spelled = np.stack([group, questions.question.codes, questions.answer.codes, questions.choices.codes])
    writings, place = np.unique(spelled, axis=1, return_inverse=True)
    read = [_read(questions, *map(int, writing[1:])) for writing in writings.T]
    classes: dict[int, dict[str, int]] = defaultdict(dict)
    examples: dict[int, list[Canonical]] = defaultdict(list)
    codes = np.full(len(read), UNCLEAR, np.int64)
    for at, (each, said) in enumerate(zip(writings[0].tolist(), read, strict=True)):
        if not said.comparable:
            continue
        if said.key not in classes[each]:
            classes[each][said.key] = len(classes[each])
            examples[each].append(said)
        codes[at] = classes[each][said.key]
    barred = {(each, *pair) for each, known in examples.items() for pair in conflicts(known)}
    return codes[place.reshape(-1)], barred


def _read(questions: QuestionTable, question: int, answer: int, choices: int) -> Canonical:
    options = tuple(json.loads(questions.choices.words[choices]))
    return canonical(questions.answer.words[answer], questions.question.words[question], options)
