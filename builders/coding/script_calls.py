"""Calls of a followed script: what the language's functions, its modules' and its values' methods give."""

from __future__ import annotations

import ast
import textwrap
import warnings
from collections.abc import Callable
from typing import Any

from contextpairs.builders.coding.script_caller import Caller
from contextpairs.builders.coding.script_matching import of_pattern, with_pattern
from contextpairs.builders.coding.script_modules import EXCEPTIONS
from contextpairs.builders.coding.script_patterns import Pattern
from contextpairs.builders.coding.script_texts import file_method, joined_path, opened, path_method, text_method
from contextpairs.builders.coding.script_values import (
    Builtin,
    FilePath,
    Handle,
    Method,
    ScriptError,
    ScriptExit,
    UnreadScript,
    placed,
    shown,
)


def called(caller: Caller, function: Any, given: list[Any], named: dict[str, Any]) -> Any:
    """What a call of anything but a script's own function gives.

    Raises:
        UnreadScript: it is not followed.
        ScriptError: it raises.
        ScriptExit: it ends the script.
    """
    if isinstance(function, Method):
        return _method(caller, function.owner, function.name, given, named)
    if not isinstance(function, Builtin):
        raise UnreadScript("a call that is not followed")
    if function.name in EXCEPTIONS:
        return ScriptError(function.name, given[0] if given and isinstance(given[0], str) else "")
    if function.name in _CALLS:
        return _CALLS[function.name](caller, *given, **named)
    if function.name.startswith("re."):
        return of_pattern(caller, function.name[3:], given, named)
    raise UnreadScript(function.name)


def _method(caller: Caller, owner: Any, name: str, given: list[Any], named: dict[str, Any]) -> Any:
    if isinstance(owner, str):
        return text_method(caller.budget, owner, name, [_plain(caller, value) for value in given], named)
    if isinstance(owner, Handle):
        return file_method(caller.budget, owner, name, [_plain(caller, value) for value in given])
    if isinstance(owner, FilePath):
        return path_method(caller.files, caller.budget, owner, name, given, named)
    if isinstance(owner, Pattern):
        return with_pattern(caller, owner, name, given, named)
    if isinstance(owner, list):
        return _list_method(caller, owner, name, given, named)
    if isinstance(owner, dict | set | tuple):
        return _kept(getattr(owner, name)(*map(shown, given[:1]), *given[1:], **named))
    return getattr(owner, name)(*map(shown, given))


def _plain(caller: Caller, value: Any) -> Any:
    """An argument; what is produced item by item as a list."""
    return list(caller.iterated(value)) if hasattr(value, "__next__") else value


def _kept(value: Any) -> Any:
    return list(value) if type(value).__name__.startswith("dict_") else value


