"""A Llama of a million parameters that reads short runs: tokenizer, model, and what it knows before the objectives.

A pretrained model brings what random weights lack, and pretraining here gives it that and no pair: what a change of
code does (it writes the patch of a run that it is shown), what options and letters are (it says which option holds a
line; no pair can be answered so), and the form of the answers of the tasks. Its functions are not those of the pairs.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from benchmarks.objectives.faults import FAULTS
from benchmarks.objectives.short_runs import WORDS, Function, issue_of, new_function, run
from contextpairs.data.pairs.prompting import PromptOptions, messages, show
from contextpairs.pipelines.coding.build import QUERY
from contextpairs.pipelines.tasks.prompts import coding_prompt

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


def lookup(rng: random.Random, longest: int) -> Talk:
    """Two lists of up to `longest` phrases, and which of them holds one: what options and letters are."""
    size = rng.randint(1, longest)
    while True:
        here, there = ([phrase(rng) for _ in range(size)] for _ in range(2))
        if own := [each for each in here if each not in there]:
            break
    letter = rng.choice("AB")
    contexts = {"positive": _said(here), "negative": _said(there)}
    shown = show({"pair_id": "", "query": LOOKUP, "answer": rng.choice(own), "label": letter, **contexts})
    return Talk(messages(shown, PromptOptions()), letter)


def phrase(rng: random.Random) -> str:
    """A name, a report or a line of code."""
    fault = rng.choice(FAULTS)
    line = rng.choice((fault.right, fault.wrong))
    names = {"a": rng.choice(WORDS), "b": rng.choice(WORDS), "n": rng.randint(2, 9)}
    return rng.choice((rng.choice(WORDS), rng.choice(fault.reports), line.format(**names)))


def _said(lines: Sequence[str]) -> list[dict[str, str]]:
    return [{"role": "user", "content": "\n".join(lines)}]


def naming(rng: random.Random) -> Talk:
    """An issue, and the place that its fix touches: the tasks of the RL term."""
    function = new_function(rng, rng.randrange(5000, 10_000))
    issue = issue_of(function, rng.randrange(len(function.lines)), rng)
    prompt = coding_prompt(function.repository.replace("__", "/"), issue, [])
    return Talk([{"role": "user", "content": prompt}], f"<answer>\n{function.path}::{function.name}\n</answer>")


def prompt_ids(tokenizer: PreTrainedTokenizerFast, talk: Talk) -> list[int]:
    """Token ids up to where the reply begins."""
    text = tokenizer.apply_chat_template(talk.prompt, add_generation_prompt=True, tokenize=False)
    ids: list[int] = tokenizer(text, add_special_tokens=False)["input_ids"]
    return ids


def encode(tokenizer: PreTrainedTokenizerFast, talk: Talk, whole: bool) -> tuple[list[int], list[int]]:
    """Token ids and labels of a talk; its prompt counts only where the whole is to be learned."""
    prompt = prompt_ids(tokenizer, talk)
    reply = tokenizer(talk.reply + "<|end|>", add_special_tokens=False)["input_ids"]
    return prompt + reply, (prompt if whole else [IGNORED] * len(prompt)) + reply


def padded(rows: Sequence[tuple[list[int], list[int]]], pad: int) -> dict[str, torch.Tensor]:
    """Token ids, labels and mask (n, longest)."""
    longest = max(len(ids) for ids, _ in rows)
    ids = torch.tensor([ids + [pad] * (longest - len(ids)) for ids, _ in rows])
    labels = torch.tensor([labels + [IGNORED] * (longest - len(labels)) for _, labels in rows])
    mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids, _ in rows])
    return {"input_ids": ids, "labels": labels, "attention_mask": mask}


class Phase(NamedTuple):
    """A part of the pretraining.

    Attributes:
        steps: how many.
        turn: what the batches hold, in turn; `lookup` ones are longer, and only their letter is learned.
        falls: whether the rate falls to nothing.
    """

    steps: int
    turn: tuple[Callable[..., Talk], ...]
    falls: bool


PHASES = (
    Phase(2000, (lookup, lookup, lookup, writing, lookup, lookup, lookup, naming), False),
    Phase(800, (lookup, writing, naming, naming), True),
)
"""First what letters are, in lists that grow with what is learned, then mostly the tasks."""
LOOKUPS, TALKS = 64, 24
"""Batch sizes."""
RATE, WARM = 1e-3, 100
LEARNED = 0.85


def make_base(out: Path) -> None:
    """Tokenizer and pretrained model in a folder; some fifteen minutes on one core."""
    tokenizer = new_tokenizer(examples(random.Random("tokenizer")))
    tokenizer.save_pretrained(out)
    model = new_model(tokenizer)
    training = Pretraining(model, tokenizer)
    for phase in PHASES:
        training.run(phase)
        model.save_pretrained(out)


class Pretraining:
    """A model under pretraining, and how long the lists are that it looks up in."""

    def __init__(self, model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast) -> None:
        self.model, self.tokenizer, self.rng = model, tokenizer, random.Random("pretraining")
        self.longest, self.right = 1, [0.0]
        self.letters: list[int] = [tokenizer.vocab[letter] for letter in "AB"]

    def run(self, phase: Phase) -> None:
        """One phase, with an optimizer of its own."""
        optimizer = torch.optim.AdamW(self.model.parameters(), lr=RATE, weight_decay=0.01, betas=(0.9, 0.98))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda at: _rate(at, phase))
        begin, losses = time.monotonic(), []
        for step in range(phase.steps):
            loss = self.loss(phase.turn[step % len(phase.turn)], whole=step // len(phase.turn) % 2 == 0)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            losses.append(loss.item())
            if step % 100 == 99:
                self.report(step + 1, losses[-100:], time.monotonic() - begin)

    def loss(self, kind: Callable[..., Talk], whole: bool) -> torch.Tensor:
        """Of a batch; `whole` learns the prompts too."""
        if kind is lookup:
            return self.letter_loss([lookup(self.rng, self.longest) for _ in range(LOOKUPS)])
        rows = [encode(self.tokenizer, kind(self.rng), whole) for _ in range(TALKS)]
        loss: torch.Tensor = self.model(**padded(rows, self.tokenizer.pad_token_id)).loss
        return loss

    def letter_loss(self, talks: Sequence[Talk]) -> torch.Tensor:
        """Cross-entropy of the letter; prompts are padded on the left."""
        prompts = [prompt_ids(self.tokenizer, talk) for talk in talks]
        longest, pad = max(map(len, prompts)), self.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (longest - len(each)) + each for each in prompts])
        logits = self.model(input_ids=ids, attention_mask=(ids != pad).long(), logits_to_keep=1).logits[:, -1]
        targets = torch.tensor([self.letters["AB".index(talk.reply)] for talk in talks])
        self.right.append((logits.argmax(-1) == targets).float().mean().item())
        return torch.nn.functional.cross_entropy(logits, targets)

    def report(self, step: int, losses: Sequence[float], seconds: float) -> None:
        """Print how it goes, and lengthen the lists once they are read well."""
        right = float(np.mean(self.right[-40:]))
        print(
            f"{step} lists of {self.longest}: {right:.3f} right, loss {np.mean(losses):.3f}, {seconds:.0f} s",
            flush=True,
        )
        if right > LEARNED:
            self.longest += 1


def _rate(at: int, phase: Phase) -> float:
    return min((at + 1) / WARM, 1 - at / (phase.steps + 1) if phase.falls else 1.0)


def examples(rng: random.Random) -> Iterator[str]:
    """Texts to make a tokenizer from, the question of a pair among them."""
    kinds: tuple[tuple[Callable[..., Talk], int], ...] = ((writing, 2500), (naming, 500), (lookup, 500))
    for kind, number in kinds:
        for _ in range(number):
            talk = lookup(rng, 4) if kind is lookup else kind(rng)
            query = QUERY if kind is writing else ""
            yield "\n".join([query, *(turn["content"] for turn in talk.prompt), talk.reply])
