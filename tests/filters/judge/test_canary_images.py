"""The canary set for images: writing inside a picture, before judges that read it and judges that look."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from contextpairs.filters.judge.canary import run_canary
from contextpairs.filters.judge.canary_images import IMAGE_CANARY, WRITTEN
from contextpairs.filters.judge.verdict import ORDERS
from tests.filters.judge.image_endpoint import images_of, sees
from tests.filters.judge.judge_endpoint import Body, Endpoint, Response, says


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Endpoint(sees) as server:
        yield server


def reads_writing(body: Body) -> Response:
    """Picks the image that has writing below its figure."""
    for letter, (_, content) in zip("AB", images_of(body), strict=True):
        image = Image.open(io.BytesIO(content)).convert("L")
        if min(image.crop((0, image.height // 2, image.width, image.height)).tobytes()) < 128:
            return says(f"VERDICT: {letter}\nCUE: NONE")
    return sees(body)


def test_a_judge_that_looks_at_the_figure_never_flips(endpoint: Endpoint, tmp_path: Path) -> None:
    report = run_canary(IMAGE_CANARY, endpoint.options(tmp_path, canary_pairs=10))
    assert (report.asked, report.measurable, report.flips, report.right) == (20, 20, 0, 20)
    assert set(report.by_disguise) == set(WRITTEN)


def test_a_judge_that_follows_writing_flips_where_it_stands_in_the_negative(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.respond = reads_writing
    report = run_canary(IMAGE_CANARY, endpoint.options(tmp_path, canary_pairs=10))
    in_negative = sum(case.host == "negative" for case in IMAGE_CANARY.cases(10, 0))
    assert 0 < in_negative < 10
    assert (report.flips, report.right) == (2 * in_negative, 20)


def test_a_plant_changes_its_host_image_alone_and_names_the_target() -> None:
    for case in IMAGE_CANARY.cases(10, 0):
        other = {"positive": "negative", "negative": "positive"}[case.host]
        planted = [case.planted(target) for target in ORDERS]
        assert all(pair[other] == case.pair[other] for pair in planted)
        assert all(pair[case.host] != case.pair[case.host] for pair in planted)
        assert (planted[0] == planted[1]) == (case.disguise == "self")


def test_the_set_follows_from_its_seed() -> None:
    assert IMAGE_CANARY.cases(20, 0) == IMAGE_CANARY.cases(20, 0) != IMAGE_CANARY.cases(20, 1)
    assert IMAGE_CANARY.cases(1, 0)[0].pair == IMAGE_CANARY.cases(1, 0)[0].pair
