"""A temporary git checkout in which the scripted agent's commands really run.

What a command prints is kept as it is, but for what differs from run to run: the temporary path reads
`/testbed`, the interpreter's library `/usr/lib/python3.x`, durations and addresses are fixed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = "/testbed"
SECONDS = 10
DATE = "2025-01-01T00:00:00+0000"
EDIT_SCRIPT = '''"""edit_via_str_replace FILE -- OLD NEW: replace the only occurrence of OLD."""
import sys
if len(sys.argv) != 5 or sys.argv[2] != "--":
    sys.exit("usage: edit_via_str_replace FILE -- OLD NEW")
path, old, new = sys.argv[1], sys.argv[3], sys.argv[4]
text = open(path).read()
if text.count(old) != 1:
    sys.exit(f"error: expected the old text once in {path}, found it {text.count(old)} times")
open(path, "w").write(text.replace(old, new))
print(f"edited {path}")
'''
SCRUB = [
    (re.compile(r"(Ran \d+ tests?) in [\d.]+s"), r"\1 in 0.002s"),
    (re.compile(r"\b0x[0-9a-f]{8,}\b"), "0x7f0000000000"),
]


@dataclass(frozen=True, slots=True)
class Observation:
    """What a command gave back: its exit code and what it printed, both streams in one."""

    returncode: int
    output: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A directory with files under git and the programs an agent may call."""

    root: Path
    programs: Path

    def run(self, command: str) -> Observation:
        """Run a bash command in the checkout; after ten seconds it counts as failed (exit code 124)."""
        done = subprocess.run(
            ["timeout", "-k", "1", str(SECONDS), "bash", "-c", command],
            cwd=self.root,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return Observation(done.returncode, self._scrubbed(done.stdout.decode("utf-8", "replace")))

    def write(self, files: dict[str, str]) -> None:
        """Write files by their path inside the checkout."""
        for path, text in files.items():
            target = self.root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    def read(self, path: str) -> str:
        """The text of a file."""
        return (self.root / path).read_text(encoding="utf-8")

    def commit(self) -> None:
        """Put everything under git in one commit with a fixed author and date."""
        self.run("git init -q -b main && git config core.abbrev 7 && git add -A && git commit -q -m 'Initial commit'")

    def _environment(self) -> dict[str, str]:
        who = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in _IDENTITY.items()}
        return who | {
            "PATH": f"{self.programs}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.programs),
            "LC_ALL": "C.UTF-8",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_PAGER": "cat",
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _scrubbed(self, output: str) -> str:
        output = output.replace(str(self.root), ROOT)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        output = output.replace(f"{sys.base_prefix}/lib/{version}", f"/usr/lib/{version}")
        for pattern, replacement in SCRUB:
            output = pattern.sub(replacement, output)
        return output


_IDENTITY = {"NAME": "Sam Works", "EMAIL": "sam@example.org", "DATE": DATE}


@contextmanager
def checkout(files: dict[str, str]) -> Iterator[Checkout]:
    """A temporary checkout of files, gone at the end of the block."""
    with tempfile.TemporaryDirectory() as directory:
        base = Path(directory).resolve()
        here = Checkout(base / "testbed", base / "bin")
        here.root.mkdir()
        _install(here.programs)
        here.write(files)
        yield here


def _install(programs: Path) -> None:
    programs.mkdir()
    (programs / "edit.py").write_text(EDIT_SCRIPT, encoding="utf-8")
    for name, arguments in (("python", ""), ("edit_via_str_replace", f' "{programs}/edit.py"')):
        script = programs / name
        # -I would hide the checkout from imports; -s -E are what can be isolated without that.
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -s{arguments} "$@"\n', encoding="utf-8")
        script.chmod(0o755)
