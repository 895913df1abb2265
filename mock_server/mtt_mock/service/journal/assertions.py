"""Why an expected request did not come: the closest one, and how it differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any

import mtt_contracts
from mtt_mock.domain.json_diff import MISSING, json_differences, same_json, show
from mtt_mock.service.journal.exchange import Exchange

_MOST_DIFFERENCES = 10
_MOST_SHOWN = 5  # exchanges
_ALMOST = 0.5
_SIMILAR = 0.7


def check_called(  # noqa: PLR0917
    exchanges: Sequence[Exchange],
    found: Sequence[Exchange],
    method: str,
    params: dict[str, Any],
    times: int | None,
    dropped: int = 0,
) -> None:
    """Raise ``AssertionError`` unless ``found`` are ``times`` exchanges, or at least one.

    ``dropped``: how many entries came before and are no longer kept.
    """
    if times is None and found:
        return
    if times is not None and len(found) == times:
        return
    with_what = f" with {show(params)}" if params else ""
    wanted = "" if times is None else f" {_times(times)}, it was called {_times(len(found))}"
    lines = [f"expected {method}{with_what} to be called{wanted}"]
    lines += [f"  {_line(each)}" for each in found[:_MOST_SHOWN]]
    if len(found) > _MOST_SHOWN:
        lines.append(f"  and {len(found) - _MOST_SHOWN} more")
    others = [each for each in exchanges if not _is_as(each, method, params)]
    if not found or (len(found) < (times or 0) and any(_is_of(each, method) for each in others)):
        lines += _closest(others, method, params)
    if dropped:
        lines.append(
            f"{dropped} earlier entries are no longer kept; a larger journal_size keeps more"
        )
    raise AssertionError("\n".join(lines))


def check_not_called(found: Sequence[Exchange], method: str) -> None:
    """Raise ``AssertionError`` when there is any in ``found``."""
    if found:
        first = found[0]
        text = f"expected {method} not to be called, it was called {_times(len(found))}; the first:"
        raise AssertionError(f"{text}\n  {_line(first)}\n  params: {show(first.params)}")


def _closest(exchanges: Sequence[Exchange], method: str, params: dict[str, Any]) -> Iterator[str]:
    """Yield what comes nearest among ``exchanges``, none of which is as it should be."""
    same = [each for each in exchanges if _is_of(each, method)]
    if not same:
        yield from _others(exchanges, method)
        return
    closest = min(same, key=lambda each: _distance(params, each))
    number = "the only other request" if len(same) == 1 else f"the closest of {len(same)} requests"
    yield f"{number} of that method:"
    yield f"  {_line(closest)}"
    told = list(_params_differences(params, closest))
    for each in told[:_MOST_DIFFERENCES]:
        yield f"  {each}"
    if len(told) > _MOST_DIFFERENCES:
        yield f"  and {len(told) - _MOST_DIFFERENCES} more differences"


def _others(exchanges: Sequence[Exchange], method: str) -> Iterator[str]:
    """Yield what came instead of ``method``, and which name may have been meant."""
    came = Counter(each.method for each in exchanges if each.method)
    names = ", ".join(f"{count} {name}" for name, count in sorted(came.items()))
    number = "1 request" if len(exchanges) == 1 else f"{len(exchanges) or 'no'} requests"
    yield f"no request of that method came; {number} came" + (f": {names}" if names else "")
    known = mtt_contracts.methods()
    # Either the test or the application may have slipped.
    named = [each for each in came if each not in known] if method in known else [*known, *came]
    meant = get_close_matches(method, named, n=1, cutoff=_SIMILAR)
    if meant:
        yield f"was {meant[0]} meant?"


def _distance(params: dict[str, Any], exchange: Exchange) -> float:
    """Return how far ``exchange`` is from ``params``: 1 for each of them that is not at all so.

    What is nested counts by how much of it is otherwise: of two structures the one that differs in
    a name is nearer than one that is empty.
    """
    sent = exchange.params if isinstance(exchange.params, dict) else {}
    return sum(1 - _likeness(value, sent.get(name, MISSING)) for name, value in params.items())


def _likeness(expected: Any, seen: Any) -> float:
    """Return from 0 to 1 how much of ``seen`` is as expected."""
    if same_json(expected, seen):
        return 1
    if isinstance(expected, dict) and isinstance(seen, dict):
        inner = [(expected.get(name, MISSING), seen.get(name, MISSING)) for name in expected | seen]
    elif isinstance(expected, list) and isinstance(seen, list):
        inner = [*zip_longest(expected, seen, fillvalue=MISSING)]
    else:
        # The same written otherwise ("25" for 25) is nearer than something else.
        return _ALMOST if str(expected) == str(seen) else 0
    return sum(_likeness(*pair) for pair in inner) / len(inner)


def _params_differences(params: dict[str, Any], exchange: Exchange) -> Iterator[str]:
    sent = exchange.params if isinstance(exchange.params, dict) else {}
    for name, value in params.items():
        for difference in json_differences(value, sent.get(name, MISSING), name):
            meant = [] if name in sent else get_close_matches(name, sent, n=1, cutoff=_SIMILAR)
            yield str(difference) + (f" ({meant[0]} was sent)" if meant else "")


def _is_of(exchange: Exchange, method: str) -> bool:
    return (exchange.method or "").lower() == method.lower()


def _is_as(exchange: Exchange, method: str, params: dict[str, Any]) -> bool:
    return _is_of(exchange, method) and not any(_params_differences(params, exchange))


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _line(exchange: Exchange) -> str:
    return f"{exchange.method} {exchange.customer or '-'}: {exchange.outcome}"
