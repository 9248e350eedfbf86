"""Near-duplicate traces, told by the lines they share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.data.code.trajectory import Message
from contextpairs.data.store.settings import Settings

Signature = npt.NDArray[np.uint32]

# Digits go with the blanks: durations, addresses and counters differ between otherwise equal runs.
_NOISE = b" \t\r0123456789"
LINES = 512
_SPREAD = np.uint32(0x9E3779B1)


class DuplicateOptions(Settings):
    """When two traces are too alike to be worth keeping both."""

    trajectories: float = Field(default=0.95, gt=0, le=1)
    """Runs of one instance at least this similar count as one; the first is kept."""
    contexts: float = Field(default=0.98, gt=0, le=1)
    """A pair whose contexts are at least this similar after masking is rejected."""
    lines: int = Field(default=LINES, ge=16)
    """Line hashes kept per signature: exact up to this many distinct lines, an estimate beyond."""


class Duplicate(NamedTuple):
    """A trajectory to drop: its index, that of the kept one it repeats, their similarity, and the reason."""

    dropped: int
    kept: int
    similarity: float
    reason: Literal["identical", "near-identical"]


def signature(messages: Sequence[Message], lines: int = LINES) -> Signature:
    """The smallest `lines` hashes of the distinct lines the agent and its tools wrote, sorted, 4 bytes each.

    Turns before the first assistant turn (instructions, issue) are left out: runs of one instance share them.
    """
    start = next((i for i, message in enumerate(messages) if message.role == "assistant"), 0)
    text = "\n".join(message.content for message in messages[start:])
    written = text.encode("utf-8", "surrogatepass").translate(None, _NOISE).split(b"\n")
    hashes = np.fromiter(map(crc32, filter(None, set(written))), np.uint32)
    # CRC keeps similar lines close; the odd factor spreads them, so that the smallest are a fair sample.
    return np.unique(hashes * _SPREAD)[:lines]


def similarity(a: Signature, b: Signature, lines: int = LINES) -> float:
    """Jaccard similarity of the two sets of lines, 0 to 1; `lines` as the signatures were made with.

    Exact while both hold all their lines; else the bottom-k estimate (Cohen and Kaplan 2007), whose standard
    error at 0.95 with 512 lines is 0.01.
    """
    if not len(a) or not len(b):
        return float(len(a) == len(b))
    union = np.union1d(a, b)
    if max(len(a), len(b)) >= lines:
        union = union[:lines]
    shared = np.intersect1d(a, b, assume_unique=True)
    return int(np.count_nonzero(shared <= union[-1])) / len(union)


def find_duplicates(
    keys: Sequence[str], signatures: Sequence[Signature], options: DuplicateOptions | None = None
) -> list[Duplicate]:
    """Which trajectories of one instance to drop, each against the earliest kept one that it repeats.

    Args:
        keys: content addresses; equal keys are `identical`, without a look at the signatures.
        signatures: from `signature` with `options.lines`, in the order of `keys`.
        options: the thresholds.
    """
    options = options or DuplicateOptions()
    kept: list[int] = []
    dropped: list[Duplicate] = []
    for index in range(len(keys)):
        duplicate = _duplicate_of_kept(index, kept, keys, signatures, options)
        if duplicate:
            dropped.append(duplicate)
        else:
            kept.append(index)
    return dropped


def _duplicate_of_kept(
    index: int, kept: list[int], keys: Sequence[str], signatures: Sequence[Signature], options: DuplicateOptions
) -> Duplicate | None:
    for other in kept:
        if keys[other] == keys[index]:
            return Duplicate(index, other, 1.0, "identical")
        alike = similarity(signatures[other], signatures[index], options.lines)
        if alike >= options.trajectories:
            return Duplicate(index, other, alike, "near-identical")
    return None


def contexts_equal_after_mask(a: Sequence[Message], b: Sequence[Message]) -> bool:
    """Whether nothing but white space tells the two masked contexts apart: then no answer can be right."""
    return len(a) == len(b) and _flattened(a) == _flattened(b)


def _flattened(messages: Sequence[Message]) -> list[tuple[str, str]]:
    return [(message.role, " ".join(message.content.split())) for message in messages]


def context_reason(
    a: Sequence[Message], b: Sequence[Message], options: DuplicateOptions | None = None
) -> Literal["contexts-equal", "contexts-near-duplicate"] | None:
    """Why a couple of masked contexts must go, or None where they differ enough."""
    options = options or DuplicateOptions()
    if contexts_equal_after_mask(a, b):
        return "contexts-equal"
    alike = similarity(signature(a, options.lines), signature(b, options.lines), options.lines)
    return "contexts-near-duplicate" if alike >= options.contexts else None
