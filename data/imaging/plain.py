"""Pictures that every reader decodes alike. Trainers decode a file as it is stored, or turn it upright first, and take
`convert("RGB")`: not always what was checked.

To Pillow alone a 16-bit picture is white, transparency is black, a photo lies on its side and a wide gamut is read as
sRGB. Such a file is handed on as the PNG of what was checked; all others as they came.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.imaging.send import LOOKED_AT, as_png, common_format
from contextpairs.data.imaging.structure import format_of

if TYPE_CHECKING:
    from PIL.Image import Image

PLAIN_FORMATS = ("PNG", "JPEG")
PLAIN_MODES = ("RGB", "L")
NUMBERED_MODES = ("1", "P", "PA")
"""Pixels are numbers of colours: of such a picture a trainer that makes it smaller before it converts it, as EasyR1
does, takes single ones."""
UNHEEDED = frozenset(
    {"dpi", "aspect", "jfif", "jfif_version", "jfif_unit", "jfif_density", "adobe", "adobe_transform", "comment",
     "progressive", "progression", "interlace", "gamma", "srgb", "chromaticity"}
)  # fmt: skip
"""What Pillow notes of a file and never acts upon; a file that says anything else is decoded as its readers do.

The limit that remains: gamma, chromaticity and the mark of sRGB in a PNG stay in it, and a decoder that is not Pillow,
such as a browser's, may show other shades by them. Every trainer that is exported to decodes with Pillow.
"""


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
    """The file where every reader shows what was checked, else a PNG of that and what it was made from.

    Raises:
        ValueError: the image cannot be decoded; says why.
    """
    image = _opened(content)
    if _is_plain(image):
        return content, None
    checked = rgb(content, limits)
    mode = image.mode if image else ""
    if mode not in NUMBERED_MODES and _shown_alike(image, checked):
        return content, None
    return as_png(checked), Original(hashlib.sha256(content).hexdigest(), format_of(content), mode)


def plain_image(image: dict[str, Any]) -> tuple[dict[str, Any], Original | None]:
    """The same for {bytes, path}: a picture that became a PNG is named as one."""
    content, original = plain_file(image["bytes"])
    if original is None:
        return image, None
    name = image["path"]
    return {"bytes": content, "path": str(PurePosixPath(name).with_suffix(".png")) if name else name}, original


def sendable(content: bytes, convert: Callable[[bytes], bytes]) -> bytes:
    """The image as it came where endpoints take its format (PNG, JPEG, WebP, GIF) and every reader shows what was
    checked, else what `convert` makes of it.

    Raises:
        ValueError: `convert` gave another format.
    """
    image = _opened(content) if common_format(content) else None
    if image and (_is_plain(image) or _shown_alike(image, rgb(content, LOOKED_AT))):
        return content
    converted = convert(content)
    if not common_format(converted):
        raise ValueError("the converter gave no PNG, JPEG, WebP or GIF; expected a PNG file's bytes")
    return converted


def _opened(content: bytes) -> Image | None:
    """The first frame as Pillow decodes it, with all that it notes: a PNG may say behind its pixels how it was held."""
    from PIL import Image

    try:
        image = Image.open(BytesIO(content))
        image.load()
        return image
    except Exception:  # Pillow raises almost anything on broken files; why is said when they are checked.
        return None


def _is_plain(image: Image | None) -> bool:
    """Whether what Pillow notes of a file alone says that every reader shows the same."""
    if image is None or image.format not in PLAIN_FORMATS or image.mode not in PLAIN_MODES:
        return False
    return UNHEEDED.issuperset(image.info)


def _shown_alike(image: Image | None, checked: Image) -> bool:
    """Whether a reader shows what was checked, both one that decodes as it is stored, and one that turns it upright."""
    from PIL import ImageOps

    if image is None:
        return False
    try:
        shown = [each.convert("RGB") for each in (image, ImageOps.exif_transpose(image))]
    except Exception:  # As above: a reader fails too.
        return False
    return all((each.size, each.tobytes()) == (checked.size, checked.tobytes()) for each in shown)
