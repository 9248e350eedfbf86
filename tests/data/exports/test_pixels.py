"""Every export, decoded as its consumer decodes it, shows the picture that was checked: pixel by pixel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contextpairs.data.exports.exporting import export
from contextpairs.data.exports.reading import pairs_of
from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.plain import UNHEEDED, plain_image
from contextpairs.data.imaging.send import LOOKED_AT
from contextpairs.data.pairs.prompting import show
from contextpairs.data.pairs.schemas import IMAGES
from contextpairs.data.store.store import Store
from tests.data.exports import picture_readings as readings
from tests.data.exports.picture_readings import Picture, Seen
from tests.data.exports.pixel_files import pixel_files
from tests.data.exports.pixel_making import SHOWN
from tests.data.imaging.making import stored_turned
from tests.data.pairs.image_rows import image_account, mirrored
from tests.data.pairs.pair_rows import Row, labelled

# In a test Python's filters are pytest's, and Pillow warns of every odd tag.
pytestmark = pytest.mark.filterwarnings("ignore:::PIL")
NAMES = list(pixel_files())
Reader = Callable[[Path, Path], Iterator[Seen]]
READERS: dict[str, tuple[str, tuple[Reader, ...]]] = {
    "trl": ("train.parquet", (readings.image_columns, readings.trl_messages)),
    "trl-preference": ("train.parquet", (readings.image_columns, readings.trl_messages)),
    "verl": ("train.parquet", (readings.image_columns, readings.undecoded)),
    "easyr1": ("train.parquet", (readings.image_columns, readings.undecoded)),
    "contextrl": ("train.parquet", (readings.image_columns, readings.undecoded, readings.chosen_images)),
    "skyrl": ("train.jsonl", (readings.data_urls,)),
    "chat": ("train.jsonl", (readings.data_urls,)),
    "datasets": ("images/train-00000-of-00001.parquet", (readings.parquet_pairs,)),
}
"""The file of each form, and who reads it."""
Found = dict[str, dict[str, Picture]]
"""Name of a file -> form and reading -> what is seen of it there."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Each file of one half beside one of the other, as a build releases them."""
    files = pixel_files()
    released = [plain_image({"bytes": files[name].content, "path": f"{at}.x"})[0] for at, name in enumerate(NAMES)]
    rows: list[Row] = []
    half = -(-len(NAMES) // 2)
    for at in range(half):
        two = [released[at], released[(at + half) % len(NAMES)]]
        rows += labelled(mirrored(f"q{at}", ["1", "2"], two, f"g{at}", IMAGES.strategies[0]))
    store = Store(tmp_path_factory.mktemp("store"))
    store.publish({"train": rows}, image_account())
    return store


@pytest.fixture(scope="module")
def found(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Found:
    found: Found = {name: {} for name in NAMES}
    rows = store.read("latest", "train").to_pylist()
    _add(found, rows, "store", (readings.of_files(_contents(row)) for row in rows))
    for form, (file, readers) in READERS.items():
        folder = Path(export(store, "latest", None, form, tmp_path_factory.mktemp("out") / form).url)
        for reader in readers:
            seen = reader(folder / file, tmp_path_factory.mktemp("cache"))
            _add(found, rows, f"{form} by {reader.__name__}", seen)
        if form != "chat":
            back = list(pairs_of(folder, "train"))
            assert back == rows
            _add(found, rows, f"{form} back", (readings.of_files(_contents(row)) for row in back))
    return found


def _contents(row: dict[str, Any]) -> list[bytes]:
    return [image["bytes"] for image in show(row).images]


def _add(found: Found, rows: list[dict[str, Any]], form: str, records: Iterator[Seen]) -> None:
    for row, seen in zip(rows, records, strict=True):
        names = [NAMES[int(Path(image["path"]).stem)] for image in show(row).images]
        for reading, pictures in seen:
            for name, picture in zip(names, pictures, strict=True):
                found[name][f"{form}: {reading}"] = picture


def test_there_are_files_of_every_kind_and_readings_of_every_form(found: Found) -> None:
    assert len(NAMES) >= 200
    assert {len(seen) for seen in found.values()} == {len(found[NAMES[0]])}
    assert len(found[NAMES[0]]) >= 90


@pytest.mark.parametrize("name", NAMES)
def test_every_reader_sees_what_was_checked(name: str, found: Found) -> None:
    checked = rgb(pixel_files()[name].content, LOOKED_AT)
    expected = (checked.size, checked.tobytes())
    assert [reading for reading, seen in found[name].items() if seen != expected] == []


@pytest.mark.parametrize("name", [name for name in NAMES if pixel_files()[name].shows is not None])
def test_what_was_checked_is_what_the_file_shows(name: str) -> None:
    file = pixel_files()[name]
    assert file.shows is not None
    np.testing.assert_array_equal(np.asarray(rgb(file.content, LOOKED_AT)), file.shows)


def test_photos_stand_upright() -> None:
    """JPEG loses pixels, so the nearest of all turns tells."""
    names = [name for name in NAMES if name.startswith("JPEG, orientation") and name[18] in "12345678"]
    assert len(names) >= 16
    turns = {turn: pixels.astype(int) for turn, pixels in stored_turned(SHOWN).items()}
    for name in names:
        shown = np.asarray(rgb(pixel_files()[name].content, LOOKED_AT), int)
        alike = {turn: np.abs(shown - each).mean() for turn, each in turns.items() if each.shape == shown.shape}
        assert name.endswith("long number") or min(alike, key=lambda turn: alike[turn]) == 1, name


@pytest.mark.parametrize("name", ["RGB PNG", "RGB JPEG", "grey PNG", "RGB PNG with a gamma"])
def test_what_nobody_reads_otherwise_stays_as_it_came(name: str) -> None:
    content = pixel_files()[name].content
    assert plain_image({"bytes": content, "path": ""}) == ({"bytes": content, "path": ""}, None)


def test_what_is_not_heeded_changes_no_reading() -> None:
    """The limit that the list states is one of decoders other than Pillow."""
    assert {"gamma", "srgb", "chromaticity"} <= UNHEEDED
    content = pixel_files()["RGB PNG with a gamma"].content
    assert len({read(content) for read in readings.OF_BYTES.values()}) == 1
