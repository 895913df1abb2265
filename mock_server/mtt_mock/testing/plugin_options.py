"""What of the fake can be set on pytest's command line and in its configuration."""

from __future__ import annotations

from typing import Any

import pytest

# Name of a setting of the fake, how its text is read, and what it means.
_SETTINGS: tuple[tuple[str, type, str], ...] = (
    ("accounts", list, "let in only these logins: LOGIN:PASSWORD[:CUSTOMER,...]"),
    ("error_status", int, "HTTP status of the fake's error envelopes (default: 500)"),
    ("max_body", int, "largest request body of the fake, in bytes"),
    ("max_batch", int, "most calls in one batch"),
    ("max_prompt", int, "largest uploaded prompt, in bytes"),
    ("missing_prompts", str, "a file element that names no uploaded prompt: note or error"),
    ("clock", str, "manual (the default in tests), real, or a pace such as 20x"),
    ("subscribers", list, "what numbers do: NUMBER=KIND[:name=seconds,...]"),
    ("faults", list, "what goes wrong on purpose: [METHOD:]NAME[@NTH]..."),
    ("ring_timeout", float, "seconds that B rings, and A's elements without a timeout"),
    ("tariff", str, "RUB a minute: A[,B][/STEP]"),
    ("balance", str, "what a customer has at the start, in RUB"),
    (
        "callback_allow",
        list,
        "where events may go: private, any, none, a host, an address, a network",
    ),
    ("event_timeout", float, "seconds that a receiver of events gets"),
    ("calls_kept", int, "how many finished calls are kept to be asked about"),
    ("journal_size", int, "how many exchanges the fake keeps to be looked at"),
)
_EARLY = "mtt_intercept"
_LISTS = (
    ("mtt_hosts", "--mtt-host", "hosts that mtt_intercept intercepts (default: MTT's)"),
    (
        "mtt_allow",
        "--mtt-allow",
        "public addresses or networks that stay reachable while mtt_intercept is active",
    ),
)


def add_options(parser: pytest.Parser) -> None:
    """Add options and ini settings; the command line comes before the configuration."""
    group = parser.getgroup("mtt", "the fake MTT (mtt-mock)")
    for name, kind, meaning in _SETTINGS:
        if kind is list:
            option = f"--mtt-{name.removesuffix('s').replace('_', '-')}"
            group.addoption(
                option,
                action="append",
                dest=f"mtt_{name}",
                metavar="TEXT",
                help=f"{meaning}; may be repeated",
            )
            parser.addini(f"mtt_{name}", f"{meaning}; one a line", type="linelist", default=[])
        else:
            option = f"--mtt-{name.replace('_', '-')}"
            group.addoption(option, dest=f"mtt_{name}", metavar="VALUE", help=meaning)
            parser.addini(f"mtt_{name}", meaning, default="")
    for name, option, meaning in _LISTS:
        group.addoption(
            option, action="append", dest=name, metavar="HOST", help=f"{meaning}; may be repeated"
        )
        parser.addini(name, f"{meaning}; one a line", type="linelist", default=[])
    meaning = (
        "make libraries trust the fake from the start of the run, as mtt_intercept needs it with "
        "those that read certificates when they are imported"
    )
    group.addoption("--mtt-intercept", action="store_true", dest=_EARLY, help=meaning)
    parser.addini(_EARLY, f"{meaning} (true or false)", type="bool", default=False)


def is_early(config: pytest.Config) -> bool:
    """Return whether libraries are to trust the fake from the start of the run."""
    return bool(config.known_args_namespace.mtt_intercept or config.getini(_EARLY))


def given_list(config: pytest.Config, name: str) -> list[str]:
    """Return the values of ``mtt_hosts`` or ``mtt_allow``."""
    return [*(config.getoption(name) or config.getini(name))]


def given_settings(config: pytest.Config) -> dict[str, Any]:
    """Return the settings of the fake that the command line and the configuration give.

    Raises ``pytest.UsageError``, which names the place.
    """
    return {**_read(config.getini, "ini setting "), **command_line_settings(config)}


def command_line_settings(config: pytest.Config) -> dict[str, Any]:
    """Return the settings of the fake that the command line gives."""
    return _read(config.getoption, "option --")


def check(config: pytest.Config) -> None:
    """Raise ``pytest.UsageError`` for settings that the fake cannot have."""
    values = given_settings(config)
    if not values:
        return
    from mtt_mock.service.accounts import AccountsError  # noqa: PLC0415
    from mtt_mock.service.settings import Settings, SettingsError  # noqa: PLC0415

    try:
        Settings.of(**values)
    except (SettingsError, AccountsError) as error:
        message = f"mtt-mock's settings: {error}"
    else:
        return
    raise pytest.UsageError(message)


def _read(get: Any, place: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, kind, _ in _SETTINGS:
        given = get(f"mtt_{name}")
        if given in (None, "", []):
            continue
        try:
            values[name] = kind(given)
        except ValueError:
            written = f"mtt-{name.replace('_', '-')}" if "--" in place else f"mtt_{name}"
            raise pytest.UsageError(f"{place}{written}: {given!r} is not a number") from None
    return values
