"""Which files an open_clip model is made of: found, checked and fingerprinted before anything is built from them.

open_clip itself only logs a warning when it finds no weights and goes on with random ones, and it reads pickles. Here
a model is a configuration and one safetensors file, or an error that says what to do.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

CONFIG_NAME = "open_clip_config.json"
WEIGHTS_NAME = "open_clip_model.safetensors"
LOCAL_FOLDER = "local-dir:"
HUB = "hf-hub:"
NORMALISING = ("mean", "std")
"""Of a picture's channels, in levels from 0 to 1."""
PREPROCESSING = ("mean", "std", "interpolation", "resize_mode", "fill_color")


class ModelError(ValueError):
    """A model that cannot be loaded as asked; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model by its files.

    Attributes:
        name: what open_clip is asked for: a built-in name, or `local-dir:` and a folder.
        weights: the safetensors file.
        preprocess: fields of the preprocessing that the weights want, as far as their tag tells; else empty.
        quick_gelu: whether the weights were trained with QuickGELU although the built-in name does not say so.
        said: of mean and std, those that a configuration or a tag gives.
    """

    name: str
    weights: Path
    preprocess: dict[str, Any]
    quick_gelu: bool = False
    said: tuple[str, ...] = NORMALISING

    @property
    def pretrained(self) -> str | None:
        """The argument of that name: a folder brings its own weights."""
        return None if self.name.startswith(LOCAL_FOLDER) else str(self.weights)


def find_model(model: str, pretrained: str | None) -> ModelFiles:
    """The files of a model.

    Args:
        model: folder with `open_clip_config.json` and `open_clip_model.safetensors`, `hf-hub:owner/name`, or a built-in
            name of open_clip.
        pretrained: for built-in names alone: a tag of open_clip, or the path of a .safetensors file.

    Raises:
        ModelError: there are no such files, no weights were asked for, or they are not safetensors.
    """
    if model.startswith(HUB) or Path(model).is_dir():
        if pretrained:
            raise ModelError(f"model {model} brings its own weights: leave `pretrained` ({pretrained}) out")
        return _folder(_hub_folder(model) if model.startswith(HUB) else Path(model))
    return _built_in(model, pretrained)


def fingerprints(model: str, pretrained: str | None) -> list[str] | None:
    """What a model is made of, as far as files tell without open_clip, which is slow to import.

    Returns:
        Versions of the libraries and hashes of the files: equal ones make equal vectors. None where open_clip alone
        knows the file: for a built-in name with a tag.

    Raises:
        ModelError: as `find_model`.
    """
    libraries = [f"{name}=={version(name)}" for name in ("open_clip_torch", "torch", "torchvision")]
    if model.startswith(HUB) or Path(model).is_dir():
        files = find_model(model, pretrained)
        folder = Path(files.name.removeprefix(LOCAL_FOLDER))
        return [*libraries, fingerprint(folder / CONFIG_NAME), fingerprint(files.weights)]
    return [*libraries, model, fingerprint(Path(pretrained))] if pretrained and Path(pretrained).is_file() else None


