"""Summarises a program's requests to the fake, and the failures of a strict run."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from http import HTTPStatus

from mtt_mock.domain.text import counted, printable
from mtt_mock.interception.exec.connection_guard import GuardReport
from mtt_mock.interception.proxy import Proxy
from mtt_mock.service.callbacks import Delivery
from mtt_mock.service.journal import Exchange

ERRORS, CONFLICTS, PROBLEMS = "errors", "conflicts", "problems"
NONE_REACHED, REFUSED = "none-reached", "refused"
STRICT = (ERRORS, CONFLICTS, PROBLEMS, NONE_REACHED, REFUSED)
_BROKEN = (-32700, -32600, -32601, -32602)  # JSON-RPC's own codes for invalid requests
# Errors that a correct application gets: it polls a call, or asks whether a preset exists.
_EXPECTED_ERRORS = ("Call is not ended", "Callback followme structure not found")
_DELETE = "deletecallbackfollowme"
_MAX_LINES = 8
_MAX_KINDS = 1000  # different problems that are counted
_ADVICE = (
    "No request reached the fake. The program may have made none, or it did not use the proxy: its "
    "HTTP library ignores HTTPS_PROXY, or it replaced NODE_OPTIONS, PYTHONPATH or "
    "PHP_INI_SCAN_DIR. Then it failed, or reached the real MTT if its connections were not "
    "watched. On Linux, exec --isolate redirects every program to the fake. "
    "See docs/how-to/unmodified-applications.md; --allow-none accepts a run without requests."
)


class RequestSummary:
    """Counts exchanges and deliveries; give it to ``Journal.listen``."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.methods: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.conflicts: Counter[str] = Counter()
        self.problems: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.failed_events: Counter[str] = Counter()
        self._open_conflicts: dict[str, str] = {}  # customer -> reason, until it deletes its preset

    def __call__(self, record: Exchange | Delivery) -> None:
        """Count one journal record."""
        with self._lock:
            if isinstance(record, Delivery):
                self._count_delivery(record)
            else:
                self._count_exchange(record)

    def _count_delivery(self, delivery: Delivery) -> None:
        name = printable(delivery.callback.event, 60)
        _count(self.events, [name])
        if not delivery.delivered:
            _count(self.failed_events, [f"{name}: {delivery.outcome}"])

    def _count_exchange(self, exchange: Exchange) -> None:
        method = printable(exchange.method or "(no method)", 60)
        _count(self.methods, [method])
        if exchange.fault is not None:
            _, _, fault = exchange.fault.rpartition(":")  # without its method
            _count(self.faults, [f"{method}: {fault}"])
            return
        notes = [str(note) for note in exchange.warnings()]
        if _breaks_the_contract(exchange):
            notes = [": ".join([exchange.outcome, *notes])]  # one problem, and its reason
        elif exchange.error is not None:
            _count(self.errors, [f"{method}: {exchange.error[1] or exchange.outcome}"])
        _count(self.problems, [f"{method}: {note}" for note in notes])
        customer = exchange.customer or ""
        if exchange.outcome.startswith("refused: "):
            reason = f"{method}: {exchange.outcome.removeprefix('refused: ')}"
            _count(self.conflicts, [reason])
            self._open_conflicts[customer] = reason
        elif method.lower() == _DELETE and exchange.outcome == "ok":
            self._open_conflicts.pop(customer, None)

    def failures(self, strict: Collection[str]) -> list[tuple[str, str]]:
        """Return category and reason of each failure in the categories of ``strict``."""
        with self._lock:
            unexpected = [
                error
                for error in self.errors
                if not any(text in error for text in _EXPECTED_ERRORS)
            ]
            reasons = {
                NONE_REACHED: [] if self.methods else ["no request reached the fake"],
                ERRORS: [f"error: {error}" for error in unexpected],
                CONFLICTS: [
                    f"conflict without a delete after it: {reason}"
                    for reason in sorted(set(self._open_conflicts.values()))
                ],
                PROBLEMS: [f"contract problem: {problem}" for problem in self.problems],
            }
        return _of_categories(reasons, strict)

    def lines(self, *, allow_none: bool) -> list[str]:
        """Return the summary; with ``allow_none`` it gives no advice if there are no requests."""
        with self._lock:
            total = self.methods.total()
            lines = [f"{counted(total, 'request')}{_details(self.methods)}"]
            if not total:
                lines = list(_none_reached(allow_none=allow_none))
            lines += _section(self.errors, "error")
            lines.append(f"{counted(self.conflicts.total(), 'conflict')}{_details(self.conflicts)}")
            lines.append(counted(self.problems.total(), "contract problem"))
            lines += _listed(self.problems)
            lines += _section(self.faults, "injected fault")
            if self.events:
                lines.append(f"{counted(self.events.total(), 'event')}{_details(self.events)}")
            return lines + _section(self.failed_events, "event", " not confirmed by the receiver")


