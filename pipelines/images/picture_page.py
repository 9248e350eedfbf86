"""Image pairs as one page for a browser: it loads nothing, runs nothing, and holds its pictures itself."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from contextpairs.pipelines.images.thumbnails import NotShown, described, thumbnail

SHOWN_BY_BROWSERS = {"PNG": "image/png", "JPEG": "image/jpeg", "GIF": "image/gif", "WEBP": "image/webp"}
AS_IT_CAME = 500_000
"""Bytes up to which a picture is embedded as it is; others as a smaller copy."""
COPY_SIDE = 1_024
HEAD = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 15px/1.4 sans-serif; margin: 1.5rem; background: #fafafa }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(30rem, 1fr)); gap: 1.5rem }}
article {{ background: white; padding: 1rem; border: 1px solid #ddd; overflow-wrap: anywhere }}
.couple {{ display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; align-items: start }}
figure {{ margin: 0 }}
img, .lost {{ box-sizing: border-box; width: 100%; border: 4px solid; min-height: 3rem }}
.positive {{ border-color: #1a9641 }}
.negative {{ border-color: #d7191c }}
.lost {{ background: #ddd; padding: 1rem }}
figcaption, small {{ color: #666; font-size: .8rem }}
p {{ margin: .5rem 0 }}
pre {{ white-space: pre-wrap; font-size: .8rem }}
</style>
<h1>{title}</h1>
<p>Green: the positive, which supports the answer. Red: the negative.</p>
<main>
"""


def picture_page(rows: Iterable[Mapping[str, Any]], title: str) -> str:
    """An HTML document with every pair: both images, query, answer, label, scores, provenance.

    Images go in as they came where browsers show them and they are small, otherwise as a copy of `COPY_SIDE` pixels.

    Args:
        rows: image pairs in stored form.
        title: heading of the page.

    Raises:
        RuntimeError: Pillow is not installed.
    """
    return HEAD.format(title=escape(title)) + "\n".join(map(_article, rows)) + "\n</main>\n</html>\n"


def _article(row: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            "<article>",
            '<div class="couple">',
            *(_figure(name, row[name]) for name in ("positive", "negative")),
            "</div>",
            f"<p><b>{escape(row['query'])}</b></p>",
            f"<p>{escape(row['answer'])}</p>",
            f"<small>{escape(row['strategy'])} · label {escape(row['label'])} · {escape(row['pair_id'])}</small>",
            *_details(row),
            "</article>",
        ]
    )


def _figure(name: str, image: Mapping[str, Any]) -> str:
    content, facts = image["bytes"], described(image["bytes"])
    try:
        picture = f'<img class="{name}" alt="{name}" src="{_data_url(content, facts.partition(",")[0])}">'
    except NotShown as error:
        picture = f'<div class="lost {name}">{escape(str(error))}</div>'
    return (
        f"<figure>{picture}<figcaption>{escape(', '.join(filter(None, (facts, image['path']))))}</figcaption></figure>"
    )


def _data_url(content: bytes, kind: str) -> str:
    """Raises NotShown. Even what goes in as it came is decoded once: a browser gets nothing that fails here."""
    copy = thumbnail(content, COPY_SIDE)
    if kind not in SHOWN_BY_BROWSERS or len(content) > AS_IT_CAME:
        file = io.BytesIO()
        copy.save(file, "JPEG", quality=90)
        content, kind = file.getvalue(), "JPEG"
    return f"data:{SHOWN_BY_BROWSERS[kind]};base64,{base64.b64encode(content).decode()}"


def _details(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("scores", "provenance"):
        text = json.dumps(json.loads(row[name]), indent=1, ensure_ascii=False)
        yield f"<details><summary>{name}</summary><pre>{escape(text)}</pre></details>"
