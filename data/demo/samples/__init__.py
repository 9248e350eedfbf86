"""The embedded sample corpus: scripted agent runs on small packages of our own, in the form of the 66k corpus.

`coding.parquet` has the columns `instance_id` and `messages` alone; generate.py makes it.
"""

from __future__ import annotations

from pathlib import Path


def sample_path() -> Path:
    """The Parquet file of the sample runs."""
    return Path(__file__).parent / "coding.parquet"
