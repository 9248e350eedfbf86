"""An original and its edit as one hand drew both: what an editor's codec leaves is on either picture, in one box.

A diffusion editor decodes its whole picture from latents: tints drift, corners round off, specks appear, and "edited"
can be told from any corner. So of the edit only the box around its change is taken, and the same box of the original
from the original's own way through the codec. Around the box both are the original, pixel for pixel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

Bools = npt.NDArray[np.bool_]
LEVEL = 24
"""Levels of 255 by which a channel differs where an edit changed something: the codec's own errors lie below."""
MARGIN = 4
"""Pixels around the change that belong to its box: edges are smooth, and fall below the level before they end."""


class AlikePictures(NamedTuple):
    """Both pictures of a couple, RGB."""

    original: Image
    edited: Image


def alike(original: Image, redrawn: Image, edited: Image) -> AlikePictures:
    """Both pictures as the original outside of the edit's box, and as the codec drew them inside.

    Args:
        original: RGB.
        redrawn: the original after its way through the editor's codec, of the same size.
        edited: what the editor gave, of the same size.
    """
    from PIL import Image

    ground, before, after = (np.asarray(each.convert("RGB")) for each in (original, redrawn, edited))
    inside = _box(np.abs(after.astype(np.int16) - before).max(axis=2) > LEVEL)[..., None]
    shown: tuple[Any, Any] = np.where(inside, before, ground), np.where(inside, after, ground)
    return AlikePictures(*(Image.fromarray(each) for each in shown))


def _box(changed: Bools) -> Bools:
    """The pixels of the box around all change, with its margin; none where nothing changed."""
    inside = np.zeros_like(changed)
    rows, columns = np.nonzero(changed)
    if len(rows):
        inside[_reach(rows), _reach(columns)] = True
    return inside


def _reach(places: npt.NDArray[np.intp]) -> slice:
    return slice(max(0, int(places.min()) - MARGIN), int(places.max()) + MARGIN + 1)
