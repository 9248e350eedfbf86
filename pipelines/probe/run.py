"""One probe: the pairs of a split, in both orders, put to one model; results, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from contextpairs.data.pairs.prompting import PromptOptions
from contextpairs.data.store.manifest import Manifest
from contextpairs.data.store.store import Store
from contextpairs.data.store.version_rows import VersionError
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.identity import run_facts
from contextpairs.pipelines.probe.questions import (
    ORDERS,
    Answer,
    Answered,
    Asker,
    OwedAnswer,
    ProbeQuestion,
    both_orders,
    result,
)
from contextpairs.pipelines.probe.reports import Report, report
from contextpairs.pipelines.probe.results import Parts, Results, read_results, run_key, write_record, write_results
from contextpairs.pipelines.probe.sampling import PairPlace, drawn, rows_at
from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.run.reporting import Reporter, Silent

PART = 64
"""Pairs of a part: what a killed run loses at most."""


class AnswersOwed(RuntimeError):
    """The endpoint did not answer some questions: the work is owed to the next run, and no result is given."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A finished probe.

    Attributes:
        path: Parquet file of the results; the manifest stands beside it as JSON.
        results: facts and rows.
        report: what they say.
        reused: whether the very same run was found finished.
    """

    path: Path
    results: Results
    report: Report
    reused: bool


def probe(config: ProbeConfig, reporter: Reporter | None = None) -> Probed:
    """Put pairs to a model in both orders; a run that was killed goes on, one that is finished is read again.

    Raises:
        LookupError: the store has no such version, split or pairs; or the model is not there.
        AnswersOwed: the endpoint failed or a spending limit was reached; answers had so far are kept.
        EndpointError: the endpoint refuses a request.
        ValueError: pairs and model do not go together: a prompt too long, images for a text model, no letters.
    """
    config = _as_trained(config)
    run = _opened(config)
    reporter = reporter or Silent()
    if pinned := run.store.pin_note(config.version):
        reporter.note(pinned)
    if config.again:
        run.path.unlink(missing_ok=True)
        run.done.remove()
    reused = run.path.is_file()
    if not reused:
        rows = _rows(run, reporter)
        write_results(run.path, run.facts | {"served": _served(rows)}, rows)
        run.done.remove()
    results = read_results(run.path)
    found = report(results.rows)
    write_record(run.path, results, asdict(found))
    return Probed(run.path, results, found, reused)


def _as_trained(config: ProbeConfig) -> ProbeConfig:
    """A checkpoint of `train` is asked as it was trained, but for what the configuration says of the prompt."""
    if config.endpoint or not config.model:
        return config
    from contextpairs.pipelines.train.record import trained_prompt

    prompt = trained_prompt(Path(config.model))
    if prompt is None:
        return config
    prompt |= config.prompt.model_dump(exclude_unset=True)
    return config.model_copy(update={"prompt": PromptOptions.model_validate(prompt)})


@dataclass(frozen=True, slots=True)
class _Run:
    """What is asked, and where the results go."""

    config: ProbeConfig
    store: Store
    version: str
    places: list[PairPlace]
    facts: dict[str, Any]
    path: Path
    done: Parts

    def questions(self, places: set[int]) -> Iterator[ProbeQuestion]:
        """Those of the pairs at some places of the split."""
        for row in rows_at(self.store, self.version, self.config.split, places):
            yield from both_orders(row, self.config.prompt)


def _opened(config: ProbeConfig) -> _Run:
    if not config.model:
        raise ConfigError("model: which one? Give model=FOLDER, or endpoint=URL with model=NAME")
    store = Store(config.pairs, config.storage)
    version = _version(store, config)
    manifest = store.manifest(version)
    places = _places(store, version, manifest, config)
    facts = run_facts(config, version, manifest)
    key = run_key(facts)
    path = config.out / f"{Path(config.model).name}-{key[:8]}.parquet"
    return _Run(config, store, version, places, facts, path, Parts(config.out / ".parts" / key[:32], facts))


def _version(store: Store, config: ProbeConfig) -> str:
    """The name of the version, fixed before anything is read: another may be published meanwhile."""
    return store.resolved(config.version)


def _places(store: Store, version: str, manifest: Manifest, config: ProbeConfig) -> list[PairPlace]:
    if not manifest.rows.get(config.split):
        raise VersionError(
            f"{version} of {config.pairs} has no pairs in split {config.split!r} (it has {dict(manifest.rows)}); "
            "build with a larger probe_share, or name another split"
        )
    places = drawn(store, version, config.split, config.limit, config.seed, config.half)
    if not places:
        raise VersionError(
            f"{version} of {config.pairs} has no pairs in half {config.half!r} of split {config.split!r}"
        )
    return places


def _rows(run: _Run, reporter: Reporter) -> pa.Table:
    """The results of all places; parts that are finished are not asked again."""
    parts = [run.places[start : start + PART] for start in range(0, len(run.places), PART)]
    missing = [part for part in parts if not run.done.path(_ids(part)).is_file()]
    reporter.stage("probe", len(parts))
    for _ in range(len(parts) - len(missing)):
        reporter.advance(reused=True)
    if missing:
        questions = run.questions({place.row for part in missing for place in part})
        _answer(missing, _asker(run).answers(questions), run.done, reporter)
    return run.done.joined([_ids(part) for part in parts])


def _ids(part: Sequence[PairPlace]) -> list[str]:
    return [place.pair_id for place in part]


def _asker(run: _Run) -> Asker:
    config = run.config
    if config.endpoint:
        from contextpairs.pipelines.probe.endpoint_asker import EndpointAsker

        return EndpointAsker(config.endpoint_options(run.done.folder / "replies"), config.prompt)
    from contextpairs.pipelines.probe.local_asker import LocalAsker

    return LocalAsker(config, window=len(ORDERS) * PART)


def _answer(parts: list[list[PairPlace]], answers: Iterator[Answered], done: Parts, reporter: Reporter) -> None:
    """Finish all parts that can be finished; what is owed is told at the end, so that one failure wastes no other."""
    owed: list[str] = []
    for part in parts:
        answered = list(islice(answers, len(ORDERS) * len(part)))
        reasons = [answer.reason for _, answer in answered if isinstance(answer, OwedAnswer)]
        if not reasons:
            rows = [result(question, answer) for question, answer in answered if isinstance(answer, Answer)]
            done.write(_ids(part), rows)
        owed += reasons
        reporter.advance(reused=False)
    if owed:
        raise AnswersOwed(
            f"the endpoint owes {len(owed)} of {sum(len(ORDERS) * len(part) for part in parts)} answers ({owed[0]}); "
            "no result was written. Answers had so far are kept: run again, or raise requests.max_requests and "
            "requests.max_tokens"
        )


def _served(rows: pa.Table) -> list[str]:
    """Models that the endpoint said it ran."""
    return sorted(filter(None, pc.unique(rows["served"]).to_pylist()))
