"""The command line: `contextpairs build coding`, and what looks after the versions it makes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from traceback import print_exception
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from contextpairs.data.sources.files.safe_text import safe
from contextpairs.pipelines.cli.arguments import Config, Out, Overrides, StorageOptions, fail, opened, warn, watched
from contextpairs.pipelines.cli.deploy import deploy_command, run_command
from contextpairs.pipelines.cli.exit_codes import OUR_FAULT, exit_code
from contextpairs.pipelines.cli.interrupts import end_on_signals, message
from contextpairs.pipelines.cli.merge import merge_command
from contextpairs.pipelines.cli.probe import probe_command, probe_table_command
from contextpairs.pipelines.cli.store_life import (
    gc_command,
    prune_command,
    quarantine_command,
    rollback_command,
    tag_command,
    unpin_command,
)
from contextpairs.pipelines.cli.tasks import tasks
from contextpairs.pipelines.cli.train import train_command
from contextpairs.pipelines.cli.versions import diff_command, du_command, list_command, verify_command
from contextpairs.pipelines.cli.view import view_command
from contextpairs.pipelines.cli.why import why_command

if TYPE_CHECKING:
    from pydantic import BaseModel

    from contextpairs.pipelines.interface.results import BuildResult

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
build = typer.Typer(no_args_is_help=True, help="Build a version of pairs and publish it.")
app.add_typer(build, name="build")
app.add_typer(tasks, name="tasks")

Configured = Literal["coding", "images", "export", "merge", "probe", "tasks-coding", "tasks-images", "train"]


@app.callback()
def contextpairs() -> None:
    """Contrastive context pairs: build, audit, publish."""


@build.command("coding")
def build_coding_command(overrides: Overrides = None, config: Config = None) -> None:
    """Coding pairs from agent trajectories; without arguments, from the embedded sample."""
    from contextpairs.pipelines.interface.jobs import build_coding

    _build(build_coding, overrides, config)


@build.command("images")
def build_images_command(overrides: Overrides = None, config: Config = None) -> None:
    """Image pairs from visual question answering data; without arguments, from rendered scenes."""
    from contextpairs.pipelines.interface.jobs import build_images

    _build(build_images, overrides, config)


@app.command("rethreshold")
def rethreshold_command(
    out: Out,
    overrides: Overrides = None,
    version: Annotated[str, typer.Option(help="Whose settings and sources are taken.")] = "latest",
) -> None:
    """Build a version anew with other thresholds, from what is kept of its build: no model runs, the audit does."""
    from contextpairs.pipelines.interface.rethreshold import rethreshold

    with watched() as terminal:
        built = rethreshold(out, *overrides or (), version=version, reporter=terminal)
    _print_version(built)


def _build(job: Callable[..., BuildResult], overrides: Overrides, config: Config) -> None:
    with watched() as terminal:
        built = job(*overrides or (), config=config or (), reporter=terminal)
    _print_version(built)


def _print_version(built: BuildResult) -> None:
    from rich.console import Console

    from contextpairs.pipelines.run.terminal import audit_table

    console = Console()
    console.print(audit_table(built.manifest))
    rows = ", ".join(f"{count} {split}" for split, count in built.rows.items())
    state = "published" if built.created else "unchanged: equal content was already published as"
    console.print(f"{state} version {built.version}: {rows} pairs", highlight=False)
    console.print(safe(built.path), highlight=False, markup=False, soft_wrap=True)
    if built.pinned:
        console.print(f"latest stays pinned to {built.pinned}, until: contextpairs unpin", highlight=False)


@app.command("export")
def export_command(
    given: Annotated[
        list[str] | None, typer.Argument(metavar="STORE... [KEY=VALUE]...", help="Stores, then fields: to=, dest= ...")
    ] = None,
    config: Config = None,
) -> None:
    """Export pairs for TRL, verl, EasyR1, SkyRL, ContextRL, `datasets`, chat training or the hub (to=, dest=)."""
    from contextpairs.data.exports.forms import FORMS, form_named
    from contextpairs.pipelines.interface.jobs import export

    try:
        exported = export(*given or (), config=config or ())
    except (ValueError, LookupError, OSError, RuntimeError) as error:
        fail(error)
    versions = ", ".join(f"{domain} {version}" for domain, version in exported.versions.items())
    rows = ", ".join(f"{count} {split}" for split, count in exported.rows.items())
    for warning in exported.warnings:
        warn(warning)
    state = "exported" if exported.created else "unchanged: the same export was there already:"
    typer.echo(f"{state} {versions} as {exported.form}: {rows} records")
    typer.echo(exported.path)
    if exported.form in FORMS:
        form = form_named(exported.form, exported.record.sources[0].domain)
        typer.echo(f"\nTo start a run:\n\n{form.start_at(exported.path, exported.record.splits)}")


app.command("deploy")(deploy_command)
app.command("run")(run_command)
app.command("train")(train_command)
app.command("merge")(merge_command)
app.command("probe")(probe_command)
app.command("probe-table")(probe_table_command)
app.command("why")(why_command)


app.command("view")(view_command)
app.command("list")(list_command)
app.command("verify")(verify_command)
app.command("diff")(diff_command)
app.command("du")(du_command)
app.command("rollback")(rollback_command)
app.command("unpin")(unpin_command)
app.command("tag")(tag_command)
app.command("quarantine")(quarantine_command)
app.command("prune")(prune_command)
app.command("gc")(gc_command)


@app.command("show")
def show_pairs(
    out: Out,
    version: Annotated[str | None, typer.Option(help="Default: the latest.")] = None,
    split: Literal["train", "probe"] = "train",
    count: Annotated[int, typer.Option("-n", help="Pairs to show.")] = 1,
    seed: Annotated[int, typer.Option(help="Which pairs: another seed, another draw.")] = 0,
    png: Annotated[Path | None, typer.Option(help="Image pairs: also write one picture of them all.")] = None,
    storage: StorageOptions = None,
) -> None:
    """Print randomly drawn pairs in full, for reading with one's own eyes."""
    from contextpairs.pipelines.cli.describe import drawn, pair_text

    store = opened(out, storage)
    warn(store.pin_note(version or "latest"))
    version = store.resolved(version or "latest")
    manifest = store.manifest(version)
    if png and manifest.domain != "images":
        _fail(ValueError(f"{out} holds {manifest.domain} pairs; --png shows image pairs, `view` any"), 2)
    rows = drawn(store, version, split, count, seed)
    warn(manifest.old_mask(version))
    for row in rows:
        typer.echo(pair_text(row, manifest.domain))
    if png:
        _write_picture(rows, png)


