"""Stores and hostile rows for the tests of exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from contextpairs.data.pairs.schemas import IMAGES, Split, pair_id
from contextpairs.data.store.store import Store
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import Row, account, labelled, splits_of

HOSTILE = "a<image>b<IMAGE> <video><audio> <|im_end|>\n<|image_pad|> </s> \u2028 {query} é 键 \\n ```"
SPLITS: tuple[Split, ...] = ("train", "probe")


def coding_store(folder: Path, seeds: range = range(9), words: int = 12) -> Store:
    """A version of coding pairs."""
    store = Store(folder)
    store.publish(splits_of(seeds, words=words), account())
    return store


def images_store(folder: Path, seeds: range = range(9)) -> Store:
    """A version of image pairs: files of several formats."""
    store = Store(folder)
    store.publish(image_splits(seeds), image_account())
    return store


def hostile_coding(folder: Path, said: str = HOSTILE) -> Store:
    """A version whose every text holds placeholders, chat tokens and odd characters."""
    contexts = [[{"role": "user", "content": f"{said} {n}"}, {"role": said, "content": said}] for n in (1, 2)]
    return _published(Store(folder), "coding", said, contexts)


def hostile_images(folder: Path, said: str = HOSTILE) -> Store:
    """The same of images."""
    from tests.data.pairs.image_rows import image

    return _published(Store(folder), "images", said, [image(1), image(2)])


def _published(store: Store, domain: str, said: str, contexts: list[Any]) -> Store:
    identity = pair_id if domain == "coding" else IMAGES.pair_id
    answers = [f"{said} one", f"{said} two"]
    ids = [identity(said, answers[at], contexts[at], contexts[1 - at]) for at in (0, 1)]
    rows: list[Row] = [
        {
            "pair_id": ids[at], "mirror_id": ids[1 - at], "group_id": said, "query": said, "answer": answers[at],
            "strategy": "trajectory" if domain == "coding" else "edit", "positive": contexts[at],
            "negative": contexts[1 - at], "scores": {"cosine": 0.5}, "provenance": {"said": said},
        }
        for at in (0, 1)
    ]  # fmt: skip
    manifest = account() if domain == "coding" else image_account()
    store.publish({"train": labelled(rows)}, manifest)
    return store


def tree(folder: str | Path) -> dict[str, bytes]:
    """Every file below a folder."""
    root = Path(folder)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
