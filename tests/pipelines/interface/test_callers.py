"""Who calls: a script without a `__main__` guard, a notebook, `python -c`, the command; all in a folder of namesakes.

The caller's code runs once, and what stands in its folder under our folders' names is nobody's business.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipelines.train.context_selection.tiny_models import save_llama
from tests.pipelines.train.runs import REWARD, text_store, text_tasks

ROOT = Path(__file__).parents[3]
RAN = "ran.txt"
FIRST_LINE = f'open("{RAN}", "a").write("ran\\n")'
BUILDS = """
import contextpairs
built = contextpairs.build_coding(limit=8, out="out/coding", engine={"workers": 2})
assert built.created, built
assert contextpairs.tasks.coding(limit=4, out="out/tasks", engine={"workers": 2}).created
"""
IMAGES = """
import contextpairs
fields = {"scenes": {"images": 200}, "engine": {"workers": 2, "work_dir": "out/work"}}
built = contextpairs.build_images("editing.enabled=false", "limit=8", out="out/images", **fields)
assert built.created, built
assert contextpairs.tasks.images("limit=4", out="out/tasks", **fields).created
"""
MODELS = f"""
import multiprocessing
multiprocessing.set_start_method("spawn", force=True)  # as where processes are not forked
import contextpairs
trained = contextpairs.train(
    model="model", pairs="store", tasks="tasks.jsonl", reward=["{REWARD}"], out="out", steps=1, prompts_per_step=2,
    rollouts=2, max_completion=4, max_length=2048, pair_batch=4,
    trl={{"use_cpu": True, "disable_tqdm": True, "dataloader_num_workers": 1}},
)
probed = contextpairs.probe(model=trained.path, pairs="store", split="train", limit=4, out="probed")
assert probed.created, probed
assert "v000001" in repr(trained) and "v000001" in repr(probed)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder whose user has names of their own, which must not be imported."""
    for name in ("data/__init__.py", "builders/__init__.py", "pipelines/__init__.py", "filters.py", "flows.py"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'raise RuntimeError("imported {name}, which is the user\'s")\n')
    return tmp_path


def by_script(code: str, folder: Path) -> None:
    (folder / "script.py").write_text(code)
    started([sys.executable, "script.py"], folder)


def by_module(code: str, folder: Path) -> None:
    (folder / "script.py").write_text(code)
    started([sys.executable, "-m", "script"], folder)


def by_argument(code: str, folder: Path) -> None:
    started([sys.executable, "-c", code], folder)


def by_notebook(code: str, folder: Path) -> None:
    from nbclient import NotebookClient
    from nbformat.v4 import new_code_cell, new_notebook

    notebook = new_notebook(cells=[new_code_cell(code)])
    client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment())


def started(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def environment() -> dict[str, str]:
    """Ours, with the checkout to find the tests' reward in."""
    paths = filter(None, (os.environ.get("PYTHONPATH"), str(ROOT)))
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


Caller = Callable[[str, Path], None]
CALLERS = [by_script, by_module, by_argument, by_notebook]


def ran(folder: Path) -> int:
    return (folder / RAN).read_text().count("\n")


@pytest.mark.parametrize(
    "call", [by_script, by_notebook, *(pytest.param(each, marks=pytest.mark.slow) for each in (by_module, by_argument))]
)
def test_a_caller_of_builds_runs_once(folder: Path, call: Caller) -> None:
    call(f"{FIRST_LINE}\n{BUILDS}", folder)
    assert ran(folder) == 1


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLERS)
def test_a_caller_of_image_builds_runs_once(folder: Path, call: Caller) -> None:
    call(f"{FIRST_LINE}\n{IMAGES}", folder)
    assert ran(folder) == 1


@pytest.mark.slow
@pytest.mark.parametrize("call", CALLERS)
def test_a_caller_of_train_and_probe_runs_once(folder: Path, call: Caller) -> None:
    save_llama(folder / "model")
    text_store(folder / "store")
    text_tasks(folder)
    call(f"{FIRST_LINE}\n{MODELS}", folder)
    assert ran(folder) == 1


def test_the_command_builds_beside_namesakes(folder: Path) -> None:
    """Of the standard library's modules too: a script's folder is its own, the command has none."""
    for name in ("random.py", "types.py"):
        (folder / name).write_text(f'raise RuntimeError("imported {name}, which is the user\'s")\n')
    command = str(Path(sys.executable).with_name("contextpairs"))
    started([command, "build", "coding", "limit=8", "out=out", "engine.workers=2"], folder)
    assert json.loads(next(folder.rglob("manifest.json")).read_text())["rows"]
