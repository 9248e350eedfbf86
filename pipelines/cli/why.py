"""`contextpairs why`: what a run lost for which reason, with examples and what to do; after a build in short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from contextpairs.data.sources.files.safe_text import one_line

if TYPE_CHECKING:
    from contextpairs.data.store.run_records import RunExample, RunRecord
    from contextpairs.data.store.store import Store
    from contextpairs.pipelines.cli.losses import Loss

COSTLIEST = 5
"""Reasons that are told where none is named."""
EXAMPLES = 5
"""Of a reason that is named."""


def why_command(
    out: Annotated[str, typer.Argument(metavar="STORE", help="Store: folder or fsspec URL.")],
    reason: Annotated[str | None, typer.Argument(help="As the funnel names it. Default: the five costliest.")] = None,
    count: Annotated[
        int | None, typer.Option("-n", min=1, max=20, help="Examples of each. Default: 1, of a named reason 5.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="Id of a run. Default: the newest, published or not.")] = None,
) -> None:
    """Tell why rows were dropped: the costliest reasons of a run, or more examples of one."""
    from contextpairs.data.store.store import Store

    try:
        record = _record(Store(out), out, run)
        lines = _of_reason(record, reason, count or EXAMPLES) if reason else account(record, count or 1, means=True)
    except LookupError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    typer.echo(_head(record))
    for line in lines:
        typer.echo(line)


def account(record: RunRecord, examples: int = 1, *, means: bool = False) -> list[str]:
    """The costliest reasons of a run and advice on the whole of it, in lines for a terminal.

    Args:
        record: of the run.
        examples: of each reason.
        means: whether each reason is told in words, too.
    """
    from contextpairs.pipelines.cli.hints import hints
    from contextpairs.pipelines.cli.losses import losses

    costliest = losses(record)[:COSTLIEST]
    told = [line for loss in costliest for line in _loss_lines(loss, examples, means)]
    head = ["what cost most (more: contextpairs why STORE REASON -n 20):"] if told else []
    return [*head, *told, *(f"note: {hint}" for hint in hints(record))]


def _record(store: Store, out: str, run: str | None) -> RunRecord:
    """The record of a run. Raises LookupError where there is none."""
    from contextpairs.data.store.run_records import run_records

    found = next((each for each in run_records(store) if run in (None, each.id)), None)
    if found is None:
        there = ", ".join(each.id for each in islice(run_records(store), COSTLIEST))
        raise LookupError(
            f"{out}: no record of run {run}; the newest are: {there}"
            if there
            else f"{out} holds no record of a run: give the folder or URL that was out= of a build"
        )
    return found


def _head(record: RunRecord) -> str:
    ended = f"{record.outcome} {record.version}" if record.version else f"{record.outcome}, nothing published"
    error = f": {one_line(record.error)}" if record.error else ""
    return f"run {record.id}: {ended}{error}"


def _of_reason(record: RunRecord, reason: str, count: int) -> list[str]:
    """All that is known of one reason. Raises LookupError where the run lost nothing for it."""
    from contextpairs.pipelines.cli.losses import losses

    found = losses(record)
    lines = [line for loss in found if loss.reason == reason for line in _loss_lines(loss, count, means=True)]
    if not lines:
        raise LookupError(
            f"run {record.id} lost nothing for {reason!r}; it lost for: "
            f"{', '.join(dict.fromkeys(loss.reason for loss in found)) or 'no reason'}"
        )
    return lines


def _loss_lines(loss: Loss, examples: int, means: bool) -> Iterator[str]:
    share = f"{loss.count:,} of {loss.line.rows_in:,} {loss.line.unit} ({100 * loss.share:.0f} %)"
    yield f"  {loss.line.stage}: {loss.reason}, {share}"
    if means and loss.means:
        yield f"      means: {loss.means}"
    yield from (f"      for example: {line}" for line in _example_lines(loss.examples[:examples]))
    if loss.remedy:
        yield f"      what to do: {loss.remedy}"


def _example_lines(examples: Sequence[RunExample]) -> Iterator[str]:
    """File, row and detail; a detail that names its file already is not told twice."""
    for each in examples:
        place = f"{each.source} row {each.row}" if each.source and each.row >= 0 else each.source
        detail = each.detail.removeprefix(f"{place}: ").removeprefix(f"{each.source}: ")
        yield ": ".join(one_line(part) for part in (place, detail) if part) or one_line(each.key)
