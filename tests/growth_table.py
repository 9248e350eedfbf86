"""Ways by which text of a stranger reaches readers, edits, mask and leak check, each as a function of that text."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from re import _constants as tokens  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import CodeType, FunctionType, ModuleType
from typing import Any

import contextpairs.builders.coding
import contextpairs.data.code
import contextpairs.filters.coding
from contextpairs.builders.coding.facts import FactsOptions, facts_of
from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.linear_regex import UnlikeTool, linear_regex
from contextpairs.builders.coding.masked_lines import Known, attempted_lines, secrets_of
from contextpairs.builders.coding.masking import mask_trace, shared_lines
from contextpairs.builders.coding.outcome import outcome_of
from contextpairs.builders.coding.rebuild import rebuild_patch, seen_texts
from contextpairs.builders.coding.retold import words_of
from contextpairs.builders.coding.token_runs import joined
from contextpairs.builders.coding.turn_text import TurnText
from contextpairs.data.code.patch import parse_patch, render_patch, reverse_patch
from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.filters.coding.ambiguity import ambiguity
from contextpairs.filters.coding.cleaning import clean_text
from contextpairs.filters.coding.decidable import own_length, own_text, undecidable
from contextpairs.filters.coding.echoes import without_echoes
from contextpairs.filters.coding.leakage import pair_leaks
from contextpairs.filters.coding.redaction import redact, redact_messages

PACKAGES = (contextpairs.builders.coding, contextpairs.filters.coding, contextpairs.data.code)
PATCH = """--- a/store/shelf.py
+++ b/store/shelf.py
@@ -19,7 +19,12 @@ class Shelf:
     def free(self, extra: Tuple[Number, ...]):
         left = self.width - self.used()
-        if left < 0:
-            return left
+        # Check if the `db_table` is defined in the options of its model
+        if self.options.db_table in extra and not left.is_overfull(self.boxes):
+            return max(left, 0)
+        # empty shelf keeps
+        row = [1, 2, 3, 4, 5]
+        | 1 | 2 | 3 |
+        keep = "a\\\\b"
         return left
"""
OTHER = PATCH.replace("max(left, 0)", "min(left, 9)").replace("empty shelf", "other board")
FILES, OTHER_FILES = parse_patch(PATCH), parse_patch(OTHER)
SECRETS = secrets_of([FILES, OTHER_FILES])
HEAD = [Message("user", "An issue of `Shelf.free`."), Message("assistant", "I start.")]
LISTED = "     1\tdef free(self):\n     2\t    return left\n"


def _mask(role: str) -> Callable[[str], object]:
    def masked(text: str) -> object:
        turns = [*HEAD, Message(role, text)]
        return mask_trace(turns, find_edits(turns), SECRETS)

    return masked


def _leaks(text: str) -> object:
    return pair_leaks([[*HEAD, Message("tool", text)], HEAD], [FILES, OTHER_FILES])


def _patch(text: str, tag: str = "+") -> str:
    lines = text.split("\n")
    return "\n".join(["--- a/store/shelf.py", "+++ b/store/shelf.py", f"@@ -1,1 +1,{len(lines)} @@", *(tag + line for line in lines)])


def _secrets(text: str) -> object:
    files = parse_patch(_patch(text))
    secrets = secrets_of([files, OTHER_FILES])
    turns = [*HEAD, Message("tool", "return left\n" + text[:1_000])]
    return mask_trace(turns, [], secrets)


def _old_secrets(text: str) -> object:
    return secrets_of([parse_patch(_patch(text, "-")), OTHER_FILES])


def _known(text: str) -> object:
    reading = TurnText(text)
    return secrets_of([FILES, OTHER_FILES], [[text]], [Known(joined([reading]), words_of([reading]))] * 2)


def _attempt(text: str) -> object:
    turns = [Message("assistant", f"edit 1:2\n{text}\nend_of_edit"), Message("tool", "[File: /x/store/shelf.py (9 lines total)]")]
    edits = find_edits([Message("user", "(Open file: /x/store/shelf.py)"), *turns])
    return [attempted_lines(edit, Known()) for edit in edits]


def _patch_leaks(text: str) -> object:
    return pair_leaks([[*HEAD, Message("tool", "return left")], HEAD], [parse_patch(_patch(text)), OTHER_FILES])


def _shared(text: str) -> object:
    trace = [Message("user", text), *HEAD]
    return mask_trace(trace, [], SECRETS, (), shared_lines(trace, trace)), pair_leaks([trace, trace], [FILES, OTHER_FILES])


def _edits(template: str) -> Callable[[str], object]:
    """A turn of the agent's in which the text stands for `TEXT`, its edits followed on a listed file."""

    def found(text: str) -> object:
        turns = [
            *HEAD,
            Message("assistant", "```bash\ncat -n store/shelf.py\n```"),
            Message("tool", LISTED),
            Message("assistant", template.replace("TEXT", text)),
            Message("tool", "<returncode>0</returncode>\n<output>\n</output>"),
        ]
        edits = find_edits(turns)
        return rebuild_patch(turns, edits), mask_trace(turns, edits, SECRETS)

    return found


