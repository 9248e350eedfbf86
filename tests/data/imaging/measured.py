"""Inspects files in a process of its own: `python -m tests.data.imaging.measured PIXELS FOLDER`.

Prints, as JSON by file, what came of it, the seconds it took, and by how many bytes the process grew at its peak.
Linux alone, for `ru_maxrss` of a started process begins with that of its parent and never falls.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from contextpairs.data.imaging.facts import inspect
from contextpairs.data.imaging.limits import Fault, ImageLimits
from tests.data.imaging.making import picture, saved

STATUS = Path("/proc/self/status")


def main(pixels: int, folder: Path) -> None:
    limits = ImageLimits(pixels=pixels)
    _warm(limits)
    print(json.dumps({path.name: _outcome(path.read_bytes(), limits) for path in sorted(folder.iterdir())}))


def _outcome(content: bytes, limits: ImageLimits) -> tuple[str, float, int]:
    STATUS.with_name("clear_refs").write_text("5")
    before = _memory("VmRSS")
    start = time.perf_counter()
    found = inspect(content, limits)
    seconds = time.perf_counter() - start
    return found.reason if isinstance(found, Fault) else "", round(seconds, 3), _memory("VmHWM") - before


def _warm(limits: ImageLimits) -> None:
    """Load what is loaded once, so that it counts for no file."""
    for form in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP", "PPM"):
        inspect(saved(picture(), form), limits)


def _memory(kind: str) -> int:
    """Bytes of memory that the process holds (VmRSS) or held at its peak (VmHWM)."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(kind))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
