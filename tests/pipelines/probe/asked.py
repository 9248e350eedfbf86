"""Versions to probe, and results as a model with a known habit would leave them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from contextpairs.data.pairs.prompting import Letter, Shown
from contextpairs.data.pairs.schemas import Split, pair_id
from contextpairs.data.pairs.splits import split_of
from contextpairs.data.store.store import Store
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.questions import ORDERS, Answer, ProbeQuestion, both_orders, result
from contextpairs.pipelines.probe.results import RESULTS
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import Row, account, labelled

ROLES = ("user", "assistant")
Model = Callable[[Shown], Answer]


def couple(seed: int, length: int = 1) -> list[Row]:
    """Two mirrored rows whose positive says the answer, without labels."""
    answers = [f"fix {seed} one", f"fix {seed} two"]
    contexts = [[{"role": role, "content": f"{answer} " * length} for role in ROLES] for answer in answers]
    query = "Which trace produced this patch?"
    ids = [pair_id(query, answers[at], contexts[at], contexts[1 - at]) for at in (0, 1)]
    common = {
        "group_id": f"group-{seed // 2}",
        "strategy": "trajectory",
        "query": query,
        "scores": {},
        "provenance": {},
    }
    return [
        {
            **common,
            "pair_id": ids[at],
            "mirror_id": ids[1 - at],
            "answer": answers[at],
            "positive": contexts[at],
            "negative": contexts[1 - at],
        }
        for at in (0, 1)
    ]


def coding_store(folder: Path, couples: int = 20) -> Path:
    """A version of coding pairs; every second couple is longer."""
    rows: dict[Split, list[Row]] = {"train": [], "probe": []}
    for seed in range(couples):
        for row in couple(seed, length=1 + 6 * (seed % 2)):
            rows[split_of(row["group_id"], 0.7)].append(row)
    Store(folder).publish({split: labelled(found) for split, found in rows.items()}, account())
    return folder


def image_store(folder: Path, couples: int = 8) -> Path:
    """A version of image pairs."""
    Store(folder).publish(image_splits(range(couples)), image_account())
    return folder


def results_of(rows: Sequence[dict[str, Any]], model: Model) -> pa.Table:
    """The results of a model over stored rows."""
    questions: list[ProbeQuestion] = []
    for row in rows:
        questions.extend(both_orders(row, ProbeConfig().prompt))
    return pa.Table.from_pylist([result(each, model(each.shown)) for each in questions], schema=RESULTS)


def stored_rows(store: Path) -> list[dict[str, Any]]:
    """The rows of the probe split."""
    rows: list[dict[str, Any]] = Store(store).read("latest", "probe").to_pylist()
    return rows


def option(text: str, letter: str) -> str:
    """What stands as this option in a prompt."""
    return text.split(f"Option {letter}:\n")[1].split("Option B:")[0].split("Which option")[0]


def answer_in(text: str) -> str:
    """The answer that a prompt asks about."""
    return text.split("Answer:\n")[1].split("\n\nOption A:")[0]


def truth(text: str) -> Letter:
    """The option that holds the answer."""
    return "A" if answer_in(text) in option(text, "A") else "B"


def truthful(shown: Shown) -> Answer:
    """A model that is always right."""
    return Answer("letter", truth(shown.text))


def always_a(shown: Shown) -> Answer:  # noqa: ARG001
    """A model that always names the first option."""
    return Answer("letter", "A", logit_a=3.0, logit_b=0.0, letter_mass=0.5)


def question_count(store: Path) -> int:
    """Questions of the probe split."""
    return len(ORDERS) * Store(store).manifest().rows["probe"]
