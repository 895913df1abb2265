"""Sets environment variables of this process while an interception is active."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping

_LOCK = threading.Lock()
_HELD: list[tuple[object, dict[str, str], dict[str, str | None]]] = []


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set ``variables`` in this process's environment and restore the former values at the end.

    Several may be active and end in any order: each passes the values it found to the next.
    """
    key = object()
    with _LOCK:
        former = {name: os.environ.get(name) for name in variables}
        _HELD.append((key, dict(variables), former))
        os.environ.update(variables)
    try:
        yield
    finally:
        with _LOCK:
            _release(key)


def _release(key: object) -> None:
    index = next(index for index, held in enumerate(_HELD) if held[0] is key)
    _, variables, former = _HELD.pop(index)
    for name, value in former.items():
        later = next((held for held in _HELD[index:] if name in held[1]), None)
        if later is not None:
            later[2][name] = value  # it restores our former value instead of ours
        elif os.environ.get(name) == variables[name]:
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
