"""What the context-selection term costs and how exact it is: `python -m benchmarks.training --pairs out/coding`.

Three tables: loss and gradients against a float64 reference that shares no code with them; one batch of pairs against a
bare forward and backward pass over the same tokens; whole steps of GRPO without and with the term. Without `--model` a
Llama of a few million parameters with random weights is made. Times are medians, in seconds of one processor, so that
other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch
from rich.console import Console
from rich.table import Table
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from contextpairs.data.pairs.prompting import other, show
from contextpairs.data.store.store import Store
from contextpairs.pipelines.train.config import TrainConfig
from contextpairs.pipelines.train.context_selection.loading import Loaded, load_model
from contextpairs.pipelines.train.context_selection.loss import ClipForm, margins, selection_loss
from contextpairs.pipelines.train.pairs import TrainPairs, open_pairs
from contextpairs.pipelines.train.run import train
from contextpairs.pipelines.train.selection import SelectionTerm, Spot

CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CPU = torch.device("cpu")
ONE = Spot(0, 0, 1, 0, 1)
rewarded: list[float] = []
"""Processor time at each call of the reward, which is once a step."""


def main() -> None:
    """Measure and print."""
    options = _options()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    console = Console()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model = options.model or str(_small_model(folder / "model", options.pairs))
        config = _config(options, model, folder)
        loaded = load_model(model)
        pairs = open_pairs(config, loaded.processor, config.max_length)
        weights = sum(each.numel() for each in loaded.model.parameters())
        console.print(f"{len(pairs.stores[0].places)} pairs, {weights / 1e6:.1f} M weights")
        console.print(_exactness(loaded, pairs))
        console.print(_batch_cost(loaded, pairs, options.repeats))
        console.print(_step_cost(config, folder, options.repeats, _pair_tokens(pairs)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", required=True, help="store of coding pairs")
    parser.add_argument("--model", help="folder of a causal model; default: a small one with random weights")
    parser.add_argument("--batch", type=int, default=2, help="pairs of a batch")
    parser.add_argument("--max-length", type=int, default=4096, help="tokens of a pair; longer ones are left out")
    parser.add_argument("--repeats", type=int, default=9)
    return parser.parse_args()


def _config(options: argparse.Namespace, model: str, folder: Path) -> TrainConfig:
    return TrainConfig(
        model=model, pairs=options.pairs, tasks=_tasks(folder), reward=["benchmarks.training:length"],
        out=folder / "out", pair_batch=options.batch, max_length=options.max_length, too_long="drop", coefficient=0.3,
        prompts_per_step=4, rollouts=4, max_completion=64, steps=options.repeats + 1, save_every=10_000,
        trl={"use_cpu": True, "disable_tqdm": True, "gradient_checkpointing": False},
    )  # fmt: skip


def _tasks(folder: Path) -> str:
    file = folder / "tasks.jsonl"
    said = ({"prompt": [{"role": "user", "content": f"Write about number {n}. " * 20}]} for n in range(64))
    file.write_text("".join(json.dumps(row) + "\n" for row in said))
    return str(file)


def length(completions: Sequence[Any], **columns: Any) -> list[float]:
    """A reward that costs nothing, and looks at the clock."""
    del columns
    rewarded.append(time.process_time())
    return [float(len(completion[0]["content"]) % 7) for completion in completions]


def _small_model(folder: Path, pairs: str) -> Path:
    """A Llama of four layers, its tokenizer trained on the pairs."""
    words = tokenizer(_texts(pairs))
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=256, intermediate_size=768, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=32_768, eos_token_id=words.eos_token_id, bos_token_id=None,
        pad_token_id=words.pad_token_id,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def tokenizer(texts: Iterable[str]) -> Any:
    """Byte-level BPE of at most 8,192 entries, trained on texts, with a chat template."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=8192, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )  # fmt: skip
    bpe.train_from_iterator(texts, trainer)
    kind: Any = PreTrainedTokenizerFast
    return kind(tokenizer_object=bpe, eos_token="<|im_end|>", pad_token="<|endoftext|>", chat_template=CHAT)


def _texts(pairs: str, most: int = 200) -> Iterator[str]:
    batch = next(Store(pairs).batches("latest", "train"))
    yield from (show(row).text for row in batch.to_pylist()[:most])


def _exactness(loaded: Loaded, pairs: TrainPairs) -> Table:
    table = _table("largest error against float64", "what", "loss", "gradient")
    for form in ("symmetric", "one_sided"):
        loss, gradient = _formula_error(form)
        table.add_row(f"formula, {form}, 10,000 margins", f"{loss:.1e}", f"{gradient:.1e}")
    loss, gradient = _model_error(loaded, pairs)
    table.add_row("mean over a batch, through the model, all weights", f"{loss:.1e}", f"{gradient:.1e}")
    return table


def _formula_error(form: ClipForm, clip: float = 5.0) -> tuple[float, float]:
    """Of float32, with margins that are float32 too."""
    logits = torch.randn(10_000, 2) * 4
    logits.requires_grad_()
    positive = torch.randint(0, 2, (10_000,))
    margin = margins(logits, positive)
    losses = selection_loss(margin, clip, form)
    (slopes,) = torch.autograd.grad(losses.sum(), margin)
    wanted = [_by_formula(float(each), clip, form) for each in margin.detach()]
    of_loss = max(abs(float(a) - b) for a, (b, _) in zip(losses.detach(), wanted, strict=True))
    return of_loss, max(abs(float(a) - b) for a, (_, b) in zip(slopes, wanted, strict=True))


