"""Exit codes say whose turn it is: the user's, another run's, or ours."""

from __future__ import annotations

import sys

import pytest

from contextpairs.data.pairs.schemas import PairError
from contextpairs.data.store.lease import Held
from contextpairs.data.store.sealed import ManifestError
from contextpairs.data.store.told_errors import StorageError
from contextpairs.data.store.version_rows import VersionError
from contextpairs.pipelines.cli.exit_codes import exit_code
from contextpairs.pipelines.cli.main import main
from contextpairs.pipelines.run.build import NothingToPublish
from contextpairs.pipelines.run.config_files import ConfigError


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigError("a bad value"), 2),
        (VersionError("no such store"), 2),
        (FileNotFoundError("no such input"), 2),
        (Held("another run"), 3),
        (StorageError("it refuses"), 1),
        (ManifestError("corruption"), 1),
        (PairError("rows that break a promise"), 1),
        (NothingToPublish("no pair survived"), 1),
        (KeyError("ours"), 70),
        (TypeError("ours"), 70),
    ],
)
def test_an_error_has_its_code(error: Exception, code: int) -> None:
    assert exit_code(error) == code


def test_an_error_of_a_storage_s_package_is_told_in_our_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exceptions = pytest.importorskip("botocore.exceptions")

    def broken(*_: object) -> None:
        raise exceptions.EndpointConnectionError(endpoint_url="http://user:word@host/bucket")

    monkeypatch.setattr("contextpairs.pipelines.cli.versions.opened", broken)
    monkeypatch.setattr(sys, "argv", ["contextpairs", "list", "out"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("error: a storage: Could not connect to the endpoint URL")
    assert "check endpoint_url and the network" in said
    assert "word" not in said
    assert "Traceback" not in said


def test_a_fault_of_ours_shows_where_it_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a fault")

    monkeypatch.setattr("contextpairs.pipelines.cli.versions.opened", broken)
    monkeypatch.setattr(sys, "argv", ["contextpairs", "list", "out"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 70
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "please report it" in said
