"""How a check ends, and what stops the whole run.

A broken contract and a tool that cannot run never share a class.
"""

from __future__ import annotations

import json
from typing import Any


class CheckFailed(Exception):
    """The endpoint does not do what the fact says: ``seen`` instead of ``expected``."""

    def __init__(self, seen: Any, expected: Any, where: str = "") -> None:
        super().__init__(f"{where or 'the answer'}: seen {shown(seen)}, expected {shown(expected)}")
        self.seen, self.expected, self.where = seen, expected, where


class Differences:
    """Lets a check ask all that it has to ask: ``with`` it, what refutes is kept until ``tell``."""

    def __init__(self) -> None:
        self._found: list[CheckFailed] = []

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> bool:
        if isinstance(error, CheckFailed):
            self._found.append(error)
            return True
        return False

    def tell(self) -> None:
        """Raise the first one, which then names all of them."""
        if self._found:
            first = self._found[0]
            first.args = ("; ".join(map(str, self._found)),)
            raise first


class Inconclusive(Exception):
    """A check cannot decide about its fact here; the message says why."""


class AbortRun(Exception):
    """The run cannot go on: endpoint out of reach, login refused, budget spent. One line."""


def expect(seen: Any, expected: Any, where: str = "") -> None:
    """Raise ``CheckFailed`` when ``seen`` is not ``expected``, 1, 1.0 and True told apart."""
    if _typed(seen) != _typed(expected):
        raise CheckFailed(seen, expected, where)


def shown(value: Any) -> str:
    """Return ``value`` as short text."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= 200 else f"{text[:199]}…"  # noqa: PLR2004


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_typed(item) for item in value]
    return type(value), value
