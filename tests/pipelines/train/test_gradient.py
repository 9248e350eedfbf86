"""The gradient of an optimizer step is that of GRPO plus lambda times that of the mean loss over one batch of pairs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.run import train
from contextpairs.pipelines.train.trainer import ContextTrainer
from tests.pipelines.train.context_selection.tiny_models import ARCHITECTURES, save_text_model, torch, transformers
from tests.pipelines.train.reference import DESCENT, Gradients, selection_gradient, step_taken
from tests.pipelines.train.runs import REWARD, image_store, image_tasks, small

ROOT = Path(__file__).resolve().parents[3]
PATHS = os.pathsep.join([str(ROOT), str(ROOT / "src")])
"""Of this checkout, wherever the package is installed from."""
NOTHING = "tests.pipelines.train.runs:nothing"


def one_step(folder: Path, model: Path, name: str, **fields: Any) -> tuple[TrainConfig, Gradients, dict[str, Any]]:
    """Gradient of a first step, and what was logged."""
    given = {"learning_rate": 1.0, "steps": 1, "prompts_per_step": 4, "pair_batch": 6, **fields}
    config = small(folder, model, out=folder / name, trl={**DESCENT, **given.pop("trl", {})}, **given)
    trained = train(config, lambda _: None)
    return config, step_taken(model, trained.checkpoint), trained.history[0]


def apart(one: Gradients, other: Gradients) -> float:
    """The largest difference."""
    assert one.keys() == other.keys()
    return max(float((one[name] - other[name].double()).abs().max()) for name in one)


def added(one: Gradients, other: Gradients) -> Gradients:
    return {name: one[name] + other[name] for name in one}


@pytest.mark.parametrize("accumulation", [1, 2, 4, 8])
def test_a_step_adds_lambda_times_the_mean(llama_folder: Path, tmp_path: Path, accumulation: int) -> None:
    _, policy, _ = one_step(tmp_path, llama_folder, "grpo", objective="grpo", accumulation=accumulation)
    config, joint, logged = one_step(
        tmp_path, llama_folder, "joint", coefficient=0.3, accumulation=accumulation, pairs=str(tmp_path / "store")
    )
    loss, selection = selection_gradient(config)
    assert apart(joint, added(policy, selection)) < 1e-6
    assert max(float(each.abs().max()) for each in policy.values()) > 1e-3
    assert max(float(each.abs().max()) for each in selection.values()) > 1e-3
    assert logged["context_selection/loss"] == pytest.approx(loss, abs=1e-6)
    assert logged["loss"] == pytest.approx(0.3 * loss, abs=1e-6)


def test_accumulation_changes_no_gradient(llama_folder: Path, tmp_path: Path) -> None:
    _, at_once, _ = one_step(tmp_path, llama_folder, "one", accumulation=1)
    _, in_four, _ = one_step(tmp_path, llama_folder, "four", accumulation=4, pairs=str(tmp_path / "store"))
    assert apart(at_once, in_four) < 1e-6


def test_pairs_count_once_a_step_however_often_completions_are_used(llama_folder: Path, tmp_path: Path) -> None:
    trl = {"num_iterations": 2, "steps_per_generation": 2, **DESCENT}
    config = small(tmp_path, llama_folder, steps=6, learning_rate=1e-12, reward=[NOTHING], trl=trl)
    history = train(config, lambda _: None).history[:6]
    for step, logged in enumerate(history):
        loss, _ = selection_gradient(config, step)
        assert logged["context_selection/loss"] == pytest.approx(loss, abs=1e-6)
        assert logged["loss"] == pytest.approx(loss, abs=1e-6)


def test_only_the_last_position_is_projected(llama_folder: Path, tmp_path: Path) -> None:
    sizes: list[tuple[int, ...]] = []

    def note(module: Any, _: Any, output: Any) -> None:
        if isinstance(module, torch.nn.Linear) and module.out_features > 300:
            sizes.append(tuple(output.shape[:2]))

    hook = torch.nn.modules.module.register_module_forward_hook(note)
    train(small(tmp_path, llama_folder, steps=1, pair_batch=3, prompts_per_step=4), lambda _: None)
    hook.remove()
    assert (3, 1) in sizes
    assert {positions for _, positions in sizes} == {1}


TORCHRUN = ["torch.distributed.run", "--nproc_per_node=2", "--rdzv_backend=c10d", "--rdzv_endpoint=localhost:0"]
ACCELERATE = ["accelerate.commands.launch", "--multi_gpu", "--num_processes=2", "--main_process_port=0"]

SCRIPT = """
import atexit
from pathlib import Path
from accelerate import PartialState
from contextpairs.pipelines.cli.main import main


def note() -> None:
    state = PartialState()
    Path(__file__).with_name(f"process-{state.process_index}").write_text(str(state.num_processes))


