"""Of several runs in one record, the one whose edits give the recorded patch is the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from contextpairs.builders.coding.facts import Facts, facts_of
from contextpairs.builders.coding.one_run import one_run
from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

BANNER = "Aider v0.36.0\nModels: demo with diff edit format\n"
PATCH = """diff --git a/shop/till.py b/shop/till.py
--- a/shop/till.py
+++ b/shop/till.py
@@ -7,7 +7,7 @@ class Till:
 
     def rest(self):
         left = self.sum - self.paid
-        return left
+        return {}
 
     def close(self):
         self.open = False
"""


def run(new: str, before: str = "") -> list[Message]:
    """A run that puts something in the place of `return left`; `before` is what the log holds above its banner."""
    lines = ["<<<<<<< SEARCH", "        return left", "=======", f"        return {new}", ">>>>>>> REPLACE"]
    block = "\n".join(["shop/till.py", "```python", *lines, "```"])
    return [
        Message("tool", f"{before}{BANNER}"),
        Message("user", "The rest must never be negative."),
        Message("tool", "341 prompt tokens, 10 completion tokens, $0.17 cost"),
        Message("assistant", f"I clamp it.\n\n{block}"),
        Message("tool", "Applied edit to shop/till.py"),
    ]


def log(*runs: list[Message], patch: str | None = None) -> Trajectory:
    messages = [message for each in runs for message in each]
    return Trajectory("acme__shop-3", messages, "log.jsonl", 4, "chat", patch=patch, commit="0" * 40)


def kept(trajectory: Trajectory) -> list[Message] | str:
    found = one_run(trajectory)
    return found.reason if isinstance(found, Rejection) else found.messages


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_run_that_gives_the_patch_is_kept_alone(place: int) -> None:
    wanted = run("max(left, 0)")
    runs = [run("abs(left)"), run("0")]
    runs.insert(place, wanted)
    assert kept(log(*runs, patch=PATCH.format("max(left, 0)"))) == wanted


def test_what_stands_before_the_banner_in_its_own_message_goes() -> None:
    messages = kept(log(run("abs(left)"), run("max(left, 0)", "Tests failed\n"), patch=PATCH.format("max(left, 0)")))
    assert messages == run("max(left, 0)")


@pytest.mark.parametrize(
    ("news", "patch"),
    [
        (["abs(left)", "0"], PATCH.format("max(left, 0)")),
        (["max(left, 0)", "0", "max(left, 0)"], PATCH.format("max(left, 0)")),
        (["abs(left)", "0"], None),
        (["abs(left)", "0"], ""),
    ],
)
def test_none_or_several_are_rejected(news: list[str], patch: str | None) -> None:
    trajectory = log(*map(run, news), patch=patch)
    assert kept(trajectory) == "several-runs"
    found = facts_of(trajectory)
    assert isinstance(found, Rejection)
    assert (found.stage, found.reason, found.source, found.row) == ("facts", "several-runs", "log.jsonl", 4)


def test_a_run_that_was_broken_off_gives_nothing() -> None:
    broken = [Message("tool", BANNER), Message("user", "The rest."), Message("tool", "^C KeyboardInterrupt\n\n")]
    assert kept(log(run("max(left, 0)"), broken, patch=PATCH.format("max(left, 0)"))) == run("max(left, 0)")


def test_facts_are_of_that_run_alone() -> None:
    alone, patch = run("max(left, 0)"), PATCH.format("max(left, 0)")
    found, expected = facts_of(log(run("0"), alone, patch=patch)), facts_of(log(alone, patch=patch))
    assert isinstance(found, Facts)
    assert found == expected
    assert (found.turns, found.patch_origin) == (5, "record")


def test_one_run_passes_through_as_it_is() -> None:
    trajectory = log(run("0"), patch="anything")
    assert one_run(trajectory) is trajectory


def test_logs_of_real_runs(shared: Path) -> None:
    """Most of the 154 records with several banners have one run that gives their patch."""
    partitions, _ = plan([str(shared / "trajectories" / "chat" / "aider.parquet")], SourceOptions())
    runs = [item for partition in partitions for item in read(partition) if isinstance(item, Trajectory)]
    found = [one_run(item) for item in runs]
    changed = [after for before, after in zip(runs, found, strict=True) if after is not before]
    assert (len(runs), len(changed)) == (296, 154)
    assert sum(isinstance(item, Trajectory) for item in changed) >= 110
