"""What can be set about a fake. Every value is checked when it is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from mtt_mock.accounts import Account, Accounts, parse_account

_STATUSES = range(200, 600)
_WITHOUT_BODY = (204, 205, 304)


class SettingsError(ValueError):
    """A setting is unknown or has a value that it cannot have; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one fake.

    ``accounts``: logins that may call; none (the default): any non-empty credentials. Where
    settings are given by name, strings ``login:password[:customer,…]`` do as well.
    ``error_status``: HTTP status of a single error envelope, 200 to 599 (default 500: assumption).
    ``max_body``: largest request body in bytes (default 1 MiB: assumption).
    ``max_batch``: most calls in one batch (default 100: assumption).
    ``journal_size``: how many exchanges are kept to be looked at.

    Raises ``SettingsError`` or ``AccountsError``.
    """

    accounts: tuple[Account, ...] = ()
    error_status: int = 500
    max_body: int = 1024 * 1024
    max_batch: int = 100
    journal_size: int = 1000

    def __post_init__(self) -> None:
        object.__setattr__(self, "accounts", _accounts(self.accounts))
        _check_int("error_status", self.error_status, 200, _STATUSES[-1])
        if self.error_status in _WITHOUT_BODY:
            raise SettingsError(
                f"error_status must be one that has a body, got {self.error_status}"
            )
        _check_int("max_body", self.max_body, 1)
        _check_int("max_batch", self.max_batch, 1)
        _check_int("journal_size", self.journal_size, 0)

    @classmethod
    def of(cls, **values: Any) -> Settings:
        """Return settings with ``values``; unknown names raise ``SettingsError``."""
        known = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            if name not in known:
                raise SettingsError(f"unknown setting {name!r}; known are {', '.join(known)}")
        return cls(**values)


def _accounts(given: Any) -> tuple[Account, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SettingsError(f"accounts must be a list of accounts, got {type(given).__name__}")
    accounts = [parse_account(item) if isinstance(item, str) else item for item in given]
    if not all(isinstance(item, Account) for item in accounts):
        raise SettingsError("accounts must hold Account objects or login:password strings")
    Accounts(accounts)  # refuses a login that is given twice
    return tuple(accounts)


def _check_int(name: str, value: Any, least: int, most: int | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{name} must be an integer, got {value!r}")
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"from {least} to {most}"
        raise SettingsError(f"{name} must be {bounds}, got {value}")
