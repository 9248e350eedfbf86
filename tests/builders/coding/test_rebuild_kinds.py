"""Transcripts of kinds that once gave a wrong patch: each gives the right one, or none."""

from __future__ import annotations

import pytest

from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.rebuild import rebuild_patch, seen_texts
from contextpairs.data.code.patch import FilePatch
from contextpairs.data.code.trajectory import Message

CODE = [f"line_{n} = value({n})" for n in range(1, 61)]
ROOT = Message("user", "<uploaded_files>\n/workspace/shop\n</uploaded_files>\nMend it.")


def shell(*steps: tuple[str, str]) -> list[Message]:
    """A transcript of bash commands with their output."""
    messages = [Message("user", "Mend it.")]
    for command, output in steps:
        messages.append(Message("assistant", f"```bash\n{command}\n```"))
        messages.append(Message("user", f"<returncode>0</returncode>\n<output>\n{output}</output>"))
    return messages


def replacing(old: str, new: str, path: str = "/workspace/shop/shop.py") -> str:
    """A call of an editor."""
    arguments = {"command": "str_replace", "path": path, "old_str": old, "new_str": new}
    inner = "".join(f"<parameter={name}>{value}</parameter>\n" for name, value in arguments.items())
    return f"<function=str_replace_editor>\n{inner}</function>"


def source(messages: list[Message]) -> list[FilePatch] | None:
    """The rebuilt files that were there before; None where the run is set aside."""
    patch = rebuild_patch(messages, find_edits(messages))
    if patch is None or patch.lost_sources():
        return None
    return [file for file in patch.files if not file.is_new]


def changes(messages: list[Message]) -> list[tuple[str, str]] | None:
    """The changed lines of these files."""
    files = source(messages)
    return None if files is None else [line for file in files for line in file.changed()]


DONE = Message("user", "The file has been edited.")


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (
            ("a > b", "a >= b"),
            ("if x:\n    a >= b", "if y:\n    a >= b"),
            (["if x:", "    a > b"], ["if y:", "    a >= b"]),
        ),
        (
            ("a > b", "a >= b"),
            ("a >= b\n    return", "a >= c\n    return"),
            (["a > b", "    return"], ["a >= c", "    return"]),
        ),
        (("one\ntwo", "one\nnew\ntwo"), ("new", "newer"), (["one", "two"], ["one", "newer", "two"])),
        (("first", "second"), ("second", "third"), (["first"], ["third"])),
    ],
)
def test_an_edit_over_the_agents_own_text_is_one_net_hunk(
    first: tuple[str, str], second: tuple[str, str], expected: tuple[list[str], list[str]]
) -> None:
    files = source(
        [ROOT, Message("assistant", replacing(*first)), DONE, Message("assistant", replacing(*second)), DONE]
    )
    assert files is not None
    assert [(hunk.old(), hunk.new()) for hunk in files[0].hunks] == [expected]


def test_an_edit_of_part_of_the_agents_own_text_and_more_is_set_aside() -> None:
    edits = (replacing("x = 1", "x = call(1)\ny = call(2)"), replacing("y = call(2)\nz = 3", "z = 4"))
    assert source([ROOT, *(m for edit in edits for m in (Message("assistant", edit), DONE))]) is None


@pytest.mark.parametrize(
    "marker",
    [
        "[... 40 lines omitted ...]", "... 40 lines elided ...", "<response clipped>", "[truncated]", "...", "…",
        "[... Observation truncated due to length ...]", "----- 40 lines skipped -----", "... (40 lines not shown)",
        "... [1200 characters truncated] ...", "[40 more lines omitted]",
    ],
)  # fmt: skip
def test_lines_after_a_cut_have_no_number(marker: str) -> None:
    output = "\n".join([*CODE[:10], marker, *CODE[50:]]) + "\n"
    messages = shell(("cat shop.py", output), ("sed -i '3s/value/cost/' shop.py", ""))
    texts = seen_texts(messages, find_edits(messages), ["shop.py"])["shop.py"]
    assert texts[:9] == CODE[:9]
    assert len(texts) <= 10
    lost = shell(("cat shop.py", output), ("sed -i '12s/value/cost/' shop.py", ""))
    assert changes(lost) is None


