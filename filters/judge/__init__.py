"""The judge: a model behind an OpenAI-compatible endpoint that rejects shortcut cues and ambiguous labels."""

from filters.judge.canary import CanaryReport, run_canary
from filters.judge.client import OWED_REASONS, EndpointError
from filters.judge.options import JudgeOptions
from filters.judge.prompts import prompt_hash
from filters.judge.run import JudgeProgress, judge_pairs
from filters.judge.spending import Spending
from filters.judge.verdict import REASONS, Verdict

__all__ = [
    "OWED_REASONS",
    "REASONS",
    "CanaryReport",
    "EndpointError",
    "JudgeOptions",
    "JudgeProgress",
    "Spending",
    "Verdict",
    "judge_pairs",
    "prompt_hash",
    "run_canary",
]