def _by_formula(margin: float, clip: float, form: ClipForm) -> tuple[float, float]:
    low = -clip if form == "symmetric" else -math.inf
    clipped = min(max(margin, low), clip)
    inside = low <= margin <= clip
    return math.log1p(math.exp(-clipped)), -1 / (1 + math.exp(clipped)) if inside else 0.0


def _model_error(loaded: Loaded, pairs: TrainPairs) -> tuple[float, float]:
    """A step's gradient against pairs run one by one in float64, unpadded, all logits kept."""
    share = SelectionTerm(pairs).share(ONE)
    assert share is not None
    loss, _ = SelectionTerm(pairs).loss(loaded.model, share, ONE, CPU)
    found = torch.autograd.grad(loss, list(loaded.model.parameters()))
    exact = load_model(pairs.config.model).model.double()
    total = sum((_reference(exact, pairs, shown) for shown in pairs.shown(_first(pairs))), torch.zeros(()))
    wanted = torch.autograd.grad(total, list(exact.parameters()))
    worst = max(float((a.double() - b).abs().max()) for a, b in zip(found, wanted, strict=True))
    return abs(float(loss.detach()) - float(total.detach())), worst


def _first(pairs: TrainPairs) -> Any:
    return pairs.sequence.items(0, pairs.config.pair_batch)


def _reference(model: Any, pairs: TrainPairs, shown: Any) -> torch.Tensor:
    words, config = pairs.encoder.tokenizer, pairs.config
    text = words.apply_chat_template(
        [{"role": "user", "content": shown.text}], tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    logits = model(input_ids=torch.tensor([words.encode(text, add_special_tokens=False)])).logits[0, -1]
    right, wrong = (words.encode(letter)[-1] for letter in (shown.letter, other(shown.letter)))
    margin = (logits[right] - logits[wrong]).clamp(-config.clip, config.clip)
    return config.coefficient * torch.log1p(torch.exp(-margin)) / config.pair_batch


def _pair_tokens(pairs: TrainPairs) -> int:
    return sum(each.tokens for each in pairs.encoded(_first(pairs)))


def _batch_cost(loaded: Loaded, pairs: TrainPairs, repeats: int) -> Table:
    term = SelectionTerm(pairs)
    share = term.share(ONE)
    assert share is not None
    ready = pairs.encoder.collate(share.encoded)

    def bare() -> None:
        torch.autograd.backward(loaded.model(**ready, use_cache=False, logits_to_keep=1).logits.sum())

    def extra() -> None:
        drawn = term.share(ONE)
        assert drawn is not None
        torch.autograd.backward(term.loss(loaded.model, drawn, ONE, CPU)[0])

    one, other_one = _alternately(bare, extra, repeats)
    table = _table(f"a batch of {len(share.encoded)} pairs, {ready['input_ids'].numel()} tokens", "what", "s", "ratio")
    table.add_row("bare forward and backward pass", f"{one:.2f}", "1")
    table.add_row("the term: read, tokenize, pad, loss, backward pass", f"{other_one:.2f}", f"{other_one / one:.3f}")
    return table


def _alternately(one: Callable[[], None], other_one: Callable[[], None], repeats: int) -> tuple[float, float]:
    times: list[tuple[float, float]] = [(_timed(one), _timed(other_one)) for _ in range(repeats + 1)][1:]
    return median(a for a, _ in times), median(b for _, b in times)


def _timed(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _step_cost(config: TrainConfig, folder: Path, repeats: int, pair_tokens: int) -> Table:
    one, policy_tokens = _steps(config, "grpo", folder)
    other_one, _ = _steps(config, "contextrl", folder)
    completions = config.prompts_per_step * config.rollouts
    title = f"a whole step: {completions} completions of {config.max_completion} tokens, {config.pair_batch} pairs"
    table = _table(f"{title}; {repeats} steps each", "objective", "tokens", "s", "ratio")
    table.add_row("grpo", f"{policy_tokens:.0f}", f"{one:.2f}", "1")
    table.add_row("contextrl", f"{policy_tokens + pair_tokens:.0f}", f"{other_one:.2f}", f"{other_one / one:.3f}")
    return table


def _steps(config: TrainConfig, objective: str, folder: Path) -> tuple[float, float]:
    """Median seconds of a step, from reward to reward, and the tokens that GRPO trains on in one."""
    # Run as a script this module is there twice, and the reward is that of the other one.
    from benchmarks.training import rewarded

    rewarded.clear()
    trained = train(config.model_copy(update={"objective": objective, "out": folder / objective}), lambda _: None)
    tokens = [logged["num_tokens"] for logged in trained.history if "num_tokens" in logged]
    return median(after - before for before, after in pairwise(rewarded)), tokens[-1] / len(tokens)


def _table(title: str, *columns: str) -> Table:
    table = Table(*columns, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    return table


if __name__ == "__main__":
    main()
