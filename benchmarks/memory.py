"""What a run of training needs of a device's memory: `python -m benchmarks.memory`, and `--measure` beside it.

Computed from the shape of a model and the way it is trained:

    weights      their number times bytes each, over the devices that share them; in 4 bits 0.516 bytes each
    gradients    4 bytes for each that is trained (2 where it is held in bfloat16)
    Adam         twice that
    reference    the weights once more, where beta is above 0 and no adapter is trained
    casts        2 bytes a weight, where float32 weights that are trained run in bfloat16: a pass keeps what it has cast
    activations  what checkpointing keeps, tokens * layers * width, and one layer's own, tokens * (10 width + 4 inner)
    logits       tiles of 4,096 tokens by 32,768 entries, for TRL never holds more of them, and the gradient of the
                 output layer; one row for each pair
    KV cache     generated sequences * tokens * layers * 2 * key width, and one layer's own of the prompts

States stand all the time; a pass and a generation do not meet, so the larger of them counts. `--measure` trains two
steps of a model in the shape of SmolLM2-135M with random weights on the CPU, a process for each way, and reads the peak
of its memory less what the libraries took before.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from benchmarks.training import tokenizer
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.run import train

GB = 2**30
"""As cards count."""
FOUR_BITS = 0.5 + 0.127 / 8
"""Bytes of a weight in nf4 with its scales, which are quantized themselves."""
SHAPES: dict[str, tuple[str, dict[str, Any]]] = {
    "Qwen3-8B": ("qwen3", {
        "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 12288, "num_hidden_layers": 36,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
    }),
    "SmolLM2-135M": ("llama", {
        "vocab_size": 49152, "hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 30,
        "num_attention_heads": 9, "num_key_value_heads": 3, "tie_word_embeddings": True,
    }),
}  # fmt: skip
TASK, REPLY, PAIR = 4096, 1024, 32_768
"""Tokens of a task's prompt, of a completion and of a pair in the table."""


@dataclass(frozen=True)
class Shape:
    """What of a model its memory depends on; sizes in entries."""

    weights: int
    quantizable: int
    ends: int
    layers: int
    width: int
    inner: int
    keys: int
    vocabulary: int


@dataclass(frozen=True)
class Way:
    """How a model is trained. Sequences are those of one device: `completions` of a micro-step, `generated` at once."""

    name: str
    bytes_each: int = 4
    rank: int = 0
    four_bits: bool = False
    reference: bool = False
    devices: int = 1
    pass_bytes: int = 2
    completions: int = 1
    generated: int = 16
    pairs: int = 1
    task: int = TASK
    reply: int = REPLY
    pair: int = PAIR


@dataclass(frozen=True)
class Needs:
    """Bytes of a device."""

    weights: float
    gradients: float
    adam: float
    reference: float
    casts: float
    activations: float
    logits: float
    generation: float

    @property
    def states(self) -> float:
        """What stands all the time."""
        return self.weights + self.gradients + self.adam + self.reference

    @property
    def total(self) -> float:
        """The peak."""
        return self.states + max(self.casts + self.activations + self.logits, self.generation)


WAYS = {
    "Qwen3-8B": [
        Way("preset=qwen3-8b", reference=True, completions=128, generated=128, pairs=8),
        Way("preset=qwen3-8b accumulation=128 trl.steps_per_generation=16", reference=True),
        Way("preset=qwen3-8b-fsdp4, each of four", reference=True, devices=4),
        Way("preset=qwen3-8b-lora80", bytes_each=2, rank=16),
        Way("preset=qwen3-8b-lora80 quantization=4bit", bytes_each=2, rank=16, four_bits=True),
        Way("the same, max_length=8192 trl.steps_per_generation=8",
            bytes_each=2, rank=16, four_bits=True, pair=8192, generated=8),
    ],
    "SmolLM2-135M": [
        Way("accumulation=16 trl.steps_per_generation=2 max_length=4096", pair=4096, completions=8),
        Way("the same, lora.r=16", rank=16, pair=4096, completions=8),
    ],
}  # fmt: skip
ON_CPU = Way("", pass_bytes=4, completions=4, generated=4, pairs=0, task=32, reply=8)
MEASURED: dict[str, tuple[Way, dict[str, Any]]] = {
    "whole": (ON_CPU, {}),
    "whole, beta=0.1": (replace(ON_CPU, reference=True), {"beta": 0.1}),
    "lora.r=16": (replace(ON_CPU, rank=16), {"lora": {"r": 16}}),
    "lora.r=16 dtype=bfloat16": (
        replace(ON_CPU, rank=16, bytes_each=2, pass_bytes=2), {"lora": {"r": 16}, "dtype": "bfloat16"}
    ),
}  # fmt: skip
"""Ways that a CPU can go, and the settings that make them."""