def test_a_marker_within_a_line_takes_the_line_with_it() -> None:
    output = "\n".join(CODE[:10]) + "\nline_11 = va[... 900 characters omitted ...]lue(50)\n" + "\n".join(CODE[50:])
    messages = shell(("cat shop.py", output), ("sed -i '3s/value/cost/' shop.py", ""))
    assert len(seen_texts(messages, find_edits(messages), ["shop.py"])["shop.py"]) < 11


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    "head", ["", "OBSERVATION:\n", "EXECUTION RESULT of [execute_bash]:\n"], ids=["bare", "smith", "gym"]
)
def test_a_terminals_line_ends_and_a_harness_words_are_no_part_of_the_file(ends: str, head: str) -> None:
    output = head + "\n".join(CODE) + "\n[Command finished with exit code 0]"
    bash = "<function=execute_bash>\n<parameter=command>{}</parameter>\n</function>"
    messages = [
        ROOT,
        Message("assistant", bash.format("cat shop.py")),
        Message("user", output.replace("\n", ends)),
        Message("assistant", bash.format("sed -i '2s/value/cost/' shop.py")),
        Message("user", (head + "[Command finished with exit code 0]").replace("\n", ends)),
    ]
    assert changes(messages) == [("-", CODE[1]), ("+", "line_2 = cost(2)")]


@pytest.mark.parametrize(
    ("path", "shown", "is_new"),
    [
        ("/workspace/shop/demo/__init__.py", "/workspace/shop/shop/demo/__init__.py\n", True),
        ("/workspace/shop/demo.py", "/workspace/shop/tests/test_demo.py\nrun_demo.py\ndemo.pyc\n", True),
        ("/workspace/shop/demo.py", "python: can't open file 'demo.py': [Errno 2] No such file or directory\n", True),
        ("/workspace/shop/demo.py", "/workspace/shop/demo.py\n", False),
        ("/workspace/shop/demo.py", "./demo.py\n", False),
        ("/workspace/other/shop.py", "/workspace/shop/shop.py\n", True),
    ],
)
def test_a_file_is_old_only_where_an_output_names_it(path: str, shown: str, is_new: bool) -> None:
    bash = "<function=execute_bash>\n<parameter=command>{}</parameter>\n</function>"
    messages = [
        ROOT,
        Message("assistant", bash.format("find .")),
        Message("user", shown),
        Message("assistant", bash.format(f"cat > {path} <<'E'\nx = 1\nE")),
        Message("user", ""),
        Message("assistant", replacing("a = 1", "a = 2")),
        DONE,
    ]
    files = source(messages)
    assert (files is not None) == is_new


@pytest.mark.parametrize("command", ["sed -i 's/value(7)/cost(7)/' shop.py", "sed -i '/line_7/d' shop.py"])
@pytest.mark.parametrize("shown", [0, 20, 60])
def test_an_expression_over_text_that_is_not_all_seen_is_set_aside(command: str, shown: int) -> None:
    seen = [(f"sed -n '1,{shown}p' shop.py", "\n".join(CODE[:shown]) + "\n")] if 0 < shown < 60 else []
    seen += [("cat shop.py", "\n".join(CODE) + "\n")] if shown == 60 else []
    assert (changes(shell(*seen, (command, ""))) is not None) == (shown == 60)


def test_a_search_shows_all_lines_that_a_substitution_may_change() -> None:
    seen = ("grep -n 'value(7)' shop.py", f"7:{CODE[6]}\n")
    assert changes(shell(seen, ("sed -i 's/value(7)/cost(7)/' shop.py", ""))) == [
        ("-", CODE[6]),
        ("+", "line_7 = cost(7)"),
    ]
    assert changes(shell(seen, ("sed -i 's/value(8)/cost(8)/' shop.py", ""))) is None


