"""The page in a real browser: what one sees, keys, filters, the probe's score, and that nothing is asked of anybody."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from contextpairs.data.pairs.prompting import show
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.run_records import write_record
from contextpairs.data.store.store import Store
from contextpairs.pipelines.probe.statistics import share
from contextpairs.pipelines.view.viewing import ViewOptions, view
from tests.data.pairs.image_rows import image_account, mirrored
from tests.data.pairs.pair_rows import Row, account, labelled
from tests.data.store.test_run_records import record
from tests.pipelines.view.test_image_couple import drawn
from tests.pipelines.view.view_rows import HOSTILE, couple, viewed_splits

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium")
REQUIRED = os.environ.get("CONTEXTPAIRS_CHROMIUM") == "required"
"""Whether it is a failure that there is no browser: so it is in CI."""
DESK, PHONE = {"width": 1300, "height": 900}, {"width": 390, "height": 844}
READY = "html[data-ready]"
SHOWN = {"read": "#couple[data-pair]", "probe": "#question[data-pair]"}
SCALES = """[...document.querySelectorAll("#couple img")]
  .map(each => each.getBoundingClientRect().width / each.naturalWidth)"""
READ = "async number => { const start = performance.now(); await read(number); return performance.now() - start }"
PARTS = ("overview", "read", "probe", "rejected")
PARTS_OF_PROMPT = "[...document.querySelectorAll('#question pre')].map(each => each.textContent)"
SCORE = """([every, right]) => {
  state.answers = {};
  state.couples.forEach((entry, number) => {
    if (number % every[1] < every[0]) {
      const letter = rightLetter(entry);
      state.answers[entry.id] = right[number % right.length] ? letter : letter === "A" ? "B" : "A";
    }
  });
  return score();
}"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    if CHROMIUM is None:
        (pytest.fail if REQUIRED else pytest.skip)("no chromium on the path: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the extra: pip install -e '.[dev]'")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Store]:
    """Stores of coding pairs, of hostile ones, and of an edit with a retrieved couple; records of a run beside them."""
    root = tmp_path_factory.mktemp("stores")
    found = {name: Store(root / name) for name in ("coding", "hostile", "images")}
    found["coding"].publish(viewed_splits(40), account())
    hostile = [*couple(0, HOSTILE + "x" * 10_000_000), *couple(2, HOSTILE), *couple(4, HOSTILE)]
    found["hostile"].publish({"train": labelled(hostile)}, account())
    found["images"].publish({"train": labelled(image_rows())}, image_account())
    example = {"stage": "read", "reason": "not-json", "source": "bad.jsonl"}
    for store in found.values():
        write_record(store, record(version="v000001", examples=[example]))
    return found


def image_rows() -> list[Row]:
    """An edit, and a retrieved couple of which one picture is twice as wide."""
    edit, other = ([{"bytes": one, "path": ""}, {"bytes": two, "path": ""}] for one, two in (
        (drawn("red"), drawn("blue")), (drawn("red"), drawn("green", (128, 48)))))  # fmt: skip
    rows = mirrored("Which colour is the square?", ["red", "blue"], edit, "g1", "edit")
    for row in rows:
        row["provenance"] = {"domain": "shapes"} | {
            name: {"instruction": "paint it blue"} if row[name] is edit[1] else {} for name in ("positive", "negative")
        }
    return rows + mirrored("Which colour is it?", ["red", "green"], other, "g2", "retrieval")


