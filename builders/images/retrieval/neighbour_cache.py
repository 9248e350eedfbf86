"""Neighbours at rest: the last search of an encoder's vectors, so that the next one looks at new rows alone.

One file an encoder, replaced whole. It saves time and never decides what is found: a file that is cut off, of another
code version, of other rows, or whose columns do not fit together is as good as none.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from contextpairs.builders.images.retrieval.kept_neighbours import NONE, EarlierSearch
from contextpairs.data.store.atomic import write_atomic
from contextpairs.data.store.told_errors import open_filesystem


def load_known(folder: str, key: str, version: str) -> EarlierSearch | None:
    """The last search, or None where there is none of use.

    Args:
        folder: fsspec URL of the cache.
        key: of the encoder and of what else tells searches apart, fit for a file name.
        version: of the code that searched.
    """
    filesystem, root = open_filesystem(folder)
    path = f"{root.rstrip('/')}/{key}.npz"
    if not filesystem.exists(path):
        return None
    try:
        with filesystem.open(path, "rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["version"]) != version:
                return None
            found = EarlierSearch(*(stored[name] for name in EarlierSearch._fields))
            return found if _is_whole(found) else None
    except (BadZipFile, EOFError, OSError, KeyError, ValueError):
        return None


def _is_whole(found: EarlierSearch) -> bool:
    """Whether its columns are of rows, some at least, and its lists of those rows."""
    rows = len(found.mark) if found.mark.ndim == 1 else 0
    lists = found.nearest.ndim == 2 and found.nearest.shape == found.cosine.shape and len(found.nearest) == rows
    columns = found.group.shape == found.answer.shape == found.mark.shape
    barred = found.barred.ndim == 2 and found.barred.shape[1] == 3
    whole = all(
        each.dtype.kind in "iu" for each in (found.mark, found.group, found.answer, found.barred, found.nearest)
    )
    whole = whole and found.cosine.dtype.kind == "f"
    return bool(rows and lists and columns and barred and whole and found.nearest.max(initial=NONE) < rows)


def save_known(folder: str, key: str, version: str, known: EarlierSearch) -> None:
    """Keep a search in place of the one before; arguments as `load_known`."""
    buffer = BytesIO()
    np.savez(buffer, version=np.array(version), **known._asdict())
    filesystem, root = open_filesystem(folder)
    path = f"{root.rstrip('/')}/{key}.npz"
    if "file" in filesystem.protocol:
        write_atomic(Path(path), buffer.getvalue())
    else:
        filesystem.pipe_file(path, buffer.getvalue())
