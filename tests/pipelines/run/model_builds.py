"""Whole image builds whose models stand behind a server on loopback."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contextpairs.data.store.manifest import FunnelStage, Manifest
from contextpairs.data.store.store import Published, Store
from contextpairs.pipelines.run.build import StillOwed
from tests.filters.judge.judge_endpoint import Body, Endpoint, Response
from tests.pipelines.images.scene_endpoint import SCENES, kind_of, sees
from tests.pipelines.images.test_build import build, every, rows_of

SMALL = (f"scenes.images={SCENES}", "editing.candidates=12", "limit=40", "editing.redraw_originals=false")
"""Originals as they were rendered: by that the endpoint of the tests tells them from edits."""
PROPOSER, ANSWERS, JUDGE = "editing.proposer", "editing.judge", "judge"
Respond = Callable[[Body], Response]


class Place:
    """A folder for stores and caches beside stage outputs that all tests share, and the server."""

    def __init__(self, folder: Path, work: Path, endpoint: Endpoint) -> None:
        self.folder, self.work, self.endpoint = folder, work, endpoint

    def build(self, out: str, *sections: str, **options: Any) -> Published:
        """A build with the server as the models of some sections; `options` are theirs."""
        where = {"endpoint": self.endpoint.url, "model": "eyes", "cache_dir": self.folder / "cache"}
        fields = where | {"backoff": 0.001, "retries": 0} | options
        asked = [f"{section}.{name}={value}" for section in sections for name, value in fields.items()]
        return build(self.folder / out, *SMALL, f"engine.work_dir={self.work}", *asked)

    def manifest(self, out: str) -> Manifest:
        """What was published."""
        return Store(self.folder / out).manifest()

    def line(self, out: str, stage: str) -> FunnelStage:
        """A line of the funnel of what was published."""
        return next(line for line in self.manifest(out).funnel if line.stage == stage)

    def versions(self, out: str) -> list[str]:
        """What was published so far."""
        return Store(self.folder / out).versions()

    def sent(self) -> Counter[str]:
        """Requests so far by what they asked for."""
        return Counter(map(kind_of, self.endpoint.bodies))

    def repeated(self) -> int:
        """Requests that were sent before, word for word."""
        bodies = [json.dumps(body, sort_keys=True) for body in self.endpoint.bodies]
        return len(bodies) - len(set(bodies))

    def runs(self, out: str, section: str, limit: int, **options: Any) -> int:
        """Builds that it takes to publish, where each may send so many requests; all but the last spend them."""
        runs = 1
        while self._spends(out, section, limit, **options):
            runs += 1
        return runs

    def _spends(self, out: str, section: str, limit: int, **options: Any) -> bool:
        before, said = len(self.endpoint.bodies), ""
        try:
            self.build(out, section, max_requests=limit, **options)
        except StillOwed as owed:
            said = str(owed)
        assert not said or ("requests-spent" in said and not self.versions(out))
        assert not said or len(self.endpoint.bodies) - before == limit
        return bool(said)

    def fails_after(self, number: int) -> None:
        """Let the server say the truth for so many requests, then have trouble."""
        self.endpoint.respond = lambda body: (
            sees(body) if len(self.endpoint.bodies) <= number else Response(503, "out of memory")
        )


def edited(published: Published) -> list[dict[str, Any]]:
    """The rows whose positive was edited; their mirrors say the same."""
    rows = every(rows_of(published))
    return [row for row in rows if "instruction" in json.loads(row["provenance"])["positive"]]
