"""An instance of the samples: a repository with one bug, and the issue that describes it."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

from contextpairs.data.demo.samples.bugs import Bug
from contextpairs.data.demo.samples.symptoms import Symptom

RAISED = re.compile(r"^([\w.]*?)(\w+(?:Error|Exception|Stock|Interrupt))(?::|$)")


@dataclass(frozen=True, slots=True)
class SampleInstance:
    """What an agent is given, and what the script that plays it must know."""

    instance_id: str
    package: str
    files: dict[str, str]
    """The checkout with the bug in it."""
    bug: Bug
    symptom: Symptom
    issue: str

    @property
    def function(self) -> str:
        """The function's own name, without its class."""
        return self.bug.function.rpartition(".")[2]

    @property
    def test_path(self) -> str:
        """The test module's path."""
        return self.symptom.module.replace(".", "/") + ".py"


def issue_text(bug: Bug, symptom: Symptom, seed: str) -> str:
    """An issue that tells what was done, seen and expected; nothing of the code's inside.

    Args:
        seed: decides on the wording.
    """
    rng = random.Random(seed)
    function = bug.function.rpartition(".")[2]
    error = RAISED.match(symptom.observed)
    wanted = RAISED.match(symptom.expected)
    fields = {
        "function": function,
        "name": bug.function,
        "call": symptom.call,
        "module": bug.path.removesuffix(".py").replace("/", "."),
        "error": error.group(2) if error else "",
        "wanted": wanted.group(2) if wanted else "",
    }
    kind = "raises" if error else "accepts" if wanted else "value"
    title = rng.choice(TITLES[kind])
    opening = rng.choice(OPENINGS[kind])
    parts = [f"{title}\n\n{opening}", _reproduction(symptom, rng), _contrast(symptom, rng)]
    if rng.random() < 0.5:
        parts.append(_documented(bug) or "")
    if rng.random() < 0.4:
        parts.append(rng.choice(CLOSINGS))
    # str.format would stumble over braces of the script.
    text = "\n\n".join(part for part in parts if part)
    return re.sub(r"<(\w+)>", lambda match: fields.get(match.group(1), match.group(0)), text)


def _reproduction(symptom: Symptom, rng: random.Random) -> str:
    lead = rng.choice(LEADS)
    return f"{lead}\n\n```python\n{symptom.script.rstrip()}\n```"


def _contrast(symptom: Symptom, rng: random.Random) -> str:
    expected = symptom.expected or "(no output, and no error)"
    observed = symptom.observed or "(nothing is printed)"
    form = rng.randrange(4)
    if form == 0:
        return f"### Expected\n\n```\n{expected}\n```\n\n### Actual\n\n```\n{observed}\n```"
    if form == 1:
        return f"This is what I get:\n\n```\n{observed}\n```\n\nand this is what it should be:\n\n```\n{expected}\n```"
    if form == 2:
        return f"Output:\n```\n{observed}\n```\nExpected output:\n```\n{expected}\n```"
    return f"I expected\n\n```\n{expected}\n```\n\nbut got\n\n```\n{observed}\n```"


def _documented(bug: Bug) -> str | None:
    name = bug.function.rpartition(".")[2]
    found = re.search(rf'def {name}\(.*\n +"""(.+?)(?:"""|\n)', bug.clean)
    return f"The docstring of `{name}` says: {found.group(1)}" if found else None


LEADS = ["### Steps to reproduce", "To reproduce:", "A short script that shows it:", "### Example", "Try this:"]
TITLES = {
    "value": [
        "`<function>` returns a wrong result",
        "Wrong result from `<module>.<function>`",
        "<name>: unexpected value for some inputs",
        "`<call>` is not what it should be",
        "Something is off with `<name>`",
        "<module>: incorrect outcome of `<function>`",
    ],
    "raises": [
        "`<function>` raises <error> on valid input",
        "Unexpected <error> from `<name>`",
        "<module>: <error> where a result is expected",
        "`<call>` fails with <error>",
    ],
    "accepts": [
        "`<function>` does not raise <wanted> any more",
        "<name> accepts what it should refuse",
        "Missing <wanted> in `<module>.<function>`",
    ],
}
OPENINGS = {
    "value": [
        "I noticed that `<function>` gives an answer that cannot be right.",
        "While using `<module>` I stumbled over a result that contradicts the documentation.",
        "Some of our figures were off, and we traced it to `<name>`.",
        "After an update `<name>` no longer behaves as it did; the case below worked before.",
        "The following case of `<function>` comes out wrong. Other inputs seem to be affected in the same way.",
        "For the input below `<function>` does not do what its description says.",
    ],
    "raises": [
        "Calling `<function>` with perfectly ordinary arguments ends in an exception.",
        "The example below used to work; now it stops with <error>.",
        "We see a crash in production that comes from `<name>`.",
        "`<name>` blows up for input that it should be able to handle.",
    ],
    "accepts": [
        "Bad input is let through: `<function>` should refuse the example below.",
        "The check that `<name>` promises does not happen, so the mistake shows up much later.",
        "I expected <wanted> here, but the call simply goes on.",
    ],
}
CLOSINGS = [
    "Happy to give more detail if needed.",
    "This happens every time, it is not flaky.",
    "I did not find an earlier report of this.",
    "We work around it at the moment, but a fix would be very welcome.",
    "Version: current main branch, Python 3.11.",
]
