"""The fixed texts around a run: the system turn, the task, and how an observation is shown."""

from __future__ import annotations

LIMIT = 10_000
"""Characters above which an output is shown in two halves."""

SYSTEM = """You are an assistant who works on a code base through a shell, one command at a time.
Every answer of yours has a THOUGHT section, in which you reason about what to do next, and then exactly one bash \
block with one command (or several joined by && or ||).

<format_example>
THOUGHT: what I know, and what I want to find out or change next.

```bash
the command
```
</format_example>

Answers of another form are not carried out."""

TASK = """<pr_description>
Consider the following PR description:
{issue}
</pr_description>

<instructions>
# Task

You are in a shell in /testbed, the checkout of the repository that the description is about.
Change its source files so that the described problem is gone, in a general way that fits the code base.

## What to change and what not
- MODIFY: regular source files under /testbed
- DO NOT MODIFY: tests and configuration files (pyproject.toml, setup.cfg and the like)

## A way that works
1. Find and read the code that matters
2. Write a script that reproduces the problem
3. Edit the source
4. Run the script again
5. Try edge cases

## Rules
- Every answer has a THOUGHT section and ONE bash block.
- Every command runs in a new subshell: `cd` and variables do not last.

## Commands that help
Replace text that occurs exactly once in a file:

```bash
edit_via_str_replace FILE -- "$old" "$new"
```

Create a file:

```bash
cat <<'EOF' > newfile.py
print("hello")
EOF
```

Read some lines of a file with their numbers:

```bash
nl -ba filename.py | sed -n '10,20p'
```

## Handing in
When you are done, hand in your work with exactly this command, and nothing after it:

```bash
echo MINI_SWE_AGENT_FINAL_OUTPUT && git add -A && git diff --cached
```
</instructions>"""

TOO_LONG = """<warning>
The output of your last command was too long.
Please try another command that prints less: head, tail or sed for a part of a file, a narrower pattern for a search.
</warning>"""


def opening(issue: str) -> list[tuple[str, str]]:
    """The two turns that every run begins with, as (role, content)."""
    return [("system", SYSTEM), ("user", TASK.replace("{issue}", issue))]


def answer(thought: str, command: str) -> str:
    """An assistant turn."""
    return f"THOUGHT: {thought}\n\n```bash\n{command}\n```"


def observation(returncode: int, output: str) -> str:
    """A user turn that shows what a command gave back; long outputs lose their middle."""
    head = f"<returncode>{returncode}</returncode>\n"
    if len(output) < LIMIT:
        return f"{head}<output>\n{output}</output>"
    half = LIMIT // 2
    return (
        f"{head}{TOO_LONG}\n<output_head>\n{output[:half]}\n</output_head>\n"
        f"<elided_chars>\n{len(output) - LIMIT} characters elided\n</elided_chars>\n"
        f"<output_tail>\n{output[-half:]}\n</output_tail>"
    )
