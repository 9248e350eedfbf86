"""Every editor's syntax is read into the same form, and spans cover the payload in the message."""

from __future__ import annotations

import pytest

from contextpairs.builders.coding.find_edits import Edit, find_edits
from contextpairs.data.code.trajectory import Message


def edits_of(*turns: str) -> list[Edit]:
    """The edits of assistant turns."""
    return find_edits([Message("assistant", turn) for turn in turns])


def bash(code: str) -> str:
    """A turn of mini-swe-agent."""
    return f"THOUGHT: I edit.\n\n```bash\n{code}\n```"


def payload(turn: str, edit: Edit) -> str:
    """The text that a masker would blank."""
    return turn[edit.start : edit.end]


@pytest.mark.parametrize(
    "code",
    [
        "old='return a'\nnew='return b'\nedit_via_str_replace src/a.py -- \"$old\" \"$new\"",
        "edit_via_str_replace src/a.py -- 'return a' 'return b'",
        'cd /testbed/src && edit_via_str_replace a.py "return a" "return b"',
        (
            "old=$(cat <<'OLD'\nreturn a\nOLD\n)\nnew=$(cat <<'NEW'\nreturn b\nNEW\n)\n"
            'edit_via_str_replace ./src/a.py -- "$old" "$new"'
        ),
        (
            "read -r -d '' old <<'A'\nreturn a\nA\nread -r -d '' new <<'B'\nreturn b\nB\n"
            'edit_via_str_replace src/a.py -- "$old" "${new}"'
        ),
        "edit_via_str_replace /testbed/src/a.py -- $'return a' \"$(cat <<'E'\nreturn b\nE\n)\"",
    ],
)
def test_edit_via_str_replace(code: str) -> None:
    turn = bash(code)
    (edit,) = edits_of(turn)
    assert (edit.kind, edit.path, edit.old, edit.new) == ("replace", "src/a.py", "return a", "return b")
    assert "return a" in payload(turn, edit)
    assert "return b" in payload(turn, edit)


@pytest.mark.parametrize(
    ("code", "kind", "new"),
    [
        ("cat > src/a.py <<'EOF'\nx = '$HOME'\nEOF", "write", "x = '$HOME'\n"),
        ("cat <<EOF > src/a.py\nx = \\$y\nEOF\npython src/a.py", "write", "x = $y\n"),
        ("cat >> src/a.py << 'EOF'\nx = 1\nEOF", "append", "x = 1\n"),
        ("tee src/a.py <<'EOF'\nx = 1\nEOF", "write", "x = 1\n"),
        ("cat <<-EOF | tee -a src/a.py\n\tx = 1\n\tEOF", "append", "x = 1\n"),
        ("echo 'x = 1' >> src/a.py", "append", "x = 1\n"),
        ("printf 'x = 1\\n' > src/a.py", "write", "x = 1\n"),
    ],
)
def test_heredocs_and_redirections(code: str, kind: str, new: str) -> None:
    turn = bash(code)
    edit = edits_of(turn)[0]
    assert (edit.kind, edit.path, edit.new) == (kind, "src/a.py", new)
    assert "x = " in payload(turn, edit)


@pytest.mark.parametrize(
    ("code", "action", "address", "old", "new"),
    [
        ("sed -i 's/a.b/c/' f.py", "s", "", "a.b", "c"),
        ("sed -i 's|a/b|c/d|g' f.py", "s", "", "a/b", "c/d"),
        ("sed -i '12s/foo(x)/foo(&, y)/' f.py", "s", "12", r"foo\(x\)", r"foo(\g<0>, y)"),
        ("sed -i -E '3,5s/(a)+/\\1/' f.py", "s", "3,5", "(a)+", r"\g<1>"),
        ("sed -i '12,14d' f.py", "d", "12,14", None, None),
        ("sed -i '12i\\    x = 1\\n    y = 2' f.py", "i", "12", None, "    x = 1\n    y = 2\n"),
        ("sed -i '/import os/a import re' f.py", "a", "/import os/", None, "import re\n"),
        ("sed -i.bak '7c\\\n        x' f.py", "c", "7", None, "        x\n"),
    ],
)
def test_sed(code: str, action: str, address: str, old: str | None, new: str | None) -> None:
    (edit,) = edits_of(bash(code))
    assert (edit.kind, edit.path, edit.action, edit.address) == ("sed", "f.py", action, address)
    assert (edit.old, edit.new) == (old, new)


