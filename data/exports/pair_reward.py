"""Scores of replies that name an option, for verl, EasyR1, TRL and SkyRL. Needs nothing but Python.

Exported beside the data, for trainers load it by its path. A reply that states no option, or both, scores nothing.
"""

from __future__ import annotations

import re
from typing import Any

REWARD_NAME, REWARD_TYPE = "contextpairs", "batch"
"""What EasyR1 asks a reward file for."""
OPENED, CLOSED = (re.compile(rf"<{end}think(?:ing)?>", re.IGNORECASE) for end in ("", "/"))
"""Tags of what a model thinks; some chat templates write the opening one, and a reply holds the closing one alone."""
MARKUP = re.compile(r"\\(?:boxed|text|textbf|mathbf|mathrm)\b|</?\w+>")
WORD = re.compile(r"\w+")
CLAIM_WORDS = frozenset(
    ("answer", "be", "best", "choice", "context", "correct", "final", "is", "it", "letter", "my", "option", "output",
     "right", "so", "supporting", "supports", "that", "the", "therefore", "thus", "which", "would")
)  # fmt: skip
"""Words that a line which states the choice may hold besides the letter."""


def letter_of(reply: str) -> str | None:
    """The option that a reply states: "B", "Option B", "The correct option is **B**."

    Hedging states none, nor does what is thought, nor a question.
    """
    said = CLOSED.split(reply)[-1]
    if OPENED.search(said):
        return None
    if said.strip().lower() in ("a", "b"):
        return said.strip().upper()
    stated = {_stated(line) for line in said.splitlines()} - {None}
    return stated.pop() if len(stated) == 1 else None


def _stated(line: str) -> str | None:
    line = MARKUP.sub(" ", line).strip().rstrip("*_ ")
    words = WORD.findall(line.replace("_", " "))
    letters = [word for word in words if word in ("A", "B")]
    if len(letters) != 1 or line.endswith((":", "?")):
        return None
    others = [word.lower() for word in words if word not in ("A", "B")]
    return letters[0] if CLAIM_WORDS.issuperset(others) else None


def score(reply: str, letter: str) -> float:
    """1.0 for the right option, else 0.0."""
    return float(letter_of(reply) == letter)


def verl_reward(data_source: str, solution_str: str, ground_truth: str, extra_info: Any = None, **_: Any) -> float:  # noqa: ARG001
    """verl: custom_reward_function.name=verl_reward."""
    return score(solution_str, ground_truth)


def easyr1_reward(reward_inputs: Any, **_: Any) -> Any:
    """EasyR1: worker.reward.reward_function=pair_reward.py:easyr1_reward; of one input or of a batch."""
    if isinstance(reward_inputs, dict):
        right = score(reward_inputs["response"], reward_inputs["ground_truth"])
        return {"overall": right, "format": float(letter_of(reward_inputs["response"]) is not None), "accuracy": right}
    return [easyr1_reward(each) for each in reward_inputs]


def trl_reward(completions: list[Any], letter: list[str], **_: Any) -> list[float]:
    """TRL: GRPOTrainer(reward_funcs=trl_reward)."""
    return [score(_text(each), right) for each, right in zip(completions, letter, strict=True)]


def _text(completion: Any) -> str:
    """The text of a completion, whether text, message or parts."""
    if isinstance(completion, str):
        return completion
    if isinstance(completion, dict):
        return _text(completion.get("content") or completion.get("text") or "")
    return "".join(map(_text, completion))