def _shown(command: str, output: str = "TEXT") -> Callable[[str], object]:
    """What a tool shows of a file, then an edit of it."""

    def found(text: str) -> object:
        turns = [
            *HEAD,
            Message("assistant", f"```bash\n{command}\n```"),
            Message("tool", output.replace("TEXT", text)),
            Message("assistant", "```bash\nsed -i 's/left/right/; /def/,/return/d; s/^ *//' store/shelf.py\n```"),
            Message("tool", ""),
        ]
        edits = find_edits(turns)
        return rebuild_patch(turns, edits), seen_texts(turns, edits, {"store/shelf.py"})

    return found


def _facts(text: str) -> object:
    run = Trajectory("acme__store-1", [*HEAD, Message("tool", text)], "x.jsonl", 0, "chat", issue=text, patch=PATCH, test_log=text)
    return facts_of(run, FactsOptions())


def _facts_of_patch(text: str) -> object:
    run = Trajectory("acme__store-1", HEAD, "x.jsonl", 0, "chat", patch=_patch(text), gold_patch=text, report={"x": text})
    return facts_of(run, FactsOptions())


def _outcome(text: str) -> object:
    return outcome_of(Trajectory("acme__store-1", HEAD, "x", 0, "chat", test_log=text, exit_status=text, report={"x": text}))


def _patches(text: str) -> object:
    files = parse_patch(text)
    return render_patch(files), reverse_patch(text), render_patch(parse_patch(_patch(text)))


def _compared(text: str) -> object:
    one, two = parse_patch(_patch(text)), parse_patch(_patch(text + " x"))
    return ambiguity(one, two), undecidable([one, two], [text, text])


def _regex(text: str) -> object:
    found = []
    for expression in (r"(a+)+$", r"(\w+\s*)+=", r"(?s)x.*y|.", text[:200]):
        try:
            found.append(len(linear_regex(expression).found(text)))
        except UnlikeTool:
            found.append(-1)
    return found


