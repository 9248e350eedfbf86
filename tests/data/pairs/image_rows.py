"""Image pairs for the tests of the store and of what shows them: well-formed, mirrored, labelled, seeded."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image

from contextpairs.data.pairs.schemas import IMAGES, Split
from contextpairs.data.pairs.splits import split_of
from contextpairs.data.store.manifest import FunnelStage, Manifest
from tests.data.pairs.pair_rows import Row, account, labelled

FORMATS = ("PNG", "JPEG", "WEBP")


def picture(seed: int, kind: str = "PNG", size: tuple[int, int] = (24, 16), mode: str = "RGB") -> bytes:
    """A file of seeded noise."""
    pixels = random.Random(seed).randbytes(size[0] * size[1] * len(mode))
    file = io.BytesIO()
    Image.frombytes(mode, size, pixels).save(file, kind)
    return file.getvalue()


def image(seed: int) -> dict[str, Any]:
    """A context: files of several formats, some without a name."""
    kind = FORMATS[seed % 3]
    return {"bytes": picture(seed, kind), "path": f"photo-{seed}.{kind.lower()}" if seed % 2 else ""}


def mirrored(query: str, answers: list[str], images: list[dict[str, Any]], group: str, strategy: str) -> list[Row]:
    """(a; X+, Y-) and (b; Y+, X-), without labels."""
    ids = [IMAGES.pair_id(query, answers[at], images[at], images[1 - at]) for at in (0, 1)]
    common = {"group_id": group, "strategy": strategy, "query": query}
    detail = {"scores": {"cosine": 0.9}, "provenance": {"domain": "photo", "choices": answers}}
    return [
        {
            **common,
            **detail,
            "pair_id": ids[at],
            "mirror_id": ids[1 - at],
            "answer": answers[at],
            "positive": images[at],
            "negative": images[1 - at],
        }
        for at in (0, 1)
    ]


def image_couple(seed: int, *, group: str | None = None) -> list[Row]:
    """Two rows, mirrors of each other, without labels."""
    images = [image(2 * seed), image(2 * seed + 1)]
    strategy = ("edit", "retrieval")[seed % 2]
    return mirrored(
        f"What colour is object {seed}?", ["red", "façade blue"], images, group or f"group-{seed // 3}", strategy
    )


def image_splits(seeds: range) -> dict[Split, list[Row]]:
    """Rows of both splits, labelled; a couple for each seed."""
    rows: dict[Split, list[Row]] = {"train": [], "probe": []}
    for seed in seeds:
        for row in image_couple(seed):
            rows[split_of(row["group_id"], 0.3)].append(row)
    return {split: labelled(found) for split, found in rows.items()}


def image_account(**settings: Any) -> Manifest:
    """What a builder would say of such rows."""
    funnel = (
        FunnelStage(stage="read", unit="images", rows_in=90, rows_out=80, reasons={"truncated": 10}),
        FunnelStage(stage="questions", unit="questions", rows_in=200, rows_out=180, reasons={"no-answer": 20}),
        FunnelStage(stage="edit", unit="edits", rows_in=40, rows_out=15, reasons={"no-flip": 25}),
    )
    return account(**settings).model_copy(update={"domain": "images", "funnel": funnel})
