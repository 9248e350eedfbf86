"""Text that no tokenizer, chat template or image processor takes for anything but text."""

from __future__ import annotations

import re

CONTROL_TOKEN = re.compile(
    r"<(?=\|[^|<>\s]{1,40}\|>)"
    r"|<(?=/?(?:s|bos|eos|think|start_of_turn|end_of_turn|start_of_image)>)"
    r"|\[(?=/?INST\])",
)
"""Starts of chat template tokens: a tokenizer would take them for the end of our message."""
PLACEHOLDER = re.compile(r"<(?=(?:image|video|audio|img)>)", re.IGNORECASE)
"""Starts of what trainers replace by an image."""


def clean(text: str) -> str:
    """Text that any server reads as data: no lone surrogates, no NUL, no live chat template tokens."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    return CONTROL_TOKEN.sub(lambda start: start[0] + " ", whole)


def plain(text: str) -> str:
    """`clean` text without live image placeholders: where an image stands is for the prompt alone to say."""
    return PLACEHOLDER.sub(lambda start: start[0] + " ", clean(text))
