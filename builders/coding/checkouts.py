"""Files at a commit in a mirror of checkouts.

A mirror is a folder that holds, for each repository, working trees `{owner}__{repo}/{commit}/`, or one git repository
`{owner}__{repo}` or `{owner}__{repo}.git`, bare or not. A commit may be given by its first eight digits or in full.
"""

from __future__ import annotations

import subprocess
from functools import lru_cache
from pathlib import Path


@lru_cache(maxsize=512)
def mirror_lines(mirror: Path, repository: str, commit: str, path: str) -> tuple[str, ...]:
    """The lines of a file at a commit in a mirror; none where the mirror does not hold it."""
    folder = mirror / repository.replace("/", "__")
    for tree in (folder / commit, *_checkouts(folder, commit)):
        if (tree / path).is_file():
            return tuple((tree / path).read_text("utf-8", "replace").split("\n"))
    for candidate in (folder, folder.with_name(folder.name + ".git")):
        if (candidate / ".git").exists() or (candidate / "HEAD").is_file():
            return _from_git(candidate, commit, path)
    return ()


def _checkouts(folder: Path, commit: str) -> list[Path]:
    """Working trees whose name and the commit agree in their first eight digits."""
    return sorted(tree for tree in folder.glob(commit[:8] + "*") if tree.is_dir())


def _from_git(repository: Path, commit: str, path: str) -> tuple[str, ...]:
    shown = subprocess.run(
        ["git", "-C", str(repository), "show", f"{commit}:{path}"], capture_output=True, check=False, timeout=60
    )
    return tuple(shown.stdout.decode("utf-8", "replace").split("\n")) if shown.returncode == 0 else ()
