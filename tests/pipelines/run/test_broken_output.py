"""A log that nobody reads any more ends no process."""

from __future__ import annotations

import subprocess
import sys
import time

SCRIPT = """
import logging, sys, time
from rich.console import Console
from contextpairs.pipelines.run.broken_output import outlive_readers

class Handler(logging.StreamHandler):
    def __init__(self):
        super().__init__()
        self.console = Console(file=self.stream)

    def emit(self, record):
        self.console.print(self.format(record))

log = logging.getLogger("told")
log.addHandler(Handler())
log.setLevel("INFO")
if "outlive" in sys.argv:
    outlive_readers()
log.info("begun")
for _ in range(20):
    time.sleep(0.05)
    log.info("goes on")
    print("goes on", file=sys.stderr, flush=True)
sys.exit(7)
"""


def code_without_a_reader(*arguments: str) -> int:
    """How the script ends whose output is read up to its first line."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr
    assert process.stderr.readline() == b"begun\n"
    process.stderr.close()
    return process.wait(60)


def test_a_process_goes_on_when_its_output_is_read_no_more() -> None:
    begun = time.monotonic()
    assert code_without_a_reader("outlive") == 7
    assert time.monotonic() - begun >= 1
    assert code_without_a_reader() == 1
