"""The options that are settings of a fake; what is not given keeps its default in ``Settings``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from mtt_mock.cli.errors import CommandError

if TYPE_CHECKING:
    from mtt_mock.service.settings import Settings

_NAMES = {
    "account": "accounts",
    "subscriber": "subscribers",
    "fault": "faults",
}  # options of one, settings of many


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add an option for each setting. Defaults in the help are those of ``Settings``."""

    def add(option: str, **about: Any) -> None:
        groups[-1].add_argument(option, default=argparse.SUPPRESS, **about)

    groups = [parser.add_argument_group("who may call, and how much")]
    add(
        "--account",
        action="append",
        metavar="LOGIN:PASSWORD[:CUSTOMER,…]",
        help="let in only this login, for these customers or for any; may be repeated "
        "(default: any login and password, any customer)",
    )
    add(
        "--accounts-file",
        metavar="FILE",
        help="TOML file with [[account]] tables: login, password, customers (a list)",
    )
    add(
        "--error-status",
        type=int,
        metavar="STATUS",
        help="HTTP status of error envelopes (default: 500, as one public client of MTT needs it; "
        "MTT's JSON-RPC library by itself says 200)",
    )
    add(
        "--max-body",
        type=int,
        metavar="BYTES",
        help="refuse larger request bodies (default: 1048576)",
    )
    add(
        "--max-batch",
        type=int,
        metavar="CALLS",
        help="refuse batches of more calls (default: 100)",
    )
    groups.append(parser.add_argument_group("calls"))
    add(
        "--clock",
        metavar="CLOCK",
        help="real, a pace such as 20x, or manual: then only the control API turns it "
        "(default: real)",
    )
    add(
        "--subscriber",
        action="append",
        metavar="NUMBER=KIND[:name=seconds,…]",
        help="what a number does (* and ? are wildcards): answers, busy, rejects, unavailable, "
        "never_answers; such as 7900*=answers:after=5,talks_for=20; may be repeated",
    )
    add(
        "--fault",
        action="append",
        metavar="[METHOD:]NAME[@NTH]…",
        help="what goes wrong on purpose, such as setCallBackFollowme:reset-after@2 (see "
        "docs/FAULTS.md); may be repeated",
    )
    add(
        "--ring-timeout",
        type=float,
        metavar="SECONDS",
        help="how long B rings, and A's numbers that have no timeout (default: 30)",
    )
    add(
        "--tariff",
        metavar="A[,B][/STEP]",
        help="RUB a minute on side A and B, charged in steps of so many seconds "
        "(default: 1.50,1.50/1)",
    )
    add("--balance", metavar="RUB", help="what a customer has at the start (default: 1000.00)")
    add(
        "--refuse-at-zero",
        action="store_true",
        help="refuse calls of a customer who has nothing left (default: they are made)",
    )
    add(
        "--lengths-as-text",
        action="store_true",
        help='call info gives seconds as text, "30" (default: as numbers, 30)',
    )
    add(
        "--calls-kept",
        type=int,
        metavar="CALLS",
        help="how many finished calls can be asked about (default: 1000)",
    )
    groups.append(parser.add_argument_group("prompts and events"))
    add(
        "--missing-prompts",
        choices=("note", "error"),
        help="a file element that names no uploaded prompt is noted or refused (default: note)",
    )
    add(
        "--max-prompt",
        type=int,
        metavar="BYTES",
        help="refuse larger uploads (default: 10485760)",
    )
    add(
        "--callback-allow",
        action="append",
        metavar="WHERE",
        help="where events may go: private (loopback and private addresses), any, none, a host "
        "name, an address or a network; may be repeated (default: private)",
    )
    add(
        "--event-timeout",
        type=float,
        metavar="SECONDS",
        help="what a receiver of events gets for its whole answer (default: 5)",
    )
    groups.append(parser.add_argument_group("looking on"))
    add(
        "--journal-size",
        type=int,
        metavar="ENTRIES",
        help="how many requests, and how many events, are kept to be looked at (default: 1000)",
    )
    add(
        "--control-token",
        metavar="TOKEN",
        help="what the control API under /_mtt/ asks for (default: nothing on this machine's "
        "own address; else one that is made up and printed)",
    )


def settings_of(options: argparse.Namespace, **more: Any) -> Settings:
    """Return the settings that ``options`` say; ``more`` where they say nothing.

    Raises ``Trouble``.
    """
    from mtt_mock.service.accounts import AccountsError, read_accounts_file  # noqa: PLC0415
    from mtt_mock.service.settings import Settings, SettingsError  # noqa: PLC0415

    known = Settings.__dataclass_fields__
    given = {_NAMES.get(name, name): value for name, value in vars(options).items()}
    values = {name: value for name, value in given.items() if name in known}
    try:
        if "accounts_file" in options:
            values["accounts"] = [
                *values.get("accounts", []),
                *read_accounts_file(options.accounts_file),
            ]
        return Settings.of(**{**more, **values})
    except (AccountsError, SettingsError) as error:
        raise CommandError(str(error)) from None
