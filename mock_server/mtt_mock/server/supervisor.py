"""Supervises worker processes: starts them, restarts those that exit, stops them.

uvicorn's own supervisor does not fit: it never kills a worker that hangs at a stop, workers outlive
a supervisor that was killed, and one failed start ends it even when the database was away a moment.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import resource_tracker

from mtt_mock.domain.errors import MttMockError
from mtt_mock.server.signals import SignalWaiter
from mtt_mock.server.worker import WorkerConfig
from mtt_mock.server.worker_process import WorkerProcess

_MAX_START_FAILURES = 3  # in a row, before all workers were ready for the first time
_RESTART_INTERVAL = 0.5  # seconds before the second start; doubles with each failure
_MAX_RESTART_INTERVAL = 5.0  # seconds


class WorkerStartError(MttMockError):
    """The workers cannot be started: one exits each time before it is ready."""


class Supervisor:
    """Runs ``count`` worker processes and replaces those that exit.

    ``on_ready`` is called once, when all workers answer requests; ``log`` is called with a line for
    each worker that exits.
    """

    def __init__(
        self,
        config: WorkerConfig,
        count: int,
        *,
        on_ready: Callable[[], None],
        log: Callable[[str], None],
    ) -> None:
        self._config = config
        self._slots = [_Slot() for _ in range(count)]
        self._on_ready: Callable[[], None] | None = on_ready
        self._log = log

    def run(self) -> None:
        """Serve until SIGINT, SIGTERM or SIGHUP, then stop the workers.

        Workers finish open requests. A worker that takes too long is killed; a second SIGINT kills
        all of them.

        Raises:
            WorkerStartError: If a worker exits three times before the workers were ready.
        """
        resource_tracker.ensure_running()  # starting it later would unblock signals in a worker
        with SignalWaiter() as signals:
            try:
                while not signals.received:
                    self._reap_and_restart()
                    signals.wait(self._waitables(), self._next_start())
            finally:
                self._stop(signals)

    def _reap_and_restart(self) -> None:
        for slot in self._slots:
            worker = slot.worker
            if worker is not None and worker.has_exited():
                slot.worker = None
                self._record_exit(slot, worker)
            if slot.worker is None and time.monotonic() >= slot.not_before:
                slot.worker = WorkerProcess(self._config)
        if self._on_ready and all(slot.worker and slot.worker.is_ready for slot in self._slots):
            self._on_ready()
            self._on_ready = None

    def _record_exit(self, slot: _Slot, worker: WorkerProcess) -> None:
        if worker.is_ready:
            slot.failures = 0
            self._log(f"mtt-mock: worker {worker.pid} {worker.exit_reason}; it is replaced")
            return
        slot.failures += 1
        reason = worker.start_error or f"it {worker.exit_reason}"
        # After the first complete start, a missing resource (a database) may come back.
        if slot.failures == _MAX_START_FAILURES and self._on_ready is not None:
            raise WorkerStartError(
                f"a worker exited {_MAX_START_FAILURES} times before it was ready: {reason}"
            )
        interval = min(_RESTART_INTERVAL * 2 ** (slot.failures - 1), _MAX_RESTART_INTERVAL)
        slot.not_before = time.monotonic() + interval
        self._log(f"mtt-mock: worker {worker.pid} exited before it was ready: {reason}")

    def _waitables(self) -> list[object]:
        return [
            waitable for slot in self._slots if slot.worker for waitable in slot.worker.waitables
        ]

    def _next_start(self) -> float | None:
        """Return the seconds until the next restart, ``None`` if none is pending."""
        times = [slot.not_before for slot in self._slots if slot.worker is None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _stop(self, signals: SignalWaiter) -> None:
        workers = [slot.worker for slot in self._slots if slot.worker]
        # A socket that stays open here would accept connections that no worker serves.
        for listening in (self._config.http_socket, self._config.tls_socket):
            if listening is not None:
                listening.close()
        for worker in workers:
            worker.terminate()
        deadline = time.monotonic() + self._config.stop_timeout
        while running := [worker for worker in workers if not worker.has_exited()]:
            if time.monotonic() > deadline or signals.count(signal.SIGINT) > 1:
                for worker in running:
                    self._log(f"mtt-mock: worker {worker.pid} did not exit and was killed")
                    worker.kill()
                return
            waitables = [waitable for worker in running for waitable in worker.waitables]
            signals.wait(waitables, max(0.0, deadline - time.monotonic()))


class _Slot:
    """One of the supervisor's workers, and its failed starts in a row."""

    def __init__(self) -> None:
        self.worker: WorkerProcess | None = None
        self.failures = 0
        self.not_before = 0.0
