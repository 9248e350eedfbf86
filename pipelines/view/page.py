"""The page itself: one HTML file that holds everything it shows, and asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from contextpairs.pipelines.view.packing import packed
from contextpairs.pipelines.view.summary import ViewSummary

FOLDER = Path(__file__).parent


def page(
    summary: ViewSummary,
    settings: dict[str, Any],
    index: Sequence[dict[str, Any]],
    texts: Sequence[str],
    couples: Sequence[str],
) -> str:
    """The page of a version.

    Args:
        summary: its top.
        settings: what its script has to know.
        index: an entry a couple: ids, title, measures.
        texts: what the search looks at, a text a couple.
        couples: the couples, packed.

    Returns:
        An HTML document. Its policy lets no other script or style run than its own, and nothing be loaded.
    """
    style, script = (FOLDER.joinpath(name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return _template().render(
        summary=summary,
        policy=_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        settings=_json(settings),
        index=_json(index),
        texts=Markup(packed(list(texts))),
        couples=[Markup(each) for each in couples],
    )


def _policy(style: str, script: str) -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src '{_digest(script)}'",
            f"style-src '{_digest(style)}'",
            "img-src data: blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
        )
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _json(value: Any) -> Markup:
    """JSON in which nothing ends a script or begins a tag."""
    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Markup(said.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2")
