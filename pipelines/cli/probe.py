"""`contextpairs probe` and `contextpairs probe-table`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from contextpairs.pipelines.cli.arguments import Config, Overrides, fail, watched

if TYPE_CHECKING:
    from contextpairs.pipelines.probe.results import Results

Files = Annotated[list[Path], typer.Argument(help="Parquet files that `probe` wrote; the first is compared with.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown.")]


def probe_command(overrides: Overrides = None, config: Config = None) -> None:
    """How often a model selects the context that supports the answer: both orders of every pair."""
    from rich.console import Console

    from contextpairs.pipelines.interface.jobs import probe

    with watched() as terminal:
        probed = probe(*overrides or (), config=config or (), reporter=terminal)
    console = Console()
    _print(console, [probed.results])
    state = "written" if probed.created else "found finished, nothing was asked (again=true asks anew)"
    console.print(f"{state}: {probed.path}", highlight=False, soft_wrap=True)


def probe_table_command(files: Files, markdown: Markdown = False) -> None:
    """Compare probes of several models on the same pairs."""
    from rich.console import Console

    from contextpairs.pipelines.probe.results import read_results
    from contextpairs.pipelines.probe.tables import mixed, model_sheet

    try:
        results = [read_results(path) for path in files]
        if not markdown:
            _print(Console(), results)
        else:
            typer.echo(model_sheet(results).markdown())
            for note in mixed(results):
                typer.echo(f"\n{note}")
    except (ValueError, OSError) as error:
        fail(error)


def _print(console: Any, results: list[Results]) -> None:
    from contextpairs.pipelines.probe.reports import report
    from contextpairs.pipelines.probe.tables import mixed, model_sheet, part_sheet

    console.print(model_sheet(results).turned().rich())
    if len(results) == 1:
        console.print(part_sheet(report(results[0].rows)).rich())
    for note in mixed(results):
        console.print(note, highlight=False)
