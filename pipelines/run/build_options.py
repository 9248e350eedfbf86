"""What the configurations of both builds have in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field, field_validator

from contextpairs.data.endpoint.options import EndpointOptions
from contextpairs.data.sources.trajectories.partition import Located
from contextpairs.data.store.manifest import portable_uri
from contextpairs.data.store.settings import Settings
from contextpairs.pipelines.run.stall import STALL_MINUTES


class EngineOptions(Settings):
    """Where the work runs. It never changes what comes out."""

    kind: Literal["processes", "threads", "dask", "ray"] = "processes"
    """`dask` and `ray` run through Prefect's task runners and need the extra of that name."""
    workers: int = Field(default=2, ge=1)
    """Processes or threads on this machine, or workers of a cluster started for the run."""
    address: str | None = None
    """Scheduler of a running Dask or Ray cluster; without it one is started on this machine."""
    work_dir: str | None = None
    """URL of stage outputs, seen by every worker. Default: `.work` in `out`; `.contextpairs` here if that is a URL."""
    stall_minutes: float = Field(default=STALL_MINUTES, ge=1)
    """Minutes after which a build fails in which no row and no partition was finished; a partition may take longer."""


class BuildConfig(Settings):
    """Where a build reads, publishes and runs."""

    sources: Sequence[str | Located] = Field(default_factory=list)
    """Files, globs, folders, fsspec URLs, or `hf:owner/name`, each alone or as `{path: ..., columns: {...}}` with
    fields of `source` that hold for it; without any, the embedded defaults."""
    out: str = "out"
    """Folder or fsspec URL of the store that the version is published in."""
    limit: int | None = Field(default=1000, ge=2)
    """Pairs to publish at most (a couple gives two, mirrored); None publishes all that pass."""
    probe_share: float = Field(default=0.1, ge=0.0, le=0.9)
    """Share of groups held out in the probe split."""
    engine: EngineOptions = EngineOptions()
    """Where the work runs."""
    storage: dict[str, Any] = Field(default_factory=dict)
    """fsspec options of the store, such as {endpoint_url: ...} for s3."""
    wait: bool = False
    """Whether to wait while another build works for the store; without it, the second one ends at once."""
    view: bool = False
    """Whether to write the version as a page beside the versions, as `contextpairs view` does."""

    preload: ClassVar[tuple[str, ...]] = ()
    """Modules that are slow to import and that most of the build's work needs."""

    @field_validator("sources", mode="before")
    @classmethod
    def _one_or_several(cls, given: Any) -> Any:
        return [given] if isinstance(given, (str, Mapping)) else given

    def own_readings(self) -> list[dict[str, Any]]:
        """What single sources say of their reading, by their names, for the manifest."""
        own = [source for source in self.sources if isinstance(source, Located)]
        dumped = [source.model_dump(mode="json", exclude_unset=True, exclude={"storage"}) for source in own]
        for each in dumped:
            each["path"] = portable_uri(each["path"])
            if "instances" in each:
                each["instances"] = [portable_uri(uri) for uri in each["instances"]]
        return dumped

    @property
    def work_dir(self) -> str:
        """URL of the stage outputs."""
        if self.engine.work_dir:
            return self.engine.work_dir
        return f"{self.out.rstrip('/')}/.work" if "://" not in self.out else ".contextpairs"

    def reply_folders(self) -> list[str]:
        """Folders of judges' replies that the build may read."""
        return sorted({str(options.cache_dir.absolute()) for options in _endpoints(self)})

    def content(self) -> dict[str, Any]:
        """The part that shapes the rows, for the manifest: neither places nor the engine."""
        raise NotImplementedError


class PairsConfig(BuildConfig):
    """Where a build of pairs reads, publishes and runs."""

    accept_shrink: bool = False
    """Whether a version is published that has a fifth fewer sources, rows or pairs than the newest one of the same
    settings and code; by default the run fails, since a part of the sources is likelier missing than gone."""


def _endpoints(model: BaseModel) -> Iterator[EndpointOptions]:
    """The endpoints that a configuration names, at any depth."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, EndpointOptions):
            yield value
        elif isinstance(value, BaseModel):
            yield from _endpoints(value)
