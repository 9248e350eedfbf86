"""Image files that rows name: found where they are, and nowhere else."""

from __future__ import annotations

import json
import os
import unicodedata
import zipfile
from pathlib import Path
from typing import Any, Literal

import fsspec
import pyarrow as pa
import pytest

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.vqa.record import VqaRow
from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.making import PNG, images, lines, outcomes, reason, table

ASKED = {"question": "What is it?", "answer": "a cat"}


def row(image: Any) -> dict[str, Any]:
    return {"image": image, **ASKED}


def loaded(items: list[Any]) -> list[bytes]:
    assert [item for item in items if isinstance(item, Rejection)] == []
    return [item.image for item in items]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """set/rows.jsonl may be read, secret.png beside the folder may not."""
    images(tmp_path, "secret.png")
    images(tmp_path / "set", "a.png", "images/b.png")
    return tmp_path


@pytest.mark.parametrize("written", ["a.png", "./a.png", "images/../a.png", "images\\..\\a.png", "images/b.png"])
def test_relative_paths_start_at_the_files_folder(written: str, secret: Path) -> None:
    assert loaded(outcomes(lines(secret / "set" / "rows.jsonl", [row(written)])))[0] in (PNG, picture(1))


@pytest.mark.parametrize("written", ["{}/set/a.png", "file://{}/set/a.png"])
def test_absolute_paths_within_the_folder(written: str, secret: Path) -> None:
    path = lines(secret / "set" / "rows.jsonl", [row(written.format(secret))])
    assert loaded(outcomes(path)) == [PNG]


@pytest.mark.parametrize(
    "written",
    [
        "../secret.png", "images/../../secret.png", "..\\secret.png", "{}/secret.png", "{}/set/../secret.png",
        "file://{}/secret.png", "file://{}/set/../secret.png", "../set2/a.png", "/etc/hostname", "memory://x/a.png",
        "s3://bucket/a.png", "zip://a.png::{}/secret.zip", "simplecache::file://{}/secret.png",
        "zip://a.png::http://localhost/a.zip",
    ],
)  # fmt: skip
def test_nothing_outside_is_read(written: str, secret: Path) -> None:
    """Would catch a data set that makes its reader publish somebody's private files."""
    images(secret / "set2", "a.png")
    path = lines(secret / "set" / "rows.jsonl", [row(written.format(secret)), row("a.png")])
    first, second = outcomes(path)
    assert reason(first) == "outside-folder"
    assert isinstance(first, Rejection)
    assert "image_root" in first.detail
    assert loaded([second]) == [PNG]


def test_the_folder_that_was_named_counts_and_not_that_of_the_file(secret: Path) -> None:
    path = lines(secret / "set" / "annotations" / "rows.jsonl", [row("../images/b.png")])
    assert loaded(outcomes(secret / "set")) == [picture(1)]
    assert loaded(outcomes(f"{secret}/set/")) == [picture(1)]
    assert reason(outcomes(path)[0]) == "outside-folder"


@pytest.mark.parametrize("written", ["../secret.png", "{}/secret.png", "secret.png"])
def test_image_root_covers_more(written: str, secret: Path) -> None:
    path = lines(secret / "set" / "rows.jsonl", [row(written.format(secret)), row("images/b.png")])
    assert loaded(outcomes(path, image_root=str(secret))) == [PNG, picture(1)]


def test_what_the_user_linked_is_followed(secret: Path) -> None:
    os.symlink(secret / "set" / "images", secret / "set" / "linked")
    assert loaded(outcomes(lines(secret / "set" / "rows.jsonl", [row("linked/b.png")]))) == [picture(1)]


@pytest.mark.parametrize(
    "named",
    [{"image": "out/a.png"}, {"image": "one.png"}, {"image": "{}/set/one.png"}, {"image_id": "one"},
     {"image": "zip://a.png::linked.zip"}, {"image": "a1.png"}],
    ids=str,
)  # fmt: skip
def test_a_link_that_leads_out_is_not_followed(named: dict[str, str], secret: Path) -> None:
    """Would catch a data set whose author links to what only its reader may see."""
    images(secret / "other", "a.png", "a1.png")
    with zipfile.ZipFile(secret / "other" / "x.zip", "w") as archive:
        archive.write(secret / "other" / "a1.png", "a1.png")
    for link, target in (("out", "other"), ("one.png", "other/a.png"), ("linked.zip", "other/x.zip")):
        os.symlink(secret / target, secret / "set" / link)
    asked = {name: place.format(secret) for name, place in named.items()}
    (item,) = outcomes(lines(secret / "set" / "rows.jsonl", [{**ASKED, **asked}]))
    assert reason(item) == ("missing-image" if named == {"image": "a1.png"} else "outside-folder")
    (item,) = outcomes(secret / "set" / "rows.jsonl", image_root=str(secret / "other"))
    assert isinstance(item, VqaRow) or "zip://" in str(named)


