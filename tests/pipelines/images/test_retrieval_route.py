"""Couples across wordings: rendered scenes whose questions are asked in several ways."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scene_truth import fault_of
from contextpairs.data.answers.question_key import question_key
from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.cli.describe import documented
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper
from contextpairs.pipelines.run.reporting import Silent

THRESHOLD = 0.5
SIMILAR = f"retrieval.similar_questions={{threshold: {THRESHOLD}}}"
WORDINGS = {
    "What color is": "What is the color of",
    "What shape is": "In this picture, which shape is",
    "How many": "What number of",
    "Is there a": "Can you see a",
}
Rows = list[dict[str, Any]]


def reworded(question: str) -> str:
    """A question in other words, or as it is."""
    start = next((each for each in WORDINGS if question.startswith(each)), "")
    return WORDINGS.get(start, "") + question.removeprefix(start)


ORIGINALS = {reworded(asked.question): asked.question for n in range(160) for asked in scene("objects", 5, n).asked()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """160 scenes of objects; every other one is asked in other words."""
    folder = tmp_path_factory.mktemp("source")
    lines = []
    for number in range(160):
        shown = scene("objects", 5, number)
        shown.draw().save(folder / f"{number}.png")
        for asked in shown.asked():
            said = reworded(asked.question) if number % 2 else asked.question
            name = f"objects-5-{number}"
            lines.append({"id": name, "image": f"{number}.png", "question": said, "answer": asked.answer})
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def build(source: Path, out: Path, *overrides: str) -> tuple[Published, Rows]:
    given = [f"sources={source}", f"out={out}", "demo_models=true", "editing.enabled=false", "limit=null"]
    drawn = [*given, "source.rendered=true", *overrides]
    made = build_images(load(ImagesConfig, [], drawn), process_mapper(1), Silent())
    store = Store(out)
    return made, [row for split in SPLITS if split in made.rows for row in store.read(made.version, split).to_pylist()]


@pytest.fixture(scope="module")
def similar(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Published, Rows]:
    return build(source, tmp_path_factory.mktemp("similar"), SIMILAR)


@pytest.fixture(scope="module")
def rows(similar: tuple[Published, Rows]) -> Rows:
    return similar[1]


def candidates(made: Published) -> int:
    """Couples that retrieval found, before windows and caps."""
    manifest = Store(Path(made.path).parents[1]).manifest(made.version)
    return next(line.rows_in for line in manifest.funnel if line.stage == "window")


def across(rows: Rows) -> Rows:
    """Rows whose images were asked in different words."""
    said = [(row, json.loads(row["provenance"])) for row in rows]
    return [row for row, each in said if each["positive"].get("question") != each["negative"].get("question")]


def test_images_are_coupled_across_wordings(rows: Rows) -> None:
    assert len(across(rows)) >= 40
    assert {question_key(row["query"]) for row in across(rows)} <= {question_key(row["query"]) for row in rows}


def test_every_row_is_true_under_the_wording_that_it_shows(rows: Rows) -> None:
    """The renderer answers each query on both images; the encoder has it 0.99 that a circle is a square."""
    for row in rows:
        query = ORIGINALS.get(row["query"], row["query"])
        assert fault_of({**row, "query": query}) is None, row["query"]


def test_both_wordings_and_their_cosine_stand_on_the_row(rows: Rows) -> None:
    for row in across(rows):
        said = json.loads(row["provenance"])
        own = {said[side]["question"] for side in ("positive", "negative")}
        assert len(own) == 2
        assert row["query"] in own
        assert THRESHOLD <= json.loads(row["scores"])["question_cosine"] < 1


def test_mirrors_share_the_query(rows: Rows) -> None:
    known = {row["pair_id"]: row for row in rows}
    for row in across(rows):
        mirror = known[row["mirror_id"]]
        assert (mirror["query"], mirror["scores"]) == (row["query"], row["scores"])
        assert (mirror["positive"], mirror["negative"]) == (row["negative"], row["positive"])
        assert mirror["answer"] != row["answer"]


def test_without_it_no_couple_crosses_wordings(source: Path, similar: tuple[Published, Rows], tmp_path: Path) -> None:
    made, plain = build(source, tmp_path)
    for row in plain:
        assert "question" not in json.loads(row["provenance"])["positive"]
        assert "question_cosine" not in json.loads(row["scores"])
    assert candidates(made) < candidates(similar[0])
    assert Store(tmp_path).manifest(made.version).configuration["retrieval"]["similar_questions"] is None


def published_wordings(rows: Rows) -> dict[str, set[str]]:
    """By question as the scenes ask it: what was published for couples across wordings."""
    found: dict[str, set[str]] = {}
    for row in across(rows):
        query: str = row["query"]
        found.setdefault(ORIGINALS.get(query, query), set()).add(query)
    return found


def test_one_wording_stands_for_all_whatever_the_order_of_the_rows(source: Path, rows: Rows, tmp_path: Path) -> None:
    lines = (source / "qa.jsonl").read_text().splitlines()
    images = json.dumps(str(source))
    (tmp_path / "backwards.jsonl").write_text("\n".join(reversed(lines)))
    _, backwards = build(tmp_path / "backwards.jsonl", tmp_path / "out", SIMILAR, f"source.image_root={images}")
    forth, back = published_wordings(rows), published_wordings(backwards)
    both = forth.keys() & back.keys()
    assert len(both) >= 5
    for question in both:
        assert forth[question] == back[question]
        assert len(forth[question]) == 1


def test_an_encoder_of_its_own_is_named_without_its_folder(tmp_path: Path) -> None:
    similar = {"threshold": 0.9, "encoder": {"model": str(tmp_path / "text-model")}}
    config = ImagesConfig.model_validate({"retrieval": {"similar_questions": similar}})
    assert config.content()["retrieval"]["similar_questions"]["encoder"]["model"] == "text-model"


def test_the_configuration_shows_it() -> None:
    shown = documented(ImagesConfig())
    assert "similar_questions: null" in shown
    assert "such as {threshold: 0.95}" in shown
