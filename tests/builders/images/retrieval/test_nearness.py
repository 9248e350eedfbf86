"""A scale of nearness on which random pictures are 0 and altered ones 1, whatever the encoder's cosines are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from contextpairs.builders.images.retrieval.nearness import Scale, altered, drawn, scale_of
from tests.data.imaging.photo_like import photo


def unit(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("common", [0.0, 1.0, 3.0])
def test_the_scale_holds_for_encoders_whose_vectors_lie_wide_apart_and_close_together(common: float) -> None:
    """Vectors with more or less in common: cosines of random ones from 0 to 0.9, nearness always 0."""
    chance = np.random.default_rng(0)
    own = chance.normal(size=(400, 64)) + common
    scale = scale_of(unit(own), unit(own), unit(own + 0.3 * chance.normal(size=own.shape)))
    assert scale is not None
    random = (unit(own)[:200] * unit(own)[:199:-1]).sum(axis=1)
    assert abs(np.median(scale.of(random))) < 0.1
    halfway = unit(own[::2]) @ unit(own + 1.0 * chance.normal(size=own.shape))[::2].T
    assert 0.3 < np.median(scale.of(np.diag(halfway).astype(np.float32))) < 0.95
    assert scale.of(np.array([scale.cosine(0.4)], np.float32))[0] == pytest.approx(0.4, abs=1e-4)


def test_an_encoder_that_sees_no_difference_has_no_scale() -> None:
    same = np.ones((60, 8), np.float32) / np.sqrt(8)
    assert scale_of(same, same, same) is None


def test_altered_pictures_without_a_finite_vector_have_no_say() -> None:
    chance = np.random.default_rng(5)
    own = unit(chance.normal(size=(100, 8)))
    changed = own.copy()
    changed[:30] = np.nan
    found = scale_of(own, own, changed)
    assert found is not None
    assert (found.same, found.pictures) == (1.0, 70)
    assert scale_of(own, own, np.full_like(own, np.nan)) is None


def test_the_draw_is_of_ids_and_mostly_stays_when_others_come() -> None:
    ids = [f"{number:x}" for number in range(500)]
    before = {ids[place] for place in drawn(ids, 0, 50)}
    more = ids[::-1] + [f"new{number}" for number in range(50)]
    assert len(before & {more[place] for place in drawn(more, 0, 50)}) >= 40
    assert drawn(ids, 0, 50) != drawn(ids, 1, 50)


def test_an_altered_picture_is_a_crop_drawn_from_its_id() -> None:
    shown = photo(0)
    one = altered(shown, "a", 0)
    assert one.size == (round(shown.width * 0.9), round(shown.height * 0.9))
    assert one.tobytes() == altered(shown, "a", 0).tobytes()
    assert one.tobytes() != altered(shown, "b", 0).tobytes()
    assert altered(shown.resize((1, 1)), "a", 0).size == (1, 1)


def test_a_scale_is_plain_numbers() -> None:
    assert Scale(0.1, 0.9, 64).of(np.array([0.1, 0.5, 0.9], np.float32)).round(3).tolist() == [0.0, 0.5, 1.0]
