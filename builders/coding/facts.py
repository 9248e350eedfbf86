"""The facts of a trajectory on which conditions are evaluated: one flat row, without the messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import field_validator

from contextpairs.builders.coding.drift import ENVIRONMENT_FILES, is_known, without_drift
from contextpairs.builders.coding.find_edits import Edit, find_edits
from contextpairs.builders.coding.follow import follow
from contextpairs.builders.coding.functions import functions_of
from contextpairs.builders.coding.one_run import one_run
from contextpairs.builders.coding.outcome import outcome_of
from contextpairs.builders.coding.patch_digests import patch_digest
from contextpairs.builders.coding.rebuild import RebuiltPatch, rebuild_patch, seen_texts
from contextpairs.data.code.patch import FilePatch, parse_patch, render_patch, source_part
from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.store.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

STAGE = "facts"
PatchOrigin = Literal["record", "edits", "gold"]
_WORDS = re.compile(r"\w+")
_SAMPLE = 40


class FactsOptions(Settings):
    """How the facts of trajectories are established."""

    mirror: str | None = None
    """Folder of checkouts for exact functions: `{owner}__{repo}/{commit}/` or repositories `{owner}__{repo}(.git)`."""
    rebuild: bool = True
    """Rebuild the patch from the agent's own edits where the record has none or one that does not fit."""
    gold: bool = False
    """Use the instance's gold patch where there is neither. It fixes the same issue, but the run did not produce it."""
    keep_misfits: bool = False
    """Keep a recorded patch whose files and lines never occur in its trajectory."""

    environment_files: tuple[str, ...] = ENVIRONMENT_FILES
    """Names, as shell patterns, of files that a harness may change before a run: they leave a recorded patch where the
    run shows nothing of their change, though one of its edits cannot be read."""

    @field_validator("mirror")
    @classmethod
    def _is_folder(cls, mirror: str | None) -> str | None:
        if mirror is not None and not Path(mirror).is_dir():
            raise ValueError(f"there is no folder {mirror}; give the folder that holds the checkouts")
        return mirror


@dataclass(slots=True)
class Facts:
    """One row a trajectory. Files, functions and digests are of the patch's source part: no tests, no new files."""

    key: str
    source: str
    row: int
    instance_id: str
    trajectory_id: str | None
    repository: str | None
    commit: str | None
    issue: str | None
    patch: str
    patch_digest: str
    """Over the source part's paths and changed lines; white space, comments, quotes and order of hunks do not count."""
    full_patch_digest: str
    """The same over the whole patch, tests and new files included."""
    patch_origin: PatchOrigin
    dropped_files: list[str]
    """What the source part leaves out."""
    drifted_files: list[str]
    """What a recorded patch holds that its run did not change: the harness did, before the run."""
    files: list[str]
    functions: list[str]
    functions_origin: str
    resolved: bool | None
    outcome_origin: str | None
    turns: int
    chars: int
    agent: str | None = None
    model: str | None = None
    license: str | None = None

    def commit_key(self) -> str | None:
        """What two spellings of a commit, 8 or 40 digits, have in common."""
        return commit_key(self.commit)

    def as_row(self) -> dict[str, Any]:
        """The row in the form of `facts_schema()`."""
        return asdict(self)


@dataclass(slots=True)
class _Chosen:
    files: list[FilePatch]
    origin: PatchOrigin
    texts: dict[str, list[str | None]] = field(default_factory=dict)
    drifted: set[str] = field(default_factory=set)


def commit_key(commit: str | None) -> str | None:
    """The first eight hexadecimal digits of a commit, in lower case; None for none."""
    return commit[:8].lower() if commit else None


def facts_schema() -> pa.Schema:
    """The Arrow schema of facts."""
    import pyarrow as pa

    text, texts = pa.large_string(), pa.list_(pa.large_string())
    kinds = {
        "row": pa.int64(), "turns": pa.int32(), "chars": pa.int64(), "resolved": pa.bool_(),
        "dropped_files": texts, "drifted_files": texts, "files": texts, "functions": texts,
    }  # fmt: skip
    return pa.schema([(name, kinds.get(name, text)) for name in Facts.__slots__])


