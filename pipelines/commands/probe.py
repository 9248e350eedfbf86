"""`contextpairs probe` and `contextpairs probe-table`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.commands.arguments import Config, Overrides, fail

if TYPE_CHECKING:
    from pipelines.probing.results import Results

Files = Annotated[list[Path], typer.Argument(help="Parquet files that `probe` wrote; the first is compared with.")]
Markdown = Annotated[bool, typer.Option("--markdown", help="Print Markdown.")]


def probe_command(overrides: Overrides = None, config: Config = None) -> None:
    """How often a model selects the context that supports the answer: both orders of every pair."""
    from rich.console import Console

    from pipelines.loading import load
    from pipelines.probing.config import ProbeConfig
    from pipelines.probing.run import probe
    from pipelines.terminal import Terminal

    console = Console()
    terminal = Terminal(console)
    try:
        with terminal:
            probed = probe(load(ProbeConfig, config or [], overrides or []), terminal)
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        fail(error)
    _print(console, [probed.results])
    state = "found finished, nothing was asked (again=true asks anew)" if probed.reused else "written"
    console.print(f"{state}: {probed.path}", highlight=False, soft_wrap=True)


def probe_table_command(files: Files, markdown: Markdown = False) -> None:
    """Compare probes of several models on the same pairs."""
    from rich.console import Console

    from pipelines.probing.results import read_results
    from pipelines.probing.tables import mixed, model_sheet

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
    from pipelines.probing.reports import report
    from pipelines.probing.tables import mixed, model_sheet, part_sheet

    console.print(model_sheet(results).turned().rich())
    if len(results) == 1:
        console.print(part_sheet(report(results[0].rows)).rich())
    for note in mixed(results):
        console.print(note, highlight=False)
