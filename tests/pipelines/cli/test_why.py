"""Why rows were dropped: the costliest after a build, more by `why`; no text of a row acts on a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.files.safe_text import one_line
from contextpairs.data.store.manifest import FunnelStage
from contextpairs.data.store.run_records import RunRecord, run_records
from contextpairs.data.store.store import Store
from contextpairs.pipelines.cli.hints import hints
from contextpairs.pipelines.cli.losses import losses
from contextpairs.pipelines.cli.why import account
from tests.pipelines.cli.test_main import run


def line(stage: str, unit: str, rows_in: int, **reasons: int) -> FunnelStage:
    named = {reason.replace("_", "-"): count for reason, count in reasons.items()}
    rows_out = rows_in - sum(named.values())
    return FunnelStage.model_validate(
        {"stage": stage, "unit": unit, "rows_in": rows_in, "rows_out": rows_out, "reasons": named}
    )


def record(*funnel: FunnelStage, **fields: Any) -> RunRecord:
    now = datetime.now(UTC)
    given = {"id": "now", "domain": "coding", "outcome": "published", "started": now, "seconds": 1.0, **fields}
    return RunRecord.model_validate({**given, "funnel": funnel})


CHOSEN = (
    line("facts", "trajectories", 100, empty_patch=30, patch_misfit=5),
    line("same repository", "couples", 2080, different_repository=2000),
    line("masking", "couples", 80, contained_patch=60, leak=12),
    line("choice", "couples", 8, over_limit=1, shortcut=1, learned_shortcut=1),
)


def test_what_can_be_remedied_comes_first_by_its_share() -> None:
    order = [(loss.line.stage, loss.reason) for loss in losses(record(*CHOSEN))]
    assert order[0] == ("facts", "empty-patch")
    assert [reason for _, reason in order[-4:]] == ["different-repository", "contained-patch", "leak", "over-limit"]
    assert [text.split(",")[0].strip() for text in account(record(*CHOSEN)) if text.startswith("  f")] == [
        "facts: empty-patch", "facts: patch-misfit",
    ]  # fmt: skip


def test_where_nothing_was_left_is_told_before_all_else() -> None:
    emptied = line("same commit", "couples", 45, different_commit=45)
    assert losses(record(CHOSEN[0], emptied))[0].reason == "different-commit"


def test_a_word_that_stands_for_two_things_is_explained_by_what_is_counted() -> None:
    (run,) = losses(record(line("distinct", "trajectories", 9, identical=1)))
    (edit,) = losses(record(line("edits", "edits", 9, identical=1), domain="images"))
    assert "the same run given twice" in run.means
    assert "editor's output" in edit.means
    assert edit.remedy.startswith("other settings of the editor")


def test_what_was_left_over_is_told_last_and_an_id_stands_for_a_row_of_no_file() -> None:
    left = line("proposals", "images", 40, enough=32, no_template=1)
    example = {"stage": "proposals", "reason": "no-template", "row": 4, "key": "4c69", "detail": "a.png: no template"}
    told = account(record(left, domain="images", examples=[example]))
    assert told[1].startswith("  proposals: no-template, 1 of 40 images (2 %)")
    assert told[2] == "      for example: a.png: no template"
    assert "proposals: enough" in told[-2]


def test_what_is_owed_is_a_loss() -> None:
    owed = FunnelStage(stage="facts", unit="trajectories", rows_in=9, rows_out=8, owed=1)
    (loss,) = losses(record(owed))
    assert (loss.reason, loss.count, "run again" in loss.remedy) == ("failed", 1, True)


@pytest.mark.parametrize(
    ("fields", "funnel", "said"),
    [
        ({"rows": {"train": 200}, "configuration": {"probe_share": 0.05}}, (), "raise probe_share"),
        ({"rows": {"probe": 200}}, (), "lower probe_share"),
        ({"rows": {"train": 2, "probe": 200}}, CHOSEN, "audit.enforce=false keeps the 2 couples"),
        ({}, (line("different instance", "couples", 10, same_instance=10),), "preset=attempts"),
        ({}, (line("same commit", "couples", 10, different_commit=9),), "preset=nearby"),
    ],
)
def test_a_run_is_told_which_setting_helps(fields: dict[str, Any], funnel: tuple[FunnelStage, ...], said: str) -> None:
    (hint,) = hints(record(*funnel, **fields))
    assert said in hint


@pytest.mark.parametrize(
    "fields",
    [
        {"rows": {"train": 200, "probe": 90}},
        {"rows": {"train": 200}, "configuration": {"probe_share": 0.0}},
        {"configuration": {"preset": "attempts"}},
        {"domain": "images"},
    ],
)
def test_where_nothing_needs_saying_nothing_is_said(fields: dict[str, Any]) -> None:
    assert list(hints(record(line("different instance", "couples", 10, same_patch=10), **fields))) == []


def test_nothing_of_a_row_acts_on_a_terminal() -> None:
    hostile = "a\x1b]8;;http://evil\x07click\x1b[2J\n\u202eb\u2066\x9b31m\0\u200b é 键"
    assert one_line(hostile) == "a ]8;;http://evil click [2J b 31m é 键"
    assert one_line("x" * 999, 10) == "xxxxxxx..."
    example = {"stage": "read", "reason": "empty", "source": hostile, "row": 3, "detail": f"{hostile} row 3: {hostile}"}
    shown = "\n".join(account(record(line("read", "trajectories", 2, empty=1), examples=[example])))
    assert all(each.isprintable() or each == "\n" for each in shown)
    assert "row 3" in shown


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store in which a build of ten runs that fit nothing left its record."""
    folder = tmp_path_factory.mktemp("why")
    said = [{"role": "user", "content": "fix a.py"}, {"role": "assistant", "content": "I look at it"}]
    patch = "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-x\n+y\n"
    rows = [{"messages": said, "patch": patch, **({"instance_id": f"o__r-{n}"} if n > 2 else {})} for n in range(10)]
    (folder / "ten.jsonl").write_text("\n".join(map(json.dumps, rows)))
    built = run("build", "coding", f"sources={folder / 'ten.jsonl'}", f"out={folder / 'out'}", "engine.workers=1")
    assert built.returncode == 1
    assert f"for example: {folder / 'ten.jsonl'} row 0: field 'instance_id' is absent" in built.stdout
    assert "what to do: repair the join; facts.keep_misfits=true trusts the record" in built.stdout
    assert "facts: 1 of 1, 10 rows" in built.stdout
    assert "limited by: " in built.stdout
    return folder / "out"


def test_why_tells_more_of_a_run_that_published_nothing(out: Path) -> None:
    (record,) = run_records(Store(out))
    told = run("why", str(out))
    assert told.returncode == 0
    assert told.stdout.startswith(f"run {record.id}: failed, nothing published: NothingToPublish: ")
    assert told.stdout.count("for example: ") == 2
    more = run("why", str(out), "missing-field", "-n", "3", "--run", record.id)
    assert [f"row {n}: field" in more.stdout for n in range(4)] == [True, True, True, False]
    assert "what to do: map another column" in more.stdout


def test_a_reason_a_run_or_a_store_that_is_not_there_is_said_so(out: Path, tmp_path: Path) -> None:
    for arguments, said in (
        ([str(out), "no-such-reason"], "missing-field"),
        ([str(out), "--run", "20200101"], "the newest are: 20"),
        ([str(tmp_path / "none")], "holds no record of a run"),
    ):
        done = run("why", *arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stdout == ""
