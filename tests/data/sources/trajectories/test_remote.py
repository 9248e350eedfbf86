"""Sources that are no local files: a real S3 server, and data sets through `datasets`."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.files.hub import HubSource, hub_source
from contextpairs.data.sources.trajectories.instances import build_instances
from contextpairs.data.sources.trajectories.partition import SourceError, SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

ROWS: list[dict[str, Any]] = [
    {"instance_id": f"o__r-{number}", "messages": [{"role": "user", "content": f"issue {number}"}]}
    for number in range(5)
]
IDS = [row["instance_id"] for row in ROWS]


def ids(items: Iterator[Any]) -> list[str]:
    return [item.instance_id for item in items if isinstance(item, Trajectory)]


def parquet() -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(ROWS), buffer, row_group_size=2)
    return buffer.getvalue()


def jsonl() -> bytes:
    return "".join(json.dumps(row) + "\n" for row in ROWS).encode()


@pytest.fixture(scope="module")
def bucket() -> Iterator[tuple[str, SourceOptions]]:
    """A bucket of a running server with runs/a.parquet and runs/b.jsonl.gz, and the options to read it."""
    s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[s3]'")
    pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[dev]'")
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = {"endpoint_url": f"http://127.0.0.1:{server.server_port}", "region_name": "eu-west-1"}
    options: dict[str, Any] = {"key": "test", "secret": "test", "client_kwargs": client}
    fs = s3fs.S3FileSystem(**options)
    fs.mkdir("runs-bucket")
    fs.pipe({"runs-bucket/runs/a.parquet": parquet(), "runs-bucket/runs/b.jsonl.gz": gzip.compress(jsonl())})
    yield "s3://runs-bucket", SourceOptions(storage={"s3": options}, partition_bytes=500)
    server.shutdown()
    thread.join()


class TestS3:
    @pytest.mark.parametrize("source", ["runs", "runs/*", "runs/a.parquet", "runs/b.jsonl.gz"])
    def test_folder_pattern_and_file(self, source: str, bucket: tuple[str, SourceOptions]) -> None:
        root, options = bucket
        partitions, rejections = plan([f"{root}/{source}"], options)
        found = [item for partition in partitions for item in read(partition)]
        assert ids(iter(found)) == (IDS if "." in source else IDS * 2)
        assert {item.source for item in found} <= {f"{root}/runs/a.parquet", f"{root}/runs/b.jsonl.gz"}
        assert not rejections

    def test_fingerprint_is_the_stores_tag(self, bucket: tuple[str, SourceOptions]) -> None:
        root, options = bucket
        marks = {partition.fingerprint for partition in plan([f"{root}/runs"], options)[0]}
        assert len(marks) == 2
        assert marks == {partition.fingerprint for partition in plan([f"{root}/runs"], options)[0]}

    def test_only_reads_those_rows_again(self, bucket: tuple[str, SourceOptions]) -> None:
        root, options = bucket
        partitions = plan([f"{root}/runs/a.parquet"], options)[0]
        assert [item.row for partition in partitions for item in read(partition, only={1, 4})] == [1, 4]

    def test_instances_table(self, bucket: tuple[str, SourceOptions], tmp_path: Path) -> None:
        root, options = bucket
        assert len(build_instances([f"{root}/runs"], options, tmp_path / "t.sqlite")) == 5

    def test_an_empty_prefix_fails_by_name(self, bucket: tuple[str, SourceOptions]) -> None:
        root, options = bucket
        with pytest.raises(SourceError, match="nothing-here"):
            plan([f"{root}/nothing-here"], options)


class TestHub:
    """A local folder stands for a data set of the hub: `datasets` reads both alike."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        folder = tmp_path / "set"
        folder.mkdir()
        for name in ("train-00000-of-00002", "train-00001-of-00002", "test-00000-of-00001"):
            (folder / f"{name}.parquet").write_bytes(parquet())
        return folder

    def test_every_split_is_streamed_shard_by_shard(self, folder: Path) -> None:
        partitions, _ = plan([f"hf:{folder}"], SourceOptions())
        found = [item for partition in partitions for item in read(partition)]
        assert sorted(ids(iter(found))) == sorted(IDS * 3)
        assert len({(item.source, item.row) for item in found}) == 15
        assert len(partitions) == 3

    def test_one_split(self, folder: Path) -> None:
        (partition,), _ = plan([f"hf:{folder}?split=test"], SourceOptions())
        assert ids(read(partition)) == IDS
        assert [item.row for item in read(partition, only={0, 3})] == [0, 3]
        assert partition.uri == f"hf:{folder}?split=test"

    def test_json_lines_and_mapping(self, tmp_path: Path) -> None:
        (tmp_path / "a.jsonl").write_bytes(jsonl().replace(b"instance_id", b"task"))
        partitions, _ = plan([f"hf:{tmp_path}"], SourceOptions(columns={"instance_id": "task"}))
        assert [name for partition in partitions for name in ids(read(partition))] == IDS
        with pytest.raises(SourceError, match="no column 'missing'"):
            plan([f"hf:{tmp_path}"], SourceOptions(columns={"instance_id": "missing"}))

    def test_what_cannot_be_loaded_fails_by_name(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="hf:"):
            plan([f"hf:{tmp_path}"], SourceOptions())
        with pytest.raises(SourceError, match="unknown option 'spilt'"):
            plan(["hf:owner/name?spilt=test"], SourceOptions())

    def test_instances_table(self, folder: Path, tmp_path: Path) -> None:
        table = build_instances([f"hf:{folder}?split=test"], SourceOptions(), tmp_path / "t.sqlite")
        assert [instance.instance_id for instance in table] == IDS

    @pytest.mark.parametrize(
        ("source", "parts"),
        [
            ("hf:own/name", HubSource("own/name")),
            ("hf:own/name@v1?config=c&split=tool", HubSource("own/name", "v1", "c", "tool")),
        ],
    )
    def test_source_notation(self, source: str, parts: HubSource) -> None:
        assert hub_source(source) == parts
        assert parts.uri() == source
