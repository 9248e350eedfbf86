"""A hub on loopback: repositories with commits, large files by the batch protocol; what pushing and loading ask for.

Written from the protocol as huggingface_hub speaks it: repos/create, preupload, git-lfs batch, commit as NDJSON with
its parent checked, resolve, tree, paths-info.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlparse

Files = dict[str, bytes]
NAME = r"(?P<name>[\w.-]+/[\w.-]+)"


class Repository:
    """Commits in their order; the last one is main."""

    def __init__(self) -> None:
        self.private: bool | None = None
        self.commits: list[tuple[str, str, Files]] = []
        """Id, message and files."""
        self.commit("initial commit", {".gitattributes": b"*.parquet filter=lfs\n"})

    def commit(self, message: str, files: Files) -> str:
        said = f"{len(self.commits)} {message} {sorted(files)}"
        self.commits.append((hashlib.sha1(said.encode()).hexdigest(), message, files))
        return self.commits[-1][0]

    def files(self, revision: str) -> Files:
        return next(files for oid, _, files in reversed(self.commits) if revision in (oid, "main"))

    def oid(self, revision: str) -> str:
        return next(oid for oid, _, _ in reversed(self.commits) if revision in (oid, "main"))


class Hub:
    """The state behind the server."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.large: Files = {}
        """Large files by sha256."""
        self.rival: Files | None = None
        """What another writer commits just before the next commit comes in."""


class Handler(BaseHTTPRequestHandler):
    """One request."""

    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self._route("GET")

    def do_HEAD(self) -> None:
        self._route("HEAD")

    def do_POST(self) -> None:
        self._route("POST")

    def do_PUT(self) -> None:
        self._route("PUT")

    def _route(self, method: str) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlparse(self.path).path)
        for verb, pattern, answer in ROUTES:
            match = re.fullmatch(pattern, path)
            if match and verb == ("GET" if method == "HEAD" else method):
                answer(self, **match.groupdict())
                return
        self._send(404, {"error": f"no such place: {method} {path}"})

    def _send(self, status: int, said: Any, **headers: str) -> None:
        payload = said if isinstance(said, bytes) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(payload)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)

    def _repository(self, name: str) -> Repository | None:
        found = self.hub.repositories.get(name)
        if found is None:
            self._send(404, {"error": "Repository not found"}, X_Error_Code="RepoNotFound")
        return found

    def create(self) -> None:
        asked = json.loads(self.body)
        name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
        assert asked["type"] == "dataset"
        if name in self.hub.repositories:
            self._send(409, {"error": "You already created this dataset repo", "url": self._url(name)})
            return
        self.hub.repositories[name] = Repository()
        self.hub.repositories[name].private = asked.get("private", asked.get("visibility") == "private")
        self._send(200, {"url": self._url(name)})

    def _url(self, name: str) -> str:
        return f"http://{self.headers['Host']}/datasets/{name}"

    def info(self, name: str, revision: str = "main") -> None:
        if (repository := self._repository(name)) is not None:
            siblings = [{"rfilename": path} for path in sorted(repository.files(revision))]
            oid = repository.oid(revision)
            self._send(200, {"id": name, "sha": oid, "private": repository.private, "siblings": siblings, "tags": []})

    def validate_yaml(self) -> None:
        self._send(200, {"errors": [], "warnings": []})

    def preupload(self, name: str, revision: str) -> None:  # noqa: ARG002
        files = [
            {
                "path": each["path"],
                "uploadMode": "lfs" if each["path"].endswith(".parquet") else "regular",
                "shouldIgnore": False,
            }
            for each in json.loads(self.body)["files"]
        ]
        self._send(200, {"files": files})

    def batch(self, name: str) -> None:  # noqa: ARG002
        base = f"http://{self.headers['Host']}/large"
        objects = [
            {**each, "actions": {"upload": {"href": f"{base}/{each['oid']}"}}}
            for each in json.loads(self.body)["objects"]
        ]
        self._send(200, {"transfer": "basic", "objects": objects})

    def put(self, oid: str) -> None:
        assert hashlib.sha256(self.body).hexdigest() == oid
        self.hub.large[oid] = self.body
        self._send(200, {})

    def commit(self, name: str, revision: str) -> None:  # noqa: ARG002
        repository = self.hub.repositories[name]
        if self.hub.rival is not None:
            repository.commit("by another", {**repository.files("main"), **self.hub.rival})
            self.hub.rival = None
        lines = [json.loads(line) for line in self.body.splitlines()]
        (head,) = [line["value"] for line in lines if line["key"] == "header"]
        if head.get("parentCommit") not in (None, repository.oid("main")):
            self._send(412, {"error": "A commit has happened since. Please refresh and try again."})
            return
        files = dict(repository.files("main"))
        for line in lines:
            self._apply(files, line["key"], line["value"])
        oid = repository.commit(head["summary"], files)
        self._send(200, {"success": True, "commitOid": oid, "commitUrl": f"{self._url(name)}/commit/{oid}"})

    def _apply(self, files: Files, key: str, value: dict[str, Any]) -> None:
        if key == "file":
            files[value["path"]] = base64.b64decode(value["content"])
        elif key == "lfsFile":
            files[value["path"]] = self.hub.large[value["oid"]]
        elif key == "deletedFile":
            del files[value["path"]]

    def resolve(self, name: str, revision: str, path: str) -> None:
        repository = self._repository(name)
        if repository is None:
            return
        content = repository.files(revision).get(path)
        if content is None:
            self._send(404, {"error": "Entry not found"}, X_Error_Code="EntryNotFound")
            return
        etag, oid = hashlib.sha256(content).hexdigest(), repository.oid(revision)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        part = content[int(wanted[1]) : int(wanted[2]) + 1 if wanted[2] else None] if wanted else content
        self._send(206 if wanted else 200, part, ETag=f'"{etag}"', X_Repo_Commit=oid)

    def tree(self, name: str, revision: str, folder: str = "") -> None:
        if (repository := self._repository(name)) is not None:
            prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
            below = {p: c for p, c in repository.files(revision).items() if p.startswith(prefix)}
            deep = "recursive=true" in self.path.lower()
            files = [_entry(p, c) for p, c in below.items() if deep or "/" not in p.removeprefix(prefix)]
            folders = {prefix + p.removeprefix(prefix).split("/")[0] for p in below if "/" in p.removeprefix(prefix)}
            self._send(200, [*files, *map(_folder, sorted(folders))])

    def paths_info(self, name: str, revision: str) -> None:
        if (repository := self._repository(name)) is not None:
            files = repository.files(revision)
            asked = json.loads(self.body)["paths"] if self.body.startswith(b"{") else _asked(self.body.decode())
            found = [_entry(path, files[path]) for path in asked if path in files]
            folders = [_folder(path) for path in asked if any(each.startswith(f"{path}/") for each in files)]
            self._send(200, [*found, *folders])


