"""Proposals by a model that sees the images, for the editing route."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from random import Random

from contextpairs.builders.images.proposals.propose import Proposal
from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.endpoint.client import Owed
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.judge_step import still_owed
from contextpairs.pipelines.images.read_step import Read
from contextpairs.pipelines.images.tables import read_images
from contextpairs.pipelines.images.vision_proposals import VisionItem, vision_proposals
from contextpairs.pipelines.run.build import Build

Proposed = tuple[int, tuple[Proposal, ...]] | str


def proposals_of_a_model(
    build: Build[ImagesConfig], read: Read, by_image: Sequence[tuple[int, ...]]
) -> Iterator[tuple[tuple[int, ...], Proposed]]:
    """The rows of each image with a row and its proposal, or why there is none, until there are enough proposals.

    One question of an image is asked about. A round asks about as many images as proposals are still wanted: no request
    is paid for an image that is not looked at, and equal builds send equal requests.

    Raises:
        StillOwed: the endpoint failed or a limit was reached.
    """
    options, wanted = build.config.editing.proposer, build.config.editing.candidates
    assert options is not None
    spending = Spending(options.max_requests, options.max_tokens)
    start = found = 0
    while found < wanted and start < len(by_image):
        images = by_image[start : start + wanted - found]
        for rows, proposed in zip(images, _round(build, read, images, spending), strict=True):
            found += not isinstance(proposed, str)
            yield rows, proposed
        start += len(images)


def _round(
    build: Build[ImagesConfig], read: Read, by_image: Sequence[tuple[int, ...]], spending: Spending
) -> list[Proposed]:
    config = build.config
    assert config.editing.proposer is not None
    rows = [_drawn(read, each, config.editing.seed) for each in by_image]
    items = (_item(read, row) for row in rows)
    replies = vision_proposals(items, config.editing.proposer, spending=spending, limits=config.limits)
    said = build.gathered("proposals", len(rows), replies)
    owed = [each for each in said if isinstance(each, Owed)]
    if owed:
        raise still_owed("editing.proposer", f"{len(owed)} of {len(said)} proposals", str(owed[0]))
    return [(row, (each,)) if isinstance(each, Proposal) else str(each) for row, each in zip(rows, said, strict=True)]


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
    return VisionItem(
        questions.key[row], questions.question[row], questions.answer[row], content, choices, questions.locale[row]
    )
