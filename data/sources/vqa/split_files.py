"""The files that VQAv2 and its kin come in: questions in one document, answers in another, images by their numbers."""

from __future__ import annotations

import hashlib
import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from contextpairs.data.sources.files.faults import RowFault, VqaFault
from contextpairs.data.sources.files.files import filesystem, fingerprint, is_local, open_file
from contextpairs.data.sources.files.json_text import elements, parse
from contextpairs.data.sources.files.stream import blocks, decompressed
from contextpairs.data.sources.trajectories.partition import Piece
from contextpairs.data.sources.vqa.places import Home

HEAD_BYTES = 2**16
"""Bytes of a document's beginning that its kind is told from."""
PROBED = 4
"""Questions whose images are looked for, to learn where the images are."""
FOLDERS = ("", "{subtype}/", "images/", "images/{subtype}/")
ENDINGS = (".jpg", ".png")
KINDS = re.compile(r"(?:open_?ended|multiple_?choice)_", re.IGNORECASE)
FIELD = re.compile(rb'"(data_type|data_subtype)"\s*:\s*"([\w.-]*)"')


@dataclass(frozen=True, slots=True)
class SplitPiece(Piece):
    """Questions of a split, by their places in its list. The path of an image is its number between two texts."""

    annotations: str = ""
    """URI of the answers."""
    before: str = ""
    after: str = ""