def fingerprint(path: Path) -> str:
    """sha256 of a file, 64 hex digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _folder(folder: Path) -> ModelFiles:
    config, weights = folder / CONFIG_NAME, folder / WEIGHTS_NAME
    if not config.is_file():
        raise ModelError(f"{folder}: no {CONFIG_NAME}; a model folder holds it beside {WEIGHTS_NAME}")
    if not weights.is_file():
        others = sorted(
            path.name for path in folder.iterdir() if path.suffix in (".bin", ".pt", ".pth", ".safetensors")
        )
        hint = f"found {others}; " if others else ""
        raise ModelError(
            f"{folder}: no {WEIGHTS_NAME}; {hint}weights are read from that file alone and never begun at random: "
            "save them with safetensors under that name"
        )
    try:
        told = json.loads(config.read_text(encoding="utf-8"))
        known = "model_cfg" in told
    except (ValueError, TypeError) as error:
        raise ModelError(f"{config}: not JSON ({error})") from error
    if not known:
        raise ModelError(f"{config}: no field model_cfg; expected an object with model_cfg and preprocess_cfg")
    return ModelFiles(f"{LOCAL_FOLDER}{folder}", weights, {}, said=_said(config, told.get("preprocess_cfg") or {}))


def _said(config: Path, preprocess: Any) -> tuple[str, ...]:
    """Of mean and std, those that a configuration gives.

    Raises:
        ModelError: one is no three numbers from 0 to 1.
    """
    if not isinstance(preprocess, dict):
        raise ModelError(f"{config}: preprocess_cfg is {preprocess!r}; expected an object with mean and std")
    said = tuple(name for name in NORMALISING if preprocess.get(name) is not None)
    for name in said:
        value = preprocess[name]
        if not (_are_levels(value) and (name == "mean" or min(value) > 0)):
            raise ModelError(
                f"{config}: preprocess_cfg.{name} is {value!r}; expected three numbers of levels from 0 to 1, such as "
                "[0.48, 0.46, 0.41]: divide by 255 what counts levels up to 255"
            )
    return said


def _are_levels(value: Any) -> bool:
    if not (isinstance(value, list) and len(value) == 3):
        return False
    return all(isinstance(each, int | float) and not isinstance(each, bool) and 0 <= each <= 1 for each in value)


def _hub_folder(model: str) -> Path:
    from huggingface_hub import snapshot_download

    repository = model.removeprefix(HUB)
    try:
        return Path(snapshot_download(repository, allow_patterns=["*.json", "*.txt", "*.model", WEIGHTS_NAME]))
    except Exception as error:
        raise ModelError(
            f"{model}: cannot be fetched ({type(error).__name__}: {error}); where there is no network, copy "
            f"{CONFIG_NAME} and {WEIGHTS_NAME} of that repository into a folder and name the folder as `model`"
        ) from error


def _built_in(model: str, pretrained: str | None) -> ModelFiles:
    import open_clip

    if model not in open_clip.list_models():
        raise ModelError(
            f"model {model}: neither a folder nor a model that open_clip knows; name a folder that holds {CONFIG_NAME} "
            f"and {WEIGHTS_NAME}, or one of open_clip.list_models(), such as ViT-B-32"
        )
    tags = open_clip.list_pretrained_tags_by_model(model)
    if not pretrained:
        raise ModelError(
            f"model {model}: `pretrained` is missing, and a random initialisation is refused because its vectors mean "
            f"nothing; give the path of a .safetensors file or one of the tags {tags}"
        )
    if pretrained in tags:
        return _tagged(model, pretrained)
    if not Path(pretrained).is_file():
        raise ModelError(f"pretrained {pretrained}: no such file, and {model} has only the tags {tags}")
    agreed = _agreed_preprocessing(model, tags)
    said = tuple(name for name in NORMALISING if name in agreed)
    return ModelFiles(model, _safetensors(Path(pretrained)), agreed, said=said)


def _tagged(model: str, tag: str) -> ModelFiles:
    import open_clip

    config = open_clip.get_pretrained_cfg(model, tag)
    try:
        path = Path(open_clip.download_pretrained(config))
    except Exception as error:
        raise ModelError(
            f"pretrained {tag}: its weights cannot be fetched ({type(error).__name__}: {error}); where there is no "
            f"network, copy the .safetensors file of {config.get('hf_hub') or config.get('url')} and give its path"
        ) from error
    weights = _safetensors(path)
    trained, built = bool(config.get("quick_gelu")), bool((open_clip.get_model_config(model) or {}).get("quick_gelu"))
    if built and not trained:
        raise ModelError(
            f"pretrained {tag}: trained without QuickGELU; use the model {model.removesuffix('-quickgelu')}"
        )
    return ModelFiles(model, weights, _preprocessing(config), trained)


def _safetensors(path: Path) -> Path:
    if path.suffix != ".safetensors":
        raise ModelError(
            f"{path}: weights are read from .safetensors alone, since other formats run code when opened; convert the "
            "file with safetensors.torch.save_file where you trust it"
        )
    return path


def _agreed_preprocessing(model: str, tags: list[str]) -> dict[str, Any]:
    """What all tags of a model say: a file does not tell its mean, but SigLIP's, say, is never another."""
    import open_clip

    said = [_preprocessing(open_clip.get_pretrained_cfg(model, tag)) for tag in tags]
    return said[0] if said and all(one == said[0] for one in said) else {}


def _preprocessing(config: dict[str, Any]) -> dict[str, Any]:
    return {name: config[name] for name in PREPROCESSING if config.get(name) is not None}
