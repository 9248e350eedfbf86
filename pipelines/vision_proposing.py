"""Proposals by a model that sees the images, for the editing route."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from random import Random

from builders.proposals import Proposal
from filters.judge import OWED_REASONS
from pipelines.image_config import ImagesConfig
from pipelines.image_reading import Read
from pipelines.image_table import read_images
from pipelines.judging import StillOwed
from pipelines.vision_proposals import VisionItem, vision_proposals

Proposed = tuple[int, tuple[Proposal, ...]] | str


def proposals_of_a_model(
    config: ImagesConfig, read: Read, by_image: Sequence[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], Proposed]]:
    """The rows of each image with a row and its proposal, or why there is none; one question an image is asked about.

    Raises:
        StillOwed: the endpoint failed or a limit was reached.
    """
    options = config.editing.proposer
    assert options is not None
    rows = [_drawn(read, each, config.editing.seed) for each in by_image]
    items = (_item(read, row) for row in rows)
    said = vision_proposals(items, options, limits=config.limits)
    for each, row, proposal in zip(by_image, rows, said, strict=True):
        if isinstance(proposal, str) and proposal in OWED_REASONS:
            raise StillOwed(f"proposals: {proposal}; what is answered is kept, so a new run asks only the rest")
        yield each, proposal if isinstance(proposal, str) else (row, (proposal,))


def _drawn(read: Read, rows: Sequence[int], seed: int) -> int:
    """One question of an image."""
    image = read.images.at(int(read.questions.image[rows[0]])).image_id
    return Random(f"proposal {seed} {image}").choice(rows)


def _item(read: Read, row: int) -> VisionItem:
    images, questions = read.images, read.questions
    image = int(questions.image[row])
    place = int(images.place[image])
    content = read_images(images.paths[images.output[image]], [place])[place][1]
    choices = tuple(json.loads(questions.choices[row]))
    return VisionItem(questions.key[row], questions.question[row], questions.answer[row], content, choices)
