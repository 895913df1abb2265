"""A worker process as the supervisor sees it."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from multiprocessing.connection import wait

from mtt_mock.server.signals import STOP_SIGNALS, block_signals
from mtt_mock.server.worker import READY, WorkerConfig, run_worker


class WorkerProcess:
    """A started process that serves ``config``."""

    def __init__(self, config: WorkerConfig) -> None:
        # Forking would copy locks that other threads hold.
        spawn = multiprocessing.get_context("spawn")
        # The worker stops when our end of the pipe closes, on purpose or because we died.
        self._pipe, worker_end = spawn.Pipe()
        self._process = spawn.Process(target=run_worker, args=(config, worker_end), daemon=True)
        # The worker unblocks them once its own handlers are installed.
        with block_signals(STOP_SIGNALS):
            self._process.start()
        worker_end.close()
        self.pid = self._process.pid
        self.is_ready = False
        self.start_error = ""

    @property
    def waitables(self) -> list[object]:
        """Objects for ``connection.wait`` that become ready when the worker's state changes."""
        starting = not (self.is_ready or self.start_error)
        return [self._process.sentinel, *([self._pipe] if starting else [])]

    def has_exited(self) -> bool:
        """Return whether the process has exited; read its messages first."""
        with contextlib.suppress(EOFError, OSError):
            while not (self.is_ready or self.start_error) and self._pipe.poll():
                message = self._pipe.recv_bytes()
                self.is_ready = message == READY
                self.start_error = "" if self.is_ready else message.decode()
        if wait([self._process.sentinel], 0):
            self._process.join()
        if self._process.is_alive():
            return False
        self._pipe.close()
        return True

    @property
    def exit_reason(self) -> str:
        """How the process exited, as the end of a sentence."""
        code = self._process.exitcode or 0
        if code < 0:
            names = {number.value: number.name for number in signal.Signals}
            return f"was killed by {names.get(-code, f'signal {-code}')}"
        return f"exited with code {code}"

    def terminate(self) -> None:
        """Ask the process to stop (SIGTERM)."""
        self._process.terminate()

    def kill(self) -> None:
        """Stop the process at once (SIGKILL)."""
        self._process.kill()
        self._process.join()
