"""An edit is made once ever: a run that was killed goes on where it was, and ends with the same bytes."""

from __future__ import annotations

import multiprocessing
import random
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.images.editing.edit_cache import (
    HELD_BATCHES,
    EditItem,
    edit_id,
    edited,
    find,
    put,
    put_verdict,
)
from contextpairs.builders.images.editing.edit_outcomes import VERDICT_REASONS, Failure, Refusal
from contextpairs.builders.images.editing.image_editor import Editor
from contextpairs.data.imaging.send import as_png
from contextpairs.data.sources.files.guard import CATCH
from tests.builders.images.editing.tiny_editors import load, save_klein, save_pix2pix
from tests.builders.images.encoder.tiny_clip import from_png

BATCH = 4
FORKSERVER = multiprocessing.get_context("forkserver")
PRELOADED = [
    "diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion_instruct_pix2pix",
    "contextpairs.data.store.store",
    __name__,
]
KILLS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pix2pix(tmp_path_factory.mktemp("pix2pix"))


@pytest.fixture(scope="module")
def editor(folder: Path) -> Editor:
    return load(folder, batch_size=BATCH)


@pytest.fixture(params=["disk", "memory"])
def cache(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path / "cache") if request.param == "disk" else f"memory://{tmp_path.name}/cache"


def picture(number: int, width: int = 16, height: int = 16) -> bytes:
    from PIL import Image

    noise = np.random.default_rng(number).integers(0, 256, (height, width, 3), np.uint8)
    return as_png(Image.fromarray(noise))


def wanted(count: int, sides: tuple[int, ...] = (16,)) -> list[EditItem]:
    """Edits of images whose widths take turns."""
    widths = [sides[number % len(sides)] for number in range(count)]
    return [EditItem(f"{n:064x}", picture(n, width), f"make it {n % 3}", 7 * n) for n, width in enumerate(widths)]


def alone(editor: Editor, item: EditItem) -> bytes:
    return as_png(editor.edit([from_png(item.image)], [item.instruction], [item.seed])[0])


def stored(cache: str) -> dict[str, bytes]:
    filesystem, root = fsspec.core.url_to_fs(cache)
    return {path: filesystem.cat_file(path) for path in filesystem.find(root)}


def test_an_edit_is_named_by_image_instruction_and_seed() -> None:
    """The golden name keeps what is stored findable: whoever changes it throws all edits away."""
    assert edit_id("a", "make it red", 1) == "ef2dbbb3bfd5d243dff58f2433fde4c9"
    others = [("b", "make it red", 1), ("a", "make it blue", 1), ("a", "make it red", 2), ("a", "make it red 1", 1)]
    assert len({edit_id(*each) for each in [("a", "make it red", 1), *others]}) == 5


def test_what_is_put_is_found_under_its_key(cache: str) -> None:
    name, content = edit_id("a", "b", 1), picture(0)
    assert find(cache, "k", name) is None
    put(cache, "k", name, content)
    assert find(cache, "k", name) == content
    assert find(cache, "another", name) is None
    [path] = stored(cache)
    assert path.endswith(f"/cache/k/{name[:2]}/{name}.png")
    with pytest.raises(ValueError, match="expected a whole PNG file"):
        put(cache, "k", name, content[:-1])
    assert find(cache, "k", name) == content


