"""What tests of every package share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # the first example of a test may load a model or a lexicon
settings.load_profile("unhurried")
os.environ.setdefault("CONTEXTPAIRS_CATCH", "off")  # a fault of our own shows where it happens, in workers too


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that need it skip where it is absent."""
    root = Path(__file__).resolve().parents[1]
    path = Path(os.environ.get("CONTEXTPAIRS_SHARED") or root.parent / "shared")
    if not path.is_dir():
        pytest.skip(f"real data not found at {path}: set CONTEXTPAIRS_SHARED to the folder that holds it")
    return path
