"""Runs the checks against an endpoint and reports one finding per fact."""

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
from mtt_mock.conformance.backup import Backup, default_path
from mtt_mock.conformance.checks import NEEDS, Check, Need, reason_untested
from mtt_mock.conformance.outcomes import AbortRun, CheckFailed, Inconclusive
from mtt_mock.conformance.probe_client import (
    Endpoint,
    NoResponseError,
    ProbeClient,
    ProbeExchange,
    Target,
)
from mtt_mock.conformance.suite import checks
from mtt_mock.domain.text import counted

Status = Literal["confirmed", "refuted", "not tested"]
STOPPED = "the run stopped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one check. ``why`` is empty if it confirmed its fact."""

    check: Check
    status: Status
    why: str = ""
    exchanges: tuple[ProbeExchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one fact, with its reason and its exchanges."""

    fact: mtt_contracts.Fact
    status: Status
    why: str
    exchanges: tuple[ProbeExchange, ...]

    @property
    def last_response(self) -> str:
        """The last response, in one line; empty without requests.

        For an assumption it shows what the service does.
        """
        if not self.exchanges:
            return ""
        last = self.exchanges[-1]
        return f"HTTP {last.status} {last.response}" if last.status else last.response


@dataclass(slots=True)
class Report:
    """The result of a run.

    ``abort_reason`` says why it stopped early, ``restored`` what was restored. ``observed`` holds
    values of settable facts that the checks saw, ``shown_by`` their exchanges. ``unrestored`` is
    the original state as JSON if it could not be restored; ``backup_path`` is the file with it.
    """

    target: Target
    findings: list[Finding] = field(default_factory=list)
    requests: int = 0
    abort_reason: str | None = None
    restored: str | None = None
    observed: dict[str, Any] = field(default_factory=dict)
    shown_by: dict[str, ProbeExchange] = field(default_factory=dict)
    unrestored: str | None = None
    backup_path: Path | None = None

    @property
    def exit_code(self) -> int:
        """1 if a fact is refuted, else 2 if the run is incomplete, else 0."""
        if self.of("refuted"):
            return 1
        return 2 if self.incomplete else 0

    @property
    def incomplete(self) -> bool:
        """Whether the run stopped early, or could not restore the original state."""
        return bool(self.abort_reason or self.unrestored)

    def of(self, status: Status) -> list[Finding]:
        """Return the findings with ``status``."""
        return [finding for finding in self.findings if finding.status == status]


class RunSession(contextlib.AbstractContextManager["RunSession"]):
    """One run against one endpoint: reads the state, runs checks, restores the state.

    Entering raises ``AbortRun`` if the endpoint cannot be tested.

    Args:
        target: The endpoint, the account and the limits.
        allowed: The needs of the checks that may run.
        transport: Replaces the network.
        say: Receives each line for the terminal.
        sleep: Replaces ``time.sleep`` (seconds).
        backup: The path of the backup (default: in the current folder).
        options: For the checks: ``numbers``, ``caller_id``, ``other_customer`` and so on.
    """

    def __init__(
        self,
        target: Target,
        *,
        allowed: Iterable[Need] = ("nothing", "change"),
        transport: httpx2.BaseTransport | None = None,
        say: Callable[[str], None] = lambda _line: None,
        sleep: Callable[[float], None] = time.sleep,
        backup: Path | None = None,
        **options: Any,
    ) -> None:
        self.allowed = frozenset(allowed) | {"nothing"}
        self.endpoint = Endpoint(target, transport=transport)
        self.probe = ProbeClient(
            self.endpoint, sleep=sleep, uploads="uploads" in self.allowed, **options
        )
        self.report = Report(target)
        self._write_line = say
        self._backup_path = backup or default_path(target)
        self._backup: Backup | None = None
        self._original: restore.OriginalState | None = None

    @property
    def changes(self) -> bool:
        """Whether an allowed check changes the structure."""
        return bool(self.allowed & {"change", "calls", "large"})

    def __enter__(self) -> Self:
        backup = None
        try:
            if self.changes:
                backup = Backup(self._backup_path, self.report.target)
            original = restore.read_state(self.probe)
            if backup:
                if original:
                    backup.write(original)
                restore.ensure_clear(self.probe, original)
                # From now on the run must restore the state.
                self._original, self._backup = original, backup
        except BaseException:
            if backup:
                backup.remove()
            self._close()
            raise
        return self

    def __exit__(self, *_exception: object) -> None:
        try:
            self._restore()
        finally:
            self._close()

    def _close(self) -> None:
        self.report.requests = self.endpoint.sent
        self.endpoint.close()

    def run(self, check: Check) -> Outcome:
        """Run ``check`` and return its outcome. Raises ``AbortRun`` if the run cannot go on."""
        if check.needs not in self.allowed:
            return Outcome(check, "not tested", NEEDS[check.needs])
        start = len(self.endpoint.exchanges)
        status, why = self._verdict(check)
        exchanges = self.endpoint.exchanges[start:]
        if not exchanges and check.needs == "calls":
            exchanges = self.probe.call_exchanges  # the checks of calls share one call
        return Outcome(check, status, why, tuple(exchanges))

    def _verdict(self, check: Check) -> tuple[Status, str]:
        try:
            check.run(self.probe)
        except CheckFailed as error:
            return "refuted", str(error)
        except Inconclusive as error:
            return "not tested", str(error)
        except NoResponseError as error:
            self._check_alive(error)
            return "refuted", f"no response: {error}"
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            # A response of an unexpected shape; the exchange shows it.
            return "refuted", f"the response has another shape ({type(error).__name__}: {error})"
        return "confirmed", ""

    def _check_alive(self, error: NoResponseError) -> None:
        try:
            self.endpoint.send("OPTIONS", credentials=None)
        except NoResponseError:
            raise AbortRun(f"the endpoint has stopped answering: {error}") from error

    def _restore(self) -> None:
        if self._original is None or self._backup is None:
            return
        with deferred_signals.defer_signals(self._say):
            failure = restore.restore(self.probe, self._original)
            if failure is None:
                self._backup.remove()
        if failure is None:
            elements = counted(len(self._original.elements), "element")
            state = f"the structure of {elements}" if self._original else "the empty state"
            self.report.restored = f"restored: {state}"
            self._say(self.report.restored)
            return
        self.report.unrestored = self._original.to_json()
        self.report.backup_path = self._backup.path if self._original else None
        self._say(f"COULD NOT RESTORE the original state: {failure}")
        self._say(f"It was, for {self.report.target.customer}: {self.report.unrestored}")
        for line in self._backup.remedy():
            self._say(line)

    def _say(self, line: str) -> None:
        # The terminal may be closed; the run must restore the state even then.
        with contextlib.suppress(OSError):
            self._write_line(line)


def verify(
    target: Target,
    *,
    only: Iterable[str] | None = None,
    progress: Callable[[int, int, int], None] = lambda _done, _total, _sent: None,
    **options: Any,
) -> Report:
    """Check the facts of the contract at an endpoint and restore its state.

    An interrupt ends the run early and becomes part of the report.

    Args:
        target: The endpoint, the account and the limits.
        only: The ids of the facts to check (default: all).
        progress: Called before each check with the checks done, their total, the requests sent.
        options: Those of ``RunSession``.

    Returns:
        The report, with one finding per fact.
    """
    selected = None if only is None else frozenset(only)
    session = RunSession(target, **options)
    outcomes: list[Outcome] = []
    try:
        with session:
            chosen = [check for check in checks() if selected is None or check.fact in selected]
            for check in chosen:
                progress(len(outcomes), len(chosen), session.endpoint.sent)
                outcomes.append(session.run(check))
    except AbortRun as error:
        session.report.abort_reason = str(error)
    except KeyboardInterrupt:
        session.report.abort_reason = "interrupted"
    report = session.report
    report.observed, report.shown_by = session.probe.observed, session.probe.shown_by
    report.findings = [
        _finding(fact, outcomes, report.abort_reason)
        for fact in mtt_contracts.facts()
        if selected is None or fact.id in selected
    ]
    return report


def _finding(
    fact: mtt_contracts.Fact, outcomes: list[Outcome], abort_reason: str | None
) -> Finding:
    outcomes = [outcome for outcome in outcomes if outcome.check.fact == fact.id]
    verdicts: tuple[Status, ...] = ("refuted", "confirmed")
    for status in verdicts:
        matching = [outcome for outcome in outcomes if outcome.status == status]
        if matching:
            why = "; ".join(
                f"{outcome.check.name}: {outcome.why}" for outcome in matching if outcome.why
            )
            exchanges = tuple(exchange for outcome in matching for exchange in outcome.exchanges)
            return Finding(fact, status, why, exchanges)
    why = next((outcome.why for outcome in outcomes), "")
    if not why:
        has_check = any(check.fact == fact.id for check in checks())
        stopped = has_check and abort_reason
        why = f"{STOPPED}: {abort_reason}" if stopped else reason_untested(fact.id)
    return Finding(fact, "not tested", why, ())