def paired(files: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """Of some files those that hold questions of a split, each with the file of their answers, "" where none is.

    Args:
        files: URI of each -> its storage options.
    """
    return {uri: _annotations_of(uri, files, at) for uri, at in files.items() if _holds(uri, "questions", at)}


def is_annotations(uri: str, storage: dict[str, Any]) -> bool:
    """Whether a file holds the answers of a split."""
    return _holds(uri, "annotations", storage)


def split_of_files(uri: str, annotations: str, root: str, home: Home) -> SplitPiece:
    """A split as one piece, its images where the first of them are found.

    Raises:
        OSError: a file cannot be read.
        RowFault: there are no answers.
    """
    if not annotations:
        expected = f"{_annotations_name(uri)} beside it"
        raise RowFault("missing-field", f"questions without answers; expected {expected}, or leave the file out")
    before, after = _image_names(uri, home)
    return SplitPiece(uri, "json", 0, -1, root=root, annotations=annotations, before=before, after=after)


def split_fingerprint(piece: SplitPiece, storage: dict[str, Any]) -> str:
    """64 hex digits of the content of both files."""
    marks = [fingerprint(uri, storage) for uri in (piece.uri, piece.annotations)]
    return hashlib.sha256("\n".join(marks).encode()).hexdigest()


def split_rows(piece: SplitPiece, storage: dict[str, Any], only: range | None = None) -> Iterator[tuple[int, Any]]:
    """(place in the list, question with its answers and image, or RowFault) of each question of a split.

    Both lists are read in step: memory stays small where they are in one order, as published ones are.
    """
    answers = _Answers(piece.annotations, storage)
    for number, text in enumerate(elements(blocks(piece.uri, storage), "questions")):
        if only is not None and number >= only.stop:
            return
        row = _row(text, piece, answers)
        if only is None or number in only:
            yield number, row


def _row(text: bytes, piece: SplitPiece, answers: _Answers) -> Any:
    try:
        question = parse(text)
        if not isinstance(question, dict):
            return question
        found = answers.of(question.get("question_id"))
    except RowFault as fault:
        return fault
    return {**found, **question, "image": _image(question.get("image_id"), piece)}


def _image(number: Any, piece: SplitPiece) -> Any:
    whole = isinstance(number, int) and not isinstance(number, bool)
    return f"{piece.before}{number:012d}{piece.after}" if whole else number


class _Answers:
    """Annotations by question, read as far as they were asked for."""

    def __init__(self, uri: str, storage: dict[str, Any]) -> None:
        self._uri = uri
        self._stream = elements(blocks(uri, storage), "annotations")
        self._passed: dict[Any, bytes] = {}
        """Those that came before they were asked for, as text: parsed they take ten times as much."""

    def of(self, question: Any) -> dict[str, Any]:
        """The annotation of a question, empty where it has none.

        Raises:
            RowFault: the annotation of this question, or one before it, cannot be read.
        """
        if not isinstance(question, (int, str)):
            return {}
        if question in self._passed:
            return dict(parse(self._passed.pop(question)))
        for text in self._stream:
            found = parse(text)
            name = found.get("question_id") if isinstance(found, dict) else None
            if name == question:
                return dict(found)
            if isinstance(name, (int, str)):
                self._passed[name] = text
        return {}


def _holds(uri: str, key: str, storage: dict[str, Any]) -> bool:
    """Whether a file is a document of a list of questions, or of their answers, by its first element."""
    wanted = {"question_id", "image_id", "question"} if key == "questions" else {"question_id", "answers"}
    head = _head(uri, storage)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return False
    try:
        first = parse(next(elements([head], key), b"null"))
    except RowFault:
        return False
    if not isinstance(first, dict) or not wanted <= first.keys():
        return False
    # Questions with their answers, and answers with their questions, are rows.
    return first.keys().isdisjoint(
        ("answer", "answers", "multiple_choice_answer") if key == "questions" else ("question",)
    )


def _head(uri: str, storage: dict[str, Any]) -> bytes:
    """The beginning of a file, empty for one that cannot be read: reading it as rows tells why."""
    try:
        with open_file(uri, storage) as file:
            return b"".join(islice(decompressed([file.read(HEAD_BYTES)]), 1))
    except (OSError, RowFault):
        return b""


def _annotations_of(uri: str, named: Iterable[str], storage: dict[str, Any]) -> str:
    """The file of the answers: beside the questions, else of that name among the files that were named."""
    wanted = _annotations_name(uri)
    beside = uri[: len(uri) - len(posixpath.basename(uri))] + wanted
    if _exists(beside, storage):
        return beside
    return next((other for other in named if posixpath.basename(other) == wanted), "")


def _annotations_name(uri: str) -> str:
    """v2_OpenEnded_mscoco_val2014_questions.json -> v2_mscoco_val2014_annotations.json"""
    name = KINDS.sub("", posixpath.basename(uri))
    return re.sub("questions", "annotations", name, flags=re.IGNORECASE)


def _exists(uri: str, storage: dict[str, Any]) -> bool:
    if is_local(uri):
        return os.path.isfile(uri)
    fs, path = filesystem(uri, storage)
    return bool(fs.isfile(path))


def _image_names(uri: str, home: Home) -> tuple[str, str]:
    """What stands before and after an image's number in its path: as it is found, else as VQAv2 has it."""
    numbers = _first_images(uri, home.storage)
    names = list(_possible(_described(uri, home.storage)))
    found = (each for each in names if any(_is_there(f"{each[0]}{n:012d}{each[1]}", home) for n in numbers))
    return next(found, names[0])


def _first_images(uri: str, storage: dict[str, Any]) -> list[int]:
    found: list[int] = []
    for text in islice(elements(blocks(uri, storage), "questions"), PROBED):
        try:
            question = parse(text)
        except RowFault:
            continue
        if isinstance(question, dict) and isinstance(number := question.get("image_id"), int):
            found.append(number)
    return found


def _described(uri: str, storage: dict[str, Any]) -> dict[str, str]:
    """What the document says of its images, before or after its list."""
    found: dict[str, str] = {}
    rest = b""
    for block in blocks(uri, storage):
        text = rest + block
        found |= {name.decode(): said.decode() for name, said in FIELD.findall(text)}
        rest = text[-200:]
    return found


def _possible(described: dict[str, str]) -> Iterator[tuple[str, str]]:
    subtype = described.get("data_subtype", "")
    kind = described.get("data_type", "mscoco")
    prefix = "COCO" if kind == "mscoco" else kind
    for up in ("", "../"):
        for folder in FOLDERS:
            for name in (f"{prefix}_{subtype}_", "") if subtype else ("",):
                yield from ((f"{up}{folder.format(subtype=subtype)}{name}", ending) for ending in ENDINGS)


def _is_there(place: str, home: Home) -> bool:
    try:
        return any(_exists(uri, home.storage) for uri in home.candidates(place))
    except VqaFault:
        return False
