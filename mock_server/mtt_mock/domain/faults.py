"""Injected faults as values: text form, matching rules, counters."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import exp
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from msgspec import Struct
from msgspec.structs import replace

from mtt_mock.domain.call_pattern import CallPattern
from mtt_mock.domain.subscribers import MIN_NUMBER_DIGITS

FAULT_MEANINGS: Mapping[str, str] = {
    "delay": "the request is applied, the answer comes `=SECONDS` later (1)",
    "no-answer": "the request is not applied and never answered; the connection stays open",
    "reset-before": "the connection is reset, the request is not applied",
    "reset-after": "the connection is reset, the request is applied",
    "http-500": "500 with a line of text, the request is not applied",
    "http-502": "502 with a line of text, the request is not applied",
    "http-503": "503 with a line of text, the request is not applied",
    "http-504": "504 with a line of text, the request is applied",
    "http-429": "429 with a line of text and `Retry-After: 1`, the request is not applied",
    "http-401": "401 as for wrong credentials, the request is not applied",
    "html-error": "200 with an HTML page that says error, the request is not applied",
    "empty": "the request is applied, the answer's body is empty",
    "truncated": "the request is applied, the connection ends half-way through the answer",
    "invalid-json": "the request is applied, the answer is not JSON",
    "wrong-id": "the request is applied, the answer has another id",
    "wrong-success-type": "the request is applied, `success` is a string in the answer",
    "duplicated": "the request is applied, the answer's body comes twice in a row",
    "trickle": "the request is applied, the answer comes in bits spread over `=SECONDS` (1)",
    "event-late": "the event is sent `=SECONDS` later (1)",
    "event-twice": "the event is sent twice",
    "event-out-of-order": "the event is sent after the next one of its call, `=SECONDS` (1) later "
    "at the latest",
    "event-lost": "the event is never sent",
}
PREVENTS_EXECUTION = frozenset(
    name for name, meaning in FAULT_MEANINGS.items() if "not applied" in meaning
)  # the fault replaces the execution of the request
TIMED_FAULTS = ("delay", "trickle", "event-late", "event-out-of-order")
MAX_FAULT_SECONDS = 3600.0
_TEXT = re.compile(r"(?:(?P<target>[^:]*):)?(?P<name>[A-Za-z0-9-]*)(?P<options>.*)", re.DOTALL)
_OPTION = re.compile(r"([=@*~#])([^=@*~#]+)")
_GRAMMAR = (
    "[METHOD[/CUSTOMER][?PARAM=VALUE&…]:]NAME[=SECONDS[..SECONDS|^SPREAD]][@NTH][*TIMES]"
    "[~PROBABILITY][#SEED]"
)
MAX_SPREAD = 5.0


class Fault(CallPattern, frozen=True):
    """A fault and the calls that it applies to.

    Attributes:
        name: A key of ``FAULT_MEANINGS``.
        seconds: Lowest and highest seconds of a timed fault, drawn evenly.
        spread: Sigma of a log-normal distribution with the median ``seconds``; 0 for none.
    """

    name: str
    seconds: tuple[float, float] = (1.0, 1.0)
    spread: float = 0.0

    def __post_init__(self) -> None:
        """Raise ``ValueError`` for values that do not make a fault."""
        if self.name not in FAULT_MEANINGS:
            raise ValueError(
                f"unknown fault {self.name!r}, expected one of {', '.join(FAULT_MEANINGS)}"
            )
        low, high = self.seconds
        if not 0 <= low <= high <= MAX_FAULT_SECONDS:
            raise ValueError(
                f"seconds must be from 0 to {MAX_FAULT_SECONDS:g}, the lower ones first"
            )
        if self.seconds != (1.0, 1.0) and self.name not in TIMED_FAULTS:
            raise ValueError(_without_seconds(self.name))
        if not 0 <= self.spread <= MAX_SPREAD:
            raise ValueError(f"a spread must be from 0 to {MAX_SPREAD:g}, got {self.spread}")
        if self.spread and (low != high or self.name not in TIMED_FAULTS):
            raise ValueError("a spread is for one number of seconds, not for a range or for none")
        self.check_pattern()

    @property
    def is_event_fault(self) -> bool:
        """Whether the fault applies to events instead of requests."""
        return self.name.startswith("event-")

    def seconds_at(self, number: int) -> float:
        """Return the seconds of the fault at matching call ``number``."""
        low, high = self.seconds
        if self.spread:
            tail = exp(self.spread * self.random_source(-number).gauss(0, 1))
            return min(low * tail, MAX_FAULT_SECONDS)
        return low + (high - low) * self.random_source(-number).random()

    def __str__(self) -> str:
        """Return the text form that ``parse_fault`` reads."""
        target = ""
        if (self.method, self.customer, self.params) != (None, None, None):
            target = "*" if self.method is None else quote(self.method, safe="")
            target += "" if self.customer is None else f"/{quote(self.customer, safe='')}"
            target += f"?{_params_text(self.params)}" if self.params else ""
            target += ":"
        low, high = self.seconds
        seconds = (
            f"={_number_text(low)}"
            if low == high
            else f"={_number_text(low)}..{_number_text(high)}"
        )
        seconds += f"^{_number_text(self.spread)}" if self.spread else ""
        return "".join(
            [
                f"{target}{self.name}",
                seconds if self.seconds != (1.0, 1.0) or self.spread else "",
                f"@{self.nth}" if self.nth is not None else "",
                f"*{self.times}" if self.times is not None else "",
                f"~{self.probability!r}" if self.probability != 1 else "",
                f"#{self.seed}" if self.seed else "",
            ]
        )


def _number_text(number: float) -> str:
    return repr(float(number)).removesuffix(".0")


def parse_fault(text: str) -> Fault:
    """Parse the text form of a fault, such as ``setCallBackFollowme:reset-after@2``.

    Raises:
        ValueError: The text is malformed; the message names the part.
    """
    match = _TEXT.fullmatch(text)
    assert match is not None  # noqa: S101
    name, options = match["name"], _parse_options(match["options"], text)
    method, customer, params = _parse_target(match["target"], text)
    if "=" in options and name in FAULT_MEANINGS and name not in TIMED_FAULTS:
        raise ValueError(_without_seconds(name))
    try:
        middle, caret, spread = options.get("=", "1").partition("^")
        low, dots, high = middle.partition("..")
        numbers = {
            "seconds": (float(low), float(high if dots else low)),
            "nth": int(options["@"]) if "@" in options else None,
            "times": int(options["*"]) if "*" in options else None,
            "probability": float(options.get("~", "1")),
            "seed": int(options.get("#", "0")),
            "spread": float(spread) if caret else 0.0,
        }
    except ValueError as error:
        message = f"{text!r} has a value that is not a number; a fault is written {_GRAMMAR}"
        raise ValueError(message) from error
    return Fault(name, method=method, customer=customer, params=params, **numbers)  # type: ignore[arg-type]


def _parse_options(options: str, text: str) -> dict[str, str]:
    """Return the options of the fault ``text`` by their signs."""
    if _OPTION.sub("", options):
        raise ValueError(f"a fault is written {_GRAMMAR}, got {text!r}")
    values: dict[str, str] = {}
    for sign, value in _OPTION.findall(options):
        if sign in values:
            raise ValueError(f"{sign} occurs twice in {text!r}")
        values[sign] = value
    return values


def _parse_target(
    target: str | None, text: str
) -> tuple[str | None, str | None, dict[str, Any] | None]:
    """Return the method, the customer and the params of the fault ``text``."""
    if target is None:
        return None, None, None
    before, mark, query = target.partition("?")
    method, slash, customer = before.partition("/")
    params = _parse_params(query)
    if not method or (slash and not customer) or (mark and not params) or "" in params:
        raise ValueError(f"METHOD (* for any), CUSTOMER or PARAM is empty in {text!r}")
    return (
        None if method == "*" else unquote(method),
        unquote(customer) if slash else None,
        params or None,
    )


def _without_seconds(name: str) -> str:
    return f"{name} takes no seconds; {', '.join(TIMED_FAULTS)} do"


def _params_text(params: Mapping[str, Any]) -> str:
    """Return parameters as a query: texts as they are, other values as JSON."""
    return urlencode(
        {name: _param_text(value) for name, value in params.items()}, quote_via=quote, safe=""
    )


def _param_text(value: Any) -> str:
    if isinstance(value, str) and not _is_json(value):
        return value
    text = json.dumps(value)
    return text if _is_json(text) else f"{text}.0"


def _parse_params(query: str) -> dict[str, Any]:
    return {
        name: json.loads(value) if _is_json(value) else value
        for name, value in parse_qsl(query, keep_blank_values=True)
    }


def _is_json(value: str) -> bool:
    """Return whether a value is JSON; seven digits or more are a telephone number, a text."""
    if value.isdigit() and len(value) >= MIN_NUMBER_DIGITS:
        return False
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return False
    return value not in ("NaN", "Infinity", "-Infinity")


class ActiveFault(Struct, frozen=True):
    """A fault that is set, with its counters.

    Attributes:
        id: The id on the control API.
        fault: The fault.
        enabled: Whether it can trigger.
        seen: Number of matching calls so far.
        triggered: Number of calls that it was applied to.
    """

    id: int
    fault: Fault
    enabled: bool = True
    seen: int = 0
    triggered: int = 0

    @property
    def remaining(self) -> int | None:
        """How many times it can still trigger; ``None`` for no limit."""
        fault = self.fault
        limit = 1 if fault.times is None and fault.nth is not None else fault.times
        return None if limit is None else max(0, limit - self.triggered)


class TriggeredFault(Struct, frozen=True):
    """A fault that one call triggered: its text form, name and drawn seconds."""

    text: str
    name: str
    seconds: float


class Faults(Struct, frozen=True):
    """The faults that are set; the first one that a call triggers is applied.

    ``made`` counts the faults set so far and gives the next id.
    """

    active: tuple[ActiveFault, ...] = ()
    made: int = 0

    def with_fault(self, fault: Fault) -> Faults:
        """Return the faults with ``fault`` added; its id is the new ``made``."""
        return Faults((*self.active, ActiveFault(self.made + 1, fault)), self.made + 1)

    def with_missing(self, faults: Sequence[Fault]) -> Faults:
        """Return these faults and the missing ones of ``faults``; duplicates count."""
        missing = Counter(faults) - Counter(active.fault for active in self.active)
        result = self
        for fault in faults:
            if missing[fault]:
                missing[fault] -= 1
                result = result.with_fault(fault)
        return result

    def without(self, fault_id: int) -> Faults:
        """Return the faults without the one with that id."""
        return replace(self, active=tuple(item for item in self.active if item.id != fault_id))

    def with_enabled(self, fault_id: int, *, enabled: bool) -> Faults:
        """Return the faults with one switched on or off."""
        return replace(
            self,
            active=tuple(
                replace(item, enabled=enabled) if item.id == fault_id else item
                for item in self.active
            ),
        )

    def trigger(
        self, method: str | None, customer: str | None, params: Any = None, *, event: bool = False
    ) -> tuple[Faults, TriggeredFault | None]:
        """Return the faults with the call counted, and the fault that it triggered, if any."""
        trigger = None
        active = []
        for item in self.active:
            fault, counted = item.fault, item
            is_kind = item.enabled and fault.is_event_fault is event
            if is_kind and fault.matches(method, customer, params):
                seen = item.seen + 1
                hit = trigger is None and fault.triggers(seen, item.triggered)
                if hit:
                    trigger = TriggeredFault(str(fault), fault.name, fault.seconds_at(seen))
                counted = replace(item, seen=seen, triggered=item.triggered + hit)
            active.append(counted)
        return replace(self, active=tuple(active)), trigger


NO_FAULTS = Faults()
