"""Visual question answering rows as every reader hands them out, and what is known of an image without a model."""

from __future__ import annotations

from typing import NamedTuple

THUMBNAIL = 16
"""Width and height of `ImageFacts.thumbnail`."""


class Question(NamedTuple):
    """One question of an image.

    Attributes:
        question: the text, without image placeholders and without the list of options.
        answer: the text of the answer: an option letter is resolved to its option.
        choices: the options, where the row has them.
        locale: languages of question and answer; "" as long as none is known.
    """

    question: str
    answer: str
    choices: tuple[str, ...] = ()
    locale: str = ""


class VqaRow(NamedTuple):
    """One row of a source: an image with its questions.

    Attributes:
        source: URI of the file or data set.
        row: number of the row within the source, from 0.
        key: the row's own id, or "".
        domain: kind of image, as the row or the configuration says.
        license: licence of the row, or None.
        name: file name of the image as it came, or None.
        image: the image's bytes as they came.
        questions: at least one.
    """

    source: str
    row: int
    key: str
    domain: str
    license: str | None
    name: str | None
    image: bytes
    questions: tuple[Question, ...]


class ImageFacts(NamedTuple):
    """What is known of an image once it was decoded safely.

    Attributes:
        image_id: sha256 of the bytes, 64 hex digits.
        format: as the content says ("PNG", "JPEG", ...), whatever the name.
        width: pixels, after the EXIF orientation.
        height: pixels, after the EXIF orientation.
        frames: number of frames.
        size: bytes of the file.
        pixel_hash: hash over size and RGB pixels of the first frame as models see it, 32 hex digits: equal pictures in
            other files have it equal.
        phash: 64-bit perceptual hash (DCT of the luminance) as a signed integer; small Hamming distance: look alike.
        thumbnail: 16 x 16 RGB means, 768 bytes: sees the colours that `phash` does not.
        brightness: mean luminance, 0 to 255.
        sharpness: variance of the Laplacian of the luminance.
        contrast: greatest standard deviation of a channel, in levels.
        outline: `contextpairs.data.imaging.alignment.Outline` as stored, of pictures that may have copies; else empty.
    """

    image_id: str
    format: str
    width: int
    height: int
    frames: int
    size: int
    pixel_hash: str
    phash: int
    thumbnail: bytes
    brightness: float
    sharpness: float
    contrast: float = 0.0
    outline: bytes = b""
