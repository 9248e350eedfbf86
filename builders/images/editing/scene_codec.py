"""An original and its edit as one hand drew both: what an editor's codec leaves is on either picture, in one area.

A diffusion editor decodes its whole picture from latents: tints drift, corners round off, specks appear, and "edited"
can be told from any corner. So of the edit only the area of its change is taken, and the same area of the original from
the original's own way through the codec. Around it both are the original, pixel for pixel. The area is the changed
pixels with a margin, not the box around them: in a box stand things and ground that the editor drew anew from what it
predicted, and the codec from what it saw, and the two can be told apart.
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
MARGIN = 2
"""Pixels around a changed one that belong to the area: edges are smooth, and fall below the level before they end."""


class AlikePictures(NamedTuple):
    """Both pictures of a couple, RGB."""

    original: Image
    edited: Image


def alike(original: Image, redrawn: Image, edited: Image) -> AlikePictures:
    """Both pictures as the original outside of the edit's area, and as the codec drew them inside.

    Args:
        original: RGB.
        redrawn: the original after its way through the editor's codec, of the same size.
        edited: what the editor gave, of the same size.
    """
    from PIL import Image

    ground, before, after = (np.asarray(each.convert("RGB")) for each in (original, redrawn, edited))
    inside = _area(np.abs(after.astype(np.int16) - before).max(axis=2) > LEVEL)[..., None]
    shown: tuple[Any, Any] = np.where(inside, before, ground), np.where(inside, after, ground)
    return AlikePictures(*(Image.fromarray(each) for each in shown))


def _area(changed: Bools) -> Bools:
    """The changed pixels and those that lie within the margin of one, rows and columns counted alike."""
    from scipy.ndimage import maximum_filter

    return np.asarray(maximum_filter(changed, 2 * MARGIN + 1, mode="constant"))
