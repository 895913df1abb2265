"""Options and start of the fake that ``proxy`` and ``exec`` share."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from mtt_mock.cli.commands import state
from mtt_mock.cli.errors import CommandError, lazy
from mtt_mock.cli.settings_options import settings_of
from mtt_mock.domain.errors import MttMockError

_fake = lazy("mtt_mock.service.fake")
_fake_environment = lazy("mtt_mock.interception.exec.fake_environment")
_stores = lazy("mtt_mock.storage.stores")


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """Add the options for the hosts that lead to the fake, and for the fake's state."""
    parser.add_argument(
        "--mtt-host",
        action="append",
        default=[],
        metavar="NAME",
        help="host that leads to the fake; may be repeated (default: MTT's)",
    )
    parser.add_argument(
        "--pass-on",
        action="store_true",
        help="let connections to other hosts on the internet through the proxy",
    )
    parser.add_argument(
        "--store",
        metavar="URL",
        help="keep the fake's state in this database, as mtt-mock serve does (default: in memory)",
    )
    parser.add_argument(
        "--state",
        metavar="FILE",
        help="start with the state of this file, written by mtt-mock state export or by hand",
    )


def make_fake(options: argparse.Namespace, settings: Mapping[str, Any] | None = None) -> Any:
    """Return the fake that ``options`` describe; ``settings`` are defaults.

    Raises ``CommandError``.
    """
    if options.state is not None:
        state.check_seed(options)
    checked = settings_of(options, **(settings or {}))
    try:
        fake = _fake.Fake(checked, _stores.open_state(options.store))
    except MttMockError as error:
        raise CommandError(f"--store: {error}") from error
    if options.state is not None:
        state.seed(fake, options)
    return fake


@contextlib.contextmanager
def started(
    options: argparse.Namespace, settings: Mapping[str, Any] | None = None, **more: Any
) -> Iterator[Any]:
    """Run a fake and a proxy as ``options`` describe; ``settings`` are defaults of the fake.

    Raises ``CommandError``.
    """
    leave_outer_interception()
    fake = make_fake(options, settings)
    with contextlib.ExitStack() as stack:
        try:
            surroundings = stack.enter_context(
                _fake_environment.surroundings(
                    fake, hosts=options.mtt_host, pass_on=options.pass_on, **more
                )
            )
        except MttMockError as error:
            raise CommandError(str(error)) from error
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "not an address"
            raise CommandError(
                f"cannot listen: {reason}; choose other ports (0: a free one) or another --host"
            ) from error
        yield surroundings


def leave_outer_interception() -> None:
    """Remove the hooks that an outer ``mtt-mock exec`` or test has put into this process.

    They would refuse the inner proxy's connections to the inner fake. Of nested ones the innermost
    counts.
    """
    patches = sys.modules.get("mtt_mock.interception.hooks.patches")
    inherited = getattr(sys.modules.get("sitecustomize"), "INHERITED_REDIRECT", None)
    if patches is not None and inherited is not None:
        patches.HOOKS.remove(inherited)
