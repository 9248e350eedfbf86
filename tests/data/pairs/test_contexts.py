"""What a context is at rest: an image is known by its bytes, and is stored as it came."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from datasets import Features, Image
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.pairs.contexts import IMAGE, TURNS
from contextpairs.data.pairs.schemas import (
    COLUMNS,
    IMAGES,
    PAIRS_CODING,
    PAIRS_IMAGES,
    PairError,
    form_of,
    image_pair_id,
)
from tests.data.pairs.image_rows import image_couple
from tests.data.pairs.pair_rows import labelled


def row(**changes: Any) -> dict[str, Any]:
    return {**labelled(image_couple(1))[0], **changes}


def test_the_schema_says_its_features_as_datasets_itself_would() -> None:
    features = Features.from_arrow_schema(PAIRS_IMAGES)
    assert features.arrow_schema.metadata == PAIRS_IMAGES.metadata
    assert features["positive"] == features["negative"] == Image()


def test_both_domains_have_the_same_columns() -> None:
    assert tuple(PAIRS_IMAGES.names) == tuple(PAIRS_CODING.names) == COLUMNS


def test_images_are_of_the_only_type_that_datasets_takes_for_images() -> None:
    """Catches large_binary or a non-nullable column: `datasets` would show a struct and decode nothing."""
    for name in ("positive", "negative"):
        assert PAIRS_IMAGES.field(name) == Features({name: Image()}).arrow_schema.field(name)


def test_identity_is_fixed_for_ever() -> None:
    """Catches a change of the hash, after which a rebuild would know none of the published pairs."""
    first, second = ({"bytes": content, "path": ""} for content in (b"one", b"two"))
    assert IMAGES.pair_id("q", "a", first, second) == "29c104bb8dcfab7eb21b9a6fdf0b3570"


@given(st.binary(min_size=1, max_size=50), st.integers(0), st.integers(1, 255), st.sampled_from(["", "x.png"]))
def test_a_changed_byte_is_another_pair_and_a_name_is_not(content: bytes, at: int, mask: int, path: str) -> None:
    at %= len(content)
    changed = content[:at] + bytes([content[at] ^ mask]) + content[at + 1 :]
    first, same, tampered = ({"bytes": b, "path": p} for b, p in ((content, ""), (content, path), (changed, "")))
    other = {"bytes": b"other" + content, "path": ""}
    known = IMAGES.pair_id("q", "a", first, other)
    assert IMAGES.pair_id("q", "a", same, other) == known
    assert IMAGES.pair_id("q", "a", tampered, other) != known
    assert IMAGES.pair_id("q", "a", other, first) != known


def test_an_image_id_is_enough_to_name_a_pair() -> None:
    """Builders know images by the sha256 of their bytes and need not read them again."""
    said = row()
    ids = [hashlib.sha256(said[name]["bytes"]).hexdigest() for name in ("positive", "negative")]
    assert image_pair_id(said["query"], said["answer"], *ids) == said["pair_id"]


def test_bytes_are_stored_as_they_came() -> None:
    content = bytes(range(256))
    stored = IMAGES.row(row(positive={"bytes": content, "path": "a.png"}), "row 0")
    assert stored["positive"] == {"bytes": content, "path": "a.png"}


@pytest.mark.parametrize(
    ("path", "stored"),
    [
        (None, ""),
        ("", ""),
        ("a.png", "a.png"),
        ("/home/somebody/photos/a.png", "a.png"),
        ("..\\..\\a.png", "a.png"),
        ("../", ""),
        ("\udce9.png", "?.png"),
    ],
)
def test_of_a_path_the_name_is_kept(path: str | None, stored: str) -> None:
    """Catches a data set that tells where its author keeps photos, or that has its reader write elsewhere."""
    assert IMAGE.stored("positive", {"bytes": b"x", "path": path}, "row 0")["path"] == stored


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("positive", b"bytes alone", r"one image as \{bytes, path\}, found bytes"),
        ("positive", [{"bytes": b"x", "path": ""}], "one image"),
        ("negative", {"bytes": b"x"}, "one image"),
        ("negative", {"bytes": b"", "path": ""}, r"non-empty bytes.*found bytes ''|non-empty bytes"),
        ("negative", {"bytes": None, "path": "a.png"}, "non-empty bytes; a path alone does not do, found NoneType"),
        ("negative", {"bytes": "iVBORw0", "path": ""}, "non-empty bytes.*found str 'iVBORw0'"),
        ("negative", {"bytes": b"x", "path": b"a.png"}, "name as text.*found bytes"),
        ("strategy", "trajectory", r"\('edit', 'retrieval'\), found str 'trajectory'"),
        ("label", "C", "'A' or 'B'"),
        ("scores", {"cosine": float("nan")}, "leave out"),
    ],
)
def test_a_bad_field_is_named_with_its_row(field: str, value: Any, expected: str) -> None:
    with pytest.raises(PairError, match=rf"row 7, field '{field}.*{expected}"):
        IMAGES.row(row(**{field: value}), "row 7")


def test_each_domain_has_its_own_form() -> None:
    assert form_of("images").context is IMAGE
    assert form_of("coding").context is TURNS
    with pytest.raises(PairError, match="expected one of"):
        form_of("poetry")
