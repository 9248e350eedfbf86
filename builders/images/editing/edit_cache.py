"""Edits at rest: each finished one a small PNG file that is written once, so that a kill costs one batch at most.

A file is named by the image, the instruction and the seed, under the key of the editor. An edit that the editor refused
has its verdict there, in a file of its own. Nothing is ever rewritten otherwise than by the same bytes: two writers
cannot hurt each other. What failed is not stored: it is owed.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from contextpairs.builders.images.editing.edit_outcomes import Failure, Refusal, from_json, to_json
from contextpairs.builders.images.editing.editor_call import Size
from contextpairs.builders.images.editing.image_editor import Editor
from contextpairs.data.imaging.png import is_whole_png
from contextpairs.data.imaging.send import as_png
from contextpairs.data.sources.files.guard import let_through
from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.told_errors import open_filesystem

if TYPE_CHECKING:
    from PIL import Image

Decode = Callable[[bytes], "Image.Image"]
HELD_BATCHES = 8
"""Items that are looked at ahead of the next one to hand over, in batches: images of other sizes wait that long for
enough of their size to fill a batch."""
PICTURE, VERDICT = "png", "json"
"""Endings of the files."""
Outcome = bytes | Refusal | Failure


class EditItem(NamedTuple):
    """An edit that is wanted.

    Attributes:
        image_id: of the image.
        image: its file.
        instruction: what to change.
        seed: of the noise.
    """

    image_id: str
    image: bytes
    instruction: str
    seed: int


def edit_id(image_id: str, instruction: str, seed: int) -> str:
    """32 hex digits that name an edit, whichever editor makes it."""
    said = json.dumps([image_id, instruction, seed])
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def find(folder: str, key: str, identifier: str) -> bytes | Refusal | None:
    """The PNG file of an edit or the verdict on it, or None where there is none or it is not whole.

    Args:
        folder: fsspec URL of the cache.
        key: of the editor.
        identifier: what `edit_id` gave.
    """
    png = _read(folder, key, identifier, PICTURE)
    if png is not None and is_whole_png(png):
        return png
    said = _read(folder, key, identifier, VERDICT)
    return None if said is None else from_json(said)


def put(folder: str, key: str, identifier: str, png: bytes) -> None:
    """Store the PNG file of an edit; it appears whole or not at all.

    Raises:
        ValueError: the bytes are no whole PNG file.
    """
    if not is_whole_png(png):
        raise ValueError(f"edit {identifier}: {len(png)} bytes that begin with {png[:8]!r}, expected a whole PNG file")
    _write(folder, key, identifier, PICTURE, png)


def put_verdict(folder: str, key: str, identifier: str, refusal: Refusal) -> None:
    """Store the verdict on an edit; it appears whole or not at all."""
    _write(folder, key, identifier, VERDICT, to_json(refusal))


def _read(folder: str, key: str, identifier: str, ending: str) -> bytes | None:
    filesystem, path = _place(folder, key, identifier, ending)
    try:
        content: bytes = filesystem.cat_file(path)
    except FileNotFoundError:
        return None
    return content


def _write(folder: str, key: str, identifier: str, ending: str, content: bytes) -> None:
    filesystem, path = _place(folder, key, identifier, ending)
    if "file" in filesystem.protocol:
        write_atomic(Path(path), content)
    else:
        filesystem.pipe_file(path, content)


@dataclass(eq=False, slots=True)
class _Edit:
    """An edit on its way, and what became of it once that is known."""

    identifier: str
    item: EditItem
    outcome: Outcome | None = None


class EditsInOrder:
    """Edits in the order of their items, as (number of the item, PNG file); those that are not there yet are made.

    In place of the file of an edit that gave no picture stands its refusal or its failure. Refusals are stored.

    Attributes:
        made: edits that the model made so far.
        found: edits and refusals that were there, or were asked for twice, so far.
        refused: edits that the model refused so far.
        failed: edits that failed so far.
    """

    def __init__(self, editor: Editor, folder: str, items: Iterable[EditItem], decode: Decode) -> None:
        self.made = self.found = self.refused = self.failed = 0
        self._editor, self._folder, self._decode = editor, folder, decode
        self._owed: dict[str, _Edit] = {}
        self._alike: dict[Size, dict[str, Image.Image]] = {}
        """By the size they are edited at: ids of owed edits, and their images."""
        self._edits = self._in_order(iter(items))

    def __iter__(self) -> Iterator[tuple[int, Outcome]]:
        return self._edits

    def _in_order(self, items: Iterator[EditItem]) -> Iterator[tuple[int, Outcome]]:
        ahead: deque[_Edit] = deque()
        number = 0
        for item in items:
            ahead.append(self._begun(item))
            while ahead and (ahead[0].outcome is not None or len(ahead) > HELD_BATCHES * self._editor.batch):
                yield number, self._finished(ahead.popleft())
                number += 1
        while ahead:
            yield number, self._finished(ahead.popleft())
            number += 1

    def _begun(self, item: EditItem) -> _Edit:
        """The edit of an item: found, or waiting for a batch to fill up, which is made as soon as it is full."""
        identifier = edit_id(item.image_id, item.instruction, item.seed)
        there = self._owed.get(identifier) or _Edit(identifier, item, find(self._folder, self._editor.key, identifier))
        if there.outcome is not None or identifier in self._owed:
            self.found += 1
            return there
        image = self._decoded(item)
        if isinstance(image, Failure):
            there.outcome = image
            self.failed += 1
            return there
        size = self._editor.fitted(image.size)
        self._owed[identifier] = there
        self._alike.setdefault(size, {})[identifier] = image
        if len(self._alike[size]) == self._editor.batch:
            self._make(size)
        return there

    def _finished(self, edit: _Edit) -> Outcome:
        if edit.outcome is None:
            self._make(next(size for size, images in self._alike.items() if edit.identifier in images))
        assert edit.outcome is not None
        return edit.outcome

    def _make(self, size: Size) -> None:
        """Edit all that waits at a size, one batch at most, and store it."""
        images = self._alike.pop(size)
        edits = [self._owed.pop(identifier) for identifier in images]
        instructions, seeds = [edit.item.instruction for edit in edits], [edit.item.seed for edit in edits]
        outcomes = self._editor.attempt(list(images.values()), instructions, seeds)
        for edit, made in zip(edits, outcomes, strict=True):
            edit.outcome = self._kept(edit.identifier, made)

    def _kept(self, identifier: str, made: Image.Image | Refusal | Failure) -> Outcome:
        """An outcome as it is handed on, stored unless it is owed."""
        if isinstance(made, Failure):
            self.failed += 1
            return made
        if isinstance(made, Refusal):
            put_verdict(self._folder, self._editor.key, identifier, made)
            self.refused += 1
            return made
        png = as_png(made)
        put(self._folder, self._editor.key, identifier, png)
        self.made += 1
        return png

    def _decoded(self, item: EditItem) -> Image.Image | Failure:
        try:
            return self._decode(item.image)
        except Exception as error:
            if let_through():
                raise
            return Failure(f"the image cannot be decoded ({type(error).__name__}: {error}); it could be before")


def edited(editor: Editor, folder: str, items: Iterable[EditItem], decode: Decode) -> EditsInOrder:
    """Edits of many images, in their order; each is made once ever, and stored with its batch as soon as it is done.

    Args:
        editor: the model.
        folder: fsspec URL of the cache.
        items: what to edit; read lazily, a bounded number of them ahead.
        decode: makes an RGB picture of a file.

    Raises:
        EditorFailed: while iterating: the device is lost. What was made before is stored.
    """
    return EditsInOrder(editor, folder, items, decode)


def _place(folder: str, key: str, identifier: str, ending: str) -> tuple[Any, str]:
    filesystem, root = open_filesystem(folder)
    return filesystem, f"{root.rstrip('/')}/{key}/{identifier[:2]}/{identifier}.{ending}"
