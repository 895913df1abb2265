"""Adds pytest's options and ini settings from the declarations in ``Settings``."""

from __future__ import annotations

from typing import Any

import pytest

from mtt_mock.domain.errors import MttMockError
from mtt_mock.service.settings import SETTINGS, Settings

_INTERCEPT = "mtt_intercept"
UNUSED_STUBS = "mtt_unused_stubs"
_LISTS = (
    ("mtt_hosts", "--mtt-host", "hosts that mtt_intercept intercepts (default: MTT's)"),
    (
        "mtt_allow",
        "--mtt-allow",
        "public addresses or networks that stay reachable while mtt_intercept is active",
    ),
)


def add_options(parser: pytest.Parser) -> None:
    """Add options and ini settings; the command line has precedence over the configuration."""
    group = parser.getgroup("mtt", "the fake MTT (mtt-mock)")
    for declared in SETTINGS:
        default = declared.default_in_tests or declared.default_text
        meaning = f"{declared.help} (default: {default})"
        keywords: dict[str, Any] = {"dest": f"mtt_{declared.name}", "help": meaning}
        ini_type: Any = None
        if declared.type is bool:
            keywords |= {"action": "store_true", "default": None}
            ini_type = "bool"
        elif declared.repeatable:
            keywords |= {"action": "append", "metavar": declared.metavar}
            keywords["help"] += "; may be repeated"
            ini_type = "linelist"
            meaning += "; one per line"
        else:
            keywords["metavar"] = declared.metavar
        group.addoption(f"--mtt-{declared.option}", **keywords)
        parser.addini(f"mtt_{declared.name}", meaning, type=ini_type, default=None)
    for name, option, meaning in _LISTS:
        group.addoption(
            option, action="append", dest=name, metavar="HOST", help=f"{meaning}; may be repeated"
        )
        parser.addini(name, f"{meaning}; one per line", type="linelist", default=[])
    meaning = "report stubs that answered no call in a test as a note (default) or an error"
    parser.addini(UNUSED_STUBS, meaning, default="note")
    meaning = (
        "intercept MTT's host in every test, from before the first import: connections reach "
        "mtt_server; those that could reach the real MTT are refused"
    )
    group.addoption("--mtt-intercept", action="store_true", dest=_INTERCEPT, help=meaning)
    parser.addini(_INTERCEPT, f"{meaning} (true or false)", type="bool", default=False)


def is_intercepted(config: pytest.Config) -> bool:
    """Return whether the whole run is intercepted; callable before conftest files are loaded."""
    return bool(config.known_args_namespace.mtt_intercept or config.getini(_INTERCEPT))


def configured_list(config: pytest.Config, name: str) -> list[str]:
    """Return ``mtt_hosts`` or ``mtt_allow``; callable before conftest files are loaded."""
    return [*(getattr(config.known_args_namespace, name) or config.getini(name))]


def given_settings(config: pytest.Config) -> dict[str, Any]:
    """Return the fake's settings from the command line and the configuration, by name.

    Raises ``pytest.UsageError`` with the place of an invalid value.
    """
    return {**_read(config.getini, "ini setting ", (None, "", [])), **command_line_settings(config)}


def command_line_settings(config: pytest.Config) -> dict[str, Any]:
    """Return the settings of the fake that the command line gives."""
    # The setting refuses an empty value, which comes from a variable that is not set.
    return _read(config.getoption, "option --", (None, []))


def check(config: pytest.Config) -> None:
    """Raise ``pytest.UsageError`` for settings that the fake cannot have."""
    if config.getini(UNUSED_STUBS) not in ("note", "error"):
        raise pytest.UsageError(f"ini setting {UNUSED_STUBS} must be note or error")
    values = given_settings(config)
    if not values:
        return
    try:
        Settings.of(**values)
    except MttMockError as error:
        raise pytest.UsageError(f"mtt-mock's settings: {error}") from None


def _read(get: Any, source: str, missing: tuple[Any, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for declared in SETTINGS:
        value = get(f"mtt_{declared.name}")
        if value in missing:
            continue
        convert = list if declared.repeatable else declared.type
        try:
            values[declared.name] = convert(value)
        except ValueError:
            key = f"mtt-{declared.option}" if "--" in source else f"mtt_{declared.name}"
            raise pytest.UsageError(f"{source}{key}: {value!r} is not a number") from None
    return values
