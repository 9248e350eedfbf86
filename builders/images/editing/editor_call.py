"""What a pipeline's call is given: the options it knows, and what makes it keep the size of an image.

Pipelines differ. InstructPix2Pix takes the size from the image; the others ask for one, and some of them would make
1024 x 1024 of everything unless each of their ways to resize is turned off.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from contextpairs.builders.images.editing.editor_options import EditorOptions
from contextpairs.builders.images.encoder.encoder_files import ModelError

if TYPE_CHECKING:
    from PIL import Image

Size = tuple[int, int]
"""Width and height, in pixels."""
SCALES = {"guidance": "guidance_scale", "image_guidance": "image_guidance_scale", "true_cfg": "true_cfg_scale"}
OURS = {
    *("prompt", "image", "generator", "num_inference_steps", "num_images_per_prompt", "output_type", "return_dict"),
    *("height", "width", "max_area", "latents", "callback_on_step_end", "callback_on_step_end_tensor_inputs"),
    *SCALES.values(),
}
"""Arguments that are not the user's to give: they follow from the options and the images."""
PAIRED = {"StableDiffusionInstructPix2PixPipeline", "FluxKontextPipeline"}
"""Pipelines that pair the n-th image with the n-th prompt. To others a list is several references of one edit, or their
prompts are padded to the longest of the batch, which makes an edit depend on its neighbours."""
EMPTY_PROMPT = " "
REFERENCE_SIDE = 64
"""Flux2's image processor refuses shorter sides."""
USUAL_MULTIPLE = 32
"""Of the sides, where a pipeline does not tell: a multiple of what all known ones need."""


@dataclass(slots=True)
class Call:
    """How a pipeline is called.

    Attributes:
        paired: whether it edits a batch; else one image at a time.
        fixed: arguments that are the same for all edits.
        names: all its arguments.
        multiple: sides are multiples of it, in pixels.
        least: pixels of the shortest side.
    """

    paired: bool
    fixed: dict[str, Any]
    names: frozenset[str]
    multiple: int = 1
    least: int = 1

    def fit_to(self, pipeline: Any) -> None:
        """Learn from a loaded pipeline what sizes it takes, and leave out what it would only warn about."""
        processor = getattr(pipeline, "image_processor", None)
        self.multiple = int(getattr(getattr(processor, "config", None), "vae_scale_factor", USUAL_MULTIPLE))
        self.least = REFERENCE_SIDE if hasattr(processor, "check_image_input") else self.multiple
        transformer = getattr(pipeline, "transformer", None)
        distilled = getattr(getattr(transformer, "config", None), "guidance_embeds", True)
        if not distilled and inspect.signature(type(pipeline).__call__).parameters["guidance_scale"].default is None:
            self.fixed.pop("guidance_scale", None)

    def fitted(self, size: Size, longest: int | None) -> Size:
        """Width and height to edit at: near `size`, or in its proportions with a longest side near `longest`."""
        scale = longest / max(size) if longest else 1.0
        scale = max(scale, self.least / min(size))
        width, height = (max(1, round(side * scale / self.multiple)) * self.multiple for side in size)
        return width, height

    def arguments(
        self, images: list[Image.Image], instructions: list[str], seeds: list[int], size: Size
    ) -> dict[str, Any]:
        """All arguments of one call for images of one size, by name."""
        import torch

        # On the CPU whatever the device: its numbers are the same everywhere.
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in seeds]
        items: dict[str, Any] = {"image": images, "prompt": instructions, "generator": generators}
        if not self.paired:
            items = {name: values[0] for name, values in items.items()}
        return {**self._for_all(len(images)), **self._sized(size), **items}

    def _for_all(self, number: int) -> dict[str, Any]:
        """The fixed arguments; a negative prompt is wanted as often as there are prompts."""
        negative = self.fixed.get("negative_prompt")
        repeated = {"negative_prompt": [negative] * number} if self.paired and isinstance(negative, str) else {}
        return {**self.fixed, **repeated}

    def _sized(self, size: Size) -> dict[str, int]:
        sides = {"width": size[0], "height": size[1], "max_area": size[0] * size[1]}
        return {name: value for name, value in sides.items() if name in self.names}


def prepare_call(kind: type, options: EditorOptions) -> Call:
    """How pipelines of a class are called with these options.

    Raises:
        ModelError: an option or an extra argument is set that the pipeline does not know.
    """
    parameters = inspect.signature(kind.__call__).parameters.values()
    names = frozenset(each.name for each in parameters if each.kind is not inspect.Parameter.VAR_KEYWORD) - {"self"}
    _check_extra(kind, names, options)
    fixed = {"num_inference_steps": options.steps, "output_type": "np", **_scales(kind, names, options)}
    if "_auto_resize" in names:
        fixed["_auto_resize"] = False
    return Call(kind.__name__ in PAIRED, {**fixed, **options.extra}, names)


def _scales(kind: type, names: frozenset[str], options: EditorOptions) -> dict[str, Any]:
    said = {option: getattr(options, option) for option in SCALES}
    for option, value in said.items():
        if value is not None and value != 1 and SCALES[option] not in names:
            raise ModelError(
                f"{option} {value}: {kind.__name__} has no {SCALES[option]}; leave it out, it has "
                f"{sorted(names & set(SCALES.values()))}"
            )
    given = {SCALES[option]: value for option, value in said.items() if value is not None and SCALES[option] in names}
    return {**given, **_true_guidance(names, options)}


def _true_guidance(names: frozenset[str], options: EditorOptions) -> dict[str, Any]:
    """True guidance is on only if there is also a negative prompt: an empty one, where none is given."""
    if "true_cfg_scale" not in names:
        return {}
    scale = options.true_cfg or 1.0
    return {"true_cfg_scale": scale, **({"negative_prompt": EMPTY_PROMPT} if scale > 1 else {})}


def _check_extra(kind: type, names: frozenset[str], options: EditorOptions) -> None:
    ours = sorted(set(options.extra) & OURS)
    if ours:
        raise ModelError(
            f"extra {ours}: given by the images or by options of the editor's own, such as steps, guidance and size; "
            "leave them out of extra"
        )
    unknown = sorted(set(options.extra) - names)
    if unknown:
        raise ModelError(f"extra {unknown}: {kind.__name__} has no such arguments; it knows {sorted(names - OURS)}")
