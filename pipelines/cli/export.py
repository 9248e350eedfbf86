"""Export versions of pairs in the form that a trainer reads: configuration and job of `contextpairs export`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field, field_validator

from contextpairs.data.exports.data_set import export_data_set
from contextpairs.data.exports.export_folder import Exported
from contextpairs.data.exports.exporting import export
from contextpairs.data.exports.forms import FormName
from contextpairs.data.exports.hub import push
from contextpairs.data.exports.record import DATA_SET, ExportError, ExportOptions, OpenVersion, open_source
from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.pairs.schemas import SPLITS, Split
from contextpairs.data.store.settings import Settings
from contextpairs.data.store.store import Store

HUB = "hub"


class ExportConfig(Settings):
    """What is exported, in which form, to where."""

    stores: list[str] = Field(default_factory=list)
    """Folders or URLs of stores; `datasets` and `hub` take one of each domain, the others one."""
    to: Literal["datasets", "hub", FormName] = "datasets"
    """The form. datasets: pairs as they are, in a folder; hub: the same as one commit; the others: prompts."""
    dest: str = ""
    """Folder or fsspec URL that will hold the export and nothing else; for `hub`, owner/name."""
    version: str = "latest"
    """Which version of the store; with several stores, the latest of each."""
    split: Literal["all", "train", "probe"] = "all"
    """Which split; all: every split that holds pairs."""
    order: Literal["label", "both"] = "label"
    """label: each pair once, the positive where its label says; both: twice, the positive under A, then under B."""
    keep: Literal["row", "ids"] = "row"
    """row: records carry the whole pair beside the prompt, ready to be turned back; ids: its ids alone."""
    prompt: PromptOptions = PromptOptions()
    """How pairs are shown."""
    private: bool = True
    """For `hub`: whether a repository that is made is private."""
    storage: dict[str, Any] = Field(default_factory=dict)
    """fsspec options of the stores, such as {endpoint_url: ...} for s3."""
    dest_storage: dict[str, Any] = Field(default_factory=dict)
    """fsspec options of `dest`."""

    @field_validator("stores", mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:
        return [given] if isinstance(given, str) else given


def export_pairs(config: ExportConfig) -> Exported:
    """Export what the configuration says.

    Raises:
        ExportError: the form cannot say what is asked for, or something else stands at `dest`.
        VersionError: the version or split is not there, or the split is empty.
        OSError: a storage or the hub refuses; nothing appears.
    """
    if not (config.stores and config.dest):
        raise ExportError("give a store and dest=, for example: contextpairs export out/coding to=verl dest=out/verl")
    splits: list[Split] | None = None if config.split == "all" else [each for each in SPLITS if each == config.split]
    options = ExportOptions(order=config.order, keep=config.keep, prompt=config.prompt)
    if config.to not in (HUB, DATA_SET):
        return export(_only(config), config.version, splits, config.to, config.dest, options, config.dest_storage)
    sources = list(_sources(config))
    if config.to == DATA_SET:
        return export_data_set(sources, splits, config.dest, options, config.dest_storage)
    if options != ExportOptions():
        raise ExportError("hub: pairs are pushed as they are; order, keep and prompt do not apply")
    return push(sources, splits, config.dest, config.private)


def warnings(config: ExportConfig) -> Iterator[str]:
    """For each version to export: that `latest` is pinned to an older one, that it was built under an older mask."""
    for store in config.stores:
        opened = Store(store, config.storage)
        if pinned := opened.pin_note(config.version):
            yield pinned
        name = opened.resolved(config.version)
        if warning := opened.manifest(name).old_mask(f"{store} {name}"):
            yield warning


def _only(config: ExportConfig) -> Store:
    if len(config.stores) > 1:
        raise ExportError(f"stores: {config.to} has one kind of record, so it takes one store; given {config.stores}")
    return Store(config.stores[0], config.storage)


def _sources(config: ExportConfig) -> list[OpenVersion]:
    if len(config.stores) > 1 and config.version != "latest":
        raise ExportError(
            f"version: {config.version!r} of which of {config.stores}? Give one store, or the latest of each"
        )
    return [open_source(Store(store, config.storage), config.version) for store in config.stores]
