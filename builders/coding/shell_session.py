"""What carries over from turn to turn of an agent's shell."""

from __future__ import annotations

from dataclasses import dataclass, field

from contextpairs.builders.coding.edit_command import Edit


@dataclass(slots=True)
class Session:
    """What carries over from turn to turn: the repository's folder, scripts and patches that the agent wrote."""

    root: str = ""
    written: dict[str, str] = field(default_factory=dict)
    folder: str = ""
    piped: set[int] = field(default_factory=set)
    """The commands of a block whose output goes into another's input."""

    def remember(self, edit: Edit) -> None:
        """Keeps what later commands may run or apply: scripts that write, and patches."""
        if edit.new is None or edit.kind not in ("write", "append"):
            return
        text = self.written.get(edit.path, "") + edit.new if edit.kind == "append" else edit.new
        if "write" in text or "open(" in text or "\n+++ " in text:
            self.written[edit.path] = text
