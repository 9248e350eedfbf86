"""An export appears whole or not at all, says what it was made from, and is never silently another one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow.parquet as pq
import pytest

from contextpairs.data.exports.data_set import export_data_set
from contextpairs.data.exports.exporting import export
from contextpairs.data.exports.forms import FORMS
from contextpairs.data.exports.reading import pairs_of
from contextpairs.data.exports.record import RECORD_NAME, ExportError, ExportOptions, open_source, parse_record
from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.store.shards import MIB, ShardLimits
from contextpairs.data.store.store import Store
from contextpairs.data.store.version_rows import VersionError
from tests.data.exports.making import SPLITS, coding_store, images_store, tree
from tests.data.exports.measured import export_until_step
from tests.data.pairs.image_rows import image_account
from tests.data.pairs.pair_rows import account, labelled, splits_of
from tests.data.store.publishing import FORKSERVER
from tests.data.store.test_store_images import couples

BOTH = ExportOptions(order="both")
FORKSERVER.set_forkserver_preload(["contextpairs.data.store.store", "tests.data.exports.measured"])


@pytest.mark.parametrize("form", ["datasets", *FORMS])
def test_equal_inputs_give_equal_bytes(form: str, coding: Store, tmp_path: Path) -> None:
    first = export(coding, "latest", None, form, tmp_path / "one")
    second = export(coding_store(tmp_path / "again"), "v1", SPLITS, form, tmp_path / "two")
    assert tree(first.url) == tree(second.url)
    assert str(tmp_path) not in "".join(text.decode("latin-1") for text in tree(first.url).values())


def test_the_account_names_source_options_and_files(coding: Store, tmp_path: Path) -> None:
    done = export(coding, "latest", ["train"], "verl", tmp_path / "out", BOTH)
    record = parse_record((tmp_path / "out" / RECORD_NAME).read_bytes(), "")
    manifest = coding.manifest()
    (source,) = record.sources
    assert record == done.record
    assert (source.version, source.digest, source.content) == ("v000001", manifest.digest, manifest.content)
    assert (record.form, record.splits, record.options["order"]) == ("verl", ("train",), "both")
    assert record.rows == {"train": 2 * manifest.rows["train"]}
    assert [file.path for file in record.files] == ["README.md", "pair_reward.py", "train.parquet"]


def test_the_same_export_is_not_made_twice(coding: Store, tmp_path: Path) -> None:
    assert export(coding, "latest", None, "verl", tmp_path / "out").created
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    assert not export(coding, "v000001", None, "verl", tmp_path / "out").created
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


@pytest.mark.parametrize(
    ("version", "form", "options", "said"),
    [
        ("v2", "verl", ExportOptions(), r"export of coding v000001 .* this is one of coding v000002"),
        ("v1", "easyr1", ExportOptions(), "as verl, this is one of .* as easyr1"),
        ("v1", "verl", BOTH, "its options differ"),
        ("v1", "verl", ExportOptions(prompt=PromptOptions(suffix="A or B?")), "its options differ"),
    ],
)
def test_another_export_is_not_overwritten(tmp_path: Path, version: str, form: str, options: Any, said: str) -> None:
    store = coding_store(tmp_path / "store")
    store.publish(splits_of(range(12)), account())
    export(store, "v1", None, "verl", tmp_path / "out")
    before = tree(tmp_path / "out")
    with pytest.raises(ExportError, match=said):
        export(store, version, None, form, tmp_path / "out", options)
    assert tree(tmp_path / "out") == before


def test_what_is_no_export_is_not_overwritten(coding: Store, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert export(coding, "latest", None, "verl", tmp_path / "out").created
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("mine")
    for dest in ("mine", "mine/notes.txt"):
        with pytest.raises(ExportError, match=r"holds no export \(export.json is missing\)"):
            export(coding, "latest", None, "verl", tmp_path / dest)
    assert tree(tmp_path / "mine") == {"notes.txt": b"mine"}


def test_an_altered_export_is_not_taken_for_whole(coding: Store, tmp_path: Path) -> None:
    export(coding, "latest", None, "skyrl", tmp_path / "out")
    with open(tmp_path / "out/train.jsonl", "a") as file:
        file.write("{}\n")
    (tmp_path / "out/pair_reward.py").unlink()
    with pytest.raises(ExportError, match=r"'pair_reward.py', 'train.jsonl'\] are not as they were exported"):
        export(coding, "latest", None, "skyrl", tmp_path / "out")


def test_an_altered_manifest_is_refused(coding: Store, tmp_path: Path) -> None:
    export(coding, "latest", None, "verl", tmp_path / "out")
    path = tmp_path / "out" / RECORD_NAME
    path.write_text(path.read_text().replace('"train": ', '"train": 1'))
    with pytest.raises(ExportError, match=r"export\.json was altered after it was written"):
        export(coding, "latest", None, "verl", tmp_path / "out")


def test_exports_of_the_first_releases_are_read(coding: Store, tmp_path: Path) -> None:
    """Their manifests have no digest."""
    record = export(coding, "latest", None, "verl", tmp_path / "out").record
    path = tmp_path / "out" / RECORD_NAME
    said = json.loads(path.read_bytes())
    del said["digest"]
    path.write_text(json.dumps(said))
    again = export(coding, "latest", None, "verl", tmp_path / "out")
    assert (again.created, again.record) == (False, record)
    assert list(pairs_of(tmp_path / "out", "train")) == coding.read("latest", "train").to_pylist()


@pytest.mark.parametrize("form", ["datasets", pytest.param("verl", marks=pytest.mark.slow)])
def test_kill_9_leaves_nothing_or_a_whole_export(form: str, tmp_path: Path) -> None:
    coding_store(tmp_path / "store", range(3))
    dest, deadly, codes = tmp_path / "near/out", 0, [-9]
    while codes[-1] == -9:
        process = FORKSERVER.Process(target=export_until_step, args=(str(tmp_path / "store"), form, str(dest), deadly))
        process.start()
        process.join(60)
        codes.append(process.exitcode or 0)
        if dest.exists():
            assert not export(Store(tmp_path / "store"), "latest", None, form, dest).created
            shutil.rmtree(dest)
        deadly += 1
    assert codes[-1] == 0
    assert deadly > 8
    assert export(Store(tmp_path / "store"), "latest", None, form, dest).created
    assert [path.name for path in dest.parent.iterdir()] == ["out"]


@pytest.mark.parametrize("domain", ["coding", "images"])
@pytest.mark.parametrize("options", [ExportOptions(), BOTH])
def test_letters_are_balanced(domain: str, options: ExportOptions, stores: dict[str, Store], tmp_path: Path) -> None:
    export(stores[domain], "latest", None, "easyr1", tmp_path / "out", options)
    for split in SPLITS:
        letters = Counter(pq.read_table(tmp_path / f"out/{split}.parquet")["answer"].to_pylist())
        assert letters["A"] == letters["B"] > 0


def test_row_groups_are_bounded(tmp_path: Path) -> None:
    images = Store(tmp_path / "images")
    images.publish({"train": labelled(couples(60, (2, 2)))}, image_account())
    export(images, "latest", None, "trl", tmp_path / "rows")
    export(images, "latest", None, "trl", tmp_path / "bytes", ExportOptions(row_group_bytes=5_000))
    groups = []
    for name in ("rows", "bytes"):
        file = pq.ParquetFile(tmp_path / name / "train.parquet").metadata
        groups.append([file.row_group(at).num_rows for at in range(file.num_row_groups)])
    assert groups[0] == [100, 20]
    assert max(groups[1]) < 10
    assert sum(groups[1]) == 120


def test_only_ids_are_much_less(coding: Store, tmp_path: Path) -> None:
    sizes = {}
    for keep in ("row", "ids"):
        options = ExportOptions.model_validate({"keep": keep})
        done = export(coding, "latest", ["train"], "easyr1", tmp_path / keep, options)
        sizes[keep] = sum(len(row["pair"]) for row in pq.read_table(f"{done.url}/train.parquet").to_pylist())
    assert sizes["ids"] < sizes["row"] / 3


def test_a_url_holds_the_same_files(coding: Store, tmp_path: Path) -> None:
    filesystem = fsspec.filesystem("memory")
    url = "memory://exports/of/verl"
    done = export(coding, "latest", None, "verl", url)
    local = tree(export(coding, "latest", None, "verl", tmp_path / "out").url)
    paths = filesystem.find("/exports/of/verl")
    assert {path.removeprefix("/exports/of/verl/"): filesystem.cat_file(path) for path in paths} == local
    assert (done.url, done.created) == ("memory:///exports/of/verl", True)
    assert not export(coding, "latest", None, "verl", url).created
    filesystem.rm_file(f"/exports/of/verl/{RECORD_NAME}")
    with pytest.raises(ExportError, match="an upload that was interrupted"):
        export(coding, "latest", None, "verl", url)
    filesystem.rm("/exports", recursive=True)


@pytest.mark.parametrize(
    ("form", "prompt", "said"),
    [
        ("trl", {"prefill": "It is"}, "prompt.prefill: trl lets the model begin its own reply"),
        ("skyrl", {"prefill": "It is"}, "prompt.prefill: skyrl"),
        ("easyr1", {"system": "Hi"}, "prompt.system: easyr1 has no system message"),
        ("verl", {"suffix": "Look: <image>"}, "prompt.suffix holds a placeholder"),
        ("chat", {"system": "<IMAGE>"}, "prompt.system holds a placeholder"),
        ("datasets", {"suffix": "A?"}, "order, keep and prompt do not apply"),
        ("parquet", {}, "unknown form 'parquet'; expected one of datasets, trl, trl-preference, verl"),
    ],
)
def test_what_a_form_cannot_say_is_refused(
    coding: Store, tmp_path: Path, form: str, prompt: dict[str, str], said: str
) -> None:
    with pytest.raises(ExportError, match=said):
        export(coding, "latest", None, form, tmp_path / "out", ExportOptions(prompt=PromptOptions(**prompt)))
    assert list(tmp_path.iterdir()) == []


def test_versions_and_splits_that_are_not_there(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    with pytest.raises(VersionError, match="there is no store with a version"):
        export(store, "latest", None, "verl", tmp_path / "out")
    store.publish({"train": splits_of(range(9))["train"], "probe": []}, account())
    with pytest.raises(VersionError, match="no version 'v7'; it has: v000001"):
        export(store, "v7", None, "verl", tmp_path / "out")
    for form in ("verl", "datasets"):
        with pytest.raises(VersionError, match=r"no pair in split 'probe'; it has pairs in \['train'\]"):
            export(store, "latest", ["probe"], form, tmp_path / "out")
    assert export(store, "latest", None, "verl", tmp_path / "out").record.splits == ("train",)


def test_pairs_of_both_domains_stand_in_one_data_set(stores: dict[str, Store], tmp_path: Path) -> None:
    done = export_data_set([open_source(store) for store in stores.values()], ["train"], tmp_path / "out")
    found = list(pairs_of(done.url, "train"))
    assert found == [row for store in stores.values() for row in store.read("latest", "train").to_pylist()]
    assert done.record.rows == {"train": len(found)}
    assert not list((tmp_path / "out").rglob("probe*"))
    with pytest.raises(ExportError, match="two versions of one domain"):
        export_data_set([open_source(stores["coding"])] * 2, None, tmp_path / "twice")


@pytest.mark.parametrize("form", ["datasets", "verl"])
def test_a_damaged_version_is_not_exported(form: str, tmp_path: Path) -> None:
    store = coding_store(tmp_path / "store")
    shard = next(Path(store.path()).rglob("train-*.parquet"))
    data = bytearray(shard.read_bytes())
    data[len(data) // 2] ^= 1
    shard.write_bytes(bytes(data))
    with pytest.raises(ExportError, match=r"train-00000-of-00001.parquet is not as it was published"):
        export(store, "latest", None, form, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """800 rows of 1 MB, in row groups of 8 MB."""
    root = tmp_path_factory.mktemp("large")
    store = Store(root / "store", limits=ShardLimits(row_group_bytes=8 * MIB))
    store.publish({"train": labelled(couples(400, (400, 400)))}, image_account())
    yield root
    shutil.rmtree(root)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory of a process is read from /proc")
@pytest.mark.parametrize("form", ["verl", "skyrl", "datasets"])
def test_memory_does_not_grow_with_the_data(form: str, large: Path) -> None:
    command = [sys.executable, "-m", "tests.data.exports.measured", str(large / "store"), form, str(large / form)]
    grown = int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert grown < 300_000_000


def test_images_store_is_the_one_that_was_published(images: Store, tmp_path: Path) -> None:
    """Guards the fixture: other tests compare with it."""
    assert images.manifest().content == images_store(tmp_path / "again").manifest().content
