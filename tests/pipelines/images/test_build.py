"""The whole image build on rendered scenes: what is published is what the README promises."""

from __future__ import annotations

import hashlib
import itertools
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from benchmarks.scene_truth import fault_of
from contextpairs.builders.images.editing.scene_codec import LEVEL, MARGIN
from contextpairs.builders.images.retrieval import search as retrieval
from contextpairs.data.answers.comparing import relation
from contextpairs.data.demo.scenes.rendering import DOMAINS, scene
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.store.store import Published, Store
from contextpairs.filters.evidence.baselines import LEARNABLE
from contextpairs.filters.images.edit_marks import EDITED_OR_NOT
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import process_mapper, thread_mapper
from contextpairs.pipelines.run.reporting import Silent
from tests.data.store.version_files import version_files

ROOT = Path(__file__).resolve().parents[3]
SMALL = ("scenes.images=600", "editing.candidates=40", "limit=400", "demo_models=true", "source.rendered=true")
Rows = list[dict[str, Any]]


class Noting(Silent):
    """Keeps what was noted."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, message: str) -> None:
        """See Reporter."""
        self.notes.append(message)


def build(out: Path, *overrides: str, threads: bool = False, reporter: Silent | None = None) -> Published:
    mapper = thread_mapper(2) if threads else process_mapper(1)
    return build_images(load(ImagesConfig, [], [f"out={out}", *SMALL, *overrides]), mapper, reporter or Silent())


def rows_of(published: Published) -> dict[str, Rows]:
    store = Store(Path(published.path).parents[1])
    return {split: store.read(published.version, split).to_pylist() for split in SPLITS if split in published.rows}


def every(rows: dict[str, Rows]) -> Iterator[dict[str, Any]]:
    return itertools.chain.from_iterable(rows.values())


def content(published: Published) -> dict[str, bytes]:
    return version_files(Path(published.path))


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    return build(tmp_path_factory.mktemp("scenes"))


@pytest.fixture(scope="module")
def rows(published: Published) -> dict[str, Rows]:
    return rows_of(published)


def test_both_routes_give_pairs(rows: dict[str, Rows]) -> None:
    strategies = Counter(row["strategy"] for row in every(rows))
    assert strategies["edit"] >= 2 * 0.35 * 40
    assert strategies["retrieval"] >= 200
    assert sum(strategies.values()) == 400


def test_what_is_published_is_true(rows: dict[str, Rows]) -> None:
    """The renderer knows what a scene shows, and its inverse what an edited one does."""
    faults = {strategy: [] for strategy in ("edit", "retrieval")}  # type: dict[str, list[str | None]]
    for row in every(rows):
        faults[row["strategy"]].append(fault_of(row))
    assert not any(faults["retrieval"])
    assert sum(fault is None for fault in faults["edit"]) >= 0.93 * len(faults["edit"])


def test_the_two_pictures_of_an_edit_differ_from_the_scene_around_their_change_alone(rows: dict[str, Rows]) -> None:
    """Away from the change both are the scene, pixel for pixel; near it both are what the codec drew."""
    edits = [row for row in every(rows) if row["strategy"] == "edit"]
    assert edits
    for row in edits:
        said = json.loads(row["provenance"])
        assert sum("redrawn_from" in said[side] for side in ("positive", "negative")) == 1
        domain, seed, number = said["positive"]["key"].rsplit("-", 2)
        drawn = np.asarray(scene(domain, int(seed), int(number)).draw())
        first, second = (np.asarray(Image.open(BytesIO(row[side]["bytes"]))) for side in ("positive", "negative"))
        outside = np.ones(drawn.shape[:2], bool)
        for top, left in np.argwhere(np.abs(first.astype(np.int16) - second).max(axis=2) > LEVEL):
            outside[max(0, top - MARGIN) : top + MARGIN + 1, max(0, left - MARGIN) : left + MARGIN + 1] = False
        assert np.array_equal(first[outside], drawn[outside])
        assert np.array_equal(second[outside], drawn[outside])


def test_the_audit_says_whether_edits_are_told_by_marks(published: Published) -> None:
    manifest = Store(Path(published.path).parents[1]).manifest(published.version)
    edits = sum(row["strategy"] == "edit" for row in rows_of(published)["train"])
    told = [figure.split for figure in manifest.audit if figure.name == EDITED_OR_NOT]
    assert told == (["train"] if edits >= 2 * LEARNABLE else [])


def test_mirrors_swap_roles_and_answers(rows: dict[str, Rows]) -> None:
    for split in rows.values():
        known = {row["pair_id"]: row for row in split}
        for row in split:
            mirror = known[row["mirror_id"]]
            assert (mirror["positive"], mirror["negative"]) == (row["negative"], row["positive"])
            assert mirror["label"] != row["label"]
            assert relation(mirror["answer"], row["answer"], row["query"]) == "different"


def test_no_picture_stands_in_both_splits(rows: dict[str, Rows]) -> None:
    seen = {
        split: {hashlib.sha256(row[side]["bytes"]).digest() for row in mine for side in ("positive", "negative")}
        for split, mine in rows.items()
    }
    assert not seen["train"] & seen["probe"]


def test_what_an_image_alone_tells_stands_at_chance(published: Published) -> None:
    manifest = Store(Path(published.path).parents[1]).manifest(published.version)
    alone = [figure for figure in manifest.audit if figure.name.startswith("picks")]
    assert len({figure.name for figure in alone}) >= 6
    assert {figure.accuracy for figure in alone} == {0.5}
    assert {figure.accuracy for figure in manifest.audit if figure.name in ("question only", "answer prior")} == {0.5}


def test_every_stage_of_the_funnel_adds_up(published: Published) -> None:
    manifest = Store(Path(published.path).parents[1]).manifest(published.version)
    assert {"read", "images", "proposals", "edits", "contrastable", "window", "matching"} <= {
        line.stage for line in manifest.funnel
    }
    for line in manifest.funnel:
        assert line.rows_in == line.rows_out + sum(line.reasons.values()), line


def test_datasets_reads_the_pictures_as_they_were_rendered(published: Published) -> None:
    loaded = datasets.load_dataset(published.path, "images", split="train").cast_column(
        "positive", datasets.Image(decode=True)
    )
    row = next(row for row in loaded if row["strategy"] == "retrieval")
    domain, seed, number = json.loads(row["provenance"])["positive"]["key"].rsplit("-", 2)
    drawn = scene(domain, int(seed), int(number)).draw()
    np.testing.assert_array_equal(np.asarray(row["positive"]), np.asarray(drawn))


def test_a_build_elsewhere_by_threads_gives_the_same_bytes(published: Published, tmp_path: Path) -> None:
    again = build(tmp_path / "elsewhere", threads=True)
    assert content(again) == content(published)


def test_a_refresh_embeds_and_edits_only_what_is_new(published: Published, tmp_path: Path) -> None:
    """Equal content publishes nothing; more scenes cost their own vectors alone."""
    out = Path(published.path).parents[1]
    reporter = Noting()
    assert not build(out, reporter=reporter).created
    assert "0 images embedded, 600 vectors found" in reporter.notes
    grown = Noting()
    more = load(ImagesConfig, [], [f"out={tmp_path}", *SMALL, "scenes.images=610", f"engine.work_dir={out}/.work"])
    build_images(more, process_mapper(1), grown)
    assert "10 images embedded, 600 vectors found" in grown.notes


def test_a_refresh_gives_what_a_build_from_scratch_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the byte, although it searches only among what is new."""
    monkeypatch.setattr(retrieval, "BULK_ROWS", 8)
    retrieved = ("editing.enabled=false", "scenes.questions=3")
    build(tmp_path / "grown", *retrieved)
    monkeypatch.setattr(retrieval, "ANEW", 1.0)
    monkeypatch.delattr(retrieval, "_search_single")
    more = build(tmp_path / "grown", *retrieved, "scenes.images=620")
    monkeypatch.undo()
    scratch = build(tmp_path / "scratch", *retrieved, "scenes.images=620")
    assert more.created
    assert content(more) == content(scratch)


