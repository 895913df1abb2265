"""Runs the checks and gathers what each fact turned out to be."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Self

import httpx2

import mtt_contracts
from mtt_mock.conformance import deferred_signals, restore
from mtt_mock.conformance.backup import Backup, place
from mtt_mock.conformance.checks import NEEDS, Check, Need, reason_untested
from mtt_mock.conformance.outcomes import AbortRun, CheckFailed, Inconclusive
from mtt_mock.conformance.probe_client import Ask, Endpoint, Exchange, NoAnswerError, Target
from mtt_mock.conformance.suite import checks

Status = Literal["confirmed", "refuted", "not tested"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one check ended. ``why`` is empty when it was confirmed."""

    check: Check
    status: Status
    why: str = ""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one fact turned out to be.

    ``answered`` is what the endpoint said last about it: for an assumption that is the answer to
    an open question, whether it agrees with the fake or not.
    """

    fact: mtt_contracts.Fact
    status: Status
    why: str
    exchanges: tuple[Exchange, ...]

    @property
    def answered(self) -> str:
        """The last answer, in one line; empty when nothing was asked."""
        if not self.exchanges:
            return ""
        last = self.exchanges[-1]
        return f"HTTP {last.status} {last.answer}" if last.status else last.answer


@dataclass(slots=True)
class Report:
    """What became of a run. ``trouble`` is why it stopped early.

    ``left`` is what was not put back, ``kept_in`` the file that holds it.
    """

    target: Target
    findings: list[Finding] = field(default_factory=list)
    requests: int = 0
    trouble: str | None = None
    restored: str | None = None
    left: str | None = None
    kept_in: Path | None = None

    @property
    def exit_code(self) -> int:
        """0: all that was asked is confirmed; 1: something is refuted; 2: the run had trouble."""
        if self.trouble or self.left:
            return 2
        return 1 if self.of("refuted") else 0

    def of(self, status: Status) -> list[Finding]:
        """Return the findings with ``status``."""
        return [finding for finding in self.findings if finding.status == status]


class Session:
    """One run against one endpoint: looks first, asks, puts back.

    Use it as a context manager. ``allowed`` are the needs of checks that may be run; ``given`` what
    they may use: ``numbers``, ``caller_id``, ``other_customer``. ``say`` gets each line for a
    person. ``keep`` is the file that holds what was found until it is put back (by default in the
    current folder). Raises ``AbortRun`` when the endpoint cannot be asked.
    """

    def __init__(
        self,
        target: Target,
        *,
        allowed: Iterable[Need] = ("nothing", "change"),
        transport: httpx2.BaseTransport | None = None,
        say: Callable[[str], None] = lambda _line: None,
        sleep: Callable[[float], None] = time.sleep,
        keep: Path | None = None,
        **given: Any,
    ) -> None:
        self.allowed = frozenset(allowed) | {"nothing"}
        self.endpoint = Endpoint(target, transport=transport)
        self.ask = Ask(self.endpoint, sleep=sleep, uploads="uploads" in self.allowed, **given)
        self.report = Report(target)
        self._speak = say
        self._keep = keep or place(target)
        self._copy: Backup | None = None
        self._found: restore.Found | None = None

    @property
    def changes(self) -> bool:
        """Whether a check that may be run changes the structure."""
        return bool(self.allowed & {"change", "calls", "large"})

    def __enter__(self) -> Self:
        copy = None
        try:
            if self.changes:
                copy = Backup(self._keep, self.report.target)
            found = restore.look(self.ask)
            if copy:
                if found:
                    copy.write(found)
                restore.make_sure(self.ask, found)
                # From here on it is ours to put back.
                self._found, self._copy = found, copy
        except BaseException:
            if copy:
                copy.remove()
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._put_back()
        finally:
            self._end()

    def _end(self) -> None:
        self.report.requests = self.endpoint.sent
        self.endpoint.close()

    def run(self, check: Check) -> Outcome:
        """Return how ``check`` ended. Raises ``AbortRun`` when the run cannot go on."""
        if check.needs not in self.allowed:
            return Outcome(check, "not tested", NEEDS[check.needs])
        start = len(self.endpoint.exchanges)
        status, why = self._verdict(check)
        exchanges = self.endpoint.exchanges[start:]
        if not exchanges and check.needs == "calls":
            exchanges = self.ask.call_exchanges  # one call serves many checks
        return Outcome(check, status, why, tuple(exchanges))

    def _verdict(self, check: Check) -> tuple[Status, str]:
        try:
            check.run(self.ask)
        except CheckFailed as error:
            return "refuted", str(error)
        except Inconclusive as error:
            return "not tested", str(error)
        except NoAnswerError as error:
            self._check_alive(error)
            return "refuted", f"no answer: {error}"
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            # An answer of a shape that nobody foresaw; the exchange shows it.
            return "refuted", f"the answer has another shape ({type(error).__name__}: {error})"
        return "confirmed", ""

    def _check_alive(self, error: NoAnswerError) -> None:
        try:
            self.endpoint.send("OPTIONS", credentials=None)
        except NoAnswerError:
            raise AbortRun(f"the endpoint does not answer any more: {error}") from None

    def _put_back(self) -> None:
        if self._found is None or self._copy is None:
            return
        with deferred_signals.shielded(self._say):
            wrong = restore.put_back(self.ask, self._found)
            if wrong is None:
                self._copy.remove()
        count = len(self._found.elements)
        if wrong is None:
            what = f"the structure of {count} elements" if self._found else "the empty structure"
            self.report.restored = f"put back: {what} that was found"
            self._say(self.report.restored)
            return
        self.report.left = self._found.as_json()
        self.report.kept_in = self._copy.path if self._found else None
        self._say(f"COULD NOT PUT BACK what was found: {wrong}")
        self._say(f"This was set for {self.report.target.customer}: {self.report.left}")
        for line in self._copy.remedy():
            self._say(line)

    def _say(self, line: str) -> None:
        # Nobody may be reading any more; what was found is put back all the same.
        with contextlib.suppress(OSError):
            self._speak(line)


def verify(target: Target, *, only: Iterable[str] | None = None, **options: Any) -> Report:
    """Ask the endpoint about every fact; ``only``: just these. Options: those of ``Session``.

    The structure that was found is put back whatever happens; an interrupt is part of the report.
    """
    wanted = None if only is None else frozenset(only)
    session = Session(target, **options)
    outcomes: list[Outcome] = []
    try:
        with session:
            for check in checks():
                if wanted is None or check.fact in wanted:
                    outcomes.append(session.run(check))  # noqa: PERF401 -- kept at a stop
    except AbortRun as error:
        session.report.trouble = str(error)
    except KeyboardInterrupt:
        session.report.trouble = "interrupted"
    report = session.report
    report.findings = [
        _finding(fact, outcomes, report.trouble)
        for fact in mtt_contracts.facts()
        if wanted is None or fact.id in wanted
    ]
    return report


def _finding(fact: mtt_contracts.Fact, outcomes: list[Outcome], trouble: str | None) -> Finding:
    mine = [outcome for outcome in outcomes if outcome.check.fact == fact.id]
    verdicts: tuple[Status, ...] = ("refuted", "confirmed")
    for status in verdicts:
        chosen = [outcome for outcome in mine if outcome.status == status]
        if chosen:
            why = "; ".join(f"{each.check.name}: {each.why}" for each in chosen if each.why)
            exchanges = tuple(one for each in chosen for one in each.exchanges)
            return Finding(fact, status, why, exchanges)
    why = next((each.why for each in mine), "")
    if not why:
        asked = any(check.fact == fact.id for check in checks())
        why = f"the run stopped: {trouble}" if asked and trouble else reason_untested(fact.id)
    return Finding(fact, "not tested", why, ())
