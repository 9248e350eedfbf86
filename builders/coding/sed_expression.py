"""Reads the regular expressions of GNU sed, basic and extended, into Python's syntax, as far as they mean the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from contextpairs.builders.coding.regex_syntax import LONGEST, UnlikeTool

_OPERATORS = tuple("(){}+?|")
_BASIC_OPERATORS = tuple("\\" + each for each in _OPERATORS)
_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\[:\w{1,9}:\]|[^\]])*\]|.", re.S)
_INTERVAL = re.compile(r"(?:(\d{1,4})(,?)(\d{0,4})|,(\d{1,4}))\\?\}")
_CLASSES = {
    "space": r"\s", "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z",
    "blank": r" \t", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f",
}  # fmt: skip
_ESCAPED = {**{each: "\\" + each for each in "ntfrvwWsSbB"}, "a": r"\x07", "`": r"\A", "'": r"\Z", "\n": r"\n"}
_IN_BRACKET = re.compile(r"\[:(\w+):\]|\\([ntfrv])|(\[[.=:])|(.)", re.S)


def python_expression(expression: str, extended: bool) -> str:
    """A sed expression in Python's syntax.

    Args:
        expression: without its delimiters.
        extended: whether `-E` or `-r` was given.

    Raises:
        UnlikeTool: it holds what Python reads otherwise, or what versions of sed read in several ways.
    """
    if len(expression) > LONGEST:
        raise UnlikeTool(f"an expression of {len(expression)} characters, more than {LONGEST}")
    return _Translation(expression, extended).run()


@dataclass(slots=True)
class _Translation:
    """Goes through an expression token by token.

    `starts`: nothing stands before in this group or alternative. `repeats`: what stands before may be repeated.
    `is_word`: what stands before ends as a word does.
    """

    expression: str
    extended: bool
    at: int = 0
    starts: bool = True
    repeats: bool = False
    is_word: bool = False
    out: list[str] = field(default_factory=list)

    def run(self) -> str:
        """All of it."""
        while self.at < len(self.expression):
            match = _TOKEN.match(self.expression, self.at)
            assert match is not None
            self.at = match.end()
            self._token(match.group())
        return "".join(self.out)

    def _token(self, token: str) -> None:
        if token in ("*", *(_OPERATORS if self.extended else _BASIC_OPERATORS)):
            self._operator(token[-1])
        elif token in ("^", "$"):
            self._anchor(token)
        elif token.startswith("[") and len(token) > 1:
            self._put(_bracket(token), repeats=True)
        elif token in ("\\<", "\\>"):
            self._word_edge(token[1])
        elif len(token) == 2:
            self._escaped(token[1])
        elif token in ("[", "\\"):
            raise UnlikeTool("a bracket or an escape without an end")
        else:
            self._put("." if token == "." else _literal(token), repeats=True, is_word=_in_word(token))

    def _put(self, text: str, repeats: bool = False, is_word: bool = False, starts: bool = False) -> None:
        self.out.append(text)
        self.repeats, self.is_word, self.starts = repeats, is_word, starts

    def _operator(self, name: str) -> None:
        if name in "(|":
            self._put(name, starts=True)
        elif name == ")":
            self._put(name, repeats=True)
        elif name == "*" and self.starts and not self.extended:
            self._put(r"\*", repeats=True)
        elif not self.repeats or name == "}":
            raise UnlikeTool("a repetition of nothing, or of a repetition")
        elif name == "{":
            self._interval()
        else:
            self._put(name, is_word=self.is_word and name == "+")

    def _interval(self) -> None:
        match = _INTERVAL.match(self.expression, self.at)
        if match is None or self.extended == match[0].endswith("\\}"):
            raise UnlikeTool("a number of repetitions that is none")
        self.at = match.end()
        self._put(f"{{0,{match[4]}}}" if match[4] else f"{{{match[1]}{match[2]}{match[3]}}}")

    def _anchor(self, token: str) -> None:
        rest = self.expression[self.at : self.at + 2]
        first = self.starts and self.out[-1:] != ["^"]
        anchors = self.extended or (first if token == "^" else rest in ("", "\\)", "\\|"))
        self._put(token if anchors else "\\" + token, repeats=not anchors, starts=anchors and token == "^")

    def _word_edge(self, token: str) -> None:
        """`\\<` and `\\>` are `\\b` where a word stands on their inner side."""
        following = _TOKEN.match(self.expression, self.at)
        is_word = self.is_word if token == ">" else following is not None and _in_word(following.group())
        if not is_word:
            raise UnlikeTool("the edge of a word that may be none")
        self._put(r"\b")

    def _escaped(self, character: str) -> None:
        if character in _ESCAPED:
            self._put(_ESCAPED[character], repeats=character not in "bB`'", is_word=character == "w")
        elif character.isascii() and character.isalnum():
            raise UnlikeTool(f"an expression with \\{character}")
        else:
            self._put(_literal(character), repeats=True, is_word=character == "_")


def _literal(character: str) -> str:
    return "\\" + character if character in r"\^$.*+?{}[]|()" else character


def _in_word(token: str) -> bool:
    """Whether a token stands for characters of words alone."""
    return token == "\\w" or (len(token) == 1 and token.isascii() and (token.isalnum() or token == "_"))


def _bracket(token: str) -> str:
    negated = token.startswith("[^")
    inner = token[1 + negated : -1]
    return f"[{'^' * negated}{_IN_BRACKET.sub(_part_of_bracket, inner)}]"


def _part_of_bracket(match: re.Match[str]) -> str:
    """A class or a character between brackets, where a backslash stands for itself but before n, t and their like."""
    name, escaped, other, character = match.groups()
    if other or (name and name not in _CLASSES):
        raise UnlikeTool("a bracket with a class that Python has not")
    if name or escaped:
        return _CLASSES[name] if name else "\\" + escaped
    return "\\" + character if character in "\\[]^&~|" else str(character)