WITHOUT_MODELS = """
import sys
from contextpairs.pipelines.cli.main import app
app(["build", "images", *sys.argv[1:]], standalone_mode=False)
assert not {"torch", "open_clip", "transformers"} & set(sys.modules)
"""


def test_a_build_with_nothing_to_embed_loads_no_model(tmp_path: Path) -> None:
    overrides = [*SMALL, "editing.enabled=false", "engine.workers=2"]
    build(tmp_path, *overrides)
    subprocess.run(
        [sys.executable, "-c", WITHOUT_MODELS, f"out={tmp_path}", *overrides], cwd=ROOT, check=True, capture_output=True
    )


def test_edits_that_are_done_are_not_done_again(published: Published, tmp_path: Path) -> None:
    """Other thresholds judge the same edits anew: no file of the cache is written."""
    out = Path(published.path).parents[1]
    files = {path: path.stat().st_mtime_ns for path in (out / ".work/edited").rglob("*.png")}
    assert files
    build(tmp_path, "editing.verify={flip_margin: 0.001}", "editing.tries=1", f"engine.work_dir={out}/.work")
    assert {path: path.stat().st_mtime_ns for path in files} == files


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    """A small source of one's own: 60 rendered charts and tables with two broken files and no configuration."""
    folder = tmp_path / "mine"
    folder.mkdir()
    lines = []
    for number in range(60):
        shown = scene(list(DOMAINS)[2 + number % 2], 9, number)
        shown.draw().save(folder / f"{number}.png")
        lines += [
            {"image": f"{number}.png", "question": each.question, "answer": each.answer} for each in shown.asked()[:4]
        ]
    (folder / "broken.png").write_bytes(b"<html>no picture</html>")
    lines.append({"image": "broken.png", "question": "What is it?", "answer": "a page"})
    lines.append({"image": "gone.png", "question": "What is it?", "answer": "nothing"})
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return folder


