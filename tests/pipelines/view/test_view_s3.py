"""The page of a version on object storage: a real S3 server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from benchmarks.faulty_storage import s3_server
from contextpairs.data.store.store import Store
from contextpairs.pipelines.cli.main import app
from tests.data.pairs.pair_rows import account
from tests.pipelines.view.view_rows import viewed_splits

s3fs = pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[s3]'")
pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[dev]'")


@pytest.fixture
def options() -> Iterator[dict[str, Any]]:
    """fsspec options of a running server with a bucket."""
    with s3_server() as endpoint:
        place = {"endpoint_url": endpoint, "region_name": "eu-west-1"}
        found = {"key": "test", "secret": "test", "client_kwargs": place}
        s3fs.S3FileSystem(**found).mkdir("pages")
        yield found


def test_a_page_is_written_beside_the_versions_and_leaves_them_whole(options: dict[str, Any]) -> None:
    store = Store("s3://pages/pairs", options)
    store.publish(viewed_splits(4), account())
    done = CliRunner().invoke(app, ["view", "s3://pages/pairs", "--storage", yaml.safe_dump(options), "--open"])
    assert done.exit_code == 0, done.output
    page = store.storage.files.read("views/v000001.html") or b""
    assert page.startswith(b"<!doctype html>")
    assert "is not on this machine: write it with --to FILE to open it" in done.stderr
    assert store.verify() == []
    assert store.clean(0) == []