def test_links_of_the_hubs_cache_are_followed_to_its_blobs_and_no_further(tmp_path: Path) -> None:
    cache = tmp_path / "hub" / "datasets--me--set"
    images(cache / "blobs", "0a1b", "rows")
    images(tmp_path / "hub" / "datasets--other--set" / "blobs", "2c3d")
    snapshot = cache / "snapshots" / "f00d"
    snapshot.mkdir(parents=True)
    os.symlink("../../blobs/0a1b", snapshot / "a.png")
    os.symlink("../../../datasets--other--set/blobs/2c3d", snapshot / "b.png")
    lines(cache / "blobs" / "rows", [row("a.png"), row("b.png")])
    os.symlink("../../blobs/rows", snapshot / "rows.jsonl")
    first, second = outcomes(snapshot)
    assert loaded([first]) == [PNG]
    assert reason(second) == "outside-folder"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("zip://a::zip://b::../set2/x.zip", "outside-folder"),
        ("zip://a::zip://b::/etc/x.zip", "outside-folder"),
        ("zip://a::simplecache::x.zip", "outside-folder"),
        ("tar://a.png::broken.tar", "unreadable"),
        ("tar://a.png::tar://b.tar::broken.tar", "unreadable"),
        ("zip://a.png::zip://b.zip::broken.tar", "unreadable"),
        ("tar://a.png::images", "missing-image"),
        ("tar://a.png::", "missing-image"),
        ("tar://a.png", "outside-folder"),
    ],
)
def test_paths_within_archives(written: str, expected: str, secret: Path) -> None:
    (secret / "set" / "broken.tar").write_bytes(b"no archive")
    images(secret / "set2", "a.png")
    (item,) = outcomes(lines(secret / "set" / "rows.jsonl", [row(written)]))
    assert reason(item) == expected


@pytest.mark.parametrize(("named", "stored"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_name_with_its_accents_composed_or_apart_is_one_name(
    named: Literal["NFC", "NFD"], stored: Literal["NFC", "NFD"], tmp_path: Path
) -> None:
    """Would catch a set from a Mac, whose file names come apart from those in its rows."""
    images(tmp_path, unicodedata.normalize(stored, "Größe é.png"))
    path = lines(tmp_path / "rows.jsonl", [row(unicodedata.normalize(named, "Größe é.png"))])
    assert loaded(outcomes(path)) == [PNG]


@pytest.mark.parametrize("written", ["c.png", "images", "a.png/x", "x" * 5000, "a\0.png", "\ud800.png", "fifo", "."])
def test_no_file_rejects_the_row_alone(written: str, secret: Path) -> None:
    """Would catch a reader that hangs on a pipe, or one bad path that ends the whole partition."""
    os.mkfifo(secret / "set" / "fifo")
    path = lines(secret / "set" / "rows.jsonl", [row(written), row("a.png")])
    first, second = outcomes(path)
    assert reason(first) == "missing-image"
    assert loaded([second]) == [PNG]


@pytest.mark.parametrize("written", ["http://localhost:1/a.png", "HTTPS://example.org/a.png", "ftp://example.org/a"])
def test_the_web_is_not_asked(written: str, secret: Path) -> None:
    for image in (written, {"bytes": None, "path": written}, {"url": written}):
        (item,) = outcomes(lines(secret / "set" / "rows.jsonl", [row(image)]))
        assert reason(item) == "remote-image"


@pytest.mark.parametrize("image", ["data:image/png;base64,###", "data:,", {"bytes": "#"}, "empty.png"])
def test_broken_images(image: Any, secret: Path) -> None:
    (secret / "set" / "empty.png").touch()
    assert reason(outcomes(lines(secret / "set" / "rows.jsonl", [row(image)]))[0]) == "unreadable"


def test_rows_of_one_image_share_its_bytes(secret: Path) -> None:
    """Would catch ten copies of an image in memory for ten questions about it."""
    by_path = lines(secret / "set" / "rows.jsonl", [row("a.png")] * 3)
    held = table(secret / "held.parquet", {"image": pa.array([PNG] * 3), "question": ["x"] * 3, "answer": ["y"] * 3})
    for path in (by_path, held):
        assert len({id(content) for content in loaded(outcomes(path))}) == 1


class TestRemote:
    @pytest.fixture
    def bucket(self) -> str:
        fs = fsspec.filesystem("memory")
        fs.pipe({"/vqa/set/images/a.png": PNG, "/vqa/secret.png": PNG})
        rows = [row("images/a.png"), row("memory://vqa/set/images/a.png"), row("../secret.png"), row("no.png"),
                row("/etc/hostname")]  # fmt: skip
        fs.pipe("/vqa/set/qa.jsonl", "\n".join(map(json.dumps, rows)).encode())
        return "memory://vqa"

    def test_folder_and_file(self, bucket: str) -> None:
        for source in (f"{bucket}/set", f"{bucket}/set/qa.jsonl", f"{bucket}/set/*.jsonl"):
            items = outcomes(source)
            assert loaded(items[:2]) == [PNG, PNG]
            assert [reason(item) for item in items[2:]] == ["outside-folder", "missing-image", "outside-folder"]

    def test_a_protocol_that_was_configured_may_be_read(self, bucket: str, tmp_path: Path) -> None:
        path = lines(tmp_path / "rows.jsonl", [row(f"{bucket}/secret.png")])
        assert reason(outcomes(path)[0]) == "outside-folder"
        assert loaded(outcomes(path, storage={"memory": {}})) == [PNG]
        assert loaded(outcomes(path, image_root=bucket)) == [PNG]

    def test_parquet_here_with_images_there(self, bucket: str, tmp_path: Path) -> None:
        path = table(tmp_path / "a.parquet", {"image": ["images/a.png"], "question": ["x"], "answer": ["y"]})
        (item,) = outcomes(path, image_root=f"{bucket}/set")
        assert isinstance(item, VqaRow)
        assert (item.image, item.name) == (PNG, "a.png")
