"""Of a record that holds several runs, the one that made its patch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.patch_digests import patch_digest
from contextpairs.builders.coding.rebuild import rebuild_patch
from contextpairs.data.code.patch import FilePatch, parse_patch
from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.aider import runs_of

REASON = "several-runs"


def one_run(trajectory: Trajectory) -> Trajectory | Rejection:
    """The trajectory, of several runs that it holds only the one whose edits alone give the recorded patch.

    What stands before that run's banner, and from the next one on, is other runs' and goes.

    Returns:
        A rejection at stage "facts" with reason `several-runs` where no run gives the patch, or more than one does.
    """
    runs = runs_of(trajectory.messages)
    if len(runs) < 2:
        return trajectory
    wanted = parse_patch(trajectory.patch or "")
    giving = [run for run in runs if wanted and _gives(run, wanted)]
    if len(giving) == 1:
        return replace(trajectory, messages=giving[0])
    told = f"{len(giving)} of {len(runs)} runs in one record give the recorded patch; expected exactly one"
    detail = f"{trajectory.instance_id}: {told}, record each run by itself"
    return Rejection("facts", REASON, trajectory.source, trajectory.row, trajectory.key(), detail[:500])


def _gives(run: Sequence[Message], wanted: Sequence[FilePatch]) -> bool:
    rebuilt = rebuild_patch(run, find_edits(run))
    return rebuilt is not None and not rebuilt.lost and patch_digest(rebuilt.files) == patch_digest(_changed(wanted))


def _changed(files: Sequence[FilePatch]) -> list[FilePatch]:
    return [file for file in files if file.hunks]
