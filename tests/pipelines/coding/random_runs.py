"""Runs that no agent made: edit commands, patches and records of random pieces, the same for the same seed."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

PIECES = (
    "a", "b", "left", "return left", "x = 1", "store/shelf.py", "f.py", "/testbed/store/shelf.py", "../f", "1", "99",
    "$", "0", " ", "  ", "\t", "\n", "\r\n", "\\n", "\\", "/", "|", ",", ";", "'", "\"", "`", "{", "}", "(", ")", "[",
    "]", "*", "+", "?", "\\(", "\\)", "\\1", "\\9", "&", "^", ".", "[^a]", "[[:space:]]", "(a+)+", "(?<n>",
    "(?P<n>a)", "{2,1}", "{99999}", "\\g<2>", "\\U", "\\d", "\\b", "é", "\u2028", "\x00", "\ud800", "😀", "#", "# ",
    "@@ -1 +1 @@", "@@ -0,0 +1,9 @@", "@@ -1,999999999 +1 @@", "--- a/f.py", "+++ b/f.py", "--- /dev/null",
    "diff --git a/f.py b/f.py", "+x", "-x", " x", "-", "| 1 | 2 | 3 |", "\"\\n\\n\\n\\n\"", "0    1    2    3", "EOF",
    "<<EOF", "$(cat", "if", "else:", "    ", "[masked: edit]", "```", "class A:", "def f(self):", "s", "d", "i", "c",
    "g", "p", "12,14", "/a/,/b/", "+3", "2q", "N;", "def", "import re",
)  # fmt: skip


def text(random: Random, most: int = 8) -> str:
    """Some pieces in a row."""
    return "".join(random.choice(PIECES) for _ in range(random.randint(0, most)))


def patch(random: Random) -> str:
    """Hunks of random lines, whose counts may be wrong."""
    path = random.choice(("store/shelf.py", "f.py", "tests/test_f.py", text(random, 2)))
    hunks = []
    for _ in range(random.randint(0, 3)):
        lines = [random.choice("+- ") + text(random, 5).replace("\n", "") for _ in range(random.randint(0, 6))]
        counts = [sum(line[0] in tags for line in lines) + random.choice((0, 0, 0, 1, -1)) for tags in ("- ", "+ ")]
        hunks.append(
            f"@@ -{random.randint(0, 40)},{counts[0]} +{random.randint(0, 40)},{counts[1]} @@ {text(random, 2)}"
        )
        hunks += lines
    return "\n".join([f"--- a/{path}", f"+++ b/{path}", *hunks]) + random.choice(("", "\n"))


ADDRESSES = ("3", "2,9", "$", "/a/", "/b/,/c/", "0,/x/", "5,+2")
COMMANDS: tuple[Callable[[Random], str], ...] = (
    lambda r: f"sed -i{r.choice(('', '.bak', ' -E', ' -r -e', ' -n', 'z'))} '{text(r)}' store/shelf.py",
    lambda r: f"sed -i 's/{text(r)}/{text(r, 4)}/{r.choice(('', 'g', 'I', '2', 'p'))}' store/shelf.py",
    lambda r: f"sed -i -E 's|{text(r)}|{text(r, 4)}|; {text(r, 3)}' store/shelf.py",
    lambda r: f"sed -i '{r.choice(ADDRESSES)}{r.choice('sdiac')}{text(r)}' store/shelf.py",
    lambda r: f"cat {r.choice(('>', '>>'))} store/shelf.py << '{r.choice(('EOF', 'E', ''))}'\n{text(r, 20)}\nEOF",
    lambda r: f'echo {r.choice(("", "-e ", "-n "))}"{text(r)}" {r.choice((">", ">>", "| tee"))} store/shelf.py',
    lambda r: f"git apply << 'EOF'\n{patch(r)}\nEOF",
    lambda r: f"patch -p1 <<EOF\n{patch(r)}{text(r)}\nEOF",
    lambda r: f"git {r.choice(('checkout', 'restore', 'stash', 'stash pop', 'reset --hard', 'diff'))} {text(r, 2)}",
    lambda r: f"{r.choice(('mv', 'cp', 'rm'))} {text(r, 2)} store/shelf.py",
    lambda r: (
        "python3 - <<'EOF'\nimport re\np = 'store/shelf.py'\ns = open(p).read()\n"
        f"s = s.replace({text(r)!r}, {text(r)!r})\n"
        f"s = re.sub({text(r)!r}, {text(r, 4)!r}, s{r.choice(('', ', count=1', ', flags=re.S'))})\n"
        "open(p, 'w').write(s)\nEOF"
    ),
    lambda r: f"python -c \"{text(r, 12)}\nopen('store/shelf.py', 'w').write({text(r, 4)!r})\"",
    lambda r: (
        "python3 - <<'EOF'\nlines = open('store/shelf.py').readlines()\n"
        f"lines[{r.randint(-3, 9)}:{r.randint(-3, 9)}] = [{text(r, 3)!r}]\n"
        "open('store/shelf.py', 'w').writelines(lines)\nEOF"
    ),
    lambda r: f"perl -pi -e 's/{text(r)}/{text(r)}/{r.choice(('', 'g'))}' store/shelf.py",
    lambda r: f"edit_via_str_replace store/shelf.py -- '{text(r)}' '{text(r)}'",
    lambda r: text(r, 20),
)
"""Shell commands by which files are changed, filled with anything."""
TURNS: tuple[Callable[[Random], str], ...] = (
    *(lambda r: f"Now.\n```bash\n{r.choice(COMMANDS)(r)}\n```",) * 6,
    lambda r: f"<function=execute_bash>\n<parameter=command>{r.choice(COMMANDS)(r)}</parameter>\n</function>",
    lambda r: (
        "<function=str_replace_editor>\n<parameter=command>str_replace</parameter>\n"
        f"<parameter=path>/testbed/store/shelf.py</parameter>\n<parameter=old_str>{text(r)}</parameter>\n<parameter=new_str>{text(r)}</parameter>\n</function>"
    ),
    lambda r: (
        "str_replace_editor\ncommand:\ninsert\npath:\n/testbed/store/shelf.py\ninsert_line:\n"
        f"{r.choice(('3', '0', text(r, 1)))}\nnew_str:\n{text(r)}"
    ),
    lambda r: f"store/shelf.py\n```\n<<<<<<< SEARCH\n{text(r)}\n=======\n{text(r)}\n>>>>>>> REPLACE\n```",
    lambda r: f"edit {r.randint(0, 20)}:{r.randint(0, 20)}\n{text(r)}\nend_of_edit",
    lambda r: (
        f"file_path: store/shelf.py\nstart_line: {r.randint(0, 9)}\nend_line: {r.randint(0, 9)}\n"
        f"replacement_code:\n{text(r)}"
    ),
)
SHOWN = "".join(
    f"    {number:>3}\t    {line}\n" for number, line in enumerate(("class A:", "x = 1", "left = a", "return left"), 1)
)
OUTPUTS: tuple[Callable[[Random], str], ...] = (
    lambda r: text(r, 20),
    lambda _: "",
    lambda _: SHOWN,
    lambda r: f"<returncode>{r.choice((0, 1, -9))}</returncode>\n<output>\n{text(r)}\n</output>",
    lambda r: f"diff:\n{patch(r)}",
    lambda r: f"Here's the result of running `cat -n` on /testbed/store/shelf.py:\n{SHOWN}{text(r)}",
    lambda r: f"[File: /testbed/store/shelf.py ({r.randint(0, 99)} lines total)]\n{r.randint(0, 10**9)}:{text(r)}",
    patch,
)


def turns(random: Random, commands: int) -> list[dict[str, str]]:
    """A run with so many edit commands."""
    told = [{"role": "user", "content": f"<issue>\nThe shelf is wrong. {text(random)}\n</issue>"}]
    for _ in range(commands):
        told.append(
            {
                "role": "assistant",
                "content": f"I edit because {text(random)}. " * random.randint(1, 9) + random.choice(TURNS)(random),
            }
        )
        told.append({"role": random.choice(("tool", "user")), "content": random.choice(OUTPUTS)(random)})
    return told


def record(number: int, commands: int = 2) -> dict[str, Any]:
    """Record `number`, of which four are of one instance; some fields are not as they should be."""
    random = Random(f"run {number}")
    made: dict[str, Any] = {
        "instance_id": f"acme__store-{number // 4}",
        "repo": "acme/store",
        "base_commit": f"{number // 4:08x}",
        "messages": turns(random, commands),
        "patch": random.choice((patch(random), patch(random), None, "", text(random, 20))),
        "resolved": random.choice((True, False, None)),
    }
    if random.random() < 0.2:
        made[random.choice(list(made))] = random.choice(
            (None, 7, "", [], {}, [1], text(random), [{"role": 3}], True, 1.5)
        )
    if random.random() < 0.1:
        made["messages"] = json.dumps(made["messages"])
    return made
