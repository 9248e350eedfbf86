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
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from contextpairs.builders.images.editing.edit_outcomes import (
    EDITOR_REFUSED,
    NOT_FINITE,
    OTHER_SIZE,
    SAFETY_CHECKER,
    EditorFailed,
    Failure,
    Refusal,
    device_is_lost,
)
from contextpairs.builders.images.editing.editor_call import Call, Size, prepare_call
from contextpairs.builders.images.editing.editor_files import find_pipeline, load_pipeline, pipeline_kind
from contextpairs.builders.images.editing.editor_options import SHAPING, EditorOptions
from contextpairs.builders.images.encoder.encoder_files import ModelError
from contextpairs.data.sources.files.guard import let_through

if TYPE_CHECKING:
    from PIL import Image

Floats = npt.NDArray[np.floating[Any]]
Found = Floats | Refusal | Failure
"""Pixels between 0 and 1, shape (height, width, 3), or why there are none."""
LIBRARIES = ("diffusers", "torch", "transformers")


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
            ModelError: an image gave no picture.
            EditorFailed: the device is lost.
        """
        edited: list[Image.Image] = []
        for place, outcome in enumerate(self.attempt(images, instructions, seeds)):
            if isinstance(outcome, Refusal | Failure):
                raise ModelError(f"model {self.options.model}: image {place} gave no picture: {outcome.detail}")
            edited.append(outcome)
        return edited

    def attempt(
        self, images: list[Image.Image], instructions: list[str], seeds: list[int]
    ) -> list[Image.Image | Refusal | Failure]:
        """As `edit`, with a refusal or a failure in place of an edit that gave no picture.

        Raises:
            ValueError: the lists differ in length.
            EditorFailed: the device is lost.
        """
        if not len(images) == len(instructions) == len(seeds):
            raise ValueError(
                f"{len(images)} images, {len(instructions)} instructions, {len(seeds)} seeds: expected one of each"
            )
        found: dict[int, Image.Image | Refusal | Failure] = {}
        for size, places in self._batches(images):
            given = [_scaled(_rgb(images[place]), size) for place in places]
            said, numbers = [instructions[place] for place in places], [seeds[place] for place in places]
            for place, outcome in zip(places, self._outcomes(given, said, numbers, size), strict=True):
                found[place] = _outcome(outcome, images[place].size)
        return [found[place] for place in range(len(images))]

    def redrawn(self, image: Image.Image) -> Image.Image:
        """An image after its way through the pipeline's autoencoder alone, as an edit goes through it; in RGB.

        Raises:
            AttributeError: the pipeline's autoencoder is none of those of Stable Diffusion.
        """
        import torch

        processor, vae = self._pipeline.image_processor, self._pipeline.vae
        with torch.inference_mode():
            given = processor.preprocess(_scaled(_rgb(image), self.fitted(image.size))).to(vae.device, vae.dtype)
            drawn = vae.decode(vae.encode(given).latent_dist.mode()).sample
            pixels = processor.postprocess(drawn, output_type="np")[0]
        return _scaled(_picture(pixels), image.size)

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
    ) -> list[Found]:
        """What each edit gave; edits that fail together are tried one by one."""
        try:
            return self._run(images, instructions, seeds, size)[: len(images)]
        except Exception as error:
            if device_is_lost(error):
                raise EditorFailed(self._lost(error, instructions[0])) from error
            if len(images) == 1:
                return [self._without_picture(error)]
        alone: list[Found] = []
        for image, instruction, seed in zip(images, instructions, seeds, strict=True):
            alone += self._outcomes([image], [instruction], [seed], size)
        return alone

    def _without_picture(self, error: Exception) -> Refusal | Failure:
        """A pipeline checks what it is given and raises a ValueError; anything else is a failure."""
        said = str(error)[:500]
        if isinstance(error, ValueError):
            return Refusal(EDITOR_REFUSED, said)
        if let_through():
            raise error
        return Failure(f"{type(error).__name__}: {said}{self._remedy(error)}")

    def _remedy(self, error: Exception) -> str:
        ran_out = isinstance(error, MemoryError) or "memory" in str(error)
        return f"; lower batch_size (now {self.batch}) or size, or set offload" if ran_out else ""

    def _lost(self, error: Exception, instruction: str) -> str:
        return (
            f"model {self.options.model}: the device is lost, at the instruction {instruction[:200]!r} "
            f"({type(error).__name__}: {str(error)[:1000]}); edits made so far are kept, start the build again"
        )

    def _run(self, images: list[Image.Image], instructions: list[str], seeds: list[int], size: Size) -> list[Found]:
        """What the pipeline made of a batch, filled up to its size."""
        arguments = self._call.arguments(
            _filled(images, self.batch), _filled(instructions, self.batch), _filled(seeds, self.batch), size
        )
        output = self._pipeline(**arguments)
        pictures = list(output.images)
        if len(pictures) != self.batch:
            raise _Uncounted(f"the pipeline gave {len(pictures)} pictures for {self.batch} edits")
        flags = getattr(output, "nsfw_content_detected", None)
        said = [None] * self.batch if flags is None or len(flags) != self.batch else [bool(each) for each in flags]
        return [self._found(np.asarray(each), flag, size) for each, flag in zip(pictures, said, strict=True)]

    def _found(self, pixels: Floats, flagged: bool | None, size: Size) -> Floats | Refusal:
        """A picture of the size asked for, or the verdict on it."""
        expected = (size[1], size[0], 3)
        if pixels.shape != expected:
            said = f"pixels of shape {pixels.shape}, expected {expected}: no editor that keeps the size of an image"
            return Refusal(OTHER_SIZE, said)
        if not np.isfinite(pixels).all():
            bad = 1 - np.isfinite(pixels).mean()
            said = f"{bad:.1%} of the pixel values are not finite numbers; weights are broken, or dtype "
            return Refusal(NOT_FINITE, f"{said}{self.options.dtype} is too narrow for them: try float32 or bfloat16")
        checks = getattr(self._pipeline, "safety_checker", None) is not None
        if flagged or (flagged is None and checks and not pixels.any()):
            return Refusal(SAFETY_CHECKER, "a black picture of the pipeline's safety checker")
        return pixels


class _Uncounted(RuntimeError):
    """A pipeline gave fewer or more pictures than it was asked for: nobody knows whose they are."""


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


def _outcome(found: Found, size: Size) -> Image.Image | Refusal | Failure:
    return found if isinstance(found, Refusal | Failure) else _scaled(_picture(found), size)


def _picture(pixels: Floats) -> Image.Image:
    from PIL import Image

    return Image.fromarray((pixels * 255).round().astype(np.uint8))
