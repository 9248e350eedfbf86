"""Measures of pixels: finite for any image, and exact where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from contextpairs.filters.images.edit_pixels import NAMES, PixelOptions, pixel_measures


def test_areas_and_places_are_counted_exactly() -> None:
    """On 160 x 80 pixels a cell is 5 high and 10 wide, and the box leaves a column out on either side (10 of 401)."""
    one = np.full((80, 160, 3), 100, np.uint8)
    two = one.copy()
    two[0:10, 0:20] = 200
    two[70:80, 140:160, 2] = 200
    two[40, 80] = 200
    measures = pixel_measures(one, two, PixelOptions(smoothing=0))
    assert measures["changed"] == 401 / 12800
    assert (measures["places"], measures["spread"]) == (2.0, 8 / 256)
    assert measures["scattered"] == pytest.approx(1 / 401)
    assert measures["box"] == 158 / 160


def test_cells_that_touch_at_a_corner_are_one_place() -> None:
    """A slanted line would be as many places as cells."""
    one = np.zeros((64, 64, 3), np.uint8)
    two = one.copy()
    for at in range(0, 64, 4):
        two[at : at + 4, at : at + 4] = 255
    measures = pixel_measures(one, two, PixelOptions())
    assert (measures["places"], measures["scattered"]) == (1.0, 0.0)


def test_what_a_softer_copy_loses_at_fine_lines_is_no_change() -> None:
    """It exceeds the level pixel by pixel, to both sides; counted as a change it would hide the one that was made."""
    one = np.full((512, 512, 3), 90, np.uint8)
    one[:, ::4] = 220
    soft = np.asarray(Image.fromarray(one).filter(ImageFilter.GaussianBlur(2)))
    edited = soft.copy()
    edited[100:140, 200:240] = (250, 20, 20)
    assert pixel_measures(one, soft, PixelOptions(smoothing=0))["changed"] > 0.2
    assert pixel_measures(one, soft, PixelOptions())["changed"] == 0.0
    measures = pixel_measures(one, edited, PixelOptions())
    assert measures["places"] == 1.0
    assert measures["scattered"] < 0.1
    assert measures["changed"] == pytest.approx(1600 / 512**2, rel=0.25)


def test_the_editors_error_is_measured_where_nothing_changed() -> None:
    one = np.full((64, 64, 3), 100, np.uint8)
    two = one + np.array([0, 5, 0], np.uint8)
    two[:, ::4, 0] += 8
    two[:16] = 250
    measures = pixel_measures(one, two, PixelOptions())
    assert (measures["changed"], measures["shift"]) == (0.25, 5.0)
    assert measures["noise"] == pytest.approx(8 / 4 / 3)


@settings(max_examples=60)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**16), st.integers(1, 20), st.floats(0, 0.4))
def test_images_of_any_size_have_finite_measures(high: int, wide: int, seed: int, grid: int, reach: float) -> None:
    chance = np.random.default_rng(seed)
    one, two = chance.integers(0, 256, (2, high, wide, 3)).astype(np.uint8)
    measures = pixel_measures(one, two, PixelOptions(grid=grid, reach=reach))
    assert set(measures) == set(NAMES)
    assert all(np.isfinite(value) for value in measures.values())
    shares = [measures[name] for name in ("changed", "scattered", "spread", "box", "displaced")]
    assert all(0 <= share <= 1 for share in shares)


@settings(max_examples=25)
@given(st.integers(0, 5), st.integers(-5, 5), st.integers(0, 2**16))
def test_the_slip_that_is_found_is_the_slip_that_was_made(down: int, right: int, seed: int) -> None:
    """Found through correlations of the overlap; a sign or an axis mistaken would find none."""
    whole = np.random.default_rng(seed).integers(0, 256, (60, 70, 3)).astype(np.uint8)
    one, two = whole[10:50, 10:60], whole[10 - down : 50 - down, 10 - right : 60 - right]
    measures = pixel_measures(one, two, PixelOptions())
    assert measures["displacement"] * 40 == pytest.approx(max(down, abs(right)))
    assert measures["displaced"] == pytest.approx(1.0 if (down, right) != (0, 0) else 0.0, abs=1e-6)


def test_images_of_unequal_shape_are_no_edit() -> None:
    with pytest.raises(ValueError, match=r"shapes \(2, 2, 3\) and \(2, 3, 3\)"):
        pixel_measures(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8), PixelOptions())
