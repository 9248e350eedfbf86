"""`import contextpairs`: every name at once for who looks, nothing loaded before it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import contextpairs

CHEAP = 0.5
"""Seconds of processor time that the import may take, generously: it takes about 0.01."""
IMPORTED = """
import sys, time
before = set(sys.modules)
start = time.process_time()
import contextpairs
took = time.process_time() - start
print(sorted(name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names))
print(took)
"""


def test_the_import_loads_nothing_else() -> None:
    done = subprocess.run([sys.executable, "-c", IMPORTED], capture_output=True, text=True, check=True)
    loaded, took = done.stdout.splitlines()
    assert loaded == "['contextpairs']"
    assert float(took) < CHEAP


@pytest.mark.parametrize("name", sorted(set(contextpairs.__all__) - {"__version__"}))
def test_every_name_is_there_with_its_docstring(name: str) -> None:
    value = getattr(contextpairs, name)
    assert inspect.getdoc(value)
    assert name in dir(contextpairs)


@pytest.mark.parametrize("name", ["build_coding", "build_images", "export", "merge", "probe", "rethreshold", "train"])
def test_functions_say_what_they_take_return_and_raise(name: str) -> None:
    text = inspect.getdoc(getattr(contextpairs, name)) or ""
    assert all(section in text for section in ("Args:", "Returns:", "Raises:", "contextpairs config"))


def test_builds_are_made_without_torch_and_prefect() -> None:
    script = (
        "import sys, contextpairs; contextpairs.build_coding; print({'torch', 'prefect', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_it_knows_its_version() -> None:
    from importlib.metadata import version

    assert contextpairs.__version__ == version("contextpairs")


def test_another_name_is_refused_as_by_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'contextpairs' has no attribute 'biuld_coding'"):
        getattr(contextpairs, "biuld_coding")  # noqa: B009