@given(data=st.data())
def test_a_file_that_is_not_whole_counts_as_absent(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A power cut leaves a file short, empty or with holes; taken for an edit it would be published."""
    cache, name, content = str(tmp_path_factory.getbasetemp() / "broken"), "ab" * 16, picture(0)
    path = Path(cache, "k", "ab", f"{name}.png")
    path.parent.mkdir(parents=True, exist_ok=True)
    place = data.draw(st.integers(0, len(content) - 1))
    changed = data.draw(st.integers(1, 255)) ^ content[place]
    broken = [content[:place], content + b"\0", content[:place] + bytes([changed]) + content[place + 1 :]]
    path.write_bytes(data.draw(st.sampled_from(broken)))
    assert find(cache, "k", name) is None
    path.write_bytes(content)
    assert find(cache, "k", name) == content


def test_edits_come_in_order_and_are_those_of_the_editor(editor: Editor, cache: str) -> None:
    items = wanted(11)
    run = edited(editor, cache, items, from_png)
    assert list(run) == [(number, alone(editor, item)) for number, item in enumerate(items)]
    assert (run.made, run.found) == (11, 0)
    assert sorted(stored(cache).values()) == sorted(alone(editor, item) for item in items)


def test_what_is_there_is_not_made_again(editor: Editor, cache: str) -> None:
    items = wanted(10)
    first = dict(edited(editor, cache, items[2:7], from_png))
    run = edited(editor, cache, [*items, items[9], items[1]], from_png)
    found = dict(run)
    assert (run.made, run.found) == (5, 7)
    assert [found[number + 2] for number in range(5)] == [first[number] for number in range(5)]
    assert (found[10], found[11]) == (found[9], found[1])
    again = edited(editor, cache, items, unreadable)
    assert [png for _, png in again] == [found[number] for number in range(10)]
    assert (again.made, again.found) == (0, 10)


def unreadable(_: bytes) -> Any:
    raise AssertionError("an image whose edit is there need not be decoded")


def test_an_edit_asked_for_twice_at_once_is_made_once(editor: Editor, cache: str) -> None:
    [item] = wanted(1)
    run = edited(editor, cache, [item] * 3, from_png)
    assert len({png for _, png in run}) == 1
    assert (run.made, run.found) == (1, 2)


def test_another_editor_makes_its_own(editor: Editor, folder: Path, cache: str) -> None:
    items = wanted(2)
    list(edited(editor, cache, items, from_png))
    other = edited(load(folder, batch_size=BATCH, steps=3), cache, items, from_png)
    assert len(list(other)) == other.made == 2
    assert len(stored(cache)) == 4


def batches_of(editor: Editor, run: Any) -> tuple[list[tuple[int, bytes]], int]:
    """What a run yields, and how often it ran the model."""
    steps: list[int] = []
    handle = editor._pipeline.unet.register_forward_pre_hook(lambda *_: steps.append(1))
    found = list(run)
    handle.remove()
    return found, len(steps) // editor.options.steps


def test_only_what_is_missing_fills_the_batches(editor: Editor, cache: str) -> None:
    """Batches of what was there and what was not would cost as much as if nothing had been there."""
    items = wanted(16)
    list(edited(editor, cache, items[::2], from_png))
    _, batches = batches_of(editor, edited(editor, cache, items, from_png))
    assert batches == 8 / BATCH


def test_images_of_other_sizes_wait_for_each_other(editor: Editor, cache: str) -> None:
    items = wanted(23, sides=(16, 24, 32))
    found, batches = batches_of(editor, edited(editor, cache, items, from_png))
    assert found == [(number, alone(editor, item)) for number, item in enumerate(items)]
    assert batches == 2 + 2 + 2


def test_items_are_read_a_bounded_number_ahead(editor: Editor, cache: str) -> None:
    """One image of a rare size at the head must not make the rest pile up in memory behind it."""
    rare, *common = wanted(200, sides=(24, *[16] * 199))
    read = 0

    def counted() -> Iterator[EditItem]:
        nonlocal read
        for item in [rare, *common]:
            read += 1
            yield item

    run = iter(edited(editor, cache, counted(), from_png))
    assert read == 0
    assert next(run) == (0, alone(editor, rare))
    assert read == HELD_BATCHES * BATCH + 1


def test_an_image_that_cannot_be_decoded_fails_alone(
    editor: Editor, cache: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(CATCH, "on")
    items = [*wanted(2), EditItem("broken", b"no picture", "x", 1), *wanted(5)[2:]]
    run = edited(editor, cache, items, from_png)
    found = dict(run)
    assert "cannot be decoded" in str(found.pop(2))
    assert [found[at] for at in sorted(found)] == [alone(editor, item) for item in wanted(5)]
    assert (run.made, run.failed) == (5, 1)


@pytest.fixture(scope="module")
def klein(tmp_path_factory: pytest.TempPathFactory) -> Editor:
    """Refuses images more than eight times as long as wide, and edits one at a time."""
    extra = {"max_sequence_length": 32, "text_encoder_out_layers": [1, 2, 3]}
    return load(save_klein(tmp_path_factory.mktemp("klein")), steps=1, extra=extra)


def test_a_refusal_stands_in_the_place_of_its_edit_and_is_a_verdict(klein: Editor, cache: str) -> None:
    items = [EditItem(f"{n:064x}", picture(n, *((640, 64) if n in (0, 3) else (64, 64))), "a", n) for n in range(5)]
    run = edited(klein, cache, items, from_png)
    found = dict(run)
    assert [number for number, each in found.items() if isinstance(each, Refusal)] == [0, 3]
    assert (run.made, run.found, run.refused) == (3, 0, 2)
    pictures = sorted(content for path, content in stored(cache).items() if path.endswith(".png"))
    assert pictures == sorted(alone(klein, items[number]) for number in (1, 2, 4))
    again = edited(klein, cache, items, unreadable)
    assert dict(again) == found
    assert (again.made, again.found, again.refused) == (0, 5, 0)


def test_an_editor_that_takes_nothing_refuses_each_edit(klein: Editor, cache: str) -> None:
    """Who counts them tells that it is the editor: here a size that a pipeline does not take is no broken model."""
    items = [EditItem(f"{n:064x}", picture(n, 640, 64), "a", n) for n in range(12)]
    found = dict(edited(klein, cache, items, from_png))
    assert {each.reason for each in found.values() if isinstance(each, Refusal)} == {"editor-refused"}
    assert len(found) == 12


def test_a_failure_is_owed_and_not_stored(editor: Editor, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that ran out once would be held against an edit for ever."""
    monkeypatch.setenv(CATCH, "on")
    items = wanted(3)

    def out_of_memory(*_: Any) -> None:
        raise MemoryError("no memory is left")

    handle = editor._pipeline.unet.register_forward_pre_hook(out_of_memory)
    run = edited(editor, cache, items, from_png)
    assert all(isinstance(each, Failure) for _, each in run)
    handle.remove()
    assert (run.made, run.failed, stored(cache)) == (0, 3, {})
    again = edited(editor, cache, items, from_png)
    assert [png for _, png in again] == [alone(editor, item) for item in items]


@given(data=st.data())
def test_a_verdict_comes_back_whole_or_not_at_all(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    cache, name = str(tmp_path_factory.getbasetemp() / "verdicts"), "cd" * 16
    refusal = Refusal(data.draw(st.sampled_from(VERDICT_REASONS)), data.draw(st.text()))
    put_verdict(cache, "k", name, refusal)
    assert find(cache, "k", name) == refusal
    path = Path(cache, "k", "cd", f"{name}.json")
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert find(cache, "k", name) is None


def edit_all(folder: str, cache: str, count: int, parent: Connection) -> None:
    """Say that the model is there, then edit."""
    editor = load(Path(folder), batch_size=BATCH)
    parent.send("ready")
    list(edited(editor, cache, wanted(count), from_png))


def identities(cache: Path) -> dict[str, tuple[int, int]]:
    """Of each finished edit, what changes when its file is written anew."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in cache.rglob("*/*.png")}


def killed_after(folder: Path, cache: Path, count: int, edits: int, delay: float) -> int | None:
    """Edit in a process; `kill -9` it `delay` seconds after it stored so many edits. Returns its exit code."""
    here, there = FORKSERVER.Pipe()
    process = FORKSERVER.Process(target=edit_all, args=(str(folder), str(cache), count, there))
    process.start()
    assert here.recv() == "ready"
    enough = len(identities(cache)) + edits
    while process.is_alive() and len(list(cache.rglob("*/*.png"))) < enough:
        time.sleep(0.001)
    time.sleep(delay)
    process.kill()
    process.join(60)
    return process.exitcode


@pytest.mark.slow
def test_kill_9_at_random_moments_repeats_no_finished_edit(folder: Path, editor: Editor, tmp_path: Path) -> None:
    FORKSERVER.set_forkserver_preload(PRELOADED)
    count, chance = 24 * BATCH, random.Random(5)
    cache, finished = tmp_path / "cache", dict[str, tuple[int, int]]()
    for _ in range(KILLS):
        code = killed_after(folder, cache, count, chance.randint(1, 4 * BATCH), chance.uniform(0, 0.05))
        assert code == -signal.SIGKILL
        now = identities(cache)
        assert finished.items() < now.items()
        finished = now
    run = edited(editor, str(cache), wanted(count), from_png)
    resumed = [png for _, png in run]
    assert (run.made, run.found) == (count - len(finished), len(finished))
    assert finished.items() < identities(cache).items()
    assert resumed == [png for _, png in edited(editor, str(tmp_path / "undisturbed"), wanted(count), from_png)]
