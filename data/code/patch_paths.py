"""Paths of diffs: read as git and `diff -u` write them, and told to be tests' by the usual conventions."""

from __future__ import annotations

import re

SANDBOX = re.compile(r"^/(?:testbed|workspace/[^/]+|repo|app|home/[^/]+/[^/]+|private/var/folders(?:/[^/]+){4})/")
"""Where harnesses put the repository."""
_TIMESTAMP = re.compile(
    r"(?<![ \t])[ \t]{1,8}(?:\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?[+-]\d\d:?\d\d| ?Z)?"
    r"|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?: [A-Z]{3,4})? \d{4})$"
)
_SIDES = ("a", "b", "c", "i", "o", "w", "old", "new", "orig", "original", "before", "after", "modified")
"""Folders in which the two sides of a diff stand: git's prefixes, and what people name copies of a tree."""
_BACKUP = (
    r"(?:\.(?:orig|org|original|bak|backup|back|old|save|saved|prev|copy|new|fixed|mod|modified|patched)\d?"
    r"|~|_orig|_old|_backup|_new|_fixed)"
)
_BACKED_UP = re.compile(rf"(?P<name>.+?){_BACKUP}(?P<ending>\.\w+)?")
_HERE = re.compile(r"^(?:\./)+")
_ESCAPE = re.compile(r"\\([0-7]{3}|.)", re.S)
_LETTERS = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_QUOTE_NEEDED = re.compile(r'["\\\x00-\x1f]')

_TEST_FOLDERS = {"tests", "__tests__", "spec", "specs"}
_DOUBTFUL_FOLDERS = {"test", "testing"}
_TEST_NAME = re.compile(r"(?:test_.*|.*_tests?|conftest)\.\w+|.*\.(?:test|spec)\.\w+")
_TEST_AMONG_TESTS = re.compile(r"tests?\.\w+|Test[A-Z0-9_]\w*\.\w+|\w*[a-z0-9]Tests?\.\w+")
_PYTHON = (".py", ".pyi", ".pyx", ".pxd")


def is_test_path(path: str) -> bool:
    """Whether a path is a test's by the usual naming conventions.

    For Python a folder `test` or `testing` below a package (django/test, numpy/testing) is part of the product, and
    only those of its files are tests that are named so; at the root, in `src/` and for other languages it holds tests.
    """
    *folders, name = path.split("/")
    if _TEST_NAME.fullmatch(name) or not _TEST_FOLDERS.isdisjoint([*folders, name]):
        return True
    doubtful = [at for at, folder in enumerate([*folders, name]) if folder in _DOUBTFUL_FOLDERS]
    if not doubtful or not name.endswith(_PYTHON):
        return bool(doubtful)
    return _TEST_AMONG_TESTS.fullmatch(name) is not None or any(at == 0 or folders[at - 1] == "src" for at in doubtful)


def git_names(line: str) -> tuple[str, str] | None:
    """The two names of a `diff --git` line, as written but unquoted; None where they cannot be told."""
    rest = line.removeprefix("diff --git ").rstrip()
    if '"' in rest:
        return _partly_quoted(rest)
    half = len(rest) // 2
    old, new = rest[:half], rest[half + 1 :]
    if len(rest) % 2 and rest[half] == " " and old.split("/", 1)[-1] == new.split("/", 1)[-1]:
        return old, new
    at = rest.find(" b/")
    return (rest[:at], rest[at + 1 :]) if at > 0 else None


def _partly_quoted(rest: str) -> tuple[str, str] | None:
    if first := _QUOTED.match(rest):
        return unquoted(first[0]), unquoted(rest[first.end() :].strip())
    at = rest.find(' "')
    return (rest[:at], unquoted(rest[at + 1 :])) if at > 0 else None


