"""The guard against half a bucket: what fell by a fifth under equal settings and code is held back."""

from __future__ import annotations

from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.sealed import ManifestError
from contextpairs.data.store.store import Store

MOST_LOST = 0.2
"""Share of sources, rows or pairs that may be fewer than in the version before."""


class Shrunk(RuntimeError):
    """So much less than in the version before that a part of the sources is likelier missing than gone."""


def check_not_shrunk(store: Store, manifest: Manifest, pairs: int) -> None:
    """Compare with the newest version of equal configuration and code; there is none at first, or where either changed.

    Args:
        store: the versions.
        manifest: of what is to be published.
        pairs: how many.

    Raises:
        Shrunk: sources, rows or pairs are fewer by more than a fifth.
    """
    found = _like(store, manifest)
    if found is None:
        return
    version, before = found
    now = {**_read(manifest), "pairs": pairs}
    then = {**_read(before), "pairs": sum(before.rows.values())}
    fallen = [f"{name} fell from {then[name]:,} to {now[name]:,}" for name in then
              if now[name] < (1 - MOST_LOST) * then[name]]  # fmt: skip
    if fallen:
        raise Shrunk(
            f"nothing was published: against {version} of {store.storage.root}, made with the same settings and code, "
            f"{' and '.join(fallen)}. See whether all sources are there; accept_shrink=true publishes it as it is"
        )


def _read(manifest: Manifest) -> dict[str, int]:
    return {"sources": len(manifest.sources), "rows": sum(source.rows for source in manifest.sources)}


def _like(store: Store, manifest: Manifest) -> tuple[str, Manifest] | None:
    """The newest version whose configuration and code are those of a manifest; what cannot be read is passed over."""
    for version in reversed(store.versions()):
        try:
            before = store.manifest(version)
        except (ManifestError, OSError):
            continue
        if (before.configuration, before.code_version) == (manifest.configuration, manifest.code_version):
            return version, before
    return None
