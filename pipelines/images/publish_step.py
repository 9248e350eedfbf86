"""The end of an image build: audit, manifest, version."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from contextpairs.builders.images.retrieval.nearness import Scale
from contextpairs.data.answers.statements import statement
from contextpairs.data.pairs.schemas import PAIRS_IMAGES, SPLITS, Split, image_pair_id
from contextpairs.data.store.manifest import Manifest, NearnessScale
from contextpairs.data.store.store import Published, Store
from contextpairs.filters.evidence.baselines import BaselineResult
from contextpairs.filters.images.audit import AuditRow, ShownImage, audit
from contextpairs.pipelines.images.build_models import demonstration_note, models_of
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.edit_marks_step import marks_of
from contextpairs.pipelines.images.encoder_step import text_vectors
from contextpairs.pipelines.images.read_step import Read
from contextpairs.pipelines.images.release_stage import Couple, Side
from contextpairs.pipelines.run.build import Build
from contextpairs.pipelines.run.engine import Output
from contextpairs.pipelines.run.recording import publish_pairs
from contextpairs.pipelines.run.released import figures_of, letters_of, licenses_of, released_rows

Scores = dict[tuple[str, str], float]


def publish_images(
    build: Build[ImagesConfig],
    store: Store,
    key: str,
    read: Read,
    couples: Sequence[Couple],
    released: Sequence[Output],
    contamination: dict[str, int],
    scale: Scale | None,
) -> Published:
    """Publish the chosen couples with the account of how they came about.

    Raises:
        NothingToPublish: nothing is left.
        Shrunk: so much less than before that a part of the sources is likelier missing than gone.
    """
    if not couples:
        raise build.nothing_left()
    config = build.config
    scores = _scores(build, key, couples)
    build.line("mirrors", "rows", 2 * len(couples), 2 * len(couples), {})
    with build.step("audit"):
        audited = {split: _audited(build, scores, couples, released, split) for split in SPLITS}
    manifest = Manifest(
        domain="images",
        title="Contrastive image context pairs",
        configuration=config.content(),
        sources=read.sources,
        code_version=build.code_version(),
        funnel=tuple(build.funnel),
        audit=tuple(figure for split, results in audited.items() for figure in figures_of(results, split)),
        contamination=contamination,
        judge=config.judge.model if config.judge else None,
        models=models_of(config),
        nearness=_nearness(build, couples, scale),
        licenses=licenses_of(released),
        notes=(*build.notes, *filter(None, [demonstration_note(config)])),
    )
    present = {couple.split for couple in couples}
    splits = {split: released_rows(released, split, PAIRS_IMAGES) for split in SPLITS if split in present}
    return publish_pairs(build, store, splits, manifest, 2 * len(couples))


def _nearness(build: Build[ImagesConfig], couples: Sequence[Couple], scale: Scale | None) -> NearnessScale | None:
    """The scale with what lies on it, said as well."""
    found = [couple.scores["nearness"] for couple in couples if "nearness" in couple.scores]
    if scale is None or not found:
        return None
    low, middle, high = (round(float(each), 3) for each in np.quantile(found, (0.25, 0.5, 0.75)))
    build.reporter.note(f"nearness of {len(found)} retrieved couples: quartiles {low}, {middle}, {high}")
    return NearnessScale(random=scale.random, same=scale.same, pictures=scale.pictures, quartiles=(low, middle, high))


def _audited(
    build: Build[ImagesConfig], scores: Scores, couples: Sequence[Couple], released: Sequence[Output], split: Split
) -> list[BaselineResult]:
    """What each baseline makes of the released rows of a split."""
    mine = [couple for couple in couples if couple.split == split]
    letters = letters_of(released, split)
    rows = []
    for couple in mine:
        for here, there in (couple.sides, couple.sides[::-1]):
            pair = image_pair_id(couple.query, here.answer, here.facts.image_id, there.facts.image_id)
            if pair in letters:
                said = statement(couple.query, here.answer)
                shown, hidden = (
                    ShownImage(s.facts, s.edited, scores.get((said, s.facts.image_id))) for s in (here, there)
                )
                rows.append(
                    AuditRow(couple.query, here.answer, there.answer, couple.group, shown, hidden, label=letters[pair])
                )
    # Its products are so small that the threads of a linear algebra library would only wait for each other. The limit
    # holds for libraries that are loaded.
    for module in ("sklearn.linear_model", "sklearn.ensemble"):
        import_module(module)
    with threadpool_limits(1):
        return [*audit(rows), *marks_of(mine, build.config.limits)]


def _scores(build: Build[ImagesConfig], key: str, couples: Sequence[Couple]) -> Scores:
    """Cosine of each answer's statement with both images of its couple."""
    said = {statement(couple.query, side.answer) for couple in couples for side in couple.sides}
    texts = text_vectors(build, key, said)
    return {
        (text, shown.facts.image_id): float(texts[text] @ _vector(shown))
        for couple in couples
        for text in (statement(couple.query, side.answer) for side in couple.sides)
        for shown in couple.sides
    }


def _vector(side: Side) -> npt.NDArray[np.float32]:
    return np.frombuffer(side.vector, np.float16).astype(np.float32)
