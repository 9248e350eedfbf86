"""Scripts are followed within bounds, and never beyond what their text and the files say."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contextpairs.builders.coding.script_runs import run_script
from contextpairs.builders.coding.script_values import HIDDEN, REST

TEXT = "alpha\nbeta\ngamma\n"


def followed(code: str, text: str = TEXT) -> str | None:
    """What a script leaves in the file; None where it is not followed."""
    outcome = run_script(code, {"f.txt": text}.get)
    return outcome.files.get("f.txt", text) if outcome is not None else None


def write(expression: str, before: str = "") -> str:
    """A script that writes the value of an expression over `s` (the text) and `lines`."""
    start = "s = open('f.txt').read()\nlines = open('f.txt').readlines()\n"
    return f"{start}{before}\nopen('f.txt', 'w').write({expression})"


@pytest.mark.parametrize(
    "expression",
    [
        "s.replace('a', 'o', 2)",
        "''.join(lines[::-1])",
        "''.join(sorted(lines, key=len))",
        "f'{len(lines):>5}|{s!r:.9}'",
        "'%s-%d' % (lines[0].strip(), 3)",
        "''.join(l for i, l in enumerate(lines) if i % 2 == 0)",
        "s[s.index('b'):s.rindex('m')]",
        "'\\n'.join(x.title() for x in s.split())",
        "str(s.count('a') + 2 * 3 - 1)",
        "''.join(a + b for a, b in zip(lines, reversed(lines)))",
        "str(max(lines, key=len) in s and not s.startswith('x'))",
        "''.join(map(lambda l: l.upper(), filter(lambda l: 'a' in l, lines)))",
        "str({k: v for k, v in [('a', 1)]}['a'])",
        "str([*range(3), *(7, 8)][1:-1])",
        "'{0}:{name}'.format(1, name='n')",
        "s if s else 'none'",
        "str(s < 'b' <= 'c')",
        "''.join(lines[:1] + ['new\\n'] + lines[2:])",
        "'a,b'.partition(',')[2] + 'x'.zfill(4)",
    ],
)
def test_expressions_mean_what_python_means(expression: str) -> None:
    values = {"s": TEXT, "lines": TEXT.splitlines(keepends=True)}
    assert followed(write(expression)) == eval(expression, {}, values)


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').getcwd()",
        "s.__class__.__name__",
        "open('other.txt').read()",
        "str(id(s))",
        "eval('s')",
        "getattr(s, 'upper')()",
        "str(hash(s))",
        "s.encode().decode()",
        "'{0.real}'.format(1)",
        "input()",
        "str(2 ** 9)",
        "globals()['s']",
        "str(1.5)",
        "s.translate({97: 98})",
    ],
)
def test_what_is_not_followed_is_not_guessed(expression: str) -> None:
    assert followed(write(expression)) is None


@pytest.mark.parametrize(
    "code",
    [
        "while True:\n    pass",
        "def f():\n    f()\nf()",
        "x = 'a'\nfor i in range(99):\n    x += x",
        "l = [0]\nfor i in l:\n    l.append(i)",
        "x = [1]\nfor i in range(60):\n    x = x + x",
        "'a' * 10 ** 9",
        "x = 'ab' * 999999999",
        "'%0999999999d' % 1",
        "f'{1:999999999}'",
        "x = 7\nfor i in range(99):\n    x = x * x",
        "list(range(10 ** 9))",
        "import re\nre.sub('(a+)+$', '', 'a' * 40, flags=re.M)",
        "import re\nre.sub('a', 'b' * 40000, 'a' * 40000)",
        "x = 'a' * 40000\nx.replace('a', x)",
        "sum(i for i in range(10 ** 9))",
        "x = ['a' * 40000] * 4000\n''.join(x)",
        "(" * 300 + ")" * 300,
    ],
)
def test_a_script_costs_a_bounded_amount(code: str) -> None:
    started = time.process_time()
    run_script(code + "\nopen('f.txt', 'w').write('x')", {"f.txt": TEXT}.get)
    assert time.process_time() - started < 5


def test_lines_that_were_not_shown_pass_through_and_decide_nothing() -> None:
    text = f"one\n{HIDDEN}1{HIDDEN}\nthree\n{REST}"
    assert followed("l = open('f.txt').readlines()\nl[2] = 'x\\n'\nopen('f.txt', 'w').writelines(l)", text) == (
        f"one\n{HIDDEN}1{HIDDEN}\nx\n{REST}"
    )
    for code in ("'one' in s", "len(lines) > 2", "lines[1] == 'a'", "lines[-1]", "lines[9]", "[x for x in lines]"):
        assert followed(write("str(" + code + ")"), text) is None


def test_an_exception_ends_the_script_after_what_it_wrote() -> None:
    outcome = run_script("open('f.txt', 'w').write('x')\nraise ValueError('no')", {"f.txt": TEXT}.get)
    assert outcome is not None
    assert (outcome.files, outcome.status) == ({"f.txt": "x"}, 1)


PIECES = st.sampled_from(
    [
        "for i in range(3):",
        "    s = s + 'x'",
        "if s:",
        "else:",
        "    pass",
        "s = s.replace('a', 'b')",
        "lines = s.split('\\n')",
        "del lines[0]",
        "lines.insert(1, s)",
        "lines[0:2] = ['q']",
        "open('f.txt', 'w').write(s)",
        "import re",
        "s = re.sub('(a",
        "b)+', r'\\1', s)",
        "def f(x, y=1):",
        "    return x * y",
        "s = f(s)",
        "try:",
        "except ValueError:",
        "    s = 'e'",
        "x = lines.index('beta')",
        "print(s)",
        "while s:",
        "    break",
        "assert s in lines",
        "s = f'{s}{x}'",
        "lines = [l for l in lines if l]",
        "x, *y = lines",
        "global s",
    ]
)


@settings(max_examples=300)
@given(st.lists(PIECES, max_size=12))
def test_no_script_breaks_the_reading(pieces: list[str]) -> None:
    run_script("s = open('f.txt').read()\n" + "\n".join(pieces), {"f.txt": TEXT}.get)


def test_a_long_file_written_line_by_line_is_followed() -> None:
    text = "".join(f"value_{n} = {n}\n" for n in range(8000))
    code = "l = open('f.txt').readlines()\nwith open('f.txt', 'w') as f:\n    for x in l:\n        f.write(x.upper())"
    assert followed(code, text) == text.upper()


def test_reading_a_file_that_is_open_to_write_sees_what_was_written() -> None:
    code = "f = open('f.txt', 'w')\nf.write('a')\nf.write('b')\ng = open('f.txt', 'a')\ng.write(open('f.txt').read())"
    assert followed(code) == "abab"
    assert followed("f = open('f.txt', 'r+')\ns = f.read()\nf.seek(0)\nf.write('A')\nf.truncate()") == "A"
