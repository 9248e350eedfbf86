"""What one edit does costs that edit: verdicts are kept, exceptions are owed, and only a run of them ends the build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contextpairs.builders.images.editing.edit_outcomes import EditorFailed
from contextpairs.builders.images.editing.editor_options import EditorOptions
from contextpairs.builders.images.editing.image_editor import Editor, load_editor
from contextpairs.builders.images.encoder.encoder import EmbeddingOptions, Encoder, load_encoder
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.sources.files.guard import CATCH
from contextpairs.data.store.stages import read_table
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.images import edit_stage, encoder_stage
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Recorded
from tests.data.store.version_files import version_files

Fault = str | Exception
SMALL = (
    "scenes.images=300", "scenes.questions=2", "retrieval.enabled=false", "limit=null",
    "editing.candidates=40", "editing.tries=2", "editing.batch_size=4",
)  # fmt: skip
OUT_OF_MEMORY = MemoryError("no memory is left")
FAULTS: dict[int, Fault] = {
    0: RuntimeError("shapes cannot be multiplied"),
    3: "nan",
    7: "inf",
    11: ValueError("sizes of 64 x 64 are not taken"),
    12: ValueError("sizes of 64 x 64 are not taken"),
    15: "black",
    20: OUT_OF_MEMORY,
    26: "cropped",
    39: "nan",
}
"""By the number of the picture, in the order in which the editor sees them first."""
REASONS = {"not-finite": 3, "editor-refused": 2, "safety-checker": 1, "other-size": 1}


class Faulty:
    """A pipeline with faults at certain pictures, whatever they are told and in whatever batch they stand."""

    def __init__(self, pipeline: Any, faults: Mapping[int, Fault]) -> None:
        self._pipeline, self._faults = pipeline, faults
        self._numbers: dict[bytes, int] = {}
        self.calls = 0

    def __call__(self, **arguments: Any) -> Any:
        self.calls += 1
        numbers = [self._number(image) for image in arguments["image"]]
        for number in numbers:
            fault = self._faults.get(number)
            if isinstance(fault, Exception):
                raise fault
        output = self._pipeline(**arguments)
        output.images = [self._changed(image, number) for image, number in zip(output.images, numbers, strict=True)]
        output.nsfw_content_detected = [self._faults.get(number) == "black" for number in numbers]
        return output

    def __getattr__(self, name: str) -> Any:
        """Its parts, through which originals go."""
        return getattr(self._pipeline, name)

    def _number(self, image: Any) -> int:
        return self._numbers.setdefault(hashlib.sha256(image.tobytes()).digest(), len(self._numbers))

    def _changed(self, image: Any, number: int) -> Any:
        match self._faults.get(number):
            case "nan" | "inf" as said:
                image = image.copy()
                image[5, 5, 0] = float(said)
            case "black" | "unflagged":
                image = image * 0
            case "cropped":
                image = image[:-8]
        return image

    @property
    def pictures(self) -> int:
        """How many it has seen."""
        return len(self._numbers)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The demonstration editor with faults from the next build on; what it returns counts."""
    monkeypatch.setenv(CATCH, "on")

    def broken(faults: Mapping[int, Fault]) -> list[Faulty]:
        loaded: list[Faulty] = []

        def with_faults(options: EditorOptions) -> Editor:
            editor = load_editor(options)
            loaded.append(Faulty(editor._pipeline, faults))
            return replace(editor, _pipeline=loaded[-1])

        edit_stage._editor.cache_clear()
        monkeypatch.setattr(edit_stage, "load_editor", with_faults)
        return loaded

    yield broken
    edit_stage._editor.cache_clear()


def build(out: Path, *overrides: str, recorded: Recorded | None = None) -> Published:
    config = load(ImagesConfig, [], [f"out={out}", *SMALL, *overrides])
    return build_images(config, thread_mapper(1), recorded or Recorded(None))


def edits(published: Published) -> dict[str, dict[str, Any]]:
    """Rows by pair id."""
    store = Store(Path(published.path).parents[1])
    splits = [split for split in SPLITS if split in published.rows]
    return {row["pair_id"]: row for split in splits for row in store.read(published.version, split).to_pylist()}


def content(published: Published) -> dict[str, bytes]:
    return version_files(Path(published.path))


