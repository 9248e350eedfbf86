"""The reporter of the command line: progress while it runs, the funnel and the audit when it is done."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.table import Table

from contextpairs.data.store.manifest import FunnelStage, Manifest
from contextpairs.data.store.run_records import RunRecord
from contextpairs.pipelines.run.progress import ProgressBars, ProgressLines


class Terminal:
    """Shows a build on a terminal; a context manager. Progress is there from the first stage on."""

    def __init__(self, console: Console) -> None:
        """Args: console: where to write."""
        self._console = console
        self._progress = ProgressBars(console) if console.is_terminal else ProgressLines(console)
        self._begun = False
        self.lines: list[FunnelStage] = []
        self.notes: list[str] = []
        self.record: RunRecord | None = None

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def stage(self, name: str, partitions: int) -> None:
        """Show that a stage begins."""
        self._begun = True
        self._progress.stage(name, partitions)

    def advance(self, reused: bool, rows: int = 0) -> None:
        """Show how far the stage is."""
        self._progress.advance(reused, rows)

    def funnel(self, line: FunnelStage) -> None:
        """Keep a line for the table at the end."""
        self.lines.append(line)

    def note(self, message: str) -> None:
        """Keep a note for the end; before the first stage it is shown at once, for it may say what is waited for."""
        if not self._begun:
            self._print(message)
        else:
            self.notes.append(message)

    def ended(self, record: RunRecord) -> None:
        """Keep the record for the end."""
        self.record = record

    def print_funnel(self) -> None:
        """Print what happened to every row; nothing where no row was counted."""
        if not self.lines:
            return
        self._console.print(funnel_table(self.lines))
        for note in self.notes:
            self._print(f"  {note}")
        if self.record and (limit := self.record.limited_by()):
            self._print(f"limited by: {limit}")

    def _print(self, text: str) -> None:
        # A path that is cut in two can neither be searched for nor copied.
        self._console.print(text, highlight=False, markup=False, soft_wrap=True)


def funnel_table(lines: list[FunnelStage] | tuple[FunnelStage, ...]) -> Table:
    """The funnel as a table: one stage a row, its reasons beside it."""
    table = Table(title="funnel", title_justify="left")
    table.add_column("stage", no_wrap=True)
    table.add_column("in", justify="right")
    table.add_column("out", justify="right")
    table.add_column("of")
    table.add_column("dropped, by reason", overflow="fold")
    for line in lines:
        lost = {**line.reasons, **({"failed (owed)": line.owed} if line.owed else {})}
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in lost.items())
        table.add_row(line.stage, f"{line.rows_in:,}", f"{line.rows_out:,}", line.unit, reasons)
    return table


def audit_table(manifest: Manifest) -> Table:
    """The shortcut audit as a table."""
    table = Table(title="shortcut audit: how often a cheap baseline picks the positive", title_justify="left")
    for name in ("split", "baseline", "accuracy", "95 % interval", "rows"):
        table.add_column(name)
    for figure in manifest.audit:
        interval = f"{figure.low:.3f} to {figure.high:.3f}"
        table.add_row(figure.split, figure.name, f"{figure.accuracy:.3f}", interval, str(figure.n))
    return table