def _list_method(caller: Caller, items: list[Any], name: str, given: list[Any], named: dict[str, Any]) -> Any:
    caller.budget.spend(len(items) // 64)
    if name == "sort":
        items[:] = _sorted(caller, items, **named)
        return None
    if name == "extend":
        items.extend(list(caller.iterated(given[0])))
        return None
    if name in ("index", "remove", "count"):
        # Lines before the first that is equal have to be known.
        return _searched(caller, items, name, given)
    if name in ("pop", "insert"):
        placed(items, *(shown(given[:1]) or [-1]))
    return getattr(items, name)(*given, **named)


def _searched(caller: Caller, items: list[Any], name: str, given: list[Any]) -> Any:
    wanted, *bounds = shown(given)
    start, stop, _ = slice(*(bounds if len(bounds) > 1 else [*bounds, None] if bounds else [None])).indices(len(items))
    places = (at for at in range(start, stop) if shown(items[at]) == wanted)
    if name == "count":
        return sum(1 for _ in caller.budget.each(places))
    at = next(places, None)
    if at is None:
        raise ScriptError("ValueError")
    caller.budget.spend(at)
    if name == "remove":
        del items[at]
        return None
    return at


def _sorted(caller: Caller, values: Any, key: Any = None, reverse: Any = False) -> list[Any]:
    items = list(caller.iterated(values))
    keys = [shown(caller.call(key, [item], {}) if key is not None else item) for item in items]
    caller.budget.spend(4 * len(items))
    order = sorted(range(len(items)), key=keys.__getitem__, reverse=bool(reverse))
    return [items[at] for at in order]


def _extreme(choose: Callable[..., Any]) -> Callable[..., Any]:
    def made(caller: Caller, *given: Any, key: Any = None, **named: Any) -> Any:
        items = list(caller.iterated(given[0])) if len(given) == 1 else list(given)
        keys = [shown(caller.call(key, [item], {}) if key is not None else item) for item in items]
        if not items:
            return choose(items, **named)
        return items[choose(range(len(items)), key=keys.__getitem__)]

    return made


def _text(caller: Caller, value: Any = "") -> str:
    if isinstance(value, str):
        return value
    caller.budget.spend()
    if isinstance(value, FilePath):
        return value.text
    if not isinstance(value, int | list | tuple | dict | type(None)):
        raise UnreadScript("a value whose text is not known")
    return str(shown(value))


def _integer(_caller: Caller, value: Any = 0, *base: int) -> int:
    if not isinstance(shown(value), str | int) or (isinstance(value, str) and len(value) > 30):
        raise UnreadScript("a number that is not followed")
    return int(value, *base)


_TYPES: dict[str, type] = {
    "str": str, "int": int, "list": list, "dict": dict, "tuple": tuple, "bool": bool, "set": set,
}  # fmt: skip


def _is_instance(_caller: Caller, value: Any, kinds: Any) -> bool:
    names = [kind.name for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
    return isinstance(value, tuple(_TYPES[name] for name in names))


def _next(caller: Caller, values: Any, *default: Any) -> Any:
    if not hasattr(values, "__next__"):
        raise UnreadScript("a value without items")
    caller.budget.spend()
    try:
        return next(values, *default)
    except StopIteration:
        raise ScriptError("StopIteration") from None


def _length(_caller: Caller, values: Any) -> int:
    if isinstance(values, list):
        placed(values, -1)
    elif isinstance(values, str):
        shown(values)
    return len(values)


def _leave(_caller: Caller, status: Any = None) -> Any:
    raise ScriptExit(status if isinstance(status, int) else 0 if status is None else 1)


def _printed(
    caller: Caller, *given: Any, sep: str = " ", end: str = "\n", file: Any = None, flush: Any = False
) -> None:
    del flush
    text = shown(sep).join(_text(caller, value) for value in given) + shown(end)
    if isinstance(file, Handle):
        caller.budget.read(text)
        file.put(text)
    elif file is None:
        caller.printed.append(text)


def _parsed(caller: Caller, text: Any, *_given: Any, **_named: Any) -> None:
    """`ast.parse`, by which scripts check what they wrote."""
    caller.budget.spend(len(shown(text)) // 8)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ScriptError("SyntaxError") from error


def _exists(caller: Caller, path: Any) -> bool:
    caller.files.text(caller.files.place(path))
    return True


def _copied(caller: Caller, source: Any, target: Any) -> None:
    caller.files.put(caller.files.place(target), caller.files.text(caller.files.place(source)))


def _gone_to(caller: Caller, folder: Any) -> None:
    caller.files.folder = caller.files.place(folder)


_CALLS: dict[str, Callable[..., Any]] = {
    "abs": lambda _caller, value: abs(shown(value)),
    "all": lambda caller, values: all(caller.holds(value) for value in caller.iterated(values)),
    "any": lambda caller, values: any(caller.holds(value) for value in caller.iterated(values)),
    "ast.parse": _parsed,
    "bool": lambda caller, value=False: caller.holds(value),
    "chr": lambda _caller, value: chr(shown(value)),
    "dict": lambda caller, *given, **named: dict(
        *(list(caller.iterated(values)) if not isinstance(values, dict) else values for values in given), **named
    ),
    "enumerate": lambda caller, values, start=0: enumerate(caller.iterated(values), start),
    "exit": _leave,
    "filter": lambda caller, test, values: (
        value
        for value in caller.iterated(values)
        if caller.holds(value if test is None else caller.call(test, [value], {}))
    ),
    "int": _integer,
    "isinstance": _is_instance,
    "iter": lambda caller, values: caller.iterated(values),
    "len": _length,
    "list": lambda caller, values=(): list(caller.iterated(values)),
    "map": lambda caller, function, values: (caller.call(function, [value], {}) for value in caller.iterated(values)),
    "max": _extreme(max),
    "min": _extreme(min),
    "next": _next,
    "open": opened,
    "io.open": opened,
    "ord": lambda _caller, value: ord(shown(value)),
    "os.chdir": _gone_to,
    "os.fspath": _text,
    "os.path.basename": lambda _caller, path: shown(path).rpartition("/")[2],
    "os.path.dirname": lambda _caller, path: shown(path).rpartition("/")[0],
    "os.path.exists": _exists,
    "os.path.isfile": _exists,
    "os.path.join": lambda _caller, *parts: joined_path(*parts),
    "pathlib.Path": lambda _caller, *parts: FilePath(joined_path(*parts)),
    "print": _printed,
    "quit": _leave,
    "range": lambda _caller, *given: range(*map(shown, given)),
    "repr": lambda _caller, value: (
        repr(value) if isinstance(shown(value), str | int | list | tuple) else _text(_caller, None)
    ),
    "reversed": lambda caller, values: reversed(list(caller.iterated(values))),
    "set": lambda caller, values=(): set(shown(list(caller.iterated(values)))),
    "shutil.copy": _copied,
    "shutil.copy2": _copied,
    "shutil.copyfile": _copied,
    "sorted": _sorted,
    "str": _text,
    "sum": lambda caller, values, start=0: sum((shown(value) for value in caller.iterated(values)), start),
    "sys.exit": _leave,
    "sys.stderr.write": lambda _caller, _text: None,
    "sys.stdout.flush": lambda _caller: None,
    "sys.stdout.write": lambda _caller, _text: None,
    "textwrap.dedent": lambda _caller, text: textwrap.dedent(shown(text)),
    "textwrap.indent": lambda _caller, text, prefix: textwrap.indent(shown(text), shown(prefix)),
    "tuple": lambda caller, values=(): tuple(caller.iterated(values)),
    "zip": lambda caller, *values: zip(*map(caller.iterated, values), strict=False),
}
