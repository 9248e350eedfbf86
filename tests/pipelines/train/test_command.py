"""`contextpairs train` as it is typed."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner

from contextpairs.pipelines.cli.main import app
from contextpairs.pipelines.train.arguments import NEEDS
from tests.pipelines.train.runs import REWARD, text_store, text_tasks
from tests.pipelines.train.test_tasks import made_here

QUIET = ["prompts_per_step=2", "rollouts=2", "max_completion=4", "steps=1", "trl.use_cpu=true", "max_length=2048"]


def typed(*given: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["train", *given])
    return result.exit_code, result.output


def test_a_run_says_what_it_read_and_how_to_probe_it(llama_folder: Path, tmp_path: Path) -> None:
    store, tasks, out = text_store(tmp_path / "store"), text_tasks(tmp_path), tmp_path / "out"
    code, said = typed(f"model={llama_folder}", f"pairs={store}", f"tasks={tasks}", f"reward=[{REWARD}]",
                       f"out={out}", *QUIET)  # fmt: skip
    assert code == 0, said
    assert f"12 pairs of {store} v000001, train, 0 left out as too long" in said
    assert f"warning: {store} v000001 was built before masks had revisions" in said
    assert f"checkpoint: {out}/checkpoint-1" in said
    assert f"model: {out}/final" in said
    assert f"contextpairs probe model={out}/final pairs={store} version=v000001" in said
    assert json.loads((out / "checkpoint-1" / "contextpairs.json").read_text())["objective"] == "contextrl"


def test_tasks_made_here_train_with_their_own_reward(llama_folder: Path, tmp_path: Path) -> None:
    code, said = typed(f"model={llama_folder}", f"tasks={made_here(tmp_path)}", "objective=grpo",
                       f"out={tmp_path / 'out'}", *QUIET)  # fmt: skip
    assert code == 0, said
    assert "3 tasks of" in said
    assert "probe" not in said


def test_pairs_and_tasks_of_two_domains_are_refused(qwen_folder: Path, tmp_path: Path) -> None:
    from tests.pipelines.train.runs import image_store

    code, said = typed(f"model={qwen_folder}", f"pairs={image_store(tmp_path / 'store')}",
                       f"tasks={made_here(tmp_path)}", f"out={tmp_path / 'out'}", *QUIET)  # fmt: skip
    assert (code, said.splitlines()[-1]) == (
        2,
        "error: tasks of coding and pairs of images are of two domains; give those of one",
    )


def test_errors_are_one_line(tmp_path: Path) -> None:
    assert typed("modle=x") == (2, "error: modle: there is no such field; `contextpairs config` lists them all\n")
    code, said = typed(f"model={tmp_path / 'absent'}", "tasks=x", *QUIET)
    assert (code, len(said.splitlines())) == (2, 1)
    assert "absent: its configuration cannot be loaded" in said


def test_a_run_that_ends_in_its_midst_says_why(llama_folder: Path, tmp_path: Path) -> None:
    code, said = typed(f"model={llama_folder}", f"tasks={text_tasks(tmp_path)}", "objective=grpo", "dead_steps=1",
                       "reward=[tests.pipelines.train.runs:nothing]", f"out={tmp_path / 'out'}", *QUIET)  # fmt: skip
    assert (code, said.splitlines()[-1].partition(" for ")[0]) == (
        1,
        "error: step 1: no group of completions differs in its rewards, or none was rewarded,",
    )


@pytest.mark.parametrize("field", ["use_vllm", "use_liger_kernel"])
def test_what_a_field_of_trl_needs_is_named(llama_folder: Path, tmp_path: Path, field: str) -> None:
    if find_spec(NEEDS[field]):
        pytest.skip(f"{NEEDS[field]} is installed here")
    code, said = typed(f"model={llama_folder}", f"tasks={text_tasks(tmp_path)}", f"reward=[{REWARD}]",
                       f"trl.{field}=true", "objective=grpo", f"out={tmp_path / 'out'}", *QUIET)  # fmt: skip
    assert (code, said.splitlines()[-1]) == (
        2,
        f"error: trl: {field} needs the package {NEEDS[field]}, which is not installed; install it, or leave the field "
        "out",
    )


def test_a_tokenizer_that_ends_no_reply_is_refused(llama_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(llama_folder, tmp_path / "endless"))
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings = {name: value for name, value in settings.items() if name not in ("eos_token", "pad_token")}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    code, said = typed(f"model={folder}", f"tasks={text_tasks(tmp_path)}", f"reward=[{REWARD}]", "objective=grpo",
                       f"out={tmp_path / 'out'}", *QUIET)  # fmt: skip
    assert (code, said.splitlines()[-1]) == (
        2,
        f"error: {folder}: its tokenizer has no eos token, so no reply would end; set eos_token in its "
        "tokenizer_config.json",
    )
