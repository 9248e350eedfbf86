"""A Prefect server and a worker as people start them, with the deployments of an installed package."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[1]
CANARY = "wJalrXUtnFEMIcanaryKEY"
"""A secret in the environment of server and worker."""
SETTINGS = {
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_SERVER_EVENTS_EXPIRED_BUCKET_BUFFER": "P30D",
    "PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED": "true",
    "PREFECT_SERVER_LOGS_STREAM_PUBLISHING_ENABLED": "true",
}


@dataclass
class House:
    """A server, and a worker that serves the deployments made in a folder.

    Attributes:
        site: the folder.
        home: of Prefect: its database and its leases.
    """

    site: Path
    home: Path
    port: int
    server: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Say to commands where server, package and secret are."""
        theirs = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
        ours = {
            "PREFECT_HOME": str(self.home),
            "PREFECT_API_URL": self.api,
            "DO_NOT_TRACK": "1",
            "COLUMNS": "1000",
            "PYTHONPATH": str(ROOT / "src"),
            "AWS_SECRET_ACCESS_KEY": CANARY,
        }
        self.env = {**theirs, **SETTINGS, **ours}
        for folder in (self.site, self.home):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def api(self) -> str:
        """URL of the server's API."""
        return f"http://127.0.0.1:{self.port}/api"

    def start_server(self) -> None:
        """Start it and wait until it answers."""
        self.server = self._start("server", "start", "--host", "127.0.0.1", "--port", str(self.port))
        wait_until(self._answers, 180)

    def start_worker(self) -> None:
        """Start it."""
        self.worker = self._start("worker", "start", "--pool", "pairs")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.site / f"{arguments[0]}.log").open("ab") as log:
            command = [sys.executable, "-m", "prefect", *arguments]
            return subprocess.Popen(command, cwd=self.site, env=self.env, stdout=log, stderr=subprocess.STDOUT)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.api}/health").is_success
        except httpx.TransportError:
            return False

    def prefect(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run its command in the folder."""
        return self._run("prefect", *arguments)

    def contextpairs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run our command in the folder."""
        return self._run("contextpairs", *arguments)

    def _run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(
            command, cwd=self.site, env=self.env, capture_output=True, text=True, timeout=900, check=False
        )

    def must(self, *arguments: str) -> str:
        """Run our command, which must succeed; what it printed."""
        done = self.contextpairs(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def run_of(self, said: str) -> dict[str, Any]:
        """The flow run that a command said it created, as the API tells of it."""
        created = re.search(r"UUID: (\S+)", said)
        assert created, said
        return self.read_run(created[1])

    def read_run(self, run_id: str) -> dict[str, Any]:
        """A flow run, as the API tells of it."""
        run: dict[str, Any] = httpx.get(f"{self.api}/flow_runs/{run_id}").raise_for_status().json()
        return run

    def runs_of(self, flow: str) -> list[dict[str, Any]]:
        """All flow runs of a flow, scheduled ones too."""
        return self.found("flow_runs", {"flows": {"name": {"any_": [flow]}}})

    def left_by(self, run: dict[str, Any], kind: Literal["artifacts", "task_runs"]) -> list[dict[str, Any]]:
        """All that a flow run left of a kind."""
        return self.found(kind, {"flow_runs": {"id": {"any_": [run["id"]]}}})

    def found(self, kind: str, criteria: dict[str, Any]) -> list[dict[str, Any]]:
        """All of a kind that fits."""
        answer = httpx.post(f"{self.api}/{kind}/filter", json=criteria, timeout=60)
        found: list[dict[str, Any]] = answer.raise_for_status().json()
        return found


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """A house whose deployments are made, less the nightly images, which want an encoder."""
    house = House(folder / "site", folder / "home", free_port())
    try:
        house.start_server()
        house.must("deploy", "--without", "refresh-image-pairs")
        house.start_worker()
        yield house
    finally:
        for process in (house.worker, house.server):
            if process:
                stop(process)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def kill(*processes: psutil.Process | subprocess.Popen[bytes]) -> None:
    """End processes as a crash would, and wait until they are gone."""
    for process in processes:
        process.send_signal(signal.SIGKILL)
    for process in processes:
        process.wait(30)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and all it started; those that ignore SIGTERM are killed."""
    if process.poll() is not None:
        return
    family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=15)
    for each in alive:
        each.kill()
    psutil.wait_procs(alive, timeout=15)


def wait_until(holds: Callable[[], Any], seconds: float) -> Any:
    """What holds, as soon as it does."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(1)
    return found
