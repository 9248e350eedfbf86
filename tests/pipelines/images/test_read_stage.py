"""Reading images: each once with all that is asked of it, however large the partition."""

from __future__ import annotations

import json
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.images.read_stage import HeldImages, ImagesPayload, images_partition
from contextpairs.pipelines.images.tables import ROW_GROUP_BYTES, images_by_group, read_images
from contextpairs.pipelines.run.engine import Output, Work, run
from tests.data.pairs.image_rows import picture

ROOT = Path(__file__).resolve().parents[3]
MEGABYTE = 2**20


def heavy(seed: int, size: int) -> bytes:
    """A small picture in a PNG file of some bytes: most of them stand in a chunk that no decoder looks at."""
    plain = picture(seed)
    body = b"heVy" + random.Random(seed).randbytes(size - len(plain) - 12)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return plain[:33] + chunk + plain[33:]


def source(path: Path, images: list[bytes], **settings: int) -> Path:
    """A Parquet file of one question an image, told apart by their number."""
    asked = [f"Question {number}?" for number in range(len(images))]
    pq.write_table(pa.table({"image": images, "question": asked, "answer": ["yes"] * len(images)}), path, **settings)
    return path


def output(path: Path, folder: Path, locale: str = "") -> Output:
    """What a source gives as one partition."""
    [partition], _ = plan_vqa([str(path)], VqaOptions(partition_bytes=2**40, locale=locale))
    payload = ImagesPayload(partition, ImageLimits())
    return run(Work(images_partition, payload, str(path), str(folder)))


def test_equal_images_share_a_row_with_all_their_questions(tmp_path: Path) -> None:
    one, other = picture(1), picture(2)
    made = output(source(tmp_path / "a.parquet", [one, other, b"no picture", one, b"no picture", one]), tmp_path / "w")
    rows = read_table(made.path).to_pylist()
    assert [row["image"] for row in rows] == [one, other]
    assert [[each["row"] for each in row["questions"]] for row in rows] == [[0, 3, 5], [1]]
    assert made.reasons == {"images/no-image": 2}
    assert made.counts == {"rows": 6, "questions": 6}


@pytest.mark.parametrize(
    ("locale", "locales"), [("", ["de", "en", "de en"]), ("pt_BR", ["pt_BR"] * 3), ("de fr", ["de fr"] * 3)]
)
def test_a_question_has_the_locale_of_its_source_or_tells_its_own_or_has_those_of_its_file(
    locale: str, locales: list[str], tmp_path: Path
) -> None:
    asked = ["Wie viele Hunde sind das?", "How many dogs are there?", "5 + 5?"]
    columns = {"image": [picture(1), picture(2), picture(3)], "question": asked, "answer": ["1", "2", "3"]}
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    rows = read_table(output(tmp_path / "a.parquet", tmp_path / "w", locale).path).to_pylist()
    assert [each["locale"] for row in rows for each in row["questions"]] == locales


def test_a_locale_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="'xx' is no locale"):
        VqaOptions(locale="de xx")


def test_row_groups_are_bounded_by_bytes_and_all_that_is_asked_for_is_found(tmp_path: Path) -> None:
    images = [heavy(seed, 5 * MEGABYTE) for seed in range(7)]
    made = output(source(tmp_path / "a.parquet", images), tmp_path / "w")
    with pq.ParquetFile(made.path) as file:
        groups = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    assert groups == [3, 3, 1]
    assert groups[0] * 5 * MEGABYTE <= ROW_GROUP_BYTES
    wanted = [6, 0, 4, 5]
    assert {place: found[1] for place, found in read_images(made.path, wanted).items()} == {
        place: images[place] for place in wanted
    }
    assert [list(group) for group in images_by_group(made.path, wanted)] == [[0], [4, 5], [6]]


def test_row_groups_of_many_small_images_are_bounded_by_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("contextpairs.pipelines.images.read_stage.ROW_GROUP", 100)
    made = output(source(tmp_path / "a.parquet", [picture(seed) for seed in range(230)]), tmp_path / "w")
    with pq.ParquetFile(made.path) as file:
        assert [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)] == [100, 100, 30]


@given(
    contents=st.lists(st.binary(max_size=300), max_size=30),
    in_memory=st.integers(1, 1000),
)
def test_what_is_held_comes_back_in_memory_or_on_disk(contents: list[bytes], in_memory: int) -> None:
    with HeldImages(in_memory) as held:
        names = [held.keep(content) for content in contents]
        assert [held[name] for name in reversed(names)] == contents[::-1]
        assert [held.keep(content) for content in contents] == names
        assert [held[name] for name in names] == contents


def folder_of(path: Path, images: list[bytes]) -> Path:
    """A folder of images beside a file of questions."""
    path.mkdir()
    asked = [{"image": f"{at}.png", "question": f"Question {at}?", "answer": "yes"} for at in range(len(images))]
    (path / "qa.jsonl").write_text("\n".join(map(json.dumps, asked)))
    for at, content in enumerate(images):
        (path / f"{at}.png").write_bytes(content)
    return path


def peak_of(path: Path, folder: Path) -> int:
    """Most memory that a process had resident that did a source as one partition."""
    command = [sys.executable, "-m", "tests.pipelines.images.test_read_stage", str(path), str(folder)]
    return int(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read from /proc")
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["parquet", "folder"])
def test_memory_does_not_grow_with_the_images_of_a_partition(kind: str, tmp_path: Path) -> None:
    """Would catch a partition that is held whole: 320 MB of images, and more than as much again as they are written."""
    images = [heavy(seed, 4 * MEGABYTE) for seed in range(80)]
    path = tmp_path / kind
    large = source(path, images, row_group_size=5) if kind == "parquet" else folder_of(path, images)
    least = peak_of(source(tmp_path / "small.parquet", [picture(0)]), tmp_path / "w")
    assert peak_of(large, tmp_path / "w") - least < 250 * MEGABYTE
    assert {pq.read_metadata(made).num_rows for made in (tmp_path / "w/images").glob("????????*.parquet")} >= {80}


def peak() -> int:
    """Most memory that this process had resident, in bytes."""
    status = Path("/proc/self/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    output(Path(sys.argv[1]), Path(sys.argv[2]))
    print(peak())
