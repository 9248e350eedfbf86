"""One record as a trajectory, through the reader that people use."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contextpairs.data.code.trajectory import Message, Trajectory
from contextpairs.data.sources.files.faults import Rejection
from contextpairs.data.sources.trajectories.partition import SourceOptions
from contextpairs.data.sources.trajectories.planning import plan
from contextpairs.data.sources.trajectories.reading import read

CALL = {
    "id": "c1",
    "type": "function",
    "function": {"name": "bash", "arguments": '{"command": "cat a.py\\nls", "n": [1, 2]}'},
}
CALLED = "bash\ncommand:\ncat a.py\nls\nn:\n[1,2]"
TURNS = [{"role": "user", "content": "fix it"}, {"role": "assistant", "content": "done"}]
PLAIN = [Message("user", "fix it"), Message("assistant", "done")]


def outcomes(record: Any, path: Path, options: SourceOptions | None = None) -> list[Trajectory | Rejection]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))
    return [item for p in plan([str(path)], options or SourceOptions())[0] for item in read(p)]


def one(record: Any, path: Path, options: SourceOptions | None = None) -> Trajectory:
    (item,) = outcomes(record, path, options)
    assert isinstance(item, Trajectory), item
    return item


def refused(record: Any, path: Path, options: SourceOptions | None = None) -> Rejection:
    (item,) = outcomes(record, path, options)
    assert isinstance(item, Rejection), item
    assert f"{path} row 0: " in item.detail
    return item


def through_parquet(rows: list[dict[str, Any]], path: Path, options: SourceOptions | None = None) -> list[Any]:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return [item for p in plan([str(path)], options or SourceOptions())[0] for item in read(p)]
