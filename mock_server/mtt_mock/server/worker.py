"""The main function of a worker process, which serves on sockets bound by its supervisor."""

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
from mtt_mock.server.event_loops import process_loop
from mtt_mock.server.live_server import GRACEFUL_STOP_TIMEOUT, LiveServer
from mtt_mock.server.request_log import RequestLog
from mtt_mock.server.signals import install_handler
from mtt_mock.service.settings import Settings
from mtt_mock.service.state import StoreError
from mtt_mock.storage.stores import open_fake

READY = b"ready"
_STOP_MARGIN = 10.0  # seconds for the rest of a stop, after open requests and events


@dataclass(frozen=True, slots=True)
class WorkerConfig:
    """The fake and the sockets of every worker; it is pickled into the new process.

    Args:
        settings: Settings of the fake.
        store: URL of the shared database.
        http_socket: Listening socket for HTTP.
        tls_socket: Listening socket for HTTPS, if any.
        tls_hosts: Names and addresses in the certificate.
        quiet: Whether to print no line per request.
        log_rate: Lines per second that this worker prints at most.
    """

    settings: Settings
    store: str
    http_socket: socket.socket
    tls_socket: socket.socket | None
    tls_hosts: tuple[str, ...]
    quiet: bool
    log_rate: int

    @property
    def stop_timeout(self) -> float:
        """Seconds after which a worker that was asked to stop is taken for hung."""
        return GRACEFUL_STOP_TIMEOUT + self.settings.event_timeout + _STOP_MARGIN


def run_worker(config: WorkerConfig, parent: Connection) -> None:
    """Serve until SIGTERM, or until the supervisor dies, which closes its end of ``parent``.

    Sends ``READY`` when requests are answered, or else the reason why they cannot be. The process
    starts with ``STOP_SIGNALS`` blocked. All but SIGTERM stay blocked: Ctrl-C reaches the whole
    process group, and the supervisor decides.
    """
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    server = _server(config, parent)
    install_handler(["SIGTERM"], lambda *_: server.stop())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_watch_parent, args=(server, config, parent), daemon=True).start()
    log = RequestLog(sys.stdout, config.log_rate, is_shared=True)
    with log, contextlib.ExitStack() as stack:
        if config.tls_socket is not None:
            from mtt_mock.server.tls import silent_invalid_names  # noqa: PLC0415

            stack.enter_context(silent_invalid_names())
        if not config.quiet:
            server.fake.journal.listen(log)
        server.run(process_loop)
    if log.stuck:
        os._exit(0)  # flushing stdout would block: the pipe is full


def _server(config: WorkerConfig, parent: Connection) -> LiveServer:
    from mtt_mock.server.tls import AuthorityError, server_context  # noqa: PLC0415

    try:
        fake = open_fake(config.settings, store=config.store)
        server = LiveServer(fake, bound=config.http_socket)
        if config.tls_socket is not None:
            server.listen_tls(server_context(config.tls_hosts), bound=config.tls_socket)
    except (StoreError, StoreUnavailableError, AuthorityError) as error:
        with contextlib.suppress(OSError):
            parent.send_bytes(str(error).encode(errors="backslashreplace"))
        sys.exit(1)
    return server


def _watch_parent(server: LiveServer, config: WorkerConfig, parent: Connection) -> None:
    """Report to the supervisor that the worker is ready; stop when the supervisor is gone."""
    server.wait_until_ready()
    with contextlib.suppress(OSError, EOFError):
        parent.send_bytes(READY)
        parent.recv_bytes()  # the supervisor sends nothing: this returns when the pipe closes
    server.stop()
    time.sleep(config.stop_timeout)
    os._exit(1)
