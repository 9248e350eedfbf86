"""Results as tables: several models on the same pairs, and one model by strategy and domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from contextpairs.pipelines.probe.reports import Comparison, Report, Slice, compare, report
from contextpairs.pipelines.probe.results import Results
from contextpairs.pipelines.probe.statistics import Estimate

if TYPE_CHECKING:
    from rich.table import Table

TITLE = "probe: percent with 95 % intervals over groups; chance is 50, and 25 in both orders"
MODEL_COLUMNS = (
    "model",
    "pairs (groups)",
    "right",
    "right in both orders",
    "chose A",
    "right at A minus at B",
    "P(A) + P(B)",
    "questions without a letter",
    "questions too long",
)
AGAINST = "right, against first"
PART_COLUMNS = ("part", "pairs (groups)", "right", "right in both orders")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of text."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """As Markdown."""
        lines = [self.columns, tuple("---" for _ in self.columns), *self.rows]
        return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)

    def turned(self) -> Sheet:
        """Columns as rows: what fits a terminal."""
        first, *rest = zip(self.columns, *self.rows, strict=True)
        return Sheet(self.title, first, tuple(rest))

    def rich(self) -> Table:
        """For a terminal."""
        from rich.table import Table
        from rich.text import Text

        table = Table(title=self.title, title_justify="left")
        for place, name in enumerate(self.columns):
            table.add_column(name, overflow="fold", no_wrap=place == 0)
        for row in self.rows:
            table.add_row(*(Text(cell) for cell in row))
        return table


def model_sheet(results: Sequence[Results]) -> Sheet:
    """One line a run; from the second on with its paired difference to the first, on the pairs both were asked.

    Raises:
        ValueError: a run asked no pair.
    """
    lines: list[tuple[str, ...]] = [
        (name, *_model_cells(each)) for name, each in zip(_names(results), results, strict=True)
    ]
    if len(results) == 1:
        return Sheet(TITLE, MODEL_COLUMNS, tuple(lines))
    differences = ["", *(_difference(compare(results[0].rows, each.rows)) for each in results[1:])]
    compared = ((*line, difference) for line, difference in zip(lines, differences, strict=True))
    return Sheet(TITLE, (*MODEL_COLUMNS, AGAINST), tuple(compared))


def part_sheet(found: Report) -> Sheet:
    """One model by strategy and by domain."""
    return Sheet("by strategy and domain", PART_COLUMNS, tuple(_part_lines(found)))


def mixed(results: Sequence[Results]) -> Iterator[str]:
    """What a reader of the lines beside each other should know: where runs differ in what was asked."""
    names = {
        "digest": "versions of the pairs",
        "prompt_digest": "forms of the prompt",
        "split": "splits",
        "half": "halves",
    }
    for field, name in names.items():
        found = sorted({str(each.facts.get(field))[:12] for each in results})
        if len(found) > 1:
            yield f"runs on different {name} ({', '.join(found)}): differences to the first are on common pairs alone"


def _names(results: Sequence[Results]) -> list[str]:
    """The models' names, with the start of their revision where several share one."""
    names = [str(each.facts["model"]) for each in results]
    revisions = [str(each.facts.get("revision", each.facts.get("endpoint")))[:8] for each in results]
    return [f"{name} ({at})" if names.count(name) > 1 else name for name, at in zip(names, revisions, strict=True)]


def _model_cells(results: Results) -> tuple[str, ...]:
    found = report(results.rows)
    mass = "" if found.letter_mass is None else f"{found.letter_mass:.3f}"
    return (
        _pairs(found.overall),
        percent(found.overall.accuracy),
        percent(found.overall.consistent),
        percent(found.chose_a) if found.chose_a else "",
        percent(found.a_minus_b, signed=True),
        mass,
        f"{found.outcomes.get('no-letter', 0):,}",
        _too_long(results),
    )


def _too_long(results: Results) -> str:
    """Questions, and the pairs that they are of."""
    ids = results.rows.filter(pc.equal(results.rows["outcome"], "too-long"))["pair_id"]
    return f"{len(ids):,} ({len(pc.unique(ids)):,} pairs)" if len(ids) else "0"


def _part_lines(found: Report) -> Iterator[tuple[str, ...]]:
    for kind, slices in (("strategy", found.by_strategy), ("domain", found.by_domain)):
        for name, each in slices.items():
            yield f"{kind} {name}", _pairs(each), percent(each.accuracy), percent(each.consistent)


def _pairs(part: Slice) -> str:
    return f"{part.consistent.n:,} ({part.consistent.groups:,})"


def _difference(found: Comparison | None) -> str:
    if found is None:
        return "no common pairs"
    return f"{percent(found.difference, signed=True)} on {found.consistent.n:,}"


def percent(estimate: Estimate, signed: bool = False) -> str:
    """An estimate as `52.3 [48.1, 56.5]`, in percent."""
    sign = "+" if signed else ""
    return f"{100 * estimate.value:{sign}.1f} [{100 * estimate.low:{sign}.1f}, {100 * estimate.high:{sign}.1f}]"
