"""Labels in whatever form people write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.sources.trajectories.side_fields import truth
from tests.data.sources.trajectories.one_record import TURNS, one


class TestLabels:
    @pytest.mark.parametrize(
        "label",
        [True, 1, 1.0, "1", "1.0", "true", "Yes", "resolved", "RESOLVED_FULL", "pass", " Passed ", "SUCCESS", "solved",
         {"resolved": True}, {"resolved": "yes", "other": 1}],
    )  # fmt: skip
    def test_yes(self, label: Any) -> None:
        assert truth(label) is True

    @pytest.mark.parametrize(
        "label",
        [False, 0, 0.0, "0", "false", "no", "unresolved", "RESOLVED_NO", "resolved-partial", "not_resolved", "fail",
         "Failed", {"resolved": 0}],
    )  # fmt: skip
    def test_no(self, label: Any) -> None:
        assert truth(label) is False

    @pytest.mark.parametrize("label", [None, -1, "-1", "", "unknown", "None", "n/a", float("nan"), {"resolved": None}])
    def test_none_given(self, label: Any) -> None:
        assert truth(label) is None

    @pytest.mark.parametrize(
        "label",
        [0.5, 2, -7, "0.5", "perhaps", "yes and no", "x" * 10**6, {}, {"passed": True}, [], [True], {"resolved": {}}],
    )
    def test_neither_is_kept_as_unknown(self, label: Any, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="neither"):
            truth(label)
        item = one({"instance_id": "o__r-1", "messages": TURNS, "resolved": label}, tmp_path / "a.json")
        assert (item.resolved, item.unread) == (None, ("resolved",))
