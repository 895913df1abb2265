"""Runs ``mtt-mock serve``: in this process, or in workers that share a database."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from mtt_mock.cli.banner import banner, is_loopback, say
from mtt_mock.cli.collector import paused_collector
from mtt_mock.cli.errors import CommandError, lazy, option_errors, os_errors, require_installed
from mtt_mock.cli.settings_options import settings_of
from mtt_mock.domain.hosts import MTT_HOST, HostError, host_names

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from mtt_mock.server.request_log import RequestLog
    from mtt_mock.service.settings import Settings

_event_loops = lazy("mtt_mock.server.event_loops")
_live_server = lazy("mtt_mock.server.live_server")
_request_log = lazy("mtt_mock.server.request_log")
_secrets = lazy("secrets")
_signals = lazy("mtt_mock.server.signals")
_sockets = lazy("mtt_mock.server.sockets")
_state = lazy("mtt_mock.cli.commands.state")
_sql = lazy("mtt_mock.storage.sql")
_stores = lazy("mtt_mock.storage.stores")
_supervisor = lazy("mtt_mock.server.supervisor")
_tls = lazy("mtt_mock.server.tls")
_paths = lazy("mtt_mock.web.paths")
_worker = lazy("mtt_mock.server.worker")

_STOPPED = "mtt-mock stopped."


class _Sockets(NamedTuple):
    """The listening sockets: plain HTTP, and HTTPS with its TLS context."""

    http: socket.socket
    tls: socket.socket | None
    context: ssl.SSLContext | None


def serve(options: argparse.Namespace) -> None:
    """Serve until a stop signal. Raises ``CommandError`` or ``MttMockError``."""
    with contextlib.ExitStack() as stack:
        with paused_collector():
            require_installed("flask")  # loaded by the first request that needs it
            _check(options)
            settings = _settings(options)
            sockets = _open_sockets(options, stack)
            if hasattr(sys.stdout, "reconfigure"):
                sys.stdout.reconfigure(errors="backslashreplace")
            log = _request_log.RequestLog(sys.stdout, options.log_rate)
            prepare = _prepare_workers if options.workers else _prepare_server
            run = prepare(options, settings, log, sockets)
        with log:
            run()
            log(_STOPPED)
    if log.stuck:
        # No process reads our output; a clean exit would wait for a reader.
        os._exit(0)


def _check(options: argparse.Namespace) -> None:
    if not options.host:
        raise CommandError("--host must not be empty; 0.0.0.0 means all interfaces")
    if options.state is not None:  # else the module is not loaded, nor below
        _state.check_seed(options)
    if options.workers and options.store is None:
        raise CommandError(
            "--workers needs --store: workers share no memory, so their state must be in a database"
        )
    if options.workers and os.name != "posix":
        raise CommandError("--workers needs an operating system such as Linux or macOS")


def _settings(options: argparse.Namespace) -> Settings:
    # A control API that other machines can reach requires a token.
    token = {} if is_loopback(options.host) else {"control_token": _secrets.token_urlsafe(16)}
    names: dict[str, tuple[str, ...]] = {}
    with contextlib.suppress(HostError):  # _bind reports it
        names = {} if ":" in options.host else {"control_hosts": host_names([options.host])}
    return settings_of(options, **token, **names)


def _open_sockets(options: argparse.Namespace, stack: contextlib.ExitStack) -> _Sockets:
    """Return the listening sockets, which ``stack`` closes."""
    http = stack.enter_context(_bind(options.host, options.port, "--host or --port"))
    if not options.tls:
        return _Sockets(http, None, None)
    context = _tls_context(options.tls_host)
    stack.enter_context(_tls.silent_invalid_names())
    tls = stack.enter_context(_bind(options.host, options.tls_port, "--tls-port"))
    return _Sockets(http, tls, context)


def _prepare_server(
    options: argparse.Namespace,
    settings: Settings,
    log: RequestLog,
    sockets: _Sockets,
) -> Callable[[], None]:
    """Make the fake and its server; return the function that serves until a stop signal."""
    with option_errors("--store"):
        fake = _stores.open_fake(settings, store=options.store)
        text = _banner(options, settings, sockets)
        server = _live_server.LiveServer(fake, bound=sockets.http)
    if options.state is not None:
        _state.seed(fake, options)
    if sockets.context:
        server.listen_tls(sockets.context, bound=sockets.tls)

    def run() -> None:
        # From the banner to the end of the process, not only while requests are answered.
        _signals.install_handler(_signals.STOP_SIGNALS, lambda *_: server.stop())
        say(text)
        if not options.quiet:
            server.fake.journal.listen(log)
        server.run(_event_loops.process_loop)

    return run


def _prepare_workers(
    options: argparse.Namespace,
    settings: Settings,
    log: RequestLog,
    sockets: _Sockets,
) -> Callable[[], None]:
    """Make the parent of the workers; return the function that serves until a stop signal."""
    with option_errors("--store"):
        # An unusable store is reported once, not once per worker.
        _stores.open_state(options.store).close()
        text = _banner(options, settings, sockets)
    config = _worker.WorkerConfig(
        settings,
        options.store,
        sockets.http,
        sockets.tls,
        _hosts(options.tls_host),
        quiet=options.quiet,
        log_rate=options.log_rate,
    )
    supervisor = _supervisor.Supervisor(
        config, options.workers, on_ready=lambda: say(text), log=log
    )
    run: Callable[[], None] = supervisor.run
    return run


def _bind(host: str, port: int, options: str) -> socket.socket:
    """Return a listening socket; an error names ``options``, which choose another address."""
    remedy = f"; choose another with {options} (0: a free one)"
    with os_errors(f"cannot listen on {host} port {port}", remedy):
        bound: socket.socket = _sockets.bind(host, port)
    return bound


def _hosts(more: list[str]) -> tuple[str, ...]:
    """Return the hosts that the certificate names, besides this machine."""
    return (MTT_HOST, *more)


def _tls_context(more: list[str]) -> ssl.SSLContext:
    try:
        context: ssl.SSLContext = _tls.server_context(_hosts(more))
    except HostError as error:
        raise CommandError(f"--tls-host: {error}") from error
    return context


def _banner(
    options: argparse.Namespace,
    settings: Settings,
    sockets: _Sockets,
) -> str:
    storage = "memory, and gone at the end"
    if options.store is not None:
        storage = _sql.shown_store(options.store)
    return banner(
        f"{_sockets.origin(sockets.http)}{_paths.ENDPOINT}",
        f"{_sockets.origin(sockets.tls, 'https')}{_paths.ENDPOINT}" if sockets.tls else None,
        storage,
        options,
        settings,
    )
