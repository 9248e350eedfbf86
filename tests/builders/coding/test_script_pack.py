"""Scripts by which agents edit files come back as the change that running them makes, or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.rebuild import rebuild_patch
from contextpairs.data.code.patch import render_patch
from contextpairs.data.code.trajectory import Message
from tests.builders.coding.script_pack import FILES, PACK, Command


def ran(command: Command, folder: Path) -> tuple[dict[str, str], str, int]:
    """What a command really makes of the files, what it prints, and its status."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    python = folder.parent / "programs"
    python.mkdir(exist_ok=True)
    for name in ("python", "python3"):
        if not (python / name).exists():
            (python / name).symlink_to(sys.executable)
    done = subprocess.run(
        ["bash", "-c", command.bash], cwd=folder, text=True, capture_output=True, timeout=60, check=False,
        env={"PATH": f"{python}:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    after = {name: (folder / name).read_text() for name in FILES}
    return after, done.stdout + done.stderr, done.returncode


def transcript(command: Command, output: str, status: int) -> list[Message]:
    """A run in which an agent reads both files, then gives the command."""
    messages = [Message("user", "Mend the bank.")]
    for name, text in FILES.items():
        messages.append(Message("assistant", f"```bash\ncat {name}\n```"))
        messages.append(Message("user", f"<returncode>0</returncode>\n<output>\n{text}</output>"))
    messages.append(Message("assistant", f"Now the change.\n\n```bash\n{command.bash}\n```"))
    return [*messages, Message("user", f"<returncode>{status}</returncode>\n<output>\n{output}</output>")]


def made(command: Command, output: str, status: int, folder: Path) -> dict[str, str] | None:
    """What the rebuilt patch makes of the files; None where the run is set aside."""
    messages = transcript(command, output, status)
    patch = rebuild_patch(messages, find_edits(messages))
    if patch is None or patch.lost_sources():
        return None
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    own = [file for file in patch.files if file.path in FILES]
    if own:
        subprocess.run(
            ["git", "apply", "--whitespace=nowarn", "--unidiff-zero", "-"], input=render_patch(own), text=True,
            cwd=folder, check=True,
        )  # fmt: skip
    return {name: (folder / name).read_text() for name in FILES}


@pytest.mark.parametrize("command", PACK, ids=lambda command: command.name)
def test_a_script_comes_back_right_or_not_at_all(command: Command, tmp_path: Path) -> None:
    for name in ("real", "rebuilt"):
        (tmp_path / name).mkdir()
    after, output, status = ran(command, tmp_path / "real")
    found = made(command, output, status, tmp_path / "rebuilt")
    assert (found is not None) == command.readable
    assert found in (None, after)


def test_the_pack_is_of_sixty() -> None:
    assert len(PACK) == len({command.name for command in PACK}) == 60
    assert sum(command.readable for command in PACK) >= 50