def test_a_view_that_contradicts_an_edit_sets_the_file_aside() -> None:
    edited = ("sed -i '2d' shop.py", "")
    after = "\n".join([CODE[0], *CODE[2:]]) + "\n"
    assert changes(shell(("cat shop.py", "\n".join(CODE) + "\n"), edited, ("cat shop.py", after))) == [("-", CODE[1])]
    assert changes(shell(("cat shop.py", "\n".join(CODE) + "\n"), edited, ("cat shop.py", "\n".join(CODE)))) is None


def test_what_a_turn_shows_before_its_own_edit_is_the_text_before() -> None:
    both = ("sed -n '1,3p' shop.py && sed -i '1d' shop.py", "\n".join(CODE[:3]) + "\n")
    assert changes(shell(("cat shop.py", "\n".join(CODE) + "\n"), both)) == [("-", CODE[0])]


def test_commands_of_one_block_run_in_their_order() -> None:
    command = "sed -i '1d' shop.py\ngit checkout shop.py\nsed -i '2d' shop.py"
    assert changes(shell(("cat shop.py", "\n".join(CODE) + "\n"), (command, ""))) == [("-", CODE[1])]


def test_each_call_of_a_turn_has_its_own_result() -> None:
    calls = (
        "bash\ncommand:\ncat shop.py\n\nthink\nthought:\nhm\n\n"
        "str_replace_editor\ncommand:\nstr_replace\npath:\nshop.py\nold_str:\n{}\nnew_str:\nx = 1"
    )
    results = [Message("tool", "\n".join(CODE) + "\n"), Message("tool", "Noted."), Message("tool", "has been edited")]
    assert changes([Message("assistant", calls.format(CODE[4])), *results]) == [("-", CODE[4]), ("+", "x = 1")]
    results[2] = Message("tool", "No replacement was performed, old_str did not appear verbatim")
    assert changes([Message("assistant", calls.format(CODE[4])), *results]) is None


def test_a_diff_of_git_tells_what_an_unreadable_edit_did() -> None:
    lost = ("python - <<'E'\nimport os\nopen('shop.py', 'w').write(os.environ['T'])\nE", "")
    diff = "diff --git a/shop.py b/shop.py\n--- a/shop.py\n+++ b/shop.py\n@@ -2,2 +2,2 @@\n same\n-old\n+new\n"
    assert changes(shell(lost, ("git diff", diff))) == [("-", "old"), ("+", "new")]
    assert changes(shell(lost, ("git diff --stat", diff))) is None
    assert changes(shell(lost, ("git diff", diff.replace("+new\n", "")))) is None


@pytest.mark.parametrize(
    ("old", "new"), [("    return a", "    return a"), ("    return a", "    return a or b"), ("\tx", "\ty")]
)
def test_a_reported_diff_whose_last_lines_run_together_is_taken_apart(old: str, new: str) -> None:
    diff = f"diff:\n--- shop.py\n+++ shop.py\n@@ -1,2 +1,3 @@\n def f():\n-{old}+{new}\n+z = 1\n\nupdated: True"
    messages = [Message("assistant", "search_replace\nfile_path: shop.py\nreplacement_code:\nx"), Message("tool", diff)]
    files = source(messages)
    assert files is not None
    assert files[0].hunks[0].new()[-2:] == [new, "z = 1"]
    assert source([messages[0], Message("tool", diff.replace("updated: True", "updated: False"))]) is None


@pytest.mark.parametrize("change", ["s.replace('value', 'cost')", "re.sub('value', 'cost', s)"])
@pytest.mark.parametrize("shown", [20, 60])
def test_a_script_that_replaces_all_of_a_word_needs_the_whole_file(change: str, shown: int) -> None:
    script = f"python - <<'E'\nimport re\ns = open('shop.py').read()\nopen('shop.py', 'w').write({change})\nE"
    seen = f"sed -n '1,{shown}p' shop.py" if shown < 60 else "cat shop.py"
    made = changes(shell((seen, "\n".join(CODE[:shown]) + "\n"), (script, "")))
    assert (made is not None) == (shown == 60)
