"""Pictures in archives and shards: read under the limits of images, never extracted, never from elsewhere."""

from __future__ import annotations

import io
import json
import stat
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contextpairs.data.sources.vqa import archives, image_files
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_vqa
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.making import PNG, Item, lines, outcomes, reason

Q = {"question": "What is it?", "answer": "a cat"}


def zipped(path: Path, members: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, members: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w") -> Path:
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def alone(folder: Path, image: str) -> Item:
    (item,) = outcomes(lines(folder / "rows.jsonl", [{**Q, "image": image}]))
    return item


@pytest.mark.parametrize("kind", ["zip", "tar"])
@pytest.mark.parametrize("written", ["images/1.png", "./images/1.png", "{kind}://images/1.png::pack.{kind}"])
def test_a_picture_in_an_archive_beside_the_rows(kind: str, written: str, tmp_path: Path) -> None:
    pack = zipped if kind == "zip" else tarred
    pack(tmp_path / f"pack.{kind}", {"images/1.png": PNG, "images/2.png": picture(1)})
    item = alone(tmp_path, written.format(kind=kind))
    assert isinstance(item, VqaRow), item
    assert (item.image, item.name) == (PNG, "1.png") or "::" in written
    assert item.image == PNG


def test_an_archive_named_as_the_folder(tmp_path: Path) -> None:
    zipped(tmp_path / "images.zip", {"1.png": PNG})
    assert isinstance(alone(tmp_path, "images/1.png"), VqaRow)


def test_a_file_stands_before_an_archive(tmp_path: Path) -> None:
    zipped(tmp_path / "pack.zip", {"1.png": PNG})
    (tmp_path / "1.png").write_bytes(picture(1))
    item = alone(tmp_path, "1.png")
    assert isinstance(item, VqaRow)
    assert item.image == picture(1)


def test_archives_that_disagree(tmp_path: Path) -> None:
    zipped(tmp_path / "one.zip", {"1.png": PNG})
    zipped(tmp_path / "two.zip", {"1.png": picture(1)})
    item = alone(tmp_path, "1.png")
    assert reason(item) == "missing-image"
    assert "several archives" in str(item)
    assert isinstance(alone(tmp_path, "zip://1.png::two.zip"), VqaRow)


@pytest.mark.parametrize("name", ["../1.png", "/1.png", "a/../../1.png"])
def test_names_that_climb_out(name: str, tmp_path: Path) -> None:
    zipped(tmp_path / "pack.zip", {name: PNG})
    tarred(tmp_path / "pack.tar", {name: PNG})
    assert reason(alone(tmp_path, name)) in ("outside-folder", "missing-image")
    for kind in ("zip", "tar"):
        assert reason(alone(tmp_path, f"{kind}://{name}::pack.{kind}")) in ("outside-folder", "missing-image")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE])
