"""Probes while a model trains: they move nothing, choose the best checkpoint, and their halves never mix."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from contextpairs.data.store.store import Store
from contextpairs.data.store.version_rows import VersionError
from contextpairs.pipelines.probe.config import ProbeConfig
from contextpairs.pipelines.probe.run import Probed, probe
from contextpairs.pipelines.probe.sampling import HALVES, half_of
from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.arguments import grpo_arguments
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.encoding import ContextTooLong
from contextpairs.pipelines.train.probing import ProbeSplitError, _undisturbed
from contextpairs.pipelines.train.run import train
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.runs import small, text_store
from tests.pipelines.train.test_gradient import in_two_processes
from tests.pipelines.train.watched import COUPLES, Watched, watched


def asked(run: Watched, model: Path, out: Path, half: str) -> Probed:
    """The same by the command."""
    fields = {"model": str(model), "pairs": run.config.pairs, "out": out, "half": half, "max_length": 2048}
    return probe(ProbeConfig.model_validate(fields))


def accuracies(run: Watched) -> dict[int, float]:
    """What was logged of each probe, by step."""
    return {each["step"]: each["probe/accuracy"] for each in run.trained.history if "probe/accuracy" in each}


def test_a_run_with_probes_is_the_run_without(probed: Watched, llama_folder: Path, tmp_path: Path) -> None:
    plain = watched(tmp_path, llama_folder, probe_every=0, pairs=probed.config.pairs)
    one, other = (run.trained.checkpoint for run in (probed, plain))
    for name in ("model.safetensors", "optimizer.pt", "rng_state.pth"):
        assert (one / name).read_bytes() == (other / name).read_bytes(), name
    logged = [[each["reward"] for each in run.trained.history if "reward" in each] for run in (probed, plain)]
    assert logged[0] == logged[1]


def test_whatever_a_model_draws_is_drawn_again() -> None:
    model = torch.nn.Dropout().train()
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    with _undisturbed(model, torch.device("cpu")):
        assert not model.training
        inside = (float(torch.rand(())), random.random(), float(np.random.rand()))
    assert model.training
    assert inside == (float(torch.rand(())), random.random(), float(np.random.rand()))


def test_it_is_logged_beside_the_losses_as_the_command_finds_it(probed: Watched, tmp_path: Path) -> None:
    found = accuracies(probed)
    assert list(found) == [0, 1, 2, 3, 4]
    command = asked(probed, probed.trained.checkpoint, tmp_path, "choosing").report
    last = next(each for each in probed.trained.history if each["step"] == 4 and "probe/accuracy" in each)
    assert last["probe/accuracy"] == command.overall.accuracy.value
    assert last["probe/consistent"] == command.overall.consistent.value
    assert last["probe/margin"] == pytest.approx(command.margin, abs=1e-5)
    assert any(line.startswith("step 4/4: probe: right ") for line in probed.said)


def test_the_best_checkpoint_is_kept_and_told_of_by_the_other_half(probed: Watched, tmp_path: Path) -> None:
    found = accuracies(probed)
    best = max((step for step in found if step), key=lambda step: (found[step], -step))
    assert best < 3, "of the last two checkpoints both would be kept anyway"
    assert {path.name for path in probed.config.out.glob("checkpoint-*")} == {f"checkpoint-{best}", "checkpoint-4"}
    told = probed.trained.record["probe"]["best"]
    final = probed.trained.final
    assert final is not None
    command = asked(probed, final, tmp_path, "final")
    assert (told["step"], told["half"]) == (best, "final")
    assert told["overall"]["accuracy"]["value"] == command.report.overall.accuracy.value
    assert told["margin"] == pytest.approx(command.report.margin, abs=1e-5)
    groups = {row["group_id"] for row in command.results.rows.to_pylist()}
    assert {half_of(group) for group in groups} == {"final"}


def test_the_halves_are_of_whole_groups_and_hold_all(probed: Watched, tmp_path: Path) -> None:
    results = [asked(probed, probed.trained.checkpoint, tmp_path, half).results for half in HALVES]
    choosing, final = ({row["group_id"] for row in each.rows.to_pylist()} for each in results)
    rows = Store(str(probed.config.pairs)).read("latest", "probe").to_pylist()
    assert choosing | final == {row["group_id"] for row in rows}
    assert not choosing & final
    assert sum(each.rows.num_rows for each in results) == 2 * len(rows)


def test_the_base_is_asked_before_the_first_step(probed: Watched, llama_folder: Path, tmp_path: Path) -> None:
    begun = probed.trained.record["probe"]["begun"]
    command = asked(probed, llama_folder, tmp_path, "final").report
    assert (begun["step"], begun["pairs"]) == (0, command.pairs)
    assert begun["margin"] == pytest.approx(command.margin, abs=1e-5)


def test_a_resumed_run_knows_what_was_best(probed: Watched, llama_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"pairs": probed.config.pairs, "out": tmp_path / "parts"}
    watched(tmp_path, llama_folder, steps=2, **fields)
    resumed = watched(tmp_path, llama_folder, resume=True, **fields)
    assert resumed.trained.record["probe"] == probed.trained.record["probe"]
    assert accuracies(resumed) == accuracies(probed)
    assert resumed.trained.final is not None
    assert probed.trained.final is not None
    one, other = (each / "model.safetensors" for each in (resumed.trained.final, probed.trained.final))
    assert one.read_bytes() == other.read_bytes()


def test_grpo_alone_is_probed_too(llama_folder: Path, tmp_path: Path) -> None:
    run = watched(tmp_path, llama_folder, objective="grpo", steps=1, accumulation=1)
    assert list(accuracies(run)) == [0, 1]
    assert run.trained.record["pairs"] is None


def test_pairs_of_all_stores_are_asked(llama_folder: Path, tmp_path: Path) -> None:
    stores = [text_store(tmp_path / name, couples) for name, couples in (("one", COUPLES), ("other", 24))]
    run = watched(tmp_path, llama_folder, steps=1, pairs=[{"store": store, "share": 0.5} for store in stores])
    rows = [row for store in stores for row in Store(store).read("latest", "probe").to_pylist()]
    asked = {row["pair_id"] for row in rows if half_of(row["group_id"]) == "final"}
    best = run.trained.record["probe"]["best"]
    assert best["pairs"] == len(asked)
    assert [each["store"] for each in best["stores"]] == ["one", "other"]
    assert run.trained.final is not None
    text = (run.trained.final / "README.md").read_text()
    assert f"{best['pairs']} pairs of `one` v000001, `other` v000001, of half" in text
    assert "pairs of coding, 50 % of every batch, content" in text


@pytest.mark.slow
def test_two_processes_find_what_one_finds(llama_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"prompts_per_step": 4, "accumulation": 1, "steps": 1, "learning_rate": 1e-12}
    alone = watched(tmp_path, llama_folder, **fields)
    together = alone.config.model_copy(update={"out": tmp_path / "together"})
    in_two_processes(together)
    record = json.loads((together.out / "checkpoint-1" / "contextpairs.json").read_text())
    assert record["probe"]["begun"]["pairs"] == alone.trained.record["probe"]["begun"]["pairs"]
    assert record["probe"]["best"]["margin"] == pytest.approx(alone.trained.record["probe"]["best"]["margin"], abs=1e-5)
    names = [sorted(path.name for path in (run / "checked").iterdir()) for run in (together.out, alone.config.out)]
    assert names[0] == names[1]
    assert all((together.out / "checked" / name).read_bytes() == (alone.config.out / "checked" / name).read_bytes()
               for name in names[0])  # fmt: skip


def test_both_halves_are_needed(llama_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, llama_folder, probe_every=1, pairs=text_store(tmp_path / "store", 12))
    with pytest.raises(ProbeSplitError, match=r"v000001 has 0 and 12 pairs in the halves of split probe, and both"):
        train(config, lambda _: None)
    asking = ProbeConfig(model=str(llama_folder), pairs=str(config.pairs), half="choosing", out=tmp_path / "probe")
    with pytest.raises(VersionError, match=r"v000001 of .* has no pairs in half 'choosing' of split 'probe'"):
        probe(asking)


def test_pairs_of_the_probe_are_measured_too(llama_folder: Path, tmp_path: Path) -> None:
    from contextpairs.data.store.write_version import Rows
    from tests.data.pairs.pair_rows import account, couple, labelled

    store = text_store(tmp_path / "store", COUPLES)
    rows = {split: Store(store).read("latest", split).to_pylist() for split in ("train", "probe")}
    probe_rows: Rows = labelled([*rows["probe"], *couple(99, words=400)])
    Store(tmp_path / "long").publish({"train": rows["train"], "probe": probe_rows}, account())
    fields: dict[str, Any] = {"pairs": str(tmp_path / "long"), "probe_every": 1, "max_length": 1000, "steps": 1}
    with pytest.raises(ContextTooLong, match=r"pair \w+: \d+ tokens, at most 1000"):
        train(small(tmp_path, llama_folder, **fields), lambda _: None)
    said: list[str] = []
    train(small(tmp_path, llama_folder, too_long="drop", **fields), said.append)
    assert "probe every 1 steps: 6 choosing, 12 final pairs, 2 left out as too long" in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"trl": {"eval_strategy": "steps"}}, "eval_strategy does nothing here: probe_every=n measures"),
        ({"trl": {"load_best_model_at_end": True}}, "load_best_model_at_end does nothing here: probe_every=n finds"),
        ({"probe_every": 20}, r"probe_every = 20, save_every = 50: .* expected one of them to be a multiple"),
        (
            {"probe_every": 50, "trl": {"save_total_limit": 1}},
            r"save_total_limit = 1 has no room .* expected 2 or more",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        grpo_arguments(TrainConfig(**fields))


@pytest.mark.parametrize("fields", [{"probe_every": 25}, {"probe_every": 100}])
def test_probes_may_be_more_or_less_often_than_checkpoints(fields: dict[str, Any]) -> None:
    grpo_arguments(TrainConfig(**fields, trl={"use_cpu": True}))