def main() -> None:
    """Print the table; with `--measure` also what was measured."""
    options = _options()
    if options.way:
        print(_peak(options.way, Path(options.folder)))
        return
    console = Console(width=150)
    console.print(_computed())
    if options.measure:
        console.print(_compared())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="also train on the CPU, some minutes")
    parser.add_argument("--way", choices=MEASURED, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def needs(shape: Shape, way: Way) -> Needs:
    """What a way of training a model needs; see this module."""
    trained = way.rank * shape.ends if way.rank else shape.weights
    bytes_trained = 4 if way.rank else way.bytes_each
    shared = 1 / way.devices
    tokens = way.completions * (way.task + way.reply) + way.pairs * way.pair
    widest = max(way.completions * (way.task + way.reply), way.pairs * way.pair)
    casts = way.pass_bytes < way.bytes_each and way.devices == 1 and not way.rank
    head = 0 if way.rank else shape.vocabulary * shape.width * 4
    return Needs(
        weights=(_held(shape, way) + (trained * 4 if way.rank else 0)) * shared,
        gradients=trained * bytes_trained * shared,
        adam=2 * trained * bytes_trained * shared,
        reference=shape.weights * way.bytes_each * shared if way.reference and not way.rank else 0,
        casts=shape.weights * way.pass_bytes if casts else 0,
        activations=tokens * shape.layers * shape.width * _stream(way) + _of_a_layer(shape, way, widest),
        logits=head * min(way.devices, 2)
        + 2 * min(4096, way.completions * (way.task + way.reply)) * min(32_768, shape.vocabulary) * 4
        + way.pairs * shape.vocabulary * 4,
        generation=way.generated * (way.task + way.reply) * shape.layers * 2 * shape.keys * way.pass_bytes
        + _of_a_layer(shape, way, way.generated * way.task),
    )


def _held(shape: Shape, way: Way) -> float:
    coarse = shape.quantizable if way.four_bits else 0
    return (shape.weights - coarse) * way.bytes_each + coarse * FOUR_BITS


def _stream(way: Way) -> int:
    """Bytes of what runs from layer to layer: it is as wide as the weights, which FSDP casts beforehand."""
    return way.bytes_each if way.devices == 1 else way.pass_bytes


def _of_a_layer(shape: Shape, way: Way, tokens: int) -> float:
    return tokens * (10 * shape.width + 4 * shape.inner) * way.pass_bytes


def shape_of(name: str) -> Shape:
    """The shape of a model, counted on a device that holds nothing."""
    kind, given = SHAPES[name]
    config = AutoConfig.for_model(kind, **given)
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)  # type: ignore[no-untyped-call]
    linear = [each for each in model.model.modules() if isinstance(each, torch.nn.Linear)]
    head: int = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return Shape(
        weights=sum(each.numel() for each in model.parameters()),
        quantizable=sum(each.weight.numel() for each in linear),
        ends=sum(each.in_features + each.out_features for each in linear),
        layers=config.num_hidden_layers,
        width=config.hidden_size,
        inner=config.intermediate_size,
        keys=config.num_key_value_heads * head,
        vocabulary=config.vocab_size,
    )


def _computed() -> Table:
    table = _titled(f"GB of a device: prompts of {TASK}, completions of {REPLY}, pairs of max_length tokens, computed")
    for name, ways in WAYS.items():
        shape = shape_of(name)
        for way in ways:
            table.add_row(f"{name} {way.name}", *_cells(needs(shape, way)))
    return table


def _titled(title: str) -> Table:
    table = Table(title=title)
    for name in ("way", *(field.name for field in fields(Needs)), "total"):
        table.add_column(name, justify="left" if name == "way" else "right")
    return table


def _cells(found: Needs) -> list[str]:
    values = [getattr(found, field.name) for field in fields(Needs)]
    return [f"{value / GB:.3g}" for value in [*values, found.total]]


def _compared() -> Table:
    table = _titled("SmolLM2-135M on a CPU, in GB: computed, and the peak that was measured")
    table.add_column("measured", justify="right")
    shape = shape_of("SmolLM2-135M")
    with tempfile.TemporaryDirectory() as scratch:
        _save(Path(scratch))
        for name, (way, _) in MEASURED.items():
            command = [sys.executable, "-m", "benchmarks.memory", "--way", name, "--folder", scratch]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            table.add_row(name, *_cells(needs(shape, way)), f"{float(done.stdout.splitlines()[-1]) / GB:.3g}")
    return table


def _save(folder: Path) -> None:
    """A model of random weights, and prompts of about as many tokens as the computation says."""
    words = tokenizer(["Write about number 0123456789 . "])
    config = LlamaConfig(
        **SHAPES["SmolLM2-135M"][1], max_position_embeddings=4096, eos_token_id=words.eos_token_id,
        bos_token_id=None, pad_token_id=words.pad_token_id,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder / "model")
    words.save_pretrained(folder / "model")
    each = len(words("Write about number 7. ")["input_ids"])
    text = "Write about number 7. " * (ON_CPU.task // each)
    rows = [{"prompt": [{"role": "user", "content": text}]} for _ in range(8)]
    (folder / "tasks.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def first_letter(completions: Sequence[Any], **columns: Any) -> list[float]:
    """A reward that differs between replies of a random model."""
    del columns
    return [float(ord((each[0]["content"] or " ")[0]) % 5) for each in completions]


def _peak(name: str, folder: Path) -> int:
    """Bytes that two steps took at their peak, beyond what was held before."""
    torch.set_num_threads(1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    config = TrainConfig(
        model=str(folder / "model"), objective="grpo", tasks=str(folder / "tasks.jsonl"), max_length=1024,
        reward=["benchmarks.memory:first_letter"], steps=2, prompts_per_step=2, rollouts=2, max_completion=ON_CPU.reply,
        save_every=100, out=folder / name.replace(" ", "-"), trl={"use_cpu": True, "disable_tqdm": True},
        **MEASURED[name][1],
    )  # fmt: skip
    train(config, lambda _: None)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


if __name__ == "__main__":
    main()
