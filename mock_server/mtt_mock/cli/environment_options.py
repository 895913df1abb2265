"""What ``proxy``, ``env`` and ``exec`` have in common."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

from mtt_mock.cli.errors import CommandError, require_extra
from mtt_mock.cli.settings_options import settings_of


def add_hosts(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which hosts lead to the fake, and what of the others."""
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


@contextlib.contextmanager
def started(
    options: argparse.Namespace, settings: Mapping[str, Any] | None = None, **more: Any
) -> Iterator[Any]:
    """Run a fake and a proxy as ``options`` say; whatever stands against it is ``Trouble``.

    ``settings`` are those of the fake where the options say nothing.
    """
    running = require_extra("mtt_mock.interception.exec")
    tls = require_extra("mtt_mock.server.tls")
    from mtt_mock.domain.hosts import HostError  # noqa: PLC0415

    with contextlib.ExitStack() as stack:
        try:
            around = stack.enter_context(
                running.surroundings(
                    settings_of(options, **(settings or {})),
                    hosts=options.mtt_host,
                    pass_on=options.pass_on,
                    **more,
                )
            )
        except (HostError, tls.AuthorityError) as error:
            raise CommandError(str(error)) from None
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "not an address"
            raise CommandError(
                f"cannot listen: {reason}; choose other ports (0: a free one) or another --host"
            ) from None
        yield around
