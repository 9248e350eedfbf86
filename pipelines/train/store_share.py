"""Several stores of pairs in one run, as they are configured."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from pydantic import Field, field_validator

from contextpairs.data.store.settings import Settings

PLACES = 4


class StoreShare(Settings):
    """A store of pairs, and which part of every batch it gives."""

    store: str
    """Folder or fsspec URL."""
    version: str = "latest"
    """Version of it."""
    share: float = Field(gt=0, le=1)
    """Part of every batch of pairs, of at most four decimals; those of all stores add up to 1. Over 100 steps it is
    exact wherever it makes a whole number of pairs."""

    @field_validator("share")
    @classmethod
    def _short(cls, share: float) -> float:
        if round(share, PLACES) != share:
            raise ValueError(f"expected at most {PLACES} decimals")
        return share

    @property
    def fraction(self) -> Fraction:
        """The share, exactly as it is written."""
        return Fraction(str(self.share))


def whole(stores: Sequence[StoreShare]) -> Fraction:
    """What the shares of stores add up to."""
    return sum((each.fraction for each in stores), Fraction())
