"""Pictures that every reader decodes alike. Trainers take `convert("RGB")` of a file: not always what was checked.

To Pillow alone a 16-bit picture is white, transparency is black, a photo lies on its side and a wide gamut is read as
sRGB. Such a file is handed on as the PNG of what was checked; all others as they came.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.imaging.send import LOOKED_AT, as_png
from contextpairs.data.imaging.structure import format_of

PLAIN_FORMATS = ("PNG", "JPEG")
PLAIN_MODES = ("RGB", "L")
CHANGING = ("transparency", "icc_profile", "exif", "Raw profile type exif")
"""What in a file of eight bits makes a plain decoder show something else."""


@dataclass(frozen=True, slots=True)
class Original:
    """The file that a checked PNG stands for.

    Attributes:
        sha256: of its bytes, 64 hex digits.
        format: by content.
        mode: of Pillow.
    """

    sha256: str
    format: str
    mode: str

    def as_dict(self) -> dict[str, Any]:
        """Its fields."""
        return asdict(self)


def plain_file(content: bytes, limits: ImageLimits = LOOKED_AT) -> tuple[bytes, Original | None]:
    """The file where a plain decoder shows what was checked, else a PNG of that and what it was made from.

    Raises:
        ValueError: the image cannot be decoded; says why.
    """
    mode, plain = _header(content)
    if plain:
        return content, None
    checked = rgb(content, limits)
    if _plainly(content) == (checked.size, checked.tobytes()):
        return content, None
    return as_png(checked), Original(hashlib.sha256(content).hexdigest(), format_of(content), mode)


def plain_image(image: dict[str, Any]) -> tuple[dict[str, Any], Original | None]:
    """The same for {bytes, path}: a picture that became a PNG is named as one."""
    content, original = plain_file(image["bytes"])
    if original is None:
        return image, None
    name = image["path"]
    return {"bytes": content, "path": str(PurePosixPath(name).with_suffix(".png")) if name else name}, original


def _header(content: bytes) -> tuple[str, bool]:
    """Mode, and whether the header alone says that every decoder shows the same."""
    from PIL import Image

    with Image.open(BytesIO(content)) as image:
        is_plain = image.format in PLAIN_FORMATS and image.mode in PLAIN_MODES
        return image.mode, is_plain and not any(name in image.info for name in CHANGING)


def _plainly(content: bytes) -> tuple[tuple[int, int], bytes] | None:
    """What trainers see: size and pixels of the first frame by Pillow's own conversion; None where it has none."""
    from PIL import Image

    try:
        with Image.open(BytesIO(content)) as image:
            shown = image.convert("RGB")
            return shown.size, shown.tobytes()
    except (OSError, ValueError, SyntaxError):
        return None
