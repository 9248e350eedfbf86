"""A judge that answers in place of the encoder: of each image by itself it has to read what it is to show."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from contextpairs.data.answers.comparing import relation
from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.endpoint.client import Owed
from contextpairs.data.imaging.send import png_of
from contextpairs.filters.judge.image_reader import OTHER_CHANGED, ImageQuestion, answer_images, flips
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.images.edit_records import KeptEdit
from contextpairs.pipelines.images.judge_step import still_owed
from contextpairs.pipelines.images.read_step import Read
from contextpairs.pipelines.images.tables import read_images
from contextpairs.pipelines.run.build import Build


def answered(build: Build[ImagesConfig], edits: Sequence[KeptEdit], read: Read) -> list[KeptEdit]:
    """The edits that the judge answers as they are to be answered: the question on both images, the others as before.

    Raises:
        StillOwed: the endpoint failed or a limit was reached before all had an answer.
    """
    options = build.config.editing.judge
    assert options is not None
    judge = _Judge(build, read, Spending(options.max_requests, options.max_tokens))
    reasons: Counter[str] = Counter()
    kept = _counted(edits, judge.flipped(edits), reasons)
    kept = _counted(kept, judge.untouched(kept), reasons)
    build.line("answers", "edits", len(edits), len(kept), dict(sorted(reasons.items())))
    return kept


def _counted(edits: Sequence[KeptEdit], against: Sequence[str | None], reasons: Counter[str]) -> list[KeptEdit]:
    """Those that nothing speaks against; what speaks against the others is counted."""
    reasons.update(filter(None, against))
    return [edit for edit, reason in zip(edits, against, strict=True) if not reason]


class _Asked(NamedTuple):
    """A question of one of the two images of an edit."""

    edit: KeptEdit
    row: int
    on_edited: bool


@dataclass(frozen=True, slots=True)
class _Judge:
    """A model that answers questions on single images, under one spending limit."""

    build: Build[ImagesConfig]
    read: Read
    spending: Spending

    def flipped(self, edits: Sequence[KeptEdit]) -> list[str | None]:
        """Of each edit, why its two images do not answer its question as they are to."""
        said = self._said([_Asked(edit, edit.candidate.row, side) for edit in edits for side in (False, True)])
        return [self._flips(*each) for each in zip(edits, said[::2], said[1::2], strict=True)]

    def untouched(self, edits: Sequence[KeptEdit]) -> list[str | None]:
        """Of each edit, whether another question of its image was answered as it is known before, and is not now.

        The original is asked about only where the edited image is answered otherwise: what the judge cannot read off
        the original either speaks against no edit.
        """
        others = [_Asked(edit, row, True) for edit in edits for row in edit.candidate.rows if row != edit.candidate.row]
        new = [each for each, said in zip(others, self._said(others), strict=True) if self._is(said, each, "different")]
        before = self._said([each._replace(on_edited=False) for each in new])
        changed = {id(each.edit) for each, said in zip(new, before, strict=True) if self._is(said, each, "same")}
        return [OTHER_CHANGED if id(edit) in changed else None for edit in edits]

    def _flips(self, edit: KeptEdit, on_original: str | None, on_edited: str | None) -> str | None:
        row = edit.candidate.row

        def same(first: str, second: str) -> bool:
            return self._relation(first, second, row) == "same"

        return flips(self.read.questions.answer[row], edit.row["answer"], on_original, on_edited, same)

    def _is(self, said: str | None, asked: _Asked, wanted: str) -> bool:
        """How an answer stands to the one that the question has on the original."""
        return said is not None and self._relation(self.read.questions.answer[asked.row], said, asked.row) == wanted

    def _relation(self, first: str, second: str, row: int) -> str:
        return relation(
            first, second, self.read.questions.question[row], self._choices(row), self.read.questions.locale[row]
        )

    def _choices(self, row: int) -> tuple[str, ...]:
        return tuple(json.loads(self.read.questions.choices[row]))

    def _said(self, asked: Sequence[_Asked]) -> list[str | None]:
        """The answers; None where nothing could be read."""
        if not asked:
            return []
        options, limits = self.build.config.editing.judge, self.build.config.limits
        assert options is not None
        items = map(self._item, asked)
        convert = partial(png_of, limits=limits)
        replies = answer_images(items, options, convert=convert, spending=self.spending)
        said = self.build.gathered("answers", len(asked), replies)
        owed = [each for each in said if isinstance(each, Owed)]
        if owed:
            raise still_owed("editing.judge", f"{len(owed)} of {len(said)} answers", str(owed[0]))
        return [each for each in said if not isinstance(each, Owed)]

    def _item(self, asked: _Asked) -> ImageQuestion:
        images, questions = self.read.images, self.read.questions
        image = int(questions.image[asked.row])
        path, place = images.paths[images.output[image]], int(images.place[image])
        if shown := asked.edit.row if asked.on_edited else asked.edit.original:
            path, place = asked.edit.output.path, shown["place"]
        content = read_images(path, [place])[place][1]
        return ImageQuestion(questions.question[asked.row], self._choices(asked.row), content)
