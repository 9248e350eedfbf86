"""Images and questions on object storage: a real S3 server, every layout, a build from it and to it."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.demo.scenes.rendering import scene
from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_vqa
from contextpairs.data.sources.vqa.record import VqaRow
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from contextpairs.data.store.store import Store
from tests.data.pairs.image_rows import picture

s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[s3]'")
pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[dev]'")

ROOT = "s3://images-bucket"
PICTURES = [picture(seed) for seed in range(6)]


def asked(number: int, image: Any) -> dict[str, Any]:
    return {"id": number, "image": image, "question": f"What is {number}?", "answer": "a cat"}


def lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def parquet() -> bytes:
    buffer = io.BytesIO()
    rows = [asked(number, {"bytes": content, "path": None}) for number, content in enumerate(PICTURES)]
    pq.write_table(pa.Table.from_pylist(rows), buffer, row_group_size=2)
    return buffer.getvalue()


def scenes() -> dict[str, bytes]:
    """Thirty scenes of objects with their questions."""
    files, rows = {}, []
    for number in range(30):
        shown = scene("objects", 5, number)
        drawn = io.BytesIO()
        shown.draw().save(drawn, "PNG")
        files[f"images-bucket/scenes/images/{number}.png"] = drawn.getvalue()
        for each in shown.asked():
            rows.append({"image": f"images/{number}.png", "question": each.question, "answer": each.answer})
    return {**files, "images-bucket/scenes/qa.jsonl": lines(rows)}


def split_files() -> dict[str, bytes]:
    folder = "images-bucket/vqav2"
    about = {"data_type": "mscoco", "data_subtype": "val2014"}
    questions = [{"image_id": n, "question": f"What is {n}?", "question_id": 10 * n} for n in range(6)]
    answers = [
        {"image_id": n, "question_id": 10 * n, "multiple_choice_answer": "a cat", "answers": []} for n in range(6)
    ]
    return {
        f"{folder}/v2_OpenEnded_mscoco_val2014_questions.json": json.dumps({**about, "questions": questions}).encode(),
        f"{folder}/v2_mscoco_val2014_annotations.json": json.dumps({**about, "annotations": answers}).encode(),
        **{f"{folder}/val2014/COCO_val2014_{n:012d}.jpg": content for n, content in enumerate(PICTURES)},
    }


@pytest.fixture(scope="module")
def storage() -> Iterator[dict[str, Any]]:
    """fsspec options of a running server that holds sources in every layout."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = {"endpoint_url": f"http://127.0.0.1:{server.server_port}", "region_name": "eu-west-1"}
    options: dict[str, Any] = {"key": "test", "secret": "test", "client_kwargs": client}
    fs = s3fs.S3FileSystem(**options)
    fs.mkdir("images-bucket")
    fs.mkdir("pairs-bucket")
    fs.pipe({f"images-bucket/folder/images/{n}.png": content for n, content in enumerate(PICTURES)})
    fs.pipe("images-bucket/folder/qa.jsonl", lines([asked(n, f"images/{n}.png") for n in range(6)]))
    fs.pipe("images-bucket/table/rows.parquet", parquet())
    text = "".join(f"{n},What is {n}?,a cat,images/{n}.png\n" for n in range(6))
    fs.pipe("images-bucket/csv/rows.csv", f"id,question,answer,image\n{text}".encode())
    fs.pipe({f"images-bucket/csv/images/{n}.png": content for n, content in enumerate(PICTURES)})
    fs.pipe(split_files() | scenes())
    yield options
    server.shutdown()
    thread.join()


def options_of(storage: dict[str, Any], **more: Any) -> VqaOptions:
    return VqaOptions(storage={"s3": storage}, **more)


def rows_of(source: str, options: VqaOptions) -> list[VqaRow | Rejection]:
    partitions, rejections = plan_vqa([source], options)
    assert rejections == []
    return [item for partition in partitions for item in read_vqa(partition)]


@pytest.mark.parametrize("limit", [1, 10**9])
@pytest.mark.parametrize(
    "source",
    ["folder", "folder/*.jsonl", "folder/qa.jsonl", "table", "table/rows.parquet", "csv/rows.csv", "vqav2",
     "vqav2/v2_OpenEnded_mscoco_val2014_questions.json"],
)  # fmt: skip
def test_every_layout(source: str, limit: int, storage: dict[str, Any]) -> None:
    found = rows_of(f"{ROOT}/{source}", options_of(storage, partition_bytes=limit))
    assert [item.image for item in found if isinstance(item, VqaRow)] == PICTURES
    assert [item.row for item in found] == list(range(6))
    assert all(item.source.startswith(f"{ROOT}/") for item in found)


def test_an_image_that_is_not_there_is_counted_and_one_of_the_web_is_not_fetched(storage: dict[str, Any]) -> None:
    fs = s3fs.S3FileSystem(**storage)
    rows = [asked(0, "gone.png"), asked(1, "https://example.org/a.png"), asked(2, "a.png")]
    fs.pipe({"images-bucket/few/qa.jsonl": lines(rows), "images-bucket/few/a.png": PICTURES[0]})
    missing, remote, kept = rows_of(f"{ROOT}/few", options_of(storage))
    assert isinstance(missing, Rejection)
    assert isinstance(remote, Rejection)
    assert (missing.reason, remote.reason) == ("missing-image", "remote-image")
    assert f"{ROOT}/few/gone.png" in missing.detail
    assert isinstance(kept, VqaRow)


def test_another_image_of_the_same_name_is_other_work(storage: dict[str, Any]) -> None:
    fs = s3fs.S3FileSystem(**storage)
    fs.pipe("images-bucket/changing/qa.jsonl", lines([asked(0, "a.png")]))
    marks = []
    for content in (PICTURES[0], PICTURES[0], PICTURES[1]):
        fs.pipe("images-bucket/changing/a.png", content)
        marks.append(plan_vqa([f"{ROOT}/changing"], options_of(storage))[0][0].fingerprint)
    assert marks[0] == marks[1] != marks[2]


def test_an_empty_prefix_fails_by_name(storage: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match="nothing-here"):
        plan_vqa([f"{ROOT}/nothing-here"], options_of(storage))


@pytest.mark.slow
def test_a_build_from_a_bucket_to_a_bucket(storage: dict[str, Any], tmp_path: Path) -> None:
    """The images that are published are those of the source, byte for byte, and a rerun publishes nothing."""
    pytest.importorskip("torch", reason="image models need the extra: pip install -e '.[images]'")
    from contextpairs.pipelines.images.build import build_images
    from contextpairs.pipelines.images.config import ImagesConfig
    from contextpairs.pipelines.run.mappers import process_mapper
    from contextpairs.pipelines.run.reporting import Silent

    config = ImagesConfig.model_validate(
        {
            "sources": [f"{ROOT}/scenes"],
            "source": {"storage": {"s3": storage}},
            "out": "s3://pairs-bucket/pairs",
            "storage": storage,
            "editing": {"enabled": False},
            "demo_models": True,
            "limit": None,
            "engine": {"work_dir": str(tmp_path)},
        }
    )
    made = build_images(config, process_mapper(1), Silent())
    store = Store("s3://pairs-bucket/pairs", storage)
    assert store.verify() == []
    rows = [row for split in SPLITS if split in made.rows for row in store.read(made.version, split).to_pylist()]
    files = set(scenes().values())
    assert len(rows) >= 10
    assert all(row[side]["bytes"] in files for row in rows for side in ("positive", "negative"))
    assert not build_images(config, process_mapper(1), Silent()).created
    assert "secret" not in json.dumps(store.manifest(made.version).configuration["source"])
