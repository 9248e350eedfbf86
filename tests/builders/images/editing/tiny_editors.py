"""Tiny pipelines of random weights, each in a folder as a user's own would lie there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contextpairs.builders.images.editing.editor_options import EditorOptions
from contextpairs.builders.images.editing.image_editor import Editor, load_editor

torch: Any = pytest.importorskip("torch", reason="image models need the extra: pip install -e '.[images]'")
diffusers: Any = pytest.importorskip("diffusers", reason="image models need the extra: pip install -e '.[images]'")
transformers: Any = pytest.importorskip(
    "transformers", reason="image models need the extra: pip install -e '.[images]'"
)

WIDTH = 16
LETTERS = "abcdefghijklmnopqrstuvwxyz"
CLIP_TOKENS = ["<|startoftext|>", "<|endoftext|>", *LETTERS, *(f"{letter}</w>" for letter in LETTERS)]


def save_pix2pix(folder: Path, seed: int = 0, threshold: float | None = None) -> Path:
    """InstructPix2Pix (factor 4), without a safety checker unless its threshold is given, a cosine."""
    torch.manual_seed(seed)
    checker = None if threshold is None else safety_checker(threshold)
    pipeline = diffusers.StableDiffusionInstructPix2PixPipeline(
        vae=vae(),
        text_encoder=clip_text(),
        tokenizer=clip_tokenizer(),
        unet=unet(),
        scheduler=diffusers.DDIMScheduler(prediction_type="sample", clip_sample=False),
        safety_checker=checker,
        feature_extractor=checker and transformers.CLIPImageProcessor(size=32, crop_size=32),
    )
    return saved(pipeline, folder)


def safety_checker(threshold: float) -> Any:
    """Flags pictures whose cosine with any of its concepts is above a threshold."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker

    small = {"hidden_size": WIDTH, "intermediate_size": WIDTH, "num_hidden_layers": 1, "num_attention_heads": 2}
    vision = {**small, "image_size": 32, "patch_size": 8, "projection_dim": WIDTH}
    config = transformers.CLIPConfig(vision_config=vision, projection_dim=WIDTH)
    checker = StableDiffusionSafetyChecker(config)
    for name in ("concept_embeds", "special_care_embeds"):
        getattr(checker, name).data.normal_()
    checker.concept_embeds_weights.data.fill_(threshold)
    checker.special_care_embeds_weights.data.fill_(2)
    return checker


def save_kontext(folder: Path, seed: int = 0) -> Path:
    """FLUX.1 Kontext (factor 2, packed by 2)."""
    torch.manual_seed(seed)
    transformer = diffusers.FluxTransformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=1,
        joint_attention_dim=WIDTH,
        pooled_projection_dim=WIDTH,
        guidance_embeds=True,
        axes_dims_rope=(4, 4, 8),
    )
    pipeline = diffusers.FluxKontextPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=vae((WIDTH, WIDTH), shift_factor=0.1),
        text_encoder=clip_text(),
        tokenizer=clip_tokenizer(),
        text_encoder_2=t5_encoder(),
        tokenizer_2=t5_tokenizer(),
        transformer=transformer,
    )
    return saved(pipeline, folder)


def save_klein(folder: Path, seed: int = 0) -> Path:
    """FLUX.2 klein (factor 2, packed by 2)."""
    torch.manual_seed(seed)
    tokenizer = byte_tokenizer()
    text = transformers.Qwen3Config(vocab_size=len(tokenizer), num_hidden_layers=3, head_dim=8, **NARROW)
    transformer = diffusers.Flux2Transformer2DModel(
        in_channels=16,
        num_layers=1,
        num_single_layers=1,
        attention_head_dim=16,
        num_attention_heads=1,
        joint_attention_dim=3 * WIDTH,
        timestep_guidance_channels=WIDTH,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=False,
    )
    pipeline = diffusers.Flux2KleinPipeline(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=diffusers.AutoencoderKLFlux2(**blocks("Encoder", "Decoder", (WIDTH, WIDTH)), latent_channels=4),
        text_encoder=transformers.Qwen3ForCausalLM(text),
        tokenizer=tokenizer,
        transformer=transformer,
    )
    return saved(pipeline, folder)


