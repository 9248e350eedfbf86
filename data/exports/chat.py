"""OpenAI's chat form: JSON lines of `messages` that end with the right reply, and nothing else.

Endpoints for supervised training refuse fields they do not know, so records carry no ids and cannot be turned back into
pairs. Images are data URLs; formats that such endpoints do not take become PNG.
"""

from __future__ import annotations

from typing import Any

from contextpairs.data.exports.data_urls import common, parts_with_images
from contextpairs.data.exports.examples import Example
from contextpairs.data.exports.form import Form, Record, reply
from contextpairs.data.exports.options import ExportOptions

START = """\
from openai import OpenAI
client = OpenAI()
files = [client.files.create(file=open(f, "rb"), purpose="fine-tune").id for f in ("{train}", "{probe}")]
client.fine_tuning.jobs.create(model="MODEL", training_file=files[0], validation_file=files[1])"""


def _record(example: Example, options: ExportOptions) -> Record:
    said = {"role": "assistant", "content": reply(example.shown.letter, options.prompt)}
    return {"messages": [*_prompt(example), said]}


def _prompt(example: Example) -> list[dict[str, Any]]:
    images = [common(image["bytes"]) for image in example.shown.images]
    if not images:
        return list(example.turns)
    *before, asked = example.turns
    return [*before, {"role": asked["role"], "content": parts_with_images(asked["content"], images)}]


CHAT = Form(name="chat", record=_record, start=START, has_reply=True)
