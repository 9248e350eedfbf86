"""The page of pairs: it holds its pictures itself, and text of the data stays text."""

from __future__ import annotations

import base64
import io
from html.parser import HTMLParser
from typing import Any

from PIL import Image

from contextpairs.data.pairs.schemas import IMAGES
from contextpairs.pipelines.images.picture_page import AS_IT_CAME, COPY_SIDE, picture_page
from tests.data.pairs.image_rows import image_couple, picture
from tests.data.pairs.pair_rows import labelled


class Read(HTMLParser):
    """Tags, texts and pictures of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.pictures: list[tuple[str, str, bytes]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attributes)
        if tag == "img":
            kind, _, content = str(found["src"]).partition(";base64,")
            self.pictures.append((str(found["class"]), kind, base64.b64decode(content)))

    def handle_data(self, text: str) -> None:
        self.texts.append(text)


def row(**changes: Any) -> dict[str, Any]:
    return IMAGES.row({**labelled(image_couple(1))[0], **changes}, "row 0")


def test_every_pair_with_both_pictures_as_they_came() -> None:
    rows = [IMAGES.row(each, "row") for each in labelled(image_couple(1) + image_couple(2))]
    page = Read(picture_page(rows, "Pairs"))
    expected = [(name, each[name]["bytes"]) for each in rows for name in ("positive", "negative")]
    assert [(name, content) for name, _, content in page.pictures] == expected
    assert {kind for _, kind, _ in page.pictures} == {"data:image/png", "data:image/jpeg", "data:image/webp"}
    for each in rows:
        assert {each["query"], each["answer"]} <= set(page.texts)
        assert any(each["pair_id"] in text for text in page.texts)


def test_a_picture_that_browsers_lack_or_that_is_large_is_a_copy() -> None:
    large = picture(1, "PNG", (1_500, 300))
    assert len(large) > AS_IT_CAME
    pair = row(positive={"bytes": picture(1, "TIFF"), "path": ""}, negative={"bytes": large, "path": ""})
    copies = Read(picture_page([pair], "Pairs")).pictures
    assert [kind for _, kind, _ in copies] == ["data:image/jpeg"] * 2
    assert [Image.open(io.BytesIO(content)).width for _, _, content in copies] == [24, COPY_SIDE]


def test_text_of_the_data_stays_text() -> None:
    evil = '</p><script>alert("&")</script><img src=x onerror=alert(1)>'
    known = Read(picture_page([row()], "Pairs")).tags
    changes = {"query": evil, "answer": evil, "scores": {evil: 1}, "provenance": {"source": evil}}
    pair = row(**changes, positive={"bytes": picture(2), "path": evil.replace("/", "")})
    page = Read(picture_page([pair], evil))
    assert page.tags == known
    assert evil in page.texts


def test_what_cannot_be_decoded_is_no_picture() -> None:
    """Catches a hostile file that is handed to the browser because it names itself an image."""
    bad = {"bytes": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "path": "a.svg"}
    page = Read(picture_page([row(positive=bad)], "Pairs"))
    assert [name for name, _, _ in page.pictures] == ["negative"]
    assert any(text.startswith("unsupported-format") for text in page.texts)


def test_the_page_loads_nothing_from_elsewhere() -> None:
    text = picture_page([row()], "Pairs")
    assert "default-src 'none'; img-src data:" in text
    assert "http" not in text.replace('http-equiv="Content-Security-Policy"', "")