def header_name(written: str) -> str:
    """The name on a `---` or `+++` line: unquoted, without the time that may follow it."""
    if match := _QUOTED.match(written):
        return unquoted(match[0])
    return _TIMESTAMP.sub("", written.split("\t")[0].rstrip()).strip()


def unquoted(name: str) -> str:
    """A name without quotes, its escapes read: git and `diff` write bytes beyond ASCII as octal numbers."""
    if len(name) < 2 or name[0] != '"' or name[-1] != '"':
        return name
    out: list[bytes] = []
    at = 1
    for match in _ESCAPE.finditer(name, 1, len(name) - 1):
        out += [name[at : match.start()].encode("utf-8", "surrogatepass"), _escaped(match[1])]
        at = match.end()
    out.append(name[at:-1].encode("utf-8", "surrogatepass"))
    return b"".join(out).decode("utf-8", "replace")


def _escaped(code: str) -> bytes:
    if len(code) == 3:
        return bytes([int(code, 8) & 255])
    return bytes([_LETTERS[code]]) if code in _LETTERS else code.encode("utf-8", "surrogatepass")


def quoted(name: str) -> str:
    """A name as a diff's header can hold it: quoted where it has quotes, backslashes or control characters."""
    if not _QUOTE_NEEDED.search(name):
        return name
    return '"' + _QUOTE_NEEDED.sub(lambda match: f"\\{ord(match.group()):03o}", name) + '"'


def repository_paths(old: str, new: str, renamed: bool = False) -> tuple[str, str]:
    """The two names of a file relative to the repository.

    Args:
        old, new: as the header has them, unquoted; `/dev/null` where a side has none.
        renamed: whether the diff says that the file was renamed or copied; without, a copy that was kept for the
            comparison (`shelf.py.orig`, `/tmp/shelf.py`) is the file itself.
    """
    old, new = _without_sides(old, new)
    if renamed or "/dev/null" in (old, new):
        return old, new
    return (new, new) if _is_copy_of(old, new) else (old, old) if _is_copy_of(new, old) else (old, new)


def _without_sides(old: str, new: str) -> tuple[str, str]:
    """Both names without the folders in which the two sides of a diff stand."""
    first, second = (name.split("/", 1) for name in (old, new))
    if "/dev/null" in (old, new):
        return _relative(old, git=True), _relative(new, git=True)
    sided = len(first) == len(second) == 2 and first[0] != second[0]
    if sided and first[0] in _SIDES and second[0] in _SIDES and (len(first[0]) == 1 or first[1] == second[1]):
        return _relative(first[1]), _relative(second[1])
    return _relative(old, git=True), _relative(new, git=True)


def _relative(name: str, git: bool = False) -> str:
    """A name without the sandbox's root; with `git` also without git's `a/` or `b/`."""
    if name == "/dev/null":
        return name
    if git and name[:2] in ("a/", "b/"):
        name = name[2:]
    plain = SANDBOX.sub("", name).lstrip("/")
    # `git diff --no-index` puts its prefix before an absolute path.
    plain = plain.removeprefix("testbed/")
    return _HERE.sub("", plain) or name


def _is_copy_of(copy: str, name: str) -> bool:
    """Whether one path is a copy, kept for comparison, of the file at the other."""
    if copy == name or copy.endswith("/" + name):
        return copy != name
    folder, _, last = copy.rpartition("/")
    beside, _, plain = name.rpartition("/")
    match = _BACKED_UP.fullmatch(last)
    if match and match["name"] + (match["ending"] or "") == plain:
        return folder == beside or _is_temporary(folder)
    if last == plain and beside:
        top, kept = folder.split("/", 1), beside.split("/", 1)
        backup = _BACKED_UP.fullmatch(top[0])
        return _is_temporary(folder) or bool(backup and backup["name"] == kept[0] and top[1:] == kept[1:])
    return last == plain and _is_temporary(folder)


def _is_temporary(folder: str) -> bool:
    return folder.split("/", 1)[0] in ("tmp", "var") or folder == ""