def facts_of(trajectory: Trajectory, options: FactsOptions | None = None) -> Facts | Rejection:
    """The facts of a trajectory, or why it has none that a pair can be built on.

    Returns:
        A rejection at stage "facts" with reason `several-runs`, `empty-patch`, `patch-misfit`, `unreadable-edits`,
        `test-only-patch`, `new-file-only-patch`, `binary-only-patch` or `submodule-only-patch`.
    """
    options = options or FactsOptions()
    run = one_run(trajectory)
    if isinstance(run, Rejection):
        return run
    trajectory = run
    edits = find_edits(trajectory.messages)
    chosen = _choose(trajectory, edits, options)
    if isinstance(chosen, str):
        return _rejection(trajectory, chosen)
    source = source_part(chosen.files)
    if not source:
        return _rejection(trajectory, _why_no_source(chosen.files))
    return _facts(trajectory, chosen, source, edits, options)


def _choose(trajectory: Trajectory, edits: Sequence[Edit], options: FactsOptions) -> _Chosen | str:
    """The patch to go by: the recorded one if it fits, else the agent's edits, else gold; or the reason for none."""
    recorded = parse_patch(trajectory.patch) if trajectory.patch else []
    own = _own_part(recorded, trajectory, edits, options)
    if own:
        return _Chosen(own, "record", drifted=_paths(recorded) - _paths(own))
    rebuilt = rebuild_patch(trajectory.messages, edits) if options.rebuild else None
    if rebuilt is not None and _reliable(rebuilt):
        return _Chosen(rebuilt.files, "edits", rebuilt.texts)
    if options.gold and trajectory.gold_patch:
        return _Chosen(parse_patch(trajectory.gold_patch), "gold")
    lost = rebuilt is not None and bool(rebuilt.lost)
    foreign = [file for file in recorded if not is_known(file.path, options.environment_files)]
    if foreign and (not lost or not _names_any(trajectory, foreign)):
        return "patch-misfit"
    return "unreadable-edits" if lost else "empty-patch"


def _names_any(trajectory: Trajectory, files: Iterable[FilePatch]) -> bool:
    names = {file.path.rsplit("/", 1)[-1] for file in files}
    return any(name in message.content for message in trajectory.messages for name in names)


def _unread(trajectory: Trajectory, edits: Sequence[Edit]) -> bool:
    """Whether an edit of the run has an effect that the transcript does not tell."""
    return bool(follow(trajectory.messages, edits).unread())


def _own_part(
    recorded: list[FilePatch], trajectory: Trajectory, edits: Sequence[Edit], options: FactsOptions
) -> list[FilePatch]:
    """The files of a recorded patch that its run changed; none where the patch belongs to another run."""
    if not recorded or options.keep_misfits:
        return recorded
    unread = partial(_unread, trajectory, edits)
    own = without_drift(recorded, trajectory.messages, edits, unread, options.environment_files)
    return own if patch_fits(own, trajectory.messages, edits) else []


def _paths(files: Iterable[FilePatch]) -> set[str]:
    return {file.path for file in files}


def _reliable(rebuilt: RebuiltPatch) -> bool:
    """Whether no source file was changed in a way that the transcript does not tell."""
    return bool(rebuilt.files) and not rebuilt.lost_sources()


def _why_no_source(files: Sequence[FilePatch]) -> str:
    changed = [file for file in files if file.hunks or file.is_binary]
    if not changed:
        return "empty-patch"
    if all(file.is_binary for file in changed):
        return "binary-only-patch"
    text = [file for file in changed if not (file.is_binary or file.is_submodule)]
    if not text:
        return "submodule-only-patch"
    return "test-only-patch" if any(file.is_test for file in text) else "new-file-only-patch"


