"""One worker: a process that serves on sockets which its parent has bound."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from mtt_mock.domain.store import StoreUnavailableError
from mtt_mock.server.live_server import GRACE, LiveServer
from mtt_mock.server.request_log import RequestLog
from mtt_mock.server.signals import install_handler
from mtt_mock.service.settings import Settings
from mtt_mock.service.state import StoreError
from mtt_mock.web.app import create_app

READY = b"ready"
_MORE = 10.0  # seconds for all that a stop takes beside open requests and events


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker does: ``tls`` is a socket for HTTPS, ``hosts`` whom its certificate is for.

    It is handed over when a process is spawned, sockets included.
    """

    settings: Settings
    store: str
    bound: socket.socket
    tls: socket.socket | None
    hosts: tuple[str, ...]
    quiet: bool

    @property
    def patience(self) -> float:
        """Seconds that a worker gets to end; one that takes longer hangs."""
        return GRACE + self.settings.event_timeout + _MORE


def work(job: Job, parent: Connection) -> None:
    """Serve until SIGTERM, or until the other end of ``parent`` closes, for that one is gone.

    ``parent`` is sent ``READY`` when requests are answered, or why they cannot be. It is entered
    with SIGTERM and SIGINT blocked. SIGINT stays so: Ctrl-C goes to the whole group, and it is the
    parent's to say what comes of it.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    server = _server(job, parent)
    install_handler(["SIGTERM"], lambda *_: server.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_accompany, args=(server, job, parent), daemon=True).start()
    log = RequestLog(sys.stdout)
    with log:
        if not job.quiet:
            server.fake.journal.listen(log)
        server.run()
    if log.stuck:
        os._exit(0)  # nobody empties the pipe that we print to


def _server(job: Job, parent: Connection) -> LiveServer:
    from mtt_mock.server.tls import AuthorityError, server_context  # noqa: PLC0415

    try:
        server = LiveServer(create_app(job.settings, store=job.store), bound=job.bound)
        if job.tls is not None:
            server.listen_tls(server_context(job.hosts), bound=job.tls)
    except (StoreError, StoreUnavailableError, AuthorityError) as error:
        with contextlib.suppress(OSError):
            parent.send_bytes(str(error).encode(errors="backslashreplace"))
        sys.exit(1)
    return server


def _accompany(server: LiveServer, job: Job, parent: Connection) -> None:
    """Tell the parent that all is ready, and end when it is gone."""
    server.wait_until_up()
    with contextlib.suppress(OSError, EOFError):
        parent.send_bytes(READY)
        parent.recv_bytes()  # it says nothing: this returns at its end
    server.stop()
    time.sleep(job.patience)
    os._exit(1)
