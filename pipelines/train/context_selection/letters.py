"""The tokens by which a model answers A or B."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contextpairs.data.pairs.schemas import LETTERS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


OPENING = re.compile(r"(?:^|\s)[\"'“‘«*_`~$]+$|[(\[{<“‘«]$")
"""The end of a prompt after which a letter stands without a space: a bracket, or a quotation or emphasis begun."""


class LetterError(ValueError):
    """A tokenizer in which A and B are not one token each."""


@dataclass(frozen=True, slots=True)
class Letters:
    """Token ids of the two answers."""

    a: int
    b: int

    @property
    def ids(self) -> list[int]:
        """Of A, then of B."""
        return [self.a, self.b]


def resolve_letters(tokenizer: PreTrainedTokenizerBase, prompt_text: str) -> Letters:
    """The tokens that A and B are when they follow a prompt.

    Tokenizers have several tokens for a letter; the one that counts is the one that the reply would begin with. So
    prompt and letter are tokenized together, with and without a space between, and the first form is taken in which
    both letters add exactly one token: after a word the one with a space; after white space, a special token or what
    opens, such as "(" or `\\boxed{`, the one without.

    Args:
        tokenizer: of the model.
        prompt_text: the whole prompt as text, up to where the letter stands.

    Raises:
        LetterError: in neither form both letters are one token.
    """
    forms = ("", " ") if _begins_anew(tokenizer, prompt_text) else (" ", "")
    found = [[_added(tokenizer, prompt_text, space + letter) for letter in LETTERS] for space in forms]
    for first, second in found:
        if len(first) == len(second) == 1 and first != second:
            return Letters(first[0], second[0])
    raise LetterError(_refusal(tokenizer, prompt_text, forms, found))


def _begins_anew(tokenizer: PreTrainedTokenizerBase, prompt: str) -> bool:
    specials = tuple({*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()} - {""})
    return not prompt or prompt[-1].isspace() or prompt.endswith(specials) or bool(OPENING.search(prompt))


def _added(tokenizer: PreTrainedTokenizerBase, prompt: str, letter: str) -> list[int]:
    """Ids that a letter adds to a prompt; none where it changes the tokens before it or has no token of its own."""
    before, whole = (tokenizer(text, add_special_tokens=False)["input_ids"] for text in (prompt, prompt + letter))
    added: list[int] = whole[len(before) :]
    return added if whole[: len(before)] == before and tokenizer.unk_token_id not in added else []


def _refusal(
    tokenizer: PreTrainedTokenizerBase, prompt: str, forms: tuple[str, ...], found: list[list[list[int]]]
) -> str:
    tried = ", ".join(
        f"{space + letter!r} gives {ids or 'none of its own'}"
        for space, pair in zip(forms, found, strict=True)
        for letter, ids in zip(LETTERS, pair, strict=True)
    )
    return (
        f"tokenizer {tokenizer.name_or_path or type(tokenizer).__name__!r}: after {prompt[-30:]!r} the letters A and B "
        f"are not one token each ({tried}); pairs cannot be scored by one token: use another model or prompt.prefill"
    )
