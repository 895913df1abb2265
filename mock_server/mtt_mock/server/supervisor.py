"""Keeps worker processes alive, and ends them when it is told to."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import resource_tracker

from mtt_mock.domain.errors import MttMockError
from mtt_mock.server.signals import SignalWaiter
from mtt_mock.server.worker import Job
from mtt_mock.server.worker_process import WorkerProcess

_MOST_FAILURES = 3  # in a row, before all were ready for the first time
_PAUSE = 0.5  # seconds before the second try, twice as long before each more
_LONGEST_PAUSE = 5.0


class WorkersError(MttMockError):
    """Workers cannot be started: one ends again and again before it is ready."""


class Workers:
    """``count`` processes that do ``job``; one that ends is replaced.

    ``up`` is called once, when all of them serve; ``say`` gets lines about those that end.
    """

    def __init__(
        self, job: Job, count: int, *, up: Callable[[], None], say: Callable[[str], None]
    ) -> None:
        self._job = job
        self._places = [_Place() for _ in range(count)]
        self._up: Callable[[], None] | None = up
        self._say = say

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM; then end the workers. Raises ``WorkersError``.

        They finish what they do. One that takes too long is killed; a second SIGINT kills all.
        """
        resource_tracker.ensure_running()  # its own start would unblock what ``_spawned`` blocks
        with SignalWaiter() as signals:
            try:
                while not signals.received:
                    self._look_after()
                    signals.wait(self._waited_for(), self._pause())
            finally:
                self._end(signals)

    def _look_after(self) -> None:
        for place in self._places:
            worker = place.worker
            if worker is not None and worker.has_ended():
                place.worker = None
                self._note_end(place, worker)
            if place.worker is None and time.monotonic() >= place.not_before:
                place.worker = WorkerProcess(self._job)
        if self._up is not None and all(each.worker and each.worker.is_up for each in self._places):
            self._up()
            self._up = None

    def _note_end(self, place: _Place, worker: WorkerProcess) -> None:
        if worker.is_up:
            place.failures = 0
            self._say(
                f"mtt-mock: worker {worker.pid} {worker.exit_reason}; another takes its place"
            )
            return
        place.failures += 1
        why = worker.reason or f"it {worker.exit_reason}"
        # When all have been ready once, what is missing now may come back: a database, say.
        if place.failures == _MOST_FAILURES and self._up is not None:
            raise WorkersError(f"a worker ended {_MOST_FAILURES} times before it was ready: {why}")
        pause = min(_PAUSE * 2 ** (place.failures - 1), _LONGEST_PAUSE)
        place.not_before = time.monotonic() + pause
        self._say(f"mtt-mock: worker {worker.pid} ended before it was ready: {why}")

    def _waited_for(self) -> list[object]:
        return [each for place in self._places if place.worker for each in place.worker.waitables]

    def _pause(self) -> float | None:
        """Return the seconds until a worker is to be started, ``None`` when none is."""
        moments = [place.not_before for place in self._places if place.worker is None]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _end(self, signals: SignalWaiter) -> None:
        workers = [place.worker for place in self._places if place.worker]
        # While ours were open, who connects would wait for an answer that nobody gives.
        for bound in (self._job.bound, self._job.tls):
            if bound is not None:
                bound.close()
        for worker in workers:
            worker.terminate()
        deadline = time.monotonic() + self._job.patience
        while left := [worker for worker in workers if not worker.has_ended()]:
            if time.monotonic() > deadline or signals.count(signal.SIGINT) > 1:
                for worker in left:
                    self._say(f"mtt-mock: worker {worker.pid} did not end and was killed")
                    worker.kill()
                return
            sentinels = [each for worker in left for each in worker.waitables]
            signals.wait(sentinels, max(0.0, deadline - time.monotonic()))


class _Place:
    """A worker's place: who has it, and how often in a row one ended before it was ready."""

    def __init__(self) -> None:
        self.worker: WorkerProcess | None = None
        self.failures = 0
        self.not_before = 0.0
