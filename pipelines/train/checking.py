"""The check before the first step, done once: shared out to the processes of a run, and kept for its next start."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeAlias

from accelerate import PartialState
from accelerate.utils import gather_object

from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.data.store.atomic import write_atomic
from contextpairs.pipelines.probe.identity import library_versions

Size: TypeAlias = int | str
"""Tokens of a prompt, or why it cannot be made."""
FORMAT = 1
"""Of what is kept, and of how prompts are measured: another number measures anew."""
FOLDER = "checked"
"""Folder in `out` of what was measured."""
LOADING = ("is_local", "local_files_only", "name_or_path")
"""Settings of a tokenizer that say how it was loaded."""
SECONDS = 5.0
"""Between two lines of progress."""


def _unsaid(line: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Check:
    """Measures prompts.

    Attributes:
        folder: local folder in which sizes are kept, by content; None keeps none.
        processor: digest of what makes tokens of a prompt.
        say: told how far it is.
    """

    folder: Path | None = None
    processor: str = ""
    say: Callable[[str], None] = _unsaid

    def sizes(
        self, what: str, of: Mapping[str, Any], count: int, measure: Callable[[range], Iterable[Size]]
    ) -> list[Size]:
        """Sizes of prompts, in order; those that were kept are not measured again.

        Every process of a run calls this with the same arguments, measures its share, and gets them all.

        Args:
            what: prompts of what, in the plural.
            of: all that decides the sizes besides the processor.
            count: how many there are.
            measure: sizes of the prompts at some places, in order.
        """
        file = self._file(what, of)
        kept = _kept(file, count)
        if all(gather_object([kept is not None])) and kept is not None:
            return kept
        state = PartialState()
        own = range(state.process_index, count, state.num_processes)
        shares = gather_object([list(self._told(what, count, measure(own), state.num_processes))])
        sizes = [shares[place % len(shares)][place // len(shares)] for place in range(count)]
        if file and state.is_local_main_process:
            write_atomic(file, json.dumps(sizes).encode())
        return sizes

    def _file(self, what: str, of: Mapping[str, Any]) -> Path | None:
        facts = {"format": FORMAT, "of": of, "processor": self.processor, "libraries": library_versions()}
        name = hashlib.sha256(canonical_json(facts).encode()).hexdigest()[:16]
        return self.folder and self.folder / f"{what.replace(' ', '-')}-{name}.json"

    def _told(self, what: str, count: int, sizes: Iterable[Size], shares: int) -> Iterable[Size]:
        last = monotonic()
        for done, size in enumerate(sizes):
            if monotonic() - last >= SECONDS:
                last = monotonic()
                self.say(f"checking {what}: {min(count, done * shares):,} of {count:,}")
            yield size


def check_of(folder: Path, processor: Any, say: Callable[[str], None]) -> Check:
    """A check that keeps what it measures in the folder of a run.

    Args:
        folder: of the run.
        processor: of a vision-language model, or a tokenizer.
        say: told of progress.
    """
    return Check(folder / FOLDER, _digest(processor), say)


def _digest(processor: Any) -> str:
    """sha256 over the files that a processor is stored as."""
    whole = hashlib.sha256()
    with tempfile.TemporaryDirectory() as stored:
        processor.save_pretrained(stored)
        for path in sorted(path for path in Path(stored).rglob("*") if path.is_file()):
            whole.update(f"{path.name} {hashlib.sha256(_content(path)).hexdigest()}\n".encode())
    return whole.hexdigest()


def _content(path: Path) -> bytes:
    """Of a stored processor's file, without how it was found."""
    if path.name != "tokenizer_config.json":
        return path.read_bytes()
    settings = json.loads(path.read_text(encoding="utf-8"))
    return json.dumps({name: value for name, value in settings.items() if name not in LOADING}, sort_keys=True).encode()


def _kept(file: Path | None, count: int) -> list[Size] | None:
    if file is None or not file.is_file():
        return None
    sizes: list[Size] = json.loads(file.read_text(encoding="utf-8"))
    return sizes if len(sizes) == count else None
