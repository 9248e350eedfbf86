"""Commands that look at the versions of a store: list, verify, diff, du."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from contextpairs.pipelines.cli.arguments import AsJson, Out, StorageOptions, WorkDirOption, opened, warn, work_dir_of

if TYPE_CHECKING:
    from contextpairs.data.store.listing import Listed

UNITS = ("B", "kB", "MB", "GB", "TB")


def list_command(out: Out, storage: StorageOptions = None, as_json: AsJson = False) -> None:
    """List the versions of a store: date (UTC), rows, size, parent, tags."""
    store = opened(out, storage)
    found = store.listed()
    if as_json:
        typer.echo(json.dumps([each.as_json() for each in found], indent=1))
    else:
        _print_table([_line(each) for each in found if not each.problem])
    for each in found:
        warn(f"{each.version}: cannot be read: {each.problem}" if each.problem else each.warning)
    warn(store.pin_note())


def _line(listed: Listed) -> tuple[str, ...]:
    rows = ", ".join(f"{count} {split}" for split, count in listed.rows.items())
    pinned = [f"{tag} (pinned)" if tag == "latest" else tag for tag in listed.tags]
    parent = f"after {listed.parent}" if listed.parent else "-"
    names = ", ".join([*(["latest"] if listed.latest and "latest" not in listed.tags else []), *pinned])
    return listed.version, listed.date, listed.domain, rows, in_units(listed.bytes), parent, listed.content[:12], names


def _print_table(lines: Iterable[tuple[str, ...]]) -> None:
    lines = list(lines)
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def in_units(size: int) -> str:
    """`1.2 MB` for 1,234,567 bytes."""
    shown, unit = float(size), 0
    while shown >= 1000 and unit < len(UNITS) - 1:
        shown, unit = shown / 1000, unit + 1
    return f"{shown:.1f} {UNITS[unit]}" if unit else f"{size} B"


def verify_command(
    out: Out,
    version: Annotated[str | None, typer.Argument(help="Default: all versions.")] = None,
    storage: StorageOptions = None,
) -> None:
    """Hash every file again and compare with the manifest."""
    store = opened(out, storage)
    found = False
    lost = [] if version else store.lost()
    for each in [version] if version else [*store.all_versions()]:
        problems = store.verify(each)
        found = found or bool(problems)
        typer.echo(f"{each}: {'whole' if not problems else f'{len(problems)} problems'}")
        for problem in problems:
            typer.echo(f"  {problem}")
        if not problems:
            warn(store.manifest(each).old_mask(each))
    for each in lost:
        typer.echo(f"{each}: no manifest; contextpairs quarantine {out} {each} sets it aside")
    if found or lost:
        raise typer.Exit(1)


def diff_command(out: Out, first: str, second: str, storage: StorageOptions = None) -> None:
    """Compare two versions: pairs added and removed, configuration and funnel."""
    from contextpairs.pipelines.cli.describe import described

    store = opened(out, storage)
    warn(store.pin_note(first) or store.pin_note(second))
    typer.echo(described(store.diff(first, second)))


def du_command(
    out: Out,
    storage: StorageOptions = None,
    work_dir: WorkDirOption = None,
    as_json: AsJson = False,
) -> None:
    """What takes room in a store and its work directory."""
    from contextpairs.data.store.work_dir import WorkDir

    store = opened(out, storage)
    store.all_versions()
    found = store.usage(WorkDir(work_dir or work_dir_of(out)))
    if as_json:
        typer.echo(json.dumps([{"what": e.what, "files": e.files, "bytes": e.bytes} for e in found], indent=1))
        return
    total = ("together", f"{sum(each.files for each in found):,} files", in_units(sum(each.bytes for each in found)))
    _print_table([*((each.what, f"{each.files:,} files", in_units(each.bytes)) for each in found), total])
