"""The commands that look after a store, on a disk and on S3: what they say, and how they end."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks.faulty_storage import options_of, s3_server
from contextpairs.data.store.store import Store
from contextpairs.data.store.told_errors import open_filesystem
from contextpairs.pipelines.cli.main import main
from tests.data.pairs.pair_rows import account, splits_of

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process: exit code, output, errors."""

    def command(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["contextpairs", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return int(ended.value.code or 0), said.out, said.err

    return command


@pytest.fixture
def out(tmp_path: Path) -> str:
    """A store of three versions."""
    store = Store(tmp_path / "pairs")
    for stop in (3, 6, 9):
        store.publish(splits_of(range(stop)), account())
    return str(tmp_path / "pairs")


def test_list_tells_date_rows_size_parent_and_tags(run: Run, out: str) -> None:
    assert run("tag", out, "paper", "v2") == (0, "paper names v000002\n", "")
    assert run("rollback", out, "paper")[:2] == (
        0, f"latest is pinned to v000002; refreshes go on numbering and do not move it, until: unpin {out}\n",
    )  # fmt: skip
    code, said, warned = run("list", out)
    first, second, third = said.splitlines()
    assert code == 0
    assert "coding  6 probe" in first
    assert second.endswith("latest (pinned), paper")
    assert "after v000002" in third
    assert "latest is pinned to v000002; the newest is v000003" in warned
    code, said, _ = run("list", out, "--json")
    found = json.loads(said)
    assert [each["parent"] for each in found] == [None, "v000001", "v000002"]
    assert [each["latest"] for each in found] == [False, True, False]
    assert found[1]["tags"] == ["latest", "paper"]
    assert found[1]["rows"] == {"probe": 6, "train": 6}
    assert found[1]["bytes"] > 1000
    assert found[1]["date"] > "2020"
    assert run("unpin", out)[1] == "latest is the newest version, v000003; it was pinned to v000002\n"
    assert run("tag", out, "paper", "--remove")[1] == "paper no longer names v000002\n"


def test_show_and_diff_follow_the_pointer_and_say_so(run: Run, out: str) -> None:
    run("rollback", out, "v1")
    for command in (["show", out, "--split", "probe"], ["diff", out, "latest", "v3"]):
        code, said, warned = run(*command)
        assert code == 0
        assert "latest is pinned to v000001; the newest is v000003" in warned
    assert "added" in said


def test_export_follows_the_pointer_and_says_so(run: Run, out: str, tmp_path: Path) -> None:
    run("rollback", out, "v1")
    code, said, warned = run("export", out, "to=verl", f"dest={tmp_path / 'verl'}", "split=probe")
    assert code == 0
    assert "coding v000001" in said
    assert "latest is pinned to v000001" in warned


def test_one_damaged_manifest_spoils_neither_list_nor_verify(run: Run, out: str) -> None:
    path = Path(out, "versions/v000002/manifest.json")
    path.write_text("{")
    code, said, warned = run("list", out)
    assert (code, [line.split()[0] for line in said.splitlines()]) == (0, ["v000001", "v000003"])
    assert "v000002: cannot be read: " in warned
    assert f"contextpairs quarantine {out} v000002" in warned
    code, said, _ = run("verify", out)
    assert code == 1
    assert [line for line in said.splitlines() if line.startswith("v")] == [
        "v000001: whole", "v000002: 1 problems", "v000003: whole",
    ]  # fmt: skip
    assert run("quarantine", out, "v2")[0] == 0
    assert run("verify", out)[:2] == (0, "v000001: whole\nv000003: whole\n")


def test_prune_tells_first(run: Run, out: str) -> None:
    code, said, _ = run("prune", out, "--keep-last", "2", "--keep-days", "0", "--dry-run")
    assert (code, said.splitlines()[-1]) == (0, "v000001  would go")
    assert "v000002  stays: among the last 2" in said
    assert run("prune", out, "--keep-last", "2", "--keep-days", "0")[1].splitlines()[-1] == "v000001  removed"
    assert "nothing to remove" in run("prune", out)[1]
    assert run("prune", out, "--keep-last", "0")[0] == 2


def test_du_and_gc(run: Run, out: str) -> None:
    work = Path(out, ".work", "mask")
    work.mkdir(parents=True)
    (work / f"{'0' * 32}.parquet").write_bytes(b"young")
    code, said, _ = run("du", out, "--json")
    assert code == 0
    assert [each["what"] for each in json.loads(said)] == ["versions", "stage outputs"]
    assert run("du", out)[1].splitlines()[-1].startswith("together")
    assert run("gc", out, "--dry-run")[:2] == (0, "would go: 0 files, 0 B, 0 unfinished\n")
    assert run("gc", out, "--days", "0")[0] == 2


def test_a_held_store_is_exit_code_3(run: Run, out: str) -> None:
    with Store(out).held("build coding"):
        code, _, said = run("rollback", out, "v1")
    assert code == 3
    assert "is held by: build coding, process" in said


@pytest.mark.parametrize("storage", ["[1]", "{a", "text"])
def test_storage_options_that_are_none(run: Run, out: str, storage: str) -> None:
    code, _, said = run("list", out, "--storage", storage)
    assert code == 2
    assert said.startswith("error: --storage: expected")


@pytest.fixture
def remote() -> Iterator[tuple[str, str]]:
    """URL and options of a store on S3."""
    pytest.importorskip("s3fs", reason="s3fs is not installed: pip install -e '.[s3]'")
    pytest.importorskip("moto", reason="moto is not installed: pip install -e '.[dev]'")
    with s3_server() as endpoint:
        options = options_of(endpoint)
        open_filesystem("s3://bucket", options)[0].mkdir("bucket")
        store = Store("s3://bucket/pairs", options)
        for stop in (3, 6):
            store.publish(splits_of(range(stop)), account())
        yield "s3://bucket/pairs", json.dumps(options)


def test_every_command_reads_a_store_on_s3(run: Run, remote: tuple[str, str]) -> None:
    url, options = remote
    commands = [
        ["list", url], ["verify", url], ["diff", url, "v1", "v2"], ["show", url, "--split", "probe"], ["du", url],
        ["rollback", url, "v1"], ["unpin", url], ["tag", url, "good", "v1"], ["prune", url, "--dry-run"],
        ["gc", url, "--dry-run"], ["quarantine", url, "v2"],
    ]  # fmt: skip
    for command in commands:
        assert run(*command, "--storage", options)[0] == 0, command
    assert run("list", url, "--storage", options)[1].startswith("v000001")
    code, _, said = run("list", "s3://bucket/typo", "--storage", options)
    assert (code, said) == (
        2, "error: s3://bucket/typo: there is no store with a version; check the path, or build there first\n",
    )  # fmt: skip


def test_a_storage_that_refuses_is_told_in_our_words(run: Run, remote: tuple[str, str]) -> None:
    options = json.loads(remote[1])
    options["client_kwargs"]["endpoint_url"] = "http://127.0.0.1:1"
    code, _, said = run("list", remote[0], "--storage", json.dumps(options))
    assert code == 1
    assert said.startswith("error: s3://bucket/pairs/versions: ")
    assert said.endswith("check endpoint_url and the network, then run again: what is finished is kept\n")
