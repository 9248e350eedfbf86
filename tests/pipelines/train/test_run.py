"""Whole runs on the CPU: objectives, checkpoints, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from contextpairs.data.pairs.schemas import Split
from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.config import LoraOptions, TrainConfig
from contextpairs.pipelines.train.context_selection.encoding import ContextTooLong
from contextpairs.pipelines.train.context_selection.letters import LetterError
from contextpairs.pipelines.train.context_selection.loading import load_model
from contextpairs.pipelines.train.run import Trained, train
from tests.data.pairs.image_rows import mirrored
from tests.data.pairs.pair_rows import Row, labelled
from tests.pipelines.train.context_selection.tiny_models import torch
from tests.pipelines.train.runs import image_store, image_tasks, small, text_store

NOTHING = "tests.pipelines.train.runs:nothing"


def run(config: TrainConfig) -> Trained:
    return train(config, lambda _: None)


def losses(trained: Trained, name: str = "context_selection/loss") -> list[float]:
    return [logged[name] for logged in trained.history if name in logged]


def shades() -> dict[Split, list[Row]]:
    """A couple of images that differ as plainly as images can."""
    from io import BytesIO

    from PIL import Image

    def plain(shade: int) -> dict[str, Any]:
        file = BytesIO()
        Image.new("RGB", (56, 56), (shade, shade, shade)).save(file, "PNG")
        return {"bytes": file.getvalue(), "path": f"{shade}.png"}

    rows = mirrored("How bright is it?", ["dark", "bright"], [plain(10), plain(245)], "group", "edit")
    return {"train": labelled(rows)}


def test_a_model_that_sees_learns_from_image_shards(qwen_folder: Path, tmp_path: Path) -> None:
    store = image_store(tmp_path / "store", shades())
    config = small(
        tmp_path, qwen_folder, pairs=store, tasks=image_tasks(tmp_path), steps=12, pair_batch=4, learning_rate=1e-2,
        reward=[NOTHING], max_completion=2,
    )  # fmt: skip
    trained = run(config)
    found = losses(trained)
    assert sum(found[-3:]) < 0.5 * sum(found[:3])
    one, other = (load_model(str(folder)).model.model.visual for folder in (qwen_folder, trained.checkpoint))
    assert not torch.equal(one.patch_embed.proj.weight, other.patch_embed.proj.weight)


@pytest.mark.parametrize("lora", [None, LoraOptions(r=2)])
def test_a_resumed_run_goes_on_as_if_never_stopped(
    llama_folder: Path, tmp_path: Path, lora: LoraOptions | None
) -> None:
    fields: dict[str, Any] = {"lora": lora, "order": "random", "beta": 0.1, "pair_batch": 5, "accumulation": 2}
    whole = run(small(tmp_path, llama_folder, steps=4, out=tmp_path / "whole", **fields))
    fields |= {"pairs": str(tmp_path / "store"), "out": tmp_path / "parts"}
    run(small(tmp_path, llama_folder, steps=2, **fields))
    resumed = run(small(tmp_path, llama_folder, steps=4, resume=True, **fields))
    for name in ("loss", "context_selection/loss", "context_selection/margin", "kl", "grad_norm"):
        assert losses(resumed, name) == pytest.approx(losses(whole, name), abs=1e-6), name
    one, other = (load_model(str(each.checkpoint)).model.state_dict() for each in (whole, resumed))
    assert all(torch.allclose(one[name], other[name], atol=1e-6) for name in one)


def test_the_checkpoint_says_what_made_it(llama_folder: Path, tmp_path: Path) -> None:
    from contextpairs.data.store.store import Store

    config = small(tmp_path, llama_folder, steps=3, save_every=2, trl={"hub_token": "secret"})
    trained = run(config)
    said = json.loads((trained.checkpoint / "contextpairs.json").read_text())
    manifest = Store(str(config.pairs)).manifest()
    assert said["pairs"]["version"] == "v000001"
    assert (said["pairs"]["digest"], said["pairs"]["content"]) == (manifest.digest, manifest.content)
    assert said["pairs"]["used"] == manifest.rows["train"]
    assert (said["step"], said["position"]) == (3, {"epoch": 1, "items": 12 - manifest.rows["train"]})
    assert said["prompt"]["suffix"] == config.prompt.suffix
    public = {name: value for name, value in config.trl.items() if name != "hub_token"}
    assert TrainConfig.model_validate(said["config"]) == config.model_copy(update={"trl": public})
    assert json.loads((config.out / "checkpoint-2" / "contextpairs.json").read_text())["step"] == 2
    assert load_model(str(trained.checkpoint)).processor.chat_template


def test_supervision_comes_first_then_grpo(llama_folder: Path, tmp_path: Path) -> None:
    config = small(
        tmp_path, llama_folder, objective="da_sft", sft_steps=12, learning_rate=1e-2, beta=0.1, accumulation=2
    )
    trained = run(config)
    phase = config.out / "supervised" / "checkpoint-12"
    state = json.loads((phase / "trainer_state.json").read_text())
    supervised = [each["loss"] for each in state["log_history"] if "loss" in each]
    assert supervised[-1] < 0.5 * supervised[0]
    assert not losses(trained)
    assert losses(trained, "kl")[0] == pytest.approx(0, abs=1e-6)
    assert [path.name for path in config.out.iterdir() if "2" in path.name] == ["checkpoint-2"]


def test_a_finished_supervised_phase_is_not_done_again(llama_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"objective": "da_sft", "sft_steps": 3, "lora": LoraOptions(r=2), "beta": 0.1}
    run(small(tmp_path, llama_folder, steps=1, **fields))
    phase = tmp_path / "out" / "supervised" / "checkpoint-3" / "adapter_model.safetensors"
    written = phase.stat().st_mtime_ns
    run(small(tmp_path, llama_folder, steps=2, resume=True, pairs=str(tmp_path / "store"), **fields))
    assert phase.stat().st_mtime_ns == written


def test_a_finished_supervised_phase_of_other_settings_is_not_taken(llama_folder: Path, tmp_path: Path) -> None:
    import shutil

    fields: dict[str, Any] = {"objective": "da_sft", "sft_steps": 1, "steps": 1}
    run(small(tmp_path, llama_folder, **fields))
    shutil.rmtree(tmp_path / "out" / "checkpoint-1")
    fields |= {"pairs": str(tmp_path / "store")}
    with pytest.raises(ValueError, match="holds checkpoint-1 of an earlier run"):
        run(small(tmp_path, llama_folder, **fields))
    with pytest.raises(ValueError, match=r"config.pair_batch was '4', now '2'"):
        run(small(tmp_path, llama_folder, resume=True, pair_batch=2, **fields))


@pytest.mark.parametrize("sees", [False, True])
def test_pairs_are_rewarded_among_the_tasks(llama_folder: Path, qwen_folder: Path, tmp_path: Path, sees: bool) -> None:
    fields: dict[str, Any] = {"objective": "da_rl", "pair_share": 0.5, "steps": 4}
    if sees:
        fields |= {"pairs": image_store(tmp_path / "store"), "tasks": image_tasks(tmp_path)}
    history = run(small(tmp_path, qwen_folder if sees else llama_folder, **fields)).history[:-1]
    assert any(logged["rewards/right_letter/mean"] is not None for logged in history)
    assert any(logged["rewards/share_of_a/mean"] is not None for logged in history)
    assert not any("context_selection/loss" in logged for logged in history)


def test_what_is_too_long_is_dropped_and_counted(llama_folder: Path, tmp_path: Path) -> None:
    from contextpairs.data.store.store import Store
    from contextpairs.data.store.write_version import Rows
    from tests.data.pairs.pair_rows import account, couple

    rows: Rows = labelled([*couple(1, words=4), *couple(2, words=4), *couple(3, words=400)])
    Store(tmp_path / "store").publish({"train": rows}, account())
    fields: dict[str, Any] = {"pairs": str(tmp_path / "store"), "max_length": 1000, "steps": 1}
    said: list[str] = []
    trained = train(small(tmp_path, llama_folder, too_long="drop", **fields), said.append)
    assert "4 pairs of" in said[0]
    assert "2 left out as too long" in said[0]
    assert (trained.record["pairs"]["used"], trained.record["pairs"]["dropped"]) == (4, 2)
    with pytest.raises(ContextTooLong, match=r"pair \w+: \d+ tokens, at most 1000"):
        run(small(tmp_path, llama_folder, out=tmp_path / "other", **fields))


def test_no_more_than_the_model_takes(tmp_path: Path) -> None:
    from tests.pipelines.train.context_selection.tiny_models import save_llama

    model = save_llama(tmp_path / "short", context=60)
    with pytest.raises(ContextTooLong, match="at most 60"):
        run(small(tmp_path, model, max_completion=2))
    with pytest.raises(ValueError, match=r"tasks: prompt 0 has \d+ tokens, at most 0 are taken .*max_completion=60"):
        run(small(tmp_path, model, objective="grpo", max_completion=60, pairs=str(tmp_path / "store")))


def test_no_task_longer_than_it_may_be(llama_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"tasks: prompt \d has \d+ tokens, at most 16 are taken \(max_length"):
        run(small(tmp_path, llama_folder, objective="grpo", max_length=16))


def test_a_run_is_not_overwritten_or_continued_as_another(llama_folder: Path, tmp_path: Path) -> None:
    run(small(tmp_path, llama_folder, steps=1))
    given: dict[str, Any] = {"pairs": str(tmp_path / "store"), "steps": 2}
    with pytest.raises(ValueError, match="holds checkpoint-1 of an earlier run: set resume=true"):
        run(small(tmp_path, llama_folder, **given))
    given["resume"] = True
    with pytest.raises(ValueError, match=r"config.clip was '5.0', now '4.0'"):
        run(small(tmp_path, llama_folder, clip=4.0, **given))
    with pytest.raises(ValueError, match=r"trl.temperature was 'None', now '0.5'"):
        run(small(tmp_path, llama_folder, trl={"temperature": 0.5}, **given))
    with pytest.raises(ValueError, match=r"prompt.digest was"):
        run(small(tmp_path, llama_folder, prompt={"prefill": "It is"}, **given))
    text_store(tmp_path / "store", couples=14)
    with pytest.raises(ValueError, match=r"pairs.digest was .* such as version=v000001"):
        run(small(tmp_path, llama_folder, **given))
    assert run(small(tmp_path, llama_folder, version="v000001", **given)).checkpoint.name == "checkpoint-2"


def test_a_schedule_holds_for_one_length_alone(llama_folder: Path, tmp_path: Path) -> None:
    run(small(tmp_path, llama_folder, steps=1, trl={"lr_scheduler_type": "linear"}))
    given: dict[str, Any] = {"pairs": str(tmp_path / "store"), "trl": {"lr_scheduler_type": "linear"}}
    with pytest.raises(ValueError, match=r"config.steps was '1', now '2'"):
        run(small(tmp_path, llama_folder, steps=2, resume=True, **given))


def test_tasks_are_known_by_all_that_rewards_read(llama_folder: Path, tmp_path: Path) -> None:
    fields: dict[str, Any] = {"objective": "grpo", "pairs": ""}
    config = small(tmp_path, llama_folder, steps=1, **fields)
    run(config)
    tasks = Path(config.tasks)
    tasks.write_text(tasks.read_text().replace('"number": 3', '"number": 30'))
    with pytest.raises(ValueError, match=r"tasks.digest was"):
        run(config.model_copy(update={"steps": 2, "resume": True}))


@pytest.mark.slow
@pytest.mark.parametrize("trl", [{"num_iterations": 2}, {"steps_per_generation": 4}])
def test_a_run_is_resumed_where_completions_are_made(llama_folder: Path, tmp_path: Path, trl: dict[str, int]) -> None:
    fields: dict[str, Any] = {"accumulation": 2, "save_every": 2, "trl": trl}
    whole = run(small(tmp_path, llama_folder, steps=4, out=tmp_path / "whole", **fields))
    fields |= {"pairs": str(tmp_path / "store"), "out": tmp_path / "parts"}
    run(small(tmp_path, llama_folder, steps=2, **fields))
    resumed = run(small(tmp_path, llama_folder, steps=4, resume=True, **fields))
    for name in ("loss", "grad_norm", "reward"):
        assert losses(resumed, name) == pytest.approx(losses(whole, name), abs=1e-6), name
    run(small(tmp_path, llama_folder, steps=5, resume=True, **fields))
    with pytest.raises(ValueError, match=r"checkpoint-5 stands between two generations .* multiple of 2"):
        run(small(tmp_path, llama_folder, steps=6, resume=True, **fields))
    with pytest.raises(ValueError, match=r"save_every = 3: .* expected a multiple of 2"):
        run(small(tmp_path, llama_folder, **{**fields, "save_every": 3}))


def test_an_adapter_begins_by_the_seed(llama_folder: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file

    def begun(seed: int, global_seed: int) -> Any:
        torch.manual_seed(global_seed)
        folder = tmp_path / f"{seed}-{global_seed}"
        fields: dict[str, Any] = {"objective": "da_sft", "sft_steps": 1, "steps": 1, "learning_rate": 1e-12}
        run(small(tmp_path, llama_folder, out=folder, seed=seed, lora=LoraOptions(r=2), **fields))
        weights = load_file(folder / "supervised" / "checkpoint-1" / "adapter_model.safetensors")
        return next(weights[name] for name in sorted(weights) if "lora_A" in name)

    one = begun(0, 0)
    assert torch.allclose(one, begun(0, 1), atol=1e-6)
    assert not torch.allclose(one, begun(7, 0), atol=1e-2)


def test_a_checkpoint_that_is_not_whole_is_passed_over(llama_folder: Path, tmp_path: Path) -> None:
    config = small(tmp_path, llama_folder, steps=2, save_every=1)
    run(config)
    (config.out / "checkpoint-2" / "trainer_state.json").unlink()
    resumed = run(config.model_copy(update={"resume": True}))
    assert [logged["step"] for logged in resumed.history[:-1]] == [1, 2]


def test_letters_must_be_tokens(llama_folder: Path, tmp_path: Path) -> None:
    import shutil

    from tokenizers import Tokenizer

    folder = Path(shutil.copytree(llama_folder, tmp_path / "spelled"))
    words = json.loads((folder / "tokenizer.json").read_text())
    words["normalizer"] = {"type": "Replace", "pattern": {"String": "B"}, "content": "bb"}
    words["model"]["merges"] = []
    Tokenizer.from_str(json.dumps(words)).save(str(folder / "tokenizer.json"))
    with pytest.raises(LetterError, match="not one token each"):
        run(small(tmp_path, folder))


def test_what_does_not_fit_together_is_refused(llama_folder: Path, tmp_path: Path) -> None:
    images = image_store(tmp_path / "images")
    cases: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (ValueError, "image pairs need a vision-language model", {"pairs": images}),
        (ValueError, "tasks: nothing to train GRPO on", {"tasks": ""}),
        (ValueError, "brings no reward", {"reward": []}),
        (ValueError, r"has 16 prompts, and a step takes 17", {"prompts_per_step": 17}),
        (LookupError, "has no version 'v000009'", {"version": "v000009"}),
    ]
    for kind, said, fields in cases:
        with pytest.raises(kind, match=said):
            run(small(tmp_path, llama_folder, **fields))
    with pytest.raises(ConfigError, match="model: none given"):
        run(small(tmp_path, llama_folder).model_copy(update={"model": ""}))
    with pytest.raises(LookupError, match="absent: its configuration cannot be loaded"):
        run(small(tmp_path, tmp_path / "absent"))
    assert not (tmp_path / "out").exists()


def test_an_empty_split_is_refused(llama_folder: Path, tmp_path: Path) -> None:
    from contextpairs.data.store.store import Store
    from tests.data.pairs.pair_rows import account, couple

    Store(tmp_path / "store").publish({"train": [], "probe": labelled(couple(1, words=4))}, account())
    with pytest.raises(ValueError, match="split train: 0 pairs, none to train on"):
        run(small(tmp_path, llama_folder, pairs=str(tmp_path / "store")))


def test_evaluation_adds_nothing(llama_folder: Path, tmp_path: Path) -> None:
    from datasets import load_dataset

    from contextpairs.pipelines.train.arguments import grpo_arguments
    from contextpairs.pipelines.train.pairs import open_pairs
    from contextpairs.pipelines.train.selection import SelectionTerm
    from contextpairs.pipelines.train.trainer import ContextTrainer
    from tests.pipelines.train.runs import nothing

    config = small(tmp_path, llama_folder)
    loaded = load_model(str(llama_folder))
    tasks = load_dataset("json", data_files=config.tasks, split="train")
    trainer = ContextTrainer(
        model=loaded.model, args=grpo_arguments(config), reward_funcs=[nothing], train_dataset=tasks,
        eval_dataset=tasks.select(range(4)), processing_class=loaded.processor,
        selection=SelectionTerm(open_pairs(config, loaded.processor, 2048)), write_record=lambda _, __: None,
    )  # fmt: skip
    found = trainer.evaluate()
    assert found["eval_loss"] == 0
    assert not any("context_selection" in name for name in found)
