"""Images in requests: named by hash where a request is kept, filled in as data URLs where it is sent.

So a request in waiting holds an image once, whatever the number of requests that show it, and its key in the cache is
the hash of a text of hundreds of bytes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

REFERENCE = "sha256:"
SIGNATURES = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"RIFF", "image/webp"),
)


class Picture(NamedTuple):
    """An image by reference. `digest` is the sha256 of its bytes, 64 hex digits."""

    digest: str

    @classmethod
    def of(cls, image: bytes) -> Picture:
        """The reference to these bytes."""
        return cls(hashlib.sha256(image).hexdigest())

    def url(self) -> str:
        """What stands for the image until the request is sent."""
        return REFERENCE + self.digest


def kind_of(image: bytes) -> str | None:
    """The media type by content where endpoints take it as it is; None for any other format."""
    kind = next((kind for signature, kind in SIGNATURES if image.startswith(signature)), None)
    return None if kind == "image/webp" and image[8:12] != b"WEBP" else kind


def sendable(image: bytes, convert: Callable[[bytes], bytes]) -> bytes:
    """The image as it came where endpoints take its format (PNG, JPEG, WebP, GIF), else what `convert` makes of it.

    Raises:
        ValueError: `convert` gave another format.
    """
    if kind_of(image) is not None:
        return image
    converted = convert(image)
    if kind_of(converted) is None:
        raise ValueError("the converter gave no PNG, JPEG, WebP or GIF; expected a PNG file's bytes")
    return converted


def data_url(image: bytes) -> str:
    """The image in a URL of its own, under its media type by content."""
    return f"data:{kind_of(image) or 'image/png'};base64,{base64.b64encode(image).decode()}"


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
