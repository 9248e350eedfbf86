"""No evaluation image gets through in another size or encoding, no other image is taken for one."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from contextpairs.data.imaging.looks import Looks, alike_by_thumbnail
from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.filters.images.contamination import (
    EvaluationImage,
    EvaluationImages,
    ImageContaminationOptions,
    Rule,
    Vector,
    count_rules,
)
from tests.filters.images.image_facts import HEIGHT, WIDTH, encoded, facts_of, recoloured, scene

PLAIN = ImageContaminationOptions()
LONG = "Ada buys seven red apples and three green pears at the market, how much does she pay for all of them?"
SHORT = "Is there a red ball?"


def index_of(*images: EvaluationImage, options: ImageContaminationOptions = PLAIN) -> EvaluationImages:
    return EvaluationImages(options, images)


def cropped(image: Image.Image, margin: float) -> Image.Image:
    x, y = round(image.width * margin), round(image.height * margin)
    return image.crop((x, y, image.width - x, image.height - y))


def found(index: EvaluationImages, images: list[Image.Image]) -> int:
    """How many are found once saved as JPEG of quality 60."""
    return sum(bool(hits) for hits in index.check_many([(jpeg_facts(image), SHORT) for image in images]))


def jpeg_facts(image: Image.Image) -> ImageFacts:
    return facts_of(encoded(image, "JPEG", quality=60))


@pytest.fixture(scope="module")
def index() -> EvaluationImages:
    """Forty scenes to be kept out."""
    return index_of(*(EvaluationImage(facts_of(encoded(scene(n)))) for n in range(40)))


def test_equal_pixels_in_another_file_are_known(index: EvaluationImages) -> None:
    again = facts_of(encoded(scene(3), "BMP"))
    assert "pixels" in index.check(again, SHORT)
    assert again.image_id != facts_of(encoded(scene(3))).image_id


@pytest.mark.parametrize(
    ("change", "at_least"),
    [
        (lambda image: image, 40),
        (lambda image: image.resize((WIDTH // 2, HEIGHT // 2)), 40),
        (lambda image: image.resize((WIDTH * 2, HEIGHT * 2)), 40),
        (lambda image: image.resize((WIDTH, HEIGHT * 4 // 5)), 40),
        (lambda image: cropped(image, 0.01), 40),
        (lambda image: cropped(image, 0.02), 37),
    ],
    ids=["recompressed", "halved", "doubled", "squeezed", "2 % cropped", "4 % cropped"],
)
def test_an_evaluation_image_is_known_in_another_form(
    index: EvaluationImages, change: Callable[[Image.Image], Image.Image], at_least: int
) -> None:
    assert found(index, [change(scene(n)) for n in range(40)]) >= at_least


def test_other_scenes_are_not_taken_for_it(index: EvaluationImages) -> None:
    assert found(index, [scene(n) for n in range(100, 300)]) == 0


def test_the_same_scene_in_other_colours_is_another_image(index: EvaluationImages) -> None:
    """The perceptual hash alone would take it for the same: it sees no colours."""
    images = [recoloured(scene(n)) for n in range(40)]
    careless = ImageContaminationOptions(max_difference=1.0, max_hamming=16)
    by_hash_alone = index_of(*(EvaluationImage(facts_of(encoded(scene(n)))) for n in range(40)), options=careless)
    assert found(index, images) == 0
    assert found(by_hash_alone, images) >= 20


def test_a_symmetric_drawing_is_known_by_its_thumbnail() -> None:
    """Its cosine coefficients of odd order are all about zero, so that their signs in the hash are noise."""
    image = Image.new("RGB", (256, 256), "white")
    image.paste("navy", (64, 64, 192, 192))
    facts = facts_of(encoded(image))
    noisy = facts._replace(phash=~facts.phash, pixel_hash="other", image_id="other")
    assert index_of(EvaluationImage(facts)).check(noisy, SHORT) == ("thumbnail",)
    off = ImageContaminationOptions(max_thumbnail_difference=0)
    assert index_of(EvaluationImage(facts), options=off).check(noisy, SHORT) == ()


def test_the_search_by_thumbnail_passes_nothing_over() -> None:
    """Against the comparison of every picture with every other, at a difference that many pairs have."""
    rng = np.random.default_rng(3)
    smooth = rng.integers(0, 256, (300, 4, 4, 3)).repeat(4, axis=1).repeat(4, axis=2)
    noisy = (smooth * 0.9 + rng.integers(0, 26, smooth.shape) * rng.random((300, 1, 1, 1)) * 6).clip(0, 255)
    blank = facts_of(encoded(scene(0)))
    one, two = (
        Looks.of([blank._replace(thumbnail=row.astype(np.uint8).tobytes()) for row in rows]) for rows in (smooth, noisy)
    )
    for limit in (0.05, 0.15, 0.3):
        everything = [bool((two.differences(np.full(300, i), one, np.arange(300)) <= limit).any()) for i in range(300)]
        assert alike_by_thumbnail(one, two, limit).tolist() == everything
        assert 0 < sum(everything) < 300 or limit == 0.05


def test_embeddings_count_where_both_sides_have_them() -> None:
    vector = np.array([3.0, 4.0, 0.0], np.float32)
    index = index_of(EvaluationImage(facts_of(encoded(scene(0))), (), vector))
    other = facts_of(encoded(scene(1)))
    near, far = vector * 7, np.array([4.0, 3.0, 0.0], np.float32)
    assert index.check(other, SHORT, near) == ("embedding",)
    assert index.check(other, SHORT, far) == ()
    assert index.check(other, SHORT) == ()


def test_a_long_question_is_known_by_its_words_whatever_the_image() -> None:
    index = index_of(EvaluationImage(facts_of(encoded(scene(0))), (LONG,)))
    other = facts_of(encoded(scene(1)))
    assert index.check(other, f"Look closely. {LONG.upper()}") == ("question-text",)
    assert index.check(other, LONG.replace("seven red", "nine").replace("green pears", "plums")) == ()


def test_a_long_question_that_the_set_asks_of_many_images_is_a_template() -> None:
    images = [EvaluationImage(facts_of(encoded(scene(n))), (LONG,)) for n in range(3)]
    other = facts_of(encoded(scene(9)))
    assert index_of(*images[:2]).check(other, LONG) == ("question-text",)
    assert index_of(*images).check(other, LONG) == ()


def test_rows_of_one_evaluation_image_count_once() -> None:
    """Three questions of one image in three rows are no template, and all three are known."""
    facts = facts_of(encoded(scene(0)))
    index = index_of(*(EvaluationImage(facts, (f"{LONG} {word}",)) for word in ("Today", "Tomorrow", "Never")))
    assert index.check(facts_of(encoded(scene(9))), LONG) == ("question-text",)


def test_a_short_question_counts_with_an_image_that_looks_alike_alone() -> None:
    """A crop that is too deep for the image rules is known by the question that both are asked."""
    index = index_of(*(EvaluationImage(facts_of(encoded(scene(n))), (SHORT,)) for n in range(40)))
    crops = [facts_of(encoded(cropped(scene(n), 0.05))) for n in range(40)]
    same = index.check_many([(facts, "is there a RED ball") for facts in crops])
    other = index.check_many([(facts, "How many balls are there?") for facts in crops])
    assert sum(hits == ("question-and-image",) for hits in same) >= 5
    assert not any("question-and-image" in hits for hits in other)
    assert index.check(facts_of(encoded(scene(77))), SHORT) == ()


def test_rows_are_checked_together_as_one_by_one(index: EvaluationImages) -> None:
    rows = [(facts_of(encoded(scene(n))), question) for n in (3, 50, 3, 51) for question in (SHORT, LONG)]
    together = index.check_many(rows)
    assert together == [index.check(facts, question) for facts, question in rows]
    assert [bool(hits) for hits in together] == [True, True, False, False] * 2


def test_an_index_travels_to_a_worker(index: EvaluationImages) -> None:
    row = (jpeg_facts(cropped(scene(3), 0.02)), SHORT)
    before = index.check(*row)
    assert pickle.loads(pickle.dumps(index)).check(*row) == before == ("perceptual-hash",)


def test_nothing_is_found_without_evaluation_images_or_when_off() -> None:
    image = EvaluationImage(facts_of(encoded(scene(0))), (LONG,))
    assert index_of().check(image.facts, LONG) == ()
    assert index_of(image, options=ImageContaminationOptions(enabled=False)).check(image.facts, LONG) == ()
    assert index_of(image).check_many([]) == []


def test_vectors_that_do_not_fit_are_refused() -> None:
    facts = facts_of(encoded(scene(0)))
    vector: Vector = np.ones(3, np.float32)
    with pytest.raises(ValueError, match="1 of 2 evaluation images have a vector"):
        index_of(EvaluationImage(facts, (), vector), EvaluationImage(facts_of(encoded(scene(1)))))
    with pytest.raises(ValueError, match=r"shape \(1, 2\), expected \(1, 3\)"):
        index_of(EvaluationImage(facts, (), vector)).check(facts, SHORT, np.ones(2, np.float32))


def test_hits_are_counted_by_rule() -> None:
    hits: list[tuple[Rule, ...]] = [("pixels", "perceptual-hash"), (), ("pixels",)]
    assert count_rules(hits) == {"perceptual-hash": 1, "pixels": 2}


def real_facts(path: Path, limit: int) -> list[ImageFacts]:
    images = pq.read_table(path, columns=["image"]).column("image").to_pylist()
    distinct = list(dict.fromkeys(image["bytes"] for image in images))
    return [facts_of(content) for content in distinct[:limit]]


def test_real_photos_are_known_again_and_other_real_images_are_no_photos(shared: Path) -> None:
    paths = sorted((shared / "vqa/coco128/images").glob("*.jpg"))[:30]
    index = index_of(*(EvaluationImage(facts_of(path.read_bytes())) for path in paths))
    photos = [Image.open(path).convert("RGB") for path in paths]
    assert found(index, photos) == len(photos)
    assert found(index, [photo.resize((photo.width // 2, photo.height // 2)) for photo in photos]) == len(photos)
    assert found(index, [cropped(photo, 0.015) for photo in photos]) >= 0.95 * len(photos)
    assert found(index, [cropped(photo, 0.025) for photo in photos]) >= 0.8 * len(photos)
    others = [facts for name in ("easy_vqa", "shapes") for facts in real_facts(shared / f"vqa/{name}.parquet", 300)]
    assert not any(index.check_many([(facts, "") for facts in others]))


def test_few_real_images_of_one_generator_are_taken_for_each_other(shared: Path) -> None:
    """One coloured shape on one coloured ground, 64 x 64: the hardest to tell apart. All are different images."""
    facts = real_facts(shared / "vqa/easy_vqa.parquet", 2000)
    index = index_of(*(EvaluationImage(f) for f in facts[::2]))
    hits = index.check_many([(f, "") for f in facts[1::2]])
    assert sum(map(bool, hits)) < 0.1 * len(hits)
