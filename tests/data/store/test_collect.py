"""Collection in a work directory: what no run used for two weeks goes, and nothing while a run is under way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from contextpairs.data.store import work_dir
from contextpairs.data.store.collect import collect
from contextpairs.data.store.lease import Held
from contextpairs.data.store.usage import usage
from contextpairs.data.store.work_dir import Uses, WorkDir

OLD = 20.0
NAMES = [f"{number:032x}" for number in range(4)]
HOLD = """
import sys
from contextpairs.data.store.work_dir import WorkDir
with WorkDir(sys.argv[1]).shared("build coding", print):
    print("held", flush=True)
    sys.stdin.read()
"""


def put(root: Path, name: str, days: float = OLD) -> Path:
    """A file of some age."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    os.utime(path, (time.time() - days * 86_400,) * 2)
    return path


@pytest.fixture
def work(tmp_path: Path) -> WorkDir:
    """A work directory with outputs of old runs, paid ones too, and a file of somebody else."""
    root = tmp_path / "work"
    for name in NAMES[:3]:
        put(root, f"mask/{name}.parquet")
        put(root, f"mask/{name}.rejected.parquet")
    put(root, f"mask/{NAMES[3]}.parquet", days=1)
    put(root, "instances-0123abcd.sqlite")
    put(root, f"vectors/{NAMES[0]}/segment.parquet")
    put(root, f"vectors/{NAMES[1]}/segment.parquet")
    put(root, f"edited/{NAMES[0]}/aa/{'aa' * 16}.png")
    put(root, f"edited/{NAMES[0]}/bb/{'bb' * 16}.png")
    put(root, "mine/notes.txt")
    return WorkDir(str(root))


def use(work: WorkDir, *names: str, days: float = 0.0, replies: tuple[str, ...] = ()) -> None:
    """A run of some days ago that used these."""
    Uses(work.root, replies).add(names)
    newest = max(Path(work.root, ".uses").iterdir(), key=lambda path: path.stat().st_mtime)
    os.utime(newest, (time.time() - days * 86_400,) * 2)


def left(work: WorkDir) -> set[str]:
    root = Path(work.root)
    found = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(".")}


def test_what_no_run_of_two_weeks_used_goes(work: WorkDir) -> None:
    use(work, f"/elsewhere/mask/{NAMES[0]}.parquet", days=13)
    use(work, f"mask/{NAMES[1]}.parquet", days=15)
    before = left(work)
    told = collect(work, dry_run=True)
    assert left(work) == before
    gone = {f"mask/{name}{ending}.parquet" for name in NAMES[1:3] for ending in ("", ".rejected")}
    assert {each.path for each in told} == {*gone, "instances-0123abcd.sqlite"}
    assert sum(each.bytes for each in told) == 5 * len(b"content")
    assert collect(work) == told
    assert left(work) == before - {each.path for each in told}
    assert collect(work) == []


def test_what_was_paid_for_goes_only_where_that_is_said(work: WorkDir) -> None:
    use(work, *NAMES, "instances-0123abcd")
    use(work, "aa" * 16, days=1)
    assert collect(work, paid=False) == []
    use(work, "aa" * 16, NAMES[0], days=1)
    assert collect(work, paid=True) == []


def test_unused_edits_and_vectors_go_where_that_is_said(work: WorkDir) -> None:
    use(work, *(f"mask/{name}.parquet" for name in NAMES), days=15)
    use(work, "aa" * 16, days=1)
    paid = {each.path for each in collect(work, paid=True) if each.path.startswith(("vectors", "edited"))}
    assert paid == {
        f"vectors/{NAMES[0]}/segment.parquet", f"vectors/{NAMES[1]}/segment.parquet",
        f"edited/{NAMES[0]}/bb/{'bb' * 16}.png",
    }  # fmt: skip


def test_replies_of_judges_go_where_they_were_not_read(work: WorkDir, tmp_path: Path) -> None:
    from contextpairs.data.endpoint.cache import Reply, ReplyCache

    cache = ReplyCache(tmp_path / "judge")
    for key in ("ab" * 32, "cd" * 32):
        cache.put(key, Reply("A", 1))
        os.utime(cache.path(key), (time.time() - OLD * 86_400,) * 2)
    assert cache.get("ab" * 32) is not None
    use(work, "anything", replies=(str(tmp_path / "judge"),))
    assert [each.path for each in collect(work, paid=True) if "judge" in each.path] == [str(cache.path("cd" * 32))]
    assert cache.get("ab" * 32) is not None
    assert cache.get("cd" * 32) is None


def test_it_refuses_while_a_run_is_under_way_and_not_after_its_death(work: WorkDir) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, work.root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    with pytest.raises(Held, match=f"in use by: build coding, process {process.pid}"):
        collect(work)
    process.kill()
    process.communicate()
    assert collect(work)
    assert list(Path(work.root, ".leases").iterdir()) == []


def test_several_runs_share_it(work: WorkDir) -> None:
    with work.shared("build coding", print), work.shared("build images", print):
        pass


def test_a_run_waits_for_a_collection(work: WorkDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_dir, "ASKED_AGAIN", 0.01)
    said: list[str] = []
    begun = threading.Event()

    def run() -> None:
        with work.shared("build coding", said.append):
            begun.set()

    thread = threading.Thread(target=run)
    with work.alone("gc"):
        thread.start()
        assert not begun.wait(0.3)
    thread.join(20)
    assert begun.is_set()
    assert [what.partition(", held by: gc")[0] for what in said] == [f"waiting for {work.name}"]


def test_two_collections_do_not_work_at_once(work: WorkDir) -> None:
    with work.alone("gc"), pytest.raises(Held), work.alone("gc"):
        pass


def test_records_of_old_runs_go_too(work: WorkDir) -> None:
    use(work, "a", days=15)
    use(work, "b", days=1)
    collect(work)
    assert len(list(Path(work.root, ".uses").iterdir())) == 1


def test_less_than_a_day_is_refused(work: WorkDir) -> None:
    with pytest.raises(ValueError, match="days: expected 1 at least, given 0"):
        collect(work, days=0)


def test_it_works_on_object_storage() -> None:
    url = f"memory://work{time.monotonic_ns()}"
    work = WorkDir(url)
    work.files.replace(f"mask/{NAMES[0]}.parquet", b"young")
    Uses(url, ()).add([NAMES[1]])
    assert collect(work) == []
    assert work.files.read(f"mask/{NAMES[0]}.parquet") == b"young"


def test_usage_tells_what_takes_room(work: WorkDir) -> None:
    use(work, "a")
    found = {each.what: each.files for each in usage(work.filesystem, work.root, work)}
    assert found == {"records": 1, "stage outputs": 8, "edits and vectors": 4, "other": 1}
