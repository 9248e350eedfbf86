"""The scripted agent: a persona, drawn from the run's seed, decides how an instance is explored and solved.

The script is written before anything runs, since the agent knows the bug; what its commands print is added by a
real checkout, or by one on paper.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

from contextpairs.data.demo.samples import thoughts
from contextpairs.data.demo.samples.actions import (
    Action,
    AgentTurn,
    EditFile,
    RunScript,
    RunTests,
    Search,
    Submit,
    Tell,
    ViewFile,
    ViewStyle,
    difference,
    replace_command,
    unique_block,
)
from contextpairs.data.demo.samples.fixes import Fix
from contextpairs.data.demo.samples.instance import SampleInstance
from contextpairs.data.demo.samples.persona import Persona

COMMENTS = ["as the docstring says", "see the description of this function", "the tests rely on this"]


class Agent:
    """One run on one instance."""

    def __init__(self, instance: SampleInstance, seed: str, wrong: str | None = None, fix: Fix | None = None) -> None:
        """Take on an instance.

        Args:
            instance: what to solve.
            seed: of this run.
            wrong: the module's text after a mistaken attempt.
            fix: how the run solves its instance; the clean text unless it is given.
        """
        self._instance = instance
        self._rng = random.Random(seed)
        self._chosen = fix or Fix(instance.bug.clean, "clean")
        self.persona = Persona.drawn(self._rng).ending_in(self._chosen)
        self._buggy = instance.bug.buggy
        self._wrong = wrong if self.persona.guesses else None
        self.solution = self._solution()
        """The module's text that the run ends with."""
        self._fields = self._described()
        self._lines = _function_lines(self._buggy, instance.function, difference(self._buggy, instance.bug.clean).start)

    def script(self) -> list[AgentTurn]:
        """All turns of the run with as many detours as the persona takes."""
        detours = self.detours()
        return [*self.explore(), *(next(detours) for _ in range(self.persona.detours)), *self.solve()]

    def explore(self) -> list[AgentTurn]:
        """Look around, search, read."""
        package, function, path = self._instance.package, self._instance.function, self._instance.bug.path
        tree = self._rng.choice(["ls", f"ls {package} tests", "git ls-files", f"ls -1 {package}"])
        turns = [self._turn(thoughts.LOOK_AROUND, Tell(tree))] if self._rng.random() < 0.8 else []
        search = Search(self._rng.choice([function, f"def {function}"]), self._rng.choice(["", path]))
        turns.append(self._turn(thoughts.SEARCH, search, word=function))
        turns.append(self._turn(thoughts.READ, self._view(path, self.persona.reading)))
        if self.persona.reads_tests:
            tests = self._instance.test_path
            ways: list[Action] = [ViewFile(tests, "cat"), Search(function, tests)]
            turns.append(self._turn(thoughts.READ_TESTS, self._rng.choice(ways)))
        return turns

    def detours(self) -> Iterator[AgentTurn]:
        """Readings that do not help, without end."""
        paths = sorted(path for path in self._instance.files if path.endswith(".py") and "__init__" not in path)
        while True:
            path = self._rng.choice(paths)
            chance = self._rng.random()
            if chance < 0.85:
                yield self._turn(thoughts.DETOUR, self._glance(path), path=path)
            elif chance < 0.95:
                word = self._rng.choice(re.findall(r"def (\w{4,})", self._instance.files[path]) or ["import"])
                yield self._turn(thoughts.DETOUR_SEARCH, Search(word), word=word)
            else:
                yield self._turn(thoughts.STATE, Tell(self._rng.choice(["git status --short", "git log --oneline"])))

    def solve(self) -> list[AgentTurn]:
        """Reproduce, edit, verify, hand in."""
        return [
            *self._reproduce(),
            *(self._guess() if self._wrong else []),
            *(self._slip() if self.persona.slips else []),
            *self._fix(),
            *self._verify(),
            *self._finish(),
        ]

    def _reproduce(self) -> list[AgentTurn]:
        if not self.persona.reproduces:
            return [self._turn(thoughts.REPRODUCE_TESTS, RunTests(self._instance.symptom.module))]
        turns = [self._turn(thoughts.REPRODUCE, RunScript(self.persona.script, self._instance.symptom.script))]
        if self._rng.random() < 0.4:
            turns.append(self._turn(thoughts.CONFIRMED, self._view(self._instance.bug.path, "nl")))
        return turns

    def _guess(self) -> list[AgentTurn]:
        path, wrong = self._instance.bug.path, self._wrong or ""
        return [
            self._turn(thoughts.WRONG, EditFile(path, self._buggy, wrong, "replace")),
            self._turn(thoughts.STILL_WRONG, self._again()),
            self._turn(thoughts.UNDO, Tell(f"git checkout -- {path}")),
        ]

    def _slip(self) -> list[AgentTurn]:
        path = self._instance.bug.path
        old, new = unique_block(self._buggy, self.solution)
        misquoted = re.sub(r"(\S) (\S)", r"\1  \2", old, count=1)
        if misquoted in self._buggy:
            return []
        return [
            self._turn(thoughts.FIX, Tell(replace_command(path, misquoted, new))),
            self._turn(thoughts.SLIPPED, self._view(path, "sed")),
        ]

    def _fix(self) -> list[AgentTurn]:
        path = self._instance.bug.path
        turns = [self._turn(self._reasons(), EditFile(path, self._buggy, self.solution, self.persona.edit))]
        if self.persona.rereads:
            turns.append(self._turn(thoughts.REREAD, self._view(path, self._rng.choice(["nl", "sed"]))))
        return turns

    def _reasons(self) -> list[str]:
        """What is said with the edit: why it is done in this way, where another would be more usual."""
        if self._chosen.kind in thoughts.OTHER_FIX:
            return thoughts.OTHER_FIX[self._chosen.kind]
        return thoughts.FIX_QUOTED if self.persona.quotes and self._quotable() else thoughts.FIX

    def _verify(self) -> list[AgentTurn]:
        turns = [self._turn(thoughts.VERIFY, self._again())] if self.persona.reproduces else []
        if self.persona.checks:
            turns.append(self._turn(thoughts.EDGE_CASES, RunScript("check_fix.py", self._check())))
        if self._chosen.partial:
            return turns
        if not (self.persona.tests_all and self._rng.random() < 0.5):
            turns.append(self._turn(thoughts.VERIFY_TESTS, RunTests(self._instance.symptom.module)))
        if self.persona.tests_all:
            turns.append(self._turn(thoughts.VERIFY_ALL, RunTests()))
        return turns

    def _finish(self) -> list[AgentTurn]:
        made = [self.persona.script] if self.persona.reproduces and self.persona.script else []
        made += ["check_fix.py"] if self.persona.checks else []
        turns = [self._turn(thoughts.CLEAN, Tell(f"rm {' '.join(made)}"))] if made and self.persona.cleans else []
        if self.persona.diffs:
            turns.append(self._turn(thoughts.DIFF, Tell("git diff")))
        turns.append(self._turn(self._farewell(), Submit()))
        return turns

    def _farewell(self) -> list[str]:
        if self._chosen.partial:
            return thoughts.DONE_PARTIAL
        return thoughts.DONE_SUMMARY if self.persona.sums_up and self._quotable() else thoughts.DONE

    def _quotable(self) -> bool:
        """Whether the change has both an old and a new side; a removed line has but one."""
        return bool(self._fields["old"] and self._fields["new"])

    def _again(self) -> Action:
        """Run the reproduction once more, or the tests where there is none."""
        if not self.persona.reproduces:
            return RunTests(self._instance.symptom.module)
        return RunScript(self.persona.script, "" if self.persona.script else self._instance.symptom.script)

    def _check(self) -> str:
        """A script that asserts what the reproduction prints, and says what was changed."""
        symptom = self._instance.symptom
        change = f"# was: {self._fields['old']}\n# now: {self._fields['new']}\n"
        return (
            "import contextlib\nimport io\n\n"
            f"{change}printed = io.StringIO()\nwith contextlib.redirect_stdout(printed):\n"
            + "".join(f"    {line}\n" if line else "\n" for line in self._guarded())
            + f"assert printed.getvalue().strip() == {symptom.expected.strip()!r}, printed.getvalue()\n"
            'print("as expected")\n'
        )

    def _guarded(self) -> list[str]:
        lines = self._instance.symptom.script.rstrip().splitlines()
        if not re.match(r"[\w.]+(Error|Exception|Stock)\b", self._instance.symptom.expected):
            return lines
        shown = "print(traceback.format_exception_only(error)[-1])"
        return [
            "import traceback",
            *lines[:-1],
            "try:",
            f"    {lines[-1]}",
            "except Exception as error:",
            f"    {shown}",
        ]

    def _view(self, path: str, style: ViewStyle) -> ViewFile:
        """The function's lines, with a margin."""
        first, last = self._lines
        margin = self._rng.choice([2, 4, 8, 15])
        if style == "grep":
            return ViewFile(path, style, first, last + margin, f"def {self._instance.function}")
        return ViewFile(path, style, 1 if style == "head" else max(1, first - margin), last + margin)

    def _glance(self, path: str) -> ViewFile:
        style: ViewStyle = self._rng.choice(["cat", "cat", "cat -n", "cat -n", "nl", "sed", "head"])
        count = self._instance.files[path].count("\n")
        first = 1 if style == "head" else self._rng.randint(1, max(1, count // 2))
        return ViewFile(path, style, first, min(count, first + self._rng.choice([60, 120, 200])))

    def _turn(self, phrases: Sequence[str], action: Action, **more: str) -> AgentTurn:
        thought = self._rng.choice(phrases)
        if self._rng.random() < self.persona.musing:
            thought += " " + self._rng.choice(thoughts.MUSING)
        return AgentTurn(thought.format(**(self._fields | more)), action)

    def _solution(self) -> str:
        """The chosen text, or the chosen text with a comment above the change."""
        fixed = self._chosen.text
        change = difference(self._buggy, fixed)
        if not self.persona.comments or self._chosen.partial or not change.new or not change.new[0].strip():
            return fixed
        lines = fixed.splitlines()
        blanks = " " * (len(change.new[0]) - len(change.new[0].lstrip()))
        lines.insert(change.start, f"{blanks}# {self._rng.choice(COMMENTS)}")
        return "\n".join(lines) + "\n"

    def _described(self) -> dict[str, str]:
        """What thoughts may speak of."""
        instance, change = self._instance, difference(self._buggy, self._chosen.text)
        return {
            "function": instance.function,
            "path": instance.bug.path,
            "package": instance.package,
            "test": instance.test_path,
            "call": instance.symptom.call,
            "observed": _short(instance.symptom.observed),
            "expected": _short(instance.symptom.expected) or "no error",
            "old": " ".join(line.strip() for line in change.old),
            "new": " ".join(line.strip() for line in change.new),
        }


def _short(text: str) -> str:
    line = text.splitlines()[-1] if text else ""
    return line if len(line) <= 80 else line[:77] + "..."


def _function_lines(text: str, name: str, near: int) -> tuple[int, int]:
    """First and last one-based line of the function of this name that holds the zero-based line `near`."""
    lines = text.splitlines()
    starts = [index for index, line in enumerate(lines[: near + 1]) if re.match(rf"\s*def {name}\b", line)]
    first = starts[-1] if starts else near
    blanks = len(lines[first]) - len(lines[first].lstrip())
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.strip() and len(line) - len(line.lstrip()) <= blanks and not line.lstrip().startswith(")"):
            return first + 1, index
    return first + 1, len(lines)
