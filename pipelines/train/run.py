"""A training run from its configuration to its last checkpoint."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from accelerate import PartialState
from accelerate.utils import release_memory
from transformers import set_seed
from transformers.utils.logging import disable_progress_bar

from contextpairs.pipelines.probe.sampling import HALVES
from contextpairs.pipelines.run.config_files import ConfigError
from contextpairs.pipelines.train.adapters import adapted, adapter, is_adapted
from contextpairs.pipelines.train.arguments import grpo_arguments, resumable_every, supervised_arguments
from contextpairs.pipelines.train.checking import check_of
from contextpairs.pipelines.train.checkpoints import (
    check_resumable,
    check_states,
    last_checkpoint,
    state_of,
    step_of,
    whole_checkpoints,
)
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.loading import LanguageModelError, Loaded
from contextpairs.pipelines.train.final import leave_final
from contextpairs.pipelines.train.fitting import Measure, fitting
from contextpairs.pipelines.train.mixing import mixed
from contextpairs.pipelines.train.pairs import TrainPairs, open_pairs
from contextpairs.pipelines.train.probing import ProbeCallback, ProbePairs, open_probe_pairs
from contextpairs.pipelines.train.progress import watch
from contextpairs.pipelines.train.record import ResumeError, check_same_run, read_record, run_record, write_record
from contextpairs.pipelines.train.rewards import DeadSteps
from contextpairs.pipelines.train.rounding import rounding_warning
from contextpairs.pipelines.train.selection import SelectionTerm
from contextpairs.pipelines.train.supervised import DrawnPairs, LetterTrainer
from contextpairs.pipelines.train.tasks import Tasks, UnfitTasksError, numbered, open_tasks
from contextpairs.pipelines.train.trainer import ContextTrainer
from contextpairs.pipelines.train.weights import load_weights, train_in_full

Made = TypeVar("Made")
SUPERVISED = "supervised"
"""Folder in `out` of the first phase of da_sft."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The outcome of a run.

    Attributes:
        checkpoint: folder of the last one.
        final: folder of the model that the run leaves, `final/` in `out`; None where no checkpoint holds it whole.
        record: what `contextpairs.json` there says of the run.
        history: what the trainer logged, a mapping for each time.
    """

    checkpoint: Path
    final: Path | None
    record: dict[str, Any]
    history: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Run:
    config: TrainConfig
    pairs: TrainPairs | None
    probe: ProbePairs | None
    tasks: Tasks
    processor: Any
    record: dict[str, Any]

    @property
    def write_record(self) -> Callable[[Path, int], None]:
        return partial(write_record, self.record, self.pairs)


def train(config: TrainConfig, say: Callable[[str], None] = print) -> Trained:
    """Train a model; one process of a distributed run calls this like every other.

    Everything that can be refused is refused before the first step: data, prompts, lengths, letters, settings.

    Args:
        config: of the run.
        say: told, in the first process, what was read and what was left out.

    Raises:
        ConfigError: fields that do not go together, or that TRL does not know.
        ValueError: data that cannot be trained on, or a checkpoint of another run.
        LookupError: no such model, version, split or checkpoint.
        RunEndedError: a loss, gradient or reward that is no number, or rewards that move nothing.
    """
    if not config.model:
        raise ConfigError("model: none given; name a folder, a Hugging Face id, or a preset")
    _hush()
    say = say if os.environ.get("RANK", "0") == "0" else _silent
    if config.resume == "weights":
        config = _from_weights(config, say)
    arguments = _with_extras(partial(grpo_arguments, config))
    checkpoint = _checkpoint(config.out, bool(config.resume), say)
    loaded = load_weights(config, config.model)
    run = _opened(config, loaded, arguments, say)
    if checkpoint is not None:
        check_same_run(checkpoint, run.record)
        if told := read_record(checkpoint).get("probe"):
            run.record["probe"] = told
        if step_of(checkpoint) >= config.steps:
            say(f"finished at step {step_of(checkpoint)}: nothing left to do")
            return Trained(checkpoint, leave_final(checkpoint, say), run.record, state_of(checkpoint)["log_history"])
        check_resumable(checkpoint, resumable_every(arguments))
    _announce(run, loaded.model, say)
    if config.objective == "da_sft":
        loaded = load_weights(config, str(_supervise(run, loaded.model, say)))
        release_memory()  # what the first phase held on a GPU
    dead = DeadSteps(config.dead_steps, say)
    trainer = _with_extras(partial(_trainer, run, loaded.model, arguments, dead))
    _watch(trainer, run, say)
    if config.quantization:
        train_in_full(trainer.model)
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    if dead.total:
        say(f"warning: in {dead.total} steps no group of completions differed in its rewards")
    last = config.out / f"checkpoint-{trainer.state.global_step}"
    trainer.accelerator.wait_for_everyone()
    return Trained(last, leave_final(last, say), run.record, trainer.state.log_history)


def leave_processes() -> None:
    """End what a run's processes talk by, when a process will train nothing more.

    A process that ends in the midst of it may abort after the work was done, and its launcher then calls the run
    failed. Not to be called after an error: the others may be waiting for this process still.
    """
    state = PartialState()
    state.wait_for_everyone()
    state.destroy_process_group()


def _hush() -> None:
    """Libraries warn of their own coming renames, and draw a bar for every file."""
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"(transformers|trl)\b")
    disable_progress_bar()  # type: ignore[no-untyped-call]


def _silent(said: str) -> None:
    """Of all processes the first speaks."""


def _from_weights(config: TrainConfig, say: Callable[[str], None]) -> TrainConfig:
    """A new run from the weights of the last checkpoint; its own checkpoints stand in a folder beside that."""
    found = last_checkpoint(config.out, say)
    if found is None:
        raise ResumeError(f"{config.out} holds no whole checkpoint to begin from")
    out = config.out / f"from-{found.name}"
    if whole := whole_checkpoints(out):
        raise ResumeError(
            f"{out} holds {whole[0].name} of a run begun from these weights: model={found} out={out} resume=true "
            "continues it; or begin from them in another out"
        )
    say(f"a new run at step 0 from the weights of {found}, in {out}")
    return config.model_copy(update={"model": str(found), "out": out, "resume": False})


def _checkpoint(folder: Path, resume: bool, say: Callable[[str], None]) -> Path | None:
    if resume:
        return last_checkpoint(folder, say)
    if whole := whole_checkpoints(folder):
        raise ResumeError(f"{folder} holds {whole[0].name} of an earlier run: set resume=true, or another out")
    return None


def _opened(config: TrainConfig, loaded: Loaded, arguments: Any, say: Callable[[str], None]) -> _Run:
    whole = min(config.max_length, loaded.context or config.max_length)
    before_reply = min(config.max_length, (loaded.context or inf) - config.max_completion)
    tokenizer = getattr(loaded.processor, "tokenizer", loaded.processor)
    if tokenizer.eos_token is None:
        raise LanguageModelError(
            f"{config.model}: its tokenizer has no eos token, so no reply would end; set eos_token in its "
            "tokenizer_config.json"
        )
    measure = Measure(loaded.processor, arguments.chat_template_kwargs or {}, int(before_reply))
    check = check_of(config.out, loaded.processor, say)
    given = numbered(open_tasks(config))
    limit = int(before_reply) if config.objective == "da_rl" else whole
    pairs = None if config.objective == "grpo" else open_pairs(config, loaded.processor, limit, check)
    probe = open_probe_pairs(config, loaded.processor, whole, check) if config.probe_every else None
    tasks = fitting(given, config, measure, check)
    if pairs and tasks.kind and tasks.kind not in pairs.domains:
        raise UnfitTasksError(
            f"tasks of {tasks.kind} and pairs of {next(iter(pairs.domains))} are of two domains; give those of one"
        )
    return _Run(config, pairs, probe, tasks, loaded.processor, run_record(config, pairs, tasks))


def _with_extras(make: Callable[[], Made]) -> Made:
    """What fields of `trl` ask for may not be installed."""
    try:
        return make()
    except ImportError as error:
        said = " ".join(str(error).split())[:300]
        raise ConfigError(f"trl: {said}; or leave out the field that needs it") from error


def _announce(run: _Run, model: Any, say: Callable[[str], None]) -> None:
    for store in run.pairs.stores if run.pairs else ():
        name = f"{store.given.store} {store.version}"
        share = f"{store.given.share:.6g} of every batch, " if store.given.share < 1 else ""
        say(f"{len(store.places)} pairs of {name}, {run.config.split}, {share}{store.dropped} left out as too long")
        if pinned := store.store.pin_note(store.given.version):
            say(pinned)
        if warning := store.manifest.old_mask(name):
            say(warning)
    if run.probe:
        asked = ", ".join(f"{run.probe.count(half)} {half}" for half in HALVES)
        say(f"probe every {run.config.probe_every} steps: {asked} pairs, {run.probe.dropped} left out as too long")
    say(f"{len(run.tasks.dataset)} tasks of {run.config.tasks}, {run.tasks.dropped} left out as too long")
    if broken := run.tasks.broken:
        say(f"warning: {len(broken)} tasks left out: {broken[0]}")
    rounds = run.config.dtype == "bfloat16" and not (run.config.lora or is_adapted(model))
    if rounds and (warning := rounding_warning(model, run.config.learning_rate)):
        say(warning)


def _supervise(run: _Run, model: Any, say: Callable[[str], None]) -> Path:
    """The first phase; its checkpoint. A finished phase is not done again."""
    assert run.pairs is not None
    config, folder = run.config, run.config.out / SUPERVISED
    last = folder / f"checkpoint-{config.sft_steps}"
    found = _checkpoint(folder, bool(config.resume), say)
    if found is not None:
        check_same_run(found, run.record)
    if found == last:
        return last
    if found is not None:
        check_states(found)
    set_seed(config.seed)  # of an adapter's start; the trainers seed what they draw
    trainer = LetterTrainer(
        run.pairs,
        write_record=run.write_record,
        model=adapted(model, config),
        args=supervised_arguments(config, folder),
        train_dataset=DrawnPairs(run.pairs, config.sft_steps * config.pair_batch),
        processing_class=run.processor,
    )
    watch(trainer, say)
    trainer.train(resume_from_checkpoint=str(found) if found else None)
    trainer.accelerator.wait_for_everyone()
    return last


def _trainer(run: _Run, model: Any, arguments: Any, dead_steps: DeadSteps) -> ContextTrainer:
    config, tasks = run.config, run.tasks
    if config.objective == "da_rl":
        assert run.pairs is not None
        tasks = mixed(tasks, run.pairs)
    selects = config.objective == "contextrl" and run.pairs is not None
    return ContextTrainer(
        model=model,
        args=arguments,
        reward_funcs=tasks.rewards,
        train_dataset=tasks.dataset,
        processing_class=run.processor,
        peft_config=None if is_adapted(model) else adapter(config),
        selection=SelectionTerm(run.pairs) if selects and run.pairs else None,
        write_record=run.write_record,
        dead_steps=dead_steps,
    )


def _watch(trainer: ContextTrainer, run: _Run, say: Callable[[str], None]) -> None:
    watch(trainer, say)
    if run.probe is not None:
        told = run.record.setdefault("probe", {})
        trainer.add_callback(ProbeCallback(trainer, run.probe, run.config.probe_every, told))
