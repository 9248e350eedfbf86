"""The `prefect` command of the environment that runs us, which knows the server, its profile and its credentials."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

QUIET = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
SHOWN = 4000
"""Last characters of what a failed command said, that an error shows."""
NOT_FOUND = 4
"""How `prefect api` ends where the server answers with a status of 4xx."""


class PrefectFailed(RuntimeError):
    """A command of Prefect's failed; the message holds what it said."""


def prefect(*arguments: str) -> int:
    """Run a command that speaks for itself. Returns how it ended."""
    return subprocess.run(_command(arguments), env=_environment(), stdin=subprocess.DEVNULL, check=False).returncode


def done(*arguments: str) -> str:
    """Run a command that has to succeed. Returns what it said; raises PrefectFailed."""
    ended = _run(arguments)
    if ended.returncode:
        raise _failed(arguments, ended)
    return ended.stdout


def asked(method: str, path: str, data: Mapping[str, Any] | None = None) -> Any:
    """What the server's API answers; None where there is no such thing.

    Raises:
        PrefectFailed: no server answers, or it refuses.
    """
    arguments = ["api", method, path, *(["--data", json.dumps(data)] if data is not None else [])]
    ended = _run(arguments)
    if ended.returncode == NOT_FOUND and method == "GET":
        return None
    if ended.returncode:
        raise _failed(arguments, ended)
    return json.loads(ended.stdout) if ended.stdout.strip() else None


def _run(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    command, environment = _command(arguments), _environment()
    return subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def _failed(arguments: Sequence[str], ended: subprocess.CompletedProcess[str]) -> PrefectFailed:
    said = (ended.stdout + ended.stderr).strip()[-SHOWN:]
    return PrefectFailed(
        f"prefect {' '.join(arguments[:3])} failed; does PREFECT_API_URL name a running server? It said:\n{said}"
    )


def _command(arguments: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "prefect", *arguments]


def _environment() -> dict[str, str]:
    return {**QUIET, **os.environ}
