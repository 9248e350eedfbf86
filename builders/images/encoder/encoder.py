"""Image and text vectors of an open_clip model, decoding in parallel with the model.

The model always runs on batches of one shape, the last one filled up, because matrix products of other shapes round
differently: so an item's vector depends neither on its neighbours nor on how many they are.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from contextpairs.builders.images.encoder.encoder_files import ModelError, ModelFiles, find_model, fingerprint
from contextpairs.data.store.settings import Settings

if TYPE_CHECKING:
    from PIL import Image

Matrix = npt.NDArray[np.float32]
Halves = npt.NDArray[np.float16]
Pixels = npt.NDArray[np.uint8]
Decode = Callable[[bytes], "Image.Image"]
PRECISION = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}


class EmbeddingOptions(Settings):
    """Which open_clip model makes the vectors, and how it runs."""

    model: str
    """Folder of `open_clip_config.json` and `open_clip_model.safetensors`; or `hf-hub:owner/name`; or a name of
    open_clip such as ViT-L-14, which wants `pretrained` (weights trained with QuickGELU: ViT-L-14-quickgelu)."""
    pretrained: str | None = None
    """Weights of a named model: a tag of open_clip, or the path of a .safetensors file."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs; `auto` takes CUDA where there is one."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """Precision of the model. The lower ones pay on GPUs alone."""
    batch_size: int = Field(default=32, ge=1, le=4096)
    """Images the model sees at once."""
    decode_threads: int = Field(default=1, ge=1, le=64)
    """Threads that decode and scale images while the model runs."""
    threads: int = Field(default=1, ge=1, le=256)
    """Threads of the model itself, on a CPU."""


@dataclass(slots=True)
class Encoder:
    """A loaded model.

    Attributes:
        key: hash over configuration, weights, preprocessing and precision, 32 hex digits: equal keys, equal vectors.
        dimension: length of a vector.
        options: what it was loaded with.
        notes: what no file says of its preprocessing, and is taken for it.
    """

    key: str
    dimension: int
    options: EmbeddingOptions
    notes: tuple[str, ...]
    _model: Any
    _tokenizer: Any
    _shape: Callable[[Any], Any]
    """Resizes and crops; PIL to PIL."""
    _mean: Any
    _std: Any
    _device: Any
    _input_dtype: Any

    def images(self, images: list[Image.Image]) -> Matrix:
        """Unit vectors of images, shape (n, dimension). Other modes than RGB are converted to RGB first.

        One that the model gives no direction is zero, and one that it overflows on holds what are no numbers: see
        `vector_faults`.
        """
        return self.vectors(self.pixels(images)) if images else np.zeros((0, self.dimension), np.float32)

    def pixels(self, images: list[Image.Image]) -> Pixels:
        """The images as the model sees them, shape (n, height, width, 3)."""
        return np.stack([np.asarray(self._shape(_rgb(image))) for image in images])

    def vectors(self, pixels: Pixels) -> Matrix:
        """Unit vectors of what `pixels` returned, as `images` gives them."""
        return self._in_batches(pixels, self._encode_pixels)

    def texts(self, texts: list[str]) -> Matrix:
        """Unit vectors of texts, shape (n, dimension). What exceeds the model's context is cut.

        Raises:
            ModelError: the vector of a text holds what are no finite numbers; names it.
        """
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        vectors = self._in_batches(self._tokenizer(texts).numpy(), self._encode_tokens)
        broken = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
        if len(broken):
            raise ModelError(
                f"model {self.options.model}: the vector of the text {texts[broken[0]][:200]!r} holds what are no "
                f"finite numbers; weights are broken, or dtype {self.options.dtype} is too narrow: try float32"
            )
        return vectors

    def _in_batches(self, rows: npt.NDArray[Any], encode: Callable[[npt.NDArray[Any]], Matrix]) -> Matrix:
        size = self.options.batch_size
        parts = [encode(_filled(rows[start : start + size], size)) for start in range(0, len(rows), size)]
        return np.concatenate(parts)[: len(rows)]

    def _encode_pixels(self, pixels: Pixels) -> Matrix:
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to(self._device).permute(0, 3, 1, 2).contiguous().float()
            batch.div_(255).sub_(self._mean).div_(self._std)
            return _unit(self._model.encode_image(batch.to(self._input_dtype)))

    def _encode_tokens(self, tokens: npt.NDArray[np.int64]) -> Matrix:
        import torch

        with torch.inference_mode():
            return _unit(self._model.encode_text(torch.from_numpy(tokens).to(self._device)))


def load_encoder(options: EmbeddingOptions) -> Encoder:
    """Load a model.

    Raises:
        ModelError: there is no such model, its weights are missing, incomplete or not safetensors, or CUDA was asked
            for and is not there.
    """
    import torch

    files = find_model(options.model, options.pretrained)
    device = _device(options)
    if device.type == "cpu":
        torch.set_num_threads(options.threads)
    model, transform, tokenizer = _built(files, options, device)
    shape, (mean, std) = _split(transform)
    return Encoder(
        key=_key(files, model.visual.preprocess_cfg, options),
        dimension=_dimension(files),
        options=options,
        notes=tuple(_unsaid(files, options.model, mean, std)),
        _model=model,
        _tokenizer=tokenizer,
        _shape=shape,
        _mean=torch.tensor(mean, device=device).view(1, 3, 1, 1),
        _std=torch.tensor(std, device=device).view(1, 3, 1, 1),
        _device=device,
        _input_dtype=getattr(torch, options.dtype),
    )


