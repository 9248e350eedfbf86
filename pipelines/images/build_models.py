"""Which models a build runs: those that are named, or the demonstration's where they are permitted."""

from __future__ import annotations

from pathlib import Path

from contextpairs.data.demo.models import SCENE_EDITOR, SCENE_ENCODER
from contextpairs.data.store.manifest import ModelUse, portable_uri
from contextpairs.pipelines.images.config import ImagesConfig
from contextpairs.pipelines.run.config_files import ConfigError

WEIGHTS = {SCENE_ENCODER: "open_clip_model.safetensors", SCENE_EDITOR: "unet/diffusion_pytorch_model.safetensors"}
"""What tells a copy of a demonstration model."""
DEMO = "demo_models=true permits the small demonstration models, which know rendered scenes alone"
NO_ENCODER = (
    "retrieval.model: no encoder is named, and both routes compare images by it; name an open_clip model, as its "
    "folder (retrieval.model=/models/clip) or by name with its weights (retrieval.model=ViT-L-14-quickgelu "
    f"retrieval.pretrained=/models/clip-vit-l-14.safetensors); {DEMO}"
)
NO_EDITOR = (
    "editing.model: editing.enabled=true, and no editor is named; name a diffusers pipeline that edits by instruction "
    f"(editing.model=/models/flux-kontext), or leave editing.enabled out; {DEMO}"
)
NO_ROUTE = (
    "no route is left: retrieval.enabled=false, and editing is off or has no editor (editing.model); leave "
    "retrieval.enabled out or name an editor"
)
LEFT_OUT = "editing is left out: no editor is named (editing.model=/models/flux-kontext, for one)"


def with_models(config: ImagesConfig) -> ImagesConfig:
    """The configuration with its models: named ones, and the demonstration's without sources or by `demo_models`.

    Raises:
        ConfigError: no encoder is named, an editor is asked for and not named, or no route is left.
    """
    permitted = config.demo_models or not config.sources
    encoder = config.retrieval.model or (str(SCENE_ENCODER) if permitted else "")
    editor = config.editing.model or (str(SCENE_EDITOR) if permitted else "")
    if not encoder:
        raise ConfigError(NO_ENCODER)
    if config.editing.enabled and not editor:
        raise ConfigError(NO_EDITOR)
    edits = bool(editor) and config.editing.enabled is not False
    if not (edits or config.retrieval.enabled):
        raise ConfigError(NO_ROUTE)
    return config.model_copy(
        update={
            "retrieval": config.retrieval.model_copy(update={"model": encoder}),
            "editing": config.editing.model_copy(update={"model": editor, "enabled": edits}),
        }
    )


def models_of(config: ImagesConfig) -> tuple[ModelUse, ...]:
    """Encoder and editor of a build, as its manifest names them; of a configuration that `with_models` gave."""
    retrieval, editing = config.retrieval, config.editing
    encoder = _used("encoder", retrieval.model, retrieval.pretrained, SCENE_ENCODER)
    return (encoder, _used("editor", editing.model, editing.revision, SCENE_EDITOR)) if editing.enabled else (encoder,)


def redraws_originals(config: ImagesConfig) -> bool:
    """Whether originals of edits go through the editor's codec too: rendered scenes that the embedded editor edits.

    A user's originals are handed on as they came, whatever edits them.
    """
    embedded = any(each.role == "editor" and each.demonstration for each in models_of(config))
    return embedded and not config.sources and config.editing.redraw_originals


def _used(role: str, model: str, revision: str | None, demonstration: Path) -> ModelUse:
    return ModelUse.model_validate(
        {
            "role": role,
            "name": portable_uri(model),
            "revision": revision and portable_uri(revision),
            "demonstration": _same_weights(Path(model), demonstration),
        }
    )


def _same_weights(model: Path, demonstration: Path) -> bool:
    """Whether a model is a demonstration model or a copy of it."""
    mine, embedded = model / WEIGHTS[demonstration], demonstration / WEIGHTS[demonstration]
    if not mine.is_file() or mine.stat().st_size != embedded.stat().st_size:
        return False
    return mine.read_bytes() == embedded.read_bytes()


def models_told(given: ImagesConfig, config: ImagesConfig) -> list[str]:
    """Which models a build runs, for who runs it: a line, and another where editing is left out for want of one.

    Args:
        given: the configuration as it was given.
        config: what `with_models` made of it.
    """
    said = ", ".join(f"{each.role} {each.in_words()}" for each in models_of(config))
    unnamed = given.editing.enabled is None and not config.editing.enabled
    return [f"models: {said}", *([LEFT_OUT] if unnamed else [])]


def demonstration_note(config: ImagesConfig) -> str | None:
    """What the card has to say of a version that demonstration models had a hand in, or that shows rendered scenes."""
    roles = " and ".join(each.role for each in models_of(config) if each.demonstration)
    if config.sources and not roles:
        return None
    made = "Made" if config.sources else "Made from rendered scenes"
    models = f" by small demonstration models ({roles}), which know rendered scenes alone" if roles else ""
    return f"{made}{models}: it shows that the pipeline works, and is no training data."
