"""Versions built under an older mask are named wherever they are used."""

from __future__ import annotations

from pathlib import Path

import pytest

from contextpairs.data.pairs.mask_revision import MASK_REVISION
from contextpairs.data.store.store import Store
from tests.data.pairs.image_rows import image_account, image_splits
from tests.data.pairs.pair_rows import account, splits_of
from tests.pipelines.cli.test_main import run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A version without a revision, and the same rows under this one."""
    root = tmp_path_factory.mktemp("masks") / "coding"
    Store(root).publish(splits_of(range(9)), account())
    Store(root).publish(splits_of(range(9)), account().model_copy(update={"mask_revision": MASK_REVISION}))
    return root


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("list", []),
        ("verify", []),
        ("show", ["--version", "v000001"]),
        ("export", ["to=chat", "version=v000001", "dest=DEST"]),
    ],
)
def test_a_version_of_an_older_mask_is_named_once(
    store: Path, tmp_path: Path, command: str, options: list[str]
) -> None:
    done = run(command, str(store), *(each.replace("DEST", str(tmp_path / "chat")) for each in options))
    assert done.returncode == 0, done.stderr
    (warning,) = done.stderr.splitlines()
    assert warning.startswith("warning: ")
    assert "v000001 was built before masks had revisions" in warning
    assert "build it again from its sources" in warning


def test_the_latest_and_pictures_are_not(store: Path, tmp_path: Path) -> None:
    Store(tmp_path / "images").publish(image_splits(range(3)), image_account())
    for arguments in (("show", str(store)), ("verify", str(store), "v000002"), ("list", str(tmp_path / "images"))):
        assert run(*arguments).stderr == ""


def test_the_digest_of_a_manifest_older_than_revisions_still_holds() -> None:
    manifest = account().sealed()
    assert b"mask_revision" not in manifest.to_bytes()
    assert manifest.model_copy(update={"mask_revision": 1}).is_intact() is False
