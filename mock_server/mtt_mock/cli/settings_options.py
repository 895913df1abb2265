"""Adds the options of a fake's settings from their declarations in ``Settings``."""

from __future__ import annotations

import argparse
import os
from typing import Any

from mtt_mock.cli.argument_types import file_name
from mtt_mock.cli.control_client import TOKEN
from mtt_mock.service.accounts import read_accounts_file
from mtt_mock.service.settings import SETTINGS, Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Add an option for each setting; one that is not given sets no attribute."""
    groups: dict[str, argparse._ArgumentGroup] = {}
    for declared in SETTINGS:
        group = groups.get(declared.group)
        if group is None:
            group = groups[declared.group] = parser.add_argument_group(declared.group)
        repeated = "; may be repeated" if declared.repeatable else ""
        keywords: dict[str, Any] = {
            "dest": declared.name,
            "default": argparse.SUPPRESS,
            "help": f"{declared.help}{repeated} (default: {declared.default_text})",
        }
        if declared.type is bool:
            keywords["action"] = "store_true"
        else:
            keywords["metavar"] = declared.metavar
            keywords["type"] = file_name if declared.metavar == "FILE" else declared.type
            keywords["choices"] = declared.choices or None
            keywords["action"] = "append" if declared.repeatable else "store"
        group.add_argument(f"--{declared.option}", **keywords)
        if declared.name == "accounts":
            group.add_argument(
                "--accounts-file",
                type=file_name,
                default=argparse.SUPPRESS,
                metavar="FILE",
                help="TOML file with [[account]] tables: login, password, customers (a list)",
            )


def settings_of(options: argparse.Namespace, **defaults: Any) -> Settings:
    """Return the settings that ``options`` give, and ``defaults`` for those not given.

    The default control token is the value of the variable ``TOKEN``.

    Raises ``SettingsError`` or ``AccountsError``.
    """
    names = {declared.name for declared in SETTINGS}
    values = {name: value for name, value in vars(options).items() if name in names}
    if "accounts_file" in options:
        accounts = read_accounts_file(options.accounts_file)
        values["accounts"] = [*values.get("accounts", []), *accounts]
    token = os.environ.get(TOKEN)
    if token:
        defaults = {**defaults, "control_token": token}
    return Settings.of(**{**defaults, **values})
