"""Small demonstration models that the project trained itself, on rendered scenes; see the README.md of each."""

from pathlib import Path

SCENE_ENCODER = Path(__file__).parent / "scene-encoder"
"""An open_clip model that tells rendered scenes apart by text."""
SCENE_EDITOR = Path(__file__).parent / "scene-editor"
"""An InstructPix2Pix pipeline that edits rendered scenes of objects."""
