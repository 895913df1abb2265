"""Sums up on one screen what a program asked of the fake."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

from mtt_mock.domain.text import printable
from mtt_mock.service.journal import Exchange

_BROKEN = (-32700, -32600, -32601, -32602)  # -32603 is the method's own answer: nothing set
_MOST_LINES = 8
_MOST_KINDS = 1000  # different problems that are counted


class RequestSummary:
    """Counts exchanges; give it to ``Journal.listen``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.methods: Counter[str] = Counter()
        self.conflicts: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()

    def __call__(self, exchange: Exchange) -> None:
        """Count one exchange."""
        method = printable(exchange.method or "(no method)", 60)
        found = [str(note) for note in exchange.notes()]
        if _breaks_the_contract(exchange):
            found = [": ".join([exchange.outcome, *found])]  # one problem, and why
        found = [f"{method}: {each}" for each in found]
        with self._lock:
            _count(self.methods, [method])
            _count(self.problems, found)
            if exchange.outcome.startswith("refused: "):
                _count(self.conflicts, [exchange.outcome.removeprefix("refused: ")])

    def lines(self, refused_by_proxy: Mapping[str, int]) -> list[str]:
        """Return the summary, a screen at the most."""
        with self._lock:
            total = self.methods.total()
            lines = [f"{_amount(total, 'request')}{_details(self.methods)}"]
            if not total:
                lines[0] += " reached the fake"
            lines.append(f"{_amount(self.conflicts.total(), 'conflict')}{_details(self.conflicts)}")
            lines.append(_amount(self.problems.total(), "contract problem"))
            lines += _listed(self.problems)
        if refused_by_proxy:
            total = sum(refused_by_proxy.values())
            lines.append(f"{_amount(total, 'connection')} to other hosts refused (--pass-on)")
            lines += _listed(Counter(dict(refused_by_proxy)))
        return lines


def _breaks_the_contract(exchange: Exchange) -> bool:
    refused = exchange.status == 401  # noqa: PLR2004
    return refused or (exchange.error is not None and exchange.error[0] in _BROKEN)


def _count(counter: Counter[str], keys: Iterable[str]) -> None:
    for key in keys:
        name = key if key in counter or len(counter) < _MOST_KINDS else "(others)"
        counter[name] += 1


def _amount(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _details(counter: Counter[str]) -> str:
    if not counter:
        return ""
    parts = [f"{number} {printable(name, 80)}" for name, number in counter.most_common(_MOST_LINES)]
    more = ", ..." if len(counter) > _MOST_LINES else ""
    return f": {', '.join(parts)}{more}"


def _listed(counter: Counter[str]) -> list[str]:
    lines = [
        f"  {printable(name, 160)}" + (f" ({number} times)" if number > 1 else "")
        for name, number in counter.most_common(_MOST_LINES)
    ]
    if len(counter) > _MOST_LINES:
        lines.append(f"  and {len(counter) - _MOST_LINES} more kinds")
    return lines
