"""Judges of images behind real HTTP: they decode the images that arrive and answer by their pixels."""

from __future__ import annotations

import base64
import io
from typing import Any

from PIL import Image

from tests.filters.images.image_facts import encoded
from tests.filters.judge.judge_endpoint import Body, Response, says

NAMED = {"red": (220, 30, 30), "green": (30, 160, 30), "blue": (30, 30, 220), "orange": (240, 150, 30)}


def flat(color: str, kind: str = "PNG", width: int = 64) -> bytes:
    """An image of one colour."""
    return encoded(Image.new("RGB", (width, 64), NAMED[color]), kind)


def color_of(content: bytes) -> str:
    """The named colour that is nearest to the pixel in the top middle."""
    image = Image.open(io.BytesIO(content)).convert("RGB")
    pixel = image.getpixel((image.width // 2, image.height // 5))
    assert isinstance(pixel, tuple)
    return min(NAMED, key=lambda name: sum(abs(a - b) for a, b in zip(NAMED[name], pixel, strict=True)))


def images_of(body: Body) -> list[tuple[str, bytes]]:
    """Media type and bytes of the images of a request, in the order shown."""
    content = body["messages"][-1]["content"]
    urls = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    parts = [url.removeprefix("data:").split(";base64,") for url in urls]
    return [(kind, base64.b64decode(data)) for kind, data in parts]


def texts_of(body: Body) -> str:
    """The text of the last message."""
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def block(body: Body, name: str) -> str:
    """What stands between the markers of this name."""
    inside = texts_of(body).split(f"=== BEGIN {name} ")[1].split(f"=== END {name}")[0]
    return inside.split("===", 1)[1].strip()


def sees(body: Body) -> Response:
    """Tells for which image the colour in the answer is right."""
    holds = [
        letter
        for letter, (_, content) in zip("AB", images_of(body), strict=True)
        if color_of(content) == block(body, "ANSWER")
    ]
    return says(f"VERDICT: { ({0: 'NEITHER', 2: 'BOTH'}.get(len(holds)) or holds[0]) }\nCUE: NONE")


def image_pair(name: str, answer: str = "red", positive: str = "red", negative: str = "blue") -> dict[str, Any]:
    """A pair row of two flat images."""
    return {
        "pair_id": name,
        "mirror_id": f"{name}-mirror",
        "query": "What color is it?",
        "answer": answer,
        "positive": [{"bytes": flat(positive), "path": "p.png"}],
        "negative": [{"bytes": flat(negative), "path": None}],
    }
