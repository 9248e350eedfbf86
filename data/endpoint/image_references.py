"""Images in requests: named by hash where a request is kept, filled in as data URLs where it is sent.

So a request in waiting holds an image once, whatever the number of requests that show it, and its key in the cache is
the hash of a text of hundreds of bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from contextpairs.data.imaging.send import data_url

REFERENCE = "sha256:"


class ImageReference(NamedTuple):
    """An image by reference. `digest` is the sha256 of its bytes, 64 hex digits."""

    digest: str

    @classmethod
    def of(cls, image: bytes) -> ImageReference:
        """The reference to these bytes."""
        return cls(hashlib.sha256(image).hexdigest())

    def url(self) -> str:
        """What stands for the image until the request is sent."""
        return REFERENCE + self.digest


def filled(body: dict[str, Any], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    """The request as it is sent: references replaced by the images of these digests."""
    if not pictures:
        return body
    return body | {"messages": [_filled_message(message, pictures) for message in body["messages"]]}


def _filled_message(message: dict[str, Any], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    if isinstance(message["content"], str):
        return message
    return message | {"content": [_filled_part(part, pictures) for part in message["content"]]}


def _filled_part(part: dict[str, Any], pictures: Mapping[str, bytes]) -> dict[str, Any]:
    url = part.get("image_url", {}).get("url", "")
    if not url.startswith(REFERENCE):
        return part
    return part | {"image_url": {"url": data_url(pictures[url.removeprefix(REFERENCE)])}}
