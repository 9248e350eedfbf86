"""What tasks ask. One user message each; images stand before the text, where TRL puts them."""

from __future__ import annotations

from collections.abc import Sequence

from contextpairs.data.answers.languages import told
from contextpairs.data.answers.options import LETTERS, unlabelled
from contextpairs.data.pairs.chat_text import plain
from contextpairs.data.pairs.schemas import canonical_json
from contextpairs.pipelines.tasks.places import Place

CODING = """\
An issue was filed against the repository {repository}. Name the places of its source code that the fix changes.

Issue:
{issue}
{listing}
End your reply with these places between <answer> and </answer>, one a line, each as path::name. The name is that of the
function; Class.method for a method, the class where something is added to it or to its body, <module> for code outside
of functions and classes. Leave out tests and new files. Every place that the fix does not change lowers the score.
The form, for example:
<answer>
package/parser.py::Parser.parse
package/lines.py::split_lines
</answer>"""
LISTING = """
Some files of the repository, among them those that the fix changes:
{files}
"""
IMAGES = "{question}\n{options}\nEnd your reply with the answer between <answer> and </answer>: {form}."
WITHOUT_OPTIONS = "a number, a word or a short phrase"
WITH_OPTIONS = "the letter of the right option"


def coding_prompt(repository: str, issue: str, files: Sequence[str]) -> str:
    """What a coding task asks; `files` are listed where there are any."""
    listing = LISTING.format(files="\n".join(map(plain, files))) if files else ""
    return CODING.format(repository=plain(repository), issue=plain(issue), listing=listing)


def image_prompt(question: str, choices: Sequence[str]) -> str:
    """What an image task asks."""
    texts = unlabelled(tuple(choices))
    options = "".join(f"({letter}) {plain(text)}\n" for letter, text in zip(LETTERS, texts, strict=False))
    form = WITH_OPTIONS if choices else WITHOUT_OPTIONS
    return IMAGES.format(question=plain(question), options=options, form=form)


def coding_reference(places: Sequence[Place]) -> str:
    """What the coding reward reads, as JSON."""
    return canonical_json({"places": [list(place) for place in sorted(places)]})


def image_reference(answer: str, question: str, choices: Sequence[str], locale: str = "") -> str:
    """What the image reward reads, as JSON; with the locale where the question does not tell it."""
    said = {"answer": answer, "choices": list(choices), "question": question}
    return canonical_json(said | ({"locale": locale} if locale and locale != told(question) else {}))
