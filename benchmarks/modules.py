"""Procedurally written repositories for big corpora: valid Python that behaves, with tests and visible bugs.

Functions come from the templates of `functions.txt`, filled with names and numbers. Each template ends with a call;
what it gives with and without a bug is computed here, in this process, so that issues tell the truth.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contextpairs.data.demo.samples.bugs import Bug, ModuleText, bugs_in_function
from contextpairs.data.demo.samples.symptoms import Symptom

MODULES = 14
NOUNS = [
    "order", "ticket", "parcel", "sensor", "ledger", "invoice", "route", "segment", "token", "cluster", "shard",
    "asset", "badge", "voucher", "channel", "signal", "packet", "recipe", "fixture", "layer", "region", "tenant",
    "quota", "budget", "window", "cursor", "buffer", "schema", "column", "metric",
]  # fmt: skip
VERBS = [
    "collect", "resolve", "compute", "build", "derive", "normalise", "prepare", "plan", "reduce", "inspect",
    "arrange", "refine", "balance",
]  # fmt: skip
WORDS = [
    "default", "pending", "primary", "shared", "remote", "local", "archived", "active", "legacy", "fallback",
    "nightly", "staged",
]  # fmt: skip
ITEMS = [
    "entries", "values", "records", "rows", "samples", "readings", "amounts",
]  # fmt: skip
KEYS = [
    "kind", "field", "unit", "label", "stride",
]  # fmt: skip
PLACES = [
    "core", "io", "cache", "store", "report", "engine", "parser", "models", "policy", "sync", "stats", "views",
    "jobs", "limits", "search", "audit",
]  # fmt: skip
OWNERS = [
    "northgate", "lumenlab", "quietriver", "foxglove", "stonebridge", "tidewater",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Function:
    """A function of a module: its text, where that begins, and a call of it."""

    path: str
    name: str
    text: str
    offset: int
    call: str


@dataclass(frozen=True, slots=True)
class Defect:
    """A visible bug of a function, kept without the module's text to save memory."""

    function: Function
    kind: str
    buggy: str
    """The function's text with the bug."""
    wrong: str | None
    """The function's text after a mistaken attempt to repair it."""
    expected: str
    observed: str


@dataclass(frozen=True, slots=True)
class BenchRepository:
    """A repository with as many defects as it was asked for."""

    owner: str
    package: str
    commit: str
    files: dict[str, str]
    defects: list[Defect]

    def bug(self, defect: Defect) -> Bug:
        """The defect as a bug of its module."""
        function = defect.function
        clean = self.files[function.path]
        buggy = _spliced(clean, function, defect.buggy)
        return Bug(function.path, function.name, defect.kind, clean, buggy, clean.count("\n", 0, function.offset) + 1)

    def wrong_attempt(self, defect: Defect) -> str | None:
        """The module's text after a mistaken attempt."""
        return _spliced(self.files[defect.function.path], defect.function, defect.wrong) if defect.wrong else None

    def symptom(self, defect: Defect) -> Symptom:
        """What the defect looks like from outside."""
        function = defect.function
        module = function.path.removesuffix(".py").replace("/", ".")
        script = f"from {module} import {function.name}\n\nprint({function.call})\n"
        test = f"tests.test_{module.rpartition('.')[2]}"
        return Symptom(script, defect.expected, defect.observed, test, [f"test_{function.name}"])


def write_repository(seed: int, number: int, defects: int) -> BenchRepository:
    """The repository of a number; equal arguments give equal repositories."""
    rng = random.Random(f"{seed}:repository:{number}")
    package = f"{rng.choice(NOUNS)}{rng.choice(PLACES)}{number}"
    files = {"README.md": f"# {package}\n\nRun the tests with `python -m unittest`.\n", f"{package}/__init__.py": ""}
    functions: list[Function] = []
    for place in rng.sample(PLACES, MODULES):
        path = f"{package}/{place}.py"
        text, written = _write_module(path, place, rng)
        files[path] = text
        files[f"tests/test_{place}.py"] = _write_tests(package, place, written)
        functions += written
    rng.shuffle(functions)
    found = _defects(functions, defects, rng)
    return BenchRepository(rng.choice(OWNERS), package, f"{rng.getrandbits(32):08x}", files, found)


