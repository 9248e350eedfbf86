"""What a PPM costs before its pixels: Pillow reads its header byte by byte and cuts its comments out one by one."""

from __future__ import annotations

import re

from contextpairs.data.imaging.fault import Refused

MOST_HEADER = 4096
"""Bytes in which the header has to be over."""
MOST_COMMENTS = 1000
"""Comments in a file whose pixels are text."""
NUMBER = rb"(?:\s|#[^\r\n]*[\r\n])+[-+.\de]+"
HEADER = re.compile(rb"P(?:[14](?:%b){2}|[2356f](?:%b){3})\s" % (NUMBER, NUMBER))
"""Kind, width and height, and for all but bitmaps the highest value; comments may stand before each."""


def check_ppm(content: bytes) -> None:
    """Refuse a PPM of a long header or of many comments."""
    if not HEADER.match(content[:MOST_HEADER]):
        raise Refused("broken-image", f"no width, height and highest value in the first {MOST_HEADER} bytes of a PPM")
    if content[1:2] in b"123" and content.count(b"#") > MOST_COMMENTS:
        raise Refused("too-much-metadata", f"more than {MOST_COMMENTS} comments in a PPM; save the file anew")
