"""Advice on a whole run: what its outcome says that no single reason does, with the setting that helps."""

from __future__ import annotations

from collections.abc import Iterator

from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.manifest import FunnelStage
from contextpairs.data.store.run_records import RunRecord
from contextpairs.filters.evidence.baselines import LEARNABLE

MOST = 0.9
"""Share of the couples of a line that all but decides it."""
BY_AUDIT = ("shortcut", "learned-shortcut")


def hints(record: RunRecord) -> Iterator[str]:
    """One line each; none where nothing needs saying."""
    yield from _empty_splits(record)
    yield from _few_couples(record)
    yield from _one_instance(record)


def _empty_splits(record: RunRecord) -> Iterator[str]:
    share = record.configuration.get("probe_share", 0.1)
    for split in SPLITS if record.rows else ():
        if not record.rows.get(split) and share:
            other = "raise" if split == "probe" else "lower"
            yield (
                f"the {split} split is empty: too few groups to fall on both sides of probe_share={share}; "
                f"{other} probe_share, or add repositories and questions"
            )


def _few_couples(record: RunRecord) -> Iterator[str]:
    for split, pairs in record.rows.items():
        if 0 < pairs // 2 < LEARNABLE:
            lost = sum(line.reasons.get(reason, 0) for line in record.funnel for reason in BY_AUDIT)
            kept = f"; audit.enforce=false keeps the {lost} couples that it dropped" if lost else ""
            yield (
                f"the audit of {split} stands on {pairs // 2} couples, too few (below {LEARNABLE}) to tell a shortcut "
                f"from chance: more data, or limit=null where the limit cut them{kept}"
            )


def _one_instance(record: RunRecord) -> Iterator[str]:
    if record.domain != "coding" or record.configuration.get("preset", "smith") != "smith":
        return
    lines = {line.stage: line for line in record.funnel}
    if _lost(lines.get("different instance"), "same-instance"):
        yield (
            "preset=smith pairs runs of different instances at one place, and these runs of a place are all of one "
            "instance each: preset=attempts pairs several runs of one instance"
        )
    elif _lost(lines.get("same commit"), "different-commit"):
        yield (
            "preset=smith pairs runs at one commit, and hardly any two of these runs share theirs: preset=attempts "
            "pairs several runs of one instance, preset=nearby runs of one function at different commits"
        )


def _lost(line: FunnelStage | None, reason: str) -> bool:
    """Whether a line lost nearly all for a reason."""
    return line is not None and line.rows_in > 0 and line.reasons.get(reason, 0) >= MOST * line.rows_in
