"""The judge as a step of the choice: it is asked about chosen couples alone, both mirrors of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.store.stages import parquet_file
from contextpairs.filters.judge.canary import run_canary
from contextpairs.filters.judge.canary_traces import TRACE_CANARY
from contextpairs.filters.judge.options import JudgeOptions
from contextpairs.filters.judge.run import judge_pairs
from contextpairs.pipelines.coding.choice import Indexes, MaskedCouples
from contextpairs.pipelines.coding.config import CodingConfig
from contextpairs.pipelines.coding.release_stage import ReleasePayload, mirrored
from contextpairs.pipelines.run.build import StillOwed


def couple_judge(
    config: CodingConfig, candidates: MaskedCouples, query: str, note: Callable[[str], None]
) -> CoupleJudge | None:
    """A judge of couples by candidate index; None without an endpoint.

    The canary set runs first: how often a planted instruction flips this judge is reported before it is believed.
    """
    if config.judge is None:
        return None
    judge = CoupleJudge(config.judge, candidates, query)
    note(f"judge canary: {run_canary(TRACE_CANARY, config.judge, spending=judge.spending).describe()}")
    return judge


class CoupleJudge:
    """Asks about both rows of a couple; the couple stands only if both do. One spending limit for its lifetime."""

    def __init__(self, options: JudgeOptions, candidates: MaskedCouples, query: str) -> None:
        """Args: options: the endpoint. candidates: what indexes refer to. query: as the rows will say it."""
        self.spending = Spending(options.max_requests, options.max_tokens)
        self.records: dict[int, list[str]] = {}
        """What was said of each couple asked about, a line per row."""
        self._options = options
        self._candidates = candidates
        self._query = query

    def __call__(self, indexes: Indexes) -> dict[int, str | None]:
        """The reason against each candidate, or None.

        Raises:
            StillOwed: the endpoint failed or a limit was reached before all had an answer.
        """
        against: dict[int, str | None] = dict.fromkeys(indexes)
        owed: list[str] = []
        pairs = _pairs(indexes, self._candidates, self._query)
        owners = (i for i in indexes for _ in range(2))
        for i, verdict in zip(owners, judge_pairs(pairs, self._options, spending=self.spending), strict=True):
            if verdict.outcome == "owed":
                owed.append(f"{verdict.reason}: {verdict.detail}")
            rejection = verdict.rejection()
            if rejection is not None:
                against[i] = against[i] or rejection.reason
            self.records.setdefault(i, []).append(verdict.record())
        if owed:
            raise StillOwed(
                f"the judge owes {len(owed)} of {2 * len(indexes)} verdicts ({owed[0]}); nothing was published. "
                "Answers had so far are cached: run again, or raise judge.max_requests and judge.max_tokens"
            )
        return against


def _pairs(indexes: Indexes, candidates: MaskedCouples, query: str) -> Iterator[dict[str, Any]]:
    for i in indexes:
        path, row = candidates.location[i]
        yield from mirrored(_couple(path, row), ReleasePayload(path, (row,), candidates.splits[i], query, "", ()))


def _couple(path: str, row: int) -> dict[str, Any]:
    """One row of a mask output; each row is a row group of its own."""
    with parquet_file(path) as file:
        couple: dict[str, Any] = file.read_row_group(row).to_pylist()[0]
    return couple
