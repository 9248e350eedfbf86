"""One flat row a trajectory, or the reason why there is none."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from contextpairs.builders.coding.facts import (
    Facts,
    FactsOptions,
    commit_key,
    facts_of,
    facts_schema,
    patch_fits,
)
from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.patch_digests import patch_digest
from contextpairs.data.code.patch import parse_patch
from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection

FIX = (
    "diff --git a/shop.py b/shop.py\n--- a/shop.py\n+++ b/shop.py\n@@ -1,2 +1,2 @@\n"
    " def price(item):\n-    return item.base\n+    return item.base * 2\n"
)
TEST = FIX.replace("shop.py", "tests/test_shop.py")
NEW = "diff --git a/try.py b/try.py\nnew file mode 100644\n--- /dev/null\n+++ b/try.py\n@@ -0,0 +1,1 @@\n+print(1)\n"
BINARY = "diff --git a/x.png b/x.png\nBinary files a/x.png and b/x.png differ\n"
SHOP_PATCH = parse_patch(
    "--- a/src/shop.py\n+++ b/src/shop.py\n@@ -1,1 +1,1 @@\n-    return item.base\n+    return item.base * 2\n"
)
MESSAGES = [
    Message("user", "<pr_description>Wrong price.</pr_description>"),
    Message("assistant", "```bash\ncat shop.py tests/test_shop.py; ls try.py x.png\n```"),
    Message("user", "<returncode>0</returncode>\n<output>\ndef price(item):\n    return item.base\n</output>"),
    Message("assistant", "```bash\nedit_via_str_replace shop.py -- 'return item.base' 'return item.base * 2'\n```"),
    Message("user", "<returncode>0</returncode>\n<output>\n</output>"),
]


def trajectory(**fields: Any) -> Trajectory:
    """A run that fixes shop.py."""
    fields.setdefault("messages", MESSAGES)
    return Trajectory(
        "owner__name-1", source="runs.jsonl", row=7, format="test", repository="owner/name", commit="0" * 40, **fields
    )


def facts(options: FactsOptions | None = None, **fields: Any) -> Facts:
    """The facts of a run that has some."""
    found = facts_of(trajectory(**fields), options)
    assert isinstance(found, Facts)
    return found


def reason(options: FactsOptions | None = None, **fields: Any) -> str:
    """Why a run has no facts."""
    found = facts_of(trajectory(**fields), options)
    assert isinstance(found, Rejection)
    assert (found.stage, found.source, found.row) == ("facts", "runs.jsonl", 7)
    assert found.detail
    return found.reason


def test_the_recorded_patch_without_tests_new_files_and_binaries() -> None:
    row = facts(patch=FIX + TEST + NEW + BINARY, resolved=True)
    assert (row.patch, row.patch_origin) == (FIX, "record")
    assert row.dropped_files == ["tests/test_shop.py", "try.py", "x.png"]
    assert (row.files, row.functions) == (["shop.py"], ["shop.py::price"])
    assert (row.resolved, row.outcome_origin) == (True, "record")
    assert row.patch_digest != row.full_patch_digest
    assert (row.turns, row.chars) == (5, sum(len(message.content) for message in MESSAGES))


def test_without_a_record_the_patch_is_rebuilt_from_edits() -> None:
    row = facts()
    assert row.patch_origin == "edits"
    assert row.files == ["shop.py"]


def test_a_patch_of_another_repository_is_caught() -> None:
    other = FIX.replace("shop.py", "zoo/animals.py").replace("item.base", "cage.animal_count")
    assert facts(patch=other).patch_origin == "edits"
    assert reason(FactsOptions(rebuild=False), patch=other) == "patch-misfit"
    assert facts(FactsOptions(keep_misfits=True), patch=other).files == ["zoo/animals.py"]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (TEST, "test-only-patch"),
        (NEW, "new-file-only-patch"),
        (BINARY, "binary-only-patch"),
        (TEST + NEW, "test-only-patch"),
    ],
)
def test_a_patch_without_a_source_part_is_rejected(patch: str, expected: str) -> None:
    assert reason(patch=patch) == expected


def test_gold_is_used_only_if_configured() -> None:
    idle = MESSAGES[:3]
    assert reason(messages=idle, patch="", gold_patch=FIX) == "empty-patch"
    row = facts(FactsOptions(gold=True), messages=idle, gold_patch=FIX)
    assert row.patch_origin == "gold"


def test_a_change_that_the_transcript_does_not_tell_is_not_guessed() -> None:
    script = "python - <<'EOF'\ns = open('shop.py').read()\nopen('shop.py', 'w').write(s[:9] + 'x')\nEOF"
    assert reason(messages=[*MESSAGES, Message("assistant", f"```bash\n{script}\n```")]) == "unreadable-edits"


@pytest.mark.parametrize(
    "other",
    [
        FIX.replace("item.base * 2", "item.base*2"),
        FIX.replace("+    return item.base * 2", "+    return (item.base * 2)  # twice"),
        FIX.replace("@@ -1,2 +1,2 @@", "@@ -1,2 +1,3 @@").replace("+    return", "+    # twice\n+    return"),
        FIX.replace("@@ -1,2 +1,2 @@", "@@ -9,2 +9,2 @@ class Shop:"),
    ],
)
def test_the_digest_sees_code_alone(other: str) -> None:
    assert patch_digest(parse_patch(other)) == patch_digest(parse_patch(FIX))


@pytest.mark.parametrize(
    "other", [FIX.replace("* 2", "* 3"), FIX.replace("shop.py", "shop2.py"), FIX.replace("+    return", "-    return")]
)
def test_the_digest_tells_different_patches_apart(other: str) -> None:
    assert patch_digest(parse_patch(other)) != patch_digest(parse_patch(FIX))


def test_commits_of_8_and_40_digits_compare() -> None:
    assert commit_key("ABCDEF0123456789") == commit_key("abcdef01") == "abcdef01"
    assert commit_key(None) is None
    assert facts(patch=FIX).commit_key() == "00000000"


def test_a_row_fits_the_schema() -> None:
    row = facts(patch=FIX)
    table = pa.Table.from_pylist([row.as_row()], schema=facts_schema())
    assert table.to_pylist() == [row.as_row()]
    assert table.schema.field("patch").type == pa.large_string()


def test_equal_trajectories_give_equal_facts() -> None:
    assert facts(patch=FIX) == facts(patch=FIX)


def test_unknown_options_are_refused() -> None:
    with pytest.raises(ValidationError, match="golden"):
        FactsOptions.model_validate({"golden": True})


def turn(text: str) -> list[Message]:
    """A transcript of one assistant turn."""
    return [Message("assistant", text)]


def test_a_path_named_in_full_is_enough_without_known_edits() -> None:
    assert patch_fits(SHOP_PATCH, turn("cat src/shop.py"))


def test_a_name_alone_needs_a_changed_line() -> None:
    assert patch_fits(SHOP_PATCH, turn("in shop.py:  return   item.base"))
    assert not patch_fits(SHOP_PATCH, turn("in shop.py: return item.price"))


def test_where_other_files_were_edited_a_changed_line_must_be_shown() -> None:
    messages = turn("see src/shop.py\n```bash\nsed -i 's/a/b/' src/other.py\n```")
    assert not patch_fits(SHOP_PATCH, messages, find_edits(messages))
    edited = turn("```bash\nsed -i 's/a/b/' src/shop.py\n```")
    assert patch_fits(SHOP_PATCH, edited, find_edits(edited))


def test_another_repositorys_patch_does_not_fit() -> None:
    assert not patch_fits(SHOP_PATCH, turn("cat arrow/arrow.py"))


def test_a_patch_without_changes_fits_nothing() -> None:
    assert not patch_fits([], turn("cat src/shop.py"))
