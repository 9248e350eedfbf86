"""The caller's script, which a new process would run again to find what it defines; ours use nothing of it.

`multiprocessing` has every process that it does not fork import the main module first. For a script without
`if __name__ == "__main__"` that is the whole script once more, in each worker.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_all_start_methods, get_start_method
from threading import Lock

_lock = Lock()
_hiding = 0
_hidden: dict[str, object] = {}


@contextmanager
def script_hidden() -> Iterator[None]:
    """Processes that are started meanwhile do not run the caller's script, from whichever thread they are started.

    They cannot be sent what the script defines either.
    """
    _hide()
    try:
        yield
    finally:
        _show()


@contextmanager
def script_hidden_from_libraries() -> Iterator[None]:
    """The same for processes that a library starts in the standard way; nothing is hidden where it forks them."""
    if (get_start_method(allow_none=True) or get_all_start_methods()[0]) == "fork":
        yield
    else:
        with script_hidden():
            yield


def _hide() -> None:
    global _hiding
    with _lock:
        _hiding += 1
        if _hiding == 1:
            main = vars(sys.modules["__main__"])
            _hidden.update({name: main[name] for name in ("__file__", "__spec__") if name in main})
            main.pop("__file__", None)
            main["__spec__"] = None


def _show() -> None:
    global _hiding
    with _lock:
        _hiding -= 1
        if _hiding == 0:
            vars(sys.modules["__main__"]).update(_hidden)
            _hidden.clear()
