"""What every kind of rendered scene offers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from PIL.Image import Image


class SceneQuestion(NamedTuple):
    """A question with exact truth.

    Attributes:
        kind: what is asked: colour, count, presence, shape, size, position, text, comparison.
        question: its text.
        answer: its answer, which the scene's description determines.
    """

    kind: str
    question: str
    answer: str


class Scene(Protocol):
    """A described picture."""

    @property
    def domain(self) -> str:
        """Kind of scene."""
        ...

    def asked(self) -> tuple[SceneQuestion, ...]:
        """Every question that has one exact answer here."""
        ...

    def draw(self) -> Image:
        """The picture, RGB; equal descriptions give equal pixels."""
        ...
