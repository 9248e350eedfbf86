"""What a configuration says of the columns of rows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

NOTHING: Mapping[str, str] = MappingProxyType({})


class ColumnMapping(NamedTuple):
    """Columns by what they are for; `a.b` reaches into objects, and into those of a list.

    Attributes:
        fields: field (image, question and so on) -> column.
        context: columns whose texts belong to the question, before it and in this order.
        ignore: columns whose texts are no part of it, with all that they hold.
    """

    fields: Mapping[str, str] = NOTHING
    context: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def within(self, column: str) -> ColumnMapping:
        """The same for the objects that a column holds: `qa.hint` is `hint` of each of them."""
        start = f"{column}."
        inner = (
            tuple(name.removeprefix(start) for name in names if name.startswith(start))
            for names in (self.context, self.ignore)
        )
        return ColumnMapping(NOTHING, *inner)

    def columns(self) -> tuple[str, ...]:
        """All columns that are to be read."""
        return (*self.fields.values(), *self.context)

    def takes(self, column: str) -> bool:
        """Whether a column is decided: it belongs to the question, or is left out."""
        return column in self.context or self.ignores(column)

    def ignores(self, column: str) -> bool:
        """Whether a column, or one that holds it, is left out."""
        return any(column == name or column.startswith(f"{name}.") for name in self.ignore)
