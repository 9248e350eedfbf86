"""A pair as a model is asked about it: one user message that holds query, answer and both contexts as options A and B.

Trainer, probe and exports all show pairs in this form (ContextRL, arXiv 2606.17053), so what one measures the other
trains. Images stand in the text as `<image>`, in the order of the list beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from contextpairs.data.pairs.chat_text import plain
from contextpairs.data.pairs.schemas import LETTERS
from contextpairs.data.store.settings import Settings

Letter: TypeAlias = Literal["A", "B"]

IMAGE = "<image>"
"""Stands in a text for one image."""
TEMPLATE = "{query}\n\nAnswer:\n{answer}\n\nOption A:\n{first}\n\nOption B:\n{second}\n\n{suffix}"


class PromptOptions(Settings):
    """How pairs are shown to a model."""

    suffix: str = "Which option supports the answer? Output A or B directly."
    """Closes the message."""
    prefill: str = ""
    """Start of the model's reply, such as "The correct option is"; the letter follows it."""
    system: str = ""
    """System message; none where empty."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A pair ready to be asked about.

    Attributes:
        pair_id: of the row.
        text: the user message; one `<image>` for each of `images`, and none besides.
        images: {bytes, path} of each image, in the order of their places; empty for coding pairs.
        letter: the option that supports the answer.
    """

    pair_id: str
    text: str
    images: tuple[Mapping[str, Any], ...]
    letter: Letter


def other(letter: Letter) -> Letter:
    """The letter of the other option."""
    return "B" if letter == "A" else "A"


def show(row: Mapping[str, Any], options: PromptOptions | None = None, letter: Letter | None = None) -> Shown:
    """Show a pair row of either domain.

    Args:
        row: pair_id, query, answer, positive, negative and label; a context is a list of {role, content} turns, or
            {bytes, path} of an image.
        options: how pairs are shown.
        letter: where the positive stands; by default where the row's label says.

    Raises:
        ValueError: a field is missing or no context; names pair and field.
    """
    options = options or PromptOptions()
    at = letter or _label(row)
    contexts = [_field(row, name) for name in ("positive", "negative")]
    first, second = contexts if at == "A" else contexts[::-1]
    text = TEMPLATE.format_map(
        {
            "query": plain(_field(row, "query")),
            "answer": plain(_field(row, "answer")),
            "first": _context_text(row, first),
            "second": _context_text(row, second),
            "suffix": options.suffix,
        }
    ).rstrip("\n")
    images = tuple(each for each in (first, second) if isinstance(each, Mapping))
    return Shown(_field(row, "pair_id"), text, images, at)


def messages(shown: Shown, options: PromptOptions | None = None) -> list[dict[str, str]]:
    """The conversation up to the model's reply, contents as text with `<image>` placeholders."""
    system = (options or PromptOptions()).system
    start = [{"role": "system", "content": system}] if system else []
    return [*start, {"role": "user", "content": shown.text}]


def content_parts(text: str) -> list[dict[str, str]]:
    """A text with placeholders as a list of {type: text} and {type: image}, as chat templates of processors want it."""
    parts: list[dict[str, str]] = []
    for number, piece in enumerate(text.split(IMAGE)):
        if number:
            parts.append({"type": "image"})
        if piece:
            parts.append({"type": "text", "text": piece})
    return parts


def prompt_digest(options: PromptOptions) -> str:
    """Hash of the form that pairs are shown in, 16 hex digits."""
    said = "\n".join([TEMPLATE, options.suffix, options.prefill, options.system])
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _label(row: Mapping[str, Any]) -> Letter:
    label = _field(row, "label")
    if label not in LETTERS:
        raise ValueError(f"pair {row.get('pair_id', '?')}: label is {label!r}, expected 'A' or 'B'")
    return "A" if label == "A" else "B"


def _field(row: Mapping[str, Any], name: str) -> Any:
    if row.get(name) is None:
        raise ValueError(f"pair {row.get('pair_id', '?')}: column {name!r} is missing; found {sorted(row)}")
    return row[name]


def _context_text(row: Mapping[str, Any], context: Any) -> str:
    if isinstance(context, Mapping) and context.get("bytes"):
        return IMAGE
    try:
        return "\n\n".join(plain(f"[{turn['role']}]\n{turn['content']}") for turn in context)
    except (KeyError, TypeError):
        raise ValueError(
            f"pair {row.get('pair_id', '?')}: a context is neither a list of {{role, content}} turns nor an image as "
            "{bytes, path}"
        ) from None
