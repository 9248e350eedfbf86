"""The loss against closed forms and finite differences."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.pipelines.train.context_selection.letters import Letters
from contextpairs.pipelines.train.context_selection.loss import (
    ClipForm,
    accuracy,
    dead_right,
    dead_wrong,
    letter_loss,
    letter_mass,
    margins,
    selection_loss,
)

torch: Any = pytest.importorskip("torch", reason="training needs the extra: pip install -e '.[train]'")
FORMS: tuple[ClipForm, ...] = ("symmetric", "one_sided")
CLIP = 5.0


def wide(*values: float) -> Any:
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def closed_form(margin: float, form: ClipForm) -> float:
    clipped = min(margin, CLIP) if form == "one_sided" else max(-CLIP, min(margin, CLIP))
    return -math.log(1 / (1 + math.exp(-clipped)))


def gradient(margin: float, form: ClipForm) -> float:
    at = wide(margin)
    (slope,) = torch.autograd.grad(selection_loss(at, CLIP, form).sum(), at)
    return float(slope)


def test_margin_is_signed_by_the_letter_of_the_positive() -> None:
    logits = torch.tensor([[3.0, 1.0], [3.0, 1.0]])
    assert margins(logits, torch.tensor([0, 1])).tolist() == [2.0, -2.0]


@pytest.mark.parametrize("form", FORMS)
@given(margin=st.floats(-60, 60))
def test_loss_is_the_closed_form(form: ClipForm, margin: float) -> None:
    assert float(selection_loss(wide(margin), CLIP, form).detach()) == pytest.approx(
        closed_form(margin, form), abs=1e-12
    )


@pytest.mark.parametrize("form", FORMS)
@given(margin=st.floats(-20, 20).filter(lambda at: abs(abs(at) - CLIP) > 1e-4))
def test_gradient_is_that_of_finite_differences(form: ClipForm, margin: float) -> None:
    step = 1e-6
    slope = (closed_form(margin + step, form) - closed_form(margin - step, form)) / (2 * step)
    assert gradient(margin, form) == pytest.approx(slope, abs=1e-8)


def test_confidently_wrong_pairs_learn_only_when_clipped_on_one_side() -> None:
    assert gradient(-7.0, "symmetric") == 0.0
    assert gradient(-7.0, "one_sided") == pytest.approx(-1 / (1 + math.exp(-7)))


@pytest.mark.parametrize("form", FORMS)
def test_confidently_right_pairs_are_left_alone(form: ClipForm) -> None:
    assert gradient(7.0, form) == 0.0
    assert gradient(4.9, form) < 0.0


# On the clip itself torch's gradient is that of either side, by its version.
@given(st.lists(st.floats(-20, 20).filter(lambda value: abs(value) != CLIP), min_size=1, max_size=8))
def test_dead_is_where_the_gradient_is_zero(values: list[float]) -> None:
    for form in FORMS:
        at = wide(*values)
        (slope,) = torch.autograd.grad(selection_loss(at, CLIP, form).sum(), at)
        dead = dead_right(at.detach(), CLIP) + dead_wrong(at.detach(), CLIP, form)
        assert (slope == 0).double().tolist() == dead.tolist()


def test_undecided_is_log_two_and_half_right() -> None:
    assert float(selection_loss(wide(0.0), CLIP).detach()) == pytest.approx(math.log(2))
    assert accuracy(torch.tensor([0.5, 0.0, -0.5])).tolist() == [1.0, 0.5, 0.0]


@given(st.lists(st.floats(-30, 30), min_size=4, max_size=4))
def test_letters_against_the_whole_vocabulary(row: list[float]) -> None:
    logits, letters = torch.tensor([row, row], dtype=torch.float64), Letters(2, 0)
    total = sum(math.exp(each - max(row)) for each in row)
    chance = [math.exp(each - max(row)) / total for each in row]
    assert letter_mass(logits, letters).tolist() == pytest.approx([chance[2] + chance[0]] * 2, abs=1e-12)
    losses = letter_loss(logits, letters, torch.tensor([0, 1])).tolist()
    logs = [each - max(row) - math.log(total) for each in row]
    assert losses == pytest.approx([-logs[2], -logs[0]], abs=1e-9)
