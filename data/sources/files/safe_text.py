"""Text that may be shown and stored: without credentials of URLs, without signs that act on a terminal or a page."""

from __future__ import annotations

import html
import re

REDACTED = "[redacted]"
SECRET_NAME = re.compile(r"^key$|(^|_)(secret|token|password|passwd|(api|access|account)_key|credentials?)$", re.I)
"""Names of settings whose values nobody may read."""
SHOWN = 300
"""Characters of a text of a row that are shown."""
USER = re.compile(r"(?<=://)[^/@\s\"'<>]{1,500}@")
PARAMETER = re.compile(
    r"(?i)([?&;](?:[\w.-]{0,40}(?:signature|token|secret|passw(?:or)?d|credential)|sig|pwd|auth|"
    r"(?:api|access|account|aws)?[_-]?(?:access)?key(?:[_-]?id)?)=)([^&#;\s\"'<>]{1,4000})"
)
"""A parameter of a URL that opens doors: those of presigned URLs of S3, Google and Azure too."""
ACTING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Signs that move a cursor, name a link, colour or turn text around: all controls but tab and line end."""
LIVE = re.compile(r"(?i)[\\\[\]|<&]|(?:(?<=http)|(?<=https)|(?<=ftp)):(?=//)|(?<=www)\.|(?<=[\w.+-])@(?=\w)")
"""What makes links, pictures, cells and tags in Markdown."""


def without_secrets(text: str) -> str:
    """A URL, or a text with URLs in it, without users, passwords and keys."""
    return PARAMETER.sub(_redacted, USER.sub("", text)) if "://" in text else text


def _redacted(found: re.Match[str]) -> str:
    """A parameter without its value; what ends the sentence that it stands in is none of it."""
    return f"{found[1]}{REDACTED}{found[2][len(found[2].rstrip(':,.)')) :]}"


def plain(text: str) -> str:
    """Text whose acting signs are written out: an escape is shown as `\\x1b`."""
    return ACTING.sub(lambda found: ascii(found.group())[1:-1], text)


def safe(text: str) -> str:
    """Both: what may be said to a person."""
    return plain(without_secrets(text))


def one_line(text: str, most: int = SHOWN) -> str:
    """Text of strangers on one line, without what is not printed (escapes, bidirectional and invisible signs).

    Args:
        text: of a stranger.
        most: characters after which it is cut.
    """
    printed = "".join(each if each.isprintable() else " " for each in text[: 2 * most])
    line = " ".join(without_secrets(printed).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def in_markdown(text: str) -> str:
    """Text of strangers within one line of Markdown: no link, picture, cell or tag comes of it."""
    return LIVE.sub(_written_out, " ".join(plain(text).split()))


def _written_out(found: re.Match[str]) -> str:
    sign = found.group()
    return f"\\{sign}" if sign in "\\[]|" else html.escape(sign) if sign in "<&" else f"&#{ord(sign)};"
