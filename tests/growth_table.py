"""Ways by which text of a stranger reaches readers, edits, mask and leak check, each as a function of that text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.facts import FactsOptions, facts_of
from contextpairs.builders.coding.find_edits import find_edits
from contextpairs.builders.coding.functions import BaseTexts, functions_of, named_functions
from contextpairs.builders.coding.linear_regex import UnlikeTool, linear_regex
from contextpairs.builders.coding.masked_lines import Known, attempted_lines, secrets_of
from contextpairs.builders.coding.masking import mask_trace, shared_lines
from contextpairs.builders.coding.outcome import outcome_of
from contextpairs.builders.coding.printed import printed
from contextpairs.builders.coding.rebuild import rebuild_patch, seen_texts
from contextpairs.builders.coding.shared_text import passages_of, shared_text
from contextpairs.builders.coding.symbols import definitions
from contextpairs.builders.coding.token_runs import LOOKED, KnownTokens, TokenRuns, joined
from contextpairs.builders.coding.turn_text import TurnText
from contextpairs.data.code.patch import parse_patch, render_patch, reverse_patch
from contextpairs.data.code.trajectory import Instance, Message, Trajectory
from contextpairs.data.sources.files.faults import RowFault
from contextpairs.data.sources.trajectories.formats import record_trajectory
from contextpairs.data.sources.trajectories.identity import quoted_issue
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.filters.coding.ambiguity import ambiguity
from contextpairs.filters.coding.budget import BudgetOptions, fit_pair
from contextpairs.filters.coding.cleaning import clean_messages, clean_text
from contextpairs.filters.coding.contamination import ContaminationOptions, EvaluationInstances
from contextpairs.filters.coding.decidable import own_length, own_text, undecidable, untold
from contextpairs.filters.coding.duplicates import DuplicateOptions, context_reason
from contextpairs.filters.coding.echoes import without_echoes
from contextpairs.filters.coding.leakage import pair_leaks
from contextpairs.filters.coding.measures import features_of, file_names
from contextpairs.filters.coding.redaction import redact, redact_messages

PATCH = """--- a/store/shelf.py
+++ b/store/shelf.py
@@ -19,7 +19,12 @@ class Shelf:
     def free(self, extra: Tuple[Number, ...]):
         left = self.width - self.used()
-        if left < 0:
-            return empty_row
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
    return "\n".join(
        ["--- a/store/shelf.py", "+++ b/store/shelf.py", f"@@ -1,1 +1,{len(lines)} @@", *(tag + line for line in lines)]
    )


def _secrets(text: str) -> object:
    files = parse_patch(_patch(text))
    secrets = secrets_of([files, OTHER_FILES])
    turns = [*HEAD, Message("tool", "return left\n" + text[:1_000])]
    return mask_trace(turns, [], secrets)


def _old_secrets(text: str) -> object:
    return secrets_of([parse_patch(_patch(text, "-")), OTHER_FILES])


def _known(text: str) -> object:
    reading = TurnText(text)
    return secrets_of([FILES, OTHER_FILES], [[text]], [Known([reading])] * 2)


def _known_by_places(text: str) -> object:
    known = KnownTokens(joined([TurnText(text)]), looked=LOOKED + 1)
    TokenRuns().add([text], known)
    return known


def _attempt(text: str) -> object:
    turns = [
        Message("assistant", f"edit 1:2\n{text}\nend_of_edit"),
        Message("tool", "[File: /x/store/shelf.py (9 lines total)]"),
    ]
    edits = find_edits([Message("user", "(Open file: /x/store/shelf.py)"), *turns])
    return [attempted_lines(edit, Known()) for edit in edits]


def _patch_leaks(text: str) -> object:
    return pair_leaks([[*HEAD, Message("tool", "return left")], HEAD], [parse_patch(_patch(text)), OTHER_FILES])


