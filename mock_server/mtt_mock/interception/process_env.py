"""Sets environment variables of this process while an interception is active."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(eq=False)
class _Change:
    """Variables that were set, and the values to restore."""

    variables: Mapping[str, str]
    former: dict[str, str | None]


_LOCK = threading.Lock()
_CHANGES: list[_Change] = []  # of the process, as its environment is


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set ``variables`` in this process's environment and restore the former values at the end.

    Several may be active and end in any order. One that ends before a later one passes its former
    values on to that.
    """
    with _LOCK:
        change = _Change(variables, {name: os.environ.get(name) for name in variables})
        _CHANGES.append(change)
        os.environ.update(variables)
    try:
        yield
    finally:
        with _LOCK:
            _undo(change)


def _undo(change: _Change) -> None:
    index = _CHANGES.index(change)
    _CHANGES.pop(index)
    for name, value in change.former.items():
        later = next((other for other in _CHANGES[index:] if name in other.variables), None)
        if later is not None:
            later.former[name] = value
        elif os.environ.get(name) == change.variables[name]:
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
