"""Exceptions of a check's outcome, and those that stop a whole run.

A broken contract and a tool that cannot run have different classes.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from http import HTTPStatus
from typing import Any

from mtt_mock.domain.json_diff import same_json
from mtt_mock.domain.text import shorten_json


class CheckFailed(Exception):
    """The endpoint contradicts the fact: it returned ``seen`` instead of ``expected``."""

    def __init__(self, seen: Any, expected: Any, where: str = "") -> None:
        super().__init__(
            f"{where or 'the response'}: seen {shorten_json(seen)}, "
            f"expected {shorten_json(expected)}"
        )
        self.seen, self.expected, self.where = seen, expected, where


class SoftAssertions(AbstractContextManager[None]):
    """Collects failures inside ``with`` and raises them together in ``raise_all()``."""

    def __init__(self) -> None:
        self._failures: list[CheckFailed] = []

    def __exit__(self, _type: object, exc: BaseException | None, _traceback: object) -> bool:
        if isinstance(exc, CheckFailed):
            self._failures.append(exc)
        return isinstance(exc, CheckFailed)

    def raise_all(self) -> None:
        """Raise the first failure, with the text of all of them."""
        if self._failures:
            first = self._failures[0]
            first.args = ("; ".join(map(str, self._failures)),)
            raise first


class Inconclusive(Exception):
    """A check can neither confirm nor refute its fact; the message is the reason."""


class AbortRun(Exception):
    """The run must stop: endpoint unreachable, login refused, budget spent. One line."""


def expect(seen: Any, expected: Any, where: str = "") -> None:
    """Raise ``CheckFailed`` unless both are the same JSON value; 1, 1.0 and true differ."""
    if not same_json(expected, seen):
        raise CheckFailed(seen, expected, where)


def expect_status(seen: int, expected: HTTPStatus, where: str = "status") -> None:
    """Raise ``CheckFailed`` unless the HTTP status is the expected one."""
    expect(seen, int(expected), where)