def embed(encoder: Encoder, images: Iterable[tuple[str, bytes]], decode: Decode) -> Iterator[tuple[list[str], Halves]]:
    """Vectors of many images, batch by batch in their order; decoding runs ahead by a bounded number of batches.

    Args:
        encoder: the model.
        images: ids and files; read lazily, in another thread.
        decode: makes an RGB picture of a file.

    Returns:
        Ids and their vectors, shape (at most batch_size, dimension), rounded as they are stored.

    Raises:
        ModelError: an image cannot be decoded; names it.
    """
    options = encoder.options
    source = iter(images)
    ahead: deque[Future[tuple[list[str], Pixels | None]]] = deque()
    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(options.decode_threads) as decoders:

        def begin() -> None:
            taken = reader.submit(lambda: list(islice(source, options.batch_size)))
            ahead.append(decoders.submit(lambda: _prepared(encoder, taken.result(), decode)))

        try:
            for _ in range(options.decode_threads + 1):
                begin()
            while True:
                ids, pixels = ahead.popleft().result()
                if pixels is None:
                    return
                begin()
                yield ids, encoder.vectors(pixels).astype(np.float16)
        finally:
            decoders.shutdown(wait=False, cancel_futures=True)
            reader.shutdown(wait=False, cancel_futures=True)


def _prepared(encoder: Encoder, items: list[tuple[str, bytes]], decode: Decode) -> tuple[list[str], Pixels | None]:
    if not items:
        return [], None
    pictures = [_decoded(name, content, decode) for name, content in items]
    return [name for name, _ in items], encoder.pixels(pictures)


def _decoded(name: str, content: bytes, decode: Decode) -> Image.Image:
    try:
        return decode(content)
    except Exception as error:
        raise ModelError(
            f"image {name}: cannot be decoded ({type(error).__name__}: {error}); broken files are to be rejected before"
        ) from error


def _rgb(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")


def _filled(rows: npt.NDArray[Any], size: int) -> npt.NDArray[Any]:
    """A batch of full size; the empty places hold the first row."""
    return rows if len(rows) == size else np.concatenate([rows, np.repeat(rows[:1], size - len(rows), axis=0)])


def _unit(features: Any) -> Matrix:
    from torch.nn.functional import normalize

    vectors: Matrix = normalize(features.float(), dim=-1).cpu().numpy()
    return vectors


def _device(options: EmbeddingOptions) -> Any:
    import torch

    there = torch.cuda.is_available()
    if options.device == "cuda" and not there:
        raise ModelError("device cuda: torch sees no CUDA device here; use device=auto or cpu")
    return torch.device("cuda" if there and options.device != "cpu" else "cpu")


def _built(files: ModelFiles, options: EmbeddingOptions, device: Any) -> tuple[Any, Any, Any]:
    import open_clip

    try:
        model = open_clip.create_model(
            files.name,
            files.pretrained,
            precision=PRECISION[options.dtype],
            device=device,
            force_quick_gelu=files.quick_gelu,
            force_preprocess_cfg=files.preprocess,
            require_pretrained=True,
        )
        preprocess = open_clip.transform.PreprocessCfg(**model.visual.preprocess_cfg)
        tokenizer = open_clip.get_tokenizer(files.name)
    except Exception as error:
        raise ModelError(
            f"{files.weights}: does not load as {files.name} ({type(error).__name__}: {str(error)[:1000]}); "
            "every weight of the model must be in the file, none begun at random"
        ) from error
    return model.eval(), open_clip.transform.image_transform_v2(preprocess, is_train=False), tokenizer


def _split(transform: Any) -> tuple[Callable[[Any], Any], tuple[Any, Any]]:
    """open_clip's transform in two: PIL to PIL as it is, and mean and deviation for arithmetic on whole batches.

    The arithmetic is the same, in the same order, so the result is equal to the bit, and a batch costs less.
    """
    from torchvision.transforms import Compose, Normalize

    *shape, _, normalise = transform.transforms
    if not isinstance(normalise, Normalize):
        raise ModelError(f"preprocessing ends in {normalise}; expected open_clip's conversion to tensor and Normalize")
    return Compose(shape), (normalise.mean, normalise.std)


def _unsaid(files: ModelFiles, model: str, mean: Any, std: Any) -> Iterator[str]:
    """Of mean and standard deviation, what open_clip filled in."""
    for name, value in (("mean", mean), ("std", std)):
        if name not in files.said:
            yield f"encoder {model}: nothing says the {name} of its pictures, open_clip's {list(value)} stands in"


def _key(files: ModelFiles, preprocess: dict[str, Any], options: EmbeddingOptions) -> str:
    import open_clip

    said = {
        "model": open_clip.get_model_config(files.name),
        "quick_gelu": files.quick_gelu,
        "weights": fingerprint(files.weights),
        "preprocess": preprocess,
        "dtype": options.dtype,
    }
    return hashlib.blake2b(json.dumps(said, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()


def _dimension(files: ModelFiles) -> int:
    import open_clip

    return int((open_clip.get_model_config(files.name) or {})["embed_dim"])
