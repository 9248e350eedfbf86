"""Commands of the scripted agent do in a real checkout what they stand for."""

from __future__ import annotations

import random
import shutil
from typing import get_args

import pytest

from contextpairs.data.demo.samples.actions import EditFile, EditStyle, RunScript, ViewFile, difference, unique_block
from contextpairs.data.demo.samples.bugs import Bug, bugs_in
from contextpairs.data.demo.samples.checkout import checkout
from contextpairs.data.demo.samples.repository import Repository, load_repositories, load_repository

needs_git = pytest.mark.skipif(
    not (shutil.which("git") and shutil.which("bash")), reason="needs git and bash to run the agent's commands"
)


@pytest.fixture(scope="module")
def repository() -> Repository:
    return load_repository("inkwell")


def some_bugs(repository: Repository, count: int) -> list[Bug]:
    bugs = [bug for path in repository.modules() for bug in bugs_in(path, repository.files[path])]
    return random.Random(0).sample(bugs, count)


@needs_git
@pytest.mark.parametrize("style", get_args(EditStyle))
def test_edit_repairs_the_file_in_every_style(style: EditStyle, repository: Repository) -> None:
    with checkout(repository.files) as here:
        here.commit()
        for bug in some_bugs(repository, 8):
            here.write({bug.path: bug.buggy})
            done = here.run(EditFile(bug.path, bug.buggy, bug.clean, style).command())
            assert done.returncode == 0, done.output
            assert here.read(bug.path) == bug.clean


@pytest.mark.parametrize("repository", load_repositories(), ids=lambda repository: str(repository.name))
def test_quoted_block_occurs_once_and_its_replacement_gives_the_clean_text(repository: Repository) -> None:
    for bug in some_bugs(repository, 60):
        old, new = unique_block(bug.buggy, bug.clean)
        assert bug.buggy.count(old) == 1
        assert bug.buggy.replace(old, new) == bug.clean


def test_difference_is_the_smallest_block_of_lines() -> None:
    change = difference("a\nb\nc\nd\n", "a\nB\nc\nd\n")
    assert (change.start, change.old, change.new) == (1, ["b"], ["B"])
    assert difference("a\nb\n", "a\na\nb\n").new == ["a"]


def test_sed_is_left_for_replace_where_quoting_would_be_needed() -> None:
    before, after = "x = 'a'\n", "x = 'b'\n"
    assert EditFile("m.py", before, after, "sed").command().startswith("old=$(cat <<'OLD'\n")
    assert EditFile("m.py", "x = 1.5\n", "x = 2\n", "sed").command() == "sed -i '1s|x = 1\\.5|x = 2|' m.py"


@needs_git
def test_outputs_hide_the_temporary_path_and_durations() -> None:
    with checkout({"m.py": "raise ValueError(1)\n"}) as here:
        seen = here.run("pwd; python m.py; echo Ran 3 tests in 0.127s; echo '<X at 0x7fd3a1b2c3d4>'")
    assert seen.output.splitlines()[0] == "/testbed"
    assert 'File "/testbed/m.py", line 1' in seen.output
    assert seen.output.endswith("Ran 3 tests in 0.002s\n<X at 0x7f0000000000>\n")


@needs_git
def test_a_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contextpairs.data.demo.samples.checkout.SECONDS", 1)
    with checkout({}) as here:
        assert here.run("sleep 60").returncode == 124


def test_scripts_are_written_once_and_run_again_by_name() -> None:
    assert RunScript("a.py", "print(1)\n").command() == "cat <<'EOF' > a.py\nprint(1)\nEOF\npython a.py"
    assert RunScript("a.py").command() == "python a.py"
    assert RunScript(text="print(1)\n").command() == "python - <<'EOF'\nprint(1)\nEOF"
    assert ViewFile("a.py", "nl", 3, 9).command() == "nl -ba a.py | sed -n '3,9p'"
