"""`contextpairs export`: pairs in the form that a trainer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from contextpairs.pipelines.cli.arguments import Config, fail

if TYPE_CHECKING:
    from contextpairs.pipelines.interface.results import ExportResult


def export_command(
    given: Annotated[
        list[str] | None, typer.Argument(metavar="STORE... [KEY=VALUE]...", help="Stores, then fields: to=, dest= ...")
    ] = None,
    config: Config = None,
) -> None:
    """Export pairs for TRL, verl, EasyR1, SkyRL, `datasets`, chat training or the hub (to=, dest=)."""
    from contextpairs.pipelines.interface.jobs import export

    try:
        exported = export(*given or (), config=config or ())
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        fail(error)
    _say(exported)


def _say(exported: ExportResult) -> None:
    from contextpairs.data.exports.forms import FORMS
    from contextpairs.data.exports.readme import start_of

    record = exported.record
    versions = ", ".join(f"{domain} {version}" for domain, version in exported.versions.items())
    rows = ", ".join(f"{count} {split}" for split, count in exported.rows.items())
    state = "exported" if exported.created else "unchanged: the same export was there already:"
    typer.echo(f"{state} {versions} as {exported.form}: {rows} records")
    typer.echo(exported.path)
    if exported.form in FORMS:
        typer.echo(f"\nTo start a run:\n\n{start_of(FORMS[exported.form], record.splits, exported.path)}")
