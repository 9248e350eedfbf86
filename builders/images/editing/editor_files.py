"""Which files a pipeline is made of, and whether it edits by instruction: checked before any weight is read.

diffusers itself reads pickles where it finds no safetensors, and only logs a warning when weights are missing and
begun at random. Here a pipeline is whole, or an error says what to do.
"""

from __future__ import annotations

import inspect
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from contextpairs.builders.images.encoder.encoder_files import ModelError, fingerprint

INDEX_NAME = "model_index.json"
PICKLED = (".bin", ".pt", ".pth", ".ckpt", ".msgpack")
READ = (".safetensors", ".json", ".txt", ".model", ".jinja")
"""Endings of the files that a component is loaded from."""
WANTED = ("prompt", "image", "num_inference_steps", "generator", "output_type")
OTHERS = {
    "mask_image": "it repaints a masked region (inpainting)",
    "strength": "it redraws an image from noise by its description (image to image), and takes no instruction",
    "control_image": "its image is a layout to follow (ControlNet)",
    "controlnet": "its image is a layout to follow (ControlNet)",
    "adapter": "its image is a layout to follow (adapter)",
    "noise_level": "it enlarges images or varies them",
    "layers": "it takes images apart into layers",
    **dict.fromkeys(("video", "frames", "num_frames", "segment_frame_length"), "it makes videos"),
}
"""Arguments and parts that tell other pipelines from editors."""
EXPECTED = (
    "expected one that edits an image by an instruction, such as StableDiffusionInstructPix2PixPipeline, "
    "FluxKontextPipeline, QwenImageEditPipeline, QwenImageEditPlusPipeline, Flux2Pipeline or Flux2KleinPipeline"
)
OFFLINE = "where there is no network, copy the pipeline's folder and give its path"
BEGUN_AT_RANDOM = ("newly initialized", "MISSING")
"""What diffusers and transformers log of weights that are in no file."""


@dataclass(frozen=True, slots=True)
class PipelineFiles:
    """A pipeline by its files.

    Attributes:
        folder: holds model_index.json and a folder a component.
        kind: class of diffusers.
        components: names of the parts that are not left out.
        without: optional parts that are left out.
    """

    folder: Path
    kind: type
    components: tuple[str, ...]
    without: tuple[str, ...]

    def fingerprints(self) -> dict[str, str]:
        """sha256 of every weight and configuration file, by its path in the folder."""
        parts = [path for name in self.components for path in _files(self.folder / name, READ)]
        paths = [self.folder / INDEX_NAME, *parts]
        return {path.relative_to(self.folder).as_posix(): _fingerprint(path) for path in paths}


def pipeline_kind(model: str, revision: str | None) -> type:
    """The class of a pipeline, from its configuration alone: no weights are fetched or read.

    Raises:
        ModelError: there is no such pipeline, it does not edit by instruction, or a folder's weights are not
            safetensors.
    """
    kind, named, without = _announced(model, revision)
    if Path(model).is_dir():
        _check_safetensors(Path(model), tuple(sorted(named - without)))
    return kind


def _announced(model: str, revision: str | None) -> tuple[type, set[str], set[str]]:
    """What model_index.json says: an editor's class, its parts, and which of them are left out."""
    index = _index(model, revision)
    kind = _kind(model, index.get("_class_name"))
    _check_editor(model, kind)
    named = {name: said for name, said in index.items() if isinstance(said, list | tuple) and not name.startswith("_")}
    return kind, set(named), {name for name, (library, _) in named.items() if library is None}


def find_pipeline(model: str, revision: str | None) -> PipelineFiles:
    """The files of a pipeline; of a Hugging Face id they are fetched once its class is known to fit.

    Raises:
        ModelError: there is no such pipeline, it does not edit by instruction, or its weights are not safetensors.
    """
    kind, named, without = _announced(model, revision)
    components = tuple(sorted(named - without))
    folder = Path(model) if Path(model).is_dir() else _fetched(model, revision)
    _check_safetensors(folder, components)
    return PipelineFiles(folder, kind, components, tuple(sorted(without)))


def load_pipeline(files: PipelineFiles, dtype: str) -> Any:
    """The pipeline of some files, on the CPU, without progress bars.

    Raises:
        ModelError: it does not load, or weights are missing.
    """
    import torch
    from diffusers import DiffusionPipeline

    with _quiet() as messages:
        try:
            pipeline = DiffusionPipeline.from_pretrained(
                files.folder,
                dtype=getattr(torch, dtype),
                use_safetensors=True,
                trust_remote_code=False,
                **_choices(files),
            )
        except Exception as error:
            raise ModelError(
                f"{files.folder}: does not load as {files.kind.__name__} ({type(error).__name__}: "
                f"{str(error)[:1000]}); expected what its save_pretrained writes"
            ) from error
    random = [message for message in messages if any(words in message for words in BEGUN_AT_RANDOM)]
    if random:
        raise ModelError(f"{files.folder}: weights are missing and would be begun at random; {random[0][:1000]}")
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def _choices(files: PipelineFiles) -> dict[str, Any]:
    """A pipeline that was saved without a safety checker is loaded without one."""
    known = "requires_safety_checker" in inspect.signature(files.kind).parameters
    return {"requires_safety_checker": False} if known and "safety_checker" in files.without else {}


