"""A tiny open_clip model in a folder, as a user's own would lie there; and pictures for it."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch: Any = pytest.importorskip("torch", reason="image models need the extra: pip install -e '.[images]'")
open_clip: Any = pytest.importorskip("open_clip", reason="image models need the extra: pip install -e '.[images]'")

CONFIG: dict[str, Any] = {
    "model_cfg": {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 8},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {"mean": [0.5, 0.4, 0.3], "std": [0.2, 0.3, 0.25], "interpolation": "bicubic"},
}


def save_model(folder: Path, seed: int = 0, without: tuple[str, ...] = ()) -> Path:
    """Weights of a seed, as safetensors, less those whose names are in `without`."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(CONFIG))
    torch.manual_seed(seed)
    state = open_clip.model.CLIP(**CONFIG["model_cfg"]).state_dict()
    kept = {name: value.contiguous() for name, value in state.items() if name not in without}
    save_file(kept, folder / "open_clip_model.safetensors")
    return folder


def pictures(count: int, seed: int = 0) -> list[Any]:
    """Noise of different sizes."""
    from PIL import Image

    random = np.random.default_rng(seed)
    sizes = [(40, 32), (32, 32), (64, 48), (20, 50)]
    shapes = [sizes[place % len(sizes)] for place in range(count)]
    return [Image.fromarray(random.integers(0, 256, (high, wide, 3), np.uint8)) for wide, high in shapes]


def as_png(picture: Any) -> bytes:
    """The file of a picture."""
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def from_png(content: bytes) -> Any:
    """The picture of a file."""
    from PIL import Image

    return Image.open(BytesIO(content)).convert("RGB")
