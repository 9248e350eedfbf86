"""Folders of models that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contextpairs.data.store.atomic import sync_tree
from contextpairs.data.store.sealed import appear, unsealed


@contextmanager
def whole_folder(place: Path) -> Iterator[Path]:
    """A folder to fill, which stands at `place` once it is filled; an earlier one there is then gone.

    Raises:
        OSError: it cannot be written; what stood at `place` still does.
    """
    scratch = place.parent / f".writing-{place.name}"
    try:
        with unsealed(scratch) as folder:
            yield folder
            sync_tree(folder)
            if place.exists():
                os.rename(place, folder.parent / "earlier")
            appear(folder, place)
    finally:
        with contextlib.suppress(OSError):  # another may be writing there still
            scratch.rmdir()
