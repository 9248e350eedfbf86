"""Memory and time stay bounded, measured in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.data.imaging.making import exif, saved
from tests.data.imaging.pack import pack

ROOT = Path(__file__).resolve().parents[3]
MB = 2**20
Measure = Callable[[int, dict[str, bytes]], dict[str, tuple[str, float, int]]]
WITHOUT_PILLOW = """
import sys
sys.modules['PIL'] = None
import contextpairs.data.imaging.facts
from contextpairs.data.imaging.limits import ImageLimits
ImageLimits()
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peak memory of a process is read from /proc")


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """Outcome, seconds and growth in bytes of each file under a limit of pixels."""

    def measured(pixels: int, files: dict[str, bytes]) -> dict[str, tuple[str, float, int]]:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        command = [sys.executable, "-m", "tests.data.imaging.measured", str(pixels), str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=100)
        found: dict[str, tuple[str, float, int]] = json.loads(done.stdout)
        return found

    return measured


@pytest.mark.parametrize(("pixels", "most"), [(1_000_000, 32 * MB), (50_000_000, 512 * MB)])
def test_no_file_of_the_pack_takes_much_memory_or_time(pixels: int, most: int, measure: Measure) -> None:
    """Catches a bomb that is opened before it is judged, and a decoder that loops."""
    found = measure(pixels, {name: case.content for name, case in pack().items()})
    assert len(found) == len(pack())
    assert {name: grown // MB for name, (_, _, grown) in found.items() if grown > most} == {}
    assert {name: seconds for name, (_, seconds, _) in found.items() if seconds > 10} == {}


def test_a_pixel_takes_what_the_limit_says(measure: Measure) -> None:
    """Catches a copy of the whole image more, which 50 million pixels make 200 MB."""
    tiles = np.random.default_rng(0).integers(0, 256, (160, 160, 3)).astype(np.uint8)
    image = Image.fromarray(tiles.repeat(16, axis=0).repeat(16, axis=1))
    clear = image.copy()
    clear.putalpha(128)
    made: dict[str, tuple[Image.Image, str, dict[str, Any], float]] = {
        "png": (image, "PNG", {"compress_level": 1}, 9),
        "png-alpha": (clear, "PNG", {"compress_level": 1}, 9),
        "jpeg": (image, "JPEG", {}, 10),
        "jpeg-turned": (image, "JPEG", {"exif": exif(6)}, 10),
        "jpeg-progressive": (image, "JPEG", {"progressive": True}, 13),
        "jpeg-cmyk": (image.convert("CMYK"), "JPEG", {"progressive": True}, 17),
        "webp": (clear, "WEBP", {"method": 0}, 19),
    }
    files = {name: saved(image, form, **options) for name, (image, form, options, _) in made.items()}
    found = measure(50_000_000, files)
    assert {reason for reason, _, _ in found.values()} == {""}
    for name, (_, _, grown) in found.items():
        assert grown < made[name][3] * image.width * image.height + 24 * MB, (name, grown / MB)


def test_the_configuration_needs_no_pillow() -> None:
    """Catches an import that breaks the coding pipeline, which is installed without it."""
    subprocess.run([sys.executable, "-c", WITHOUT_PILLOW], cwd=ROOT, check=True)
