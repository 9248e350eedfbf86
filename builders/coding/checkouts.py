"""Files at a commit in a mirror of checkouts.

A mirror is a folder that holds, for each repository, working trees `{owner}__{repo}/{commit}/`, or one git repository
`{owner}__{repo}` or `{owner}__{repo}.git`, bare or not. A commit may be given by its first eight digits or in full.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-fA-F]{4,64}")
_REPOSITORY = re.compile(r"[\w.-]{1,100}(?:/[\w.-]{1,100}){0,3}")


@lru_cache(maxsize=512)
def mirror_lines(mirror: Path, repository: str, commit: str, path: str) -> tuple[str, ...]:
    """The lines of a file at a commit in a mirror; none where the mirror does not hold it.

    Repository, commit and path come from rows: what is no name, no hexadecimal commit, or leads out of the checkout is
    not looked up.
    """
    folder = mirror / repository.replace("/", "__")
    if not (_COMMIT.fullmatch(commit) and _REPOSITORY.fullmatch(repository)) or folder.name in (".", ".."):
        return ()
    for tree in (folder / commit, *_checkouts(folder, commit)):
        if (file := _inside(tree, path)) is not None:
            return tuple(file.read_text("utf-8", "replace").split("\n"))
    for candidate in (folder, folder.with_name(folder.name + ".git")):
        if (candidate / ".git").exists() or (candidate / "HEAD").is_file():
            return _from_git(candidate, commit, path)
    return ()


def _checkouts(folder: Path, commit: str) -> Iterator[Path]:
    """Working trees whose name and the commit agree in their first eight digits."""
    return (tree for tree in sorted(folder.glob(commit[:8] + "*")) if tree.is_dir())


def _inside(tree: Path, path: str) -> Path | None:
    """A file of a working tree, links resolved; None where there is none, or it lies outside."""
    try:
        file = (tree / path).resolve()
        return file if file.is_relative_to(tree.resolve()) and file.is_file() else None
    except (OSError, RuntimeError, ValueError):  # links in a circle, names too long, a zero byte
        return None


def _from_git(repository: Path, commit: str, path: str) -> tuple[str, ...]:
    if "\0" in path:
        return ()
    command = ["git", "-C", str(repository), "cat-file", "--end-of-options", "blob", f"{commit}:{path}"]
    shown = subprocess.run(command, capture_output=True, check=False, timeout=60)
    return tuple(shown.stdout.decode("utf-8", "replace").split("\n")) if shown.returncode == 0 else ()
