"""Copies in a whole build: wrong answers of copies give no row, rendered pictures are told apart in a detail."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from contextpairs.data.store.store import Store
from contextpairs.pipelines.images.build import build_images
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.config_files import load
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Recorded, Reporter, Silent
from tests.data.imaging.photo_like import COPIES, Picture, jpeg, photo
from tests.data.imaging.test_copies import page

ASKED = "How many balls are in the picture?"
Shown = tuple[str, Picture, str]
"""Name, picture and answer."""


def built(
    folder: Path, shown: Sequence[Shown], *overrides: str, reporter: Reporter | None = None
) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Rows of the version, and how much went for which reason."""
    for name, picture, _ in shown:
        picture.save(folder / f"{name}.png")
    lines = [{"id": name, "image": f"{name}.png", "question": ASKED, "answer": answer} for name, _, answer in shown]
    (folder / "qa.jsonl").write_text("\n".join(map(json.dumps, lines)))
    given = [f"sources={folder}", f"out={folder / 'out'}", "demo_models=true", "editing.enabled=false", "limit=null"]
    wide = ["retrieval.window.default.lower.value=0", "probe_share=0", *overrides]
    try:
        published = build_images(load(ImagesConfig, [], [*given, *wide]), thread_mapper(1), reporter or Silent())
    except NothingToPublish as nothing:
        return [], {reason: count for line in nothing.funnel for reason, count in line.reasons.items()}
    store = Store(folder / "out")
    reasons = {reason: n for line in store.manifest(published.version).funnel for reason, n in line.reasons.items()}
    return store.read(published.version, "train").to_pylist(), reasons


def test_copies_under_wrong_answers_give_no_row_and_others_all(tmp_path: Path) -> None:
    """Ten scenes have a copy each, of ten kinds, whose answer is wrong; four have none."""
    kinds = [*COPIES][:10]
    scenes = [(f"s{n}", photo(n), str(n % 7)) for n in range(14)]
    copies = [(f"c{n}", COPIES[kind](photo(n)), str(n % 7 + 7)) for n, kind in enumerate(kinds)]
    rows, reasons = built(tmp_path, [*scenes, *copies])
    sides = [json.loads(row["provenance"])[side]["key"] for row in rows for side in ("positive", "negative")]
    assert set(sides) == {"s10", "s11", "s12", "s13"}
    assert reasons["contradictory"] == 20


@pytest.mark.parametrize("copied", ["cropped", "mirrored", "recompressed"])
def test_two_pictures_of_which_one_is_a_copy_are_no_pair(copied: str, tmp_path: Path) -> None:
    rows, reasons = built(tmp_path, [("a", photo(3), "3"), ("b", COPIES[copied](photo(3)), "4")])
    assert (rows, reasons) == ([], {"contradictory": 2})


def test_neither_a_picture_nor_its_copy_of_another_answer_stands_beside_a_third(tmp_path: Path) -> None:
    shown = [("a", photo(0), "3"), ("b", jpeg(photo(0), 95), "4"), ("c", photo(1), "5")]
    assert built(tmp_path, shown) == ([], {"contradictory": 2, "only-answer": 1})


def test_what_shows_nothing_stands_beside_no_picture(tmp_path: Path) -> None:
    clear = Image.merge("RGBA", (*photo(1).split(), Image.new("L", photo(1).size, 0)))
    for name, nothing in (("pixel", Image.new("RGB", (1, 1), (90, 20, 20))), ("clear", clear)):
        (tmp_path / name).mkdir()
        rows, reasons = built(tmp_path / name, [("a", nothing, "3"), ("b", photo(0), "5")])
        assert (rows, reasons) == ([], {"blank": 1, "only-answer": 1})


def test_the_advice_for_rendered_pictures_is_said(tmp_path: Path) -> None:
    """Two pages that differ in the total, from a source of which nothing is said."""
    said = Recorded(None)
    assert built(tmp_path, [("a", page("412"), "412"), ("b", page("973"), "973")], reporter=said)[0] == []
    assert any("source.rendered=true" in note for note in said.notes)


def test_copies_under_one_answer_are_no_fault(tmp_path: Path) -> None:
    rows, reasons = built(tmp_path, [("a", photo(0), "3"), ("b", jpeg(photo(0), 40), "3"), ("c", photo(1), "5")])
    assert rows
    assert "contradictory" not in reasons


def test_rendered_pages_that_differ_in_what_is_asked_are_pairs(tmp_path: Path) -> None:
    pages = [("a", page("412"), "412"), ("b", page("973"), "973")]
    for name, overrides, expected in (("photos", (), 0), ("pages", ("source.rendered=true",), 2)):
        (tmp_path / name).mkdir()
        assert len(built(tmp_path / name, pages, *overrides)[0]) == expected


@pytest.mark.parametrize("quality", [30, 90])
def test_a_rendered_page_saved_anew_contradicts(quality: int, tmp_path: Path) -> None:
    pages = [("a", page("412"), "412"), ("b", jpeg(page("412"), quality), "973")]
    rows, reasons = built(tmp_path, pages, "source.rendered=true")
    assert (rows, reasons["contradictory"]) == ([], 2)


def test_copies_of_evaluation_pictures_do_not_enter(tmp_path: Path) -> None:
    """Turned, cropped and grey ones, which neither hash nor thumbnail sees."""
    (tmp_path / "exam").mkdir()
    for number in range(3):
        photo(number).save(tmp_path / "exam" / f"{number}.png")
    made = [(kind, COPIES[kind](photo(n)), str(n)) for n, kind in enumerate(("turned", "cropped", "grey"))]
    (tmp_path / "own").mkdir()
    shown = [*made, *((f"s{n}", photo(n), str(n)) for n in range(10, 14))]
    rows, reasons = built(tmp_path / "own", shown, f"contamination.evaluation_sets=['{tmp_path / 'exam'}']")
    kept = {json.loads(row["provenance"])[side]["key"] for row in rows for side in ("positive", "negative")}
    assert kept == {"s10", "s11", "s12", "s13"}
    assert sum(count for reason, count in reasons.items() if reason.startswith("contaminated-")) == 3
    assert reasons["contaminated-copy"]