_ADVICE = {
    "empty-patch": "no recorded patch and no effective edits; join an instances table or allow the gold patch",
    "patch-misfit": "the recorded patch's files and lines do not occur in the trajectory; it belongs to another run",
    "unreadable-edits": "a source file was changed by a command whose effect the transcript does not tell",
    "test-only-patch": "the patch changes tests and new files alone",
    "new-file-only-patch": "the patch only adds files",
    "binary-only-patch": "the patch changes binary files alone",
    "submodule-only-patch": "the patch only moves submodules to other commits: their code is another repository's",
}


def _rejection(trajectory: Trajectory, reason: str) -> Rejection:
    detail = f"{trajectory.instance_id}: {_ADVICE[reason]}"
    return Rejection(STAGE, reason, trajectory.source, trajectory.row, trajectory.key(), detail[:500])


def _facts(
    trajectory: Trajectory, chosen: _Chosen, source: list[FilePatch], edits: Sequence[Edit], options: FactsOptions
) -> Facts:
    paths = {file.old_path or file.path for file in source}
    texts = chosen.texts or seen_texts(trajectory.messages, edits, paths)
    mirror = Path(options.mirror) if options.mirror else None
    functions, functions_origin = functions_of(source, texts, mirror, trajectory.repository, trajectory.commit)
    resolved, outcome_origin = outcome_of(trajectory)
    kept = {file.path for file in source}
    return Facts(
        key=trajectory.key(),
        source=trajectory.source,
        row=trajectory.row,
        instance_id=trajectory.instance_id,
        trajectory_id=trajectory.trajectory_id,
        repository=trajectory.repository,
        commit=trajectory.commit,
        issue=trajectory.issue,
        patch=render_patch(source),
        patch_digest=patch_digest(source),
        full_patch_digest=patch_digest(chosen.files),
        patch_origin=chosen.origin,
        dropped_files=sorted({file.path for file in chosen.files} - kept),
        drifted_files=sorted(chosen.drifted),
        files=sorted({file.place for file in source}),
        functions=functions,
        functions_origin=functions_origin,
        resolved=resolved,
        outcome_origin=outcome_origin,
        turns=len(trajectory.messages),
        chars=sum(len(message.content) for message in trajectory.messages),
        agent=trajectory.agent,
        model=trajectory.model,
        license=trajectory.license,
    )


def patch_fits(files: Sequence[FilePatch], messages: Iterable[Message], edits: Sequence[Edit] = ()) -> bool:
    """Whether a patch and a transcript belong together.

    A patch fits if the transcript names one of its changed paths in full and edits it, where the edits are known; else
    the transcript must name a changed file and show one of the changed lines (compared without white space; lines of
    fewer than three words do not tell, and where no line tells the full path has to do). A patch of another repository
    has neither. A patch without changes fits nothing.

    Args:
        files: the patch, tests and new files included.
        messages: the whole transcript.
        edits: what `find_edits` found in it; without, naming a path in full is enough.
    """
    changed = [file for file in files if file.hunks or file.is_binary]
    if not changed:
        return False
    text = "\n".join(message.content for message in messages)
    edited = {edit.path for edit in edits if edit.path and edit.kind not in ("write", "remove")}
    paths = {path for file in changed for path in file.names}
    if any("/" in path and path in text and (not edited or path in edited) for path in paths):
        return True
    named = [file for file in changed if any(path.rsplit("/", 1)[-1] in text for path in file.names)]
    lines = list(_telling_lines(named))
    if not lines:
        return any(path in text for file in named for path in file.names)
    squeezed = "".join(text.split())
    return any("".join(line.split()) in squeezed for line in lines)


def _telling_lines(files: Iterable[FilePatch]) -> Iterator[str]:
    for file in files:
        yield from (line for _, line in islice(file.changed(), _SAMPLE) if len(_WORDS.findall(line)) >= 3)
