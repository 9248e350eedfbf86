"""Models that the tests of training share with those of context selection."""

from tests.pipelines.train.context_selection.conftest import llama_folder, qwen_folder

__all__ = ["llama_folder", "qwen_folder"]
