"""What loaders of consumers make of a picture before they make it smaller: their own functions where installed.

The others are written from their behaviour. verl and vLLM: a picture of `datasets`, or bytes, put on white where it has
alpha (qwen_vl_utils.fetch_image, vllm.multimodal.image). EasyR1, also the authors' copy: `process_image` of
verl/utils/dataset.py, which the authors filter by the number of images and the letter first (data_type=choose_image).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from contextpairs.data.exports.data_urls import bytes_of
from tests.data.exports.readers import loaded

Picture = tuple[tuple[int, int], bytes]
"""Size and RGB pixels."""
Seen = Iterator[tuple[str, list[Picture]]]
"""Of a record: the name of a reading, and each picture in the order of their places."""


def rgb(image: Any) -> Picture:
    shown = image.convert("RGB")
    return shown.size, shown.tobytes()


def on_white(image: Any) -> Picture:
    """qwen_vl_utils and vLLM: only RGBA is put on white."""
    if image.mode != "RGBA":
        return rgb(image)
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.split()[3])
    return rgb(white)


def opened(content: bytes) -> Any:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def upright(content: bytes) -> Picture:
    return rgb(ImageOps.exif_transpose(opened(content)))


def by_datasets(content: bytes) -> Any:
    import datasets

    return datasets.Image().decode_example({"bytes": content, "path": None})


def by_transformers(given: Any) -> Picture:
    """Of a picture, or of a data URL, as its pipelines and chat templates load them."""
    from transformers.image_utils import load_image

    return rgb(load_image(given))


OF_BYTES: dict[str, Callable[[bytes], Picture]] = {
    "Pillow": lambda content: rgb(opened(content)),
    "Pillow, upright": upright,
    "on white": lambda content: on_white(opened(content)),
    "on white, upright": lambda content: on_white(ImageOps.exif_transpose(opened(content))),
    "datasets": lambda content: rgb(by_datasets(content)),
    "datasets on white": lambda content: on_white(by_datasets(content)),
}
"""Whatever takes a file's bytes."""
OF_PICTURES: dict[str, Callable[[Any], Picture]] = {
    "convert": rgb,
    "on white": on_white,
    "transformers": by_transformers,
}
"""Whatever takes what `datasets` decoded."""


@cache
def _of_file(content: bytes) -> dict[str, Picture]:
    """Equal bytes are read once, whichever form they come from."""
    return {name: read(content) for name, read in OF_BYTES.items()}


def of_files(contents: Iterable[bytes]) -> Seen:
    files = list(contents)
    for name in OF_BYTES:
        yield name, [_of_file(content)[name] for content in files]


def of_decoded(images: Iterable[Any]) -> Seen:
    given = list(images)
    assert all(isinstance(each, Image.Image) for each in given)
    for name, read in OF_PICTURES.items():
        yield f"datasets, {name}", [read(each) for each in given]


def parquet_pairs(path: Path, cache: Path) -> Iterator[Seen]:
    """Rows as the store holds them: `datasets` decodes both columns."""
    for row in loaded(path, cache):
        yield of_decoded([row[name] for name in _places(row["label"])])


def image_columns(path: Path, cache: Path) -> Iterator[Seen]:
    """verl, EasyR1, TRL: a list of pictures, decoded by `datasets`."""
    for row in loaded(path, cache):
        yield of_decoded(row["images"])


def undecoded(path: Path, cache: Path) -> Iterator[Seen]:
    """The same where the note of `datasets` is not understood, or pandas reads: the bytes."""
    from datasets import Image as Feature
    from datasets import List

    for row in loaded(path, cache).cast_column("images", List(Feature(decode=False))):
        yield of_files(image["bytes"] for image in row["images"])


def chosen_images(path: Path, cache: Path) -> Iterator[Seen]:
    """The authors' EasyR1 with data_type=choose_image."""
    rows = loaded(path, cache)
    kept = rows.filter(lambda row: len(row.get("images", [])) > 1 and row.get("answer", "") in ("A", "B"))
    assert len(kept) == len(rows)
    for row in kept:
        yield of_decoded(row["images"])


def trl_messages(path: Path, cache: Path) -> Iterator[Seen]:
    """TRL's own placing of pictures into a conversation."""
    from trl.data_utils import prepare_multimodal_messages

    for row in loaded(path, cache):
        parts = prepare_multimodal_messages(row["prompt"], images=row["images"])[-1]["content"]
        yield of_decoded(part["image"] for part in parts if part["type"] == "image")


def data_urls(path: Path, cache: Path) -> Iterator[Seen]:
    """SkyRL and chat: data URLs inside the conversation, which vLLM or transformers loads."""
    for row in loaded(path, cache):
        turns = row.get("prompt") or row["messages"]
        urls = [part["image_url"]["url"] for part in _asked(turns) if part.get("image_url")]
        yield _of_urls(urls)


def _of_urls(urls: list[str]) -> Seen:
    yield from of_files(map(bytes_of, urls))
    yield "transformers", [by_transformers(url) for url in urls]


def _asked(turns: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return next(turn["content"] for turn in turns if turn["role"] == "user")


def _places(label: str) -> tuple[str, str]:
    return ("positive", "negative") if label == "A" else ("negative", "positive")