def test_own_sources_need_no_configuration(shapes: Path, tmp_path: Path) -> None:
    made = build(tmp_path / "out", f"sources={shapes}", "editing.enabled=false", "limit=null")
    manifest = Store(tmp_path / "out").manifest(made.version)
    funnel = {line.stage: line for line in manifest.funnel}
    assert funnel["read"].reasons == {"missing-image": 1}
    assert funnel["images"].reasons == {"unsupported-format": 1}
    names = {path.read_bytes() for path in shapes.glob("*.png")}
    for row in every(rows_of(made)):
        assert row["positive"]["bytes"] in names


def test_evaluation_images_are_kept_out(shapes: Path, tmp_path: Path) -> None:
    """An evaluation set that holds a third of the images, written anew as JPEG."""
    exam = []
    for number in range(20):
        encoded = BytesIO()
        Image.open(shapes / f"{number}.png").save(encoded, "JPEG", quality=92)
        exam.append({"image": {"bytes": encoded.getvalue(), "path": None}, "question": "Unasked?", "answer": "no"})
    pq.write_table(pa.Table.from_pylist(exam), tmp_path / "exam.parquet")
    made = build(
        tmp_path / "out",
        f"sources={shapes}",
        "editing.enabled=false",
        "limit=null",
        f"contamination.evaluation_sets=['{tmp_path / 'exam.parquet'}']",
    )
    manifest = Store(tmp_path / "out").manifest(made.version)
    assert sum(manifest.contamination.values()) >= 20
    barred = {(shapes / f"{number}.png").read_bytes() for number in range(20)}
    for row in every(rows_of(made)):
        assert row["positive"]["bytes"] not in barred


