"""What the mask makes of golden traces is pinned to its revision: versions built under another mask are told by it."""

from __future__ import annotations

import hashlib

import pytest

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.masked_lines import secrets_of
from contextpairs.builders.coding.masking import mask_trace, shared_lines
from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message
from contextpairs.data.pairs.mask_revision import MASK_REVISION, old_mask

PINNED = {1: "29a55a207bd569a0"}
"""Digest of the masked golden traces by revision."""
FIRST = """--- a/store/shelf.py
+++ b/store/shelf.py
@@ -4,6 +4,8 @@ class Shelf:
     def free(self, extra):
         left = self.width - self.used()
-        if left < 0:
-            return left
+        # Check if the `db_table` is defined in the options of its model
+        if self.options.db_table in extra and not left.is_overfull(self.boxes):
+            return max(left, 0)
+        keep = [1, 2, 3, 4]
         return left
"""
SECOND = """--- a/store/shelf.py
+++ b/store/shelf.py
@@ -4,6 +4,6 @@ class Shelf:
     def free(self, extra):
         left = self.width - self.used()
         if left < 0:
-            return left
+            raise OverflowError("the shelf is overfull")
         return left
"""
ISSUE = "The shelf returns a negative width. It should `return max(left, 0)`."
TRACES = (
    [
        Message("user", ISSUE),
        Message("assistant", "I look.\n```bash\ncat -n store/shelf.py\n```"),
        Message("tool", "     4\t    def free(self, extra):\n     6\t        if left < 0:\n"
                "     7\t            return left\n"),
        Message("assistant", "I check whether db_table was defined in options of the model; use `max(left, 0)`.\n```"
                "bash\nsed -i '7s/left/max(left, 0)/' store/shelf.py\ngit diff\n```"),
        Message("tool", FIRST + " store/shelf.py | 17 +++++-----\n 1 file changed, 4 insertions(+), 2 deletions(-)\n"),
        Message("tool", "5 passed\nreturn [-left-]{+max(left, 0)+}\nkeep = [1, 2, 3, 4]\n"
                "{\"line\": \"return max(left, 0)\\n\"}"),
        Message("assistant", "Then self.options.db_table in extra and not left.is_overfull(self.crates) decides."),
    ],
    [
        Message("user", ISSUE + "\nEarlier attempt: raise OverflowError('the shelf is overfull')"),
        Message("assistant", "str_replace_editor\ncommand:\nstr_replace\npath:\n/testbed/store/shelf.py\nold_str:\n"
                "            return left\nnew_str:\n            raise OverflowError(\"the shelf is overfull\")\n"),
        Message("tool", "The file has been edited.\n"
                "     7\t            raise OverflowError(\"the shelf is overfull\")\n"),
        Message("assistant", "Replacing left with keep was no help; raise OverflowError(\n  'the shelf is overfull')."),
    ],
)  # fmt: skip


def masked_digest() -> str:
    """Digest of the golden traces after masking, of their counts and decisive turns."""
    secrets = secrets_of([parse_patch(FIRST), parse_patch(SECOND)])
    shared = shared_lines(*TRACES)
    masked = [mask_trace(trace, find_edits(trace), secrets, (), shared) for trace in TRACES]
    told = [(each.messages, sorted(each.counts.items()), sorted(each.decisive)) for each in masked]
    return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()


def test_a_change_of_the_mask_raises_its_revision() -> None:
    """Masked texts changed: raise MASK_REVISION in data/pairs/mask_revision.py and pin this digest to it. A revision
    that no version was published under yet may take the new digest as it is."""
    assert {**PINNED, MASK_REVISION: masked_digest()} == PINNED
    assert max(PINNED) == MASK_REVISION


@pytest.mark.parametrize(("domain", "revision"), [("coding", MASK_REVISION), ("images", None)])
def test_of_a_version_of_this_mask_or_of_pictures_nothing_is_said(domain: str, revision: int | None) -> None:
    assert old_mask(domain, revision, "v000001") is None


@pytest.mark.parametrize("revision", [None, MASK_REVISION - 1])
def test_an_older_mask_is_named_with_what_to_do(revision: int | None) -> None:
    warning = old_mask("coding", revision, "v000001") or ""
    assert warning.startswith("warning: v000001 was built ")
    assert warning.endswith("build it again from its sources")
