"""What code a function is: a hash over the package's files that it can reach, and over the libraries that they use.

Reached is what a file imports anywhere, inside functions too, and so on. What is imported for type checkers alone is
not, nor is the package's own top module, which imports nothing until it is asked. Equal code has an equal hash on every
machine, in a checkout and in an installed wheel.
"""

from __future__ import annotations

import hashlib
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

from contextpairs.pipelines.run.code_imports import files_beside, reads_of

PACKAGE = "contextpairs"
FOLDER = Path(__file__).parents[2]
"""Where the package lies, as it was imported: a checkout's folders stand below it as links."""
CANNOT_SHAPE_A_ROW = frozenset(
    {
        "fsspec",  # moves bytes between here and storage
        "huggingface-hub",  # moves bytes; a fingerprint tells what it brought
        "pydantic",  # checks configuration, whose values are inputs of the work
        "threadpoolctl",  # says how many threads a computation takes
    }
)
"""Distributions whose upgrade redoes nothing. What is not here counts."""
LOADED = time.time()
"""When this process began to load the package, in seconds since 1970."""


class CodeMismatch(RuntimeError):
    """The code that runs here is not the code that the work is named by."""


@dataclass(frozen=True, slots=True)
class Closure:
    """What a module can reach.

    Attributes:
        files: files of code and data, by name: "contextpairs/data/a.py".
        libraries: what is installed of the libraries that they import: "pillow==13.0.0".
    """

    files: dict[str, Path]
    libraries: tuple[str, ...]


@cache
def code_identity(function: Callable[..., Any]) -> str:
    """Hash of the code that a function can reach: 32 hex digits, found once a process.

    Raises:
        CodeMismatch: a file was changed after this process had begun, so that it is not what runs here.
    """
    return _own_code().identity(*_place(function))


def code_closure(function: Callable[..., Any]) -> Closure:
    """What a function can reach."""
    return _own_code().closure(*_place(function))


def _place(function: Callable[..., Any]) -> tuple[str, Path]:
    module = function.__module__
    return module, Path(str(sys.modules[module].__file__))


@cache
def _own_code() -> CodeTree:
    return CodeTree(FOLDER, installed, LOADED)


def installed(name: str) -> Iterator[str]:
    """What is installed under an import name, as "pillow==13.0.0", less what cannot shape a row.

    The build of a version ("+cu128") is left out: it says which device it was made for, in which workers may differ.
    """
    found = _distributions().get(name)
    if not found:
        yield f"{name} is not installed"
    for each in sorted({re.sub(r"[-_.]+", "-", each).lower() for each in found or ()} - CANNOT_SHAPE_A_ROW):
        yield f"{each}=={version(each).partition('+')[0]}"


_distributions = cache(packages_distributions)


@dataclass(frozen=True, slots=True)
class _Step:
    """What one file adds to a closure."""

    files: dict[str, Path]
    modules: dict[str, Path]
    libraries: set[str]


class CodeTree:
    """The package as it lies in a folder. A file is read once: what changes later is not seen."""

    def __init__(self, root: Path, installed: Callable[[str], Iterable[str]], loaded: float = float("inf")) -> None:
        """Read nothing yet.

        Args:
            root: folder of the package.
            installed: what is installed under an import name.
            loaded: when the process began that runs this code, in seconds since 1970.
        """
        self._root = root
        self._installed = installed
        self._loaded = loaded
        self._path = cache(self._find)
        self._step = cache(self._read)
        self._mark = cache(self._hash)

    def identity(self, module: str, path: Path) -> str:
        """Hash of what a module can reach: 32 hex digits; arguments as `closure`.

        Raises:
            CodeMismatch: a file is newer than the code that runs.
        """
        found = self.closure(module, path)
        lines = [f"{name} {self._mark(file)}" for name, file in sorted(found.files.items())]
        return hashlib.blake2b("\n".join([module, *lines, *found.libraries]).encode(), digest_size=16).hexdigest()

    def closure(self, module: str, path: Path) -> Closure:
        """What a module can reach.

        Args:
            module: dotted name.
            path: its file, which of a module of the package is looked up here.
        """
        owed = {module: self._path(module) or path}
        seen = dict(owed)
        files: dict[str, Path] = {}
        libraries: set[str] = set()
        while owed:
            step = self._step(*owed.popitem())
            files |= step.files
            libraries |= step.libraries
            owed |= {name: at for name, at in step.modules.items() if name not in seen}
            seen |= step.modules
        return Closure(files, tuple(line for each in sorted(libraries) for line in self._installed(each)))

    def _read(self, module: str, path: Path) -> _Step:
        """One file of a closure."""
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        reads = reads_of(self._content(path), package)
        files = (path, *(files_beside(path) if reads.beside else ()))
        around = {name for each in reads.imports if each.startswith(f"{PACKAGE}.") for name in _prefixes(each)}
        modules = {name: found for name in around if (found := self._path(name))}
        libraries = {each.partition(".")[0] for each in reads.imports} - {PACKAGE} - sys.stdlib_module_names
        return _Step({self._name(each): each for each in files}, modules, libraries)

    def _find(self, module: str) -> Path | None:
        package, *inside = module.split(".")
        place = self._root.joinpath(*inside)
        places = (place.with_suffix(".py"), place / "__init__.py") if package == PACKAGE and inside else ()
        return next((path for path in places if path.is_file()), None)

    def _name(self, path: Path) -> str:
        inside = path.is_relative_to(self._root)
        return f"{PACKAGE}/{path.relative_to(self._root).as_posix()}" if inside else path.name

    def _content(self, path: Path) -> bytes:
        if path.stat().st_mtime > self._loaded:
            raise CodeMismatch(f"{path} was changed after this process had begun: start it again")
        return path.read_bytes()

    def _hash(self, path: Path) -> str:
        return hashlib.blake2b(self._content(path), digest_size=16).hexdigest()


def _prefixes(imported: str) -> Iterator[str]:
    """What an import may run: the module that it names, and the packages around it."""
    parts = imported.split(".")
    yield from (".".join(parts[:end]) for end in range(2, len(parts) + 1))
