"""Commands that change a store without publishing: rollback, unpin, tag, quarantine, prune, gc."""

from __future__ import annotations

from typing import Annotated

import typer

from contextpairs.pipelines.cli.arguments import DryRun, Out, StorageOptions, Wait, WorkDirOption, opened, work_dir_of
from contextpairs.pipelines.cli.versions import in_units

SHOWN = 20
"""Files that a dry run names."""
Version = Annotated[str, typer.Argument(help="v000001, v1, 1, latest, or a tag.")]


def rollback_command(out: Out, version: Version, storage: StorageOptions = None, wait: Wait = False) -> None:
    """Pin `latest` to an older version: trainers, exports and probes follow, refreshes go on beside it."""
    store = opened(out, storage)
    pinned = store.life.rollback(version, wait=wait)
    typer.echo(f"latest is pinned to {pinned}; refreshes go on numbering and do not move it, until: unpin {out}")


def unpin_command(out: Out, storage: StorageOptions = None, wait: Wait = False) -> None:
    """Let `latest` be the newest version again."""
    store = opened(out, storage)
    pinned = store.life.unpin(wait=wait)
    was = f"it was pinned to {pinned}" if pinned else "it was not pinned"
    typer.echo(f"latest is the newest version, {store.latest()}; {was}")


def tag_command(
    out: Out,
    name: Annotated[str, typer.Argument(help="A letter, then letters, digits, dots, dashes, underscores.")],
    version: Version = "latest",
    remove: Annotated[bool, typer.Option("--remove", help="Take the tag away.")] = False,
    storage: StorageOptions = None,
    wait: Wait = False,
) -> None:
    """Give a version a name, under which every command finds it, and which `prune` respects."""
    store = opened(out, storage)
    if remove:
        typer.echo(f"{name} no longer names {store.life.untag(name, wait=wait)}")
    else:
        typer.echo(f"{name} names {store.life.tag(name, version, wait=wait)}")


def quarantine_command(out: Out, version: Version, storage: StorageOptions = None, wait: Wait = False) -> None:
    """Set a damaged version aside: it is listed no more, its number is not given again, its files are kept."""
    store = opened(out, storage)
    typer.echo(f"{store.life.quarantine(version, wait=wait)} is in quarantine: {out.rstrip('/')}/quarantine")


def prune_command(
    out: Out,
    keep_last: Annotated[int, typer.Option(help="How many of the newest stay, however old.")] = 10,
    keep_days: Annotated[float, typer.Option(help="How many days old a version may be and still stay.")] = 30,
    dry_run: DryRun = False,
    storage: StorageOptions = None,
    wait: Wait = False,
) -> None:
    """Remove versions that are not among the last, older than some days, and neither tagged nor pinned.

    The records of runs go with them: those that are older and of no version that stays.
    """
    from contextpairs.data.store.run_records import prune_records

    store = opened(out, storage)
    found = store.life.prune(keep_last, keep_days, dry_run=dry_run, wait=wait)
    for version, reason in found.kept.items():
        typer.echo(f"{version}  stays: {reason}")
    for version in found.removed:
        typer.echo(f"{version}  {'would go' if dry_run else 'removed'}")
    records = prune_records(store, keep_days, found.kept, dry_run)
    if records:
        typer.echo(f"{len(records)} records of runs  {'would go' if dry_run else 'removed'}")
    if not found.removed and not records:
        typer.echo("nothing to remove")


def gc_command(
    out: Out,
    days: Annotated[float, typer.Option(help="How many days something stays after its last use.")] = 14,
    paid: Annotated[bool, typer.Option("--paid", help="Also edits, vectors and replies of judges.")] = False,
    dry_run: DryRun = False,
    work_dir: WorkDirOption = None,
    storage: StorageOptions = None,
) -> None:
    """Remove stage outputs that no run of the last days used, and what killed writers left."""
    from contextpairs.data.store.collect import collect
    from contextpairs.data.store.work_dir import WorkDir

    store = opened(out, storage)
    work = WorkDir(work_dir or work_dir_of(out))
    if not work.exists():
        store.all_versions()
    found = collect(work, days=days, paid=paid, dry_run=dry_run) if work.exists() else []
    left = store.clean(dry_run=dry_run)
    for name in [*left, *(each.path for each in found)][: SHOWN if dry_run else 0]:
        typer.echo(name)
    more = f", of which {SHOWN} are named" if dry_run and len(left) + len(found) > SHOWN else ""
    done = "would go" if dry_run else "removed"
    size = in_units(sum(each.bytes for each in found))
    typer.echo(f"{done}: {len(found)} files, {size}, {len(left)} unfinished{more}")
