"""From a store to a page: what it holds, and what it says of the version."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.manifest import AuditFigure, FunnelStage, ModelUse
from contextpairs.data.store.run_records import write_record
from contextpairs.data.store.store import Store
from contextpairs.pipelines.cli.main import app
from contextpairs.pipelines.probe.results import RESULTS, write_results
from contextpairs.pipelines.view.packing import unpacked
from contextpairs.pipelines.view.viewing import ViewOptions, view
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import account
from tests.data.store.test_run_records import record
from tests.pipelines.view.view_rows import HOSTILE, viewed_splits

WITHOUT_PILLOW = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "PIL"}:
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
from contextpairs.pipelines.cli.main import app
app(["view", sys.argv[1], "--to", sys.argv[2]])
"""


class Page(HTMLParser):
    """A page as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: dict[str, str] = {}
        self.said = ""
        self._script: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs).get("id") or "script"

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.scripts[self._script] = self.scripts.get(self._script, "") + data
        else:
            self.said += data

    @property
    def index(self) -> list[dict[str, Any]]:
        """What is known of the couples."""
        found: list[dict[str, Any]] = json.loads(self.scripts["index"])
        return found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store of one version of coding pairs."""
    found = Store(tmp_path / "store")
    found.publish(viewed_splits(40), account())
    return found


def viewed(store: Store, **options: Any) -> Page:
    return Page(view(store, "v000001", ViewOptions(**options)))


def rows_of(store: Store) -> list[dict[str, Any]]:
    """All rows of the version."""
    splits: tuple[Split, ...] = ("train", "probe")
    return [row for split in splits for row in store.read("latest", split).to_pylist()]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["view", *arguments])


def test_a_page_holds_every_couple_once_with_its_mirror(store: Store) -> None:
    page = viewed(store)
    ids = {row["pair_id"] for row in rows_of(store)}
    assert {entry["id"] for entry in page.index} | {entry["mirror"] for entry in page.index} == ids
    assert len(page.index) == 40 == len([name for name in page.scripts if re.fullmatch(r"c\d+", name)])
    assert "all 40 of the version" in page.said


def test_a_draw_is_by_seed_and_a_larger_one_holds_it(store: Store) -> None:
    few, more, other = (
        {entry["id"] for entry in viewed(store, couples=count, seed=seed).index}
        for count, seed in ((5, 0), (9, 0), (5, 1))
    )
    assert few < more
    assert few != other
    assert "5 of the version's 40, drawn by seed" in viewed(store, couples=5).said


def test_equal_versions_give_equal_pages(store: Store) -> None:
    assert view(store, "v000001", ViewOptions()) == view(store, "v000001", ViewOptions())


def test_the_probe_s_coins_are_fair(store: Store) -> None:
    coins = [tuple(entry["coin"]) for entry in viewed(store).index]
    assert all(5 <= coins.count((asked, swapped)) <= 16 for asked in (0, 1) for swapped in (0, 1))


