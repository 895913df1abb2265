"""What ``serve`` does: in this process, or in workers that share a database."""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from mtt_mock.cli.banner import banner, is_loopback, say
from mtt_mock.cli.commands import state
from mtt_mock.cli.errors import CommandError, require_extra
from mtt_mock.cli.settings_options import settings_of

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Iterator

    from mtt_mock.server.request_log import RequestLog
    from mtt_mock.service.settings import Settings

_STOPPED = "mtt-mock stopped."


class _Sockets(NamedTuple):
    """What is listened on: plain, and for HTTPS with its context."""

    http: socket.socket
    tls: socket.socket | None
    context: ssl.SSLContext | None


def serve(options: argparse.Namespace) -> None:
    """Serve until SIGINT or SIGTERM. Raises ``Trouble``."""
    require_extra("mtt_mock.web.app")
    require_extra("mtt_mock.server.live_server")
    if not options.host:
        raise CommandError("--host must not be empty; 0.0.0.0 means all interfaces")
    if options.state is not None:
        state.check_seed(options)
    if options.workers and options.store is None:
        raise CommandError(
            "--workers needs --store: workers share no memory, so their state must be in a database"
        )
    if options.workers and os.name != "posix":
        raise CommandError("--workers needs an operating system such as Linux or macOS")
    # Where others can reach the control API, it must not be open to them.
    token = {} if is_loopback(options.host) else {"control_token": secrets.token_urlsafe(16)}
    settings = settings_of(options, **token)
    with contextlib.ExitStack() as stack:
        http = stack.enter_context(_bind(options.host, options.port, "--host or --port"))
        sockets = _Sockets(http, None, None)
        if options.tls:
            context = _tls_context(options.tls_host)
            tls = stack.enter_context(_bind(options.host, options.tls_port, "--tls-port"))
            sockets = _Sockets(http, tls, context)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        log = import_module("mtt_mock.server.request_log").RequestLog(sys.stdout)
        run = _in_workers if options.workers else _in_this_process
        run(options, settings, log, sockets)
    if log.stuck:
        # Nobody empties the pipe that we print to; a tidy exit would wait for it for ever.
        os._exit(0)


def _in_this_process(
    options: argparse.Namespace,
    settings: Settings,
    log: RequestLog,
    sockets: _Sockets,
) -> None:
    from mtt_mock.server.live_server import LiveServer  # noqa: PLC0415
    from mtt_mock.server.signals import STOP_SIGNALS, install_handler  # noqa: PLC0415
    from mtt_mock.web.app import create_app  # noqa: PLC0415

    with _usable_store():
        app = create_app(settings, store=options.store)
        text = _banner(options, settings, sockets)
    if options.state is not None:
        state.seed(app, options)
    server = LiveServer(app, bound=sockets.http)
    if sockets.context:
        server.listen_tls(sockets.context, bound=sockets.tls)
    # From the banner to the end of the process, not only while requests are answered.
    install_handler(STOP_SIGNALS, lambda *_: server.stop())
    say(text)
    with log:
        if not options.quiet:
            server.fake.journal.listen(log)
        server.run()
        log(_STOPPED)


def _in_workers(
    options: argparse.Namespace,
    settings: Settings,
    log: RequestLog,
    sockets: _Sockets,
) -> None:
    from mtt_mock.server.supervisor import Supervisor, WorkerStartError  # noqa: PLC0415
    from mtt_mock.server.worker import WorkerConfig  # noqa: PLC0415
    from mtt_mock.storage.stores import open_state  # noqa: PLC0415

    with _usable_store():
        open_state(options.store).close()  # reports an unusable store once, not once per worker
        text = _banner(options, settings, sockets)
    config = WorkerConfig(
        settings, options.store, sockets.http, sockets.tls, _hosts(options.tls_host), options.quiet
    )
    supervisor = Supervisor(config, options.workers, on_ready=lambda: say(text), log=log)
    try:
        with log:
            supervisor.run()
            log(_STOPPED)
    except WorkerStartError as error:
        raise CommandError(str(error)) from None


def _bind(host: str, port: int, options: str) -> socket.socket:
    """Return a socket that listens; ``options`` are those that choose another place."""
    from mtt_mock.server.sockets import bind  # noqa: PLC0415

    try:
        return bind(host, port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not an address"
        raise CommandError(
            f"cannot listen on {host} port {port}: {reason}; "
            f"choose another with {options} (0: a free one)"
        ) from None


def _hosts(more: list[str]) -> tuple[str, ...]:
    """Return whom the certificate is for, besides this machine."""
    from mtt_mock.domain.hosts import MTT_HOST  # noqa: PLC0415

    return (MTT_HOST, *more)


def _tls_context(more: list[str]) -> ssl.SSLContext:
    tls = require_extra("mtt_mock.server.tls")
    from mtt_mock.domain.hosts import HostError  # noqa: PLC0415

    try:
        context: ssl.SSLContext = tls.server_context(_hosts(more))
    except HostError as error:
        raise CommandError(f"--tls-host: {error}") from None
    except tls.AuthorityError as error:
        raise CommandError(str(error)) from None
    return context


@contextlib.contextmanager
def _usable_store() -> Iterator[None]:
    from mtt_mock.domain.store import StoreUnavailableError  # noqa: PLC0415
    from mtt_mock.service.state import StoreError  # noqa: PLC0415

    try:
        yield
    except (StoreError, StoreUnavailableError) as error:
        raise CommandError(f"--store: {error}") from None


def _banner(
    options: argparse.Namespace,
    settings: Settings,
    sockets: _Sockets,
) -> str:
    from mtt_mock.server.sockets import origin  # noqa: PLC0415
    from mtt_mock.web.app import ENDPOINT  # noqa: PLC0415

    place = "memory, and gone at the end"
    if options.store is not None:
        place = import_module("mtt_mock.storage.sql").shown_store(options.store)
    return banner(
        f"{origin(sockets.http)}{ENDPOINT}",
        f"{origin(sockets.tls, 'https')}{ENDPOINT}" if sockets.tls else None,
        place,
        options,
        settings,
    )
