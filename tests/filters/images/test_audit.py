"""Image-only and text-only baselines stand at one half where there are mirrors, and find what is planted where not."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from contextpairs.data.sources.vqa.record import ImageFacts
from contextpairs.filters.evidence.baselines import BaselineResult
from contextpairs.filters.images.audit import DIFFICULTY, AuditRow, ShownImage, audit

TEXT_ONLY = ("question only", "answer prior", "question and answer text, learned")
IMAGE_ONLY = (
    "picks the unedited image",
    "picks the larger file",
    "picks the larger image",
    "picks the wider image",
    "picks the JPEG",
    "picks the sharper image",
    "picks the brighter image",
    "image alone, learned",
)
QUESTIONS = ("How many balls are there?", "What color is the door?", "Is there a dog?")
ANSWERS = (("2", "5", "7"), ("red", "blue", "green"), ("yes", "no"))


def facts(chance: random.Random, name: str, **changes: object) -> ImageFacts:
    """Of an image as camera files vary."""
    values = ImageFacts(
        image_id=name,
        format=chance.choice(("JPEG", "PNG")),
        width=chance.randrange(300, 600),
        height=chance.randrange(300, 600),
        frames=1,
        size=chance.randrange(20_000, 90_000),
        pixel_hash=name,
        phash=0,
        thumbnail=bytes(768),
        brightness=chance.uniform(80, 170),
        sharpness=chance.uniform(100, 900),
    )
    return values._replace(**changes)  # type: ignore[arg-type]


def mirror(row: AuditRow) -> AuditRow:
    """The row with the roles of its images swapped."""
    return row._replace(answer=row.other_answer, other_answer=row.answer, positive=row.negative, negative=row.positive)


def mirrored(rows: list[AuditRow]) -> list[AuditRow]:
    return [one for row in rows for one in (row, mirror(row))]


def edits(count: int) -> list[AuditRow]:
    """An original supports its answer; the edited image is a PNG, blurred, darker, and larger as a file."""
    return [edit(number) for number in range(count)]


def edit(number: int) -> AuditRow:
    chance = random.Random(f"edit:{number}")
    kind = chance.randrange(len(QUESTIONS))
    # Originals have the usual answer more often than not, as in life.
    answer, other = chance.sample(ANSWERS[kind], 2)
    if answer != ANSWERS[kind][0] and chance.random() < 0.5:
        answer, other = ANSWERS[kind][0], answer
    original = facts(chance, f"{number}o", format="JPEG")
    edited = original._replace(
        image_id=f"{number}e",
        pixel_hash=f"{number}e",
        format="PNG",
        size=original.size * 4,
        sharpness=original.sharpness * 0.6,
        brightness=original.brightness - 3,
    )
    return AuditRow(
        QUESTIONS[kind], answer, other, f"g{number // 2}", ShownImage(original), ShownImage(edited, edited=True)
    )


def retrieved(number: int, size_of: Callable[[str, random.Random], int]) -> AuditRow:
    """Two natural images; `size_of` says how an answer goes with the size of a file."""
    chance = random.Random(f"retrieved:{number}")
    answer, other = chance.sample(ANSWERS[0], 2)
    images = [ShownImage(facts(chance, f"{number}{a}", size=size_of(a, chance))) for a in (answer, other)]
    return AuditRow(QUESTIONS[0], answer, other, f"g{number}", images[0], images[1])


def by_name(rows: list[AuditRow]) -> dict[str, BaselineResult]:
    return {result.name: result for result in audit(rows)}


def test_mirrors_put_every_text_only_and_image_only_baseline_at_exactly_one_half() -> None:
    results = by_name(mirrored(edits(300)))
    assert {name: results[name].accuracy for name in (*TEXT_ONLY, *IMAGE_ONLY)} == dict.fromkeys(
        (*TEXT_ONLY, *IMAGE_ONLY), 0.5
    )
    assert all(result.rows == 600 for result in results.values())


def test_without_mirrors_the_same_images_give_the_edited_one_away() -> None:
    """What the exact half above is worth: each of these would pass for chance if the audit saw nothing."""
    results = by_name(edits(300))
    for name in ("picks the unedited image", "picks the JPEG", "picks the sharper image", "picks the brighter image"):
        assert results[name].accuracy == 1.0, name
    assert results["picks the larger file"].accuracy == 0.0
    assert results["image alone, learned"].accuracy > 0.95
    assert results["picks the wider image"].accuracy == 0.5


def test_without_mirrors_the_usual_answer_gives_the_original_away() -> None:
    results = by_name(edits(300))
    assert results["answer prior"].low > 0.5
    assert results["question only"].low > 0.5
    assert results["question and answer text, learned"].low > 0.5


def test_a_mirror_that_is_missing_shows() -> None:
    """A filter that drops single rows would break the construction; a tenth of them gone is seen."""
    rows = mirrored(edits(300))
    kept = [row for number, row in enumerate(rows) if number % 20 != 1]
    assert by_name(kept)["picks the unedited image"].accuracy > 0.5


def test_an_answer_that_goes_with_the_file_size_is_found_in_spite_of_mirrors() -> None:
    def tells(answer: str, chance: random.Random) -> int:
        return {"2": 20_000, "5": 50_000, "7": 40_000}[answer] + chance.randrange(5_000)

    def is_silent(_: str, chance: random.Random) -> int:
        return 20_000 + chance.randrange(30_000)

    telling = by_name(mirrored([retrieved(n, tells) for n in range(200)]))
    assert telling["answer with image measures, learned"].accuracy > 0.9
    assert telling["picks the larger file"].accuracy == telling["image alone, learned"].accuracy == 0.5
    silent = by_name(mirrored([retrieved(n, is_silent) for n in range(200)]))["answer with image measures, learned"]
    assert silent.low <= 0.5 <= silent.high


def test_an_answer_that_goes_with_edited_images_is_found_in_spite_of_mirrors() -> None:
    """Editors turn things purple, cameras do not: who sees that an image was edited needs not see the colour."""
    rows = [row._replace(other_answer="purple") for row in edits(200)]
    results = by_name(mirrored(rows))
    assert results["answer with edited or not, learned"].accuracy == 1.0
    assert results["picks the unedited image"].accuracy == 0.5


def test_letters_that_follow_from_the_text_are_found() -> None:
    def lettered(row: AuditRow, number: int, leaking: bool) -> AuditRow:
        first = row.answer in ("5", "red", "no") if leaking else random.Random(number).random() < 0.5
        return row._replace(label="A" if first else "B")

    rows = mirrored(edits(300))
    leaking = by_name([lettered(row, number, True) for number, row in enumerate(rows)])["letter from text, learned"]
    sound = by_name([lettered(row, number, False) for number, row in enumerate(rows)])["letter from text, learned"]
    assert leaking.accuracy > 0.95
    assert sound.low <= 0.5 <= sound.high
    assert "letter from text, learned" not in by_name(rows)


def test_the_clip_score_is_reported_as_difficulty() -> None:
    def scored(row: AuditRow, right: bool) -> AuditRow:
        own, other = (0.31, 0.22) if right else (0.2, 0.25)
        return row._replace(positive=row.positive._replace(score=own), negative=row.negative._replace(score=other))

    rows = [scored(row, number % 4 > 0) for number, row in enumerate(mirrored(edits(50)))]
    assert by_name(rows)[DIFFICULTY].accuracy == 0.75
    assert DIFFICULTY not in by_name([*rows[1:], edit(0)])


def test_intervals_are_over_couples_and_widen_where_groups_decide_together() -> None:
    """200 couples: each a group, in 10 groups of one mind, all in one group."""

    def width(groups: int) -> float:
        rows = [row._replace(group=f"g{n % groups}") for n, row in enumerate(edits(200))]
        decided = [
            row if n % groups % 2 else row._replace(positive=row.negative, negative=row.positive)
            for n, row in enumerate(rows)
        ]
        result = by_name(decided)["picks the unedited image"]
        return result.high - result.low

    alone, together, one = width(200), width(10), width(1)
    assert alone == pytest.approx(0.137, abs=0.002)
    assert together > 3 * alone
    assert one > 0.7


def test_mirrors_count_as_one_experiment_each() -> None:
    single, double = by_name(edits(100)), by_name(mirrored(edits(100)))
    name = "picks the wider image"
    assert single[name].high - single[name].low == double[name].high - double[name].low


def test_the_audit_is_the_same_every_time_and_in_any_order_for_what_is_exact() -> None:
    rows = mirrored(edits(60))
    assert audit(rows) == audit(rows)
    backwards = by_name(rows[::-1])
    assert {name: backwards[name].accuracy for name in IMAGE_ONLY} == dict.fromkeys(IMAGE_ONLY, 0.5)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_a_handful_of_rows_is_audited_without_learning(count: int) -> None:
    results = audit(mirrored(edits(count)))
    assert bool(results) == bool(count)
    assert not any("learned" in result.name for result in results)
    assert all(0 <= result.low <= result.accuracy <= result.high <= 1 for result in results)