def test_sed_without_in_place_and_plain_reading_are_no_edits() -> None:
    assert edits_of(bash("sed -n '1,20p' f.py"), bash("cat f.py && grep -n 'a > b' f.py"), bash("ls > /dev/null")) == []


def test_a_sed_script_beyond_reading_is_reported_without_its_text() -> None:
    (edit,) = edits_of(bash("sed -i 'N;P;D' f.py"))
    assert not edit.readable


@pytest.mark.parametrize(
    "script",
    [
        "from pathlib import Path\np = Path('f.py')\ns = p.read_text()\ns = s.replace('a', 'b')\np.write_text(s)",
        (
            "with open('f.py') as f:\n    s = f.read()\nassert 'a' in s\nnew = s.replace('a', 'b')\n"
            "with open('f.py', 'w') as f:\n    f.write(new)"
        ),
        (
            "old = '''a'''\nnew = 'b'\ns = open('f.py').read()\nif old in s:\n"
            "    s = s.replace(old, new)\n    open('f.py', 'w').write(s)\nelse:\n    print('no')"
        ),
        "def main():\n    text = open('f.py').read()\n    open('f.py', 'w').write(text.replace('a', 'b'))\nmain()",
    ],
)
@pytest.mark.parametrize(
    "form", ["python - <<'EOF'\n{}\nEOF", "python3 <<'EOF'\n{}\nEOF", "cat > fix.py <<'EOF'\n{}\nEOF\npython fix.py"]
)
def test_python_scripts_are_read_without_running(script: str, form: str) -> None:
    edit = edits_of(bash(form.format(script)))[-1]
    assert (edit.kind, edit.path, edit.old, edit.new, edit.every) == ("script", "f.py", "a", "b", True)


@pytest.mark.parametrize(
    "script",
    [
        "lines = open('f.py').readlines()\nlines[3] = 'x'\nopen('f.py', 'w').writelines(lines)",
        "lines = open('f.py').readlines()\nlines.insert(3, 'x')\nopen('f.py', 'w').writelines(lines)",
        "s = open('f.py').read()\ns = s[:10] + 'x' + s[10:]\nopen('f.py', 'w').write(s)",
        "s = open('f.py').read()\nfor i in range(2):\n    s = s.replace('a', 'b')\nopen('f.py', 'w').write(s)",
    ],
)
def test_a_script_that_cannot_be_followed_is_not_guessed(script: str) -> None:
    edit = edits_of(bash(f"python - <<'EOF'\n{script}\nEOF"))[-1]
    assert (edit.path, edit.readable) == ("f.py", False)


def test_git_apply() -> None:
    diff = "--- a/f.py\n+++ b/f.py\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    turn = bash(f"git apply <<'EOF'\n{diff}EOF")
    (edit,) = edits_of(turn)
    assert (edit.kind, edit.path, edit.old, edit.new) == ("apply", "f.py", "a\nb\n", "a\nc\n")
    assert payload(turn, edit) == diff
    (patched,) = edits_of(bash(f"patch -p1 <<'EOF'\n{diff}EOF"))
    assert patched.old == "a\nb\n"


XML = (
    "I fix it.\n<function=str_replace_editor>\n<parameter=command>str_replace</parameter>\n"
    "<parameter=path>/testbed/f.py</parameter>\n<parameter=old_str>    a</parameter>\n"
    "<parameter=new_str>    b</parameter>\n</function>"
)
RENDERED = (
    "I fix it.\n\nstr_replace_editor\ncommand:\nstr_replace\npath:\n/testbed/f.py\nold_str:\n    a\nnew_str:\n    b"
)