def _write_picture(rows: list[dict[str, Any]], png: Path) -> None:
    from contextpairs.pipelines.images.contact_sheet import contact_sheet

    png.write_bytes(contact_sheet(rows))
    typer.echo(f"written: {png}")


@app.command("config")
def show_config(
    overrides: Overrides = None,
    config: Config = None,
    of: Annotated[Configured, typer.Option(help="Whose configuration.")] = "coding",
) -> None:
    """Print the merged configuration with the meaning of every field."""
    from contextpairs.pipelines.cli.describe import documented
    from contextpairs.pipelines.run.config_files import ConfigError, load

    try:
        typer.echo(documented(load(_config_model(of), config or [], overrides or [])))
    except ConfigError as error:
        _fail(error, 2)


def _config_model(of: Configured) -> type[BaseModel]:
    """A configuration; its module is imported only when it is asked for."""
    match of:
        case "coding":
            from contextpairs.pipelines.coding.config import CodingConfig

            return CodingConfig
        case "images":
            from contextpairs.pipelines.images.config import ImagesConfig

            return ImagesConfig
        case "export":
            from contextpairs.pipelines.cli.export import ExportConfig

            return ExportConfig
        case "train":
            from contextpairs.pipelines.train.config import TrainConfig

            return TrainConfig
        case "merge":
            from contextpairs.pipelines.train.merge_config import MergeConfig

            return MergeConfig
        case "probe":
            from contextpairs.pipelines.probe.config import ProbeConfig

            return ProbeConfig
        case "tasks-coding":
            from contextpairs.pipelines.tasks.coding_config import CodingTasksConfig

            return CodingTasksConfig
        case "tasks-images":
            from contextpairs.pipelines.tasks.images_config import ImageTasksConfig

            return ImageTasksConfig


def _fail(error: BaseException, code: int) -> NoReturn:
    typer.echo(safe(f"error: {error}"), err=True)
    raise typer.Exit(code)


def main() -> None:
    """Entry point of `contextpairs`. A version or store that is not there is said so, without a traceback."""
    os.environ.setdefault("PYTHONSAFEPATH", "1")  # workers, like the command, import nothing from the current folder
    end_on_signals()
    try:
        app()
    except SystemExit as end:
        warn(message(end.code))
        raise
    except Exception as raised:
        from contextpairs.data.store.told_errors import in_our_words

        error = in_our_words(raised)
        code = exit_code(error)
        if code == OUR_FAULT:
            print_exception(error)
        said = "a fault of ours, please report it" if code == OUR_FAULT else str(error)
        typer.echo(safe(f"error: {said}"), err=True)
        raise SystemExit(code) from None
