"""The text of one file as far as a transcript shows it, followed through the agent's edits."""

from __future__ import annotations

from dataclasses import dataclass, field

from contextpairs.builders.coding.edit_command import Edit
from contextpairs.builders.coding.file_line import Line, contradicted, spliced, split_lines
from contextpairs.builders.coding.line_addresses import literal_of, split_address, tolerant_spans
from contextpairs.builders.coding.linear_regex import UnlikeTool, linear_regex
from contextpairs.builders.coding.loose_edits import add_loose, loose_hunk, text_before
from contextpairs.builders.coding.script_lines import lines_from_script, text_for_script
from contextpairs.builders.coding.script_values import HIDDEN
from contextpairs.data.code.patch import Hunk

UNSEEN = "\x00"
MAX_LINES = 1_000_000
"""Lines past which nothing is followed: a number that a command names costs no more memory than a file has."""


@dataclass(slots=True)
class FileText:
    """A file before and after edits. Lines past the last known one are taken to be unchanged."""

    before: list[Line] = field(default_factory=list)
    now: list[Line] = field(default_factory=list)
    loose: list[Hunk] = field(default_factory=list)
    """Replacements in text that the transcript never showed."""
    whole: bool = False
    """Whether every line of `before` is listed."""
    existed: bool = True
    present: bool = True
    lost: bool = False
    """Whether the file was changed in a way that the transcript does not tell."""
    searched: list[str] = field(default_factory=list)
    """Texts that no line has but those that are known."""
    torn: bool = False
    """Whether `loose` is a piece of a line, so that nothing is told unless a later view shows the line."""

    @property
    def unknown(self) -> bool:
        """Whether what the agent made of the file is not known."""
        return self.lost or (self.torn and bool(self.loose))

    def learn(self, lines: dict[int, str], whole: bool, searched: str = "") -> None:
        """Takes in a view of the file as it is now.

        Args:
            lines: by number.
            whole: whether the file has no others.
            searched: a text that no other line has.
        """
        if self.loose and self.now == self.before:
            self._place_loose(lines, whole)
        if not lines or self.loose or self.lost:
            return
        last = max(lines)
        if last > MAX_LINES:
            return
        if len(self.now) < last and not (self.whole or not self.existed):
            self._reach(last)
        if contradicted(self.now, lines):
            self.lost = True
            return
        for number, text in lines.items():
            if 0 < number <= len(self.now) and self.now[number - 1].text is None:
                self.now[number - 1].text = text.rstrip("\r")
        if searched and not self.lost:
            self.searched.append(searched)
        if whole and len(lines) == last == len(self.now):
            self.whole = True

    def _place_loose(self, lines: dict[int, str], whole: bool) -> None:
        """Finds the replacements in unseen text in a later view of it, which then tells what stood around them."""
        before = text_before(self.loose, lines)
        if before is None:
            return
        earlier, self.loose = self.loose, []
        self.learn(dict(enumerate(before.split("\n"), min(lines))), whole)
        for hunk in earlier:
            self._replace(Edit(0, 0, 0, "replace", "", "\n".join(hunk.old()), "\n".join(hunk.new())))

    def _reach(self, last: int) -> None:
        start = len(self.before)
        added = [Line(start + index, None) for index in range(1, last - len(self.now) + 1)]
        self.before += added
        self.now += added

    def apply(self, edit: Edit) -> bool:
        """Makes an edit; False where it cannot have worked on the text that is known."""
        if not edit.readable:
            self.lost = True
            return True
        try:
            return self._applied(edit)
        except UnlikeTool:
            self.lost = True
            return True

    def _applied(self, edit: Edit) -> bool:
        if edit.kind == "write":
            return self._write(edit.new or "")
        if edit.kind == "append":
            return self._append(edit.new or "")
        if edit.kind == "apply" and edit.action == "c":
            first = int(edit.address.partition(",")[0])
            self.learn(dict(enumerate((edit.old or "").split("\n"), first)), whole=False)
        if edit.action:
            return self._by_address(edit)
        return self._replace(edit)

    def known_text(self) -> str | None:
        """The text now for a script to work on, lines not seen as placeholders; None where too little is known."""
        if self.lost or self.loose or not self.present or (self.existed and not self.before):
            return None
        return text_for_script(self.now, self.whole or not self.existed)

    def _rewrite(self, text: str) -> bool:
        """Writes what a script made of `known_text`."""
        made = lines_from_script(self.now, self.whole or not self.existed, text)
        self.lost = self.lost or made is None
        self.now, self.present = made or self.now, True
        return True

    def _write(self, text: str) -> bool:
        if HIDDEN in text:
            return self._rewrite(text)
        if self.existed and not self.whole:
            self.lost = self.lost or not self._covers(text)
        self.now = spliced(self.now, 0, len(self.now), split_lines(text))
        self.present, self.loose = True, []
        return True

    def _covers(self, text: str) -> bool:
        """Whether the seen lines can stand for the file: all are seen, and the new text ends as they do."""
        return (
            bool(self.now)
            and all(line.text is not None for line in self.now)
            and text.rstrip().endswith((self.now[-1].text or "\x00").strip() or "\x00")
        )

    def _append(self, text: str) -> bool:
        if self.existed and not self.whole:
            self.loose.append(loose_hunk([], split_lines(text)))
        else:
            self.now += [Line(0, line) for line in split_lines(text)]
            self.present = True
        return True

    def _replace(self, edit: Edit) -> bool:
        old, new = edit.old or "", edit.new or ""
        if edit.every and (edit.pattern or "\n" not in old.strip("\n")) and not self._fully_seen():
            # How many lines it changes is not known.
            self.lost = self.lost or not any(text in old for text in self.searched)
        text = self.text()
        spans = _occurrences(text, edit)
        if not spans and edit.kind == "replace" and not edit.pattern:
            spans = tolerant_spans(text, old)
        if not spans:
            return self._replace_unseen(edit)
        for start, end, put in reversed(spans):
            self._splice_text(text, start, end, new if put is None else put)
        return True

    def _splice_text(self, text: str, start: int, end: int, new: str) -> None:
        first = text.count("\n", 0, start)
        last = first + text.count("\n", start, end) + 1
        left = text[text.rfind("\n", 0, start) + 1 : start]
        stop = text.find("\n", end)
        right = text[end : stop if stop >= 0 else len(text)]
        put = left + new + right
        texts = put.split("\n")
        if end == len(text) or (text[end - 1 : end] == "\n" and last > len(self.now)):
            texts = texts[:-1] if texts[-1] == "" else texts
        self.now = spliced(self.now, first, min(last, len(self.now)), texts)

    def text(self) -> str:
        """The text now, lines not seen as NUL."""
        return "".join((line.text if line.text is not None else UNSEEN) + "\n" for line in self.now)

    def _replace_unseen(self, edit: Edit) -> bool:
        if edit.pattern or edit.old is None or self._fully_seen():
            self.lost = self.lost or (edit.pattern and not self._fully_seen())
            return False
        self.lost = not add_loose(self.loose, edit.old, edit.new or "") or self.lost
        return True

    def _fully_seen(self) -> bool:
        return (self.whole or not self.existed) and all(line.text is not None for line in self.now)

    def _by_address(self, edit: Edit) -> bool:
        if any(len(hunk.old()) != len(hunk.new()) for hunk in self.loose):
            self.lost = True
            return True
        found = self._addressed(edit.address, edit.old or "")
        if found is None:
            return self._unaddressed(edit)
        before = self.now
        for first, last in reversed(found):
            self._edit_lines(edit, first, last)
        if edit.action == "s" and self.now is before and not self._fully_seen() and edit.address:
            return self._unaddressed(edit)
        return self.now is not before

    def _unaddressed(self, edit: Edit) -> bool:
        """An expression over text that is not all seen: which lines it changes, and to what, is not known.

        Of a literal that is replaced in one line, a later view of this line tells what stood there.
        """
        literal = literal_of(edit.old or "")
        if edit.action == "s" and literal and edit.address.isdigit() and not self.loose:
            self.loose.append(loose_hunk([literal], (edit.new or "").replace("\\g<0>", literal).split("\n")))
            self.torn = True
        else:
            self.lost = True
        return True

    def _addressed(self, address: str, expression: str) -> list[tuple[int, int]] | None:
        """The 0-based line ranges that an address selects; None where unseen lines decide."""
        if not address:
            known = self._fully_seen() or self._was_searched(expression)
            return [(i, i + 1) for i in range(len(self.now))] if known else None
        first, _, last = address.partition(",") if not address.startswith("/") else split_address(address)
        if _is_line(first):
            return self._numbered(int(first), last)
        if first.startswith("/") and self.now:
            return self._matching(first[1:-1], last)
        return [(len(self.now) - 1, len(self.now))] if first == "$" and self.whole and self.now else None

    def _was_searched(self, expression: str) -> bool:
        """Whether all lines that an expression may match are known, since a part of it was searched for."""
        literal = literal_of(expression)
        return bool(literal) and any(text in literal for text in self.searched)

    def _numbered(self, first: int, last: str) -> list[tuple[int, int]] | None:
        stop = first
        if _is_line(last):
            stop = max(first, int(last)) if first else int(last)
        elif last.startswith("+"):
            stop = first + int(last[1:])
        elif last == "$" and self.whole:
            stop = len(self.now)
        elif last:
            return None
        if stop > len(self.now):
            if self.whole or not self.existed:
                stop = len(self.now)
            elif stop > MAX_LINES:
                return None
            else:
                self._reach(stop)
        if first > len(self.now):
            return []
        return [(first - 1, stop)] if first else [(0, 0)]

    def _matching(self, expression: str, last: str) -> list[tuple[int, int]] | None:
        pattern = linear_regex(expression, "sed")
        hits = [i for i, line in enumerate(self.now) if line.text is not None and pattern.is_in(line.text)]
        if not self._fully_seen() and not self._was_searched(expression):
            return None
        if not last or not hits:
            return [(i, i + 1) for i in hits]
        if last.startswith("+"):
            return [(hits[0], min(hits[0] + int(last[1:]) + 1, len(self.now)))]
        if last.startswith("/"):
            stop = linear_regex(last[1:-1], "sed")
            ends = [i for i in range(hits[0] + 1, len(self.now)) if stop.is_in(self.now[i].text or "")]
            return [(hits[0], ends[0] + 1)] if ends else None
        return None

    def _edit_lines(self, edit: Edit, first: int, last: int) -> None:
        if edit.action == "s":
            self._substitute(edit, first, last)
            return
        new = split_lines(edit.new or "") if edit.new else ([""] if edit.action in "ia" else [])
        if edit.action == "d":
            self.now = spliced(self.now, first, last, [])
        elif edit.action == "c":
            self.now = spliced(self.now, first, last, new)
        elif edit.action == "i":
            self.now = self.now[:first] + [Line(0, text) for text in new] + self.now[first:]
        elif edit.action == "a":
            self.now = self.now[:last] + [Line(0, text) for text in new] + self.now[last:]

    def _substitute(self, edit: Edit, first: int, last: int) -> None:
        pattern = linear_regex(edit.old or "", "sed")
        for index in range(last - 1, first - 1, -1):
            text = self.now[index].text
            if text is None:
                continue
            changed, _ = pattern.replaced(text, edit.new or "", count=0 if edit.every else 1)
            if changed != text:
                self.now = spliced(self.now, index, index + 1, changed.split("\n"))

    def restore(self) -> None:
        """Takes back all edits, as `git checkout` does."""
        self.now, self.loose, self.lost, self.present = list(self.before), [], False, self.existed


def _occurrences(text: str, edit: Edit) -> list[tuple[int, int, str | None]]:
    """Where an edit applies in `text`: (start, end, text to put there; None for the edit's own)."""
    if edit.pattern:
        matches = linear_regex(edit.old or "").found(text, count=0 if edit.every else 1)
        return [(match.start, match.stop, match.expanded(edit.new or "")) for match in matches]
    found: list[tuple[int, int, str | None]] = []
    old = edit.old or ""
    at = text.find(old) if old else -1
    while at >= 0:
        found.append((at, at + len(old), None))
        at = text.find(old, at + len(old)) if edit.every else -1
    return found


def _is_line(text: str) -> bool:
    """Whether a text is the number of a line: no file has more than nine digits of them."""
    return text.isdecimal() and len(text) <= 9
