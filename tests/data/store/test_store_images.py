"""Versions of image pairs: any reader gets the pictures back, byte for byte, and a tampered one is found."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from contextpairs.data.pairs.schemas import PAIRS_IMAGES, PairError, Split
from contextpairs.data.store.shards import ShardLimits
from contextpairs.data.store.store import Store
from tests.data.pairs.image_rows import image_account, image_couple, image_splits, mirrored, picture
from tests.data.pairs.pair_rows import Row, labelled
from tests.data.store.test_store import rewrite, tree

SMALL = ShardLimits(row_group_bytes=5_000, shard_bytes=10_000)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "pairs", limits=SMALL)


def pixels(content: bytes) -> bytes:
    return Pictures.open(io.BytesIO(content)).convert("RGB").tobytes()


def test_datasets_loads_pictures(store: Store, tmp_path: Path) -> None:
    from datasets import Features, Image, load_dataset

    splits = image_splits(range(12))
    published = store.publish(splits, image_account())
    loaded = load_dataset(published.path, "images", cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == {"train", "probe"}
    for split, rows in splits.items():
        assert loaded[split].features == Features.from_arrow_schema(PAIRS_IMAGES)
        assert isinstance(loaded[split].features["positive"], Image)
        assert loaded[split]["answer"][:] == [row["answer"] for row in rows]
        shown = [each.convert("RGB").tobytes() for each in loaded[split]["positive"]]
        assert shown == [pixels(row["positive"]["bytes"]) for row in rows]
        raw = loaded[split].cast_column("negative", Image(decode=False))
        assert raw["negative"][:] == [row["negative"] for row in rows]


def test_datasets_streams_pictures(store: Store) -> None:
    from datasets import load_dataset

    splits = image_splits(range(12))
    published = store.publish(splits, image_account())
    streamed = list(load_dataset(published.path, "images", split="train", streaming=True))
    assert [row["pair_id"] for row in streamed] == [row["pair_id"] for row in splits["train"]]
    assert [row["negative"].convert("RGB").tobytes() for row in streamed] == [
        pixels(row["negative"]["bytes"]) for row in splits["train"]
    ]


def test_plain_pyarrow_reads_a_version(store: Store) -> None:
    splits = image_splits(range(12))
    folder = Path(store.publish(splits, image_account()).path)
    shards = sorted(folder.glob("images/train-*.parquet"))
    assert len(shards) > 1
    found = [row for shard in shards for row in pq.read_table(shard).to_pylist()]
    parsed = [{**row, **{name: json.loads(row[name]) for name in ("scores", "provenance")}} for row in found]
    assert parsed == [{name: row[name] for name in PAIRS_IMAGES.names} for row in splits["train"]]
    assert store.verify() == []


def test_rows_may_be_tables_or_streams(tmp_path: Path) -> None:
    splits = image_splits(range(12))
    first, second, third = (Store(tmp_path / name, limits=SMALL) for name in ("rows", "tables", "streams"))
    first.publish(splits, image_account())
    second.publish({split: first.read("latest", split) for split in splits}, image_account())
    third.publish({split: iter(rows) for split, rows in splits.items()}, image_account())
    assert tree(first.path()) == tree(second.path()) == tree(third.path())


def test_equal_content_publishes_no_new_version(store: Store) -> None:
    first = store.publish(image_splits(range(9)), image_account())
    before = tree(first.path)
    again = store.publish(image_splits(range(9)), image_account(new_setting=1))
    assert (again.created, store.versions(), tree(first.path)) == (False, [first.version], before)
    assert store.publish(image_splits(range(10)), image_account()).created


def couples(count: int, size: tuple[int, int]) -> list[Row]:
    """Couples of uncompressed images, so that their size is known."""
    return [
        row
        for n in range(count)
        for row in mirrored(
            "q",
            ["1", "2"],
            [{"bytes": picture(2 * n + at, "BMP", size), "path": ""} for at in (0, 1)],
            f"g{n}",
            "retrieval",
        )
    ]


def row_groups(folder: str) -> list[int]:
    files = [pq.ParquetFile(path).metadata for path in sorted(Path(folder).glob("images/*.parquet"))]
    return [file.row_group(at).num_rows for file in files for at in range(file.num_row_groups)]


def test_a_row_group_holds_at_most_a_hundred_rows(tmp_path: Path) -> None:
    rows = labelled(couples(120, (2, 2)))
    assert row_groups(Store(tmp_path).publish({"train": rows}, image_account()).path) == [100, 100, 40]


def test_a_row_group_of_photos_is_bounded_by_their_bytes(tmp_path: Path) -> None:
    """Catches 100 rows of two 5 MB photos: a gigabyte that every reader would have to hold."""
    limits = ShardLimits(row_group_bytes=1_000_000)
    rows = labelled(couples(6, (300, 200)))
    assert row_groups(Store(tmp_path, limits=limits).publish({"train": rows}, image_account()).path) == [2] * 6


def test_diff_of_two_versions(store: Store) -> None:
    splits = image_splits(range(9))
    store.publish(splits, image_account())
    changed = [{**row, "scores": {"cosine": 0.5}} for row in splits["probe"]]
    more: dict[Split, list[Row]] = {"train": splits["train"], "probe": changed}
    store.publish(more, image_account())
    found = store.diff("1", "2").splits
    assert (found["train"].changed, len(found["probe"].changed)) == ([], len(changed))


def tampered(image: dict[str, Any], at: int) -> dict[str, Any]:
    content = image["bytes"]
    at %= len(content)
    return {**image, "bytes": content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]}


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(row=st.integers(0), name=st.sampled_from(["positive", "negative"]), at=st.integers(0))
def test_verify_finds_any_changed_byte_of_any_image(tmp_path_factory: Any, row: int, name: str, at: int) -> None:
    """Even where file hashes and manifest were made anew: an image's pair no longer has the id that it demands."""
    store = Store(tmp_path_factory.mktemp("tampered"))
    rows = labelled([row for seed in range(3) for row in image_couple(seed)])
    folder = Path(store.publish({"train": rows}, image_account()).path)
    row %= len(rows)
    rewrite(
        folder,
        "train",
        lambda rows: [{**r, name: tampered(r[name], at)} if n == row else r for n, r in enumerate(rows)],
    )
    (problem,) = store.verify()
    assert (problem.kind, problem.path) == ("pairs", "images/train-00000-of-00001.parquet")
    assert f"row {row}, field 'pair_id'" in problem.detail
    assert rows[row]["pair_id"] in problem.detail


def test_an_image_in_both_splits_publishes_nothing(store: Store, tmp_path: Path) -> None:
    train = image_couple(0, group="g")
    probe = mirrored("q", ["1", "2"], [train[0]["positive"], {"bytes": picture(99), "path": ""}], "h", "edit")
    with pytest.raises(PairError, match="'train' too; expected one split"):
        store.publish({"train": labelled(train), "probe": labelled(probe)}, image_account())
    assert (store.versions(), tree(tmp_path)) == ([], {})