@pytest.fixture(scope="module")
def pages(stores: dict[str, Store], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each store."""
    folder = tmp_path_factory.mktemp("pages")
    paths = {name: folder / f"{name}.html" for name in stores}
    for name, path in paths.items():
        path.write_text(view(stores[name], "v000001", ViewOptions()), encoding="utf-8")
    return paths


class Seen:
    """An open page, with what it asked for and complained of."""

    def __init__(self, browser: Browser, path: Path, place: str = "", **options: Any) -> None:
        self.page: Page = browser.new_context(**{"viewport": DESK, **options}).new_page()
        self.requested: list[str] = []
        self.complaints: list[str] = []
        protocol = self.page.context.new_cdp_session(self.page)
        protocol.on("Network.requestWillBeSent", lambda event: self.requested.append(event["request"]["url"]))
        protocol.send("Network.enable")
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.goto(path.as_uri() + place)
        self.page.wait_for_selector(READY)

    def go(self, place: str) -> None:
        """Follow a link within the page."""
        self.page.evaluate("place => { location.hash = place }", place)
        part = place.partition("/")[0]
        self.page.wait_for_selector(
            {"read": "#couple[data-pair]", "probe": "#question[data-pair]"}.get(part, f"#{part}")
        )

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)

    def text(self, selector: str) -> str:
        """What a part of the page says."""
        return self.page.inner_text(selector)

    def count(self, selector: str) -> int:
        """How many of something there are."""
        return self.page.locator(selector).count()

    def wait(self, condition: str) -> None:
        """Wait for a condition of the page."""
        # Playwright's own waiting evaluates strings in the page, which its policy forbids.
        for _ in range(100):
            if self.page.evaluate(condition):
                return
            self.page.wait_for_timeout(50)
        pytest.fail(f"never came true: {condition}")


@pytest.fixture
def coding(chromium: Browser, pages: dict[str, Path]) -> Iterator[Seen]:
    """The page of coding pairs."""
    seen = Seen(chromium, pages["coding"])
    yield seen
    assert seen.complaints == []
    seen.page.context.close()


@pytest.mark.parametrize("name", ["coding", "hostile", "images"])
def test_nothing_is_requested_and_nothing_complains(chromium: Browser, pages: dict[str, Path], name: str) -> None:
    seen = Seen(chromium, pages[name])
    for part in PARTS:
        seen.go(part)
        seen.page.keyboard.press("e")
        seen.page.wait_for_timeout(100)
    assert [url for url in seen.requested if not url.startswith("data:")] == [pages[name].as_uri()]
    assert seen.complaints == []
    assert seen.page.evaluate("window.pwned") is None
    seen.page.context.close()


def test_a_script_of_a_stranger_would_not_run(coding: Seen) -> None:
    coding.page.evaluate("""() => {
      const script = document.createElement("script");
      const policy = trustedTypes.createPolicy("test", { createScript: (text) => text });
      script.text = policy.createScript("window.pwned = 1");
      document.body.append(script);
    }""")
    assert coding.page.evaluate("window.pwned") is None
    assert any("Content Security Policy" in said for said in coding.complaints)
    coding.complaints.clear()


def test_hostile_texts_are_read_as_texts(chromium: Browser, pages: dict[str, Path]) -> None:
    assert pages["hostile"].stat().st_size < 3 * 50_000 + 100_000
    seen = Seen(chromium, pages["hostile"], "#read")
    long = seen.page.evaluate("state.couples.find(entry => !entry.whole).id")
    seen.go(f"read/{long}")
    seen.wait(f"document.querySelector('#couple').dataset.pair === '{long}'")
    said = seen.page.text_content("#couple") or ""
    assert "<img src=x onerror=window.pwned=1>" in said
    assert "⟨U+202E⟩gnp.exe ␛[31mred" in said
    assert "are shortened in this page" in said
    assert not seen.count("#couple img, #couple svg, #couple a[href^=javascript]")


def test_traces_stand_side_by_side_with_results_folded_and_marks_visible(coding: Seen) -> None:
    coding.go("read")
    assert coding.page.locator("#couple mark").first.is_visible()
    assert coding.text("#first h3, #first summary").lower().startswith("step 2 · 2")
    assert coding.page.locator("#first").is_visible()
    assert "Issue" in coding.text("#couple")
    closed = coding.page.locator("#couple details.trace-row:not([open])")
    assert closed.count() >= 2
    assert coding.page.locator("text=right 69").count() == 1
    assert not coding.page.locator("text=right 69").is_visible()
    coding.press("e")
    assert coding.page.locator("text=right 69").is_visible()
    coding.press("e")
    assert coding.count("#couple details[open]") == 0


def test_the_patch_has_colours_and_the_other_one_waits(coding: Seen) -> None:
    coding.go("read")
    keyword = coding.page.locator("#couple .patch .t-k").first
    assert keyword.inner_text() == "return"
    assert keyword.evaluate("each => getComputedStyle(each).fontWeight") == "600"
    assert not coding.page.locator("#other .patch").is_visible()
    coding.press("o")
    assert coding.page.locator("#other .patch").is_visible()


def test_filters_and_search_narrow_the_list(coding: Seen) -> None:
    coding.go("read")

    def found() -> str:
        return coding.text("#found")

    assert found() == "40 of 40 couples"
    coding.page.select_option("#split", "probe")
    coding.wait("document.querySelector('#found').textContent.startsWith('4 ')")
    coding.page.click("#reset")
    coding.page.fill("#least", "0.8")
    coding.wait("document.querySelector('#found').textContent.startsWith('10 ')")
    coding.page.click("#reset")
    coding.page.select_option("#subject", "joe/repo-1")
    coding.wait("document.querySelector('#found').textContent.startsWith('14 ')")
    coding.page.click("#reset")
    for query in ("Issue 33: totals", "RETURN 33", coding.page.evaluate("state.couples[5].mirror.slice(4, 20)")):
        coding.page.fill("#search", query)
        coding.wait("document.querySelector('#found').textContent.startsWith('1 ')")


def test_keys_walk_and_links_lead_to_a_couple(chromium: Browser, coding: Seen, pages: dict[str, Path]) -> None:
    coding.go("read")
    ids = coding.page.evaluate("state.couples.map(entry => entry.id)")
    for key, place in (("j", 1), ("j", 2), ("k", 1)):
        coding.press(key)
        coding.wait(f"document.querySelector('#couple').dataset.pair === '{ids[place]}'")
    assert coding.page.url.endswith(f"#read/{ids[1]}")
    coding.press("/")
    assert coding.page.evaluate("document.activeElement.id") == "search"
    mirror = coding.page.evaluate("state.couples[7].mirror")
    linked = Seen(chromium, pages["coding"], f"#read/{mirror}")
    linked.wait(f"document.querySelector('#couple').dataset.pair === '{ids[7]}'")
    linked.page.context.close()


def test_the_probe_shows_the_prompt_and_nothing_else(coding: Seen, stores: dict[str, Store]) -> None:
    splits: tuple[Split, ...] = ("train", "probe")
    rows = {row["pair_id"]: row for split in splits for row in stores["coding"].read("latest", split).to_pylist()}
    for number in range(6):
        entry = coding.page.evaluate("number => state.couples[number]", number)
        coding.go(f"probe/{entry['id']}")
        coding.wait(f"document.querySelector('#question').dataset.pair === '{entry['id']}'")
        asked, swapped = entry["coin"]
        shown = show(rows[entry["mirror"] if asked else entry["id"]], letter="A" if asked == swapped else "B")
        assert "\n\n".join(coding.page.evaluate(PARTS_OF_PROMPT)) == shown.text
        assert coding.page.evaluate("entry => rightLetter(entry)", entry) == shown.letter
        assert not coding.count("#question mark, #question .differ")


def test_a_decision_is_told_scored_and_remembered(coding: Seen) -> None:
    coding.go("probe")
    letter = coding.page.evaluate("rightLetter(state.couples[state.at])")
    coding.press(letter.lower())
    assert "is right" in coding.text("#verdict")
    assert "1 answer in 1 group" in coding.text("#score")
    coding.page.reload()
    coding.page.wait_for_selector(READY)
    assert coding.page.evaluate("Object.keys(state.answers).length") == 1
    coding.page.click("#forget")
    assert "40 couples to decide" in coding.text("#score")


@pytest.mark.parametrize("right", [[1], [0], [1, 0], [1, 1, 0], [1, 0, 0, 1, 1]])
@pytest.mark.parametrize("every", [[1, 1], [1, 2], [2, 5], [1, 40]])
def test_the_score_is_python_s(coding: Seen, every: list[int], right: list[int]) -> None:
    found = coding.page.evaluate(SCORE, [every, right])
    entries = coding.page.evaluate("state.couples")
    answered = [number for number in range(len(entries)) if number % every[1] < every[0]]
    values = np.array([float(right[number % len(right)]) for number in answered])
    expected = share(values, [entries[number]["group"] for number in answered])
    assert (found["n"], found["groups"]) == (expected.n, expected.groups)
    assert [found[name] for name in ("value", "low", "high")] == pytest.approx(
        [expected.value, expected.low, expected.high], abs=1e-9
    )


def test_pictures_stand_at_one_scale_and_changes_lie_over_them(chromium: Browser, pages: dict[str, Path]) -> None:
    seen = Seen(chromium, pages["images"], "#read")
    edit, other = (seen.page.evaluate("name => state.couples.find(e => e.strategy === name).id", name)
                   for name in ("edit", "retrieval"))  # fmt: skip
    seen.go(f"read/{edit}")
    seen.wait(f"document.querySelector('#couple').dataset.pair === '{edit}'")
    overlays = seen.page.locator("#couple img.overlay")
    assert overlays.count() == 2
    assert not overlays.first.is_visible()
    seen.press("d")
    assert overlays.first.is_visible()
    assert seen.page.get_attribute("#changed", "aria-pressed") == "true"
    assert "made by the editor: paint it blue" in seen.text("#couple")
    seen.go(f"read/{other}")
    seen.wait(f"document.querySelector('#couple').dataset.pair === '{other}'")
    assert not seen.count("#changed")
    scales = seen.page.evaluate(SCALES)
    assert scales[0] == pytest.approx(scales[1], rel=0.01)
    assert seen.complaints == []
    seen.page.context.close()


@pytest.mark.parametrize(("name", "scheme"), [("coding", "light"), ("coding", "dark"), ("images", "dark")])
def test_axe_finds_nothing_and_a_phone_needs_no_sideways_scrolling(
    chromium: Browser, pages: dict[str, Path], name: str, scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -e '.[dev]'").Axe()
    for viewport in (DESK, PHONE):
        seen = Seen(chromium, pages[name], color_scheme=scheme, viewport=viewport)
        for part in PARTS:
            seen.go(part)
            seen.press("e")
            seen.page.wait_for_timeout(100)
            faults = axe.run(seen.page).response["violations"]
            assert [(part, each["id"], each["nodes"][0]["html"]) for each in faults] == []
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        seen.page.context.close()


@pytest.mark.slow
def test_two_thousand_pairs_are_painted_in_a_second_and_read_in_a_third(chromium: Browser, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.publish(viewed_splits(1_000, "\n".join(str(n * 7919 % 10_007) for n in range(6_000))), account())
    path = tmp_path / "page.html"
    path.write_text(view(store, "v000001", ViewOptions(couples=1_000)), encoding="utf-8")
    assert path.stat().st_size < 50_000_000
    paints, reads = [], []
    for _ in range(3):
        seen = Seen(chromium, path)
        paints.append(seen.page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        reads += [seen.page.evaluate(READ, number) for number in (3, 500, 999)]
        seen.page.context.close()
    assert min(paints) < 1_000
    assert min(reads) < 300
