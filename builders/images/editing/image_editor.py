"""Images edited by an instruction, with a diffusers pipeline.

The model always runs on batches of one shape, the last one filled up, with a generator of its own for each item: so an
edit depends neither on its neighbours nor on its place among them, and can be done again alone, byte for byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.editing.editor_call import Call, Size, prepare_call
from contextpairs.builders.images.editing.editor_files import find_pipeline, load_pipeline, pipeline_kind
from contextpairs.builders.images.editing.editor_options import SHAPING, EditorOptions
from contextpairs.builders.images.encoder.encoder_files import ModelError

if TYPE_CHECKING:
    from PIL import Image

Floats = npt.NDArray[np.floating[Any]]
LIBRARIES = ("diffusers", "torch", "transformers")


class Refusal(NamedTuple):
    """What a pipeline said of an input that it does not take, such as an image eight times as long as wide."""

    detail: str


class _Refused(Exception):
    """A pipeline does not take what it was given."""


@dataclass(slots=True)
class Editor:
    """A loaded editor.

    Attributes:
        key: hash over the model's files, precision, everything that shapes pixels, kind of device and versions of the
            libraries, 32 hex digits: equal keys, equal edits.
        batch: images that are edited at once.
        options: what it was loaded with.
    """

    key: str
    batch: int
    options: EditorOptions
    _pipeline: Any
    _call: Call

    def fitted(self, size: Size) -> Size:
        """Width and height that an image of a width and height is edited at; images of one such size share batches."""
        return self._call.fitted(size, self.options.size)

    def edit(self, images: list[Image.Image], instructions: list[str], seeds: list[int]) -> list[Image.Image]:
        """Edit images, each by its instruction and from its seed.

        Args:
            images: RGB, of any sizes; other modes are converted.
            instructions: what to change, one an image.
            seeds: of the noise, one an image.

        Returns:
            Edited images in RGB, in the order and of the width and height of `images`.

        Raises:
            ValueError: the lists differ in length.
            ModelError: the pipeline failed, refused an image, or gave what is no image of the size asked for.
        """
        edited: list[Image.Image] = []
        for place, outcome in enumerate(self.attempt(images, instructions, seeds)):
            if isinstance(outcome, Refusal):
                raise ModelError(f"model {self.options.model}: image {place} was refused: {outcome.detail}")
            edited.append(outcome)
        return edited

    def attempt(
        self, images: list[Image.Image], instructions: list[str], seeds: list[int]
    ) -> list[Image.Image | Refusal]:
        """As `edit`, with a refusal in place of an image that the pipeline does not take.

        Raises:
            ValueError: the lists differ in length.
            ModelError: the pipeline failed, refused every image of a batch, or gave what is no image of the size asked
                for.
        """
        if not len(images) == len(instructions) == len(seeds):
            raise ValueError(
                f"{len(images)} images, {len(instructions)} instructions, {len(seeds)} seeds: expected one of each"
            )
        found: dict[int, Image.Image | Refusal] = {}
        for size, places in self._batches(images):
            given = [_scaled(_rgb(images[place]), size) for place in places]
            said, numbers = [instructions[place] for place in places], [seeds[place] for place in places]
            for place, outcome in zip(places, self._outcomes(given, said, numbers, size), strict=True):
                found[place] = _outcome(outcome, images[place].size)
        return [found[place] for place in range(len(images))]

    def _batches(self, images: list[Image.Image]) -> Iterator[tuple[Size, list[int]]]:
        """Places of images that are edited together, and the size they are edited at."""
        alike: dict[Size, list[int]] = {}
        for place, image in enumerate(images):
            alike.setdefault(self.fitted(image.size), []).append(place)
        for size, places in alike.items():
            for start in range(0, len(places), self.batch):
                yield size, places[start : start + self.batch]

    def _outcomes(
        self, images: list[Image.Image], instructions: list[str], seeds: list[int], size: Size
    ) -> list[Floats | Refusal]:
        """Pixels between 0 and 1, shape (height, width, 3) each; what is refused together is tried one by one."""
        try:
            return list(self._run(images, instructions, seeds, size)[: len(images)])
        except _Refused as refused:
            first = str(refused)
            if len(images) == 1:
                return [Refusal(first)]
        alone: list[Floats | Refusal] = []
        for image, instruction, seed in zip(images, instructions, seeds, strict=True):
            alone += self._outcomes([image], [instruction], [seed], size)
        if all(isinstance(outcome, Refusal) for outcome in alone):
            raise ModelError(
                f"model {self.options.model}: refused each of {len(images)} images of {size[0]} x {size[1]}: {first}"
            )
        return alone

    def _run(self, images: list[Image.Image], instructions: list[str], seeds: list[int], size: Size) -> Floats:
        """Pixels between 0 and 1, shape (batch, height, width, 3)."""
        arguments = self._call.arguments(
            _filled(images, self.batch), _filled(instructions, self.batch), _filled(seeds, self.batch), size
        )
        try:
            pixels = np.asarray(self._pipeline(**arguments).images)
        except ValueError as error:
            raise _Refused(f"{str(error)[:1000]} (instruction {instructions[0][:200]!r})") from error
        except Exception as error:
            raise ModelError(
                f"model {self.options.model}: failed on a batch of {self.batch} images of {size[0]} x {size[1]}, the "
                f"first instruction {instructions[0][:200]!r} ({type(error).__name__}: {str(error)[:1000]}); where "
                "memory ran out, lower batch_size or size, or set offload"
            ) from error
        self._check(pixels, size)
        return pixels

    def _check(self, pixels: Floats, size: Size) -> None:
        expected = (self.batch, size[1], size[0], 3)
        if pixels.shape != expected:
            raise ModelError(
                f"model {self.options.model}: gave pixels of shape {pixels.shape}, expected {expected}: it is no "
                "editor that keeps the size of an image"
            )
        if not np.isfinite(pixels).all():
            raise ModelError(
                f"model {self.options.model}: pixels that are not finite numbers; weights are broken, or dtype "
                f"{self.options.dtype} is too narrow for them: try float32 or bfloat16"
            )


def check_editor(options: EditorOptions) -> None:
    """Whether a pipeline is an editor that knows the arguments that are set, by its configuration alone.

    Raises:
        ModelError: it is not, or there is no such pipeline.
    """
    prepare_call(pipeline_kind(options.model, options.revision), options)


def load_editor(options: EditorOptions) -> Editor:
    """Load an editor.

    Raises:
        ModelError: there is no such pipeline, it does not edit by instruction, its weights are missing, incomplete or
            not safetensors, it does not know an argument that is set, or CUDA was asked for and is not there.
    """
    import torch

    device = _device(options)
    if device == "cpu":
        torch.set_num_threads(options.threads)
    found = find_pipeline(options.model, options.revision)
    call = prepare_call(found.kind, options)
    pipeline = load_pipeline(found, options.dtype)
    call.fit_to(pipeline)
    _place(pipeline, device, options)
    batch = options.batch_size if call.paired else 1
    return Editor(_key(found.fingerprints(), batch, device, options), batch, options, pipeline, call)


def _device(options: EditorOptions) -> str:
    import torch

    there = torch.cuda.is_available()
    if options.device == "cuda" and not there:
        raise ModelError("device cuda: torch sees no CUDA device here; use device=auto or cpu")
    device = "cuda" if there and options.device != "cpu" else "cpu"
    if options.offload != "none" and device == "cpu":
        raise ModelError(
            f"offload {options.offload}: it moves parts between main memory and a GPU, and the model runs on the CPU "
            "here; use offload=none"
        )
    return device


def _place(pipeline: Any, device: str, options: EditorOptions) -> None:
    try:
        if options.offload == "model":
            pipeline.enable_model_cpu_offload(device=device)
        elif options.offload == "sequential":
            pipeline.enable_sequential_cpu_offload(device=device)
        else:
            pipeline.to(device)
    except (ImportError, RuntimeError) as error:
        raise ModelError(
            f"model {options.model}: cannot be brought to {device} with offload {options.offload} ({error}); where "
            "memory ran out, use offload=model or sequential, which need the package accelerate"
        ) from error


def _key(files: dict[str, str], batch: int, device: str, options: EditorOptions) -> str:
    said = {
        "files": files,
        "batch": batch,
        "device": device,
        "options": options.model_dump(mode="json", include=set(SHAPING)),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    return hashlib.blake2b(json.dumps(said, sort_keys=True, default=str).encode(), digest_size=16).hexdigest()


def _filled(items: list[Any], size: int) -> list[Any]:
    """A batch of full size; the empty places hold the first item."""
    return items + items[:1] * (size - len(items))


def _rgb(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")


def _scaled(image: Image.Image, size: Size) -> Image.Image:
    from PIL import Image

    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def _outcome(found: Floats | Refusal, size: Size) -> Image.Image | Refusal:
    return found if isinstance(found, Refusal) else _scaled(_picture(found), size)


def _picture(pixels: Floats) -> Image.Image:
    from PIL import Image

    return Image.fromarray((pixels * 255).round().astype(np.uint8))
