"""`contextpairs export`: pairs in the form that a trainer reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contextpairs.pipelines.cli.arguments import Config, fail

if TYPE_CHECKING:
    from contextpairs.data.exports.exporting import Exported
    from contextpairs.pipelines.cli.export_config import ExportConfig


def export_command(
    given: Annotated[
        list[str] | None, typer.Argument(metavar="STORE... [KEY=VALUE]...", help="Stores, then fields: to=, dest= ...")
    ] = None,
    config: Config = None,
) -> None:
    """Export pairs for TRL, verl, EasyR1, SkyRL, `datasets`, chat training or the hub (to=, dest=)."""
    from contextpairs.pipelines.cli.export_config import export_pairs

    try:
        settings = load_export_config(config or [], given or [])
        exported = export_pairs(settings)
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        fail(error)
    _say(settings, exported)


def load_export_config(files: list[Path], given: list[str]) -> ExportConfig:
    """The configuration from YAML files, stores (arguments without `=`) and overrides. Raises ConfigError."""
    from contextpairs.pipelines.cli.export_config import ExportConfig
    from contextpairs.pipelines.run.config_files import load

    stores = [each for each in given if "=" not in each]
    overrides = [each for each in given if "=" in each]
    return load(ExportConfig, files, [*([f"stores={json.dumps(stores)}"] if stores else []), *overrides])


def _say(settings: ExportConfig, exported: Exported) -> None:
    from contextpairs.data.exports.forms import FORMS
    from contextpairs.data.exports.readme import start_of

    record = exported.record
    versions = ", ".join(f"{source.domain} {source.version}" for source in record.sources)
    rows = ", ".join(f"{count} {split}" for split, count in record.rows.items())
    state = "exported" if exported.created else "unchanged: the same export was there already:"
    typer.echo(f"{state} {versions} as {settings.to}: {rows} records")
    typer.echo(exported.url)
    if settings.to in FORMS:
        typer.echo(f"\nTo start a run:\n\n{start_of(FORMS[settings.to], record.splits, exported.url)}")
