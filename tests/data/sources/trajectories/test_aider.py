"""Logs of aider: a banner begins a run, and a heading of a reply is no turn."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contextpairs.data.code.trajectory import Message
from contextpairs.data.sources.trajectories.aider import runs_of, without_headings
from tests.data.sources.trajectories.one_record import one

BANNER = "Aider v0.35.1-dev  \nModels: m with diff edit format"
COST = Message("tool", "34115 prompt tokens, 101 completion tokens, $0.172090 cost")
ASK = Message("user", "Please mend it.\n### Description")
DONE = Message("tool", "Applied edit to a.py")


def tool(text: str) -> Message:
    return Message("tool", text)


def said(text: str) -> Message:
    return Message("assistant", text)


class TestRuns:
    def test_one_banner_is_one_run(self) -> None:
        log = [tool(BANNER), ASK, COST, said("x"), DONE]
        assert runs_of(log) == [log]

    @pytest.mark.parametrize("banner", [BANNER, "Aider v0.60.1\nMain model: m", "> Aider v1.2.3", "Aider v0.9"])
    def test_a_message_is_cut_before_the_banner_within_it(self, banner: str) -> None:
        log = [tool(banner), ASK, said("one"), tool(f"{DONE.content}\n\n\n{banner}"), ASK, said("two"), DONE]
        first, second = runs_of(log)
        assert first == [tool(banner), ASK, said("one"), tool(f"{DONE.content}\n\n\n")]
        assert second == [tool(banner), ASK, said("two"), DONE]

    def test_what_stands_before_the_first_banner_is_kept_apart(self) -> None:
        log = [
            tool(f"# aider chat started at 2024-05-20\n\n{BANNER}"),
            ASK,
            said("x"),
            tool(f"{BANNER}\n{BANNER}"),
            ASK,
        ]
        assert [len(run) for run in runs_of(log)] == [1, 3, 1, 2]

    def test_an_agent_that_works_on_aider_is_one_run(self) -> None:
        log = [ASK, said("```bash\naider --version\n```"), tool(f"$ aider\n{BANNER}\n{BANNER}"), said("fine")]
        assert runs_of(log) == [log]
        assert len(runs_of([tool(BANNER), ASK, said(f"I print\n{BANNER}"), tool("the text Aider v0.35.1 here")])) == 1

    @given(
        st.lists(
            st.tuples(st.sampled_from(["tool", "assistant", "user"]), st.sampled_from(["x", BANNER, f"a\n{BANNER}"]))
        )
    )
    def test_nothing_is_lost_but_what_is_empty(self, turns: list[tuple[str, str]]) -> None:
        log = [Message(*turn) for turn in turns]
        parts = [message.content for run in runs_of(log) for message in run]
        assert "".join(parts) == "".join(message.content for message in log)


class TestHeadings:
    def test_they_go_back_into_the_reply(self) -> None:
        log = [tool(BANNER), ASK, COST, said("Two steps:"), Message("user", "a.py"), said("```x```"),
               Message("user", "b.py"), said("```y```"), DONE]  # fmt: skip
        assert without_headings(log) == [
            tool(BANNER), ASK, COST, said("Two steps:\n\n#### a.py\n\n```x```\n\n#### b.py\n\n```y```"), DONE,
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("log", "reply"),
        [
            ([tool(BANNER), ASK, COST, Message("user", "Plan"), said("x"), DONE], "#### Plan\n\nx"),
            ([tool(BANNER), ASK, COST, said("x"), Message("user", "Done"), DONE], "x\n\n#### Done"),
            ([tool(BANNER), ASK, COST, said("x"), Message("user", "A\nB"), said("y")], "x\n\n#### A\n#### B\n\ny"),
            ([tool(BANNER), ASK, COST, said("x"), Message("user", "A"), Message("user", "B"), said("y")],
             "x\n\n#### A\n\n#### B\n\ny"),
        ],
    )  # fmt: skip
    def test_wherever_they_stand_in_it(self, log: list[Message], reply: str) -> None:
        assert without_headings(log)[:4] == [*log[:3], said(reply)]

    @pytest.mark.parametrize(
        "log",
        [
            [tool(BANNER), ASK, COST, said("Which file?"), Message("user", "a.py"), COST, said("x"), DONE],
            [tool(BANNER), ASK, said("x"), DONE],
            [
                tool(BANNER),
                ASK,
                COST,
                said("x"),
                tool("Attempt to fix test errors? yes"),
                Message("user", "no"),
                COST,
                said("y"),
            ],
            [tool(BANNER), ASK, COST, said("x"), Message("user", "bye")],
        ],
    )
    def test_what_a_user_says_stays_a_turn(self, log: list[Message]) -> None:
        assert without_headings(log) == log

    def test_they_are_mended_as_a_log_is_read_and_elsewhere_users_may_say_anything(self, tmp_path: Path) -> None:
        turns = [{"role": role, "content": text} for role, text in (COST, said("x"), Message("user", "A"), said("y"))]
        log = {"instance_id": "o__r-1", "messages": [{"role": "tool", "content": BANNER}, *turns]}
        assert one(log, tmp_path / "a.json").messages[-1].content == "x\n\n#### A\n\ny"
        assert len(one({**log, "messages": turns}, tmp_path / "b.json").messages) == 4
