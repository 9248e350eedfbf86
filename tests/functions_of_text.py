"""The functions of ours that take text, found in their modules, and what their expressions look for."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from importlib import import_module
from pkgutil import iter_modules
from re import _constants as tokens  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import CodeType, FunctionType, ModuleType
from typing import Any

import contextpairs.builders.coding
import contextpairs.data.code
import contextpairs.data.sources.trajectories
import contextpairs.filters.coding

PACKAGES = (
    contextpairs.builders.coding,
    contextpairs.filters.coding,
    contextpairs.data.code,
    contextpairs.data.sources.trajectories,
)


def modules() -> list[ModuleType]:
    """The modules in which strangers' text is read."""
    return [
        import_module(f"{package.__name__}.{each.name}")
        for package in PACKAGES
        for each in iter_modules(package.__path__)
    ]


def forget() -> None:
    """Empty what the modules remember of earlier calls."""
    for module in modules():
        for owner in (module, *(each for each in vars(module).values() if inspect.isclass(each))):
            for each in vars(owner).values():
                if isinstance(each, _lru_cache_wrapper):
                    each.cache_clear()


def taking_text() -> dict[CodeType, str]:
    """Every function and method of the modules with a parameter of text, by its code."""
    found: dict[CodeType, str] = {}
    for module in modules():
        for function in _functions(module):
            if _takes_text(function):
                found[function.__code__] = f"{module.__name__.removeprefix('contextpairs.')}.{function.__qualname__}"
    return found


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Functions and methods that a module defines, those that dataclasses make left out."""
    owners = [module, *(each for each in vars(module).values() if inspect.isclass(each))]
    for each in (each for owner in owners for each in vars(owner).values()):
        for name in ("__wrapped__", "__func__", "fget", "func"):
            each = getattr(each, name, each)
        if isinstance(each, FunctionType) and each.__code__.co_filename == module.__file__:
            yield each


def _takes_text(function: FunctionType) -> bool:
    return any(
        re.search(r"\bstr\b|\bMatch\b", str(kind))
        for name, kind in function.__annotations__.items()
        if name != "return"
    )


def literals() -> Iterator[str]:
    """What stands as it is in the compiled expressions of the modules: runs of characters."""
    seen: set[str] = set()
    for module in modules():
        for value in vars(module).values():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                for run in _runs(parser.parse(value.pattern, value.flags)):
                    if run and run not in seen:
                        seen.add(run)
                        yield run


def _runs(parts: Any) -> Iterator[str]:
    run = ""
    for kind, value in parts:
        if kind is tokens.LITERAL:
            run += chr(value)
            continue
        yield run
        run = ""
        yield from (each for part in _inner(value) for each in _runs(part))
    yield run


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _inner(each)
