"""The judge: a model behind an OpenAI-compatible endpoint that rejects shortcut cues and ambiguous labels."""

from filters.judge.answering import FLIP_REASONS, ImageQuestion, answer_images, flips
from filters.judge.blind import ANSWERED_BLIND, BlindControl, BlindQuestion, blind_test, run_blind_control
from filters.judge.canary import CanaryReport, run_canary
from filters.judge.canary_images import run_image_canary
from filters.judge.client import OWED_REASONS, EndpointError, Owed
from filters.judge.images import IMAGES, ImageJudgeOptions, judge_image_pairs
from filters.judge.options import JudgeOptions
from filters.judge.prompts import prompt_hash
from filters.judge.run import JudgeProgress, judge_pairs
from filters.judge.spending import Spending
from filters.judge.verdict import REASONS, Verdict

__all__ = [
    "ANSWERED_BLIND",
    "FLIP_REASONS",
    "IMAGES",
    "OWED_REASONS",
    "REASONS",
    "BlindControl",
    "BlindQuestion",
    "CanaryReport",
    "EndpointError",
    "ImageJudgeOptions",
    "ImageQuestion",
    "JudgeOptions",
    "JudgeProgress",
    "Owed",
    "Spending",
    "Verdict",
    "answer_images",
    "blind_test",
    "flips",
    "judge_image_pairs",
    "judge_pairs",
    "prompt_hash",
    "run_blind_control",
    "run_canary",
    "run_image_canary",
]
