"""What a bug looks like from outside: the tests that fail and a short script that shows it."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from contextpairs.data.demo.samples.bugs import Bug
from contextpairs.data.demo.samples.checkout import Checkout, Observation
from contextpairs.data.demo.samples.repository import Repository

FAILED = re.compile(r"(?m)^(?:FAIL|ERROR): (\w+) \((tests\.\w+)\.(\w+)")
LINE = re.compile(r'File "/testbed/(tests/\w+\.py)", line (\d+), in (test_\w+)')


@dataclass(frozen=True, slots=True)
class Symptom:
    """A script, what it should print and what it prints."""

    script: str
    expected: str
    observed: str
    module: str
    """The test module that fails, as `tests.test_pricing`."""
    failing: list[str]
    """Names of the failing tests in the order of the report."""

    @property
    def call(self) -> str:
        """The script's last line without its `print`."""
        last = self.script.rstrip().splitlines()[-1].strip()
        match = re.fullmatch(r"print\((?:repr\()?(.*?)\)?\)", last) if last.startswith("print(") else None
        return _balanced(match.group(1)) if match else last


def observe(here: Checkout, repository: Repository, bug: Bug) -> Symptom | None:
    """Run the tests of the buggy module; None where they pass, hang, or show nothing a script can show.

    The checkout holds the clean repository before and after.
    """
    test = repository.test_of(bug.path)
    module = test.removesuffix(".py").replace("/", ".")
    here.write({bug.path: bug.buggy})
    try:
        report = here.run(f"python -m unittest {module}")
        found = FAILED.findall(report.output)
        if report.returncode != 1 or not found:
            return None
        for keep_asserts in (False, True):
            script = _script(repository.files[test], report.output, test, keep_asserts)
            symptom = script and _compare(here, bug, script, module, [name for name, _, _ in found])
            if symptom:
                return symptom
        return None
    finally:
        here.write({bug.path: bug.clean})


def _compare(here: Checkout, bug: Bug, script: str, module: str, failing: list[str]) -> Symptom | None:
    here.write({"symptom.py": script, bug.path: bug.buggy})
    observed = here.run("python symptom.py")
    here.write({bug.path: bug.clean})
    expected = here.run("python symptom.py")
    (here.root / "symptom.py").unlink()
    if observed == expected or 124 in (observed.returncode, expected.returncode):
        return None
    return Symptom(script, _gist(expected), _gist(observed), module, failing)


def _gist(observation: Observation) -> str:
    """What a script printed; of a traceback its last line."""
    text = observation.output.rstrip("\n")
    if "Traceback (most recent call last)" in text:
        return text.splitlines()[-1]
    return text


def _script(test_text: str, report: str, test: str, keep_asserts: bool) -> str | None:
    """The failing test's statements up to the failing one, which is printed instead of asserted."""
    places = [(int(line), name) for path, line, name in LINE.findall(report) if path == test]
    if not places:
        return None
    line, name = places[0]
    tree = ast.parse(test_text)
    method = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == name)
    body: list[str] = []
    for statement in method.body:
        reached = statement.lineno <= line <= (statement.end_lineno or statement.lineno)
        body += _plain(statement, reached, keep_asserts)
        if reached:
            break
    return "\n".join([*_prelude(tree, "\n".join(body)), *body]) + "\n"


def _plain(statement: ast.stmt, reached: bool, keep_asserts: bool) -> list[str]:
    """A statement of a test as a line of a script."""
    if isinstance(statement, ast.With):
        return [_printed(part) for part in statement.body] if reached else []
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not (isinstance(call, ast.Call) and ast.unparse(call.func).startswith("self.assert")):
        return [ast.unparse(statement)]
    if reached:
        text = isinstance(call.args[-1], ast.Constant) and isinstance(call.args[-1].value, str)
        shown = ast.unparse(call.args[0])
        return [f"print(repr({shown}))" if text else f"print({shown})"]
    return [ast.unparse(call.args[0])] if keep_asserts else []


def _printed(statement: ast.stmt) -> str:
    return f"print({ast.unparse(statement)})" if isinstance(statement, ast.Expr) else ast.unparse(statement)


def _prelude(tree: ast.Module, body: str) -> list[str]:
    """The imports and helpers of the test module that a script needs."""
    lines: list[str] = []
    needed = body
    for node in reversed(tree.body):
        text = ""
        if isinstance(node, ast.ImportFrom):
            names = [alias.name for alias in node.names if re.search(rf"\b{alias.name}\b", needed)]
            text = f"from {node.module} import {', '.join(names)}\n" if names else ""
        elif isinstance(node, ast.FunctionDef) and re.search(rf"\b{node.name}\b", needed):
            text = f"\n\n{ast.unparse(node)}\n\n"
        elif isinstance(node, ast.Assign) and re.search(rf"\b{ast.unparse(node.targets[0])}\b", needed):
            text = f"{ast.unparse(node)}\n"
        if text:
            lines.insert(0, text.rstrip("\n") if not text.startswith("\n") else text[1:-1])
            needed += text
    return [*lines, ""]


def _balanced(text: str) -> str:
    """Give a call the closing parentheses back that a greedy strip took."""
    return text + ")" * (text.count("(") - text.count(")"))