def originals(rows: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """Ids of the pictures that were edited."""
    said = [json.loads(row["provenance"]) for row in rows.values()]
    return {side["edited_from"] for each in said for side in each.values() if "edited_from" in side}


def line_of(published: Published, stage: str) -> Any:
    manifest = Store(Path(published.path).parents[1]).manifest(published.version)
    return next(line for line in manifest.funnel if line.stage == stage)


def rejected(out: Path) -> list[dict[str, Any]]:
    return [
        row for path in (out / ".work/edits").glob("*.rejected.parquet") for row in read_table(str(path)).to_pylist()
    ]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The build without a fault."""
    return build(tmp_path_factory.mktemp("whole"))


def test_edits_that_fail_cost_themselves_and_each_is_named(whole: Published, faulty: Any, tmp_path: Path) -> None:
    faulty(FAULTS)
    recorded = Recorded(None)
    made = build(tmp_path, recorded=recorded)
    edited = line_of(made, "edits")
    assert edited.owed == 2
    assert {reason: edited.reasons[reason] for reason in REASONS} == REASONS
    assert edited.rows_in == 40
    assert "blank" not in edited.reasons
    rows, before = edits(made), edits(whole)
    lost = originals(before) - originals(rows)
    assert rows == {pair: row for pair, row in before.items() if not originals({pair: row}) & lost}
    broken = [row for row in rejected(tmp_path) if row["reason"] in {*REASONS, "failed"}]
    assert len(broken) == len(FAULTS)
    assert lost <= {row["key"] for row in broken}
    for row in broken:
        assert "told '" in row["detail"]
        assert row["detail"].startswith("objects-")
    said = " ".join(row["detail"] for row in broken)
    for part in ("not finite", "RuntimeError: shapes", "MemoryError: no memory", "64 x 64 are not", "safety checker"):
        assert part in said
    for reason in (*REASONS, "edits: 2 of 40 rows failed and are owed"):
        assert any(note.startswith(reason) for note in recorded.notes), reason


def test_what_failed_is_tried_again_and_verdicts_are_not(whole: Published, faulty: Any, tmp_path: Path) -> None:
    faulty(FAULTS)
    first = build(tmp_path)
    assert not build(tmp_path).created
    loaded = faulty({})
    second = build(tmp_path)
    [pipeline] = loaded
    assert pipeline.pictures == 2
    edited = line_of(second, "edits")
    assert edited.owed == 0
    assert {reason: edited.reasons[reason] for reason in REASONS} == REASONS
    before, rows = edits(whole), edits(second)
    assert edits(first).keys() <= rows.keys() <= before.keys()
    assert all(row == before[pair] for pair, row in rows.items())
    scratch = build(tmp_path / "scratch", f"engine.work_dir={tmp_path}/.work")
    assert content(scratch) == content(second)


def test_the_same_faults_give_the_same_bytes(faulty: Any, tmp_path: Path) -> None:
    few = ("scenes.images=100", "editing.candidates=16")
    faulty(FAULTS)
    one = build(tmp_path / "one", *few)
    faulty(FAULTS)
    assert content(build(tmp_path / "other", *few)) == content(one)


@pytest.mark.parametrize("fault", ["nan", "black", RuntimeError("shapes"), ValueError("64 x 64"), "cropped"], ids=str)
@pytest.mark.parametrize("candidates", [40, 6])
def test_an_editor_that_gives_no_picture_ends_the_build(
    fault: Fault, candidates: int, faulty: Any, tmp_path: Path
) -> None:
    loaded = faulty(dict.fromkeys(range(40), fault))
    with pytest.raises(
        EditorFailed, match=r"no picture for .*, so nothing was published; the first: .*objects-"
    ) as said:
        build(tmp_path, f"editing.candidates={candidates}")
    assert Store(tmp_path).versions() == []
    [pipeline] = loaded
    if fault == "nan" or isinstance(fault, RuntimeError):
        assert f"for {min(20, candidates)} edits in a row" in str(said.value)
        assert pipeline.pictures <= 32
    else:
        assert f"for all of {candidates} edits" in str(said.value)


def test_nineteen_failures_in_a_row_are_owed(faulty: Any, tmp_path: Path) -> None:
    faulty(dict.fromkeys(range(19), OUT_OF_MEMORY))
    assert line_of(build(tmp_path), "edits").owed == 19


def test_a_lost_device_ends_the_build_at_once_and_keeps_what_is_done(
    whole: Published, faulty: Any, tmp_path: Path
) -> None:
    faulty({17: RuntimeError("CUDA error: an illegal memory access was encountered")})
    with pytest.raises(EditorFailed, match="the device is lost, at the instruction '"):
        build(tmp_path)
    assert len(list((tmp_path / ".work/edited").rglob("*.png"))) in (16, 20)
    faulty({})
    assert content(build(tmp_path)) == content(whole)


class Blind:
    """An encoder's model that gives a black picture no direction."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def encode_image(self, batch: Any) -> Any:
        return self._model.encode_image(batch) * (batch.flatten(1).std(dim=1) > 0.1)[:, None]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


def test_an_edited_picture_without_a_vector_is_rejected(
    faulty: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It compares with nothing, so that no threshold would speak against it."""

    def blind(options: EmbeddingOptions) -> Encoder:
        encoder = load_encoder(options)
        encoder._model = Blind(encoder._model)
        return encoder

    faulty({5: "unflagged"})
    encoder_stage._encoder.cache_clear()
    monkeypatch.setattr(encoder_stage, "load_encoder", blind)
    recorded = Recorded(None)
    made = build(tmp_path, "scenes.images=100", "editing.candidates=12", recorded=recorded)
    encoder_stage._encoder.cache_clear()
    edited = line_of(made, "edits")
    assert edited.reasons["zero-vector"] == 1
    [note] = [note for note in recorded.notes if note.startswith("zero-vector, for example objects-")]
    assert "the edited picture has no vector to compare" in note
