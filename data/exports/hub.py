"""Push versions to a data set of the Hugging Face hub: one commit, a card, a configuration for each domain.

The hub keeps its own history, so a push over an earlier one replaces its files in that same commit. Whatever else a
repository holds is never touched.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contextpairs.data.exports.data_set import export_data_set
from contextpairs.data.exports.export_folder import Exported
from contextpairs.data.exports.record import RECORD_NAME, ExportError, ExportRecord, OpenVersion, parse_record
from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.card import CARD_NAME

OF_THE_HUB = frozenset({CARD_NAME, ".gitattributes"})
"""What a new repository may hold before the first push."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What a repository holds before the push."""

    commit: str | None
    files: frozenset[str]
    record: ExportRecord | None
    """Of the earlier push; None for an empty repository."""


def push(
    sources: Sequence[OpenVersion], splits: Sequence[Split] | None, repository: str, private: bool = True
) -> Exported:
    """Push versions as one commit; none where the repository holds the same already.

    Endpoint and token are those of huggingface_hub (HF_ENDPOINT, HF_TOKEN or a login).

    Args:
        sources: a version of each domain.
        splits: which to push; None pushes all that hold pairs.
        repository: `owner/name`; made where it is missing.
        private: whether a repository that is made here is private.

    Raises:
        ExportError: the repository holds something that no push of this project left, or a domain that these sources
            lack and that would go.
        VersionError: a split is not there or empty.
        OSError: the hub refuses, or its head moved during the push; nothing was committed.
    """
    from huggingface_hub import HfApi

    api = HfApi()
    with tempfile.TemporaryDirectory() as scratch:
        built = export_data_set(sources, splits, Path(scratch, "data"))
        api.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        head = _head(api, repository, Path(scratch, "head"))
        _check_head(repository, head, built.record)
        url = f"{api.endpoint}/datasets/{repository}"
        if head.record == built.record:
            return Exported(url, False, built.record)
        api.create_commit(
            repository,
            operations(Path(built.url), built.record, head.files, head.record),
            commit_message=_message(built.record),
            repo_type="dataset",
            parent_commit=head.commit,
        )
    return Exported(url, True, built.record)


def operations(folder: Path, record: ExportRecord, there: frozenset[str], earlier: ExportRecord | None) -> list[Any]:
    """What one commit must do: add every file of an export, delete those of the earlier one that it has no more.

    Args:
        folder: the export.
        record: its account.
        there: files of the repository.
        earlier: account of the earlier push; None if there was none.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    ours = {file.path for file in record.files} | {RECORD_NAME}
    stale = sorted({file.path for file in earlier.files} & there - ours) if earlier else []
    added = [CommitOperationAdd(path, str(folder / path)) for path in sorted(ours)]
    return [*added, *(CommitOperationDelete(path) for path in stale)]


def _check_head(repository: str, head: _Head, record: ExportRecord) -> None:
    if head.record is None:
        if foreign := sorted(head.files - OF_THE_HUB):
            raise ExportError(
                f"{repository} holds {foreign[:5]} and no {RECORD_NAME}: no push of ours left it; choose another one"
            )
        return
    lost = {source.domain for source in head.record.sources} - {source.domain for source in record.sources}
    if lost:
        raise ExportError(f"{repository} holds {sorted(lost)} pairs as well, which would go; give their store too")


def _head(api: Any, repository: str, folder: Path) -> _Head:
    info = api.dataset_info(repository)
    files = frozenset(_names(info))
    if RECORD_NAME not in files:
        return _Head(info.sha, files, None)
    path = api.hf_hub_download(repository, RECORD_NAME, repo_type="dataset", revision=info.sha, local_dir=str(folder))
    return _Head(info.sha, files, parse_record(Path(path).read_bytes(), f"{repository}/{RECORD_NAME}"))


def _names(info: Any) -> Iterator[str]:
    for sibling in info.siblings or ():
        yield sibling.rfilename


def _message(record: ExportRecord) -> str:
    return ", ".join(f"{each.domain} {each.version} ({each.digest[:12]})" for each in record.sources)