atexit.register(note)
main()
"""


def in_two_processes(config: TrainConfig, launcher: Sequence[str] = TORCHRUN) -> None:
    """The command, run by two processes that talk over gloo."""
    values = json.loads(config.model_dump_json())
    given = [f"{name}={json.dumps(value)}" for name, value in values.items() if value != ""]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "PYTHONPATH": PATHS}
    folder = config.out.parent / f"{config.out.name}-processes"
    folder.mkdir()
    script = folder / "command.py"
    script.write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "-m", *launcher, str(script), "train", *given],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert {each.name: each.read_text() for each in folder.glob("process-*")} == {"process-0": "2", "process-1": "2"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("batch", "accumulation", "launcher"), [(6, 1, TORCHRUN), (5, 2, TORCHRUN), (5, 1, ACCELERATE)]
)
def test_two_processes_take_the_same_step(
    llama_folder: Path, tmp_path: Path, batch: int, accumulation: int, launcher: Sequence[str]
) -> None:
    config = small(
        tmp_path, llama_folder, learning_rate=1.0, steps=1, prompts_per_step=4, pair_batch=batch, coefficient=0.3,
        accumulation=accumulation, trl=DESCENT,
    )  # fmt: skip
    policy = config.model_copy(update={"objective": "grpo", "out": tmp_path / "policy"})
    for each in (config, policy):
        in_two_processes(each, launcher)
    loss, selection = selection_gradient(config)
    joint, alone = (step_taken(llama_folder, each.out / "checkpoint-1") for each in (config, policy))
    assert apart(joint, added(alone, selection)) < 1e-6
    state = json.loads((config.out / "checkpoint-1" / "trainer_state.json").read_text())
    assert state["log_history"][0]["context_selection/loss"] == pytest.approx(loss, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("pictured_pairs", "pictured_tasks"), [(True, True), (True, False), (False, True)])
def test_two_processes_train_a_model_that_sees(
    qwen_folder: Path, tmp_path: Path, pictured_pairs: bool, pictured_tasks: bool
) -> None:
    fields: dict[str, Any] = {"steps": 2, "prompts_per_step": 4, "accumulation": 2, "reward": [REWARD]}
    if pictured_pairs:
        fields["pairs"] = image_store(tmp_path / "store")
    if pictured_tasks:
        fields["tasks"] = image_tasks(tmp_path)
    config = small(tmp_path, qwen_folder, **fields)
    in_two_processes(config)
    assert (config.out / "checkpoint-2" / "contextpairs.json").is_file()


@pytest.mark.slow
def test_two_processes_supervise_alike(llama_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"objective": "da_sft", "sft_steps": 1, "learning_rate": 1.0, "pair_batch": 8, "steps": 1}
    alone = small(tmp_path, llama_folder, out=tmp_path / "alone", accumulation=2, trl=DESCENT, **fields)
    train(alone, lambda _: None)
    together = alone.model_copy(update={"out": tmp_path / "together"})
    in_two_processes(together)
    one, other = (step_taken(llama_folder, each.out / "supervised" / "checkpoint-1") for each in (alone, together))
    assert apart(one, other) < 1e-6
    assert max(float(each.abs().max()) for each in one.values()) > 1e-3


@pytest.mark.parametrize(
    "kind", [kind if kind == "gpt2" else pytest.param(kind, marks=pytest.mark.slow) for kind in ARCHITECTURES]
)
def test_padding_moves_neither_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The pair loss and the log-probabilities of policy and reference, beside those of each sequence alone."""
    scored: list[tuple[Any, ...]] = []
    measure = ContextTrainer._get_per_token_logps_and_entropies

    def noting(trainer: Any, model: Any, ids: Any, mask: Any, keep: int, *given: Any, **named: Any) -> Any:
        found = measure(trainer, model, ids, mask, keep, *given, **named)
        scored.append((ids, mask, keep, found[0].detach()))
        return found

    monkeypatch.setattr(ContextTrainer, "_get_per_token_logps_and_entropies", noting)
    model = save_text_model(tmp_path / kind, kind)
    config, _, logged = one_step(tmp_path, model, "out", beta=0.1, pair_batch=4, reward=[NOTHING])
    assert logged["context_selection/loss"] == pytest.approx(selection_gradient(config)[0], abs=1e-5)
    assert len(scored) == 2  # by the reference, by the policy
    bare = transformers.AutoModelForCausalLM.from_pretrained(model).eval()
    for ids, mask, keep, found in scored:
        assert not mask[:, 0].all()
        for row, shown, logps in zip(ids, mask.bool(), found, strict=True):
            with torch.no_grad():
                wanted = bare(input_ids=row[shown][None]).logits[0].log_softmax(-1)[:-1]
            said = int(shown[-keep:].sum())
            wanted = wanted.gather(1, row[shown][1:, None])[-said:, 0]
            assert torch.allclose(logps[:said], wanted, atol=1e-5)
