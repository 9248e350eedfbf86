"""mini-swe-agent `.traj.json` files, formats 1 and 1.1."""

from __future__ import annotations

from typing import Any

from contextpairs.data.code.trajectory import Trajectory
from contextpairs.data.sources.trajectories.messages import chat_messages
from contextpairs.data.sources.trajectories.native import file_stem, mapping_at, text_at
from contextpairs.data.sources.trajectories.rows import complete


def mini_swe_agent_trajectory(record: dict[str, Any], uri: str, row: int) -> Trajectory:
    """The run that a `.traj.json` file recorded.

    Raises:
        RowFault: it has no turns, or a field is of another type.
    """
    info = mapping_at(record, "info")
    model = mapping_at(mapping_at(info, "config"), "model")
    return complete(
        Trajectory(
            text_at(record, "instance_id") or file_stem(uri),
            chat_messages(record.get("messages")),
            uri,
            row,
            text_at(record, "trajectory_format") or "mini-swe-agent-1",
            patch=text_at(info, "submission"),
            agent="mini-swe-agent",
            model=text_at(model, "model_name"),
            exit_status=text_at(info, "exit_status"),
        )
    )
