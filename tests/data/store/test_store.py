"""The store: versions that anything can read, that say what they hold, and that never change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contextpairs.data.pairs.schemas import PAIRS_CODING, PairError, Split
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.shards import ShardLimits
from contextpairs.data.store.store import Store
from contextpairs.data.store.told_errors import StorageError
from contextpairs.data.store.version_rows import VersionError
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import Row, account, splits_of

SMALL = ShardLimits(row_group_bytes=2_000, shard_bytes=6_000)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "pairs", limits=SMALL)


def tree(folder: str | Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def rewrite(folder: Path, split: str, change: Callable[[list[Row]], list[Row]]) -> None:
    """Alter the rows of a published split, and the manifest with them."""
    manifest = Manifest.parsed((folder / "manifest.json").read_bytes(), "manifest.json")
    for path in sorted(folder.glob(f"*/{split}-*.parquet")):
        table = pq.read_table(path)
        pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema), path)
    found = {name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in tree(folder).items()}
    files = [f.model_copy(update=dict(zip(("bytes", "sha256"), found[f.path], strict=True))) for f in manifest.files]
    (folder / "manifest.json").write_bytes(manifest.model_copy(update={"files": tuple(files)}).sealed().to_bytes())


def test_datasets_loads_a_version_with_the_right_features(store: Store, tmp_path: Path) -> None:
    from datasets import Features, load_dataset

    splits = splits_of(range(12))
    published = store.publish(splits, account())
    loaded = load_dataset(published.path, "coding", cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == {"train", "probe"}
    for split, rows in splits.items():
        assert loaded[split].features == Features.from_arrow_schema(PAIRS_CODING)
        assert loaded[split]["positive"][:] == [row["positive"] for row in rows]
        assert loaded[split]["label"][:] == [row["label"] for row in rows]


def test_a_plain_glob_reads_a_version(store: Store) -> None:
    splits = splits_of(range(12))
    folder = Path(store.publish(splits, account()).path)
    shards = sorted(folder.glob("coding/train-*.parquet"))
    assert len(shards) > 1
    assert sum(pq.read_table(shard).num_rows for shard in shards) == len(splits["train"])


def test_rows_come_back_as_they_went_in(store: Store) -> None:
    splits = splits_of(range(12))
    store.publish(splits, account())
    found = store.read("latest", "train").to_pylist()
    parsed = [{**row, **{name: json.loads(row[name]) for name in ("scores", "provenance")}} for row in found]
    assert parsed == [{name: row[name] for name in PAIRS_CODING.names} for row in splits["train"]]
    assert store.read("v1", "probe", ["label"]).column_names == ["label"]


def test_rows_may_be_tables_or_streams(tmp_path: Path) -> None:
    splits = splits_of(range(12))
    first, second, third = (Store(tmp_path / name, limits=SMALL) for name in ("rows", "tables", "streams"))
    first.publish(splits, account())
    second.publish({split: first.read("latest", split) for split in splits}, account())
    third.publish({split: iter(rows) for split, rows in splits.items()}, account())
    assert tree(first.path()) == tree(second.path()) == tree(third.path())


def test_rows_are_streamed(tmp_path: Path) -> None:
    """Catches a publish that lists all rows before it writes the first."""
    taken = 0
    furthest = []

    def stream(rows: list[Row]) -> Iterator[Row]:
        nonlocal taken
        for row in rows:
            taken += 1
            shards = list((tmp_path / ".writing").rglob("train-*"))
            furthest.append(len(shards))
            yield row

    Store(tmp_path, limits=SMALL).publish({"train": stream(splits_of(range(40))["train"])}, account())
    assert furthest[taken // 2] > 2


def test_a_version_accounts_for_itself(store: Store) -> None:
    published = store.publish(splits_of(range(12)), account())
    manifest = store.manifest()
    listed = {file.path: file.bytes for file in manifest.files}
    assert listed == {name: len(data) for name, data in tree(published.path).items() if name != "manifest.json"}
    assert manifest.rows == published.rows == {split: len(rows) for split, rows in splits_of(range(12)).items()}
    assert manifest.code_version == "c0de"
    assert manifest.sources[0].uri == "made.parquet"


def test_equal_inputs_are_equal_bytes_wherever_they_are_built(tmp_path: Path) -> None:
    """Catches times, hosts, process numbers and paths in any file."""
    trees = []
    for name in ("one", "another place"):
        trees.append(tree(Store(tmp_path / name).publish(splits_of(range(9)), account()).path))
    assert trees[0] == trees[1]
    assert str(tmp_path).encode() not in b"".join(trees[0].values())


def test_equal_content_publishes_no_new_version(store: Store) -> None:
    first = store.publish(splits_of(range(9)), account())
    before = tree(first.path)
    other_account = account(new_setting=1).model_copy(update={"code_version": "newer", "funnel": ()})
    again = store.publish(splits_of(range(9)), other_account)
    assert (first.created, again.created, again.version) == (True, False, first.version)
    assert (store.versions(), tree(first.path)) == ([first.version], before)


def test_another_encoding_of_equal_rows_is_equal_content(tmp_path: Path) -> None:
    Store(tmp_path, limits=SMALL).publish(splits_of(range(9)), account())
    assert not Store(tmp_path).publish(splits_of(range(9)), account()).created


def test_going_back_to_older_content_is_a_new_version(store: Store) -> None:
    """`latest` must be what was published last."""
    versions = [store.publish(splits_of(range(stop)), account()).version for stop in (6, 9, 6)]
    assert versions == store.versions() == ["v000001", "v000002", "v000003"]


@pytest.mark.parametrize("splits", [{}, {"train": []}])
def test_no_rows_are_no_version(store: Store, splits: Any) -> None:
    with pytest.raises(PairError, match="no split has a row"):
        store.publish(splits, account())
    assert store.versions() == []


def test_an_empty_split_reads_as_no_rows(store: Store, tmp_path: Path) -> None:
    from datasets import load_dataset

    rows = splits_of(range(6))["train"]
    published = store.publish({"train": rows, "probe": []}, account())
    assert store.read("latest", "probe").equals(PAIRS_CODING.empty_table())
    assert list(load_dataset(published.path, "coding", cache_dir=str(tmp_path / "cache"))) == ["train"]
    assert store.verify() == []


def test_bad_rows_publish_nothing_and_leave_nothing(store: Store, tmp_path: Path) -> None:
    rows = splits_of(range(6))["train"]
    with pytest.raises(PairError, match="mirror"):
        store.publish({"train": rows[:-1]}, account())
    assert store.versions() == []
    assert tree(tmp_path) == {}


def test_unknown_splits_and_other_domains_are_refused(store: Store) -> None:
    with pytest.raises(PairError, match=r"\['test'\]; expected some of \['train', 'probe'\]"):
        store.publish({"test": []}, account())  # type: ignore[dict-item]
    store.publish({"train": splits_of(range(6))["train"]}, account())
    with pytest.raises(StorageError, match="holds 'coding' pairs, these are 'images'; use another root"):
        store.publish(image_splits(range(6)), image_account())


@pytest.mark.parametrize("name", ["v000002", "v1", "1", "latest"])
def test_versions_go_by_short_names(store: Store, name: str) -> None:
    for stop in (6, 9):
        store.publish(splits_of(range(stop)), account())
    expected = {"v000002": 9, "latest": 9, "v1": 6, "1": 6}[name]
    assert sum(store.manifest(name).rows.values()) == 2 * expected


def test_what_is_not_there_is_named_with_what_is(store: Store) -> None:
    with pytest.raises(VersionError, match="there is no store with a version"):
        store.manifest()
    store.publish({"train": splits_of(range(6))["train"]}, account())
    with pytest.raises(VersionError, match="no version 'v9'; it has: v000001"):
        store.read("v9", "train")
    with pytest.raises(VersionError, match=r"no split 'probe'; it has \['train'\]"):
        store.read("v1", "probe")
    with pytest.raises(VersionError, match=r"no version '\.\./x'"):
        store.manifest("../x")


def test_verify_finds_a_flipped_byte_in_any_file(store: Store) -> None:
    """Each file in turn, the manifest included, at a seeded place."""
    folder = Path(store.publish(splits_of(range(9)), account()).path)
    assert store.verify() == []
    for number, (name, data) in enumerate(tree(folder).items()):
        at = (len(data) // 3 + number) % len(data)
        (folder / name).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        kinds = {(problem.path, problem.kind) for problem in store.verify()}
        assert (name, "manifest" if name == "manifest.json" else "altered") in kinds
        (folder / name).write_bytes(data)
    assert store.verify() == []


def test_verify_finds_missing_and_foreign_files(store: Store) -> None:
    folder = Path(store.publish(splits_of(range(9)), account()).path)
    (folder / "README.md").unlink()
    (folder / "coding" / "train-99999.parquet").write_bytes(b"")
    problems = store.verify()
    assert [(problem.path, problem.kind) for problem in problems] == [
        ("README.md", "missing"),
        ("coding/train-99999.parquet", "unexpected"),
    ]


def test_verify_recounts_rows(store: Store) -> None:
    """A manifest that was rewritten as a whole still cannot lie about the rows."""
    folder = Path(store.publish(splits_of(range(9)), account()).path)
    manifest = store.manifest()
    files = [f.model_copy(update={"rows": (f.rows or 0) + 1}) if f.rows is not None else f for f in manifest.files]
    (folder / "manifest.json").write_bytes(manifest.model_copy(update={"files": tuple(files)}).sealed().to_bytes())
    assert {problem.kind for problem in store.verify()} == {"rows", "manifest"}


def test_verify_reads_the_rows_again(store: Store) -> None:
    """Files altered together with their hashes: only the rows can tell."""
    folder = Path(store.publish(splits_of(range(9)), account()).path)
    rewrite(folder, "probe", lambda rows: [{**row, "scores": "{}"} for row in rows])
    assert [problem.kind for problem in store.verify()] == ["pairs"]
    rewrite(folder, "train", lambda rows: [{**row, "answer": row["answer"] + "!"} for row in rows])
    (problem,) = store.verify()
    assert problem.kind == "pairs"
    assert "'pair_id': expected" in problem.detail


def test_single_rows_are_taken_from_any_file(store: Store) -> None:
    store.publish(splits_of(range(12)), account())
    everything = store.read("latest", "train").to_pylist()
    places = [len(everything) - 1, 0, 7, 0]
    assert store.take("latest", "train", places) == [everything[place] for place in places]
    with pytest.raises(VersionError, match=rf"'train' has {len(everything)} rows, none at \[{len(everything)}\]"):
        store.take("latest", "train", [0, len(everything)])


def test_diff_of_two_versions(store: Store) -> None:
    splits = splits_of(range(9))
    store.publish(splits, account(level=1))
    changed = [{**row, "scores": {"issue_similarity": 0.123}} for row in splits["train"]]
    more: dict[Split, list[Row]] = {"train": [*changed, *splits_of(range(9, 12))["train"]], "probe": splits["probe"]}
    store.publish(more, account(level=2))
    found = store.diff("1", "2")
    train = found.splits["train"]
    assert (len(train.added), train.removed) == (len(more["train"]) - len(splits["train"]), [])
    assert train.kept == train.changed == sorted(row["pair_id"] for row in splits["train"])
    assert found.splits["probe"].changed == []
    assert found.configuration == {"level": (1, 2)}


def test_a_folder_without_its_manifest_is_no_version_and_stops_no_publish(store: Store, tmp_path: Path) -> None:
    (tmp_path / "pairs/versions/v000001/coding").mkdir(parents=True)
    assert (store.versions(), store.lost()) == ([], ["v000001"])
    assert store.publish(splits_of(range(3)), account()).version == "v000002"


def test_a_storage_without_atomic_publishing_is_refused() -> None:
    with pytest.raises(StorageError, match="no atomic put-if-absent"):
        Store("dir::memory://anywhere")


def test_versions_in_memory() -> None:
    """Object storage in its smallest form: any fsspec file system with an exclusive put."""
    store = Store("memory://store-test/pairs")
    published = [store.publish(splits_of(range(stop)), account()) for stop in (6, 6, 9)]
    assert [each.created for each in published] == [True, False, True]
    assert store.versions() == ["v000001", "v000002"]
    assert store.verify() == []
    assert isinstance(store.read("latest", "train"), pa.Table)