WAYS: dict[str, Callable[[str], object]] = {
    "masked in a tool's words": _mask("tool"),
    "masked in an agent's words": _mask("assistant"),
    "masked where both traces have it": _shared,
    "looked through for leaks": _leaks,
    "a patch looked for": _patch_leaks,
    "a patch of secrets": _secrets,
    "a patch of old lines": _old_secrets,
    "known before": _known,
    "an attempt": _attempt,
    "an agent's bash": _edits("```bash\nTEXT\n```"),
    "an agent's heredoc": _edits("```bash\ncat > store/shelf.py << 'EOF'\nTEXT\nEOF\n```"),
    "an agent's diff": _edits("```bash\ngit apply << 'EOF'\nTEXT\nEOF\n```"),
    "an agent's sed": _edits("```bash\nsed -i 's/TEXT/x/' store/shelf.py\n```"),
    "an agent's sed text": _edits("```bash\nsed -i '1a TEXT' store/shelf.py\n```"),
    "an agent's sed script": _edits("```bash\nsed -i 'TEXT' store/shelf.py\n```"),
    "an agent's script": _edits("```bash\npython3 - << 'EOF'\nTEXT\nopen('x').write('')\nEOF\n```"),
    "an agent's script of strings": _edits("```bash\npython3 - << 'EOF'\nimport re\np = 'store/shelf.py'\ns = open(p).read()\n"
      "s = s.replace('''TEXT''', 'x')\ns = re.sub(r'''TEXT''', 'x', s)\nopen(p, 'w').write(s)\nEOF\n```"),
    "an agent's tool call": _edits("<function=str_replace_editor>\n<parameter=command>str_replace</parameter>\n"
      "<parameter=path>/testbed/store/shelf.py</parameter>\n<parameter=old_str>TEXT</parameter>\n"
      "<parameter=new_str>x TEXT</parameter>\n</function>"),
    "an agent's rendered call": _edits("str_replace_editor\ncommand:\nstr_replace\npath:\n/testbed/store/shelf.py\nold_str:\nTEXT\n"
      "new_str:\nTEXT x"),
    "an agent's block": _edits("store/shelf.py\n```\n<<<<<<< SEARCH\nTEXT\n=======\nx TEXT\n>>>>>>> REPLACE\n```"),
    "an agent's blocks": _edits(">>>>>>> REPLACE\nTEXT"),
    "an agent's window": _edits("edit 1:2\nTEXT\nend_of_edit"),
    "an agent's windows": _edits("end_of_edit\nTEXT"),
    "an agent's replacement": _edits("file_path: store/shelf.py\nstart_line: 1\nend_line: 2\nreplacement_code:\nTEXT"),
    "an agent's calls": _edits("<function=str_replace_editor> edit_via_str_replace\npath: bash\ncommand:\n TEXT"),
    "an agent's echo": _edits("```bash\necho \"TEXT\" > store/shelf.py\n```"),
    "shown numbered": _shown("cat -n store/shelf.py"),
    "shown plain": _shown("cat store/shelf.py"),
    "shown by grep": _shown("grep -n x store/shelf.py"),
    "shown by an editor": _shown("view", "Here's the result of running `cat -n` on /testbed/store/shelf.py:\nTEXT"),
    "shown in a window": _shown("open", "[File: /testbed/store/shelf.py (9 lines total)]\nTEXT"),
    "shown by mini": _shown("cat store/shelf.py", "<returncode>0</returncode>\n<output>\nTEXT\n</output>"),
    "shown as a diff": _shown("edit", "diff:\n--- a/store/shelf.py\n+++ b/store/shelf.py\n@@ -1,2 +1,2 @@\nTEXT"),
    "facts": _facts,
    "facts of a patch": _facts_of_patch,
    "an outcome": _outcome,
    "a patch": _patches,
    "two patches": _compared,
    "redacted": lambda text: (redact(text), redact_messages([*HEAD, Message("tool", text)])),
    "cleaned": clean_text,
    "an echo": lambda text: without_echoes([Message("assistant", text), Message("tool", text), Message("tool", text[1:])]),
    "an agent's own text": lambda text: own_length(own_text([Message("assistant", text)], re.compile("x"))),
    "a regular expression": _regex,
}  # fmt: skip
"""By name, what a text is and how it is taken in."""


def modules() -> list[ModuleType]:
    """The modules in which strangers' text is read."""
    return [
        import_module(f"{package.__name__}.{each.name}") for package in PACKAGES for each in iter_modules(package.__path__)
    ]


