"""A build that leaves a record of itself in its store, however it ends, and holds back what shrank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from contextpairs.data.pairs.schemas import Split
from contextpairs.data.store.diff import Diff, compare
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.run_records import Outcome, RunDiff, RunRecord, SplitChange, new_run_id, write_record
from contextpairs.data.store.sealed import ManifestError
from contextpairs.data.store.store import Published, Store
from contextpairs.data.store.write_version import Rows
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.build_options import BuildConfig
from contextpairs.pipelines.run.reporting import Recorded
from contextpairs.pipelines.run.shrinking import Shrunk, check_not_shrunk


def publish_pairs(
    build: Build[Any], store: Store, splits: Mapping[Split, Rows], manifest: Manifest, pairs: int
) -> Published:
    """Publish the rows of a build, unless they are far fewer than before.

    Raises:
        Shrunk: they are, and the configuration does not accept it.
    """
    build.log.manifest = manifest
    if not build.config.accept_shrink:
        check_not_shrunk(store, manifest, pairs)
    with build.step("publishing"):
        published = build.log.published = store.publish(splits, manifest)
    return published


@contextmanager
def recorded(
    build: Build[Any], store: Store, domain: Literal["coding", "images"], given: BuildConfig
) -> Iterator[None]:
    """The work of a build, which leaves a record of itself in the store, also where it raises.

    The record is an account: where it cannot be written, a note says so, and the build ends as it would have.

    Args:
        build: the build.
        store: where it publishes.
        domain: what it builds.
        given: its configuration before defaults that depend on the sources were filled in.
    """
    watching = build.reporter = Recorded(build.reporter)
    run = _Run(build, store, domain, given, watching, datetime.now(UTC))
    try:
        yield
    except Exception as error:
        run.record("refused" if isinstance(error, Shrunk) else "failed", error)
        raise
    published = build.log.published
    run.record("published" if published and published.created else "unchanged")


@dataclass(frozen=True, slots=True)
class _Run:
    """A run and all that its record is made of."""

    build: Build[Any]
    store: Store
    domain: Literal["coding", "images"]
    given: BuildConfig
    watching: Recorded
    started: datetime

    def record(self, outcome: Outcome, error: Exception | None = None) -> None:
        """Write the record and show it."""
        try:
            record = self._record(outcome, error)
            path = write_record(self.store, record)
        except Exception as fault:  # whatever befalls an account is no reason to lose a version
            self.build.reporter.note(f"no record of this run was written: {type(fault).__name__}: {fault}")
            return
        self.build.reporter.ended(record)
        self.build.reporter.note(f"record of this run: {path}")

    def _record(self, outcome: Outcome, error: Exception | None) -> RunRecord:
        log = self.build.log
        parent = self._parent(log.published)
        return RunRecord(
            id=new_run_id(self.started),
            domain=self.domain,
            outcome=outcome,
            error=f"{type(error).__name__}: {error}" if error else None,
            version=log.published.version if log.published else None,
            parent=parent[0] if parent else None,
            rows=log.published.rows if log.published else {},
            started=self.started,
            seconds=round(log.costs.total(), 3),
            configuration=self.given.model_dump(mode="json", exclude_unset=True),
            funnel=tuple(self.build.funnel),
            notes=tuple(self.watching.notes),
            stages=log.stages(),
            examples=log.examples(),
            diff=self._diff(parent, log.published),
        )

    def _parent(self, published: Published | None) -> tuple[str, Manifest] | None:
        """The newest version that can be read, but for the one that this run made."""
        versions = self.store.versions()
        if published and published.created:
            versions = versions[: versions.index(published.version)]
        for version in reversed(versions):
            try:
                return version, self.store.manifest(version)
            except (ManifestError, OSError):
                continue
        return None

    def _diff(self, parent: tuple[str, Manifest] | None, published: Published | None) -> RunDiff | None:
        made = self.build.log.manifest
        if parent is None or made is None:
            return None
        version, before = parent
        if published and published.created:
            return _told(self.store.diff(version, published.version))
        return _told(compare((before, {}), (made, {})))


def _told(diff: Diff) -> RunDiff:
    return RunDiff(
        splits={
            split: SplitChange(
                added=len(each.added), removed=len(each.removed), kept=len(each.kept), changed=len(each.changed)
            )
            for split, each in diff.splits.items()
        },
        configuration=diff.configuration,
        rows_out={each.stage: each.rows_out for each in diff.funnel},
        reasons={each.stage: each.reasons for each in diff.funnel if each.reasons},
    )