def exam_of(shapes: Path, folder: Path, form: str) -> Path:
    """Twenty of the images as an evaluation set."""
    folder.mkdir()
    names = [f"{number}.png" for number in range(20)]
    for name in names:
        shutil.copy(shapes / name, folder)
    rows: Rows = []
    if form == "hidden answers":
        rows = [{"image": name, "question": "Which one?", "answer": None} for name in names]
    if form == "several images":
        couples = zip(names[::2], names[1::2], strict=True)
        rows = [{"image_1": one, "image_2": two, "question": "Same?", "answer": "no"} for one, two in couples]
    if rows:
        (folder / "exam.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.mark.parametrize("form", ["hidden answers", "several images", "images alone"])
def test_evaluation_images_need_no_usable_row(shapes: Path, tmp_path: Path, form: str) -> None:
    sets = exam_of(shapes, tmp_path / "exam", form)
    (sets / "20.png").write_bytes(b"no image")
    made = build(
        tmp_path / "out",
        f"sources={shapes}",
        "editing.enabled=false",
        "limit=null",
        f"contamination.evaluation_sets=['{sets}']",
    )
    manifest = Store(tmp_path / "out").manifest(made.version)
    (note,) = (each for each in manifest.notes if each.startswith("evaluation sets:"))
    assert note.startswith("evaluation sets: 20 images")
    assert ("cannot be read: no-image 1" in note) == (form == "images alone")
    barred = {(shapes / f"{number}.png").read_bytes() for number in range(20)}
    for row in every(rows_of(made)):
        assert row["positive"]["bytes"] not in barred


def test_evaluation_sets_without_an_image_stop_the_build(shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "exam.jsonl").write_text(json.dumps({"image": "gone.png", "question": "What?", "answer": "it"}))
    with pytest.raises(SourceError, match=r"evaluation_sets: no image could be read \(missing-image 1\)"):
        build(
            tmp_path / "out",
            f"sources={shapes}",
            "editing.enabled=false",
            f"contamination.evaluation_sets=['{tmp_path / 'exam.jsonl'}']",
        )


def test_what_one_picture_is_said_to_show_elsewhere_counts(tmp_path: Path) -> None:
    """Two files, hence two domains, that contradict each other on every second image."""
    says: dict[str, list[dict[str, str]]] = {"one": [], "two": []}
    for number in range(40):
        scene("charts", 3, number).draw().save(tmp_path / f"{number}.png")
        color = ("red", "white")[number % 4 // 2]
        row = {"image": f"{number}.png", "question": "What color is the bus?", "answer": color}
        says["one"].append(row)
        if number % 2:
            says["two"].append({**row, "answer": "red or white" if number % 4 == 1 else "blue"})
    for name, rows in says.items():
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = build(tmp_path / "out", f"sources={tmp_path}", "editing.enabled=false", "limit=null")
    manifest = Store(tmp_path / "out").manifest(made.version)
    assert {line.stage: line.reasons for line in manifest.funnel}["consistency"] == {"contradictory": 40}
    certain = {(tmp_path / f"{number}.png").read_bytes() for number in range(0, 40, 2)}
    assert {row[side]["bytes"] for row in every(rows_of(made)) for side in ("positive", "negative")} <= certain


def test_a_limit_holds_for_both_routes_together(tmp_path: Path) -> None:
    made = build(tmp_path / "out", "scenes.images=150", "editing.candidates=8", "limit=2")
    assert sum(made.rows.values()) == 2


def test_a_copy_of_a_picture_stands_in_no_other_split(tmp_path: Path) -> None:
    rows = []
    for number in range(60):
        shown = scene("charts", 3, number).draw()
        shown.save(tmp_path / f"{number}.png")
        shown.save(tmp_path / f"{number}.jpg", quality=92)
        for ending, question in (("png", "Is it high?"), ("jpg", "Is it wide?")):
            rows.append({"image": f"{number}.{ending}", "question": question, "answer": ("yes", "no")[number % 2]})
    (tmp_path / "qa.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    made = build(tmp_path / "out", f"sources={tmp_path}", "editing.enabled=false", "limit=null", "probe_share=0.3")
    number_of = {file.read_bytes(): file.stem for file in tmp_path.iterdir() if file.suffix in (".png", ".jpg")}
    shown_in = {
        split: {number_of[row[side]["bytes"]] for row in found for side in ("positive", "negative")}
        for split, found in rows_of(made).items()
    }
    assert shown_in["train"]
    assert shown_in.get("probe", set()).isdisjoint(shown_in["train"])
    manifest = Store(tmp_path / "out").manifest(made.version)
    assert {line.stage: line.reasons for line in manifest.funnel}["copies"]["copy-in-train"] > 0


def test_one_answer_alone_gives_no_pairs(tmp_path: Path) -> None:
    for number in range(5):
        scene("charts", 3, number).draw().save(tmp_path / f"{number}.png")
    lines = [json.dumps({"image": f"{n}.png", "question": "Is it a chart?", "answer": "yes"}) for n in range(5)]
    (tmp_path / "qa.jsonl").write_text("\n".join(lines))
    with pytest.raises(NothingToPublish):
        build(tmp_path / "out", f"sources={tmp_path}/qa.jsonl", "editing.enabled=false")
