"""A run that is killed in the midst of saving."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from contextpairs.pipelines.train.config import TrainConfig

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import os, signal, sys
from contextpairs.pipelines.cli.main import main
from transformers import Trainer
from transformers.trainer_callback import TrainerState

kind, name, step = sys.argv.pop(1), sys.argv.pop(1), int(sys.argv.pop(1))
owner = {"Trainer": Trainer, "TrainerState": TrainerState}[kind]
save = getattr(owner, name)


def killed(self, *given, **named):
    if getattr(self, "state", self).global_step == step:
        os.kill(os.getpid(), signal.SIGKILL)
    return save(self, *given, **named)


setattr(owner, name, killed)
main()
"""


def killed_before(config: TrainConfig, kind: str, name: str, step: int) -> None:
    """Run the command until it is to call a method of Trainer or TrainerState while it saves a step."""
    values = json.loads(config.model_dump_json())
    given = [f"{field}={json.dumps(value)}" for field, value in values.items() if value != ""]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind, name, str(step), "train", *given],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr[-3000:]