def _spliced(text: str, function: Function, replacement: str) -> str:
    return text[: function.offset] + replacement + text[function.offset + len(function.text) :]


def _write_module(path: str, place: str, rng: random.Random) -> tuple[str, list[Function]]:
    about = ", ".join(rng.sample(NOUNS, 3))
    text = f'"""The {place} part: {about}."""\n\nimport logging\n\nlog = logging.getLogger(__name__)\n'
    functions: list[Function] = []
    names: set[str] = set()
    for _ in range(rng.randint(10, 24)):
        body, call, name = _fill(rng)
        if name in names:
            continue
        names.add(name)
        text += "\n\n"
        functions.append(Function(path, name, body, len(text), call))
        text += body
    return text, functions


def _fill(rng: random.Random) -> tuple[str, str, str]:
    """A function's text, a call of it and its name."""
    kind, body, call = rng.choice(_templates())
    noun, word = rng.choice(NOUNS), rng.choice(WORDS)
    name = f"{rng.choice(VERBS)}_{noun}_{kind}"
    values = {
        "f": name, "noun": noun, "word": word, "Word": word.title(),
        "items": rng.choice(ITEMS), "key": rng.choice(KEYS),
        "limit": rng.choice(["limit", "ceiling", "most"]), "n": str(rng.randint(12, 40)), "m": str(rng.randint(5, 10)),
        "s": str(rng.randint(2, 4)), "p": str(rng.choice([9973, 65521, 10007])),
    }  # fmt: skip
    filled = (re.sub(r"@(\w+?)(?![a-zA-Z])", lambda match: values[match.group(1)], part) for part in (body, call))
    return next(filled), next(filled), name


@cache
def _templates() -> list[tuple[str, str, str]]:
    parts = re.split(r"(?m)^== ", (Path(__file__).parent / "functions.txt").read_text(encoding="utf-8"))[1:]
    found = []
    for part in parts:
        kind, _, rest = part.partition("\n")
        body, _, call = rest.partition("-- ")
        found.append((kind, body, call.strip()))
    return found


def _write_tests(package: str, place: str, functions: list[Function]) -> str:
    names = ", ".join(sorted(function.name for function in functions))
    lead = f"import unittest\n\nfrom {package}.{place} import ({names})\n\n\n"
    tests = []
    for function in functions:
        expected = _outcome(function.text, function.call)
        tests.append(f"    def test_{function.name}(self):\n        self.assertEqual({function.call}, {expected})\n")
    return f"{lead}class {place.title()}Test(unittest.TestCase):\n" + "\n".join(tests)


def _outcome(text: str, call: str) -> str:
    """What a call gives as text, or the exception that it ends in."""
    space: dict[str, Any] = {}
    try:
        exec(text, space)  # our own templates, which neither loop for long nor touch anything outside
        return repr(eval(call, space))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _defects(functions: list[Function], wanted: int, rng: random.Random) -> list[Defect]:
    """Several defects in each of the first functions."""
    found: list[Defect] = []
    for function in functions:
        found += _defects_of(function, rng.randint(3, 6), rng)
        if len(found) >= wanted:
            return found[:wanted]
    raise ValueError(f"{len(functions)} functions show {len(found)} defects, {wanted} were asked for")


def _defects_of(function: Function, most: int, rng: random.Random) -> list[Defect]:
    source = ModuleText(function.text)
    _, node = next(iter(source.functions()))
    bugs = list(bugs_in_function(function.path, source, function.name, node))
    expected = _outcome(function.text, function.call)
    shown = []
    for bug in rng.sample(bugs, len(bugs)):
        observed = _outcome(bug.buggy, function.call)
        if observed != expected:
            wrong = rng.choice(bugs).buggy
            shown.append(
                Defect(function, bug.kind, bug.buggy, wrong if wrong != bug.buggy else None, expected, observed)
            )
        if len(shown) == most:
            break
    return shown
