"""Editors that are whole and edit by instruction, or that are refused with what to do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from contextpairs.builders.images.encoder.encoder_files import ModelError
from tests.builders.images.editing.tiny_editors import load, save_pix2pix, torch


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_pix2pix(tmp_path_factory.mktemp("pix2pix"))


def refused(pattern: str, model: str | Path, **options: Any) -> None:
    with pytest.raises(ModelError, match=pattern):
        load(Path(model), **options)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("StableDiffusionPipeline", r"takes no image \(text to image\)"),
        ("FluxPipeline", r"takes no image \(text to image\)"),
        ("StableDiffusionImg2ImgPipeline", "image to image"),
        ("FluxKontextInpaintPipeline", "inpainting"),
        ("StableDiffusionInpaintPipeline", "inpainting"),
        ("StableDiffusionControlNetPipeline", "a layout to follow"),
        ("StableDiffusionUpscalePipeline", "enlarges images"),
        ("WanImageToVideoPipeline", "makes videos"),
        ("DDPMPipeline", "text to image"),
        ("EditorOfTomorrow", "does not have"),
        ("UNet2DModel", "does not have"),
        (["remote", "Pipeline"], "code that comes with a model is never run"),
        (None, "does not have"),
    ],
)
def test_what_is_no_editor_is_refused_before_its_weights_are_read(kind: object, reason: str, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text(json.dumps({"_class_name": kind, "unet": ["diffusers", "UNet2DModel"]}))
    refused(f"(?s){reason}.*expected one that edits an image by an instruction", tmp_path)


def test_arguments_that_the_pipeline_does_not_know_are_refused(folder: Path) -> None:
    refused(r"extra \['etta'\]: .*Pix2PixPipeline has no such arguments; it knows .*'eta'", folder, extra={"etta": 1})
    refused(r"extra \['image', 'num_inference_steps'\]: given by", folder, extra={"image": 1, "num_inference_steps": 3})
    refused(r"true_cfg 4.0: .* has no true_cfg_scale; .*'guidance_scale', 'image_guidance_scale'", folder, true_cfg=4.0)


def test_a_model_that_is_not_there_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    refused("no such folder, and no Hugging Face id", tmp_path / "none")
    refused("no model_index.json", tmp_path)
    refused("(?s)nobody/nothing: .*where there is no network, copy the pipeline's folder", "nobody/nothing")
    (tmp_path / "model_index.json").write_text("{")
    refused("cannot be read", tmp_path)


def test_an_id_is_taken_from_the_cache_of_hugging_face(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = "0" * 40
    repository = tmp_path / "models--tiny--editor"
    shutil.copytree(folder, repository / "snapshots" / commit)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(commit)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert load(Path("tiny/editor")).key == load(folder).key
    assert load(Path("tiny/editor"), revision=commit).key == load(folder).key


def test_weights_that_run_code_are_refused(folder: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(folder, tmp_path / "copy")
    weights = next((copied / "unet").glob("*.safetensors"))
    weights.rename(weights.with_suffix(".bin"))
    refused(r"unet: holds \['diffusion_pytorch_model.bin'\] and no .safetensors", copied)


@pytest.mark.parametrize(("part", "name"), [("unet", "conv_out.bias"), ("text_encoder", "final_layer_norm.weight")])
def test_weights_that_are_not_whole_are_refused(part: str, name: str, folder: Path, tmp_path: Path) -> None:
    """The libraries log a warning and go on with random ones."""
    from safetensors.torch import load_file, save_file

    copied = shutil.copytree(folder, tmp_path / "copy")
    path = next((copied / part).glob("*.safetensors"))
    weights = load_file(path)
    del weights[next(each for each in weights if each.endswith(name))]
    save_file(weights, path, metadata={"format": "pt"})
    refused(f"(?s)weights are missing and would be begun at random; .*{name}", copied)
    path.write_bytes(path.read_bytes()[:2000])
    refused("does not load as StableDiffusionInstructPix2PixPipeline", copied)
    path.unlink()
    refused("does not load as StableDiffusionInstructPix2PixPipeline", copied)


def test_what_needs_cuda_is_refused_without_it(folder: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    refused("no CUDA device", folder, device="cuda")
    refused("offload model: .* use offload=none", folder, offload="model")
