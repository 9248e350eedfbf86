"""Which pipeline edits images, and how it runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from contextpairs.data.store.settings import Settings

SHAPING = ("dtype", "steps", "guidance", "image_guidance", "true_cfg", "size", "extra")
"""Options that pixels depend on."""


class EditorOptions(Settings):
    """Which diffusers pipeline edits images, and how it runs. The defaults suit the small embedded model."""

    model: str
    """Folder or Hugging Face id of a diffusers pipeline that edits an image by an instruction, such as InstructPix2Pix,
    FLUX.1 Kontext, Qwen-Image-Edit or FLUX.2; its weights as .safetensors."""
    revision: str | None = None
    """Commit, tag or branch of a Hugging Face id; a commit keeps a rebuild the same."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs; `auto` takes CUDA where there is one."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """Precision of the model. Large models want bfloat16 on a GPU."""
    offload: Literal["none", "model", "sequential"] = "none"
    """What waits in main memory while another part runs on the GPU: nothing, whole models, or every layer (slow). Needs
    CUDA and the package accelerate."""
    batch_size: int = Field(default=16, ge=1, le=1024)
    """Images of one size that are edited at once; pipelines that take several images as references of one edit run one
    at a time, whatever is set here."""
    steps: int = Field(default=1, ge=1, le=1000)
    """Denoising steps. Real models want more: 20 to 50, few-step ones 4 to 8; the small embedded one draws at once."""
    guidance: float | None = Field(default=1.0, ge=0)
    """`guidance_scale`. 1 means none, and with it InstructPix2Pix runs its model once a step in place of three times;
    None leaves the pipeline's default. InstructPix2Pix wants about 7.5, Kontext 2.5, FLUX.2 4."""
    image_guidance: float | None = Field(default=None, ge=0)
    """`image_guidance_scale` of pipelines that know it (InstructPix2Pix: about 1.5); None leaves their default."""
    true_cfg: float | None = Field(default=None, ge=0)
    """`true_cfg_scale` of pipelines that know it: guidance against an empty prompt, at twice the cost. Qwen-Image-Edit
    wants 4; None turns it off."""
    size: int | None = Field(default=None, ge=8, le=8192)
    """Longest side in pixels that an image is scaled to before it is edited, the result being scaled back; None keeps
    the image's own size. Either way sides are rounded to what the pipeline can take. Large models want 1024."""
    tries: int = Field(default=3, ge=1, le=100)
    """Edits of an image at most until one passes, each with a seed of its own."""
    seed: int = 0
    """Another seed gives other edits."""
    threads: int = Field(default=1, ge=1, le=256)
    """Threads of the model, on a CPU."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """Further arguments of the pipeline's call by their names, such as negative_prompt or max_sequence_length."""