@pytest.mark.parametrize("turn", [XML, RENDERED])
def test_str_replace_editor(turn: str) -> None:
    (edit,) = edits_of(turn)
    assert (edit.kind, edit.path, edit.old, edit.new) == ("replace", "f.py", "    a", "    b")
    assert payload(turn, edit).startswith("    a")
    assert payload(turn, edit).endswith("    b")


def test_str_replace_editor_insert_create_and_view() -> None:
    head = "str_replace_editor\ncommand:\n"
    insert, create, view = [
        *edits_of(
            head + "insert\npath:\n/testbed/f.py\ninsert_line:\n3\nnew_str:\nx = 1",
            head + "create\npath:\n/testbed/g.py\nfile_text:\nx = 1\n",
            head + "view\npath:\n/testbed/f.py",
        ),
        None,
    ]
    assert insert is not None
    assert create is not None
    assert view is None
    assert (insert.kind, insert.address, insert.new) == ("insert", "3", "x = 1")
    assert (create.kind, create.path, create.new) == ("write", "g.py", "x = 1\n")


def test_rendered_bash_calls_are_read() -> None:
    (edit,) = edits_of("I fix it.\n\nbash\ncommand:\nsed -i 's/a/b/' /testbed/f.py")
    assert (edit.path, edit.old, edit.new) == ("f.py", "a", "b")


def test_windowed_edit_applies_to_the_open_file() -> None:
    messages = [
        Message(
            "user",
            "[File: /repo/src/f.py (9 lines total)]\n1:a\n(Open file: /repo/src/f.py)\n(Current directory: /repo)",
        ),
        Message("assistant", "Fix.\n```\nedit 2:3\n    x = 1\nend_of_edit\n```"),
    ]
    (edit,) = find_edits(messages)
    assert (edit.path, edit.address, edit.new) == ("src/f.py", "2,3", "    x = 1\n")
    assert messages[1].content[edit.start : edit.end] == "    x = 1"


def test_search_replace_blocks() -> None:
    turn = (
        "Do this:\n\nsrc/f.py\n```python\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n```\n"
        "and\n<<<<<<< SEARCH\nc\n=======\n>>>>>>> REPLACE\n"
    )
    first, second = edits_of(turn)
    assert (first.path, first.old, first.new) == ("src/f.py", "a\n", "b\n")
    assert (second.path, second.old, second.new) == ("src/f.py", "c\n", "")
    assert payload(turn, first) == "a\n=======\nb\n"


def test_replacement_code() -> None:
    turn = "search_replace\nfile_path: src/f.py\nstart_line: 3\nend_line: 4\nreplacement_code:\n    x = 1\n"
    (edit,) = edits_of(turn)
    assert (edit.path, edit.address, edit.new) == ("src/f.py", "3,4", "    x = 1\n")
    assert payload(turn, edit) == "    x = 1\n"


def test_only_the_assistant_edits() -> None:
    example = bash("sed -i 's/old/new/' example.py")
    assert find_edits([Message("system", example), Message("user", example), Message("tool", example)]) == []


def test_quoted_code_is_not_taken_for_a_command() -> None:
    turn = "I will change\n```python\nwrite('sed -i')\n```\nso:\n" + bash("sed -i 's/a/b/' f.py")
    (edit,) = edits_of(turn)
    assert edit.path == "f.py"


@pytest.mark.parametrize(
    "code",
    ["cat > f.py <<'EOF'\nno end", "sed -i 's/a", 'edit_via_str_replace f.py -- "$(', "python - <<'EOF'\nopen('write'"],
)
def test_damaged_commands_do_no_harm(code: str) -> None:
    for edit in edits_of(bash(code)):
        assert 0 <= edit.start <= edit.end <= len(bash(code))