def _asked(form: str) -> list[str]:
    return [unquote(field.partition("=")[2]) for field in form.split("&") if field.startswith("paths=")]


def _folder(path: str) -> dict[str, Any]:
    return {"type": "directory", "path": path, "oid": hashlib.sha1(path.encode()).hexdigest()}


def _entry(path: str, content: bytes) -> dict[str, Any]:
    return {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}


ROUTES: list[tuple[str, str, Callable[..., None]]] = [
    ("POST", r"/api/repos/create", Handler.create),
    ("POST", r"/api/validate-yaml", Handler.validate_yaml),
    ("GET", rf"/api/datasets/{NAME}", Handler.info),
    ("GET", rf"/api/datasets/{NAME}/revision/(?P<revision>[^/]+)", Handler.info),
    ("GET", rf"/api/datasets/{NAME}/tree/(?P<revision>[^/]+)(?P<folder>.*)", Handler.tree),
    ("POST", rf"/api/datasets/{NAME}/paths-info/(?P<revision>[^/]+)", Handler.paths_info),
    ("POST", rf"/api/datasets/{NAME}/preupload/(?P<revision>[^/]+)", Handler.preupload),
    ("POST", rf"/api/datasets/{NAME}/commit/(?P<revision>[^/]+)", Handler.commit),
    ("POST", rf"/datasets/{NAME}\.git/info/lfs/objects/batch", Handler.batch),
    ("PUT", r"/large/(?P<oid>[0-9a-f]{64})", Handler.put),
    ("GET", rf"/datasets/{NAME}/resolve/(?P<revision>[^/]+)/(?P<path>.+)", Handler.resolve),
]


@contextmanager
def serving() -> Iterator[tuple[Hub, str]]:
    """A hub and its endpoint."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("HubHandler", (Handler,), {"hub": hub}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
