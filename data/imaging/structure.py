"""What the structure of a file says: its format, its frames, and whether reading its headers alone would cost too much.

Lengths are followed and nothing is decompressed, so that a file is judged before a decoder sees it.
"""

from __future__ import annotations

import re

from contextpairs.data.imaging.jpeg import end_of_jpeg
from contextpairs.data.imaging.limits import Refused
from contextpairs.data.imaging.png import check_chunks
from contextpairs.data.imaging.tiff import tiff_pages

SIGNATURES = {
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "WEBP": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "GIF": re.compile(rb"GIF8[79]a"),
    "BMP": re.compile(rb"BM"),
    "TIFF": re.compile(rb"II[*+]\0|MM\0[*+]"),
    "PPM": re.compile(rb"P[1-6f][\s#]"),
    "AVIF": re.compile(rb".{4}ftyp(?:avif|avis|mif1|msf1)", re.DOTALL),
}
"""Formats that are read, by content. Others are refused: no vector graphics, nothing that runs a program."""
MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!doctype|html|svg)", re.IGNORECASE)
MOST_BLOCKS = 2**16
"""Blocks of comments and the like before the first frame of a GIF: each becomes an object."""
MOST_PPM_HEADER = 4096
"""Bytes in which the header of a PPM has to be over: Pillow reads it byte by byte."""
MOST_COMMENTS = 1000
"""Comments in a PPM whose pixels are text: Pillow cuts them out one by one."""
PPM_NUMBER = rb"(?:\s|#[^\r\n]*[\r\n])+[-+.\de]+"
PPM_HEADER = re.compile(rb"P(?:[14](?:%b){2}|[2356f](?:%b){3})\s" % (PPM_NUMBER, PPM_NUMBER))
"""Kind, width and height, and for all but bitmaps the highest value; comments may stand before each."""


def format_of(content: bytes) -> str:
    """The format by content.

    Raises:
        Refused: none of the formats that are read.
    """
    for name, signature in SIGNATURES.items():
        if signature.match(content):
            return name
    if MARKUP.match(content[:1024]):
        raise Refused("unsupported-format", "markup (SVG, HTML or XML), expected pixels: " + ", ".join(SIGNATURES))
    raise Refused("no-image", f"begins with {content[:12]!r}; expected one of {', '.join(SIGNATURES)}")


def check_structure(content: bytes, form: str, most: int) -> int | None:
    """Frames, counted up to `most`; None where the decoder says it cheaply.

    Raises:
        Refused: the structure is broken, or made to cost.
    """
    if form == "PNG":
        check_chunks(content)
    elif form == "JPEG":
        end_of_jpeg(content)
    elif form == "PPM":
        check_ppm(content)
    elif form == "GIF":
        return gif_frames(content, most)
    elif form == "TIFF":
        return tiff_pages(content, most)
    return None


def gif_frames(content: bytes, most: int) -> int:
    """Frames of a GIF, counted up to `most`; what follows the last whole one does not count."""
    flags = content[10] if len(content) > 10 else 0
    at = 13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
    frames = blocks = 0
    while frames < most and at + 9 < len(content):
        if content[at] == 0x2C:
            frames += 1
            flags = content[at + 9]
            at, _ = _past_blocks(content, at + 11 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0))
        elif content[at] == 0x21:
            at, more = _past_blocks(content, at + 2)
            blocks += 0 if frames else more
        else:
            break
        if blocks > MOST_BLOCKS:
            raise Refused("too-much-metadata", f"more than {MOST_BLOCKS} blocks before the first frame of a GIF")
    if not frames:
        raise Refused("broken-image", f"no frame up to byte {at} of a GIF, expected at least one")
    return frames


def _past_blocks(content: bytes, at: int) -> tuple[int, int]:
    """Where a chain of blocks ends, and their number."""
    blocks = 0
    while at < len(content) and content[at]:
        at += content[at] + 1
        blocks += 1
    return at + 1, blocks


def check_ppm(content: bytes) -> None:
    """Refuse a PPM of a long header or of many comments."""
    if not PPM_HEADER.match(content[:MOST_PPM_HEADER]):
        raise Refused("broken-image", f"no size and highest value in the first {MOST_PPM_HEADER} bytes of a PPM")
    if content[1:2] in b"123" and content.count(b"#") > MOST_COMMENTS:
        raise Refused("too-much-metadata", f"more than {MOST_COMMENTS} comments in a PPM; save the file anew")