def save_qwen(folder: Path, plus: bool = False, seed: int = 0) -> Path:
    """Qwen-Image-Edit (factor 8, packed by 2), or its successor that takes several references."""
    torch.manual_seed(seed)
    tokenizer = byte_tokenizer()
    ends = {"bos_token_id": tokenizer.eos_token_id, "eos_token_id": tokenizer.eos_token_id}
    text = {"vocab_size": len(tokenizer), "num_hidden_layers": 1, **NARROW, **ends}
    rope = {"rope_type": "default", "mrope_section": [1, 1, 2], "rope_theta": 10000.0}
    seeing = {"depth": 1, "hidden_size": WIDTH, "num_heads": 2, "intermediate_size": WIDTH, "out_hidden_size": WIDTH}
    places = {name: tokenizer.convert_tokens_to_ids(f"<|{said}|>") for name, said in VISION.items()}
    config = transformers.Qwen2_5_VLConfig(
        text_config={**text, "rope_parameters": rope}, vision_config=seeing, **places
    )
    transformer = diffusers.QwenImageTransformer2DModel(
        in_channels=16,
        out_channels=4,
        num_layers=1,
        attention_head_dim=16,
        num_attention_heads=1,
        joint_attention_dim=WIDTH,
        axes_dims_rope=(4, 4, 8),
    )
    pipeline = getattr(diffusers, "QwenImageEditPlusPipeline" if plus else "QwenImageEditPipeline")(
        scheduler=diffusers.FlowMatchEulerDiscreteScheduler(),
        vae=diffusers.AutoencoderKLQwenImage(
            base_dim=4, z_dim=4, dim_mult=[1, 1, 1, 1], num_res_blocks=1, latents_mean=[0.0] * 4, latents_std=[1.0] * 4
        ),
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=tokenizer,
        processor=qwen_processor(tokenizer),
        transformer=transformer,
    )
    return saved(pipeline, folder)


NARROW: dict[str, Any] = {
    "hidden_size": WIDTH,
    "intermediate_size": WIDTH,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 4096,
}
VISION = {
    "image_token_id": "image_pad",
    "video_token_id": "video_pad",
    "vision_start_token_id": "vision_start",
    "vision_end_token_id": "vision_end",
}


def saved(pipeline: Any, folder: Path) -> Path:
    """Save a pipeline as safetensors."""
    pipeline.save_pretrained(folder)
    return folder


def blocks(down: str, up: str, widths: tuple[int, ...]) -> dict[str, Any]:
    """Blocks of an autoencoder that halves the sides once less than it has widths."""
    return {
        "block_out_channels": widths,
        "down_block_types": (f"Down{down}Block2D",) * len(widths),
        "up_block_types": (f"Up{up}Block2D",) * len(widths),
        "norm_num_groups": 4,
        "layers_per_block": 1,
    }


def vae(widths: tuple[int, ...] = (8, 8, 16), **options: Any) -> Any:
    return diffusers.AutoencoderKL(**blocks("Encoder", "Decoder", widths), latent_channels=4, **options)


def unet() -> Any:
    return diffusers.UNet2DConditionModel(
        sample_size=8,
        in_channels=8,
        out_channels=4,
        layers_per_block=1,
        block_out_channels=(8, 16),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=4,
    )


def clip_tokenizer() -> Any:
    """Letters alone."""
    vocabulary = {token: place for place, token in enumerate(CLIP_TOKENS)}
    return transformers.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=32)


def clip_text() -> Any:
    return transformers.CLIPTextModel(
        transformers.CLIPTextConfig(
            vocab_size=len(CLIP_TOKENS),
            hidden_size=WIDTH,
            intermediate_size=WIDTH,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=32,
            projection_dim=WIDTH,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )


def t5_tokenizer() -> Any:
    pieces = ["<pad>", "</s>", "<unk>", "▁", *LETTERS]
    return transformers.T5TokenizerFast(vocab=[(piece, -1.0) for piece in pieces], extra_ids=0, model_max_length=32)


def t5_encoder() -> Any:
    return transformers.T5EncoderModel(
        transformers.T5Config(vocab_size=32, d_model=WIDTH, d_kv=8, d_ff=WIDTH, num_layers=1, num_heads=2)
    )


def byte_tokenizer() -> Any:
    """Bytes and the marks of a chat."""
    from tokenizers.pre_tokenizers import ByteLevel

    marks = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *(f"<|{said}|>" for said in VISION.values())]
    vocabulary = {char: place for place, char in enumerate(sorted(ByteLevel.alphabet()))}
    tokenizer = transformers.Qwen2Tokenizer(
        vocab=vocabulary, merges=[], extra_special_tokens=marks, model_max_length=4096
    )
    tokenizer.chat_template = "{% for m in messages %}<|im_start|>{{ m['content'] }}<|im_end|>{% endfor %}"
    return tokenizer


def qwen_processor(tokenizer: Any) -> Any:
    small = {"min_pixels": 28 * 28, "max_pixels": 56 * 56}
    return transformers.Qwen2_5_VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(**small),
        tokenizer=tokenizer,
        video_processor=transformers.Qwen2VLVideoProcessor(**small),
        chat_template=tokenizer.chat_template,
    )


def load(folder: Path, **options: Any) -> Editor:
    """The editor of a folder, of two steps and batches of eight."""
    return load_editor(EditorOptions(**{"model": str(folder), "device": "cpu", "batch_size": 8, "steps": 2, **options}))


def squares(count: int, seed: int = 0, side: int = 32) -> list[Any]:
    """Noise."""
    from PIL import Image

    random = np.random.default_rng(seed)
    return [Image.fromarray(random.integers(0, 256, (side, side, 3), np.uint8)) for _ in range(count)]
