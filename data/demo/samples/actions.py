"""What an agent does in one turn, as data, and the shell command that does it.

A command runs in a real checkout; the same action can be acted out on texts in memory where nothing may run.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Literal

EditStyle = Literal["replace", "sed", "script", "rewrite", "patch"]
ViewStyle = Literal["cat", "cat -n", "sed", "nl", "head", "grep"]
SUBMIT = "echo MINI_SWE_AGENT_FINAL_OUTPUT && git add -A && git diff --cached"


@dataclass(frozen=True, slots=True)
class Search:
    """Lines that hold a word, in one file or, without a path, in the whole repository."""

    word: str
    path: str = ""

    def command(self) -> str:
        """`git grep` prints its files in a fixed order, plain `grep -r` does not."""
        return f'grep -n "{self.word}" {self.path}' if self.path else f'git grep -n "{self.word}"'


@dataclass(frozen=True, slots=True)
class ViewFile:
    """Lines `start` to `end` (one-based, both shown) of a file; all by `cat`, those from `word` on by `grep`."""

    path: str
    style: ViewStyle
    start: int = 1
    end: int = 0
    word: str = ""

    def command(self) -> str:
        """One of the usual ways to read."""
        span = f"sed -n '{self.start},{self.end}p'"
        return {
            "cat": f"cat {self.path}",
            "cat -n": f"cat -n {self.path}",
            "sed": f"{span} {self.path}",
            "nl": f"nl -ba {self.path} | {span}",
            "head": f"head -{self.end} {self.path}",
            "grep": f'grep -n -A {self.end - self.start} "{self.word}" {self.path}',
        }[self.style]


@dataclass(frozen=True, slots=True)
class Tell:
    """A look at the repository itself: `ls`, `git status` and their like."""

    line: str

    def command(self) -> str:
        """The line as it is."""
        return self.line


@dataclass(frozen=True, slots=True)
class RunScript:
    """A Python script: written to `path` first when it has a text, run from standard input without a path."""

    path: str = ""
    text: str = ""

    def command(self) -> str:
        """One command that writes and runs."""
        if not self.path:
            return f"python - <<'EOF'\n{self.text}EOF"
        write = f"cat <<'EOF' > {self.path}\n{self.text}EOF\n" if self.text else ""
        return f"{write}python {self.path}"


@dataclass(frozen=True, slots=True)
class RunTests:
    """The tests of one module (`tests.test_pricing`), or all of them."""

    module: str = ""

    def command(self) -> str:
        """The standard library's own runner, which starts fastest."""
        return f"python -m unittest {self.module}".rstrip()


@dataclass(frozen=True, slots=True)
class EditFile:
    """Change a file from one text to another."""

    path: str
    before: str
    after: str
    style: EditStyle

    def command(self) -> str:
        """The edit in its style; where the style cannot say it, by `edit_via_str_replace`."""
        if self.style == "sed" and (line := _sed(self.path, self.before, self.after)):
            return line
        if self.style == "script" and (script := _script(self.path, self.before, self.after)):
            return script
        if self.style == "rewrite":
            return f"cat <<'EOF' > {self.path}\n{self.after}EOF"
        if self.style == "patch":
            return f"git apply <<'EOF'\n{unified(self.path, self.before, self.after)}EOF"
        return replace_command(self.path, *unique_block(self.before, self.after))


@dataclass(frozen=True, slots=True)
class Submit:
    """Hand in; nothing of what it prints is recorded."""

    def command(self) -> str:
        """The line that ends every run."""
        return SUBMIT


Action = Search | ViewFile | Tell | RunScript | RunTests | EditFile | Submit


@dataclass(frozen=True, slots=True)
class AgentTurn:
    """One assistant turn."""

    thought: str
    action: Action


@dataclass(frozen=True, slots=True)
class Difference:
    """Lines that differ between two texts: `old` from the zero-based line `start` on became `new`."""

    start: int
    old: list[str]
    new: list[str]


def difference(before: str, after: str) -> Difference:
    """The one block of lines outside of which two texts are equal."""
    old, new = before.splitlines(), after.splitlines()
    start, shorter = 0, min(len(old), len(new))
    while start < shorter and old[start] == new[start]:
        start += 1
    tail = 0
    while tail < shorter - start and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Difference(start, old[start : len(old) - tail], new[start : len(new) - tail])


def replace_command(path: str, old: str, new: str) -> str:
    """An edit by `edit_via_str_replace`, its texts in heredocs."""
    return (
        f"old=$(cat <<'OLD'\n{old}\nOLD\n)\nnew=$(cat <<'NEW'\n{new}\nNEW\n)\n"
        f'edit_via_str_replace {path} -- "$old" "$new"'
    )


def unique_block(before: str, after: str) -> tuple[str, str]:
    """The change as (old, new) with as many lines around it as make the old one unique in its text."""
    change, lines = difference(before, after), before.splitlines()
    first, last = change.start, change.start + len(change.old)
    while first == last or not lines[first].strip() or before.count("\n".join(lines[first:last])) > 1:
        if first > 0:
            first -= 1
        else:
            last += 1
    tail = lines[change.start + len(change.old) : last]
    return "\n".join(lines[first:last]), "\n".join([*lines[first : change.start], *change.new, *tail])


def unified(path: str, before: str, after: str) -> str:
    """A unified diff with three lines of context."""
    lines = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}")
    return "".join(lines)


def _sed(path: str, before: str, after: str) -> str | None:
    change = difference(before, after)
    line, count = change.start + 1, len(change.old)
    if not change.new:
        return f"sed -i '{line},{line + count - 1}d' {path}" if count > 1 else f"sed -i '{line}d' {path}"
    if count != 1 or len(change.new) != 1:
        return None
    old, new = (text.strip() for text in (change.old[0], change.new[0]))
    awkward = re.search(r"['\\|&\[\]*^$]", old + new)
    if awkward or not old or not new or change.old[0].replace(old, new) != change.new[0]:
        return None
    pattern = old.replace(".", "\\.")
    return f"sed -i '{line}s|{pattern}|{new}|' {path}"


def _script(path: str, before: str, after: str) -> str | None:
    old, new = unique_block(before, after)
    if '"""' in old + new or "\\" in old + new or old.endswith('"') or new.endswith('"'):
        return None
    return (
        f"python - <<'EOF'\nfrom pathlib import Path\n\npath = Path(\"{path}\")\ntext = path.read_text()\n"
        f'old = """{old}"""\nnew = """{new}"""\nassert text.count(old) == 1\n'
        f"path.write_text(text.replace(old, new))\nEOF"
    )
