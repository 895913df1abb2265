"""Assertions about requests; a failure shows the closest request and how it differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

import mtt_contracts
from mtt_mock.domain.json_diff import MISSING, json_differences, same_elements, same_json, show
from mtt_mock.service.journal.exchange import Exchange

MAX_SHOWN_DIFFERENCES = 10
MAX_SHOWN_EXCHANGES = 5
_SAME_TEXT_SIMILARITY = 0.5  # of 25 and "25"
_TYPO_CUTOFF = 0.7  # difflib's similarity


def check_called(  # noqa: PLR0917
    matches: Sequence[Exchange],
    others: Sequence[Exchange],
    method: str,
    params: dict[str, Any],
    times: int | None,
    dropped: int = 0,
) -> None:
    """Raise ``AssertionError`` unless there are ``times`` ``matches``, or at least one.

    ``matches`` are the exchanges with ``method`` and ``params``. The journal has dropped
    ``dropped`` earlier entries.
    """
    if times is None and matches:
        return
    if times is not None and len(matches) == times:
        return
    with_what = f" with {show(params)}" if params else ""
    wanted = "" if times is None else f" {_times(times)}, it was called {_times(len(matches))}"
    lines = [f"expected {method}{with_what} to be called{wanted}"]
    lines += [f"  {_line(exchange)}" for exchange in matches[:MAX_SHOWN_EXCHANGES]]
    if len(matches) > MAX_SHOWN_EXCHANGES:
        lines.append(f"  and {len(matches) - MAX_SHOWN_EXCHANGES} more")
    same_method = any(_has_method(exchange, method) for exchange in others)
    if not matches or (len(matches) < (times or 0) and same_method):
        lines += _closest(others, method, params)
    if dropped:
        lines.append(f"{dropped} earlier entries were dropped; a larger journal_size stores more")
    raise AssertionError("\n".join(lines))


def check_not_called(matches: Sequence[Exchange], method: str) -> None:
    """Raise ``AssertionError`` if an exchange matches."""
    if matches:
        first = matches[0]
        count = _times(len(matches))
        text = f"expected {method} not to be called, it was called {count}; the first:"
        raise AssertionError(f"{text}\n  {_line(first)}\n  params: {show(first.params)}")


def _closest(exchanges: Sequence[Exchange], method: str, params: dict[str, Any]) -> Iterator[str]:
    """Describe the exchange that is closest to ``method`` and ``params``."""
    same = [exchange for exchange in exchanges if _has_method(exchange, method)]
    if not same:
        yield from _others(exchanges, method)
        return
    closest = min(same, key=lambda exchange: _distance(params, exchange))
    number = "the only other request" if len(same) == 1 else f"the closest of {len(same)} requests"
    yield f"{number} of that method:"
    yield f"  {_line(closest)}"
    differences = list(_params_differences(params, closest))
    for difference in differences[:MAX_SHOWN_DIFFERENCES]:
        yield f"  {difference}"
    if len(differences) > MAX_SHOWN_DIFFERENCES:
        yield f"  and {len(differences) - MAX_SHOWN_DIFFERENCES} more differences"


def _others(exchanges: Sequence[Exchange], method: str) -> Iterator[str]:
    """Describe the requests of other methods, and suggest a name."""
    counts = Counter(exchange.method for exchange in exchanges if exchange.method)
    names = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    number = "1 request" if len(exchanges) == 1 else f"{len(exchanges) or 'no'} requests"
    yield f"no request of that method came; {number} came" + (f": {names}" if names else "")
    known = mtt_contracts.methods()
    # The typo may be the test's or the application's.
    unknown = [name for name in counts if name not in known]
    candidates = unknown if method in known else [*known, *counts]
    suggestions = get_close_matches(method, candidates, n=1, cutoff=_TYPO_CUTOFF)
    if suggestions:
        yield f"was {suggestions[0]} meant?"


def _distance(params: dict[str, Any], exchange: Exchange) -> float:
    """Return how far ``exchange`` is from ``params``: from 0 to 1 for each parameter.

    A nested value counts by the share of it that differs: a structure with one wrong name is closer
    than an empty one.
    """
    sent = exchange.params if isinstance(exchange.params, dict) else {}
    return sum(1 - _similarity(value, sent.get(name, MISSING)) for name, value in params.items())


def _similarity(expected: Any, seen: Any) -> float:
    """Return the share of ``seen`` that is as expected, from 0 to 1."""
    if same_json(expected, seen):
        return 1
    if isinstance(expected, dict) and isinstance(seen, dict):
        inner = [(expected.get(name, MISSING), seen.get(name, MISSING)) for name in expected | seen]
    elif isinstance(expected, list) and isinstance(seen, list):
        inner = [*zip_longest(expected, seen, fillvalue=MISSING)]
    else:
        # The same text of another type ("25" for 25) is closer than another value.
        return _SAME_TEXT_SIMILARITY if str(expected) == str(seen) else 0
    return sum(_similarity(*pair) for pair in inner) / len(inner)


def _params_differences(params: dict[str, Any], exchange: Exchange) -> Iterator[str]:
    sent = exchange.params if isinstance(exchange.params, dict) else {}
    for name, value in params.items():
        differences = [*json_differences(value, sent.get(name, MISSING), name)]
        if differences and same_elements(value, sent.get(name)):
            yield f"{name}: the same elements in another order"
            continue
        for difference in differences:
            line = str(difference)
            if name not in sent:
                similar = get_close_matches(name, sent, n=1, cutoff=_TYPO_CUTOFF)
                line += f" ({similar[0]} was sent)" if similar else ""
            yield line


def _has_method(exchange: Exchange, method: str) -> bool:
    return (exchange.method or "").lower() == method.lower()


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _line(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.customer or '-'}: {exchange.outcome}"
