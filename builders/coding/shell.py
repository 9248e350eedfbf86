"""Reads the bash of an agent's turn: words, redirections and heredocs with their place in the message.

It follows quoting, assignments and heredocs well enough for the commands by which agents edit and show files. It
executes nothing; what it cannot know (a command substitution, an unset variable) is marked as not known.

By hand, not by tree-sitter-bash: that grammar drops the blank lines and indentation that a heredoc's body begins with,
ends it at a line that merely starts with the delimiter, and takes quadratic time on unbalanced text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache

_BASH_FENCE = re.compile(r"```(?:bash|sh|shell)[ \t]*\n(.*?)(?:\n```|\Z)", re.S)
_ANY_FENCE = re.compile(r"```([\w+-]*)[ \t]*\n(.*?)\n?```", re.S)
_FUNCTION = re.compile("<function=")
_XML_BASH = re.compile(r"<function=(?:execute_)?bash>\s*<parameter=command>(.*?)(?:</parameter>|\Z)", re.S)
_RENDERED_BASH = re.compile(
    r"(?:^|\n)(?:execute_)?bash\ncommand:\n(.*?)(?=\n\n?(?:execute_)?bash\ncommand:\n|\n\n?str_replace_editor\n|\Z)",
    re.S,
)
_CALL_NAME = re.compile(
    r"(?:^|\n)[A-Za-z][\w.-]{0,60}\n(?=((?:command|cmd|path|file_path|thought|code|query|pattern|message|url|directory"
    r"|view_range|file_text|script|args|name|text):\n))"
)
"""A call as it is rendered: its name, and the first of its arguments on the next line."""
_SPACE = re.compile(r"(?:[ \t\r]|\\\n)+")
_TOKEN = re.compile(
    r"(?P<space>(?:[ \t\r]|\\\n)+)|(?P<stream>\d?)(?P<redirect><<<|<<-?|&>>?|>>|>\||>&|<&|[<>])"
    r"|(?P<operator>\n|;;?|&&|\|\|?|&|[()])|(?P<comment>#[^\n]*)"
)
_WORD_END = frozenset(" \t\r\n;&|()<>")
_PLAIN = re.compile(r"[^\s'\"\\$`;&|()<>]+")
_DOUBLE = re.compile(r'"((?:[^"\\$`]|\\.|\$(?!\()|`)*)"', re.S)
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'", re.S)
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_CAT_HEREDOC = re.compile(r"\$\(\s*cat\s*<<(-?)\s*(['\"]?)(\w+)\2[ \t]*\n")
_ASSIGNMENT = re.compile(r"(?:export\s+|local\s+)?([A-Za-z_]\w*)=")
_UNESCAPE = re.compile(r'\\(["\\$`\n])')
_ANSI_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}


@dataclass(slots=True)
class Word:
    """A word or heredoc body after quote removal; `start` and `end` are its characters in the message."""

    value: str
    start: int
    end: int
    known: bool = True


@dataclass(slots=True)
class Command:
    """One simple command. `before` is the operator that precedes it ("" for the first, "&&", "|", ";", ...)."""

    words: list[Word] = field(default_factory=list)
    redirects: list[tuple[str, Word]] = field(default_factory=list)
    body: Word | None = None
    before: str = ""

    @property
    def name(self) -> str:
        """The program, without its folder."""
        return self.words[0].value.rsplit("/", 1)[-1] if self.words else ""

    def arguments(self) -> list[str]:
        """The values of all words after the program."""
        return [word.value for word in self.words[1:]]

    def writes_to(self) -> tuple[str, str] | None:
        """The redirection of standard output as (">" or ">>", path), if there is one."""
        for operator, target in self.redirects:
            if operator in (">", ">>", ">|") and target.value not in ("/dev/null", "/dev/stdout", "/dev/stderr"):
                return (">" if operator == ">|" else operator), target.value
        return None


def bash_blocks(text: str) -> list[tuple[int, int, int]]:
    """The bash of a turn as (start, end, tool call number)."""
    if "```bash" in text or "```sh" in text:
        return [(match.start(1), match.end(1), 0) for match in _BASH_FENCE.finditer(text)]
    if "<function=" in text:
        return [(m.start(1), m.end(1), tags_before(text, m.start())) for m in _XML_BASH.finditer(text)]
    if "bash\ncommand:\n" in text:
        calls = list(_RENDERED_BASH.finditer(text))
        return [(m.start(1), m.end(1), call_number(text, m.start(1))) for m in calls]
    return [(m.start(2), m.end(2), 0) for m in _ANY_FENCE.finditer(text) if not m[1]] if "```" in text else []


def call_number(text: str, place: int) -> int:
    """Which of a turn's rendered calls, from 0, the arguments at a place belong to."""
    return max(0, bisect_right(_call_starts(text), place) - 1)


