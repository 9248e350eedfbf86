"""What must hold over all rows of a version, checked while they stream by; what breaks it is not published."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from contextpairs.data.pairs.contexts import digest
from contextpairs.data.pairs.schemas import CONTEXT_FIELDS, PairError, PairForm, Split, canonical_json, pair_id_of

NOT_IN_PAIR_ID = ("pair_id", "mirror_id", "group_id", "strategy", "label", "scores", "provenance")


class _Seen(NamedTuple):
    mirror: str
    group: str
    answer: bytes
    positive: bytes
    negative: bytes


class PairsCheck:
    """Passes rows through and remembers about 600 bytes of each.

    Checked: every row has the stored form and the pair_id that its content demands; no pair twice; every pair's mirror
    is there, in the same group, with the same two contexts swapped and another answer; no group and no context stands
    in two splits; letters are balanced within each split.
    """

    def __init__(self, form: PairForm) -> None:
        self._form = form
        self._seen: dict[str, _Seen] = {}
        self._split_of: dict[str | bytes, Split] = {}
        self._letters: dict[Split, Counter[str]] = {}
        self._content = hashlib.sha256()

    def watch(self, rows: Iterable[Mapping[str, Any]], split: Split) -> Iterator[dict[str, Any]]:
        """The rows of a split in stored form.

        Raises:
            PairError: names split, row, field, what was expected and what to do.
        """
        letters = self._letters.setdefault(split, Counter())
        for number, row in enumerate(rows):
            where = f"split {split!r}, row {number}"
            stored = self._form.row(row, where)
            self._remember(stored, split, where)
            letters[stored["label"]] += 1
            yield stored

    def content(self) -> str:
        """64 hex digits over all rows seen, in order: equal content has it equal, however it is encoded."""
        return self._content.hexdigest()

    def finish(self) -> None:
        """Check what only the whole can show. Raises PairError."""
        for pair, seen in self._seen.items():
            self._check_mirror(pair, seen)
        for split, letters in self._letters.items():
            if abs(letters["A"] - letters["B"]) > 1:
                raise PairError(
                    f"split {split!r}: {letters['A']} labels A, {letters['B']} labels B; expected a difference of at "
                    "most 1: label each split with contextpairs.data.pairs.splits.assign_labels after the last filter"
                )

    def _remember(self, row: Mapping[str, Any], split: Split, where: str) -> None:
        seen = _identified(self._form, row, where)
        pair = row["pair_id"]
        if pair in self._seen:
            raise PairError(f"{where}: pair_id {row['pair_id']} occurs twice; drop duplicate pairs before publishing")
        self._seen[pair] = seen
        self._bind(seen.group, split, f"{where}: group {row['group_id']!r}")
        self._bind(seen.positive, split, f"{where}: the positive of pair {row['pair_id']}")
        self._bind(seen.negative, split, f"{where}: the negative of pair {row['pair_id']}")
        # The texts are in pair_id already, which was recomputed; hashing the rest is enough.
        rest = {name: row[name] for name in NOT_IN_PAIR_ID}
        self._content.update(f"{split} {canonical_json(rest)}\n".encode())

    def _bind(self, key: str | bytes, split: Split, what: str) -> None:
        if self._split_of.setdefault(key, split) != split:
            raise PairError(f"{what} stands in {self._split_of[key]!r} too; expected one split: widen the group_id")

    def _check_mirror(self, pair: str, seen: _Seen) -> None:
        mirror = self._seen.get(seen.mirror)
        if mirror is None:
            raise PairError(f"pair {pair}: its mirror {seen.mirror} is missing; publish both or neither")
        if mirror.answer == seen.answer:
            raise PairError(f"pair {pair}: its mirror {seen.mirror} has the same answer: no contrast, drop both")
        if mirror != _Seen(pair, seen.group, mirror.answer, seen.negative, seen.positive):
            raise PairError(
                f"pair {pair}: row {seen.mirror} is not its mirror; expected mirror_id pointing back, the "
                "same group_id, positive and negative swapped"
            )


def _identified(form: PairForm, row: Mapping[str, Any], where: str) -> _Seen:
    try:
        positive, negative = (form.context.identity(row[name]) for name in CONTEXT_FIELDS)
        answer = digest([row["answer"].encode()])
        said = pair_id_of(row["query"], row["answer"], positive, negative)
        for name in NOT_IN_PAIR_ID:
            row[name].encode()
    except UnicodeEncodeError as error:
        raise PairError(f"{where}: a lone surrogate at {error.start} of a text; replace it by U+FFFD") from error
    if said != row["pair_id"]:
        raise PairError(f"{where}, field 'pair_id': expected {said} by schemas.pair_id, found {row['pair_id']!r}")
    if positive == negative:
        raise PairError(f"{where}: positive and negative are the same context; drop such couples before publishing")
    return _Seen(row["mirror_id"], row["group_id"], answer, positive, negative)
