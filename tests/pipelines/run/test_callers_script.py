"""The caller's script is hidden from processes that are started, and there again afterwards."""

from __future__ import annotations

import multiprocessing
import sys
from multiprocessing.spawn import get_preparation_data
from types import ModuleType

import pytest

from contextpairs.pipelines.run.callers_script import script_hidden, script_hidden_from_libraries


@pytest.fixture(autouse=True)
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A main module as a script has it."""
    main = ModuleType("__main__")
    main.__file__ = "/home/user/script.py"
    monkeypatch.setitem(sys.modules, "__main__", main)
    return main


def is_told() -> bool:
    """Whether a new process would be told to run a script."""
    return "init_main_from_path" in get_preparation_data("process")


def test_a_script_is_hidden_while_any_of_us_starts_processes(script: ModuleType) -> None:
    assert is_told()
    with script_hidden():
        with script_hidden():
            assert not is_told()
        assert not is_told()
    assert is_told()
    assert script.__file__ == "/home/user/script.py"


def test_it_is_there_again_after_an_error() -> None:
    with pytest.raises(RuntimeError), script_hidden():
        raise RuntimeError
    assert is_told()


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_nothing_is_hidden_where_processes_are_forked(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    context = multiprocessing.get_context(method)
    monkeypatch.setattr(multiprocessing.context._default_context, "_actual_context", context)
    with script_hidden_from_libraries():
        assert is_told() == (method == "fork")
