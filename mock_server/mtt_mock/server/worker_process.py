"""A worker as its parent sees it."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from multiprocessing.connection import wait

from mtt_mock.server.signals import STOP_SIGNALS, block_signals
from mtt_mock.server.worker import READY, Job, work


class WorkerProcess:
    """A process that does ``job``."""

    def __init__(self, job: Job) -> None:
        # To fork would copy locks that other threads hold.
        spawn = multiprocessing.get_context("spawn")
        # The worker ends when our end of this closes, by our hand or by our death.
        self._pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=work, args=(job, theirs), daemon=True)
        # The worker unblocks them when its own handlers stand.
        with block_signals(STOP_SIGNALS):
            self._process.start()
        theirs.close()
        self.pid = self._process.pid
        self.is_up = False
        self.reason = ""

    @property
    def waitables(self) -> list[object]:
        """What ``connection.wait`` takes: it is ready when there is news."""
        return [self._process.sentinel, *([] if self.is_up or self.reason else [self._pipe])]

    def has_ended(self) -> bool:
        """Return whether it is no more; take note of what it said."""
        with contextlib.suppress(EOFError, OSError):
            while not (self.is_up or self.reason) and self._pipe.poll():
                said = self._pipe.recv_bytes()
                self.is_up = said == READY
                self.reason = "" if self.is_up else said.decode()
        if wait([self._process.sentinel], 0):
            self._process.join()
        if self._process.is_alive():
            return False
        self._pipe.close()
        return True

    @property
    def exit_reason(self) -> str:
        """What became of it, in words."""
        code = self._process.exitcode or 0
        if code < 0:
            names = {number.value: number.name for number in signal.Signals}
            return f"was killed by {names.get(-code, f'signal {-code}')}"
        return f"ended with exit code {code}"

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()
