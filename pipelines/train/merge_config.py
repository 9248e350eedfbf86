"""What a person decides when an adapter is merged."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from contextpairs.data.store.settings import Settings


class MergeConfig(Settings):
    """Which adapter becomes one model with its base, and where that is written."""

    checkpoint: Path | None = None
    """Folder of the adapter: a checkpoint of `train`, or its `final/`; always to be given."""
    to: Path | None = None
    """Folder of the merged model, which must not be there yet; always to be given."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Number format in which it is stored; auto is that of the base. It is merged in float32 either way."""
