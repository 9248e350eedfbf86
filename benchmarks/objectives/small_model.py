"""A Llama of a million parameters that reads short runs: tokenizer, model, and what it knows before the objectives.

A pretrained model brings what random weights lack, and pretraining here gives it that and no pair: what a change of
code does (it writes the patch of a run that it is shown), what options and letters are (it says which option holds a
line; no pair can be answered so), and the form of the answers of the tasks. Its functions are not those of the pairs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from benchmarks.objectives.short_runs import Function, issue_of, new_function, run
from data.prompting import PromptOptions, messages, show
from pipelines.tasks.prompts import coding_prompt

VOCABULARY = 2048
TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
SPECIAL = ("<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
LOOKUP = "One of two recorded texts holds the line below. Which option holds it?"
WRITING = "Which patch did this trace produce?"
IGNORED = -100


class Talk(NamedTuple):
    """A question and its answer, in chat form."""

    prompt: list[dict[str, str]]
    reply: str


def new_tokenizer(texts: Iterator[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE of the texts whose tokens may span words, but no lines: what recurs costs a token or two."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n+"), "isolated"),
            pre_tokenizers.Digits(),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=list(SPECIAL), initial_alphabet=alphabet)
    )
    build: Any = PreTrainedTokenizerFast  # its constructor has no types
    tokenizer: PreTrainedTokenizerFast = build(tokenizer_object=made, pad_token="<|pad|>", eos_token="<|end|>")
    tokenizer.chat_template = TEMPLATE
    return tokenizer


def new_model(tokenizer: PreTrainedTokenizerFast, width: int = 128, layers: int = 4) -> LlamaForCausalLM:
    """Random weights."""
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=width,
            intermediate_size=3 * width,
            num_hidden_layers=layers,
            num_attention_heads=4,
            num_key_value_heads=4,
            max_position_embeddings=2048,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def masked_run(function: Function, wrong: int, rng: random.Random) -> list[dict[str, str]]:
    """A run as it stands in a pair: its own line and that of another fault masked, its edit gone."""
    turns = run(function, wrong, rng)["messages"]
    other = rng.choice([at for at in range(len(function.lines)) if at != wrong])
    for line in (function.lines[wrong], function.lines[other]):
        for said in (line.right, line.wrong):
            turns[2]["content"] = turns[2]["content"].replace(f"    {said}\n", "    [masked: patch code]\n")
    start = turns[3]["content"].index("old=")
    turns[3]["content"] = (
        turns[3]["content"][:start] + f'old=[masked: edit]\nedit_via_str_replace {function.path} -- "$old" "$new"\n```'
    )
    return list(turns)


def change(function: Function, wrong: int) -> str:
    """The changed line, before and after."""
    line = function.lines[wrong]
    return f"-    {line.wrong}\n+    {line.right}"


def writing(rng: random.Random) -> Talk:
    """A trace, and the patch that it produced: what a change of code does."""
    function = new_function(rng, rng.randrange(5000, 10_000))
    wrong = rng.randrange(len(function.lines))
    said = "\n\n".join(f"[{turn['role']}]\n{turn['content']}" for turn in masked_run(function, wrong, rng))
    return Talk([{"role": "user", "content": f"{WRITING}\n\n{said}"}], change(function, wrong))


def lookup(rng: random.Random) -> Talk:
    """Two traces of different functions, and which of them holds a line: what options and letters are."""
    functions = [new_function(rng, rng.randrange(5000, 10_000)) for _ in range(2)]
    traces = [masked_run(each, rng.randrange(len(each.lines)), rng) for each in functions]
    lines = [[line for turn in trace for line in turn["content"].splitlines() if line.strip()] for trace in traces]
    own = [line for line in lines[0] if line not in lines[1]]
    letter = rng.choice("AB")
    row = {"pair_id": "", "query": LOOKUP, "answer": rng.choice(own), "label": letter}
    shown = show(row | {"positive": traces[0], "negative": traces[1]})
    return Talk(messages(shown, PromptOptions()), letter)


def naming(rng: random.Random) -> Talk:
    """An issue, and the place that its fix touches: the tasks of the RL term."""
    function = new_function(rng, rng.randrange(5000, 10_000))
    issue = issue_of(function, rng.randrange(len(function.lines)), rng)
    prompt = coding_prompt(function.repository.replace("__", "/"), issue, [])
    return Talk([{"role": "user", "content": prompt}], f"<answer>\n{function.path}::{function.name}\n</answer>")


KINDS = (writing, lookup, writing, lookup, writing, lookup, writing, naming)
"""What the batches of pretraining hold, in turn: talks of one kind are about equally long."""


def encode(tokenizer: PreTrainedTokenizerFast, talk: Talk, prompt_too: bool) -> tuple[list[int], list[int]]:
    """Token ids and labels of a talk; its prompt counts only where it is to be learned too."""
    before = tokenizer.apply_chat_template(talk.prompt, add_generation_prompt=True, tokenize=False)
    prompt = tokenizer(before, add_special_tokens=False)["input_ids"]
    reply = tokenizer(talk.reply + "<|end|>", add_special_tokens=False)["input_ids"]
    return prompt + reply, (prompt if prompt_too else [IGNORED] * len(prompt)) + reply


def padded(rows: Sequence[tuple[list[int], list[int]]], pad: int) -> dict[str, torch.Tensor]:
    """Token ids, labels and mask (n, longest)."""
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([ids + [pad] * (longest - len(ids)) for ids, _ in rows])
    labels = torch.tensor([labels + [IGNORED] * (longest - len(labels)) for _, labels in rows])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in rows])
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


def pretrain(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    steps: int,
    out: Path,
    batch: int = 32,
    rate: float = 1.5e-3,
) -> None:
    """Next-token training on talks of all kinds; saves model and tokenizer."""
    rng, begin = random.Random("pretraining"), time.monotonic()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: min((at + 1) / 100, 1 - at / (steps + 1)))
    losses: list[float] = []
    for step in range(steps):
        talks = [KINDS[step % len(KINDS)](rng) for _ in range(batch)]
        rows = [encode(tokenizer, talk, prompt_too=step % 5 == 0) for talk in talks]
        loss = model(**padded(rows, tokenizer.pad_token_id)).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
        if step % 100 == 99:
            print(f"{step + 1} loss {sum(losses[-100:]) / 100:.3f} {time.monotonic() - begin:.0f} s", flush=True)
            model.save_pretrained(out)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


def make_base(out: Path, steps: int) -> None:
    """Tokenizer and pretrained model in a folder."""
    tokenizer = new_tokenizer(examples(3000))
    pretrain(new_model(tokenizer), tokenizer, steps, out)


def examples(number: int) -> Iterator[str]:
    """Texts to make a tokenizer from."""
    rng = random.Random("tokenizer")
    for at in range(number):
        talk: Any = KINDS[at % len(KINDS)](rng)
        yield "\n".join([*(turn["content"] for turn in talk.prompt), talk.reply])
