"""Image pairs as one page for a browser: it loads nothing, runs nothing, and holds its pictures itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from contextpairs.data.imaging.decoding import Decoded
from contextpairs.data.imaging.limits import Fault
from contextpairs.data.imaging.send import COMMON, as_jpeg, data_url, described, shown, thumbnail
from contextpairs.data.sources.files.safe_text import plain

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
    return HEAD.format(title=_text(title)) + "\n".join(map(_article, rows)) + "\n</main>\n</html>\n"


def _article(row: Mapping[str, Any]) -> str:
    return "\n".join(
        [
            "<article>",
            '<div class="couple">',
            *(_figure(name, row[name]) for name in ("positive", "negative")),
            "</div>",
            f"<p><b>{_text(row['query'])}</b></p>",
            f"<p>{_text(row['answer'])}</p>",
            f"<small>{_text(row['strategy'])} · label {_text(row['label'])} · {_text(row['pair_id'])}</small>",
            *_details(row),
            "</article>",
        ]
    )


def _text(text: str) -> str:
    """Text of strangers within the page."""
    return escape(plain(text))


def _figure(name: str, image: Mapping[str, Any]) -> str:
    found = shown(image["bytes"])
    if isinstance(found, Fault):
        picture = f'<div class="lost {name}">{_text(f"{found.reason}: {found.detail}")}</div>'
    else:
        picture = f'<img class="{name}" alt="{name}" src="{data_url(_embedded(image["bytes"], found))}">'
    caption = ", ".join(filter(None, (described(image["bytes"], found), image["path"])))
    return f"<figure>{picture}<figcaption>{_text(caption)}</figcaption></figure>"


def _embedded(content: bytes, found: Decoded) -> bytes:
    """What goes into the page of a picture. Even one that goes in as it came was decoded: a browser gets nothing that
    fails here."""
    if found.format in COMMON and len(content) <= AS_IT_CAME:
        return content
    return as_jpeg(thumbnail(found.image, COPY_SIDE))


def _details(row: Mapping[str, Any]) -> Iterator[str]:
    for name in ("scores", "provenance"):
        text = json.dumps(json.loads(row[name]), indent=1, ensure_ascii=False)
        yield f"<details><summary>{name}</summary><pre>{_text(text)}</pre></details>"
