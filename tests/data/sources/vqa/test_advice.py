"""What a row lacks is named by a mapping that works; two mappings say what no name can tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contextpairs.data.sources.files import json_text
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa import documents
from contextpairs.data.sources.vqa.column_mapping import ColumnMapping
from contextpairs.data.sources.vqa.fields import recognised
from contextpairs.data.sources.vqa.planning import plan_vqa
from contextpairs.data.sources.vqa.reading import read_shown
from contextpairs.data.sources.vqa.record import Question, VqaRow
from contextpairs.data.sources.vqa.texts import no_part, spelled, texts_in
from contextpairs.data.sources.vqa.vqa_partition import VqaOptions
from tests.data.pairs.image_rows import picture
from tests.data.sources.vqa.making import PNG, images, lines, one, outcomes, questions, reason, table
from tests.data.sources.vqa.test_named_forms import advised, followed

ASKED = "Which bird is it?"
OPTIONS = ["owl", "crow", "hen"]
# No letters of options, and nothing that a list of ours knows.
NAMES = st.text("bdfhkmquvwxyz_", min_size=4, max_size=9).filter(
    lambda name: not recognised(name) and not no_part(name, "owl") and spelled(name) != ""
)


@given(names=st.lists(NAMES, min_size=3, max_size=3, unique_by=spelled), order=st.permutations(range(3)))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_columns_of_any_names_are_found_by_following_the_advice(
    names: list[str], order: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("any")
    values = ["a.png", ASKED, "owl"]
    row = {names[at]: values[at] for at in order}
    options: dict[str, Any] = {}
    for field in ("question", "image", "answer"):
        item = one(folder, row, **options)
        options = followed(options, f"columns.{field}", advised([item], f"columns.{field}"))
    found = one(folder, row, **options)
    assert (questions(found)[0].question, questions(found)[0].answer) == (ASKED, "owl")
    assert isinstance(found, VqaRow)
    assert found.image == PNG


@pytest.mark.parametrize("column", ["file_of_the_picture", "Figure_path", "photo"])
def test_a_table_without_a_known_picture_names_the_mapping(column: str, tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    path = table(tmp_path / "rows.parquet", {"question": [ASKED], "answer": ["owl"], column: ["a.png"]})
    if column != "photo":
        with pytest.raises(SourceError, match=rf"map it: source\.columns\.image={column}"):
            outcomes(path)
    (item,) = outcomes(path, columns={"image": column})
    assert isinstance(item, VqaRow)


def test_a_table_of_nothing_asks_for_all() -> None:
    with pytest.raises(ValueError, match="map one of image, question, answer"):
        VqaOptions(columns={"picture": "a"})


@pytest.mark.parametrize(("place", "answer"), [(0, "owl"), (2, "hen"), ("1", "crow"), (1.0, "crow"), (" 2 ", "hen")])
def test_a_place_among_options_by_a_mapping(place: Any, answer: str, tmp_path: Path) -> None:
    row = {"image": "a.png", "question": ASKED, "choices": OPTIONS, "right": place}
    assert questions(one(tmp_path, row, columns={"answer_index": "right"}))[0].answer == answer


@pytest.mark.parametrize(
    "options", [["1", "2", "0"], ["2 cats", "1 cat", "3 cats"], {"1": "owl", "2": "crow", "3": "hen"}]
)
def test_a_mapped_place_is_a_place_whatever_the_options_say(options: Any, tmp_path: Path) -> None:
    """Without the mapping such a number may mean two options."""
    row = {"image": "a.png", "question": ASKED, "choices": options, "answer": 1}
    item = one(tmp_path, row, columns={"answer_index": "answer"})
    assert questions(item)[0].answer == (options[1] if isinstance(options, list) else "crow")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"choices": OPTIONS, "right": 3}, "no option has this place, counted from 0"),
        ({"choices": OPTIONS, "right": -1}, "no option has this place, counted from 0"),
        ({"choices": OPTIONS, "right": "owl"}, "map it as source.columns.answer=right"),
        ({"choices": None, "right": 1}, "the row has none; map `columns` choices"),
        ({"choices": ["owl", "", "hen"], "right": 1}, "no option has this place"),
    ],
)
def test_a_place_that_is_none(row: dict[str, Any], said: str, tmp_path: Path) -> None:
    item = one(tmp_path, {"image": "a.png", "question": ASKED, **row}, columns={"answer_index": "right"})
    assert reason(item) == "unresolved-option"
    assert isinstance(item, Rejection)
    assert said in item.detail


def test_a_number_that_may_be_a_place_is_advised(tmp_path: Path) -> None:
    row = {"image": "a.png", "question": ASKED, "choices": OPTIONS, "answer": "1"}
    item = one(tmp_path, row)
    assert reason(item) == "unresolved-option"
    assert advised([item], "columns.answer_index") == "answer"
    beyond = one(tmp_path, {**row, "answer": "7"})
    assert isinstance(beyond, Rejection)
    assert "answer_index" not in beyond.detail


def test_a_missing_place_is_no_answer(tmp_path: Path) -> None:
    row = {"image": "a.png", "question": ASKED, "choices": OPTIONS, "right": None}
    assert reason(one(tmp_path, row, columns={"answer_index": "right"})) == "no-answer"


@pytest.mark.parametrize("both", [("image", "image_id"), ("answer", "answer_index")])
def test_two_mappings_of_one_thing_are_refused(both: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match=f"'{both[0]}' and '{both[1]}' say the same in two ways; map one of them"):
        VqaOptions(columns=dict.fromkeys(both, "a"))


def test_a_mapped_number_must_be_there(tmp_path: Path) -> None:
    images(tmp_path, "7.png")
    path = lines(tmp_path / "rows.jsonl", [{"nr": 7, "question": ASKED, "answer": "owl"}])
    with pytest.raises(SourceError, match="no column 'number' for field 'image_id'; columns are: answer, nr, question"):
        outcomes(path, columns={"image_id": "number"})
    (item,) = outcomes(path, columns={"image_id": "nr"})
    assert isinstance(item, VqaRow)
    assert item.name == "7.png" or item.image == PNG


@pytest.mark.parametrize("column", ["nr", "meta.nr"])
@pytest.mark.parametrize("size", ["whole", "stream"])
def test_a_list_of_pictures_is_joined_by_the_mapped_number(
    column: str, size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if size == "stream":
        for module in (documents, json_text):
            monkeypatch.setattr(module, "WHOLE_BYTES", 500)
    images(tmp_path, "x/a.png", "x/b.png")
    listed = [{"id": at, "file_name": f"x/{name}"} for at, name in ((7, "a.png"), (8, "b.png"))]
    number = [{"nr": 7 + at % 2} if column == "nr" else {"meta": {"nr": str(7 + at % 2)}} for at in range(20)]
    rows = [{**each, "question": ASKED, "answer": "owl"} for each in number]
    (tmp_path / "data.json").write_text(json.dumps({"images": listed, "annotations": rows}))
    items = outcomes(tmp_path / "data.json", columns={"image_id": column})
    assert [item.image for item in items if isinstance(item, VqaRow)] == [picture(at % 2) for at in range(20)]


def test_a_number_that_no_list_has_names_what_is_expected(tmp_path: Path) -> None:
    images(tmp_path, "a.png")
    value = {"pictures": [{"nr": 7, "f": "a.png"}], "rows": [{"nr": 9, "question": ASKED, "answer": "owl"}]}
    (tmp_path / "data.json").write_text(json.dumps(value))
    (item,) = outcomes(tmp_path / "data.json", columns={"image_id": "nr"})
    assert reason(item) == "missing-image"
    assert isinstance(item, Rejection)
    assert "expected 9.jpg or images/9.jpg" in item.detail


def test_evaluation_sets_show_pictures_that_are_told_by_number(tmp_path: Path) -> None:
    """Would catch a set that keeps nothing out because its rows hold no path."""
    images(tmp_path, "images/12.png", "images/13.png")
    path = lines(tmp_path / "rows.jsonl", [{"image_id": 12, "question": ASKED}, {"nr": 13, "question": ASKED}])
    asked: list[tuple[dict[str, Any], list[bytes]]] = [({}, [picture(0)]), ({"image_id": "nr"}, [picture(1)])]
    for columns, expected in asked:
        partitions, _ = plan_vqa([str(path)], VqaOptions(columns=columns))
        shown = [item for partition in partitions for item in read_shown(partition)]
        assert [item.image for item in shown if isinstance(item, VqaRow)] == expected


def test_a_turn_may_name_its_picture_itself(tmp_path: Path) -> None:
    turns = [{"role": "user", "image": "a.png", "content": ASKED}, {"role": "assistant", "content": "owl"}]
    assert questions(one(tmp_path, {"messages": turns}))[0].question == ASKED
    several = [{"role": "user", "images": ["a.png", "b.png"], "content": ASKED}, turns[1]]
    assert reason(one(tmp_path, {"messages": several})) == "several-images"


@pytest.mark.parametrize("held", ["a.png", "images/a.png"])
def test_a_file_beside_the_rows_goes_before_one_in_a_usual_folder(held: str, tmp_path: Path) -> None:
    images(tmp_path, held)
    row = {"image": "a.png", "question": ASKED, "answer": "owl"}
    path = lines(tmp_path / "rows.jsonl", [row, row])
    assert [item.image for item in outcomes(path) if isinstance(item, VqaRow)] == [PNG, PNG]
    (tmp_path / "a.png").write_bytes(picture(5))
    assert [item.image for item in outcomes(path) if isinstance(item, VqaRow)] == [picture(5)] * 2


def test_an_address_is_no_part_of_a_question() -> None:
    assert list(texts_in("about", "https://example.org/a?b=c", ColumnMapping())) == []
    said = "See https://example.org and count."
    assert [each.text for each in texts_in("about", said, ColumnMapping())] == [said]


def test_options_that_begin_with_their_own_letters_lose_them(tmp_path: Path) -> None:
    row = {"image": "a.png", "question": ASKED, "A": "A: owl", "B": "B: crow", "answer": "B"}
    assert questions(one(tmp_path, row))[0] == Question(ASKED, "crow", ("owl", "crow"))
    other = {**row, "A": "B: owl", "B": "A: crow"}
    assert questions(one(tmp_path, other))[0].choices == ("B: owl", "A: crow")


def test_a_column_that_answers_only_if_asked_is_read_from_parquet(tmp_path: Path) -> None:
    columns = {"image": [PNG], "question": [ASKED], "chosen": ["owl"], "rejected": ["hen"]}
    path = table(tmp_path / "rows.parquet", {name: pa.array(each) for name, each in columns.items()})
    items = outcomes(path)
    assert reason(items[0]) == "no-answer"
    assert advised(items, "columns.answer") == "chosen"
    beside = table(
        tmp_path / "more.parquet", {name: pa.array(each) for name, each in {**columns, "answer": ["owl"]}.items()}
    )
    assert questions(outcomes(beside)[0])[0].answer == "owl"
