"""What the configurations of both kinds of tasks have in common."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from contextpairs.data.store.manifest import portable_uri
from contextpairs.pipelines.run.build_options import BuildConfig


class TasksConfig(BuildConfig):
    """What the tasks of both domains are configured by."""

    limit: int | None = Field(default=None, ge=1)
    """Tasks to write at most, drawn by hash; None writes all."""
    probe_share: float = Field(default=0.1, ge=0.0, le=0.9)
    """As in the build of the pairs: what stands in their probe split gives no task."""

    @field_validator("out")
    @classmethod
    def _is_local(cls, out: str) -> str:
        if "://" in out:
            raise ValueError("tasks are written to a local folder; copy it where the trainer reads it")
        return out

    @field_validator("storage")
    @classmethod
    def _is_unused(cls, storage: dict[str, Any]) -> dict[str, Any]:
        if storage:
            raise ValueError("tasks are written to a local folder; how sources are reached is source.storage")
        return storage

    @field_validator("wait")
    @classmethod
    def _holds_no_store(cls, wait: bool) -> bool:
        if wait:
            raise ValueError("tasks hold no store that could be waited for")
        return wait

    @field_validator("view")
    @classmethod
    def _is_no_version(cls, view: bool) -> bool:
        if view:
            raise ValueError("pages show versions of pairs; tasks are read by load_tasks")
        return view

    def content(self) -> dict[str, Any]:
        """The part that shapes the tasks: neither places nor the engine; paths by their names."""
        content = self.model_dump(mode="json", exclude={"out": True, "engine": True, "storage": True, "sources": True,
                                                        "wait": True, "view": True, "source": {"storage"}})  # fmt: skip
        content |= {"sources": own} if (own := self.own_readings()) else {}
        for section, name in (("source", "instances"), ("contamination", "evaluation_sets"), ("facts", "mirror")):
            value = content.get(section, {}).get(name)
            if value:
                portable = [portable_uri(each) for each in value] if isinstance(value, list) else portable_uri(value)
                content[section][name] = portable
        return content
