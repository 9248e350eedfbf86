"""What every sealed folder keeps: all of it or nothing, and a manifest that accounts for every file."""

from __future__ import annotations

import hashlib
import json
import os
from io import BytesIO
from pathlib import Path

import pytest

from contextpairs.data.exports.record import ExportRecord
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.sealed import (
    ManifestError,
    Seal,
    StoredFile,
    appear,
    hashed,
    seal,
    stored_file,
    stored_files,
    unsealed,
)
from contextpairs.pipelines.probe.results import ProbeRecord
from contextpairs.pipelines.tasks.storing import TasksManifest

KINDS: list[Seal] = [
    Manifest(domain="coding", title="é"),
    ExportRecord(form="verl", sources=(), splits=("train",), options={"suffix": "é"}),
    TasksManifest(kind="coding", configuration={"é": 1}),
    ProbeRecord(run={"limit": None}, report={"accuracy": 0.1}),
]


@pytest.mark.parametrize("manifest", KINDS, ids=lambda kind: type(kind).__name__)
def test_every_manifest_names_format_files_and_its_own_digest(manifest: Seal) -> None:
    file = StoredFile(path="a/b", bytes=2, sha256="0" * 64)
    sealed = manifest.model_copy(update={"files": (file,)}).sealed()
    said = json.loads(sealed.to_bytes())
    assert (said["format"], said["digest"]) == (1, sealed.digest)
    assert said["files"] == [{"path": "a/b", "bytes": 2, "sha256": "0" * 64, "rows": None}]
    assert type(manifest).parsed(sealed.to_bytes(), "") == sealed
    assert sealed.is_intact()
    assert not sealed.model_copy(update={"files": ()}).is_intact()


def test_the_digest_of_a_version_is_the_same_wherever_its_files_lie() -> None:
    there = KINDS[0].model_copy(update={"location": "../../objects/x"})
    assert there.sealed().digest == KINDS[0].sealed().digest


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"run": {}, "report": {}, "format": 2}', b'{"run": {}}'])
def test_what_is_no_manifest_is_named(payload: bytes) -> None:
    with pytest.raises(ManifestError, match=r"^out/m\.json: .*expected a manifest of format 1"):
        ProbeRecord.parsed(payload, "out/m.json")


def test_files_are_accounted_for_by_path(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/rows").write_bytes(b"ab")
    (tmp_path / "card").write_bytes(b"")
    files = stored_files(tmp_path, {tmp_path / "in/rows": 3})
    assert [(file.path, file.bytes, file.rows) for file in files] == [("card", 0, None), ("in/rows", 2, 3)]
    assert files[1] == stored_file(tmp_path / "in/rows", tmp_path, 3)
    assert files[1].sha256 == hashlib.sha256(b"ab").hexdigest() == hashed(BytesIO(b"ab"))[0]
    assert files[1].is_in(BytesIO(b"ab"))
    assert not files[1].is_in(BytesIO(b"abc"))


def test_a_folder_appears_with_its_manifest_and_over_no_other(tmp_path: Path) -> None:
    for number in range(2):
        with unsealed(tmp_path / "work") as folder:
            (folder / "rows").write_text(str(number))
            seal(folder, "manifest.json", KINDS[0])
            if number:
                with pytest.raises(OSError, match="not empty"):
                    appear(folder, tmp_path / "out")
            else:
                appear(folder, tmp_path / "out")
    assert sorted(os.listdir(tmp_path / "out")) == ["manifest.json", "rows"]
    assert (tmp_path / "out/rows").read_text() == "0"
    assert os.listdir(tmp_path / "work") == []


def test_a_builder_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def build() -> None:
        with unsealed(tmp_path / "work") as folder:
            (folder / "half").touch()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        build()
    assert os.listdir(tmp_path / "work") == []
