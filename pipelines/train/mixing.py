"""Pairs as RL prompts among the tasks, rewarded 1 for the right letter: the baseline DA-RL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from contextpairs.data.imaging.decoding import rgb
from contextpairs.data.imaging.limits import ImageLimits
from contextpairs.data.pairs.prompting import Shown, content_parts, messages
from contextpairs.pipelines.train.context_selection.parsing import letter_of
from contextpairs.pipelines.train.pairs import TrainPairs
from contextpairs.pipelines.train.tasks import Reward, Tasks, UnfitTasksError

if TYPE_CHECKING:
    from datasets import Dataset

ITEM, LETTER = "pair_item", "pair_letter"
"""Columns of a mixed data set: number in the sequence of pairs, and the right letter; None in tasks."""


def mixed(tasks: Tasks, pairs: TrainPairs) -> Tasks:
    """Tasks with pairs among them, as many as `pair_share` says; pairs are read when they are drawn.

    Where prompts of tasks are plain text, so are those of the pairs: the model's chat form, written out.

    Args:
        tasks: of the RL term.
        pairs: taken in their sequence, from its beginning on, more than once where there are few.

    Raises:
        UnfitTasksError: the one show images and the others none, which TRL cannot take in one batch.
    """
    seen, sees = "images" in pairs.domains, "images" in tasks.dataset.column_names
    if seen != sees or len(pairs.domains) > 1:
        shown = "both images and none" if len(pairs.domains) > 1 else "images" if seen else "none"
        raise UnfitTasksError(
            f"tasks: {pairs.config.tasks} {'has' if sees else 'has no'} column 'images' (a list a row), and the pairs "
            f"show {shown}; da_rl mixes both in a batch: bring tasks of the pairs' kind, or "
            "take objective=contextrl"
        )
    share = pairs.config.pair_share
    count = max(1, round(len(tasks.dataset) * share / (1 - share)))
    rewards = [_of_tasks(reward) for reward in tasks.rewards]
    return replace(tasks, dataset=_joined(tasks, pairs, count), rewards=[*rewards, right_letter])


def right_letter(completions: Sequence[Any], **columns: Any) -> list[float | None]:
    """1 where a reply states the letter of the positive, 0 where it does not, None where no pair was asked about."""
    letters = columns[LETTER]
    return [
        None if letter is None else float(letter_of(_text(completion)) == letter)
        for completion, letter in zip(completions, letters, strict=True)
    ]


def _joined(tasks: Tasks, pairs: TrainPairs, count: int) -> Dataset:
    from datasets import Dataset, concatenate_datasets

    numbers = Dataset.from_dict({ITEM: list(range(count))})
    joined = concatenate_datasets([tasks.dataset, numbers])
    prompt = partial(_plain_prompt if isinstance(tasks.dataset[0]["prompt"], str) else _prompt, pairs)
    return joined.with_transform(lambda batch: _with_pairs(batch, pairs, prompt))


def _with_pairs(
    batch: dict[str, list[Any]], pairs: TrainPairs, prompt: Callable[[Shown], Mapping[str, Any]]
) -> dict[str, list[Any]]:
    """Rows of a mixed data set; the columns of pairs filled in."""
    rows = {name: list(values) for name, values in batch.items()}
    rows[LETTER] = [None] * len(rows[ITEM])
    drawn = [at for at, item in enumerate(rows[ITEM]) if item is not None]
    sequence = pairs.sequence
    items = [sequence.items(rows[ITEM][at], 1)[0] for at in drawn]
    for at, shown in zip(drawn, pairs.shown(items) if items else [], strict=True):
        for name, value in prompt(shown).items():
            rows.setdefault(name, [None] * len(rows[ITEM]))[at] = value
    return rows


def _plain_prompt(pairs: TrainPairs, shown: Shown) -> Mapping[str, Any]:
    return {"prompt": pairs.encoder.chat_text(shown), LETTER: shown.letter}


def _prompt(pairs: TrainPairs, shown: Shown) -> Mapping[str, Any]:
    said: list[dict[str, Any]] = list(messages(shown, pairs.config.prompt))
    if not shown.images:
        return {"prompt": said, LETTER: shown.letter}
    said = [{**each, "content": content_parts(each["content"])} for each in said]
    images = [rgb(image["bytes"], ImageLimits()) for image in shown.images]
    return {"prompt": said, "images": images, LETTER: shown.letter}


def _of_tasks(reward: Reward) -> Reward:
    """A reward that sees the rows of tasks alone."""

    @wraps(reward)
    def only(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        tasks = [at for at, item in enumerate(columns[ITEM]) if item is None]
        values: list[float | None] = [None] * len(prompts)
        if tasks:
            chosen = {name: _chosen(value, tasks, len(prompts)) for name, value in columns.items()}
            given = reward(
                prompts=[prompts[at] for at in tasks], completions=[completions[at] for at in tasks], **chosen
            )
            for at, value in zip(tasks, given, strict=True):
                values[at] = value
        return values

    return only


def _chosen(value: Any, places: Sequence[int], rows: int) -> Any:
    """A column's values at places; what is no column stays."""
    return [value[at] for at in places] if isinstance(value, list) and len(value) == rows else value


def _text(completion: Any) -> str:
    return completion if isinstance(completion, str) else "".join(turn["content"] for turn in completion)
