"""Text that no tokenizer, chat template or image processor takes for anything but text."""

from __future__ import annotations

import re

CONTROL_TOKEN = re.compile(
    r"<(?=[|\uff5c][^|\uff5c<>\s]{1,40}[|\uff5c]>)"
    r"|<(?=/?(?:s|bos|eos|pad|unk|think|start_of_turn|end_of_turn|start_of_image|end_of_image|end_of_utterance)>)"
    r"|<(?=(?:image_soft_token|IMG_CONTEXT|fake_token_around_image|global-img)>)"
    r"|<(?=</?SYS>>)"
    r"|\[(?=/?(?:INST|AVAILABLE_TOOLS|TOOL_RESULTS|SYSTEM_PROMPT|THINK)\]|(?:TOOL_CALLS|IMG|IMG_BREAK|IMG_END)\])",
)
"""Starts of chat template tokens: a tokenizer would take them for the end of our message, or for an image.

Those of the Qwen, Llama, Mistral, Gemma, DeepSeek, InternVL and SmolVLM families.
"""
PLACEHOLDER = re.compile(r"<(?=(?:image|video|audio|img)>)", re.IGNORECASE)
"""Starts of what trainers replace by an image."""


def clean(text: str) -> str:
    """Text that any server reads as data: no lone surrogates, no NUL, no live chat template tokens."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")
    return CONTROL_TOKEN.sub(lambda start: start[0] + " ", whole)


def plain(text: str) -> str:
    """`clean` text without live image placeholders: where an image stands is for the prompt alone to say."""
    return PLACEHOLDER.sub(lambda start: start[0] + " ", clean(text))
