"""A checkout on paper: it acts out an agent's actions on texts in memory, without running anything."""

from __future__ import annotations

import re
from functools import lru_cache

from contextpairs.data.demo.samples.actions import (
    Action,
    EditFile,
    RunScript,
    RunTests,
    Search,
    Tell,
    ViewFile,
    unified,
)
from contextpairs.data.demo.samples.checkout import ROOT, Observation
from contextpairs.data.demo.samples.instance import SampleInstance


@lru_cache(maxsize=4096)
def _lines(text: str) -> list[str]:
    return text.splitlines()


class PaperCheckout:
    """The files of one instance while a run goes on; the two outcomes of its tests are known beforehand."""

    def __init__(self, instance: SampleInstance, solution: str) -> None:
        """Args: instance: what the run is about. solution: the buggy module's text once it is solved."""
        self._instance = instance
        self._solution = solution
        self._path = instance.bug.path
        self._text = instance.bug.buggy
        self._scripts: set[str] = set()

    def run(self, action: Action) -> Observation:
        """What the action's command would print."""
        if isinstance(action, Search):
            return self._search(action)
        if isinstance(action, ViewFile):
            return self._view(action)
        if isinstance(action, EditFile):
            return self._edit(action)
        if isinstance(action, RunScript):
            return self._script(action)
        if isinstance(action, RunTests):
            return self._tests(action)
        return self._tell(action) if isinstance(action, Tell) else Observation(0, "")

    @property
    def _solved(self) -> bool:
        return self._text == self._solution

    def _of(self, path: str) -> str:
        return self._text if path == self._path else self._instance.files[path]

    def _search(self, action: Search) -> Observation:
        found: list[str] = []
        for path in [action.path] if action.path else sorted(self._instance.files):
            text, lead = self._of(path), "" if action.path else f"{path}:"
            if action.word in text:
                lines = _lines(text)
                found += [f"{lead}{n}:{line}\n" for n, line in enumerate(lines, start=1) if action.word in line]
        return Observation(0 if found else 1, "".join(found))

    def _view(self, action: ViewFile) -> Observation:
        text = self._of(action.path)
        if action.style == "cat":
            return Observation(0, text)
        lines = _lines(text)
        if action.style == "grep":
            return Observation(0, _grep_after(lines, action.word, action.end - action.start))
        first, last = (1, len(lines)) if action.style == "cat -n" else (action.start, min(action.end, len(lines)))
        if action.style in ("cat -n", "nl"):
            return Observation(0, "".join(f"{n:6}\t{lines[n - 1]}\n" for n in range(first, last + 1)))
        return Observation(0, "".join(f"{line}\n" for line in lines[first - 1 : last]))

    def _edit(self, action: EditFile) -> Observation:
        if self._text != action.before:
            raise AssertionError(f"{self._instance.instance_id}: the edit of {action.path} starts from another text")
        self._text = action.after
        return Observation(0, f"edited {action.path}\n" if action.command().startswith("old=$(") else "")

    def _script(self, action: RunScript) -> Observation:
        if action.path:
            self._scripts.add(action.path)
        symptom = self._instance.symptom
        if action.path == "check_fix.py":
            return Observation(0, "as expected\n")
        printed = symptom.expected if self._solved else symptom.observed
        if not re.match(r"\w+Error\b", printed):
            return Observation(0, f"{printed}\n")
        place = f"{ROOT}/{action.path}" if action.path else "<stdin>"
        return Observation(1, f'Traceback (most recent call last):\n  File "{place}", line 3, in <module>\n{printed}\n')

    def _tests(self, action: RunTests) -> Observation:
        chosen = [p for p in self._instance.files if p.startswith("tests/test_")]
        if action.module:
            chosen = [self._instance.test_path]
        count = sum(self._instance.files[path].count("    def test_") for path in chosen)
        ending = f"{'-' * 70}\nRan {count} test{'s' * (count != 1)} in 0.002s\n\n"
        if self._solved:
            return Observation(0, "." * count + f"\n{ending}OK\n")
        return Observation(1, f"F{'.' * (count - 1)}\n{self._failure()}\n{ending}FAILED (failures=1)\n")

    def _failure(self) -> str:
        symptom, test = self._instance.symptom, self._instance.symptom.failing[0]
        cls = f"{symptom.module}.{symptom.module.rpartition('_')[2].title()}Test"
        where = f'  File "{ROOT}/{self._instance.test_path}", line 9, in {test}'
        assertion = f"    self.assertEqual({symptom.call}, {symptom.expected})"
        return (
            f"{'=' * 70}\nFAIL: {test} ({cls}.{test})\n{'-' * 70}\nTraceback (most recent call last):\n"
            f"{where}\n{assertion}\nAssertionError: {symptom.observed} != {symptom.expected}\n"
        )

    def _tell(self, action: Tell) -> Observation:
        program, _, rest = action.line.partition(" ")
        if program == "ls":
            return Observation(0, self._listed(rest))
        if program == "rm":
            self._scripts -= set(rest.split())
        elif program.startswith("old=$("):
            return Observation(1, f"error: expected the old text once in {self._path}, found it 0 times\n")
        return Observation(0, self._git(rest) if program == "git" else "")

    def _listed(self, arguments: str) -> str:
        folders = [word for word in arguments.split() if word != "-1"]
        inside = {path.partition("/")[0] for path in self._instance.files} | self._scripts
        if not folders:
            return "".join(f"{name}\n" for name in sorted(inside))
        listings = ["".join(f"{name}\n" for name in self._names_in(folder)) for folder in folders]
        if len(folders) == 1:
            return listings[0]
        return "\n".join(f"{folder}:\n{listing}" for folder, listing in sorted(zip(folders, listings, strict=True)))

    def _names_in(self, folder: str) -> list[str]:
        return sorted(path.partition("/")[2] for path in self._instance.files if path.startswith(f"{folder}/"))

    def _git(self, arguments: str) -> str:
        if arguments == "ls-files":
            return "".join(f"{path}\n" for path in sorted(self._instance.files))
        if arguments.startswith("checkout"):
            self._text = self._instance.bug.buggy
        changed = self._text != self._instance.bug.buggy
        if arguments.startswith("status"):
            return f" M {self._path}\n" * changed + "".join(f"?? {name}\n" for name in sorted(self._scripts))
        if arguments == "diff" and changed:
            header = f"diff --git a/{self._path} b/{self._path}\n"
            return header + unified(self._path, self._instance.bug.buggy, self._text)
        return "3f2a91c Initial commit\n" if arguments.startswith("log") else ""


def _grep_after(lines: list[str], word: str, after: int) -> str:
    """`grep -n -A`: hits with a colon, the lines after them with a hyphen, `--` between blocks apart."""
    printed: list[str] = []
    shown, until = -1, -1
    for index, line in enumerate(lines):
        hit = word in line
        if hit:
            until = index + after
        if index <= until:
            if printed and index > shown + 1:
                printed.append("--\n")
            printed.append(f"{index + 1}{':' if hit else '-'}{line}\n")
            shown = index
    return "".join(printed)
