"""Runs of one instance name each other's functions, and what stays open is counted as unknown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.data.sources.files.guard import CATCH
from contextpairs.data.store.stages import read_table
from contextpairs.pipelines.coding import names_stage
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Silent

SOURCE = '''"""Drawers."""


class Drawer:
    """A drawer of spoons."""

    def __init__(self, spoons):
        self.spoons = spoons
        self.closed = False

    def count(self, kind):
        total = 0
        for spoon in self.spoons:
            total += spoon.kind == kind
        return total

    def shut(self):
        self.closed = True
        self.seen = 0
        return self.spoons
'''
FILE = SOURCE.split("\n")
COUNT, SHUT = 14, 18


def patch(line: int, new: str, context: int = 1, moved: int = 0) -> str:
    """A patch of one line in the default form of git, with the header that it writes for this file."""
    first, last = line - context, line + context
    old = FILE[first - 1 : last]
    body = [("-" if number == line else " ") + text for number, text in enumerate(old, first)]
    body.insert(context + 1, f"+{new}")
    head = f"@@ -{first + moved},{len(old)} +{first + moved},{len(old)} @@ class Drawer:"
    return "\n".join(["--- a/kit/drawer.py", "+++ b/kit/drawer.py", head, *body]) + "\n"


def run(change: str, shown: Sequence[str | None] = (), **fields: str) -> dict[str, Any]:
    """A run that edits the drawer, with the lines that an editor showed to it before."""
    view = "\n".join(f"{number:6}\t{text}" for number, text in enumerate(shown, 1) if text is not None)
    answer = f"Here's the result of running `cat -n` on /testbed/kit/drawer.py:\n{view}" if shown else "It is long."
    added = next(line[1:] for line in change.split("\n") if line.startswith("+ "))
    messages = [
        ("user", "<issue_description>\nSpoons are counted twice, the drawer stays open.\n</issue_description>"),
        ("assistant", _call("view", path="/testbed/kit/drawer.py")),
        ("tool", answer),
        ("assistant", f"I change it to {added.strip()} and am done."),
    ]
    told = {"instance_id": "kit__drawer-1", "repo": "kit/drawer", "base_commit": "0a" * 20, **fields}
    return {**told, "messages": [{"role": role, "content": text} for role, text in messages], "patch": change}


def _call(command: str, **parameters: str) -> str:
    given = {"command": command, **parameters}
    told = "".join(f"<parameter={name}>{value}</parameter>\n" for name, value in given.items())
    return f"<function=str_replace_editor>\n{told}</function>"


class Built:
    """What a build says of functions: names and marks by patch, and why couples fell at this condition."""

    def __init__(self, folder: Path, rows: Sequence[Mapping[str, Any]], preset: str = "attempts") -> None:
        folder.mkdir(exist_ok=True)
        (folder / "runs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        given = [f"sources={canonical_json([str(folder / 'runs.jsonl')])}", f"preset={preset}", f"out={folder / 'out'}"]
        given += ["contamination.enabled=false", f"engine.work_dir={folder / 'work'}", "facts.keep_misfits=true"]
        with pytest.raises(NothingToPublish) as nothing:
            build_coding(load_config([], given), thread_mapper(2), Silent())
        (self.line,) = [line for line in nothing.value.funnel if line.stage == "same function"]
        self.work = folder / "work"

    def outputs(self, stage: str) -> list[Path]:
        """Output files of a stage."""
        return sorted(path for path in (self.work / stage).glob("*.parquet") if "rejected" not in path.name)

    def names(self) -> list[tuple[list[str], str, bool]]:
        """Functions, origin, whether one is open, of each run that was named again."""
        rows = [row for path in self.outputs("names") for row in read_table(str(path)).to_pylist()]
        return sorted((row["functions"], row["functions_origin"], bool(row["unknown"])) for row in rows)


HIDDEN = run(patch(COUNT, "            total += 1"))
OTHER = patch(COUNT, "            total += spoon.kind is kind")
COUNTS = ["kit/drawer.py::Drawer.count"]


def test_another_run_of_the_instance_shows_the_name(tmp_path: Path) -> None:
    built = Built(tmp_path, [HIDDEN, run(OTHER, FILE)])
    assert built.names() == [(COUNTS, "runs", False)]
    assert built.line.rows_out == 1


def test_a_patch_whose_line_numbers_are_wrong_is_found_by_its_lines(tmp_path: Path) -> None:
    wrong = run(patch(COUNT, "            total += 1", moved=1))
    assert Built(tmp_path, [wrong, run(OTHER, FILE)]).names() == [(COUNTS, "runs", False)]


def test_parts_that_several_runs_show_are_put_together(tmp_path: Path) -> None:
    parts = [[text if number < 9 else None for number, text in enumerate(FILE)],
             [text if number > 5 else None for number, text in enumerate(FILE)]]  # fmt: skip
    rows = [HIDDEN, *(run(patch(19, f"        self.seen = {n}", context=0), part) for n, part in enumerate(parts, 1))]
    assert (COUNTS, "runs", False) in Built(tmp_path, rows).names()


@pytest.mark.parametrize("fields", [{"base_commit": "0b" * 20}, {"instance_id": "kit__drawer-2"}])
def test_a_run_on_other_code_shows_nothing(tmp_path: Path, fields: dict[str, str]) -> None:
    built = Built(tmp_path, [HIDDEN, run(OTHER, FILE, **fields)])
    assert built.names() == [([], "hunk", True)]


def test_two_runs_that_disagree_about_the_definition_leave_it_unknown(tmp_path: Path) -> None:
    changed = ["    def tally(self, kind):" if "def count" in text else text for text in FILE]
    rows = [HIDDEN, run(OTHER, FILE), run(patch(COUNT, "            total += 2"), changed)]
    assert ([], "hunk", True) in Built(tmp_path, rows).names()


def test_what_no_run_shows_is_unknown_and_no_other_function(tmp_path: Path) -> None:
    built = Built(tmp_path, [HIDDEN, run(patch(SHUT, "        self.closed = 1", context=0))])
    assert [open_ended for *_, open_ended in built.names()] == [True, True]
    assert built.line.reasons == {"unknown-function": 1}


def test_an_unknown_function_is_shared_by_changes_of_one_stretch(tmp_path: Path) -> None:
    built = Built(tmp_path, [HIDDEN, run(OTHER)])
    assert built.names() == [([], "hunk", True)] * 2
    assert built.line.rows_out == 1


def test_marks_of_two_instances_are_never_one(tmp_path: Path) -> None:
    built = Built(tmp_path, [HIDDEN, run(OTHER, instance_id="kit__drawer-2")], preset="smith")
    assert (built.line.rows_out, built.line.reasons) == (0, {"unknown-function": 1})


def test_names_are_found_once_and_again_only_if_the_text_found_changes(tmp_path: Path) -> None:
    rows = [HIDDEN, run(OTHER, FILE)]
    before = Built(tmp_path, rows).outputs("names")
    elsewhere = run(OTHER, FILE, instance_id="kit__drawer-2")
    assert Built(tmp_path, [*rows, elsewhere]).outputs("names") == before
    assert len(Built(tmp_path, [*rows, run(patch(SHUT, "        self.closed = 1"), FILE)]).outputs("names")) == 2


def test_where_every_run_names_its_functions_nothing_is_read_again(tmp_path: Path) -> None:
    built = Built(tmp_path, [run(OTHER, FILE), run(patch(SHUT, "        self.closed = 1"), FILE)])
    assert built.outputs("shown") == []
    assert built.line.reasons == {"different-function": 1}


def test_a_run_whose_text_cannot_be_looked_at_is_owed_and_edits_no_other_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails for one run costs it its name and nothing else, and the next build does it again."""
    rows = [HIDDEN, run(OTHER, FILE)]
    with monkeypatch.context() as broken:
        broken.setenv(CATCH, "on")
        broken.setattr(names_stage, "passages_of", _raises)
        assert Built(tmp_path, rows).line.reasons == {"unknown-function": 1}
    assert Built(tmp_path, rows).names() == [(COUNTS, "runs", False)]


def _raises(*_: object) -> None:
    raise ZeroDivisionError
