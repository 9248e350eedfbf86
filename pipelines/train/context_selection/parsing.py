"""The letter that a reply picks, read strictly: a reply that hedges, negates or names both picks none."""

from __future__ import annotations

from typing import cast

# The rule stands there, for that file is exported beside data and has to do without this project.
from contextpairs.data.answers import pair_reward
from contextpairs.data.pairs.prompting import Letter


def letter_of(reply: str) -> Letter | None:
    """The letter of the option that a reply states, or None.

    A line states a letter if it holds exactly one, in capitals (a reply of one letter alone may be in lower case), and
    besides it nothing but words such as "the correct option is". Other lines are passed over, as are headings, which
    end in a colon, questions, and what is thought, up to the last `</think>`; a thought that does not end states none.
    Lines that state different letters state none.

    Args:
        reply: what the model wrote, without the prefill.
    """
    return cast("Letter | None", pair_reward.letter_of(reply))
