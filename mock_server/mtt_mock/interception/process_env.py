"""Variables of this process's environment, set for a while."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager

from mtt_mock.interception.child_env import ca_env
from mtt_mock.server.tls import Authority, bundle

_LOCK = threading.Lock()
_HELD: list[tuple[object, dict[str, str], dict[str, str | None]]] = []


@contextlib.contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set ``variables`` in this process's environment; afterwards put back what was there.

    Several at once may end in any order: what one of them found is passed on to the next.
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


def trusting() -> AbstractContextManager[None]:
    """Return what makes libraries that read their certificates meanwhile trust the fake.

    Raises ``AuthorityError``.
    """
    return environment(ca_env(str(bundle(Authority.of_machine()))))


def _release(key: object) -> None:
    index = next(index for index, held in enumerate(_HELD) if held[0] is key)
    _, variables, former = _HELD.pop(index)
    for name, value in former.items():
        later = next((held for held in _HELD[index:] if name in held[1]), None)
        if later is not None:
            later[2][name] = value  # it found our value; now it is to leave what we found
        elif os.environ.get(name) == variables[name]:
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
