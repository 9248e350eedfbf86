"""Edits at rest: each finished one a small PNG file that is written once, so that a kill costs one batch at most.

A file is named by the image, the instruction and the seed, under the key of the editor. Nothing is ever rewritten
otherwise than by the same bytes: two writers cannot hurt each other.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import fsspec

from contextpairs.builders.images.editing.editor_call import Size
from contextpairs.builders.images.editing.image_editor import Editor, Refusal
from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.data.imaging.png import is_whole_png
from contextpairs.data.imaging.send import as_png
from contextpairs.data.store.atomic import write_atomic

if TYPE_CHECKING:
    from PIL import Image

Decode = Callable[[bytes], "Image.Image"]
HELD_BATCHES = 8
"""Items that are looked at ahead of the next one to hand over, in batches: images of other sizes wait that long for
enough of their size to fill a batch."""
ALL_REFUSED = 8
"""Refusals without a single edit: no longer what is wrong with an image, but with the editor or how it is called."""
Outcome = bytes | Refusal


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


def find(folder: str, key: str, identifier: str) -> bytes | None:
    """The PNG file of an edit, or None where there is none or it is not whole.

    Args:
        folder: fsspec URL of the cache.
        key: of the editor.
        identifier: what `edit_id` gave.
    """
    filesystem, path = _place(folder, key, identifier)
    try:
        content: bytes = filesystem.cat_file(path)
    except FileNotFoundError:
        return None
    return content if is_whole_png(content) else None


def put(folder: str, key: str, identifier: str, png: bytes) -> None:
    """Store the PNG file of an edit; it appears whole or not at all.

    Raises:
        ValueError: the bytes are no whole PNG file.
    """
    if not is_whole_png(png):
        raise ValueError(f"edit {identifier}: {len(png)} bytes that begin with {png[:8]!r}, expected a whole PNG file")
    filesystem, path = _place(folder, key, identifier)
    if "file" in filesystem.protocol:
        write_atomic(Path(path), png)
    else:
        filesystem.pipe_file(path, png)


@dataclass(eq=False, slots=True)
class _Edit:
    """An edit on its way, and what became of it once that is known: its PNG file, or that it was refused."""

    identifier: str
    item: EditItem
    outcome: Outcome | None = None


class EditsInOrder:
    """Edits in the order of their items, as (number of the item, PNG file); those that are not there yet are made.

    In place of the file of an edit whose image or instruction the editor does not take stands its refusal. Refusals are
    not stored.

    Attributes:
        made: edits that the model made so far.
        found: edits that were there, or were asked for twice, so far.
        refused: edits that the model refused so far.
    """

    def __init__(self, editor: Editor, folder: str, items: Iterable[EditItem], decode: Decode) -> None:
        self.made = self.found = self.refused = 0
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
            while ahead and (ahead[0].outcome or len(ahead) > HELD_BATCHES * self._editor.batch):
                yield number, self._finished(ahead.popleft())
                number += 1
        while ahead:
            yield number, self._finished(ahead.popleft())
            number += 1

    def _begun(self, item: EditItem) -> _Edit:
        """The edit of an item: found, or waiting for a batch to fill up, which is made as soon as it is full."""
        identifier = edit_id(item.image_id, item.instruction, item.seed)
        there = self._owed.get(identifier) or _Edit(identifier, item, find(self._folder, self._editor.key, identifier))
        if there.outcome or identifier in self._owed:
            self.found += 1
            return there
        image = _decoded(item, self._decode)
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
            edit.outcome = made if isinstance(made, Refusal) else self._stored(edit, made)
        self._refused([made.detail for made in outcomes if isinstance(made, Refusal)])

    def _refused(self, details: list[str]) -> None:
        """Count refusals, and stop where there is nothing else."""
        self.refused += len(details)
        if details and not (self.made or self.found) and self.refused >= ALL_REFUSED:
            raise ModelError(
                f"model {self._editor.options.model}: refused all of the first {self.refused} edits, the last one: "
                f"{details[-1]}; set what it takes (size, guidance, extra), or leave such images out"
            )

    def _stored(self, edit: _Edit, image: Image.Image) -> bytes:
        png = as_png(image)
        put(self._folder, self._editor.key, edit.identifier, png)
        self.made += 1
        return png


def edited(editor: Editor, folder: str, items: Iterable[EditItem], decode: Decode) -> EditsInOrder:
    """Edits of many images, in their order; each is made once ever, and stored with its batch as soon as it is done.

    Args:
        editor: the model.
        folder: fsspec URL of the cache.
        items: what to edit; read lazily, a bounded number of them ahead.
        decode: makes an RGB picture of a file.

    Raises:
        ModelError: while iterating: an image cannot be decoded, the editor fails on a batch, or it refuses all there
            is. What was made before is stored.
    """
    return EditsInOrder(editor, folder, items, decode)


def _place(folder: str, key: str, identifier: str) -> tuple[fsspec.AbstractFileSystem, str]:
    filesystem, root = fsspec.core.url_to_fs(folder)
    return filesystem, f"{root.rstrip('/')}/{key}/{identifier[:2]}/{identifier}.png"


def _decoded(item: EditItem, decode: Decode) -> Image.Image:
    try:
        return decode(item.image)
    except Exception as error:
        raise ModelError(
            f"image {item.image_id}: cannot be decoded ({type(error).__name__}: {error}); broken files are to be "
            "rejected before"
        ) from error
