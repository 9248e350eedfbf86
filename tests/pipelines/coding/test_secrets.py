"""Credentials in the URLs of sources reach the server that they are for, and nothing that is stored or said."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from contextpairs import build_coding
from contextpairs.data.demo.samples import sample_path
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.cli.main import app
from contextpairs.pipelines.run.reporting import Recorded

USER, PASSWORD, TOKEN = "operator", "hunter2", "sesame"
SECRETS = (PASSWORD, TOKEN, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())


class Guarded(BaseHTTPRequestHandler):
    """Gives its runs to whoever has user, password and token."""

    runs = b""

    def do_GET(self) -> None:
        """The bytes that are asked for."""
        if self.headers.get("Authorization") != f"Basic {SECRETS[2]}" or f"token={TOKEN}" not in self.path:
            self.send_error(403)
            return
        wanted = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        first, last = (int(wanted[1]), min(int(wanted[2]), len(self.runs) - 1)) if wanted else (0, len(self.runs) - 1)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(last + 1 - first))
        self.send_header("Accept-Ranges", "bytes")
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(self.runs)}")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(self.runs[first : last + 1])

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Address of a server whose runs need credentials, two rows of them broken."""
    rows = pq.read_table(sample_path()).slice(0, 60).to_pylist()
    Guarded.runs = b"\n".join([*(json.dumps(row).encode() for row in rows), b"{broken", b'{"instance_id": 5}'])
    with ThreadingHTTPServer(("127.0.0.1", 0), Guarded) as serving:
        Thread(target=serving.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{serving.server_address[1]}"
        serving.shutdown()


def said_in(path: Path) -> str:
    """All that a file says, unpacked."""
    return str(read_table(str(path)).to_pylist()) if path.suffix == ".parquet" else path.read_bytes().decode("latin-1")


def test_credentials_are_neither_stored_nor_said(server: str, tmp_path: Path) -> None:
    recorded = Recorded(None)
    url = f"http://{USER}:{PASSWORD}@{server}/runs.jsonl?token={TOKEN}&part=1"
    given: dict[str, Any] = {"sources": [url], "source": {"instances": [url]}, "audit": {"max_accuracy": 1}}
    given |= {"limit": 8, "pool": 1.5, "probe_share": 0, "engine": {"workers": 1}}
    built = build_coding(out=str(tmp_path), reporter=recorded, **given)
    assert built.created
    stored = {path: said_in(path) for path in tmp_path.rglob("*") if path.is_file()}
    assert any(f"{server}/runs.jsonl?token=[redacted]&part=1 row 60" in text for text in stored.values())
    for secret in SECRETS:
        assert [path for path, text in stored.items() if secret in text] == []
        assert secret not in str(recorded.notes)
        assert secret not in str(built)


@pytest.mark.parametrize(
    "fields",
    [
        ["sources=http://operator:hunter2@127.0.0.1:1/runs.jsonl?token=sesame"],
        ["sources=[{path: 'http://operator:hunter2@h/x', colums: 5}]"],
        ["judge.endpoint=ftp://operator:hunter2@h/v1?api_key=sesame", "judge.model=x"],
        ["judge.endpoint=5", "judge.model='http://operator:hunter2@h/v1?api_key=sesame'", "limit=x"],
        ["out=nowhere://operator:hunter2@h/v1?api_key=sesame"],
    ],
)  # fmt: skip
def test_no_error_tells_them(fields: list[str], tmp_path: Path) -> None:
    given = fields if fields[0].startswith("out=") else [f"out={tmp_path}", *fields]
    ended = CliRunner().invoke(app, ["build", "coding", *given])
    assert ended.exit_code in (1, 2), ended.output
    assert "error: " in ended.output
    assert "Traceback" not in ended.output
    for secret in (*SECRETS, USER):
        assert secret not in ended.output
