"""The end of a build: what it counted becomes the manifest, and the released rows a version."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from contextpairs.data.pairs.mask_revision import MASK_REVISION
from contextpairs.data.pairs.schemas import PAIRS_CODING, SPLITS, Split
from contextpairs.data.sources.trajectories.partition import Partition
from contextpairs.data.store.manifest import AuditFigure, Manifest, SourceUse
from contextpairs.data.store.store import Published, Store
from contextpairs.filters.coding.learners import LEARNERS
from contextpairs.filters.evidence.baselines import LEARNABLE, BaselineResult
from contextpairs.filters.evidence.intervals import wilson
from contextpairs.pipelines.coding.choice import Selection
from contextpairs.pipelines.coding.config import CodingConfig
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Output, counts_of
from contextpairs.pipelines.run.recording import publish_pairs
from contextpairs.pipelines.run.released import figures_of, letters_of, licenses_of, released_rows


def publish(
    build: Build[CodingConfig],
    store: Store,
    partitions: Sequence[Partition],
    facts_outputs: Sequence[Output],
    selection: Selection,
    released: Sequence[Output],
) -> Published:
    """Publish the chosen rows with the account of how they came about.

    Raises:
        NothingToPublish: nothing was chosen.
        Shrunk: so much less than before that a part of the sources is likelier missing than gone.
    """
    if not any(selection.chosen.values()):
        raise build.nothing_left()
    config = build.config
    couples = sum(map(len, selection.chosen.values()))
    build.line("mirrors", "rows", 2 * couples, 2 * couples, {})
    manifest = Manifest(
        domain="coding",
        title="Contrastive coding context pairs",
        configuration=config.content(),
        sources=sources_of(partitions, facts_outputs),
        code_version=build.code_version(),
        mask_revision=MASK_REVISION,
        funnel=tuple(build.funnel),
        audit=tuple(_audit(selection, released)),
        contamination=_contamination(facts_outputs, config),
        judge=f"{config.judge.model}" if config.judge else None,
        licenses=licenses_of(released),
        notes=(*build.notes, *_cost(selection)),
    )
    splits = {split: released_rows(released, split, PAIRS_CODING) for split in SPLITS if selection.chosen[split]}
    return publish_pairs(build, store, splits, manifest, 2 * couples)


def sources_of(partitions: Sequence[Partition], outputs: Sequence[Output]) -> tuple[SourceUse, ...]:
    """One line per source file (or group of small files), with the rows read from it."""
    uses: dict[tuple[str, str], int] = {}
    for partition, output in zip(partitions, outputs, strict=True):
        key = (partition.uri, partition.fingerprint)
        uses[key] = uses.get(key, 0) + output.counts.get("rows", 0)
    return tuple(SourceUse(uri=uri, fingerprint=mark, rows=rows) for (uri, mark), rows in uses.items())


def _audit(selection: Selection, released: Sequence[Output]) -> Iterable[AuditFigure]:
    for split, results in selection.audit.items():
        if not selection.chosen[split]:
            continue
        letters = list(letters_of(released, split).values())
        right = letters.count("A")
        always_a = BaselineResult("position", right / len(letters), *wilson(right, len(letters)), len(letters))
        yield from figures_of([*results, always_a], split)


def _cost(selection: Selection) -> Iterable[str]:
    """What the adversarial choice changed, per split: the worst baseline and the learners, before and after."""
    for split, before in selection.before.items():
        worst = max(before, key=lambda r: abs(r.accuracy - 0.5), default=None)
        if worst is None or not worst.rows:
            continue
        for told in before:
            if told is worst or told.name in LEARNERS:
                title = f"the strongest baseline, {told.name}," if told is worst else f"the {told.name}"
                yield (
                    f"{split}: before the adversarial choice {title} stood at {told.accuracy:.3f} on {told.rows} rows; "
                    f"after it at {_standing(selection, split, told.name)}"
                )
        if len(selection.chosen[split]) < LEARNABLE:
            yield (
                f"{split}: {len(selection.chosen[split])} couples are too few to tell what can be learned from them; "
                f"learners are asked from {LEARNABLE} on"
            )


def _standing(selection: Selection, split: Split, name: str) -> str:
    after = next((result for result in selection.audit[split] if result.name == name), None)
    return f"{after.accuracy:.3f} on {after.rows} rows" if after else "too few to tell"


def _contamination(outputs: Sequence[Output], config: CodingConfig) -> dict[str, int]:
    if not config.contamination.enabled:
        return {}
    counts = counts_of(outputs)
    rules = ("repository", "repository-name", "instance-id", "issue-text")
    return {rule: counts.get(f"contamination {rule}", 0) for rule in rules}