def test_the_top_says_funnel_audit_and_models(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    told = image_account().model_copy(
        update={
            "funnel": (
                FunnelStage(stage="window", unit="couples", rows_in=9, rows_out=4, reasons={"below-window": 5}),
            ),
            "audit": (AuditFigure(name="picks the larger file", split="probe", accuracy=0.5, low=0.4, high=0.6, n=24),),
            "models": (ModelUse(role="encoder", name="scene-encoder", demonstration=True),),
        }
    )
    store.publish(image_splits(range(12)), told)
    page = viewed(store)
    assert all(said in page.said for said in ("below-window 5", "picks the larger file", "0.400 to 0.600"))
    assert "Demonstration models were used here (encoder)" in page.said
    assert "scene-encoder (demonstration)" in page.said


def test_examples_of_the_run_stand_beside_their_reason_and_in_a_list(store: Store) -> None:
    assert "Rejected" not in viewed(store).said
    example = {
        "stage": "read",
        "reason": "not-json",
        "source": "bad.jsonl",
        "row": 7,
        "key": "k",
        "detail": "ends early",
    }
    old = {**example, "detail": "an older run"}
    for days, version, examples in ((3, "v000001", [old]), (2, "v000001", [example]), (1, "v000002", [])):
        write_record(store, record(days, version=version, examples=examples))
    store.storage.files.replace("runs/29990104T000000Z-aa.json", b"{cut")
    page = viewed(store)
    assert page.said.count("ends early") == 2
    assert "bad.jsonl, row 7" in page.said
    assert "an older run" not in page.said


def test_what_a_model_missed_is_told_by_couple_and_by_similarity(store: Store, tmp_path: Path) -> None:
    rows = rows_of(store)
    missed = {row["pair_id"] for row in rows[:6]}
    results = [_result(row, letter, row["pair_id"] in missed) for row in rows for letter in "AB"]
    write_results(tmp_path / "r.parquet", {"model": "tiny"}, pa.Table.from_pylist(results, schema=RESULTS))
    page = viewed(store, probe=tmp_path / "r.parquet")
    assert {entry["id"] for entry in page.index if entry["missed"]} <= missed
    assert sum(entry["missed"] for entry in page.index) == 12
    assert "What tiny missed" in page.said
    assert re.search(r"0\.5 to 0\.59\s*10\s*70\.0 \[", page.said)
    assert "missed" in json.loads(page.scripts["settings"])["flags"]


def _result(row: dict[str, Any], letter: str, missed: bool) -> dict[str, Any]:
    known = {name: row[name] for name in ("pair_id", "mirror_id", "group_id", "strategy")}
    return {**known, "domain": "coding", "letter": letter, "outcome": "letter", "right": float(not missed)}


def test_what_came_and_went_since_another_version(store: Store) -> None:
    store.publish(viewed_splits(42), account())
    page = Page(view(store, "v000002", ViewOptions(against="v1")))
    assert sum(entry["change"] == "new" for entry in page.index) == 2
    assert "Since v000001" in page.said
    back = Page(view(store, "v000001", ViewOptions(against="v2")))
    assert all(entry["change"] == "kept" for entry in back.index)
    gone = {entry["id"] for entry in page.index} - {entry["id"] for entry in back.index}
    assert all(each in back.said for each in gone)


def test_hostile_texts_make_no_tags_and_no_scripts(tmp_path: Path) -> None:
    stores = [Store(tmp_path / name) for name in ("plain", "hostile")]
    evil = account().model_copy(update={"title": HOSTILE, "notes": (HOSTILE,)})
    stores[0].publish(viewed_splits(6), account().model_copy(update={"notes": ("a note",)}))
    stores[1].publish(viewed_splits(6, HOSTILE), evil)
    plain, hostile = (viewed(each) for each in stores)
    assert [tag for tag, _ in plain.tags] == [tag for tag, _ in hostile.tags]
    assert plain.scripts["script"] == hostile.scripts["script"]
    assert "window.pwned=1" in hostile.said
    assert "\u202e" not in hostile.said + "".join(hostile.scripts.values())
    assert "\x1b" not in hostile.said + json.dumps(unpacked(hostile.scripts["c0"]), ensure_ascii=False)


def test_a_page_of_long_texts_stays_small(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.publish(viewed_splits(10, "\n".join(str(n * 7919 % 10_007) for n in range(9_000))), account())
    page = view(store, "v000001", ViewOptions())
    assert len(page.encode()) < 20 * 25_000 + 100_000


def test_the_policy_lets_nothing_but_its_own_script_and_style_run(store: Store) -> None:
    page = viewed(store)
    policy = next(str(attrs["content"]) for tag, attrs in page.tags if attrs.get("http-equiv"))
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not [
        attrs for _, attrs in page.tags if {"src", "style"} & set(attrs) or any(n.startswith("on") for n in attrs)
    ]
    assert all(str(attrs.get("href", "#")).startswith("#") for _, attrs in page.tags)


def test_the_command_writes_beside_the_versions_or_to_a_file(store: Store, tmp_path: Path) -> None:
    root = str(tmp_path / "store")
    assert store.versions() == ["v000001"]
    before = sorted((tmp_path / "store" / "versions").rglob("*"))
    done = run(root)
    assert done.exit_code == 0, done.output
    page = tmp_path / "store" / "views" / "v000001.html"
    assert done.output.startswith(str(page))
    assert sorted((tmp_path / "store" / "versions").rglob("*")) == before
    assert run(root, "--to", str(tmp_path / "new" / "page.html")).exit_code == 0
    assert (tmp_path / "new" / "page.html").read_bytes() == page.read_bytes()
    assert CliRunner().invoke(app, ["verify", root]).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--version", "v7"], "no version 'v7'"),
        (["--against", "v7"], "no version 'v7'"),
        (["--probe", "absent.parquet"], "absent.parquet"),
        (["--probe", __file__], "expected results of `contextpairs probe`"),
    ],
)
def test_bad_values_are_told_in_one_message(store: Store, tmp_path: Path, arguments: list[str], said: str) -> None:
    assert store.versions()
    done = run(str(tmp_path / "store"), *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "store" / "views").exists()


def test_a_store_of_coding_pairs_needs_no_pillow_and_no_torch(store: Store, tmp_path: Path) -> None:
    assert store.versions()
    page = tmp_path / "page.html"
    command = [sys.executable, "-c", WITHOUT_PILLOW, str(tmp_path / "store"), str(page)]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[3])
    assert page.stat().st_size > 10_000