def _index(model: str, revision: str | None) -> dict[str, Any]:
    """What model_index.json says."""
    from diffusers import DiffusionPipeline

    folder = Path(model)
    if folder.is_dir() and not (folder / INDEX_NAME).is_file():
        raise ModelError(f"{model}: no {INDEX_NAME}; a pipeline's folder holds it beside a folder for each part")
    if not folder.is_dir() and (folder.is_absolute() or model.startswith((".", "~")) or model.count("/") != 1):
        raise ModelError(f"model {model}: no such folder, and no Hugging Face id (owner/name)")
    with _quiet():
        try:
            index: dict[str, Any] = DiffusionPipeline.load_config(model, revision=revision)
        except Exception as error:
            raise ModelError(
                f"model {model}: {INDEX_NAME} cannot be read from a folder or from Hugging Face "
                f"({type(error).__name__}: {str(error)[:1000]}); {OFFLINE}"
            ) from error
    return index


def _fetched(model: str, revision: str | None) -> Path:
    from diffusers import DiffusionPipeline

    with _quiet():
        try:
            return Path(DiffusionPipeline.download(model, revision=revision, use_safetensors=True))
        except Exception as error:
            raise ModelError(
                f"model {model}: cannot be fetched from Hugging Face ({type(error).__name__}: {str(error)[:1000]}); "
                f"weights are read from .safetensors alone; {OFFLINE}"
            ) from error


def _kind(model: str, name: Any) -> type:
    import diffusers

    kind = getattr(diffusers, name, None) if isinstance(name, str) else None
    if not (inspect.isclass(kind) and issubclass(kind, diffusers.DiffusionPipeline)):
        raise ModelError(
            f"model {model}: a pipeline {name} that diffusers {diffusers.__version__} does not have; code that comes "
            f"with a model is never run; {EXPECTED}"
        )
    return kind


def _check_editor(model: str, kind: type) -> None:
    arguments = list(inspect.signature(kind.__call__).parameters)
    missing = [name for name in WANTED if name not in arguments]
    if missing:
        said = "it takes no image (text to image)" if "image" in missing else f"its call takes no {missing}"
        raise ModelError(f"model {model}: {kind.__name__} is no editor, {said}; {EXPECTED}")
    names = {*arguments, *inspect.signature(kind).parameters}
    reason = next((reason for name, reason in OTHERS.items() if name in names), None)
    if reason:
        raise ModelError(f"model {model}: {kind.__name__} is no editor, {reason}; {EXPECTED}")


def _check_safetensors(folder: Path, components: tuple[str, ...]) -> None:
    for name in components:
        pickled = _files(folder / name, PICKLED)
        if pickled and not _files(folder / name, (".safetensors",)):
            raise ModelError(
                f"{folder / name}: holds {[path.name for path in pickled]} and no .safetensors; other formats run code "
                "when opened and are not read: load the pipeline where you trust it and save it with save_pretrained"
            )


def _files(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in endings and path.is_file())


def _fingerprint(path: Path) -> str:
    state = path.stat()
    return _fingerprint_of(path, state.st_size, state.st_mtime_ns)


@cache
def _fingerprint_of(path: Path, size: int, modified: int) -> str:  # noqa: ARG001
    """Once a process as long as the file stays as it is: weights are gigabytes."""
    return fingerprint(path)


class _Kept(logging.Handler):
    """Keeps messages."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Keep what the libraries log and warn about to oneself, and show no progress bars."""
    import diffusers.utils.logging as of_diffusers
    import transformers.utils.logging as of_transformers

    handler = _Kept()
    bars = [each for each in (of_diffusers, of_transformers) if each.is_progress_bar_enabled()]
    loggers = [logging.getLogger(name) for name in ("diffusers", "transformers")]
    before = [(logger, logger.level, logger.propagate, logger.handlers) for logger in loggers]
    try:
        for each in bars:
            each.disable_progress_bar()
        for logger in loggers:
            logger.setLevel(logging.WARNING)
            logger.propagate, logger.handlers = False, [handler]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield handler.messages
    finally:
        for logger, level, propagate, handlers in before:
            logger.setLevel(level)
            logger.propagate, logger.handlers = propagate, handlers
        for each in bars:
            each.enable_progress_bar()
