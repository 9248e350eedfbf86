"""What is shipped: real files under one import name, with everything they read, beside whatever else is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("data", "builders", "filters", "pipelines")
SHIPPED = (*FOLDERS, "src", "flows.py", "prefect.yaml", "pyproject.toml", "README.md", "LICENSE")
LEFT = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
DEMO = """
import contextpairs
from contextpairs.data.demo import models
assert contextpairs.__file__.startswith({installed!r}), contextpairs.__file__
assert models.SCENE_ENCODER.is_dir()
print(contextpairs.build_coding(limit=20, out="out"))
"""


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a source distribution and of the wheel that is made from it, out of a copy of the checkout."""
    pytest.importorskip("build", reason="building needs the extra: pip install -e '.[dev]'")
    folder = tmp_path_factory.mktemp("wheel")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / "checkout" / name, symlinks=True, ignore=LEFT)
        else:
            shutil.copy(ROOT / name, folder / "checkout" / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), "."]
    subprocess.run(command, cwd=folder / "checkout", check=True, capture_output=True)
    return folder / "dist"


def shipped() -> set[str]:
    """What a checkout holds of the package, as it is named where it is installed."""
    files = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    kept = [path for path in files if "__pycache__" not in path.parts]
    return {f"contextpairs/{path.relative_to(ROOT).as_posix()}" for path in kept} | {
        f"contextpairs/{path.name}" for path in (ROOT / "src" / "contextpairs").iterdir() if path.is_file()
    }


def test_the_wheel_holds_every_file_of_the_package_and_no_other_import_name(dist: Path) -> None:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        names = {info.filename for info in wheel.infolist() if not info.is_dir()}
        links = [info.filename for info in wheel.infolist() if info.external_attr >> 28 == 0xA]
    assert {name for name in names if ".dist-info/" not in name} == shipped()
    assert not links


def test_the_source_distribution_holds_files_where_the_checkout_holds_links(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as source:
        members = source.getmembers()
    assert all(member.isfile() or member.isdir() for member in members)
    names = {member.name.partition("/src/")[2] for member in members if member.isfile()}
    assert shipped() <= names


def test_the_wheel_builds_the_coding_demo_beside_a_package_of_another(dist: Path, tmp_path: Path) -> None:
    installed, work = tmp_path / "installed", tmp_path / "work"
    work.mkdir()
    wheel = str(next(dist.glob("*.whl")))
    pip = ["pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(installed), wheel]
    subprocess.run([sys.executable, "-m", *pip], check=True)
    for name in ("data", "pipelines"):
        (installed / name).mkdir()
        (installed / name / "__init__.py").write_text(f'raise RuntimeError("imported {name}, which is another\'s")\n')
    demo = [sys.executable, "-c", DEMO.format(installed=str(installed))]
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(demo, cwd=work, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("BuildResult(version='v000001', created=True")
