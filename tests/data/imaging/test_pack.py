"""Every kind of file has its outcome: shown as it should be, or set aside with its reason."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from contextpairs.data.imaging.decoding import decoded, rgb
from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import Fault, ImageLimits
from contextpairs.data.sources.vqa.record import ImageFacts
from tests.data.imaging.good import good
from tests.data.imaging.hostile import EPS, hostile
from tests.data.imaging.pack import pack

# In a test Python's filters are pytest's, and Pillow warns of every odd tag.
pytestmark = pytest.mark.filterwarnings("ignore:::PIL")
GOOD = [name for name, case in pack().items() if not case.reason]
SET_ASIDE = [name for name, case in pack().items() if case.reason]


def test_the_pack_is_large_and_deterministic() -> None:
    assert len(GOOD) >= 45
    assert len(SET_ASIDE) >= 45
    assert [case.content for case in (*good(), *hostile())] == [case.content for case in pack().values()]


@pytest.mark.parametrize("name", GOOD)
def test_shown(name: str) -> None:
    case = pack()[name]
    found = decoded(case.content, case.limits)
    assert not isinstance(found, Fault), found
    assert (found.format, found.image.size, found.frames) == (case.format, case.size, case.frames)
    assert (found.image.mode, found.image.info.get("exif")) == ("RGB", None)
    for place, colour in case.pixels.items():
        shown = found.image.getpixel(place)
        assert isinstance(shown, tuple)
        assert max(abs(a - b) for a, b in zip(shown, colour, strict=True)) <= case.tolerance, (place, shown, colour)


@pytest.mark.parametrize("name", SET_ASIDE)
def test_set_aside(name: str) -> None:
    case = pack()[name]
    found = inspect(case.content, case.limits)
    assert isinstance(found, Fault), found
    assert found.reason == case.reason, found
    assert 0 < len(found.detail) < 500
    with pytest.raises(ValueError, match=case.reason):
        rgb(case.content, case.limits)


def test_equal_pictures_in_other_containers_have_equal_hashes() -> None:
    """Catches a rounding or an order of samples that only one mode or format takes."""
    found = {name: inspect(case.content, case.limits) for name, case in pack().items() if case.exact}
    hashes = {name: facts.pixel_hash for name, facts in found.items() if isinstance(facts, ImageFacts)}
    assert len(hashes) == len(found) >= 20
    assert set(hashes.values()) == {hashes["png"]}, hashes
    assert len({facts.phash for facts in found.values() if isinstance(facts, ImageFacts)}) == 1


def test_threads_see_what_one_thread_sees() -> None:
    """Catches state that decoders share: everything twice, in another order, by eight threads."""
    limits = ImageLimits(pixels=1_000_000)
    files = [case.content for case in pack().values() if len(case.content) < 2**18] * 2
    alone = [inspect(content, limits) for content in files]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda content: inspect(content, limits), reversed(files))) == alone[::-1]


def test_pillows_guards_stay_as_they_are() -> None:
    """Catches a limit that is lifted for everybody who uses Pillow in the same process."""
    from PIL import ImageFile, PngImagePlugin

    inspect(pack()["png"].content, pack()["png"].limits)
    assert (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES) == (2**30 // 12, False)
    assert PngImagePlugin.MAX_TEXT_CHUNK <= 2**20


def test_postscript_runs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a call of ghostscript: the first one on the path would leave a file."""
    program = tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/called\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    for content in (EPS, b"\xc5\xd0\xd3\xc6" + EPS, b"%!PS\n" + EPS):
        assert isinstance(inspect(content, pack()["png"].limits), Fault)
    assert not (tmp_path / "called").exists()
