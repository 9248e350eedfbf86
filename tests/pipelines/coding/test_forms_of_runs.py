"""Two runs on one issue, written as various harnesses write them, meet in one couple with nothing lost on the way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.pairs.schemas import SPLITS
from contextpairs.data.store.store import Store
from contextpairs.pipelines.coding.build import build_coding
from contextpairs.pipelines.coding.config import load_config
from contextpairs.pipelines.run.mappers import thread_mapper
from contextpairs.pipelines.run.reporting import Recorded

SOURCE = """class Till:
    def __init__(self, total):
        self.total = total
        self.paid = 0

    def pay(self, amount):
        self.paid += amount

    def rest(self):
        left = self.total - self.paid
        if left < 0:
            return left
        return left

    def is_open(self):
        return self.rest() > 0
"""
ISSUE = "The till reports a negative rest when somebody pays too much."
OLD = "        if left < 0:\n            return left\n        return left\n"
NEWS = {
    "a": "        return max(left, 0)\n",
    "b": '        if left < 0:\n            raise ValueError("paid too much")\n        return left\n',
}
WORDS = {
    "a": "A guest who overpays owes nothing, so the smallest sensible answer here is nothing at all: I clamp it.",
    "b": "Nobody ought to hand over more than the bill says; callers must learn of the mistake by an exception.",
}


def patch(new: str, before: str = "shop/till.py", after: str = "shop/till.py", header: str | None = None) -> str:
    context = ["    def rest(self):\n", "        left = self.total - self.paid\n"]
    end = ["\n", "    def is_open(self):\n", "        return self.rest() > 0\n"]
    lines = [*(" " + line for line in context), *("-" + line for line in OLD.splitlines(True)),
             *("+" + line for line in new.splitlines(True)), *(" " + line for line in end)]  # fmt: skip
    count = len(new.splitlines())
    named = header if header is not None else f"diff --git a/{before} b/{after}\n--- a/{before}\n+++ b/{after}\n"
    return f"{named}@@ -9,8 +9,{5 + count} @@ class Till:\n{''.join(lines)}"


def shown(path: str) -> str:
    numbered = "\n".join(f"{at:>6}\t{line}" for at, line in enumerate(SOURCE.split("\n"), 1))
    return f"Here's the result of running `cat -n` on /workspace/till/{path}:\n{numbered}\n"


def called(command: str, *arguments: str) -> str:
    lines = ["<function=str_replace_editor>", f"<parameter=command>{command}</parameter>", *arguments, "</function>"]
    return "\n".join(lines)


def turns(run: str, path: str = "shop/till.py") -> list[dict[str, str]]:
    """A run as a chat."""
    place = f"<parameter=path>/workspace/till/{path}</parameter>"
    edit = f"<parameter=old_str>{OLD}</parameter>\n<parameter=new_str>{NEWS[run]}</parameter>"
    issue = f"<issue_description>\n{ISSUE}\n</issue_description>"
    said = [
        ("user", f"<uploaded_files>\n/workspace/till\n</uploaded_files>\n{issue}"),
        ("assistant", f"I look.\n{called('view', place)}"),
        ("tool", shown(path)),
        ("assistant", f"{WORDS[run]}\n{called('str_replace', place, edit)}"),
        ("tool", f"The file /workspace/till/{path} has been edited."),
        ("assistant", "It is mended."),
    ]
    return [{"role": role, "content": content} for role, content in said]


def chat(run: str, **fields: Any) -> dict[str, Any]:
    row = {"instance_id": "acme__till-7", "trajectory_id": run, "repo": "acme/till", "base_commit": "0123456789abcdef"}
    return {**row, "messages": turns(run), "patch": patch(NEWS[run]), **fields}


def built(tmp_path: Path, *overrides: str, source: str = "runs") -> tuple[list[dict[str, Any]], Recorded]:
    """The published rows, and what the build said."""
    given = [f'sources=["{tmp_path / source}"]', f"out={tmp_path / 'out'}", "preset=attempts", "audit.enforce=false",
             "contamination.enabled=false", "least_own_text=0"]  # fmt: skip
    watching = Recorded(None)
    published = build_coding(load_config([], [*given, *overrides]), thread_mapper(1), watching)
    store = Store(tmp_path / "out")
    splits = [split for split in SPLITS if split in store.manifest(published.version).rows]
    return [row for split in splits for row in store.read(published.version, split).to_pylist()], watching


def write(tmp_path: Path, *records: dict[str, Any]) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "rows.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))


def counts(watching: Recorded) -> dict[str, tuple[int, int]]:
    return {line.stage: (line.rows_in, line.rows_out) for line in watching.lines}


def functions_origin(rows: list[dict[str, Any]]) -> set[str]:
    return {
        json.loads(row["provenance"])[side]["functions_origin"] for row in rows for side in ("positive", "negative")
    }


def events(run: str) -> dict[str, Any]:
    """A run as events of the OpenHands SDK."""
    path = "/workspace/till/shop/till.py"
    calls = [
        {"command": "view", "path": path},
        {"command": "str_replace", "path": path, "old_str": OLD, "new_str": NEWS[run], "security_risk": "LOW"},
    ]
    results = [shown("shop/till.py"), "The file has been edited."]
    history: list[dict[str, Any]] = [
        {"kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": turns(run)[0]["content"]}}
    ]
    for at, (call, result) in enumerate(zip(calls, results, strict=True)):
        thought = [{"type": "text", "text": WORDS[run] if at else "I look."}]
        history += [
            {"kind": "ActionEvent", "source": "agent", "id": f"e{at}", "tool_call_id": f"c{at}", "thought": thought,
             "tool_name": "file_editor", "action": {"kind": "FileEditorAction", **call},
             "tool_call": {"id": f"c{at}", "name": "file_editor", "arguments": json.dumps(call)}},
            {"kind": "ObservationEvent", "source": "environment", "action_id": f"e{at}", "tool_call_id": f"c{at}",
             "observation": {"kind": "FileEditorObservation", "content": [{"type": "text", "text": result}]}},
        ]  # fmt: skip
    instance = {"repo": "acme/till", "base_commit": "0123456789abcdef", "problem_statement": ISSUE}
    return {"instance_id": "acme__till-7", "attempt": run, "test_result": {"git_patch": patch(NEWS[run])},
            "instance": instance, "metadata": {}, "history": history}  # fmt: skip


def test_events_of_the_openhands_sdk(tmp_path: Path) -> None:
    write(tmp_path, events("a"), events("b"))
    rows, watching = built(tmp_path)
    assert counts(watching)["read"] == (2, 2)
    assert len(rows) == 2
    assert functions_origin(rows) == {"source"}
    assert not any("max(left" in turn["content"] for row in rows for turn in row["positive"] + row["negative"])


def test_folders_of_requests_placed_by_their_path(tmp_path: Path) -> None:
    for run in "ab":
        folder = tmp_path / "runs" / run / "trajs" / "acme__till-7"
        folder.mkdir(parents=True)
        log = {"messages": turns(run)[:-1], "response": {"choices": [{"message": turns(run)[-1]}]}, "cost": 0.0}
        (folder / "demo-1700000000.1.json").write_text(json.dumps(log, indent=1))
    rows, watching = built(tmp_path, "source.instance_pattern=trajs/(?P<instance_id>[^/]+)/")
    assert counts(watching)["read"] == (2, 2)
    assert {json.loads(row["provenance"])["positive"]["repository"] for row in rows} == {"acme/till"}


@pytest.mark.parametrize("labels", [(0.5, "RESOLVED_FULL"), (2, {"resolved": True}), ("maybe", True), ([], 1)])
def test_labels_of_any_form_keep_the_run(labels: tuple[Any, Any], tmp_path: Path) -> None:
    write(tmp_path, chat("a", resolved=labels[0]), chat("b", resolved=labels[1]))
    rows, watching = built(tmp_path)
    assert counts(watching)["facts"] == (2, 2)
    sides = [json.loads(row["provenance"])[side] for row in rows for side in ("positive", "negative")]
    assert {(side["trajectory_id"], side.get("resolved")) for side in sides} == {("a", None), ("b", True)}
    assert "unread resolved: 1 trajectories" in watching.notes


def backup(name: str, run: str) -> str:
    time = "\t2025-01-01 10:00:00.000000000 +0000"
    return patch(NEWS[run], header=f"--- /testbed/shop/{name}{time}\n+++ /testbed/shop/till.py{time}\n")


@pytest.mark.parametrize("name", ["till.py.orig", "till.py.bak", "till.py~", "till_orig.py"])
def test_diffs_against_a_backup(name: str, tmp_path: Path) -> None:
    write(tmp_path, chat("a", patch=backup(name, "a")), chat("b", patch=patch(NEWS["b"])))
    rows, _ = built(tmp_path)
    assert len(rows) == 2
    assert functions_origin(rows) == {"source"}
    assert all("+++ b/shop/till.py\n" in row["answer"] for row in rows)


def test_a_renamed_file_meets_its_old_path_and_a_submodule_is_no_source(tmp_path: Path) -> None:
    head = "diff --git a/{0} b/{0}\nindex 1111111..2222222 160000\n--- a/{0}\n+++ b/{0}\n@@ -1 +1 @@\n".format(
        "vendor/lib"
    )
    pointer = f"{head}-Subproject commit {'1' * 40}\n+Subproject commit {'2' * 40}\n"
    moved = "diff --git a/shop/till.py b/shop/desk.py\nrename from shop/till.py\nrename to shop/desk.py\n"
    renamed = patch(NEWS["a"], header=f"{moved}--- a/shop/till.py\n+++ b/shop/desk.py\n")
    write(tmp_path, chat("a", patch=pointer + renamed), chat("b", patch=pointer + patch(NEWS["b"])))
    rows, watching = built(tmp_path)
    assert counts(watching)["same function"] == (1, 1)
    assert not any("Subproject" in row["answer"] for row in rows)
    assert {row["group_id"].rpartition("/")[2] for row in rows}


def test_a_submodule_s_pointer_alone_is_no_answer(tmp_path: Path) -> None:
    head = "diff --git a/vendor/lib b/vendor/lib\nindex 1111111..2222222 160000\n--- a/vendor/lib\n+++ b/vendor/lib\n"
    pointer = f"{head}@@ -1 +1 @@\n-Subproject commit {'1' * 40}\n+Subproject commit {'2' * 40}\n"
    read = [
        {"role": "user", "content": "go"},
        {"role": "assistant", "content": "vendor/lib is out of date: vendor/lib"},
    ]
    write(tmp_path, chat("a"), chat("b"), chat("a", trajectory_id="c", patch=pointer, messages=read))
    _, watching = built(tmp_path)
    assert next(line.reasons for line in watching.lines if line.stage == "facts") == {"submodule-only-patch": 1}


def test_a_package_s_folder_test_is_product(tmp_path: Path) -> None:
    path = "shop/test/runner.py"
    runs = [chat(run, patch=patch(NEWS[run], path, path), messages=turns(run, path)) for run in "ab"]
    write(tmp_path, *runs)
    rows, _ = built(tmp_path)
    assert functions_origin(rows) == {"source"}


@pytest.mark.parametrize("role", ["critic", "terminal"])
def test_the_words_of_an_unknown_role_are_masked_as_the_agent_s(role: str, tmp_path: Path) -> None:
    """Text that a tool showed before the first edit counts as known; of a turn that may be the agent's it does not."""
    told = {"role": role, "content": "Instead of that, `max(left, 0)` would do: return max(left, 0)"}
    said = turns("a")
    write(tmp_path, chat("a", messages=[*said[:2], told, *said[2:]]), chat("b"))
    rows, _ = built(tmp_path)
    turn = next(t for t in rows[0]["positive"] + rows[0]["negative"] if t["content"].startswith("Instead of that"))
    assert turn["role"] == "tool"
    assert "max(left" not in turn["content"]
