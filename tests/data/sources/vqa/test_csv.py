"""Comma-separated text: a question a row, its image by path."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceError
from contextpairs.data.sources.vqa.record import Question, VqaRow
from tests.data.sources.vqa.making import PNG, images, outcomes, questions, reason

HEADER = ("question", "answer", "image")


def written(path: Path, rows: Sequence[Sequence[str]], delimiter: str = ",", header: Sequence[str] = HEADER) -> Path:
    """A file as `csv` writes it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([header, *rows])
    path.write_text(text.getvalue(), newline="")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return images(tmp_path, "a.png", "images/b.png")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["rows.csv", "rows.tsv", "rows.txt"])
def test_a_question_a_row(delimiter: str, name: str, folder: Path) -> None:
    said = 'a cat, "Tom"\nby name; on a|mat'
    path = written(folder / name, [("What is it?", said, "a.png"), ("How many?", "2", "images/b.png")], delimiter)
    first, second = outcomes(path)
    assert questions(first) == (Question("What is it?", said),)
    assert isinstance(first, VqaRow)
    assert (first.image, first.name, first.row, first.domain) == (PNG, "a.png", 0, "rows")
    assert questions(second) == (Question("How many?", "2"),)


def test_a_folder_is_read_with_its_csv_files(folder: Path) -> None:
    written(folder / "rows.csv", [("What is it?", "a cat", "a.png")])
    assert len(outcomes(folder)) == 1


def test_other_names_options_ids_and_mapping(folder: Path) -> None:
    header = ("qid", "Question", "options", "label", "file_name", "licence")
    path = written(folder / "a.csv", [("7", "Which?", "['red', 'blue']", "B", "a.png", "MIT")], header=header)
    [row] = outcomes(path)
    assert isinstance(row, VqaRow)
    assert (row.key, row.license, row.questions) == ("7", "MIT", (Question("Which?", "blue", ("red", "blue")),))
    path = written(folder / "b.csv", [("What?", "a cat", "a.png")], header=("said", "given", "where"))
    [row] = outcomes(path, columns={"question": "said", "answer": "given", "image": "where"})
    assert questions(row) == (Question("What?", "a cat"),)
    with pytest.raises(SourceError, match="no column 'gone'"):
        outcomes(path, columns={"question": "said", "answer": "gone", "image": "where"})


def test_marks_compression_blank_lines_and_line_ends(folder: Path) -> None:
    text = "\ufeffquestion,answer,image\r\n\r\nWhat?,é,a.png\r\n\r\n\r\nWho?,me,a.png"
    (folder / "rows.csv.gz").write_bytes(gzip.compress(text.encode()))
    items = outcomes(folder / "rows.csv.gz")
    assert [(item.row, questions(item)[0].answer) for item in items] == [(0, "é"), (1, "me")]


def test_rows_that_cannot_be_read_are_counted_and_the_others_kept(folder: Path) -> None:
    good = b"What?,a cat,a.png\n"
    bad = [b"What?,a cat\n", b"What?,a cat,black,a.png\n", b'What?,"a" cat,a.png\n', b"What?,caf\xe9,a.png\n"]
    bad += [b"What?,,a.png\n", b"What?,a cat,gone.png\n"]
    content = b"question,answer,image\n" + b"".join(good + each for each in bad) + good + b'What?,"a cat,a.png\nlast'
    (folder / "rows.csv").write_bytes(content)
    for limit in (1, 10**9):
        items = outcomes(folder / "rows.csv", partition_bytes=limit)
        rejected = [item for item in items if isinstance(item, Rejection)]
        assert [item.row for item in items] == list(range(14))
        assert [item.reason for item in rejected] == [
            "wrong-type", "wrong-type", "wrong-type", "encoding", "no-answer", "missing-image", "truncated",
        ]  # fmt: skip
        assert "expected 3 cells as in the header, found 2" in rejected[0].detail
        assert "line 7" in rejected[2].detail


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n", "columns a, b hold no image with a question"),
        ("question,answer,image,answer\n1,2,3,4\n", "two columns are named 'answer'"),
        ("these are no rows\nat all\n", "begins with b'these are no rows'"),
        ("question,answer\nWhat?,cat\n", "columns answer, question hold no image with a question"),
    ],
)
def test_what_holds_no_questions_says_so(content: str, said: str, folder: Path) -> None:
    (folder / "rows.csv").write_text(content)
    with pytest.raises(SourceError, match=said):
        outcomes(folder / "rows.csv")


def test_a_stream_that_breaks_off(folder: Path) -> None:
    rows = "question,answer,image\n" + "".join(f"What is number {at}?,cat {at * at},a.png\n" for at in range(5000))
    (folder / "rows.csv.gz").write_bytes(gzip.compress(rows.encode())[:-2000])
    items = outcomes(folder / "rows.csv.gz")
    assert reason(items[-1]) == "truncated"
    assert len(items) > 100
    assert [item.row for item in items] == list(range(len(items)))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), min_size=1, max_size=12).filter(
    lambda text: text.strip() == text and not text.startswith("\ufeff")
)


@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=6), delimiter=st.sampled_from(",;\t|"))
def test_every_text_comes_back(
    rows: list[tuple[str, str]], delimiter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from contextpairs.data.sources.vqa.csv_rows import csv_header, csv_rows

    path = written(tmp_path_factory.getbasetemp() / "any.csv", rows, delimiter, ("question", "answer"))
    assert csv_header(str(path), {}) == ["question", "answer"]
    assert [tuple(row.values()) for _, row in csv_rows(str(path), {})] == rows
