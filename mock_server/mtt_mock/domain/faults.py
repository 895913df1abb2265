"""Injected faults as values: text form, matching rules, counters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from random import Random
from urllib.parse import quote, unquote

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
_TIMED = ("delay", "trickle", "event-late", "event-out-of-order")
MAX_FAULT_SECONDS = 3600.0
_TEXT = re.compile(r"(?:(?P<target>[^:]*):)?(?P<name>[A-Za-z0-9-]*)(?P<options>.*)", re.DOTALL)
_OPTION = re.compile(r"([=@*~#])([^=@*~#]+)")
_GRAMMAR = (
    "[METHOD[/CUSTOMER]:]NAME[=SECONDS[..SECONDS|^SPREAD]][@NTH][*TIMES][~PROBABILITY][#SEED]"
)
MAX_SPREAD = 5.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and the calls that it applies to.

    Draws of ``probability`` and ``seconds`` depend only on ``seed`` and the number of the call.

    Attributes:
        name: A key of ``FAULT_MEANINGS``.
        method: The method, or the name of the event for an event fault; ``None`` for any.
        customer: The customer_name; ``None`` for any.
        seconds: Lowest and highest seconds of a timed fault, drawn evenly.
        nth: Triggers at this matching call only (with ``times``, from this call on).
        times: Triggers at most so many times.
        probability: Chance to trigger at a matching call, from 0 to 1.
        seed: Seed of the random draws.
        spread: Sigma of a log-normal distribution with the median ``seconds``; 0 for none.
    """

    name: str
    method: str | None = None
    customer: str | None = None
    seconds: tuple[float, float] = (1.0, 1.0)
    nth: int | None = None
    times: int | None = None
    probability: float = 1.0
    seed: int = 0
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
        if self.seconds != (1.0, 1.0) and self.name not in _TIMED:
            raise ValueError(f"{self.name} takes no seconds; {', '.join(_TIMED)} do")
        if not 0 <= self.spread <= MAX_SPREAD:
            raise ValueError(f"a spread must be from 0 to {MAX_SPREAD:g}, got {self.spread}")
        if self.spread and (low != high or self.name not in _TIMED):
            raise ValueError("a spread is for one number of seconds, not for a range or for none")
        if (self.nth is not None and self.nth < 1) or (self.times is not None and self.times < 1):
            raise ValueError("@NTH and *TIMES count from 1")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"a probability must be from 0 to 1, got {self.probability}")
        if self.seed < 0:
            raise ValueError(f"a seed must not be negative, got {self.seed}")

    @property
    def is_event_fault(self) -> bool:
        """Whether the fault applies to events instead of requests."""
        return self.name.startswith("event-")

    def matches(self, method: str | None, customer: str | None) -> bool:
        """Return whether the fault applies to a call of ``method`` for ``customer``."""
        same = self.method is None or (method or "").lower() == self.method.lower()
        return same and self.customer in (None, customer)

    def triggers(self, number: int, triggered: int) -> bool:
        """Return whether matching call ``number`` triggers the fault, after ``triggered`` times."""
        if self.times is not None and triggered >= self.times:
            return False
        if self.nth is not None:
            last = self.nth if self.times is None else number
            if not self.nth <= number <= last:
                return False
        return self.probability >= 1 or self._random(number) < self.probability

    def seconds_at(self, number: int) -> float:
        """Return the seconds of the fault at matching call ``number``."""
        low, high = self.seconds
        if self.spread:
            tail = exp(self.spread * self._source(-number).gauss(0, 1))
            return min(low * tail, MAX_FAULT_SECONDS)
        return low + (high - low) * self._random(-number)

    def _random(self, number: int) -> float:
        return self._source(number).random()

    def _source(self, number: int) -> Random:
        return Random(f"{self.seed} {number}")  # noqa: S311

    def __str__(self) -> str:
        """Return the text form that ``parse_fault`` reads."""
        target = ""
        if self.method is not None or self.customer is not None:
            target = "*" if self.method is None else quote(self.method, safe="")
            target += "" if self.customer is None else f"/{quote(self.customer, safe='')}"
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
    if _OPTION.sub("", match["options"]):
        raise ValueError(f"a fault is written {_GRAMMAR}, got {text!r}")
    method, slash, customer = ("*" if match["target"] is None else match["target"]).partition("/")
    if not method or (slash and not customer):
        raise ValueError(f"METHOD (* for any) or CUSTOMER is empty in {text!r}")
    options: dict[str, str] = {}
    for sign, value in _OPTION.findall(match["options"]):
        if sign in options:
            raise ValueError(f"{sign} occurs twice in {text!r}")
        options[sign] = value
    try:
        middle, _, spread = options.get("=", "1").partition("^")
        low, _, high = middle.partition("..")
        numbers = {
            "seconds": (float(low), float(high or low)),
            "nth": int(options["@"]) if "@" in options else None,
            "times": int(options["*"]) if "*" in options else None,
            "probability": float(options.get("~", "1")),
            "seed": int(options.get("#", "0")),
            "spread": float(spread or "0"),
        }
    except ValueError as error:
        raise ValueError(f"{error} in {text!r}; a fault is written {_GRAMMAR}") from None
    return Fault(
        match["name"],
        None if method == "*" else unquote(method),
        unquote(customer) if slash else None,
        **numbers,  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class ActiveFault:
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


@dataclass(frozen=True, slots=True)
class TriggeredFault:
    """A fault that one call triggered: its text form, name and drawn seconds."""

    text: str
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults that are set; the first one that a call triggers is applied.

    ``made`` counts the faults set so far and gives the next id.
    """

    active: tuple[ActiveFault, ...] = ()
    made: int = 0

    def with_fault(self, fault: Fault) -> Faults:
        """Return the faults with ``fault`` added; its id is the new ``made``."""
        return Faults((*self.active, ActiveFault(self.made + 1, fault)), self.made + 1)

    def with_missing(self, faults: Sequence[Fault]) -> Faults:
        """Return the faults with those of ``faults`` added that are not set; duplicates count."""
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
        self, method: str | None, customer: str | None, *, event: bool = False
    ) -> tuple[Faults, TriggeredFault | None]:
        """Return the faults with the call counted, and the fault that it triggered, if any."""
        trigger = None
        active = []
        for item in self.active:
            fault, counted = item.fault, item
            if item.enabled and fault.is_event_fault is event and fault.matches(method, customer):
                seen = item.seen + 1
                hit = trigger is None and fault.triggers(seen, item.triggered)
                if hit:
                    trigger = TriggeredFault(str(fault), fault.name, fault.seconds_at(seen))
                counted = replace(item, seen=seen, triggered=item.triggered + hit)
            active.append(counted)
        return replace(self, active=tuple(active)), trigger


NO_FAULTS = Faults()
