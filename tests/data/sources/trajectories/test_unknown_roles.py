"""Turns in roles that nobody knows: read, and marked as a guess."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.code.trajectory import Message
from tests.data.sources.trajectories.one_record import CALL, one, through_parquet


class TestUnknownRoles:
    CALLING = {"role": "assistant", "content": "look", "tool_calls": [CALL, CALL]}  # noqa: RUF012

    @pytest.mark.parametrize("role", ["terminal", "critic", "Tool-Result", 5, ["user"], {"a": 1}, ""])
    @pytest.mark.parametrize(
        ("before", "expected"),
        [
            ({"role": "assistant", "content": "look", "tool_calls": [CALL]}, "tool"),
            ({"role": "assistant", "content": "look\n```bash\nls\n```"}, "tool"),
            (
                {"role": "assistant", "content": "<function=bash>\n<parameter=command>ls</parameter>\n</function>"},
                "tool",
            ),
            ({"role": "assistant", "content": "I think so."}, "assistant"),
            ({"role": "user", "content": "```\ngo\n```"}, "assistant"),
        ],
    )
    def test_a_tool_s_after_a_call_else_the_agent_s(
        self, role: Any, before: Any, expected: str, tmp_path: Path
    ) -> None:
        turns = [before, {"role": role, "content": "so"}]
        item = one({"instance_id": "x", "messages": turns}, tmp_path / "a.json")
        assert item.messages[1] == Message(expected, "so")
        assert item.doubtful() == [1]

    def test_no_more_answers_than_calls(self, tmp_path: Path) -> None:
        turns = [self.CALLING, *({"role": "king", "content": text} for text in "abc")]
        item = one({"instance_id": "x", "messages": turns}, tmp_path / "a.json")
        assert [message.role for message in item.messages] == ["assistant", "tool", "tool", "assistant"]
        assert item.doubtful() == [1, 2, 3]

    def test_parquet_reads_them_like_json(self, tmp_path: Path) -> None:
        turns = [{"role": "assistant", "content": "```sh\nls\n```"}, {"role": "king", "content": "a\0"}]
        row = {"instance_id": "x", "messages": turns}
        (found,) = through_parquet([row], tmp_path / "a.parquet")
        assert found.messages == one(row, tmp_path / "a.json").messages
        assert (found.messages[1].role, found.doubtful()) == ("tool", [1])

    @pytest.mark.parametrize("spelling", ["Assistant", " user ", "TOOL"])
    def test_a_known_role_in_another_spelling_is_no_guess(self, spelling: str, tmp_path: Path) -> None:
        item = one({"instance_id": "x", "messages": [{"role": spelling, "content": "x"}]}, tmp_path / "a.json")
        assert (item.messages[0].role, item.doubtful()) == (spelling.strip().lower(), [])
