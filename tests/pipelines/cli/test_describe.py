"""Pairs of a version for one's own eyes: `contextpairs show`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from contextpairs.data.store.shards import ShardLimits
from contextpairs.data.store.store import Store
from contextpairs.pipelines.cli.describe import drawn, pair_text
from contextpairs.pipelines.cli.main import app
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import account, splits_of


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Store]:
    """One store of each domain."""
    root = tmp_path_factory.mktemp("stores")
    limits = ShardLimits(row_group_bytes=5_000, shard_bytes=20_000)
    found = {domain: Store(root / domain, limits=limits) for domain in ("coding", "images")}
    found["coding"].publish(splits_of(range(12)), account())
    found["images"].publish(image_splits(range(12)), image_account())
    return found


def show(stores: dict[str, Store], domain: str, *arguments: str) -> Result:
    root = Path(stores[domain].path()).parents[1]
    return CliRunner().invoke(app, ["show", str(root), *arguments])


@pytest.mark.parametrize("domain", ["coding", "images"])
def test_a_draw_is_by_seed_without_repetition(stores: dict[str, Store], domain: str) -> None:
    first, again, other = (drawn(stores[domain], "latest", "train", 5, seed) for seed in (3, 3, 4))
    assert first == again != other
    assert len({row["pair_id"] for row in first}) == 5
    everything = drawn(stores[domain], "latest", "train", 10_000, 0)
    assert len(everything) == stores[domain].manifest().rows["train"]


def test_an_image_pair_is_told_without_its_bytes(stores: dict[str, Store]) -> None:
    for row in drawn(stores["images"], "latest", "train", 3, 1):
        text = pair_text(row, "images")
        kind = Image.open(io.BytesIO(row["positive"]["bytes"])).format
        assert f"--- positive image\n{kind}, 24 x 16 pixels, {len(row['positive']['bytes']):,} bytes" in text
        assert {row["query"], row["answer"], row["scores"], row["provenance"]} <= set(text.splitlines())
        assert row["positive"]["path"] in text
        assert len(text) < 2_000


def test_a_coding_pair_is_told_turn_by_turn(stores: dict[str, Store]) -> None:
    (row,) = drawn(stores["coding"], "latest", "train", 1, 1)
    text = pair_text(row, "coding")
    assert text.count("--- positive context") == text.count("--- negative context") == 1
    assert all(f"[{turn}] {m['role']}:\n{m['content']}" in text for turn, m in enumerate(row["positive"]))


@pytest.mark.parametrize("domain", ["coding", "images"])
def test_text_of_a_row_does_not_act_on_the_terminal(domain: str, stores: dict[str, Store]) -> None:
    evil = "\x1b[2J\x1b]8;;http://evil/\x07here\x1b]8;;\x07 \u202egnp.exe\r"
    (row,) = drawn(stores[domain], "latest", "train", 1, 1)
    context = {**row["positive"], "path": evil} if domain == "images" else [{"role": evil, "content": evil}]
    shown = pair_text({**row, "query": evil, "answer": evil, "provenance": evil, "positive": context}, domain)
    assert shown.count("\\x1b]8;;http://evil/\\x07here") >= 4
    assert not {"\x1b", "\x07", "\u202e", "\r"} & set(shown)


def test_a_picture_is_written_where_it_is_asked_for(stores: dict[str, Store], tmp_path: Path) -> None:
    sheet = tmp_path / "pairs.png"
    done = show(stores, "images", "-n", "4", "--split", "probe", "--png", str(sheet))
    assert done.exit_code == 0, done.output
    assert done.output.endswith(f"written: {sheet}\n")
    with Image.open(sheet) as image:
        assert image.format == "PNG"


def test_pictures_of_trajectories_are_refused(stores: dict[str, Store], tmp_path: Path) -> None:
    done = show(stores, "coding", "--png", str(tmp_path / "pairs.png"))
    assert done.exit_code == 2
    assert "holds coding pairs; --png shows image pairs" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_older_version_can_be_shown(stores: dict[str, Store]) -> None:
    done = show(stores, "images", "--version", "v1")
    assert done.exit_code == 0
    assert json.loads(done.output.splitlines()[2]) == {"cosine": 0.9}
