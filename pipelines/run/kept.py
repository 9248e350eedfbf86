"""Works of which only the last step may be done anew: all before it has to be kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contextpairs.pipelines.run.engine import Output, Work, found, run

COPYING = frozenset({"release"})
"""Stages that copy chosen rows out of kept outputs, and so follow from a choice alone."""


class NotKept(RuntimeError):
    """An output, or what a model said, is needed and not there."""


def kept_mapper(works: Sequence[Work], done: Callable[[Output], None]) -> list[Output]:
    """Outputs that are there; those of the copying stages are made, in this process.

    Raises:
        NotKept: others are lacking; it names the stage and how many.
    """
    there = [found(work) for work in works]
    lacking = sum(output is None and work.stage.name not in COPYING for work, output in zip(works, there, strict=True))
    if lacking:
        stage = works[0].stage
        model = ", and a model would have to make them" if stage.runs_model else ""
        raise NotKept(
            f"stage {stage.name}: {lacking} of {len(works)} outputs are not kept{model}. These settings need more than "
            "what the version was chosen from, or sources, code or the work directory have changed since: build again"
        )
    outputs = []
    for work, output in zip(works, there, strict=True):
        outputs.append(output or run(work))
        done(outputs[-1])
    return outputs
