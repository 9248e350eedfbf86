"""What the page carries for a couple: JSON, deflated, in base64; a browser inflates it when the couple is looked at."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

PACKED = 42_000
"""Bytes that a couple takes at most; with what is searched in it, 1,000 pairs are at most 25 MB."""


def packed(content: Any) -> str:
    """Text that holds no sign which means anything in HTML. Equal contents give equal texts."""
    said = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return base64.b64encode(zlib.compress(said, 9)).decode()


def unpacked(text: str) -> Any:
    """What was packed."""
    return json.loads(zlib.decompress(base64.b64decode(text)))