def _shared(text: str) -> object:
    trace = [Message("user", text), *HEAD]
    return mask_trace(trace, [], SECRETS, (), shared_lines(trace, trace)), pair_leaks(
        [trace, trace], [FILES, OTHER_FILES]
    )


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
        return rebuild_patch(turns, edits)

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
    run = Trajectory(
        "acme__store-1", [*HEAD, Message("tool", text)], "x.jsonl", 0, "chat", issue=text, patch=PATCH, test_log=text
    )
    return facts_of(run, FactsOptions())


def _facts_of_patch(text: str) -> object:
    run = Trajectory(
        "acme__store-1", HEAD, "x.jsonl", 0, "chat", patch=_patch(text), gold_patch=text, report={"x": text}
    )
    return facts_of(run, FactsOptions())


def _outcome(text: str) -> object:
    return outcome_of(
        Trajectory("acme__store-1", HEAD, "x", 0, "chat", test_log=text, exit_status=text, report={"x": text})
    )


def _patches(text: str) -> object:
    files = parse_patch(text)
    return render_patch(files), reverse_patch(text), render_patch(parse_patch(_patch(text)))


def _compared(text: str) -> object:
    """No longer than `max_patch_chars` lets answers be: a quote that nothing closes is looked for at each of them."""
    text = text[:12_000]
    one, two = parse_patch(_patch(text)), parse_patch(_patch(text + " x"))
    return ambiguity(one, two), undecidable([one, two], [text, text]), untold([one, two], [text, text], text)


def _regex(text: str) -> object:
    found = []
    for expression in (r"(a+)+$", r"(\w+\s*)+=", r"(?s)x.*y|.", text[:200]):
        try:
            found.append(len(linear_regex(expression).found(text)))
        except UnlikeTool:
            found.append(-1)
    return found


def _named_by_hunk(text: str) -> object:
    patches = [_patch(text), _patch(text, "-"), PATCH.replace("class Shelf:", text.replace("\n", " "))]
    endings = ("py", "js", "go", "rs", "txt")
    files = [parse_patch(patch.replace("shelf.py", f"shelf.{each}")) for patch in patches for each in endings]
    return [named_functions(each, BaseTexts(shared={"store/shelf.py": text.split("\n")})) for each in files]


def _shared_by_runs(text: str) -> object:
    call = f"<<<<<<< SEARCH\n{text}\n=======\nx\n>>>>>>> REPLACE"
    turns = [
        Message("assistant", "file_path: store/shelf.py"),
        Message("tool", text),
        Message("assistant", f"store/shelf.py\n```\n{call}\n```"),
    ]
    passages = passages_of(turns, find_edits(turns), ["store/shelf.py"]).get("store/shelf.py", [])
    lines = text.split("\n")
    hunks = [hunk for file in [*FILES, *parse_patch(_patch(text, "-"))] for hunk in file.hunks]
    return shared_text([lines, ["", *lines]], hunks, [*passages, lines])


def _record(made: Callable[[str], object]) -> Callable[[str], object]:
    """A record of some harness, through the reader that takes it."""

    def read(text: str) -> object:
        try:
            return record_trajectory(made(text), SourceOptions(), "acme__store-1.json", 0)
        except RowFault as fault:
            return fault

    return read


