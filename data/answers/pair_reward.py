"""Scores of replies that name an option, for verl, EasyR1, TRL and SkyRL. Needs nothing but Python.

Exported beside the data, for trainers load it by its path. A reply that states no option, or both, scores nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
"""Words that a sentence which states the choice may hold besides the letter."""
SENTENCE = re.compile(r"(?<=[.!;])\s+|\n")
FAVOURS = frozenset(
    ("also", "actually", "alternatively", "answer", "best", "both", "choice", "correct", "could", "either", "equally",
     "fits", "instead", "matches", "may", "maybe", "might", "option", "or", "perhaps", "plausible", "possible",
     "probably", "right", "supports", "supporting", "too", "true", "valid", "wait", "well", "works", "would")
)  # fmt: skip
"""Words by which a sentence speaks for a letter that it names."""
DENIES = frozenset(("not", "no", "never", "wrong", "incorrect", "false", "neither", "cannot", "t", "nor", "fails"))


def letter_of(reply: str) -> str | None:
    """The option that a reply states: "B", "Option B", "The correct option is **B**."

    One sentence has to name one letter and no more than such words. Others may name a letter as long as they do not
    speak for it: "The answer is B. Note that A shows a cat." is B, "B. A is right too" is none. Hedging states none,
    nor does what is thought, nor a question.
    """
    said = CLOSED.split(reply)[-1]
    if OPENED.search(said):
        return None
    if said.strip().lower() in ("a", "b"):
        return said.strip().upper()
    return stated_letter(said, ("A", "B"))


def stated_letter(said: str, letters: Sequence[str]) -> str | None:
    """The one of some letters that a text states, as `letter_of` reads it; None for several and for none."""
    sentences = [MARKUP.sub(" ", each).strip().rstrip("*_ ") for each in SENTENCE.split(said)]
    claims = [(place, found) for place, each in enumerate(sentences) if (found := _stated(each, letters))]
    stated = {found for _, found in claims}
    if len(stated) != 1:
        return None
    letter, first = claims[0][1], claims[0][0]
    return None if any(_speaks_for_another(each, letter, letters) for each in sentences[first:]) else letter


def _stated(sentence: str, letters: Sequence[str]) -> str | None:
    words = WORD.findall(sentence.replace("_", " "))
    named = [word for word in words if word in letters]
    if len(named) != 1 or sentence.endswith((":", "?")):
        return None
    others = [word.lower() for word in words if word not in letters]
    return named[0] if CLAIM_WORDS.issuperset(others) else None


def _speaks_for_another(sentence: str, letter: str, letters: Sequence[str]) -> bool:
    """Whether a sentence names another letter with words that speak for it, and none, or two, that deny it."""
    words = WORD.findall(sentence.replace("_", " "))
    if not any(word in letters and word != letter for word in words):
        return False
    said = [word.lower() for word in words]
    denials = sum(word in DENIES for word in said)
    return denials % 2 == 0 and (denials > 0 or not FAVOURS.isdisjoint(said))


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
