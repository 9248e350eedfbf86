"""Trainers whose checkpoints hold the record of their run, and no secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from transformers import Trainer

from contextpairs.data.sources.files.safe_text import SECRET_NAME
from contextpairs.pipelines.train.checkpoints import newest_said
from contextpairs.pipelines.train.ending import RunEndedError

RecordWriter = Callable[[Path, int], None]


class RecordingTrainer(Trainer):
    """Writes the record of the run into every checkpoint; what cannot be written ends the run.

    Attributes:
        write_record: called with the folder of each checkpoint and its step, once, by the process that saves.
    """

    write_record: RecordWriter

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        with _without_secrets(self.args):
            super()._save(output_dir, state_dict)
        self.write_record(Path(output_dir or str(self.args.output_dir)), self.state.global_step)

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        try:
            super()._save_checkpoint(model, trial)
        except (OSError, RuntimeError, SafetensorError) as error:
            out = str(self.args.output_dir)
            raise RunEndedError(
                f"the checkpoint of step {self.state.global_step} could not be written to {out}: "
                f"{(str(error).splitlines() or ['?'])[0][:200]}; {newest_said(Path(out))}"
            ) from error


@contextmanager
def _without_secrets(arguments: Any) -> Iterator[None]:
    """The trainer stores its arguments beside the weights; a token of a hub is none of a checkpoint's business."""
    secrets = {name: value for name, value in vars(arguments).items() if value and SECRET_NAME.search(name)}
    try:
        for name in secrets:
            setattr(arguments, name, None)
        yield
    finally:
        for name, value in secrets.items():
            setattr(arguments, name, value)