def test_links_in_tar_files(kind: bytes, tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(PNG)
    tarred(tmp_path / "pack.tar", {"1.png": link("1.png", str(tmp_path / "secret.png"), kind)})
    assert reason(alone(tmp_path, "1.png")) == "outside-folder"


def test_links_in_zip_files(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("1.png")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "pack.zip", "w") as archive:
        archive.writestr(info, "/etc/hostname")
    assert reason(alone(tmp_path, "1.png")) == "outside-folder"


def test_what_is_longer_than_an_image_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bomb is told by what it says it holds, and where that is a lie by what comes out of it."""
    monkeypatch.setattr(archives, "MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "pack.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("1.png", b"\0" * 1_000_000)
    assert reason(alone(tmp_path, "1.png")) == "unreadable"


@pytest.mark.parametrize("damage", ["cut", "no archive", "locked"])
def test_damaged_archives(damage: str, tmp_path: Path) -> None:
    path = zipped(tmp_path / "pack.zip", {"1.png": PNG})
    content = path.read_bytes()
    if damage == "locked":
        content = content.replace(b"PK\x01\x02\x14\x03\x14\0\0\0", b"PK\x01\x02\x14\x03\x14\0\1\0")
    path.write_bytes({"cut": content[:-30], "no archive": b"x" * 2000, "locked": content}[damage])
    assert reason(alone(tmp_path, "1.png")) == "unreadable"


def test_a_change_of_an_archive_is_a_change_of_its_rows(tmp_path: Path) -> None:
    rows = lines(tmp_path / "rows.jsonl", [{**Q, "image": "1.png"}])

    def mark() -> str:
        (partition,), _ = plan_vqa([str(rows)], VqaOptions())
        return partition.fingerprint

    zipped(tmp_path / "pack.zip", {"1.png": PNG})
    before = mark()
    assert mark() == before
    zipped(tmp_path / "pack.zip", {"1.png": picture(1)})
    assert mark() != before


def shard(folder: Path, samples: int = 3, mode: str = "w", name: str = "s-000000.tar") -> Path:
    members: dict[str, bytes | tarfile.TarInfo] = {}
    for at in range(samples):
        members[f"{at:04}.json"] = json.dumps({**Q, "answer": f"a cat {at}"}).encode()
        members[f"{at:04}.png"] = picture(at)
    return tarred(folder / name, members, mode)


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_shard(mode: str, tmp_path: Path) -> None:
    items = outcomes(shard(tmp_path, mode=mode))
    rows = [item for item in items if isinstance(item, VqaRow)]
    assert [(row.row, row.key, row.image) for row in rows] == [(at, f"{at:04}", picture(at)) for at in range(3)]
    assert rows[2].questions[0].answer == "a cat 2"


@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_a_shard_in_parts(mode: str, tmp_path: Path) -> None:
    path = shard(tmp_path, 12, mode)
    partitions, _ = plan_vqa([str(path)], VqaOptions(partition_bytes=5000))
    rows = [item for partition in partitions for item in read_vqa(partition)]
    assert len(partitions) > 2
    assert [item.row for item in rows] == list(range(12))
    assert [item.image for item in rows if isinstance(item, VqaRow)] == [picture(at) for at in range(12)]


def test_a_folder_of_shards_and_one_of_pictures(tmp_path: Path) -> None:
    shard(tmp_path)
    assert len(outcomes(tmp_path)) == 3
    tarred(tmp_path / "pictures.tar", {"1.png": PNG})
    assert len(outcomes(tmp_path)) == 3, "a tar file of pictures alone holds no rows"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"a.txt": b"The scale is 1:100."}, "unread-text"),
        ({"a.hint": b"The scale is 1:100."}, "unread-text"),
        ({"a.left.png": PNG}, "several-images"),
        ({"a.link": link("a.link", "/etc/hostname")}, "outside-folder"),
        ({"a.png": link("a.png", "/etc/hostname")}, "outside-folder"),
    ],
)
def test_samples_that_are_set_aside(members: dict[str, Any], expected: str, tmp_path: Path) -> None:
    first = {"a.json": json.dumps(Q).encode()} | ({} if "a.png" in members else {"a.png": PNG})
    path = tarred(tmp_path / "s.tar", {**first, **members, "b.json": json.dumps(Q).encode(), "b.png": picture(1)})
    bad, good = outcomes(path)
    assert reason(bad) == expected
    assert isinstance(good, VqaRow)


def test_fields_of_a_shard_as_texts(tmp_path: Path) -> None:
    path = tarred(tmp_path / "s.tar", {"a.png": PNG, "a.question.txt": b"What is it?", "a.answer.txt": b"a cat"})
    (item,) = outcomes(path)
    assert isinstance(item, VqaRow)
    assert item.questions[0][:2] == ("What is it?", "a cat")


def test_a_shard_that_breaks_off(tmp_path: Path) -> None:
    path = shard(tmp_path)
    with tarfile.open(path) as archive:
        *_, last = archive
    path.write_bytes(path.read_bytes()[: last.offset_data + 10])
    first, second, rest = outcomes(path)
    assert isinstance(first, VqaRow)
    assert isinstance(second, VqaRow)
    assert reason(rest) == "truncated"


class TestArrays:
    ROWS = ([["What is it?", "a cat", 0], ["What is it?", "a dog", 2]],)

    def read(self, folder: Path, array: Any, **save: Any) -> list[Item]:
        np.save(folder / "images.npy", array, **save)
        (folder / "rows.json").write_text(json.dumps(self.ROWS[0]))
        return outcomes(folder)

    @pytest.mark.parametrize("shape", [(3, 20, 24), (3, 20, 24, 1), (3, 20, 24, 3)])
    def test_pictures(self, shape: tuple[int, ...], tmp_path: Path) -> None:
        from PIL import Image

        array = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
        rows = [item for item in self.read(tmp_path, array) if isinstance(item, VqaRow)]
        expected = np.broadcast_to(array.reshape(3, 20, 24, -1), (3, 20, 24, 3))
        for row, at in zip(rows, (0, 2), strict=True):
            assert np.array_equal(np.asarray(Image.open(io.BytesIO(row.image))), expected[at])

    @pytest.mark.parametrize("array", [np.zeros((3, 4, 4), np.float32), np.zeros((3, 4, 4, 4), np.uint8)])
    def test_other_arrays(self, array: Any, tmp_path: Path) -> None:
        assert {reason(item) for item in self.read(tmp_path, array)} == {"unreadable"}

    def test_objects_are_never_unpickled(self, tmp_path: Path) -> None:
        array = np.array([{"a": 1}, {}, {}], object)
        assert {reason(item) for item in self.read(tmp_path, array, allow_pickle=True)} == {"unreadable"}

    def test_a_number_beyond_its_end(self, tmp_path: Path) -> None:
        found, missing = self.read(tmp_path, np.zeros((2, 4, 4), np.uint8))
        assert isinstance(found, VqaRow)
        assert reason(missing) == "missing-image"


def test_the_way_to_numbered_pictures_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "imgs").mkdir()
    rows = []
    for at in range(20):
        (tmp_path / "imgs" / f"{at}.png").write_bytes(picture(at))
        rows.append({**Q, "image_id": at})
    items = outcomes(lines(tmp_path / "rows.jsonl", rows))
    assert [item.image for item in items if isinstance(item, VqaRow)] == [picture(at) for at in range(20)]
    assert len(image_files.WAYS) > 20
