"""Why an expected request did not come: the closest one, and how it differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from mtt_mock.journal.exchange import Exchange

_MOST_DIFFERENCES = 10
_LONGEST = 200
_MISSING = object()


def check_called(
    exchanges: Sequence[Exchange],
    found: Sequence[Exchange],
    method: str,
    params: dict[str, Any],
    times: int | None,
) -> None:
    """Raise ``AssertionError`` unless ``found`` are ``times`` exchanges, or at least one."""
    if times is None and found:
        return
    if times is not None and len(found) == times:
        return
    with_what = f" with {_shown(params)}" if params else ""
    wanted = "" if times is None else f" {times} times, it was called {len(found)} times"
    lines = [f"expected {method}{with_what} to be called{wanted}"]
    if not found:
        lines += _closest(exchanges, method, params)
    raise AssertionError("\n".join(lines))


def check_not_called(found: Sequence[Exchange], method: str) -> None:
    """Raise ``AssertionError`` when there is any in ``found``."""
    if found:
        first = found[0]
        text = f"expected {method} not to be called, it was called {len(found)} times; the first:"
        raise AssertionError(f"{text}\n  {_line(first)}\n  params: {_shown(first.params)}")


def differences(expected: Any, seen: Any, path: str = "") -> Iterator[str]:
    """Yield each place where ``seen`` is not as ``expected``, 1 and True told apart."""
    if isinstance(expected, dict) and isinstance(seen, dict) and path:
        for name in [*expected, *(name for name in seen if name not in expected)]:
            inner = f"{path}.{name}"
            yield from differences(expected.get(name, _MISSING), seen.get(name, _MISSING), inner)
    elif isinstance(expected, list) and isinstance(seen, list):
        for index in range(max(len(expected), len(seen))):
            first, second = (
                each[index] if index < len(each) else _MISSING for each in (expected, seen)
            )
            yield from differences(first, second, f"{path}[{index}]")
    elif type(expected) is not type(seen) or expected != seen:
        yield f"{path}: expected {_shown(expected)}, seen {_shown(seen)}"


def _closest(exchanges: Sequence[Exchange], method: str, params: dict[str, Any]) -> Iterator[str]:
    same = [each for each in exchanges if (each.method or "").lower() == method.lower()]
    if not same:
        others = sorted({each.method for each in exchanges if each.method})
        yield f"no request of that method came; {len(exchanges)} came" + (
            f": {', '.join(others)}" if others else ""
        )
        return
    compared = [(list(_params_differences(params, each)), each) for each in same]
    told, closest = min(compared, key=lambda pair: len(pair[0]))
    yield f"the closest of {len(same)} requests of that method:"
    yield f"  {_line(closest)}"
    for each in told[:_MOST_DIFFERENCES]:
        yield f"  {each}"
    if len(told) > _MOST_DIFFERENCES:
        yield f"  and {len(told) - _MOST_DIFFERENCES} more differences"


def _params_differences(params: dict[str, Any], exchange: Exchange) -> Iterator[str]:
    sent = exchange.params if isinstance(exchange.params, dict) else {}
    for name, value in params.items():
        yield from differences(value, sent.get(name, _MISSING), name)


def _line(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.customer or '-'}: {exchange.outcome}"


def _shown(value: Any) -> str:
    if value is _MISSING:
        return "nothing"
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
