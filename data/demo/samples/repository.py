"""The small packages that the sample runs are about; each is one text file of `== path` parts."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

OWNER = "smallworks"
ARCHIVES = Path(__file__).parent / "repositories"


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository at its base commit: text by path, without bugs."""

    name: str
    files: dict[str, str]

    @property
    def commit(self) -> str:
        """Eight hex digits over the files; it stands for a commit in instance ids and is none of git's."""
        digest = hashlib.blake2b(digest_size=4)
        for path, text in sorted(self.files.items()):
            digest.update(f"{path}\x00{text}\x01".encode())
        return digest.hexdigest()

    @property
    def slug(self) -> str:
        """What every instance id of the repository starts with."""
        return f"{OWNER}__{self.name}.{self.commit}"

    def modules(self) -> list[str]:
        """Paths of the package's own modules, tests and `__init__` left out."""
        return sorted(p for p in self.files if p.startswith(f"{self.name}/") and not p.endswith("__init__.py"))

    def test_of(self, module: str) -> str:
        """The path of the tests of a module."""
        return f"tests/test_{Path(module).name}"


def load_repositories() -> list[Repository]:
    """Every embedded repository, by name."""
    return [load_repository(path.stem) for path in sorted(ARCHIVES.glob("*.txt"))]


def load_repository(name: str) -> Repository:
    """One embedded repository.

    Raises:
        FileNotFoundError: no archive has this name.
    """
    parts = re.split(r"(?m)^== ", (ARCHIVES / f"{name}.txt").read_text(encoding="utf-8"))[1:]
    return Repository(name, {part.partition("\n")[0]: part.partition("\n")[2] for part in parts})
