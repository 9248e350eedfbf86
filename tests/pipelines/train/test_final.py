"""What a run leaves: a model that loads, whole or not there, without what only a resumed run needs."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from contextpairs.pipelines.train import final
from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.final import leave_final
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.watched import Watched

ONLY_TO_RESUME = {"optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json", "training_args.bin"}


def left(run: Watched) -> Path:
    assert run.trained.final is not None
    return run.trained.final


def copied(run: Watched, folder: Path) -> Path:
    """The checkpoints of a run elsewhere; the last of them."""
    out = Path(shutil.copytree(run.config.out, folder / "out", ignore=shutil.ignore_patterns("final")))
    return out / run.trained.checkpoint.name


def test_it_is_the_best_checkpoint_without_what_only_a_resumed_run_needs(probed: Watched) -> None:
    place = left(probed)
    assert place == probed.config.out / "final"
    step = json.loads((place / "contextpairs.json").read_text())["step"]
    checkpoint = probed.config.out / f"checkpoint-{step}"
    assert {path.name for path in checkpoint.iterdir()} - {path.name for path in place.iterdir()} == ONLY_TO_RESUME
    one, other = (load_model(str(folder)).model.state_dict() for folder in (place, checkpoint))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert os.path.samefile(place / "model.safetensors", checkpoint / "model.safetensors")
    assert probed.said[-1] == f"{place} is made of checkpoint-{step}"


def test_an_adapter_stays_one(adapted: Watched) -> None:
    assert (left(adapted) / "adapter_config.json").is_file()
    one, other = (load_model(str(folder)).model.state_dict() for folder in (left(adapted), adapted.trained.checkpoint))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_where_nothing_can_be_linked_weights_are_copied(
    probed: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unlinked(*_: Any) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", unlinked)
    last = copied(probed, tmp_path)
    place = leave_final(last, print)
    assert place is not None
    assert (place / "model.safetensors").read_bytes() == (left(probed) / "model.safetensors").read_bytes()
    assert (place / "model.safetensors").stat().st_nlink == 1


def test_it_is_there_whole_or_not_at_all(probed: Watched, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    last = copied(probed, tmp_path)

    def full(*_: Any, **__: Any) -> str:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(final, "card", full)
        with pytest.raises(OSError, match="No space left"):
            leave_final(last, print)
    before = {path.name for path in last.parent.iterdir()}
    assert "final" not in before
    place = leave_final(last, print)
    assert {path.name for path in last.parent.iterdir()} == before | {"final"}

    assert place is not None
    (place / "contextpairs.json").write_text("{}")  # as if of an earlier checkpoint
    with monkeypatch.context() as patched:
        patched.setattr(final, "card", full)
        with pytest.raises(OSError, match="No space left"):
            leave_final(last, print)
    assert (place / "contextpairs.json").read_text() == "{}"
    leave_final(last, print)
    assert json.loads((place / "contextpairs.json").read_text())["step"]
    assert {path.name for path in last.parent.iterdir()} == before | {"final"}


def test_where_the_best_checkpoint_is_gone_the_last_is_taken(probed: Watched, tmp_path: Path) -> None:
    last = copied(probed, tmp_path)
    best = json.loads((last / "trainer_state.json").read_text())["best_global_step"]
    shutil.rmtree(last.parent / f"checkpoint-{best}")
    said: list[str] = []
    place = leave_final(last, said.append)
    assert said[0].startswith(f"warning: {last.parent}/checkpoint-{best}, the best by its probe, is gone;")
    assert place is not None
    assert json.loads((place / "contextpairs.json").read_text())["step"] == 4
    assert "was not probed while it was trained" not in (left(probed) / "README.md").read_text()


def test_a_checkpoint_in_parts_leaves_none(probed: Watched, tmp_path: Path) -> None:
    last = copied(probed, tmp_path)
    for file in last.parent.glob("checkpoint-*/*.safetensors"):
        file.unlink()
    said: list[str] = []
    assert leave_final(last, said.append) is None
    assert "holds weights in parts of several processes" in said[-1]
    assert not (last.parent / "final").exists()


def test_the_card_names_base_data_settings_and_probe(probed: Watched) -> None:
    place, record = left(probed), probed.trained.record
    _, head, text = (place / "README.md").read_text().split("---\n", 2)
    base = Path(probed.config.model).name
    said = yaml.safe_load(head)
    assert said == {"base_model": base, "library_name": "transformers", "tags": ["contextpairs", "contextrl"]}
    assert f"- `store` v000001, split train: 14 of 14 pairs of coding, content `{record['pairs']['content']}`" in text
    assert record["tasks"]["digest"] in text
    best = record["probe"]["best"]
    assert f"{best['pairs']} pairs of `store` v000001, of half of the groups of its split probe." in text
    assert "was chosen among others by the other half, no part of these figures" in text
    accuracy = best["overall"]["accuracy"]
    shown = f"{100 * accuracy['value']:.1f} [{100 * accuracy['low']:.1f}, {100 * accuracy['high']:.1f}]"
    assert f"| step {best['step']} | {shown} |" in text
    assert "| before the first step | " in text
    settings = yaml.safe_load(text.split("```yaml\n")[1].split("```")[0])
    assert (settings["coefficient"], settings["learning_rate"], settings["accumulation"]) == (1.0, 1e-2, 2)
    assert str(probed.config.out.parent) not in head + text, "a path of this machine"


def test_a_run_without_probes_says_how_to_ask(adapted: Watched) -> None:
    text = (left(adapted) / "README.md").read_text()
    assert "library_name: peft" in text
    assert "The model was not probed while it was trained: `contextpairs probe model=final` does." in text