class ForwardedSummary:
    """Summarises requests that were forwarded to the fake at ``url``; ``outcomes`` counts them.

    An outcome is a line such as ``POST /index.php 200``; a problem follows after a colon.
    """

    def __init__(self, url: str, outcomes: Counter[str]) -> None:
        self._url = url
        self._outcomes = outcomes

    def failures(self, strict: Collection[str]) -> list[tuple[str, str]]:
        """Return category and reason of each failure in the categories of ``strict``."""
        reasons = {
            PROBLEMS: [outcome for outcome in self._outcomes if ": " in outcome],
            NONE_REACHED: [] if self._outcomes else ["no request reached the fake"],
        }
        return _of_categories(reasons, strict)

    def lines(self, *, allow_none: bool) -> list[str]:
        """Return the summary; see ``RequestSummary.lines``."""
        if not self._outcomes:
            return list(_none_reached(allow_none=allow_none))
        return _section(self._outcomes, "request", f" forwarded to {self._url}")


def proxy_lines(proxy: Proxy) -> list[str]:
    """Return the proxy's report about connections to other hosts, and those without a request."""
    lines = _section(Counter(proxy.refused), "connection", " to other hosts refused (--pass-on)")
    return lines + _section(Counter(proxy.rejected), "connection", " that the proxy could not use")


def trust_lines(untrusted: int) -> list[str]:
    """Return a line about TLS handshakes that the program ended, if there were any."""
    if not untrusted:
        return []
    line = (
        f"{counted(untrusted, 'TLS connection')} ended by the program, which does not trust the "
        "fake's certificate: it reads no variable such as SSL_CERT_FILE, or has its own "
        "certificates (CURLOPT_CAINFO, --cacert). exec --isolate replaces the system's"
    )
    return [line]


def guard_lines(report: GuardReport) -> list[str]:
    """Return the guard's report about connections past the proxy."""
    lines = _section(report.redirected, "connection", " past the proxy redirected to the fake")
    lines += _section(report.refused, "connection", " past the proxy refused")
    if report.unwatched:
        lines.append(
            f"connections past the proxy were not watched ({report.unwatched}); a program that "
            "ignores the proxy may have reached the real MTT"
        )
    return lines


def guard_failures(report: GuardReport, strict: Collection[str]) -> list[tuple[str, str]]:
    """Return category and reason of each refused connection, if ``strict`` names them."""
    reasons = [f"connection past the proxy refused: {name}" for name in report.refused]
    return _of_categories({REFUSED: reasons}, strict)


def _of_categories(
    reasons: Mapping[str, list[str]], strict: Collection[str]
) -> list[tuple[str, str]]:
    return [
        (category, reason)
        for category in STRICT
        if category in strict
        for reason in reasons.get(category, ())
    ]


def _none_reached(*, allow_none: bool) -> Iterator[str]:
    yield "0 requests reached the fake"
    if not allow_none:
        yield f"WARNING: {_ADVICE}"


def _breaks_the_contract(exchange: Exchange) -> bool:
    return exchange.status == HTTPStatus.UNAUTHORIZED or (
        exchange.error is not None and exchange.error[0] in _BROKEN
    )


def _count(counter: Counter[str], keys: Iterable[str]) -> None:
    for key in keys:
        name = key if key in counter or len(counter) < _MAX_KINDS else "(others)"
        counter[name] += 1


def _details(counter: Counter[str]) -> str:
    if not counter:
        return ""
    parts = [f"{number} {printable(name, 80)}" for name, number in counter.most_common(_MAX_LINES)]
    more = ", ..." if len(counter) > _MAX_LINES else ""
    return f": {', '.join(parts)}{more}"


def _section(counter: Counter[str], noun: str, text: str = "") -> list[str]:
    """Return a heading with the total and a line per kind; nothing for an empty counter."""
    return [f"{counted(counter.total(), noun)}{text}", *_listed(counter)] if counter else []


def _listed(counter: Counter[str]) -> list[str]:
    lines = [
        f"  {printable(name, 160)}" + (f" ({number} times)" if number > 1 else "")
        for name, number in counter.most_common(_MAX_LINES)
    ]
    if len(counter) > _MAX_LINES:
        lines.append(f"  and {len(counter) - _MAX_LINES} more kinds")
    return lines
