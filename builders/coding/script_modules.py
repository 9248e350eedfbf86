"""The names that a followed script may use: what the language has, and what of its modules is followed."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any

from contextpairs.builders.coding.script_patterns import FLAGS, Pattern
from contextpairs.builders.coding.script_values import Builtin, FilePath, Handle, Method, Module, UnreadScript

_FUNCTIONS = (
    "abs", "all", "any", "bool", "chr", "dict", "enumerate", "exit", "filter", "int", "isinstance", "iter", "len",
    "list", "map", "max", "min", "next", "open", "ord", "print", "quit", "range", "repr", "reversed", "set", "sorted",
    "str", "sum", "tuple", "zip",
)  # fmt: skip
EXCEPTIONS = {
    "BaseException": "", "Exception": "BaseException", "SystemExit": "BaseException", "ValueError": "Exception",
    "LookupError": "Exception", "IndexError": "LookupError", "KeyError": "LookupError", "RuntimeError": "Exception",
    "AssertionError": "Exception", "TypeError": "Exception", "OSError": "Exception", "IOError": "OSError",
    "FileNotFoundError": "OSError", "StopIteration": "Exception", "ArithmeticError": "Exception",
    "ZeroDivisionError": "ArithmeticError", "AttributeError": "Exception", "NotImplementedError": "RuntimeError",
    "SyntaxError": "Exception",
}  # fmt: skip
"""Each exception's own base."""
BUILTINS: MappingProxyType[str, Any] = MappingProxyType(
    {
        **{name: Builtin(name) for name in (*_FUNCTIONS, *EXCEPTIONS)},
        "__name__": "__main__",
    }
)
MEMBERS = frozenset(
    [
        "re.sub",
        "re.subn",
        "re.search",
        "re.match",
        "re.fullmatch",
        "re.findall",
        "re.finditer",
        "re.split",
        "re.compile",
        "re.escape",
        "os.path.join",
        "os.path.basename",
        "os.path.dirname",
        "os.path.exists",
        "os.path.isfile",
        "os.fspath",
        "os.chdir",
        "sys.exit",
        "sys.stdout.write",
        "sys.stderr.write",
        "sys.stdout.flush",
        "pathlib.Path",
        "io.open",
        "textwrap.dedent",
        "textwrap.indent",
        "ast.parse",
        "shutil.copy",
        "shutil.copyfile",
        "shutil.copy2",
    ]
)
MODULES = frozenset(
    ["re", "os", "os.path", "sys", "sys.stdout", "sys.stderr", "pathlib", "io", "textwrap", "ast", "shutil"]
)
_CONSTANTS = {"os.sep": "/", "os.linesep": "\n"}
METHODS: dict[type, frozenset[str]] = {
    str: frozenset(
        [
            "capitalize",
            "count",
            "endswith",
            "expandtabs",
            "find",
            "format",
            "index",
            "isalnum",
            "isalpha",
            "isdigit",
            "isidentifier",
            "islower",
            "isspace",
            "isupper",
            "join",
            "ljust",
            "lower",
            "lstrip",
            "partition",
            "removeprefix",
            "removesuffix",
            "replace",
            "rfind",
            "rindex",
            "rjust",
            "rpartition",
            "rsplit",
            "rstrip",
            "split",
            "splitlines",
            "startswith",
            "strip",
            "title",
            "upper",
            "zfill",
        ]
    ),
    list: frozenset(
        ["append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse", "sort"]
    ),
    tuple: frozenset(["count", "index"]),
    dict: frozenset(["get", "items", "keys", "pop", "setdefault", "update", "values"]),
    set: frozenset(["add", "discard", "update"]),
    FilePath: frozenset(["exists", "is_file", "joinpath", "open", "read_text", "write_text"]),
    Handle: frozenset(["close", "flush", "read", "readline", "readlines", "seek", "truncate", "write", "writelines"]),
    Pattern: frozenset(["findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"]),
}
_MATCH = frozenset(["end", "group", "groups", "span", "start"])


def attribute(owner: Any, name: str, arguments: list[str]) -> Any:
    """What `owner.name` is.

    Args:
        owner: any value of a script.
        name: of the attribute.
        arguments: the script's own, its name first.

    Raises:
        UnreadScript: it is not followed.
    """
    if isinstance(owner, Module):
        return _member(f"{owner.name}.{name}", arguments)
    if isinstance(owner, FilePath) and name in ("name", "stem", "suffix", "parent"):
        return _of_path(owner.text, name)
    if isinstance(owner, Handle) and name == "name":
        return owner.path
    known = METHODS.get(type(owner), _MATCH if hasattr(owner, "groups") else frozenset())
    if name not in known:
        raise UnreadScript(f"{type(owner).__name__}.{name}")
    return Method(owner, name)


def _member(name: str, arguments: list[str]) -> Any:
    if name in FLAGS:
        return int(FLAGS[name])
    if name in MODULES:
        return Module(name)
    if name in MEMBERS:
        return Builtin(name)
    if name == "sys.argv":
        return arguments
    if name in _CONSTANTS:
        return _CONSTANTS[name]
    raise UnreadScript(name)


def imported(module: str, name: str, arguments: list[str]) -> Any:
    """What `from module import name` gives, or `import module` for no name; unfollowed ones fail when they are used."""
    try:
        if not name:
            return Module(module)
        return _member(f"{module}.{name}", arguments)
    except UnreadScript:
        return Module(f"{module}.{name}")


def _of_path(path: str, part: str) -> Any:
    folder, _, name = path.rpartition("/")
    if part == "parent":
        return FilePath(folder or ".")
    stem, suffix = re.fullmatch(r"(.+?)(\.[^.]*)?", name, re.S).groups() if name else ("", "")  # type: ignore[union-attr]
    return {"name": name, "stem": stem, "suffix": suffix or ""}[part]