WAYS: dict[str, Callable[[str], object]] = {
    "masked in a tool's words": _mask("tool"),
    "masked in an agent's words": _mask("assistant"),
    "masked where one name stands for another": lambda text: _mask("assistant")(f"Replace empty_row with max. {text}"),
    "an output that is cut": lambda text: printed(f"... {text} omitted\n{text}\n[skip {text}"),
    "masked behind a hunk": lambda text: _mask("tool")(
        f"--- a/store/shelf.py\n@@ -1,999999999 +1,999999999 @@\n{text}"
    ),
    "masked among hunks": lambda text: _mask("tool")(f"--- a/x.py\n+++ b/x.py\n{text}\n@@ -1 +1 @@\n+a shelf.py"),
    "looked through for leaks between words": lambda text: _leaks(f"[-{text}-] return {text} max(left, 0) {{+{text}"),
    "masked where both traces have it": _shared,
    "looked through for leaks": _leaks,
    "a patch looked for": _patch_leaks,
    "a patch of secrets": _secrets,
    "a patch of old lines": _old_secrets,
    "known before": _known,
    "known by places": _known_by_places,
    "an attempt": _attempt,
    "an agent's bash": _edits("```bash\nTEXT\n```"),
    "an agent's heredoc": _edits("```bash\ncat > store/shelf.py << 'EOF'\nTEXT\nEOF\n```"),
    "an agent's diff": _edits("```bash\ngit apply << 'EOF'\nTEXT\nEOF\n```"),
    "an agent's sed": _edits("```bash\nsed -i 's/TEXT/x/' store/shelf.py\n```"),
    "an agent's sed text": _edits("```bash\nsed -i '1a TEXT' store/shelf.py\n```"),
    "an agent's sed script": _edits("```bash\nsed -i 'TEXT' store/shelf.py\n```"),
    "an agent's script": _edits("```bash\npython3 - << 'EOF'\nTEXT\nopen('x').write('')\nEOF\n```"),
    "an agent's script of strings": _edits(
        "```bash\npython3 - << 'EOF'\nimport re\np = 'store/shelf.py'\ns = open(p).read()\n"
        "s = s.replace('''TEXT''', 'x')\ns = re.sub(r'''TEXT''', 'x', s)\nopen(p, 'w').write(s)\nEOF\n```"
    ),
    "an agent's tool call": _edits(
        "<function=str_replace_editor>\n<parameter=command>str_replace</parameter>\n"
        "<parameter=path>/testbed/store/shelf.py</parameter>\n<parameter=old_str>TEXT</parameter>\n"
        "<parameter=new_str>x TEXT</parameter>\n</function>"
    ),
    "an agent's rendered call": _edits(
        "str_replace_editor\ncommand:\nstr_replace\npath:\n/testbed/store/shelf.py\nold_str:\nTEXT\nnew_str:\nTEXT x"
    ),
    "an agent's block": _edits("store/shelf.py\n```\n<<<<<<< SEARCH\nTEXT\n=======\nx TEXT\n>>>>>>> REPLACE\n```"),
    "an agent's blocks": _edits(">>>>>>> REPLACE\nTEXT"),
    "an agent's window": _edits("edit 1:2\nTEXT\nend_of_edit"),
    "an agent's windows": _edits("end_of_edit\nTEXT"),
    "an agent's replacement": _edits("file_path: store/shelf.py\nstart_line: 1\nend_line: 2\nreplacement_code:\nTEXT"),
    "an agent's calls": _edits("<function=str_replace_editor> edit_via_str_replace\npath: bash\ncommand:\n TEXT"),
    "an agent's echo": _edits('```bash\necho "TEXT" > store/shelf.py\n```'),
    "an edit of a shown text": lambda text: _edits(
        f"```bash\ncat > store/shelf.py << 'EOF'\n{text}\nEOF\n```\n```bash\n"
        "sed -i 's/a/b/g; 1,3d; $d' store/shelf.py\n"
        "git checkout -- store/shelf.py; cat >> store/shelf.py <<EOF\nTEXT\nEOF\n```"
    )(text),
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
    "cleaned": lambda text: (clean_text(text), clean_messages([Message("tool", text)])),
    "an echo": lambda text: without_echoes(
        [Message("assistant", text), Message("tool", text), Message("tool", text[1:])]
    ),
    "an agent's own text": lambda text: own_length(own_text([Message("assistant", text)], re.compile("x"))),
    "a regular expression": _regex,
    "read as chat": _record(
        lambda text: {
            "instance_id": "acme__store-1",
            "messages": [
                {"role": "user", "content": text},
                {
                    "role": "assistant",
                    "content": [{"type": "text", "text": text}],
                    "tool_calls": [
                        {"id": "1", "function": {"name": "bash", "arguments": json.dumps({"command": text})}}
                    ],
                },
            ],
        }
    ),
    "read as mini-swe-agent": _record(
        lambda text: {
            "instance_id": "acme__store-1",
            "info": {"submission": text},
            "messages": [{"role": "user", "content": text}, {"role": "assistant", "content": text}],
            "trajectory_format": "mini-swe-agent-1",
        }
    ),
    "read as SWE-agent": _record(
        lambda text: {
            "environment": "swe_main",
            "info": {"submission": text},
            "trajectory": [{"action": text, "observation": text, "response": text, "thought": text}],
            "history": [{"role": "user", "content": text}, {"role": "assistant", "content": text}],
        }
    ),
    "read as OpenHands": _record(
        lambda text: {
            "instance_id": "acme__store-1",
            "test_result": {"git_patch": text},
            "history": [
                {"id": 1, "source": "user", "action": "message", "args": {"content": text}, "message": text},
                {
                    "id": 2,
                    "source": "agent",
                    "action": "run",
                    "args": {"command": text, "thought": text},
                    "message": text,
                },
                {
                    "id": 3,
                    "source": "agent",
                    "observation": "run",
                    "content": text,
                    "extras": {"command": text},
                    "message": text,
                },
            ],
        }
    ),
    "read as SWE-agent's steps": _record(
        lambda text: {"trajectory": [{"action": text, "observation": text, "response": text, "thought": text}]}
    ),
    "read as ATIF": _record(
        lambda text: {
            "schema_version": "ATIF-v1",
            "session_id": "acme__store-1",
            "steps": [
                {"source": "user", "message": text},
                {"source": "agent", "message": text, "observation": {"results": [{"content": text}]}},
            ],
        }
    ),
    "read as OpenHands' events": _record(
        lambda text: {
            "instance_id": "acme__store-1",
            "test_result": {"git_patch": text},
            "history": [
                {"kind": "MessageEvent", "source": "user", "llm_message": {"role": "user", "content": text}},
                {
                    "kind": "ActionEvent",
                    "source": "agent",
                    "thought": [{"type": "text", "text": text}],
                    "action": {"kind": "ExecuteBashAction", "command": text},
                    "tool_name": "bash",
                    "tool_call_id": "1",
                },
                {
                    "kind": "ObservationEvent",
                    "source": "environment",
                    "tool_call_id": "1",
                    "observation": {"content": [{"type": "text", "text": text}], "command": text, "exit_code": 0},
                },
            ],
        }
    ),
    "read as a completion": _record(
        lambda text: {
            "instance_id": "acme__store-1",
            "resolved": text,
            "messages": [{"role": text[:20], "content": text}, {"role": "tool", "content": text}],
            "response": {"choices": [{"message": {"content": text}}]},
        }
    ),
    "read as aider": _record(
        lambda text: {
            "instance_id": "acme__store-1",
            "messages": [
                {"role": "user", "content": f"Aider v0.50.1\n{text}"},
                {"role": "assistant", "content": f"#### {text}\n#### x\n{text}"},
                {"role": "user", "content": text},
            ],
        }
    ),
    "a shown file without numbers": lambda text: passages_of(
        [*HEAD, Message("assistant", "open store/shelf.py"), Message("tool", text)],
        [Edit(9, 0, 0, "replace", "store/shelf.py", text, "x")],
        ["store/shelf.py"],
    ),
    "an issue quoted": lambda text: quoted_issue([Message("user", text)]),
    "an evaluation issue": lambda text: EvaluationInstances(
        ContaminationOptions(), [Instance("a__b-1", issue=text)]
    ).check("a/b", "a__b-1", text),
    "cut to fit": lambda text: fit_pair(
        "Which?",
        PATCH,
        ([*HEAD, Message("tool", text), Message("tool", "x")], {3}),
        ([*HEAD, Message("assistant", text)], set()),
        BudgetOptions(),
    ),
    "measured": lambda text: (
        features_of(text),
        file_names(PATCH, [text]),
        context_reason([Message("tool", text)], [Message("tool", text + "x")], DuplicateOptions()),
    ),
    "definitions": lambda text: [
        definitions.__wrapped__(language, text) for language in ("python", "javascript", "go")
    ],
    "functions named by a hunk": _named_by_hunk,
    "text that runs share": _shared_by_runs,
    "functions": lambda text: functions_of(FILES, {"store/shelf.py": text.split("\n")}),
}
"""By name, what a text is and how it is taken in."""
