"""A whole step beside both losses computed once more, from their formulas, in float64 and without padding."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.run import train
from contextpairs.pipelines.train.trainer import ContextTrainer
from tests.pipelines.train.context_selection.tiny_models import ARCHITECTURES, save_text_model, transformers
from tests.pipelines.train.reference import DESCENT, policy_gradient, selection_gradient, step_taken
from tests.pipelines.train.runs import share_of_a, small

CASES: list[Any] = [
    pytest.param(kind, *rest, marks=[] if kind == "llama" and rest == (2, "symmetric") else pytest.mark.slow)
    for kind in ARCHITECTURES
    if "moe" not in kind  # the grouped product of its experts takes no doubles
    for rest in ((1, "one_sided"), (2, "symmetric"), (8, "one_sided"))
]


def tasks_of_their_own(folder: Path) -> str:
    """Prompts that differ, in tokens too."""
    rows = [{"prompt": [{"role": "user", "content": f"Say {n} {'ab ' * n}."}]} for n in range(8)]
    (folder / "own.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(folder / "own.jsonl")


CLIPS = {"one_sided": 0.03, "symmetric": 1.0}
"""Margins from which pairs are clipped: of either form some are, and some move the weights of every architecture."""


@pytest.mark.parametrize(("kind", "accumulation", "form"), CASES)
def test_a_step_is_that_of_both_formulas(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, accumulation: int, form: Any
) -> None:
    groups: dict[tuple[int, ...], list[dict[str, Any]]] = defaultdict(list)
    compute = ContextTrainer.compute_loss

    def noting(trainer: Any, model: Any, inputs: Any, *given: Any, **named: Any) -> Any:
        for at in range(len(inputs["prompt_ids"])):
            row = {
                part: inputs[f"{part}_ids"][at][inputs[f"{part}_mask"][at].bool()].tolist()
                for part in ("prompt", "completion")
            }
            groups[tuple(row["prompt"])].append(row)
        return compute(trainer, model, inputs, *given, **named)

    monkeypatch.setattr(ContextTrainer, "compute_loss", noting)
    model = save_text_model(tmp_path / kind, kind)
    config = small(
        tmp_path, model, steps=1, learning_rate=1.0, prompts_per_step=4, rollouts=4, pair_batch=6, coefficient=0.3,
        accumulation=accumulation, clip_form=form, clip=CLIPS[form], tasks=tasks_of_their_own(tmp_path), trl=DESCENT,
    )  # fmt: skip
    trained = train(config, lambda _: None)
    assert [len(group) for group in groups.values()] == [4] * 4
    rows = [row for group in groups.values() for row in group]
    words = transformers.AutoTokenizer.from_pretrained(model)
    rewards = share_of_a([words.decode(row["completion"], skip_special_tokens=True) for row in rows])
    policy = policy_gradient(model, rows, rewards, 4)
    loss, selection = selection_gradient(config)
    assert trained.history[0]["context_selection/loss"] == pytest.approx(loss, abs=1e-5)
    for name, taken in step_taken(model, trained.checkpoint).items():
        wanted = policy.get(name, 0) + selection.get(name, 0)
        assert float((taken - wanted).abs().max()) < 2e-6 + 1e-5 * float(abs(wanted).max()), name
    assert max(float(each.abs().max()) for each in policy.values()) > 1e-3
    assert max(float(each.abs().max()) for each in selection.values()) > 1e-3
