"""Rewards of tasks in TRL's signature: `(prompts, completions, **columns) -> list[float]`, pure Python, no sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

from contextpairs.data.answers.matching import matches
from contextpairs.pipelines.tasks.places import Place, parse_places, place_score

Kind: TypeAlias = Literal["coding", "images"]
Reward: TypeAlias = Callable[..., list[float]]
COLUMN = "reference"


def reward_functions(kind: Kind) -> list[Reward]:
    """The reward functions of a kind of tasks, for `GRPOTrainer(reward_funcs=...)`.

    Raises:
        ValueError: there is no such kind.
    """
    if kind not in REWARDS:
        raise ValueError(f"there are no tasks of kind {kind!r}; expected one of {sorted(REWARDS)}")
    return list(REWARDS[kind])


def place_f1(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float]:
    """Coding: how well the named files and functions fit those of the fix; see `place_score`. 0 for what is no answer.

    Args:
        prompts: one a completion.
        completions: texts, or conversations of {role, content}.
        columns: of the tasks, one value a completion; `reference` is read.

    Raises:
        ValueError: there is no reference for each completion, or it is not one of a coding task.
    """
    references = _references(prompts, completions, columns, "places")
    return [_place_f1(completion_text(c), r) for c, r in zip(completions, references, strict=True)]


def right_answer(prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float]:
    """Images: 1 where the response gives the right answer by meaning (`contextpairs.data.answers.matches`), else 0.

    An option may be given by letter or text. What may or may not be the same counts as wrong.

    Args:
        prompts: one a completion.
        completions: texts, or conversations of {role, content}.
        columns: of the tasks, one value a completion; `reference` is read.

    Raises:
        ValueError: there is no reference for each completion, or it is not one of an image task.
    """
    references = _references(prompts, completions, columns, "answer")
    return [_right_answer(completion_text(c), r) for c, r in zip(completions, references, strict=True)]


REWARDS: dict[str, tuple[Reward, ...]] = {"coding": (place_f1,), "images": (right_answer,)}


def completion_text(completion: Any) -> str:
    """What the model wrote: a text as it is, the turns of a conversation one after the other."""
    if isinstance(completion, str):
        return completion
    return "\n".join(_content_text(turn.get("content")) for turn in completion)


def _content_text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or ())


def _place_f1(response: str, reference: Mapping[str, Any]) -> float:
    named = parse_places(response)
    return place_score(named, {Place(*place) for place in reference["places"]}) if named else 0.0


def _right_answer(response: str, reference: Mapping[str, Any]) -> float:
    choices = tuple(reference["choices"])
    return float(matches(response, reference["answer"], reference["question"], choices, reference.get("locale", "")))


def _references(
    prompts: Sequence[Any], completions: Sequence[Any], columns: Mapping[str, Any], field: str
) -> list[Mapping[str, Any]]:
    given = columns.get(COLUMN)
    if given is None or not len(given) == len(completions) == len(prompts):
        found = "none" if given is None else str(len(given))
        raise ValueError(
            f"column {COLUMN!r}: expected one value for each of {len(completions)} completions and {len(prompts)} "
            f"prompts, found {found}; keep the columns of load_tasks, and set remove_unused_columns=False"
        )
    return [_reference(value, field) for value in given]


def _reference(value: Any, field: str) -> Mapping[str, Any]:
    try:
        parsed = json.loads(value)
    except (TypeError, ValueError):
        parsed = None
    if not isinstance(parsed, dict) or field not in parsed:
        raise ValueError(
            f"column {COLUMN!r} holds {str(value)[:80]!r}, expected JSON with {field!r}: the reward is that of "
            "another kind of tasks, or the column is not that of load_tasks"
        )
    return parsed
