"""Pictures in a NumPy array: read one by one from its file, never unpickled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.lib.format as npy

CHANNELS = (1, 3)


class ArrayFile:
    """An array of pictures, shape (n, height, width) or (n, height, width, channels), uint8, in the file's order.

    Attributes:
        count: pictures.
        picture_bytes: of one picture, as its pixels.
    """

    def __init__(self, file: Any) -> None:
        """Raises:
        ValueError: it is no such array, or holds Python objects.
        """
        self._file = file
        file.seek(0)
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, kind = read(file)
        if kind != np.uint8 or fortran or len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in CHANNELS):
            expected = "expected uint8 of shape (n, height, width) or (n, height, width, 1 or 3)"
            raise ValueError(f"an array of {kind} of shape {shape}; {expected}")
        self.count, self._shape = shape[0], shape[1:]
        self.picture_bytes = math.prod(self._shape)
        self._start = file.tell()

    def png(self, at: int) -> bytes:
        """A picture as a PNG file.

        Raises:
            EOFError: the file ends before it.
        """
        from PIL import Image

        from contextpairs.data.imaging.send import as_png

        self._file.seek(self._start + at * self.picture_bytes)
        pixels = self._file.read(self.picture_bytes)
        if len(pixels) < self.picture_bytes:
            raise EOFError(f"the array ends before its picture {at}")
        array = np.frombuffer(pixels, np.uint8).reshape(self._shape)
        return as_png(Image.fromarray(array[..., 0] if array.ndim == 3 and array.shape[2] == 1 else array), level=1)
