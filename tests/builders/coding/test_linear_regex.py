"""Agents' expressions run without backtracking, and find what the agent's own tool found or say that they cannot."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.builders.coding.linear_regex import LinearRegex, UnlikeTool, linear_regex
from contextpairs.builders.coding.sed import read_sed
from contextpairs.builders.coding.shell import Word

ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", "[^a]", "x", r"\w", r"\s", r"\b", r"\d", "^", "$", r"\n", "é", r"\.", "(a)", "(a|ab)"]
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}|{two[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "*?", "+?"])).map(
            lambda two: f"(?:{two[0]}){two[1]}"
        ),
    ),
    max_leaves=6,
)
TEXTS = st.text("ab x1\né\v.\u2009", max_size=12)
SED = shutil.which("sed")


@given(EXPRESSIONS, TEXTS, st.sampled_from([0, re.I, re.M, re.S, re.M | re.S]))
@settings(max_examples=300)
def test_what_is_found_is_what_python_finds(expression: str, text: str, flags: int) -> None:
    try:
        found = linear_regex(expression, "python", flags).found(text)
    except UnlikeTool:
        return
    wanted = list(re.finditer(expression, text, flags))
    assert [(each.start, each.stop) for each in found] == [each.span() for each in wanted]
    for one, two in zip(found, wanted, strict=True):
        for group in range(1, (two.re.groups or 0) + 1):
            assert _told(one.group, group) in (two[group], UnlikeTool)


def _told(ask: object, group: int) -> object:
    try:
        return ask(group)  # type: ignore[operator]
    except UnlikeTool:
        return UnlikeTool


SED_ATOMS = st.sampled_from(
    ["a", "b", "ab", ".", "[ab]", "[^a]", r"\.", r"\w", r"\s", r"\b", r"\<", r"\>", r"\'", r"\`", r"\d", "x*", "(a)",
     "{", "*", "[[:alpha:]]", "[[:punct:]]", r"[\s]", r"[\n]", r"[]a]", "^", "$", r"\(", r"\|", r"\+", "+",
     "?", "|", r"\n"]
)  # fmt: skip
SED_EXPRESSIONS = st.lists(
    st.one_of(SED_ATOMS, st.tuples(SED_ATOMS, SED_ATOMS).map(lambda two: f"({two[0]}|{two[1]})")),
    min_size=1,
    max_size=5,
).map("".join)
SED_NEW = st.sampled_from(["-", "<&>", r"<\1>", r"\U&", r"a\&b", r"x\ny", r"\s\b\q"])


@pytest.mark.skipif(SED is None, reason="no sed here")
@given(SED_EXPRESSIONS, st.booleans(), SED_NEW, st.sampled_from(["", "g", "I"]), st.text("abx .s+|(\\", max_size=8))
@settings(max_examples=100)
def test_what_sed_puts_is_what_sed_puts(old: str, extended: bool, new: str, flags: str, line: str) -> None:
    """Sed takes the longest match, its own escapes and its own brackets; what is taken for more is another edit."""
    script = f"s/{old}/{new}/{flags}"
    words = [Word(value, 0, 0) for value in ([*(["-E"] if extended else []), script, "file"])]
    commands, _ = read_sed(words)
    if not commands:
        return
    (command,) = commands
    try:
        changed, _ = linear_regex(command.old or "", "sed").replaced(line, command.new or "", 0 if command.every else 1)
    except UnlikeTool:
        return
    arguments = [SED or "sed", *(["-E"] if extended else []), script]
    done = subprocess.run(arguments, input=line + "\n", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert changed + "\n" == done.stdout


@pytest.mark.parametrize(
    "expression",
    [
        *(r"(?<=a)b", r"a(?!b)", r"(a)\1", r"(?>a)b", "a++", "(a*)*", "(", "a{2000}", "(?i:a)b", r"(a)(?(1)b|c)"),
        *("[" * 20_000, "(" * 9_000 + ")" * 9_000, "((a{1000}){1000}){1000}"),
    ],
)
def test_what_the_engine_has_not_is_no_edit_that_is_read(expression: str) -> None:
    with pytest.raises(UnlikeTool):
        linear_regex(expression)


@pytest.mark.parametrize(
    ("expression", "text"), [(r"\w", "é"), (r"\s", "\u2009"), ("(?i)k", "\u212a"), (".", "\ud800")]
)
def test_text_that_tools_class_differently_is_not_decided(expression: str, text: str) -> None:
    with pytest.raises(UnlikeTool):
        linear_regex(expression).found(text)


def test_groups_that_tools_divide_differently_are_not_told() -> None:
    (found,) = linear_regex("(a|ab)(c|bcd)(d*)", "sed").found("abcd")
    assert found.group() == "abcd"
    with pytest.raises(UnlikeTool):
        found.group(1)


@pytest.mark.parametrize(
    "expression", [r"(a+)+$", r"(a|a)*b", r"(.*)*,(.*)x$", r"a*a*a*a*a*b", r"(?s)a.*b|a", r"(?s).*?b"]
)
def test_no_expression_takes_longer_than_the_text_is_long(expression: str) -> None:
    """Catches backtracking: 28 letters took 39 seconds."""
    start = time.process_time()
    for text in ("a" * 100_000, "a" * 28 + "c"):
        try:
            found: list[object] = list(_regex(expression).found(text))
        except UnlikeTool:
            found = []
        assert len(found) <= 100_000
    assert time.process_time() - start < 5


def _regex(expression: str) -> LinearRegex:
    return linear_regex(expression)


@pytest.mark.parametrize(
    ("template", "put"), [(r"<\1>", "<ab>"), (r"\g<x>\n", "b\n"), (r"\\1\-", r"\1\-"), (r"\g<0>\g<1>", "abcab")]
)
def test_templates_are_those_of_python(template: str, put: str) -> None:
    assert linear_regex("(a(?P<x>b))c").replaced("abc", template)[0] == put == re.sub("(a(?P<x>b))c", template, "abc")


@pytest.mark.parametrize("template", [r"\3", r"\q", r"\g<y>", r"\012", "a\\"])
def test_templates_that_python_refuses_or_reads_otherwise_are_not_filled_in(template: str) -> None:
    with pytest.raises(UnlikeTool):
        linear_regex("(a(?P<x>b))c").replaced("abc", template)
