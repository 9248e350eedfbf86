"""Which edits are proposed, and with which words."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contextpairs.builders.images.proposals.effects import Vocabulary
from contextpairs.data.store.settings import Settings

Kind = Literal["colour", "count", "presence", "shape", "size", "position", "text"]
KINDS: tuple[Kind, ...] = ("colour", "count", "presence", "shape", "size", "position", "text")
OTHER_SIZES = ("big", "little", "tiny", "huge")
"""Words for sizes that are understood but not proposed."""


class ProposalOptions(Settings):
    """Which edits are proposed for a question, and with which words. The defaults suit photographs and drawings."""

    kinds: tuple[Kind, ...] = KINDS
    """Kinds of questions that are answered anew."""
    colors: tuple[str, ...] = (
        "red", "blue", "green", "yellow", "orange", "purple", "pink", "brown", "black", "white", "gray",
    )  # fmt: skip
    """New colors, where the question's other answers and options give none."""
    shapes: tuple[str, ...] = ("circle", "square", "triangle", "rectangle", "star", "heart", "hexagon", "cross")
    """New shapes, likewise."""
    sizes: tuple[str, ...] = ("small", "large")
    """New sizes, likewise."""
    places: tuple[str, ...] = (
        "left", "right", "top", "bottom", "center", "top left", "top right", "bottom left", "bottom right",
    )  # fmt: skip
    """New places in the image, likewise."""
    texts: tuple[str, ...] = ("open", "sale", "hotel", "market", "north", "welcome", "garden", "music", "coffee")
    """New writings, likewise; numbers and letters are drawn."""
    per_image: int | None = Field(default=1, ge=1)
    """Proposals of an image at most; in a build None takes as many as an image is tried (`editing.tries`)."""
    max_count: int = Field(default=9, ge=1)
    """Largest number that is proposed, and from which one is counted down."""
    concrete: bool = False
    """Say color, shape and place of what is added, and keep to the vocabularies: then one outcome alone is right."""
    known_only: bool = True
    """Where the question has other answers elsewhere in the data, propose none but those: an answer that only edited
    images have tells them from the others."""
    avoid_entangled: bool = True
    """Drop edits that change the answer of another question of the image; else they only come last."""

    def vocabulary(self) -> Vocabulary:
        """Words that are attributes of things."""
        return Vocabulary(frozenset(self.colors), frozenset([*self.sizes, *OTHER_SIZES]), frozenset(self.shapes))
