"""A recorded patch is believed only if its trajectory knows its files."""

from __future__ import annotations

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.patch_belongs import patch_fits
from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message

PATCH = parse_patch(
    "--- a/src/shop.py\n+++ b/src/shop.py\n@@ -1,1 +1,1 @@\n-    return item.base\n+    return item.base * 2\n"
)


def turn(text: str) -> list[Message]:
    """A transcript of one assistant turn."""
    return [Message("assistant", text)]


def test_a_path_named_in_full_is_enough_without_known_edits() -> None:
    assert patch_fits(PATCH, turn("cat src/shop.py"))


def test_a_name_alone_needs_a_changed_line() -> None:
    assert patch_fits(PATCH, turn("in shop.py:  return   item.base"))
    assert not patch_fits(PATCH, turn("in shop.py: return item.price"))


def test_where_other_files_were_edited_a_changed_line_must_be_shown() -> None:
    messages = turn("see src/shop.py\n```bash\nsed -i 's/a/b/' src/other.py\n```")
    assert not patch_fits(PATCH, messages, find_edits(messages))
    edited = turn("```bash\nsed -i 's/a/b/' src/shop.py\n```")
    assert patch_fits(PATCH, edited, find_edits(edited))


def test_another_repositorys_patch_does_not_fit() -> None:
    assert not patch_fits(PATCH, turn("cat arrow/arrow.py"))


def test_a_patch_without_changes_fits_nothing() -> None:
    assert not patch_fits([], turn("cat src/shop.py"))
