"""How a batch of pairs is dealt out, and what is logged of it."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.context_selection.loss import margins
from contextpairs.pipelines.train.context_selection.scoring import letter_logits, positives
from contextpairs.pipelines.train.pairs import open_pairs
from contextpairs.pipelines.train.selection import SelectionTerm, Spot, dealt
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.runs import small


@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 7))
def test_every_pair_falls_on_one_micro_step_of_one_process(size: int, world: int, micros: int) -> None:
    taken = [[dealt(size, Spot(0, micro, micros, rank, world)) for micro in range(micros)] for rank in range(world)]
    places = [place for rank in taken for micro in rank for place in micro]
    assert sorted(place for place in places if place < size) == list(range(size))
    assert len(places) - size < world
    for micro in zip(*taken, strict=True):
        assert len({len(share) for share in micro}) == 1
    assert all(rank[-1] for rank in taken)


@pytest.mark.parametrize("form", ["symmetric", "one_sided"])
def test_figures_are_the_means_over_the_batch(llama_folder: Path, tmp_path: Path, form: str) -> None:
    loaded = load_model(str(llama_folder))
    config = small(tmp_path, llama_folder, pair_batch=5, clip=0.004, clip_form=form)
    pairs = open_pairs(config, loaded.processor, 2048)
    term = SelectionTerm(pairs)
    sums, total = torch.zeros(11), torch.zeros(())
    with torch.no_grad():
        for rank in range(2):
            spot = Spot(3, 0, 1, rank, 2)
            share = term.share(spot)
            assert share is not None
            loss, part = term.loss(loaded.model, share, spot, torch.device("cpu"))
            sums, total = sums + part, total + loss / 2
        encoded = pairs.encoded(pairs.sequence.items(15, 5))
        each = [letter_logits(loaded.model, one.features, pairs.letters) for one in encoded]
        margin = margins(torch.cat(each), positives(encoded))
    figures = term.figures(sums)
    least = -math.inf if form == "one_sided" else -0.004
    losses = [math.log1p(math.exp(-min(max(at, least), 0.004))) for at in margin.tolist()]
    assert figures["loss"] == pytest.approx(sum(losses) / 5, abs=1e-6)
    assert float(total) == pytest.approx(config.coefficient * sum(losses) / 5, abs=1e-6)
    assert figures["margin"] == pytest.approx(float(margin.mean()), abs=1e-6)
    assert figures["accuracy"] == pytest.approx(float((margin > 0).float().mean()))
    assert figures["dead_right"] == pytest.approx(float((margin > 0.004).float().mean()))
    dead_wrong = float((margin < -0.004).float().mean())
    assert figures["dead_wrong"] == (pytest.approx(dead_wrong) if form == "symmetric" else 0)
    assert dead_wrong > 0
    for letter, name in enumerate(["accuracy_a", "accuracy_b"]):
        own = margin[positives(encoded) == letter]
        assert figures[name] == pytest.approx(float((own > 0).float().mean()))
