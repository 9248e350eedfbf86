"""A patch rebuilt from edits is what `git diff` would have shown, as far as the transcript tells."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.rebuild import RebuiltPatch, rebuild_patch, seen_texts
from contextpairs.data.code.patch import render_patch
from contextpairs.data.code.trajectory import Message

CODE = """import os


class Shop:
    def price(self, item):
        base = item.price
        return base

    def total(self, items):
        total = 0
        for item in items:
            total += self.price(item)
        return total
"""


def run(*steps: tuple[str, str] | tuple[str, str, int]) -> list[Message]:
    """A transcript of mini-swe-agent: commands with their output and exit status."""
    messages = [Message("user", "<pr_description>Wrong price.</pr_description>")]
    for step in steps:
        code = step[2] if len(step) == 3 else 0
        messages.append(Message("assistant", f"THOUGHT: next.\n\n```bash\n{step[0]}\n```"))
        messages.append(Message("user", f"<returncode>{code}</returncode>\n<output>\n{step[1]}</output>"))
    return messages


def rebuilt(messages: list[Message]) -> RebuiltPatch | None:
    """What the edits of a transcript amount to."""
    return rebuild_patch(messages, find_edits(messages))


def text_of(messages: list[Message]) -> str:
    """The rebuilt patch as text."""
    patch = rebuilt(messages)
    return render_patch(patch.files) if patch else ""


REPLACE = "edit_via_str_replace shop.py -- 'return base' 'return base * 2'"


@pytest.mark.parametrize(
    "view",
    [
        ("cat shop.py", CODE),
        ("cat -n shop.py", "".join(f"{i:6d}\t{line}\n" for i, line in enumerate(CODE.splitlines(), 1))),
        (
            "nl -ba shop.py | sed -n '1,13p'",
            "".join(f"{i:6d}\t{line}\n" for i, line in enumerate(CODE.splitlines(), 1)),
        ),
        ("sed -n '1,13p' shop.py", CODE),
        ("cd /testbed && head -n 20 shop.py", CODE),
    ],
)
def test_context_comes_from_what_was_seen(view: tuple[str, str], tmp_path: Path) -> None:
    patch = text_of(run(view, (REPLACE, "ok")))
    assert "@@ -4,7 +4,7 @@ import os" in patch
    repository = tmp_path / "repository"
    repository.mkdir()
    (repository / "shop.py").write_text(CODE)
    subprocess.run(["git", "apply", "-"], input=patch, text=True, cwd=repository, check=True)
    assert (repository / "shop.py").read_text() == CODE.replace("return base", "return base * 2")


def test_a_later_view_tells_what_stood_around_an_edit_of_unseen_text() -> None:
    after = CODE.replace("return base", "return base * 2")
    assert "@@ -4,7 +4,7 @@ import os" in text_of(run((REPLACE, "ok"), ("cat shop.py", after)))


def test_lines_of_a_search_are_context() -> None:
    found = "".join(
        f"{i}{':' if i == 7 else '-'}{line}\n" for i, line in enumerate(CODE.splitlines(), 1) if 6 <= i <= 8
    )
    assert "@@ -6,3 +6,3 @@" in text_of(run(("grep -n -A 1 -B 1 'return base' shop.py", found), (REPLACE, "ok")))


def test_a_view_that_ends_before_its_range_is_the_whole_file() -> None:
    whole = CODE.replace("total = 0", "total = 1")
    write = f"cat > shop.py <<'EOF'\n{whole}EOF"
    seen = rebuilt(run(("sed -n '1,200p' shop.py", CODE), (write, "")))
    assert seen is not None
    assert seen.lost == []
    partly = rebuilt(run(("sed -n '1,5p' shop.py", "\n".join(CODE.splitlines()[:5]) + "\n"), (write, "")))
    assert partly is not None
    assert partly.lost == ["shop.py"]


def test_unseen_text_gives_a_hunk_of_old_and_new_alone() -> None:
    patch = rebuilt(run((REPLACE, "ok")))
    assert patch is not None
    assert [line for file in patch.files for line in file.changed()] == [("-", "return base"), ("+", "return base * 2")]


def test_a_failed_edit_does_not_count() -> None:
    assert rebuilt(run(("cat shop.py", CODE), (REPLACE, "error: target not found", 1))) is None


def test_an_edit_counts_although_a_later_command_of_its_turn_fails() -> None:
    patch = text_of(run(("cat shop.py", CODE), (REPLACE + "\npython test.py", "AssertionError", 1)))
    assert "+        return base * 2" in patch


def test_an_edit_that_is_undone_leaves_nothing() -> None:
    undo = "edit_via_str_replace shop.py -- 'return base * 2' 'return base'"
    assert rebuilt(run(("cat shop.py", CODE), (REPLACE, "ok"), (undo, "ok"))) is None


@pytest.mark.parametrize(
    "command", ["git checkout shop.py", "git checkout -- .", "git restore shop.py", "git stash", "git reset --hard"]
)
def test_git_takes_edits_back(command: str) -> None:
    assert rebuilt(run(("cat shop.py", CODE), (REPLACE, "ok"), (command, ""))) is None


def test_a_stash_that_is_popped_brings_edits_back() -> None:
    patch = text_of(run(("cat shop.py", CODE), (REPLACE, "ok"), ("git stash && python t.py; git stash pop", "")))
    assert "+        return base * 2" in patch


def test_a_backup_copied_back_undoes() -> None:
    steps = [("cat shop.py", CODE), ("cp shop.py shop.bak", ""), (REPLACE, "ok"), ("mv shop.bak shop.py", "")]
    assert rebuilt(run(*steps)) is None


def test_edits_build_on_each_other() -> None:
    again = "edit_via_str_replace shop.py -- 'base * 2' 'base * 3'"
    patch = text_of(run(("cat shop.py", CODE), (REPLACE, "ok"), (again, "ok")))
    assert "-        return base\n+        return base * 3\n" in patch
    assert "base * 2" not in patch


def test_sed_by_line_works_on_the_lines_as_they_are_then() -> None:
    patch = text_of(
        run(("cat shop.py", CODE), ("sed -i '2i\\import re' shop.py", ""), ("sed -i '8s/base/base * 2/' shop.py", ""))
    )
    assert "+import re\n" in patch
    assert "-        return base\n+        return base * 2\n" in patch


@pytest.mark.parametrize(
    "command",
    [
        "sed -i '/absent/,/total/d' shop.py",
        "sed -i '/absent/,+2d' shop.py",
        "sed -i '/absent/d' shop.py",
        "sed -i '/absent/,/nowhere/s/base/cost/' shop.py",
        "sed -i '900,905d' shop.py",
        "sed -i '900i lost' shop.py",
    ],
)
def test_a_sed_range_that_matches_nothing_changes_nothing(command: str) -> None:
    steps = run(("cat shop.py", CODE), (command, ""), (REPLACE, "ok"))
    assert text_of(steps) == text_of(run(("cat shop.py", CODE), (REPLACE, "ok")))


@pytest.mark.parametrize(
    "command",
    [
        r"sed -i '/a\{2,1\}/d' shop.py",
        r"sed -i '/total/,/\(x/d' shop.py",
        r"sed -E -i 's/base/\2/' shop.py",
        r"sed -E -i 's/(base/cost/' shop.py",
        r"sed -E -i 's/b{99999999999999}/cost/' shop.py",
        "sed -i '1,99999999999999999999d' shop.py",
        "sed -i 's//cost/' shop.py",
    ],
)
def test_a_sed_command_beyond_reading_makes_the_file_lost(command: str) -> None:
    patch = rebuilt(run(("cat shop.py", CODE), (command, "")))
    assert patch is not None
    assert patch.lost == ["shop.py"]


def test_a_line_number_beyond_any_file_takes_no_memory() -> None:
    patch = rebuilt(run(("head -n 1 shop.py", "import math\n"), ("sed -i '1,999999999d' shop.py", "")))
    assert patch is not None
    assert patch.lost == ["shop.py"]


SED_PARTS = st.one_of(
    st.sampled_from(["/", "/absent/", "/total/", ",", "$", "+3", "0", "7", "s/base/cost/", "d", "\\(", "{", "g", " "]),
    st.text("/\\,+$*[](){}^.sdiac&0123456789 x", max_size=6),
)


@given(parts=st.lists(SED_PARTS, max_size=8), shown=st.sampled_from([CODE, "", "x\n"]), extended=st.booleans())
def test_no_sed_command_breaks_the_reading(parts: list[str], shown: str, extended: bool) -> None:
    script = "".join(parts).replace("'", "")
    flags = "-E -i" if extended else "-i"
    rebuilt(run(("cat shop.py", shown), (f"sed {flags} '{script}' shop.py", "")))


def test_a_rewritten_file_is_compared_with_what_was_seen() -> None:
    whole = CODE.replace("total = 0", "total = 1")
    patch = text_of(run(("cat shop.py", CODE), (f"cat > shop.py <<'EOF'\n{whole}EOF", "")))
    assert [line for line in patch.splitlines() if line[0] in "+-" and line[:3] not in ("+++", "---")] == [
        "-        total = 0",
        "+        total = 1",
    ]


def test_new_files_are_new_and_removed_ones_are_gone() -> None:
    create = ("cat > try.py <<'EOF'\nprint(1)\nEOF\npython try.py", "1\n")
    patch = rebuilt(run(create))
    assert patch is not None
    assert (patch.files[0].path, patch.files[0].is_new) == ("try.py", True)
    assert rebuilt(run(create, ("rm try.py", ""))) is None


def test_a_change_that_the_transcript_does_not_tell_is_named() -> None:
    script = (
        "python - <<'EOF'\nimport os\ns = open('shop.py').read()\nopen('shop.py', 'w').write(s + os.environ['X'])\nEOF"
    )
    patch = rebuilt(run(("cat shop.py", CODE), (script, "")))
    assert patch is not None
    assert patch.lost_sources() == ["shop.py"]


@given(before=st.text("ab#", max_size=3), code=st.integers(0xD800, 0xDFFF))
def test_text_that_no_file_can_hold_is_not_told(before: str, code: int) -> None:
    script = (
        f"python - <<'EOF'\ns = open('shop.py').read()\nopen('shop.py', 'w').write(s + '{before}\\u{code:04x}')\nEOF"
    )
    patch = rebuilt(run(("cat shop.py", CODE), (script, "")))
    assert patch is not None
    assert (patch.files, patch.lost_sources()) == ([], ["shop.py"])


def test_multiple_actions_in_one_turn_were_not_executed() -> None:
    messages = [
        Message("assistant", f"```bash\n{REPLACE}\n```"),
        Message("user", "Please provide EXACTLY ONE action, found 2."),
    ]
    assert rebuilt(messages) is None


def test_editor_views_and_calls() -> None:
    numbered = "".join(f"{i:6d}\t{line}\n" for i, line in enumerate(CODE.splitlines()[3:8], 4))
    call = "str_replace_editor\ncommand:\n{}\npath:\n/testbed/shop.py"
    messages = [
        Message("assistant", call.format("view")),
        Message("tool", f"OBSERVATION:\nHere's the result of running `cat -n` on /testbed/shop.py:\n{numbered}"),
        Message(
            "assistant",
            call.format("str_replace") + "\nold_str:\n        return base\nnew_str:\n        return 2 * base",
        ),
        Message(
            "tool",
            (
                "OBSERVATION:\n"
                "The file /testbed/shop.py has been edited. Here's the result of running `cat -n` on a snippet"
            ),
        ),
    ]
    assert "@@ -4,5 +4,5 @@" in text_of(messages)
    messages[-1] = Message("tool", "OBSERVATION:\nNo replacement was performed, old_str `x` did not appear verbatim")
    assert rebuilt(messages) is None


def test_windowed_edits() -> None:
    window = "[File: /repo/shop.py (13 lines total)]\n" + "".join(
        f"{i}:{line}\n" for i, line in enumerate(CODE.splitlines(), 1)
    )
    tail = "(Open file: /repo/shop.py)\n(Current directory: /repo)\nbash-$"
    edit = Message("assistant", "```\nedit 7:7\n        return base * 2\nend_of_edit\n```")
    messages = [
        Message("assistant", "```\nopen shop.py\n```"),
        Message("user", window + tail),
        edit,
        Message("user", window + tail),
    ]
    assert "-        return base\n+        return base * 2\n" in text_of(messages)
    messages[-1] = Message("user", "Your proposed edit has introduced new syntax error(s).\n" + tail)
    assert rebuilt(messages) is None


def test_a_tool_that_reports_its_diff_is_believed() -> None:
    shown = (
        "diff:\n--- shop.py\n+++ shop.py\n@@ -6,2 +6,2 @@\n         base = item.price\n"
        "-        return base\n+        return base * 2\n\nupdated: True"
    )
    messages = [
        Message("assistant", "search_replace\nfile_path: shop.py\nreplacement_code:\n    def price..."),
        Message("tool", shown),
    ]
    assert "@@ -6,2 +6,2 @@" in text_of(messages)


def test_seen_texts_are_those_before_the_edits() -> None:
    messages = run((REPLACE, "ok"), ("sed -i '1d' shop.py", "")) + run(("cat other.py", "x\n"))
    assert seen_texts(messages, find_edits(messages), ["other.py"])["other.py"] == ["x"]
    after = run(("cat shop.py", CODE), ("sed -i '1d' shop.py", ""), ("cat shop.py", CODE.split("\n", 1)[1]))
    assert seen_texts(after, find_edits(after), ["shop.py"])["shop.py"] == CODE.splitlines()


def test_equal_transcripts_give_equal_patches() -> None:
    messages = run(
        ("cat shop.py", CODE), (REPLACE, "ok"), ("cat > b.py <<'E'\n1\nE", ""), ("cat > a.py <<'E'\n2\nE", "")
    )
    assert text_of(messages) == text_of(messages)
    patch = rebuilt(messages)
    assert patch is not None
    assert [file.path for file in patch.files] == ["a.py", "b.py", "shop.py"]
