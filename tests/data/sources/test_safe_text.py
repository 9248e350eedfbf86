"""Credentials are left out of texts, and texts of strangers act on no terminal and no page."""

from __future__ import annotations

import pytest

from contextpairs.data.sources.files.faults import RowFault, VqaFault, rejection_of
from contextpairs.data.sources.files.safe_text import in_markdown, plain, safe, without_secrets


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://me:hunter2@host/x.jsonl", "https://host/x.jsonl"),
        ("s3://AKIA:hunter2@bucket/x: not found", "s3://bucket/x: not found"),
        ("zip://a.png::https://me@host/x.zip", "zip://a.png::https://host/x.zip"),
        ("https://h/x?X-Amz-Signature=hunter2&part=1", "https://h/x?X-Amz-Signature=[redacted]&part=1"),
        ("az://h/x?sv=1&sig=hunter2%3D&se=2: gone", "az://h/x?sv=1&sig=[redacted]&se=2: gone"),
        ("https://h/v1?api_key=hunter2: refused", "https://h/v1?api_key=[redacted]: refused"),
        ("https://h/v1?Access-Token=hunter2&AWSAccessKeyId=hunter2", "https://h/v1?Access-Token=[redacted]"
         "&AWSAccessKeyId=[redacted]"),
        ("a 'https://me:hunter2@h' and 'https://me:hunter2@h'", "a 'https://h' and 'https://h'"),
        ("me@host.com, key=5, /a/b?key=c", "me@host.com, key=5, /a/b?key=c"),
        ("https://h/x?monkey=5&page=2", "https://h/x?monkey=5&page=2"),
    ],
)  # fmt: skip
def test_credentials_go_and_the_rest_stays(url: str, kept: str) -> None:
    assert without_secrets(url) == kept
    assert without_secrets(kept) == kept


def test_what_acts_on_a_terminal_is_written_out() -> None:
    text = "a\x1b]8;;http://x\x07b\u202ec\x9bd\re\tf\ng\u2066é"
    assert plain(text) == "a\\x1b]8;;http://x\\x07b\\u202ec\\x9bd\\re\tf\ng\\u2066é"


@pytest.mark.parametrize("fault", [RowFault("not-json", "\x1b[2J"), VqaFault("no-answer", "\x1b[2J")])
def test_no_rejection_acts_on_a_terminal(fault: RowFault | VqaFault) -> None:
    assert rejection_of(fault, "https://me:hunter2@h/\x1b[1m.jsonl", 3).detail == (
        "https://h/\\x1b[1m.jsonl row 3: \\x1b[2J"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("[click](http://evil)", r"\[click\](http&#58;//evil)"),
        ("![x](y) <img src=x>|", r"!\[x\](y) &lt;img src=x>\|"),
        ("www.evil.com me@evil.com", "www&#46;evil.com me&#64;evil.com"),
        ("a\n# b\n\x1b&lt;\\", "a # b \\\\x1b&amp;lt;\\\\"),
        ("pair_id of s3://bucket/x: 3 * 4", "pair_id of s3://bucket/x: 3 * 4"),
    ],
)
def test_nothing_becomes_a_link_or_a_tag_in_a_card(text: str, shown: str) -> None:
    assert in_markdown(text) == shown


def test_both_at_once() -> None:
    assert safe("\x1bhttps://a:b@h/") == "\\x1bhttps://h/"