def taking_text() -> dict[CodeType, str]:
    """Every function and method of the modules with a parameter of text, by its code."""
    found: dict[CodeType, str] = {}
    for module in modules():
        for owner in (module, *(each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__)):
            for name, each in vars(owner).items():
                function = getattr(each, "__func__", getattr(each, "fget", getattr(each, "func", getattr(each, "__wrapped__", each))))
                if isinstance(function, FunctionType) and function.__module__ == module.__name__ and _takes_text(function):
                    found[function.__code__] = f"{module.__name__.removeprefix('contextpairs.')}.{function.__qualname__}"
    return found


def _takes_text(function: FunctionType) -> bool:
    return any(re.search(r"\bstr\b|\bMatch\b", str(kind)) for name, kind in function.__annotations__.items() if name != "return")


def literals() -> Iterator[str]:
    """What stands as it is in the compiled expressions of the modules: runs of characters."""
    seen: set[str] = set()
    for module in modules():
        for value in vars(module).values():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                for run in _runs(parser.parse(value.pattern, value.flags)):
                    if run and run not in seen:
                        seen.add(run)
                        yield run


def _runs(parts: Any) -> Iterator[str]:
    run = ""
    for kind, value in parts:
        if kind is tokens.LITERAL:
            run += chr(value)
            continue
        yield run
        run = ""
        yield from (each for part in _inner(value) for each in _runs(part))
    yield run


def _inner(value: Any) -> Iterator[Any]:
    if isinstance(value, parser.SubPattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from _inner(each)


NASTY = (
    "1", "1,", "1:", "1: ", "replace ", "replace a with ", "(1 ", "| 1 ", "`", "{+", "[-a", "[-a{+b", "{+a+}", "[-", "# ", "(", ")", "\\",
    "[masked: edit]", "[masked: patch code] ", "returnmaxleft0", "return max(left, 0)", "return max(left, 0)\n", "return max((left, 0",
    "`max(left, 0)`", "empty shelf keeps ", "ranked_spans: [", " ", "\t", "\r", "\n", "\r\n", " \n", "a ", "a", "aA", "a.", "é", "a\n",
    "@@ -1 +1 @@\n", "@@ -1,1 +1,999999999 @@\n", "@@ -1,9 +1,9 @@\n+", "+\n", "-\n", "--- a\n", "+++ b\n", "diff --git a/x b/x\n",
    "diff --git a/", "<issue", "<issue>", "```", "```bash\n", "```bash\nsed ", "$(", "$(cat <<", "<<EOF\n", "'", '"', '"\\', "${a", "''", "\\\n",
    "cat a\n", ";", "a;", "a|", "sed -i s/a/b/ c\n", "/a/,", "s/a/b/;", "s/", "f(", "[", "{", "x = [\n", "if x:\n ", "not ", "-", "a-", "...",
    "<", ">", "&", "&amp;", "&lt;", "\\x41", "\\u0041", "\\n", "\x1b[", "\x1b]", "\x08", "\x1b[K", "[0m", "[31m", "a@", "a@b.", "://a:",
    "://a:b@", "/home/", "key=", "AKIA", "-----BEGIN ", "-----BEGIN PRIVATE KEY-----", "eyJ", "sk-", "E  ", "> ", ">>> ", "  1: ", "1\t",
    "L1: ", "a.py:1:", "a.py-1-", "[File: /a (", "[1] ", "~", "^", "^ ~", "index a..b", "old_str:\n", "<parameter=", "<function=",
    "bash\ncommand:\n", "\nbash\ncommand:\n", "<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "edit 1:2\n", "create a\n",
    "PASSED a\n", "FAILED a::b\n", "a => ", "1 → ", "Tokens: ", "new_span_ids: [", "- a\n", "* a\n", "a_b", "aB", ".", "! ", "? ", "a. ",
    "def f(\n", "class A:\n", "def f():\n", "  def f():\n", "@a\n", "\x00", "\ud800", "/", "a/", "../", "a,", "=", "==", "**", "//", "u\"",
)  # fmt: skip
"""Fillings that readers of text have stumbled over, or may."""
