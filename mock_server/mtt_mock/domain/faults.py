"""Faults on purpose: what goes wrong, for which calls, how often; pure values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from random import Random
from urllib.parse import quote, unquote

KNOWN: Mapping[str, str] = {
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
    "invalid-json": "the request is applied, the answer is no JSON",
    "wrong-id": "the request is applied, the answer bears another id",
    "wrong-success-type": "the request is applied, `success` is a text in the answer",
    "duplicated": "the request is applied, the answer's body comes twice in a row",
    "trickle": "the request is applied, the answer comes in bits spread over `=SECONDS` (1)",
    "event-late": "the event is sent `=SECONDS` later (1)",
    "event-twice": "the event is sent twice",
    "event-out-of-order": "the event is sent after the next one of its call, `=SECONDS` (1) later "
    "at the latest",
    "event-lost": "the event is never sent",
}
PREVENTS_EXECUTION = frozenset(
    name for name, meaning in KNOWN.items() if "not applied" in meaning
)  # these strike instead of the request
_TIMED = ("delay", "trickle", "event-late", "event-out-of-order")
_LONGEST = 3600.0
_TEXT = re.compile(r"(?:(?P<target>[^:]*):)?(?P<name>[A-Za-z0-9-]*)(?P<options>.*)", re.DOTALL)
_OPTION = re.compile(r"([=@*~#])([^=@*~#]+)")
_GRAMMAR = (
    "[METHOD[/CUSTOMER]:]NAME[=SECONDS[..SECONDS|^SPREAD]][@NTH][*TIMES][~PROBABILITY][#SEED]"
)
_WIDEST = 5.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong. Of an event fault ``method`` is the event's name.

    ``nth``: only the nth matching call (with ``times``: from it on). ``times``: at most so many.
    ``probability`` and ``seconds`` depend on ``seed`` and on nothing else: these are spread evenly
    over their range or, with a ``spread``, log-normally around their one value, the median, with a
    long tail as networks have it.
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
        """Raise ``ValueError`` for what is no fault."""
        if self.name not in KNOWN:
            raise ValueError(f"{self.name!r} is no fault; known are {', '.join(KNOWN)}")
        low, high = self.seconds
        if not 0 <= low <= high <= _LONGEST:
            raise ValueError(f"seconds must be from 0 to {_LONGEST:g}, the lower ones first")
        if self.seconds != (1.0, 1.0) and self.name not in _TIMED:
            raise ValueError(f"{self.name} takes no seconds; {', '.join(_TIMED)} do")
        if not 0 <= self.spread <= _WIDEST:
            raise ValueError(f"a spread must be from 0 to {_WIDEST:g}, got {self.spread}")
        if self.spread and (low != high or self.name not in _TIMED):
            raise ValueError("a spread is for one number of seconds, not for a range or for none")
        if (self.nth is not None and self.nth < 1) or (self.times is not None and self.times < 1):
            raise ValueError("@NTH and *TIMES count from 1")
        if not 0 <= self.probability <= 1:
            raise ValueError(f"a probability must be from 0 to 1, got {self.probability}")
        if self.seed < 0:
            raise ValueError(f"a seed must not be negative, got {self.seed}")

    @property
    def of_events(self) -> bool:
        """Whether it strikes events, not requests."""
        return self.name.startswith("event-")

    def matches(self, method: str | None, customer: str | None) -> bool:
        """Return whether such a call counts."""
        wanted = self.method is None or (method or "").lower() == self.method.lower()
        return wanted and self.customer in (None, customer)

    def triggers(self, number: int, triggered: int) -> bool:
        """Return whether matching call ``number`` triggers it, after ``triggered`` times."""
        if self.times is not None and triggered >= self.times:
            return False
        if self.nth is not None:
            last = self.nth if self.times is None else number
            if not self.nth <= number <= last:
                return False
        return self.probability >= 1 or self._random(number) < self.probability

    def seconds_at(self, number: int) -> float:
        """Return how many seconds it takes at matching call ``number``."""
        low, high = self.seconds
        if self.spread:
            tail = exp(self.spread * self._source(-number).gauss(0, 1))
            return min(low * tail, _LONGEST)
        return low + (high - low) * self._random(-number)

    def _random(self, number: int) -> float:
        return self._source(number).random()

    def _source(self, number: int) -> Random:
        return Random(f"{self.seed} {number}")  # noqa: S311

    def __str__(self) -> str:
        """Return the text that ``parse_fault`` reads."""
        target = ""
        if self.method is not None or self.customer is not None:
            target = "*" if self.method is None else quote(self.method, safe="")
            target += "" if self.customer is None else f"/{quote(self.customer, safe='')}"
            target += ":"
        low, high = self.seconds
        seconds = f"={_shown(low)}" if low == high else f"={_shown(low)}..{_shown(high)}"
        seconds += f"^{_shown(self.spread)}" if self.spread else ""
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


def _shown(number: float) -> str:
    return repr(float(number)).removesuffix(".0")


def parse_fault(text: str) -> Fault:
    """Return the fault of a text such as ``setCallBackFollowme:reset-after@2``.

    Raises ``ValueError`` saying what is wrong.
    """
    read = _TEXT.fullmatch(text)
    assert read is not None  # noqa: S101
    if _OPTION.sub("", read["options"]):
        raise ValueError(f"a fault is written {_GRAMMAR}, got {text!r}")
    method, slash, customer = ("*" if read["target"] is None else read["target"]).partition("/")
    if not method or (slash and not customer):
        raise ValueError(f"METHOD (* for any) or CUSTOMER is empty in {text!r}")
    options: dict[str, str] = {}
    for sign, value in _OPTION.findall(read["options"]):
        if sign in options:
            raise ValueError(f"{sign} stands twice in {text!r}")
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
        read["name"],
        None if method == "*" else unquote(method),
        unquote(customer) if slash else None,
        **numbers,  # type: ignore[arg-type]
    )


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault that was set: ``seen`` matching calls so far, of which it ``triggered`` some."""

    id: int
    fault: Fault
    enabled: bool = True
    seen: int = 0
    triggered: int = 0

    @property
    def remaining(self) -> int | None:
        """How often it may still strike; ``None``: without limit."""
        fault = self.fault
        limit = 1 if fault.times is None and fault.nth is not None else fault.times
        return None if limit is None else max(0, limit - self.triggered)


