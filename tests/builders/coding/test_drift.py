"""What a harness changed before a run is no part of the run's patch; what the run may have changed stays."""

from __future__ import annotations

import pytest

from contextpairs.builders.coding.drift import ENVIRONMENT_FILES, is_known
from contextpairs.builders.coding.facts import Facts, FactsOptions, facts_of
from contextpairs.data.code.trajectory import Message, Trajectory

CODE = "def area(a, b):\n    return a + b\n\n\ndef edge(a):\n    return a * 4\n"
OWN = (
    "diff --git a/geo/area.py b/geo/area.py\n--- a/geo/area.py\n+++ b/geo/area.py\n"
    "@@ -1,2 +1,2 @@\n def area(a, b):\n-    return a + b\n+    return a * b\n"
)
EDIT = "sed -i '2s/a + b/a * b/' geo/area.py"


def change(path: str, old: str = "deps = [pytest]", new: str = "deps = [pytest==7.1.2]") -> str:
    """A patch that changes one line of a file."""
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -3 +3 @@\n-{old}\n+{new}\n"


def found(
    patch: str, *steps: tuple[str, str], options: FactsOptions | None = None, submitted: bool = True
) -> Facts | str:
    """The facts of a run with a recorded patch, or why it has none."""
    messages = [Message("user", "The area of a rectangle is wrong.")]
    for command, output in (("cat geo/area.py", CODE), *steps):
        messages.append(Message("assistant", f"Next.\n\n```bash\n{command}\n```"))
        messages.append(Message("user", f"<returncode>0</returncode>\n<output>\n{output}</output>"))
    messages.append(Message("assistant", "```bash\nsubmit\n```"))
    messages += [Message("user", patch)] if submitted else []
    run = facts_of(Trajectory("geo__geo-1", messages, "runs.jsonl", 0, "chat", patch=patch), options)
    return run if isinstance(run, Facts) else run.reason


def files(patch: str, *steps: tuple[str, str], options: FactsOptions | None = None) -> tuple[list[str], list[str]]:
    """The files of a run's patch, and those that left it."""
    run = found(patch, *steps, options=options)
    assert isinstance(run, Facts), run
    return run.files, run.drifted_files


@pytest.mark.parametrize("path", ["tox.ini", "setup.py", "pyproject.toml", "geo/limits.py", "sub/package.json"])
def test_a_file_that_no_edit_names_and_nothing_shows_leaves(path: str) -> None:
    assert files(change(path) + OWN, (EDIT, "")) == (["geo/area.py"], [path])


UNREADABLE = ("python - <<'EOF'\nimport os\nopen('geo/area.py', 'w').write(os.environ['NEW'])\nEOF", "")


def test_beside_an_edit_that_cannot_be_read_only_known_environment_files_leave() -> None:
    patch = change("tox.ini") + change("geo/limits.py", "most = 1 + 2", "most = 3 + 4") + OWN
    assert files(patch, UNREADABLE) == (["geo/area.py", "geo/limits.py"], ["tox.ini"])
    named = FactsOptions(environment_files=("limits.py",))
    assert files(patch, UNREADABLE, options=named) == (["geo/area.py", "tox.ini"], ["geo/limits.py"])


@pytest.mark.parametrize(
    "step",
    [
        ("sed -i 's/pytest/pytest==7.1.2/' tox.ini", ""),
        ("./pin.sh", "writing deps = [pytest==7.1.2]\n"),
        ("./pin.sh && git diff", change("tox.ini")),
        ("printf '%s' 'deps = [pytest==7.1.2]' | ./put tox.ini", ""),
    ],
)
def test_a_change_that_the_run_makes_or_shows_stays(step: tuple[str, str]) -> None:
    assert files(change("tox.ini") + OWN, step, (EDIT, "")) == (["geo/area.py", "tox.ini"], [])


def test_what_stood_there_before_the_run_changed_anything_is_no_change_of_the_runs() -> None:
    assert files(change("tox.ini") + OWN, ("cat tox.ini", "deps = [pytest==7.1.2]\n"), (EDIT, "")) == (
        ["geo/area.py"],
        ["tox.ini"],
    )


def test_a_run_that_is_left_with_nothing_or_new_files_says_so() -> None:
    note = (
        "diff --git a/note.txt b/note.txt\nnew file mode 100644\n--- /dev/null\n+++ b/note.txt\n@@ -0,0 +1 @@\n+seen\n"
    )
    assert found(change("tox.ini") + note, ("cat > note.txt <<'E'\nseen\nE", "")) == "new-file-only-patch"
    assert found(change("tox.ini")) == "empty-patch"


def test_a_patch_belongs_to_another_run_only_if_the_run_shows_none_of_it() -> None:
    other = change("lib/colour.py", "red = mix(1, 2)", "red = mix(2, 1)")
    assert found(other) == "patch-misfit"
    assert found(other, UNREADABLE, submitted=False) == "patch-misfit"


def test_environment_files_are_known_by_name_or_from_the_root() -> None:
    assert is_known("sub/requirements-dev.txt", ENVIRONMENT_FILES)
    assert is_known("requirements/base.txt", ENVIRONMENT_FILES)
    assert not is_known("geo/area.py", ENVIRONMENT_FILES)
    assert not is_known("geo/requirements/base.md", ENVIRONMENT_FILES)
