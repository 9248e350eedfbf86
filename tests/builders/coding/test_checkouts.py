"""A mirror answers for files of its checkouts alone, whatever a row names as repository, commit or path."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from contextpairs.builders.coding.checkouts import mirror_lines

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """A working tree and a git repository, beside a file that no row may read."""
    (tmp_path / "secret.py").write_text("SECRET")
    mirror = tmp_path / "mirror"
    tree = mirror / "owner__tree" / COMMIT
    tree.mkdir(parents=True)
    (tree / "shop.py").write_text("a = 1\nb = 2")
    (tree / "link.py").symlink_to(tmp_path / "secret.py")
    (tree / "folder").symlink_to(tmp_path)
    (tree / "circle.py").symlink_to("circle.py")
    (tree / "same.py").symlink_to("shop.py")
    work = mirror / "owner__git"
    (work / "pack").mkdir(parents=True)
    (work / "pack" / "shop.py").write_text("a = 1")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(work)]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "base"]):
        subprocess.run([*git, *command], check=True, capture_output=True)
    return mirror


def head(mirror: Path) -> str:
    """The commit of the git repository."""
    command = ["git", "-C", str(mirror / "owner__git"), "rev-parse", "HEAD"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_files_of_checkouts_are_read(mirror: Path) -> None:
    assert mirror_lines(mirror, "owner/tree", COMMIT, "shop.py") == ("a = 1", "b = 2")
    assert mirror_lines(mirror, "owner/tree", COMMIT[:8], "same.py") == ("a = 1", "b = 2")
    assert mirror_lines(mirror, "owner/git", head(mirror), "pack/shop.py") == ("a = 1",)


@pytest.mark.parametrize("path", ["../../../secret.py", "link.py", "folder/secret.py", "circle.py", "x" * 5000, "a\0b"])
def test_no_path_leads_out_of_a_working_tree(mirror: Path, path: str) -> None:
    assert mirror_lines(mirror, "owner/tree", COMMIT, path) == ()
    assert mirror_lines(mirror, "owner/tree", COMMIT, str(mirror.parent / "secret.py")) == ()


@pytest.mark.parametrize("path", ["../secret.py", "pack", "a\0b", "", "--help"])
def test_git_shows_files_alone(mirror: Path, path: str) -> None:
    assert mirror_lines(mirror, "owner/git", head(mirror), path) == ()


@pytest.mark.parametrize(
    "commit", ["--output={out}", "HEAD", "*", "", "../" + COMMIT, "{tree}", COMMIT[:8] + "*", "-1"]
)
def test_what_is_no_commit_is_not_looked_up(mirror: Path, commit: str) -> None:
    out = mirror.parent / "written"
    given = commit.format(out=out, tree=mirror / "owner__tree" / COMMIT)
    for repository in ("owner/tree", "owner/git"):
        for path in ("shop.py", "pack/shop.py"):
            assert mirror_lines(mirror, repository, given, path) == ()
    assert not out.exists()


@pytest.mark.parametrize("repository", ["..", ".", "", "*", "owner/../tree", "/", "a\0b", "../mirror/owner__tree"])
def test_what_is_no_repository_is_not_looked_up(mirror: Path, repository: str) -> None:
    (mirror.parent / COMMIT).mkdir()
    (mirror.parent / COMMIT / "shop.py").write_text("outside")
    assert mirror_lines(mirror, repository, COMMIT, "shop.py") == ()
