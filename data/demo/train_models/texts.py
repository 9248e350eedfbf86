"""A word tokenizer for the closed language of the rendered scenes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.trainers import BpeTrainer
from transformers import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
ENOUGH = 50_000


def word_tokenizer(texts: Iterable[str], length: int) -> CLIPTokenizer:
    """A CLIP tokenizer for which every word of the texts is one token; other words fall apart into characters.

    Args:
        texts: the language. Words are what stands between spaces; CLIP's tokenizer splits off punctuation by itself.
        length: tokens of a text at most, its start and end included.
    """
    base = CLIPTokenizer(vocab={START: 0, END: 1}, merges=[])
    normal, split = base.backend_tokenizer.normalizer, base.backend_tokenizer.pre_tokenizer
    words = sorted({piece for text in set(texts) for piece, _ in split.pre_tokenize_str(normal.normalize_str(text))})
    trained = _byte_pairs(words)
    vocabulary = [token for token, _ in sorted(trained["vocab"].items(), key=lambda item: item[1])]
    alphabet = [char for code in range(33, 127) for char in (chr(code), f"{chr(code)}</w>")]
    vocabulary += [*(char for char in alphabet if char not in trained["vocab"]), START, END]
    merges = [tuple(merge) for merge in trained["merges"]]
    return CLIPTokenizer(
        vocab={token: at for at, token in enumerate(vocabulary)},
        merges=merges,  # type: ignore[arg-type]
        model_max_length=length,
    )


def _byte_pairs(words: list[str]) -> dict[str, dict[str, int]]:
    """Merges by which each of the words becomes one token."""
    tokenizer = Tokenizer(BPE(end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    trainer = BpeTrainer(vocab_size=ENOUGH, min_frequency=1, end_of_word_suffix="</w>", show_progress=False)
    tokenizer.train_from_iterator(words, trainer)
    model: dict[str, dict[str, int]] = json.loads(tokenizer.to_str())["model"]
    return model
