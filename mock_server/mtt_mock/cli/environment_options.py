"""The options that ``proxy`` and ``exec`` share, and the start of their fake."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtt_mock.cli.argument_types import file_name
from mtt_mock.cli.commands import state
from mtt_mock.cli.commands.health import check_health
from mtt_mock.cli.errors import CommandError, lazy, option_errors, os_errors
from mtt_mock.cli.settings_options import settings_of
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.hosts import MTT_HOST, HostError, host_names, split_http_url
from mtt_mock.service.settings import SETTINGS

_httpx2 = lazy("httpx2")
_fake_environment = lazy("mtt_mock.interception.exec.fake_environment")
_live_server = lazy("mtt_mock.server.live_server")
_recorder = lazy("mtt_mock.conformance.recording.recorder")
_stores = lazy("mtt_mock.storage.stores")
_tape = lazy("mtt_mock.conformance.recording.tape")

_ENDPOINT = "/index.php"


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """Add the options of the hosts to redirect, and of the fake."""
    parser.add_argument(
        "--mtt-host",
        action="append",
        default=[],
        metavar="NAME",
        help="host to redirect to the fake; may be repeated (default: MTT's)",
    )
    parser.add_argument(
        "--pass-on",
        action="store_true",
        help="let the proxy forward connections to other hosts on the internet",
    )
    parser.add_argument(
        "--store",
        metavar="URL",
        help="keep the fake's state in this database, as mtt-mock serve does (default: in memory)",
    )
    parser.add_argument(
        "--state",
        type=file_name,
        metavar="FILE",
        help="start with the state of this file, written by mtt-mock state export or by hand",
    )
    parser.add_argument(
        "--fake",
        metavar="URL",
        help="use the running fake at this URL, such as a team's, instead of a new one",
    )
    parser.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="write the exchanges to a new tape, as mtt-mock record does",
    )


def names_of(options: argparse.Namespace) -> tuple[str, ...]:
    """Return the hosts to redirect to the fake. Raises ``HostError``."""
    return host_names(options.mtt_host or [MTT_HOST])


@dataclass(frozen=True)
class FakeTarget:
    """The fake that programs reach: of this process, or at a URL.

    Attributes:
        fake: The fake of this process; ``None`` for one at a URL.
        url: The URL of the other fake.
        tape: Stores the exchanges; ``None`` to record none.
        hosts: The hosts to redirect to the fake.
        uds: The path of a Unix socket that reaches the other fake.
        forwarded: Requests that were forwarded to ``url``, by their outcome.
    """

    fake: Any | None
    url: str | None
    tape: Any | None
    hosts: tuple[str, ...] = ()
    uds: str | None = None
    forwarded: Counter[str] = field(default_factory=Counter)

    @contextlib.contextmanager
    def serve(self, host: str, port: int) -> Iterator[Any]:
        """Run the server that programs reach."""
        if self.fake is not None and self.tape is None:
            with _live_server.LiveServer(self.fake, host=host, port=port) as server:
                yield server
            return
        with contextlib.ExitStack() as stack:
            endpoint = f"{(self.url or '').removesuffix(_ENDPOINT).rstrip('/')}{_ENDPOINT}"
            if self.fake is not None:
                endpoint = stack.enter_context(_live_server.LiveServer(self.fake, host=host)).url
            app = _recorder.RecordingProxy(
                endpoint,
                self.tape,
                self._count,
                trust_env=self.fake is None and self.uds is None,
                mtt_hosts={MTT_HOST, *self.hosts},
                transport=self.uds and _httpx2.AsyncHTTPTransport(uds=self.uds),
            )
            server = _live_server.AsgiServer(
                app, host=host, port=port, on_stop=app.close_from_thread
            )
            yield stack.enter_context(server)

    def _count(self, line: str) -> None:
        self.forwarded[line] += 1


@contextlib.contextmanager
def target_of(
    options: argparse.Namespace, settings: Mapping[str, Any] | None = None, uds: str | None = None
) -> Iterator[FakeTarget]:
    """Yield the target that ``options`` describe; ``settings`` are defaults of a new fake.

    ``uds``: a Unix socket that reaches --fake, which is checked already. Raises
    ``CommandError`` or ``MttMockError``.
    """
    if options.fake is not None and uds is None:
        check_fake(options)
    fake = make_fake(options, settings) if options.fake is None else None
    if options.record is None:
        yield FakeTarget(fake, options.fake, None, names_of(options), uds)
        return
    with os_errors(f"cannot write {options.record}"):
        tape = _tape.TapeWriter(options.record)
    with tape:
        yield FakeTarget(fake, options.fake, tape, names_of(options), uds)


def check_fake(options: argparse.Namespace) -> None:
    """Raise ``CommandError`` unless --fake names a reachable fake and excludes other settings."""
    given = [f"--{name}" for name in ("store", "state") if getattr(options, name) is not None]
    given += [f"--{declared.option}" for declared in SETTINGS if declared.name in options]
    if given:
        raise CommandError(f"{given[0]} is for a new fake; the one at --fake has its own")
    try:
        parts = split_http_url(options.fake)
    except HostError as error:
        raise CommandError(f"--fake: {error}") from error
    if (parts.hostname or "").rstrip(".") in {MTT_HOST, *names_of(options)}:
        raise CommandError(f"--fake {options.fake} is MTT's own host; give the URL of a fake")
    if parts.path not in ("", "/", _ENDPOINT) or parts.query or "@" in parts.netloc:
        raise CommandError(f"--fake must be an origin or end in {_ENDPOINT}, without a login")
    check_health(options.fake)


def make_fake(options: argparse.Namespace, settings: Mapping[str, Any] | None = None) -> Any:
    """Return the fake that ``options`` describe; ``settings`` are defaults.

    Raises ``CommandError`` or ``MttMockError``.
    """
    state.check_seed(options)
    checked = settings_of(options, **(settings or {}))
    with option_errors("--store"):
        fake = _stores.open_fake(checked, store=options.store)
    state.seed(fake, options)
    return fake


@contextlib.contextmanager
def running_environment(
    options: argparse.Namespace, target: FakeTarget, **more: Any
) -> Iterator[Any]:
    """Run ``target`` and a proxy as ``options`` describe.

    Raises ``CommandError`` or ``MttMockError``.
    """
    leave_outer_interception()
    with contextlib.ExitStack() as stack:
        try:
            environment = stack.enter_context(
                _fake_environment.open_environment(
                    target.serve, hosts=options.mtt_host, pass_on=options.pass_on, **more
                )
            )
        except MttMockError:  # one of its kinds is an ``OSError``
            raise
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "not an address"
            place = getattr(error, "filename", None)
            raise CommandError(
                f"cannot listen{f' on {place}' if place else ''}: {reason}; "
                "choose other ports (0: a free one) or another --host"
            ) from error
        yield environment


def leave_outer_interception() -> None:
    """Remove the hooks of an outer ``mtt-mock exec`` or test from this process.

    They would refuse the inner proxy's connections to the inner fake. The innermost interception
    applies.
    """
    patches = sys.modules.get("mtt_mock.interception.hooks.patches")
    inherited = getattr(sys.modules.get("sitecustomize"), "INHERITED_REDIRECT", None)
    if patches is not None and inherited is not None:
        patches.HOOKS.remove(inherited)
