"""What rewards say of a step: whether they are numbers, and whether they move anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from contextpairs.pipelines.train.ending import RunEndedError
from contextpairs.pipelines.train.tasks import ROW


def check_rewards(
    rewards: Tensor, names: Sequence[str], inputs: Sequence[Mapping[str, Any]], gather: Callable[[Tensor], Tensor]
) -> None:
    """Refuse infinite rewards, in all processes alike.

    Args:
        rewards: of all processes, [completions, functions].
        names: of the functions.
        inputs: rows of this process, a row for each of its completions.
        gather: joins a tensor of each process.

    Raises:
        RunEndedError: names the function, the value and the row of the tasks.
    """
    infinite = torch.isinf(rewards)
    if not infinite.any():
        return
    own = [-1 if (row := each.get(ROW)) is None else row for each in inputs]
    rows = gather(torch.tensor(own, device=rewards.device))
    at, function = (int(each) for each in infinite.nonzero()[0])
    where = f"row {int(rows[at])} of the tasks" if rows[at] >= 0 else "a pair among the tasks"
    raise RunEndedError(
        f"reward: {names[function]} gave {float(rewards[at, function])} for a reply to {where}; expected a finite "
        "number (of at most 3e38), or None where there is none"
    )


def groups_without_variance(rewards: Tensor, size: int) -> Tensor:
    """Which groups of completions give no advantage: none, one, or equal rewards.

    Args:
        rewards: [completions, functions], those of a prompt one after another; not a number where there is none.
        size: completions of a group.

    Returns:
        [groups], boolean.
    """
    summed = rewards.nansum(dim=1).masked_fill(rewards.isnan().all(dim=1), float("nan")).view(-1, size)
    lowest, highest = (summed.nan_to_num(nan=nan) for nan in (float("inf"), -float("inf")))
    return lowest.amin(dim=1) >= highest.amax(dim=1)


class DeadSteps:
    """Counts optimizer steps in which no group of completions has an advantage.

    Attributes:
        total: how many there were.
        dead: whether the completions in use are such.
    """

    def __init__(self, most: int, say: Callable[[str], None]) -> None:
        """Args: most: in a row, before a run that nothing else moves is ended; 0 for any number. say: told of them."""
        self.total, self.dead = 0, False
        self._most, self._say, self._row = most, say, 0

    def found(self, dead: bool) -> None:
        """What completions were made that the next steps use."""
        self.dead = dead

    def count(self, step: int, idle: bool) -> None:
        """Count a step, and warn where it is the first of a row.

        Args:
            step: its number, from 1.
            idle: whether nothing but rewards would have moved the weights.

        Raises:
            RunEndedError: there were too many in a row, and all of them idle.
        """
        self._row = self._row + 1 if self.dead else 0
        self.total += self.dead
        if self._row == 1:
            self._say(f"warning: step {step}: {_DEAD}, so GRPO moves nothing (dead_step in the log)")
        if self._most and self._row >= self._most and idle:
            raise RunEndedError(
                f"step {step}: {_DEAD}, for {self._row} steps in a row, and nothing else has a gradient (no pairs, "
                "beta 0); look at the rewards, raise rollouts or trl.temperature, take easier tasks, or set dead_steps"
            )


_DEAD = "no group of completions differs in its rewards, or none was rewarded"
