"""Runs the command ``mtt-mock`` in processes."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading

MTT_MOCK = (sys.executable, "-m", "mtt_mock")
STOP_SECONDS = 40


def run(*arguments, **options):
    """Run ``mtt-mock`` to its end in a process."""
    return subprocess.run(
        [*MTT_MOCK, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


class ServerProcess:
    """A command that serves until a signal ends it.

    ``banner`` has its lines up to the one with "Ctrl-C", ``lines`` those after it, ``url`` the
    first http URL of the banner.
    """

    def __init__(self, process):
        self.process = process
        self.pid = process.pid
        self.banner = []
        self.lines = []
        self._reader = None

    def read_banner(self, *, keep_reading=True):
        """Wait for the banner; with ``keep_reading``, read all further output in a thread."""
        for line in self.process.stdout:
            self.banner.append(line.rstrip("\n"))
            if "Ctrl-C" in line:
                break
        else:
            raise AssertionError(f"it ended: {self.banner}")
        self.url = re.search(r"http://\S+", "\n".join(self.banner)).group()
        if keep_reading:
            self._reader = threading.Thread(target=self._read, daemon=True)
            self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def send_signal(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Send a signal; return the exit code, and the lines that were printed after it."""
        before = len(self.lines)
        self.send_signal(number)
        return self.wait(), self.lines[before:]

    def wait(self):
        """Return the exit code when the process has ended and all its output is read."""
        code = self.process.wait(timeout=STOP_SECONDS)
        if self._reader is not None:
            self._reader.join(10)
        return code

    def children(self):
        """Return the pids of the processes that it has started."""
        return [pid for pid, _ in self._children()]

    def workers(self):
        """Return the pids of the workers."""
        return [pid for pid, command in self._children() if "spawn_main" in command]

    def _children(self):
        """Return the pid and the command of each child."""
        columns = ["ps", "-ww", "-A", "-o", "pid=,ppid=,stat=,command="]
        output = subprocess.run(columns, capture_output=True, text=True, check=True).stdout
        rows = [row.split(None, 3) for row in output.splitlines()]
        return [
            (int(pid), command)
            for pid, parent, state, command in rows
            if int(parent) == self.pid and not state.startswith("Z")
        ]


@contextlib.contextmanager
def started(*arguments, command=("serve", "--port", "0"), program=MTT_MOCK):
    """Start a command in a new session; at the end kill its remaining processes."""
    process = subprocess.Popen(
        [*program, *command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        start_new_session=True,
    )
    server = ServerProcess(process)
    try:
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # its own group, which it leads
        server.wait()
        process.stdout.close()


@contextlib.contextmanager
def serving(*arguments, **options):
    """Start a command and wait until its banner is complete."""
    with started(*arguments, **options) as server:
        server.read_banner()
        yield server