@lru_cache(maxsize=8)
def _call_starts(text: str) -> list[int]:
    """Where the name of each call's first argument ends."""
    return [match.end(1) for match in _CALL_NAME.finditer(text)]


def tags_before(text: str, place: int) -> int:
    """How many calls of a turn written as XML begin before a place."""
    return bisect_right(_tag_ends(text), place)


@lru_cache(maxsize=2)
def _tag_ends(text: str) -> list[int]:
    """Where the openings of calls end, found once for all calls of a turn."""
    return [match.end() for match in _FUNCTION.finditer(text)]


def parse_shell(text: str, start: int, end: int) -> list[Command]:
    """The simple commands of the bash in `text[start:end]`, in order; positions refer to `text`."""
    return _Parser(text, start, end).run()


class _Parser:
    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.at, self.end = text, start, end
        self.variables: dict[str, Word] = {}
        self.done: list[Command] = []
        self.command = Command()
        self.heredocs: list[tuple[Command, str, bool, bool]] = []

    def run(self) -> list[Command]:
        while self.at < self.end:
            self._step()
        self._finish("")
        return self.done

    def _step(self) -> None:
        match = _TOKEN.match(self.text, self.at, self.end)
        if match is None:
            self.command.words.append(self._word())
            return
        self.at = match.end()
        if match["redirect"]:
            self._redirect(match["redirect"], match["stream"])
        elif (operator := match["operator"]) is not None:
            self._finish(operator)
            if operator == "\n" and self.heredocs:
                self._read_heredocs()

    def _finish(self, operator: str) -> None:
        command = self.command
        self._assign(command)
        if command.words or command.redirects:
            self.done.append(command)
            self.command = Command(before=operator)
        elif operator not in ("\n", ""):
            command.before = operator

    def _assign(self, command: Command) -> None:
        while command.words and (match := _ASSIGNMENT.match(self.text, command.words[0].start, command.words[0].end)):
            word = command.words.pop(0)
            value = word.value[word.value.index("=") + 1 :]
            self.variables[match[1]] = Word(value, match.end(), word.end, word.known)

    def _redirect(self, operator: str, stream: str) -> None:
        if (match := _SPACE.match(self.text, self.at, self.end)) is not None:
            self.at = match.end()
        if self.at >= self.end:
            return
        quoted = self.text[self.at] in "'\"\\"
        target = self._word()
        if operator in ("<<", "<<-"):
            self.heredocs.append((self.command, target.value, quoted, operator == "<<-"))
        elif operator == "<<<":
            self.command.body = target
        elif stream != "2" and operator not in (">&", "<&"):
            self.command.redirects.append((operator, target))

    def _read_heredocs(self) -> None:
        for command, delimiter, quoted, tabs in self.heredocs:
            body, self.at = self._heredoc(self.at, delimiter, quoted, tabs)
            command.body = body
            if command.name == "read" and len(command.words) > 1:
                stripped = Word(body.value.removesuffix("\n"), body.start, body.end, body.known)
                self.variables[command.words[-1].value] = stripped
        self.heredocs = []

    def _heredoc(self, start: int, delimiter: str, quoted: bool, tabs: bool) -> tuple[Word, int]:
        """The body from `start` to the line that is the delimiter, and where the text goes on."""
        match = _terminator(delimiter, tabs).search(self.text, start, self.end)
        stop, after = (match.start(), match.end()) if match else (self.end, self.end)
        value = self.text[start:stop]
        if tabs:
            value = re.sub(r"^\t+", "", value, flags=re.M)
        known = quoted or not re.search(r"(?<!\\)(?:\$[\w({]|`)", value)
        return Word(value if quoted else _UNESCAPE.sub(_unescaped, value), start, stop, known), after

    def _word(self) -> Word:
        start, parts, known = self.at, list[Word](), True
        while self.at < self.end and self.text[self.at] not in _WORD_END:
            piece = self._piece()
            parts.append(piece)
            known = known and piece.known
        if self.at == start:
            self.at += 1
        if len(parts) == 1:
            return parts[0]
        return Word("".join(part.value for part in parts), start, self.at, known)

    def _piece(self) -> Word:
        text, start = self.text, self.at
        char = text[start]
        if char == "'":
            close = text.find("'", start + 1, self.end)
            self.at = self.end if close < 0 else close + 1
            return Word(text[start + 1 : close if close > 0 else self.end], start + 1, max(start + 1, self.at - 1))
        if char == '"':
            return self._double_quoted()
        if char == "\\":
            self.at = min(start + 2, self.end)
            return Word("" if text[start + 1 : start + 2] == "\n" else text[start + 1 : start + 2], start, self.at)
        if (match := _ANSI.match(text, start, self.end)) is not None:
            self.at = match.end()
            value = re.sub(r"\\(.)", lambda m: _ANSI_ESCAPES.get(m[1], m[0]), match[1], flags=re.S)
            return Word(value, start + 2, self.at - 1)
        if char in "$`":
            return self._expansion()
        match = _PLAIN.match(text, start, self.end)
        self.at = match.end() if match else start + 1
        return Word(text[start : self.at], start, self.at)

    def _double_quoted(self) -> Word:
        start = self.at
        if (match := _DOUBLE.match(self.text, start, self.end)) is not None:
            self.at = match.end()
            return self._expanded(match[1], start + 1)
        if (match := _CAT_HEREDOC.match(self.text, start + 1, self.end)) is not None:
            self.at = start + 1
            word = self._expansion()
            if self.text[self.at : self.at + 1] == '"':
                self.at += 1
                return word
        return self._unbalanced(start)

    def _unbalanced(self, start: int) -> Word:
        """A double-quoted text that holds a command substitution: its extent is found, its value is not known."""
        at = start + 1
        while at < self.end and self.text[at] != '"':
            if self.text.startswith("$(", at):
                at = self._closing(at + 2)
            else:
                at += 2 if self.text[at] == "\\" else 1
        self.at = min(at + 1, self.end)
        return Word(self.text[start + 1 : at], start + 1, min(at, self.end), known=False)

    def _expanded(self, raw: str, start: int) -> Word:
        whole = _VARIABLE.fullmatch(raw)
        if whole and (variable := self.variables.get(whole[1] or whole[2])) is not None:
            return variable
        known = True

        def value(match: re.Match[str]) -> str:
            nonlocal known
            if match[0][0] == "\\":
                return _unescaped(match)
            variable = self.variables.get(match[2] or match[3])
            known = known and variable is not None and variable.known
            return variable.value if variable is not None else match[0]

        expanded = (
            re.sub(r'\\(["\\$`\n])|\$(?:\{(\w+)\}|([A-Za-z_]\w*))', value, raw) if "\\" in raw or "$" in raw else raw
        )
        return Word(expanded, start, start + len(raw), known)

    def _expansion(self) -> Word:
        text, start = self.text, self.at
        if (match := _CAT_HEREDOC.match(text, start, self.end)) is not None:
            body, at = self._heredoc(match.end(), match[3], bool(match[2]), bool(match[1]))
            close = text.find(")", at, self.end)
            self.at = self.end if close < 0 else close + 1
            return Word(body.value.rstrip("\n"), body.start, body.end, body.known)
        if text.startswith("$(", start):
            self.at = self._closing(start + 2)
            return Word(text[start : self.at], start, self.at, known=False)
        if (match := _VARIABLE.match(text, start, self.end)) is not None:
            self.at = match.end()
            return self._expanded(match[0], start)
        self.at = start + 1
        if text[start] == "`":
            close = text.find("`", start + 1, self.end)
            self.at = self.end if close < 0 else close + 1
            return Word(text[start : self.at], start, self.at, known=False)
        return Word("$", start, self.at)

    def _closing(self, at: int) -> int:
        """The position after the parenthesis that closes one opened before `at`."""
        depth = 1
        for match in re.compile(r"[()]|'[^']*'|\\.", re.S).finditer(self.text, at, self.end):
            depth += {"(": 1, ")": -1}.get(match[0], 0)
            if depth == 0:
                return match.end()
        return self.end


@lru_cache(maxsize=256)
def _terminator(delimiter: str, tabs: bool) -> re.Pattern[str]:
    return re.compile(("^\t*" if tabs else "^") + re.escape(delimiter) + r"[ \t]*(?=\n|\)|\Z)", re.M)


def _unescaped(match: re.Match[str]) -> str:
    return "" if match[1] == "\n" else match[1]
