"""What can be chosen about an export."""

from __future__ import annotations

from typing import Literal

from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.store.settings import Settings
from contextpairs.data.store.shards import MIB, Bytes

DATA_SET = "datasets"
"""The form that holds the pairs themselves; all others hold prompts made of them."""


class ExportError(ValueError):
    """An export that cannot be made, or a folder that holds none; says what to do."""


class ExportOptions(Settings):
    """How pairs become records of a trainer."""

    order: Literal["label", "both"] = "label"
    """label: each pair once, the positive where its label says; both: twice, the positive under A, then under B."""
    keep: Literal["row", "ids"] = "row"
    """row: records carry the whole pair, so that `pairs_of` gives it back; ids: only the ids, half the size."""
    prompt: PromptOptions = PromptOptions()
    """How pairs are shown."""
    row_group_bytes: Bytes = 16 * MIB
    """Bytes of text and images in a row group of Parquet: what is held in memory at once."""