@dataclass(frozen=True, slots=True)
class TriggeredFault:
    """A fault that strikes now."""

    text: str
    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults that are set, with their counters; the first that strikes a call has it."""

    active: tuple[ActiveFault, ...] = ()
    made: int = 0

    def with_fault(self, fault: Fault) -> Faults:
        """Return these and ``fault``, whose id is ``made``."""
        return Faults((*self.active, ActiveFault(self.made + 1, fault)), self.made + 1)

    def with_missing(self, faults: Sequence[Fault]) -> Faults:
        """Return these and what is missing of ``faults``, each as often as it stands there."""
        missing = Counter(faults) - Counter(one.fault for one in self.active)
        new = self
        for fault in faults:
            if missing[fault]:
                missing[fault] -= 1
                new = new.with_fault(fault)
        return new

    def without(self, fault_id: int) -> Faults:
        """Return these without one."""
        return replace(self, active=tuple(s for s in self.active if s.id != fault_id))

    def enabling(self, fault_id: int, *, enabled: bool) -> Faults:
        """Return these with one switched on or off."""
        return replace(
            self,
            active=tuple(
                replace(s, enabled=enabled) if s.id == fault_id else s for s in self.active
            ),
        )

    def trigger(
        self, method: str | None, customer: str | None, *, event: bool = False
    ) -> tuple[Faults, TriggeredFault | None]:
        """Return these having seen the call, and what strikes it."""
        trigger = None
        active = []
        for one in self.active:
            fault = one.fault
            if one.enabled and fault.of_events is event and fault.matches(method, customer):
                seen = one.seen + 1
                hit = trigger is None and fault.triggers(seen, one.triggered)
                if hit:
                    trigger = TriggeredFault(str(fault), fault.name, fault.seconds_at(seen))
                one = replace(one, seen=seen, triggered=one.triggered + hit)  # noqa: PLW2901
            active.append(one)
        return replace(self, active=tuple(active)), trigger


NO_FAULTS = Faults()
