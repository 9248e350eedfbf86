"""Publish one of everything and compare it with what was kept: does a change of structure change what is published?

python -m benchmarks.golden --kept golden --shared ../shared            # first run: makes the kept stores
python -m benchmarks.golden --kept golden --shared ../shared   # later: builds anew and compares
python -m benchmarks.golden --kept golden --shared ../shared --only coding --renew   # a change on purpose

Every build runs on a fresh work directory into an empty store, then over its finished stage outputs into the kept one,
which must answer "unchanged". Compared are the digests of every Parquet file, of the funnel and of every exported file;
code versions, stage names and the sealing manifests of exports and tasks are not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SETS = ("blindtest", "coco128", "easy_vqa.parquet", "nlvr.parquet", "shapes.parquet", "tabmwp.parquet")
PHOTOS = ("coco128",)
"""Those whose pictures are not drawn by a program."""
EXPORTS = {
    "coding": ("trl", "trl-preference", "verl", "easyr1", "skyrl", "chat", "datasets"),
    "images": ("trl", "trl-preference", "verl", "easyr1", "skyrl", "chat", "datasets"),
}
SEALS = ("export.json", "tasks.json", "manifest.json")
Digests = dict[str, str]


@dataclass(frozen=True)
class Build:
    """One command that publishes a store or a folder of tasks; `kind` is coding or images."""

    name: str
    kind: str
    command: tuple[str, ...]
    fields: tuple[str, ...] = ()
    exports: tuple[str, ...] = ()


def builds(shared: Path) -> list[Build]:
    """All of them; those on real data only where it is there."""
    made = [
        Build("demo-coding", "coding", ("build", "coding"), exports=EXPORTS["coding"]),
        Build("demo-images", "images", ("build", "images"), exports=EXPORTS["images"]),
        Build("tasks-coding", "coding", ("tasks", "coding")),
        Build("tasks-images", "images", ("tasks", "images")),
    ]
    runs = shared / "trajectories"
    if runs.is_dir():
        fields = (
            f"sources={json.dumps([str(runs / 'chat'), str(runs / 'native')])}",
            f"source.instances={json.dumps([str(runs / 'instances.jsonl')])}",
            "contamination.enabled=false",
        )
        made += [
            Build(preset, "coding", ("build", "coding"), (f"preset={preset}", *fields))
            for preset in ("attempts", "outcome", "nearby")
        ]
        made.append(Build("tasks-runs", "coding", ("tasks", "coding"), fields))
    if (shared / "vqa").is_dir():
        sets = json.dumps([{"path": str(shared / "vqa" / name), "rendered": name not in PHOTOS} for name in SETS])
        every = (f"sources={sets}", *DEMONSTRATION, "limit=null", "editing.enabled=false")
        made.append(Build("vqa", "images", ("build", "images"), every))
        made.append(Build("tasks-vqa", "images", ("tasks", "images"), (f"sources={sets}",)))
    return made


DEMONSTRATION = ("demo_models=true",)
"""Fields that permit the demonstration encoder on sources of a user's."""


def run(*arguments: str) -> str:
    """Run `contextpairs` with the arguments; its output, or an end that shows it."""
    command = [str(Path(sys.executable).with_name("contextpairs")), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = f"{done.stdout[-3000:]}{done.stderr[-3000:]}"
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return done.stdout


def digests(folder: Path) -> Digests:
    """Digest by name of all that is compared of a store, a folder of tasks or an export."""
    return dict(_digests(folder))


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    versions = sorted((folder / "versions").glob("v*")) if (folder / "versions").is_dir() else [folder]
    root = versions[-1]
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_file() and path.name not in (*SEALS, "README.md") and not name.startswith("."):
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()
    for seal in SEALS:
        if (root / seal).is_file():
            funnel = json.loads((root / seal).read_text()).get("funnel")
            if funnel is not None:
                yield "funnel", hashlib.sha256(json.dumps(funnel, sort_keys=True).encode()).hexdigest()


def publish(build: Build, out: Path, work: Path) -> str:
    """Run one build into a folder; what it printed."""
    return run(*build.command, *build.fields, f"out={out}", f"engine.work_dir={work}")


def built(build: Build, fresh: Path, kept: Path, work: Path) -> dict[str, Digests]:
    """The digests of a build in an empty store and of its exports; the kept store must find nothing new in it."""
    out = fresh / build.name
    publish(build, out, work)
    found = {build.name: digests(out)}
    for form in build.exports:
        run("export", str(out), f"to={form}", f"dest={fresh / f'{build.name}-{form}'}")
        found[f"{build.name}-{form}"] = digests(fresh / f"{build.name}-{form}")
    if build.command[0] == "build":
        before = sorted((kept / build.name / "versions").glob("v*"))
        again = publish(build, kept / build.name, work)
        if before and "unchanged" not in again:
            print(f"  {build.name}: the kept store got a new version")
        if done := re.findall(r"^ *(?:embedded|edited) [1-9].*$", again, re.M):
            print(f"  {build.name}, over its own outputs: {done}")
    return found


def differences(before: dict[str, Any], now: dict[str, Digests]) -> list[str]:
    """What is not as it was, a line each."""
    lines = []
    for name, mine in now.items():
        kept = before.get(name)
        if kept is None or kept == mine:
            continue
        changed = sorted({key for key in {*kept, *mine} if kept.get(key) != mine.get(key)})
        lines.append(f"{name}: {', '.join(changed)}")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, compare, keep. Returns 1 where something differs and `--renew` was not given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kept", type=Path, required=True, help="folder of the kept stores and their digests")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="real data; left out where absent")
    parser.add_argument("--only", nargs="*", default=[], help="names or kinds (coding, images) of builds")
    parser.add_argument("--renew", action="store_true", help="keep what differs")
    given = parser.parse_args(arguments)
    listed = given.kept / "digests.json"
    before = json.loads(listed.read_text()) if listed.is_file() else {}
    now: dict[str, Digests] = {}
    given.kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.kept) as folder:
        for build in builds(given.shared.resolve()):
            if given.only and not {build.name, build.kind} & set(given.only):
                continue
            started = time.monotonic()
            now |= built(build, Path(folder), given.kept, Path(folder) / f"work-{build.kind}")
            print(f"{build.name}: {time.monotonic() - started:.0f} s", flush=True)
        shutil.rmtree(Path(folder), ignore_errors=True)
    found = differences(before, now)
    print("\n".join(found) or "equal")
    if given.renew or not found:
        listed.write_text(json.dumps({**before, **now}, indent=1, sort_keys=True) + "\n")
    return int(bool(found) and not given.renew)


if __name__ == "__main__":
    raise SystemExit(main())
