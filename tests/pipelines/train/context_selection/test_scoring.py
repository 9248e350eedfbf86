"""One forward pass, the last position's logits."""

from __future__ import annotations

import pytest

from contextpairs.data.pairs.prompting import PromptOptions, Shown, other, show
from contextpairs.pipelines.train.context_selection.encoding import PairEncoder
from contextpairs.pipelines.train.context_selection.loading import Loaded
from contextpairs.pipelines.train.context_selection.loss import margins
from contextpairs.pipelines.train.context_selection.scoring import last_logits, letter_logits, positives
from tests.data.pairs.image_rows import image_splits
from tests.data.pairs.pair_rows import splits_of
from tests.pipelines.train.context_selection.tiny_models import torch

TEXT = [show(row) for row in splits_of(range(6), words=5)["train"][:4]]
IMAGES = [show(row) for row in image_splits(range(6))["train"][:4]]


@pytest.mark.parametrize(("name", "shown"), [("llama", TEXT), ("qwen", IMAGES), ("qwen3", IMAGES)])
def test_scores_are_those_of_each_prompt_alone(name: str, shown: list[Shown], request: pytest.FixtureRequest) -> None:
    loaded: Loaded = request.getfixturevalue(name)
    encoder = PairEncoder(loaded.processor, PromptOptions(), 4096)
    letters = encoder.letters(shown[0])
    encoded = [encoder.encode(each) for each in shown]
    with torch.no_grad():
        scores = letter_logits(loaded.model, encoder.collate(encoded), letters)
        for row, each in zip(scores, encoded, strict=True):
            alone = loaded.model(**each.features).logits[0, -1, letters.ids]
            assert torch.allclose(row, alone, atol=1e-5)
    assert scores.dtype == torch.float32


def test_only_the_last_position_is_projected(llama: Loaded) -> None:
    encoder = PairEncoder(llama.processor, PromptOptions(), 4096)
    batch = encoder.collate([encoder.encode(each) for each in TEXT])
    seen: list[tuple[int, ...]] = []
    hook = llama.model.lm_head.register_forward_hook(lambda *call: seen.append(tuple(call[2].shape)))
    with torch.no_grad():
        last_logits(llama.model, batch)
    hook.remove()
    assert seen == [(4, 1, len(llama.processor))]


def test_margin_changes_sign_with_the_letter_alone(llama: Loaded) -> None:
    encoder = PairEncoder(llama.processor, PromptOptions(), 4096)
    encoded = [encoder.encode(each) for each in TEXT]
    assert positives(encoded).tolist() == ["AB".index(each.letter) for each in TEXT]
    scores = torch.tensor([[1.0, 3.0]])
    assert margins(scores, torch.tensor([0])) == -margins(scores, torch.tensor([1]))
    assert other(other("A")) == "A"
