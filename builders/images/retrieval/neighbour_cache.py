"""Neighbours at rest: the last search of an encoder's vectors, so that the next one looks at new rows alone.

One file an encoder, replaced whole. It saves time and never decides what is found: a file that is cut off, of another
code version or of other rows is as good as none.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import fsspec
import numpy as np

from contextpairs.builders.images.retrieval.kept_neighbours import EarlierSearch
from contextpairs.data.store.atomic import write_atomic


def load_known(folder: str, key: str, version: str) -> EarlierSearch | None:
    """The last search, or None where there is none of use.

    Args:
        folder: fsspec URL of the cache.
        key: of the encoder and of what else tells searches apart, fit for a file name.
        version: of the code that searched.
    """
    filesystem, root = fsspec.core.url_to_fs(folder)
    path = f"{root.rstrip('/')}/{key}.npz"
    if not filesystem.exists(path):
        return None
    try:
        with filesystem.open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["version"]) != version:
                return None
            return EarlierSearch(*(stored[name] for name in EarlierSearch._fields))
    except (BadZipFile, EOFError, OSError, KeyError, ValueError):
        return None


def save_known(folder: str, key: str, version: str, known: EarlierSearch) -> None:
    """Keep a search in place of the one before; arguments as `load_known`."""
    buffer = BytesIO()
    np.savez(buffer, version=np.array(version), **known._asdict())
    filesystem, root = fsspec.core.url_to_fs(folder)
    path = f"{root.rstrip('/')}/{key}.npz"
    if "file" in filesystem.protocol:
        write_atomic(Path(path), buffer.getvalue())
    else:
        filesystem.pipe_file(path, buffer.getvalue())
