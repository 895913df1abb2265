"""What can be set about a fake. Every value is checked when it is given."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from mtt_mock.domain.billing import DEFAULT_TARIFF, Tariff, parse_money, parse_tariff
from mtt_mock.domain.clock import parse_speed, speed_text
from mtt_mock.domain.faults import Fault
from mtt_mock.domain.subscribers import EMPTY_REGISTRY, SubscriberRegistry, parse_subscriber
from mtt_mock.service.accounts import Account, Accounts, AccountsError, parse_account
from mtt_mock.service.fault_registry import read_fault

_STATUSES = range(200, 600)
_LEAST = {
    "max_body": 1,
    "max_batch": 1,
    "max_prompt": 1,
    "calls_kept": 0,
    "journal_size": 0,
}
_MISSING_PROMPTS = ("note", "error")
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
    ``max_prompt``: largest uploaded prompt in bytes (default 10 MiB: assumption).
    ``missing_prompts``: a ``file`` element that names no uploaded prompt is a note (``"note"``) or
    an error (``"error"``).
    ``clock``: ``"real"``, a pace such as ``"20x"``, or ``"manual"``.
    ``subscribers``: what numbers do, a dict from number or pattern to ``Busy()`` and the like, or
    strings ``NUMBER=busy``.
    ``faults``: what goes wrong on purpose, strings such as ``setCallBackFollowme:reset-after@2``.
    ``ring_timeout``: seconds that B rings, and A's elements without a timeout (assumption: 30).
    ``tariff``: RUB a minute, ``"A"``, ``"A,B"`` or ``"A,B/STEP"`` with a step in seconds.
    ``balance``: what a customer has at the start, in RUB.
    ``refuse_at_zero``: whether a call is refused when nothing is left.
    ``lengths_as_text``: whether call info gives seconds as strings of digits (default: numbers).
    ``callback_allow``: where events may go: ``"private"`` (loopback and private addresses),
    ``"any"``, ``"none"``, host names, addresses and networks.
    ``event_timeout``: seconds that a receiver gets for the whole of an answer.
    ``calls_kept``: how many finished calls are kept to be asked about.
    ``journal_size``: how many exchanges, and how many events, are kept to be looked at.
    ``control_token``: what the control API under /_mtt/ asks for; ``None``: nothing.

    Raises ``SettingsError`` or ``AccountsError``.
    """

    accounts: tuple[Account, ...] = ()
    error_status: int = 500
    max_body: int = 1024 * 1024
    max_batch: int = 100
    max_prompt: int = 10 * 1024 * 1024
    missing_prompts: str = "note"
    clock: str = "real"
    subscribers: SubscriberRegistry = EMPTY_REGISTRY
    faults: tuple[Fault, ...] = ()
    ring_timeout: float = 30.0
    tariff: Tariff = DEFAULT_TARIFF
    balance: Decimal = Decimal("1000.00")
    refuse_at_zero: bool = False
    lengths_as_text: bool = False
    callback_allow: tuple[str, ...] = ("private",)
    event_timeout: float = 5.0
    calls_kept: int = 1000
    journal_size: int = 1000
    control_token: str | None = None

    def __post_init__(self) -> None:
        _check_int("error_status", self.error_status, 200, _STATUSES[-1])
        if self.error_status in _WITHOUT_BODY:
            raise SettingsError(
                f"error_status must be one that has a body, got {self.error_status}"
            )
        for name, least in _LEAST.items():
            _check_int(name, getattr(self, name), least)
        for name in ("refuse_at_zero", "lengths_as_text"):
            if not isinstance(getattr(self, name), bool):
                raise SettingsError(f"{name} must be true or false, got {getattr(self, name)!r}")
        if self.missing_prompts not in _MISSING_PROMPTS:
            raise SettingsError(
                f'missing_prompts must be "note" or "error", got {self.missing_prompts!r}'
            )
        _check_seconds("ring_timeout", self.ring_timeout, 24 * 3600)
        _check_seconds("event_timeout", self.event_timeout, 60)
        if self.control_token is not None and not (
            isinstance(self.control_token, str) and self.control_token
        ):
            raise SettingsError("control_token must be a text that is not empty")
        readers: dict[str, Callable[[Any], Any]] = {
            "accounts": _accounts,
            "clock": lambda value: speed_text(parse_speed(value)),
            "subscribers": _directory,
            "faults": _faults,
            "tariff": lambda value: value if isinstance(value, Tariff) else parse_tariff(value),
            "balance": parse_money,
            "callback_allow": _targets,
        }
        for name, read in readers.items():
            try:
                object.__setattr__(self, name, read(getattr(self, name)))
            except (SettingsError, AccountsError):
                raise
            except (ValueError, TypeError) as error:
                message = str(error)
                raise SettingsError(
                    message if message.startswith(name) else f"{name}: {message}"
                ) from None

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


def _directory(given: Any) -> SubscriberRegistry:
    if isinstance(given, SubscriberRegistry):
        return given
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SettingsError(
            "subscribers must be a dict from numbers to what they do, or a list of texts such as "
            f'"79000000001=busy", got {given!r}'
        )
    pairs = given.items() if isinstance(given, Mapping) else map(parse_subscriber, given)
    subscriber_registry = EMPTY_REGISTRY
    for number, subscriber in pairs:
        subscriber_registry = subscriber_registry.with_number(number, subscriber)
    return subscriber_registry


def _faults(given: Any) -> tuple[Fault, ...]:
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise SettingsError(f"faults must be a list of texts, got {given!r}")
    return tuple(read_fault(fault) for fault in given)


def _targets(given: Any) -> tuple[str, ...]:
    from mtt_mock.service.callbacks import CallbackAllowlist  # noqa: PLC0415

    words = (given,) if isinstance(given, str) else tuple(given)
    CallbackAllowlist.parse(words)
    return words


def _check_seconds(name: str, value: Any, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingsError(f"{name} must be a number of seconds, got {value!r}")
    if not 0 < value <= most:
        raise SettingsError(f"{name} must be more than 0 and at most {most} seconds, got {value}")


def _check_int(name: str, value: Any, least: int, most: int | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{name} must be an integer, got {value!r}")
    if value < least or (most is not None and value > most):
        bounds = f"at least {least}" if most is None else f"from {least} to {most}"
        raise SettingsError(f"{name} must be {bounds}, got {value}")
