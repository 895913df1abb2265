"""The settings of a fake: their declarations, defaults and checks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Unpack

from mtt_mock.domain.billing import DEFAULT_TARIFF, Tariff, parse_money, parse_tariff
from mtt_mock.domain.clock import parse_speed, speed_text
from mtt_mock.domain.errors import MttMockError
from mtt_mock.domain.faults import Fault
from mtt_mock.domain.hosts import host_names
from mtt_mock.domain.http_status import STATUSES_WITHOUT_BODY
from mtt_mock.domain.prompts import CHARACTERS_PER_SECOND
from mtt_mock.domain.subscribers import EMPTY_REGISTRY, SubscriberRegistry, parse_subscriber
from mtt_mock.service.accounts import Account, Accounts, AccountsError, parse_account
from mtt_mock.service.setting import NOT_GIVEN, setting, settings_metadata

if TYPE_CHECKING:
    from mtt_mock.service.keywords import SettingKeywords
    from mtt_mock.service.profile import Profile
    from mtt_mock.service.stubs import Stub

_ACCESS = "authentication and limits"
_CALLS = "calls"
_CALLBACKS = "prompts and callbacks"
_CONTROL = "journal and control API"
# Clients encode other characters in different ways, and HTTP drops spaces at the ends.
_TOKEN = re.compile(r"[!-~](?:[ -~]*[!-~])?")

_MAX_RING_SECONDS = 24 * 3600
_MAX_CALLBACK_SECONDS = 60


class SettingsError(MttMockError, ValueError):
    """A setting is unknown or its value is invalid; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of one fake. All are keyword-only and checked at once.

    A setting that is a short name of a fact, such as ``error_status``, has by default the value of
    ``profile``.

    Raises:
        SettingsError: A setting is unknown or its value is not allowed.
        AccountsError: An account cannot be read.
    """

    accounts: tuple[Account, ...] = setting(
        (),
        group=_ACCESS,
        repeatable=True,
        metavar="LOGIN:PASSWORD[:CUSTOMER,…]",
        default_text="any login and password, any customer",
        help="accept only these logins, each for the listed customers or for any customer",
    )
    error_status: int = setting(
        500,
        group=_ACCESS,
        fact="transport.status.error",
        metavar="STATUS",
        minimum=200,
        maximum=599,
        help="HTTP status of error envelopes. 500 is an assumption: one public client of MTT needs "
        "it; MTT's JSON-RPC library by itself sends 200",
    )
    max_body: int = setting(
        1024 * 1024,
        group=_ACCESS,
        fact="transport.body_limit",
        metavar="BYTES",
        minimum=1,
        help="maximum size of a request body; larger ones are refused (assumption)",
        at_limit="the request is refused with -32600 and HTTP 413",
    )
    max_batch: int = setting(
        100,
        group=_ACCESS,
        fact="rpc.batch.limit",
        metavar="CALLS",
        minimum=1,
        help="maximum number of calls in a batch; larger ones are refused (assumption)",
        at_limit="the batch is refused with -32600",
    )
    max_prompt: int = setting(
        10 * 1024 * 1024,
        group=_CALLBACKS,
        fact="prompt.limit",
        metavar="BYTES",
        minimum=1,
        help="maximum size of an uploaded prompt; larger ones are refused (assumption)",
        at_limit="the upload is refused with 413",
    )
    max_prompts: int = setting(
        100 * 1024 * 1024,
        group=_CALLBACKS,
        metavar="BYTES",
        minimum=1,
        help="maximum size of all prompts of a customer",
        at_limit="an upload is refused with 413",
    )
    missing_prompts: str = setting(
        "note",
        group=_CALLBACKS,
        fact="prompt.missing",
        metavar="ACTION",
        choices=("note", "error"),
        help="for a file element that names no uploaded prompt: add a note or refuse the request",
    )
    text_speed: float = setting(
        CHARACTERS_PER_SECOND,
        group=_CALLBACKS,
        fact="ring.prompts.length",
        metavar="CHARACTERS",
        minimum=1,
        maximum=1000,
        help="characters of a text prompt that are spoken in a second (assumption)",
    )
    speak: bool = setting(
        False,
        group=_CALLBACKS,
        help="speak text prompts with espeak-ng: they last as long as they really do, and sound in "
        "recordings",
    )
    clock: str = setting(
        "real",
        group=_CALLS,
        metavar="CLOCK",
        default_in_tests="manual",
        help="real, a speed such as 20x, or manual: time stands still until a test or the control "
        "API advances it",
    )
    subscribers: SubscriberRegistry = setting(
        EMPTY_REGISTRY,
        group=_CALLS,
        repeatable=True,
        metavar="NUMBER=KIND[:name=seconds,…]",
        default_text="every number answers",
        help="behaviour of a number (* and ? are wildcards): answers, busy, rejects, unavailable "
        "or never_answers, such as 7900*=answers:after=5,talks_for=20",
    )
    faults: tuple[Fault, ...] = setting(
        (),
        group=_CALLS,
        repeatable=True,
        metavar="[METHOD:]NAME[@NTH]…",
        default_text="none",
        help="inject a fault, such as setCallBackFollowme:reset-after@2 (see "
        "docs/reference/faults.md)",
    )
    profile: Profile = setting(
        None,
        group=_CALLS,
        metavar="FILE",
        default_text="the defaults of the contract",
        help="take facts from a TOML profile; given options override it",
    )
    stubs: str | tuple[Stub, ...] = setting(
        (),
        group=_CALLS,
        metavar="FILE",
        default_text="none",
        help="answer calls with the stubs of a TOML file; in Python also a list of stubs",
    )
    ring_timeout: float = setting(
        30.0,
        group=_CALLS,
        fact="ring.timeout.default",
        metavar="SECONDS",
        minimum=0,
        maximum=_MAX_RING_SECONDS,
        help="how long B rings, and A's elements that have no timeout (assumption)",
    )
    tariff: Tariff = setting(
        DEFAULT_TARIFF,
        group=_CALLS,
        fact="info.cost",
        metavar="A[,B][/STEP]",
        default_text="1.50,1.50/1",
        help="price in RUB a minute on side A and B, and the billing step in seconds",
    )
    balance: Decimal = setting(
        Decimal("1000.00"),
        group=_CALLS,
        metavar="RUB",
        help="balance of a customer at the start",
    )
    refuse_at_zero: bool = setting(
        False,
        group=_CALLS,
        help="refuse calls of a customer whose balance is used up",
    )
    lengths_as_text: bool = setting(
        False,
        group=_CALLS,
        fact="info.seconds.type",
        help='call info gives seconds as text, "30", instead of numbers',
    )
    callback_allow: tuple[str, ...] = setting(
        ("private",),
        group=_CALLBACKS,
        fact="event.where",
        repeatable=True,
        metavar="WHERE",
        default_text="private",
        help="where callbacks may go: private (loopback and private addresses), any, none, a host "
        "name, an address or a network",
    )
    event_timeout: float = setting(
        5.0,
        group=_CALLBACKS,
        fact="event.bounds",
        metavar="SECONDS",
        minimum=0,
        maximum=_MAX_CALLBACK_SECONDS,
        help="how long a callback's receiver may take for its whole answer",
        at_limit="the delivery fails; the call's next event is sent",
    )
    max_running_calls: int = setting(
        10_000,
        group=_CALLS,
        metavar="CALLS",
        minimum=1,
        help="maximum number of calls that run at once",
        at_limit="a call is refused with -32603 and HTTP 503",
    )
    max_customers: int = setting(
        10_000,
        group=_ACCESS,
        metavar="CUSTOMERS",
        minimum=1,
        help="maximum number of customers with a preset, prompts or a balance",
        at_limit="a set, an upload or a call of a new customer is refused with HTTP 503",
    )
    calls_kept: int = setting(
        1000,
        group=_CALLS,
        fact="info.kept",
        metavar="CALLS",
        minimum=0,
        help="maximum number of finished calls with stored info",
        at_limit="the info of the call that ended first is deleted",
    )
    journal_size: int = setting(
        1000,
        group=_CONTROL,
        metavar="ENTRIES",
        minimum=0,
        help="maximum number of journal entries, of each kind",
        at_limit="the oldest entry is deleted",
    )
    control_hosts: tuple[str, ...] = setting(
        (),
        group=_CONTROL,
        repeatable=True,
        metavar="NAME",
        default_text="names and addresses of this machine",
        help="further host names to which the control API and the console answer, such as a "
        "container's",
    )
    control_token: str | None = setting(
        None,
        group=_CONTROL,
        metavar="TOKEN",
        default_text="none on a loopback address; else a random one that is printed",
        help="bearer token that the control API under /_mtt/ requires",
    )

    if TYPE_CHECKING:  # the fields have the types of the parsed values

        def __init__(self, **values: Unpack[SettingKeywords]) -> None: ...

    def __post_init__(self) -> None:
        defaults = _defaults(self)
        for name, value in defaults.items():
            object.__setattr__(self, name, value)
        for declared in SETTINGS:
            place = f"profile: {declared.fact}" if declared.name in defaults else declared.name
            with _as_settings_error(place if declared.fact else declared.name):
                declared.check(getattr(self, declared.name))
                parse = _PARSERS.get(declared.name)
                if parse is not None:
                    object.__setattr__(self, declared.name, parse(getattr(self, declared.name)))

    @classmethod
    def of(cls, **values: Unpack[SettingKeywords]) -> Settings:
        """Return settings with some values set.

        Args:
            **values: Settings by name; the others keep their defaults.

        Returns:
            The checked settings.

        Raises:
            SettingsError: A setting is unknown or its value is not allowed.
        """
        known = [declared.name for declared in SETTINGS]
        for name in values:
            if name not in known:
                raise SettingsError(f"unknown setting {name!r}; known are {', '.join(known)}")
        return cls(**values)


SETTINGS = settings_metadata(Settings)


@contextlib.contextmanager
def _as_settings_error(name: str) -> Iterator[None]:
    """Turn the errors of a check or parser into ``SettingsError`` with the setting's name."""
    try:
        yield
    except (SettingsError, AccountsError):
        raise
    except (ValueError, TypeError) as error:
        message = str(error)
        raise SettingsError(
            message if message.startswith(name) else f"{name}: {message}"
        ) from error


def _defaults(settings: Settings) -> dict[str, Any]:
    """Return the profile, and the values of the settings that were not given, from it."""
    names = {declared.name: declared for declared in SETTINGS if declared.fact}
    missing = [name for name in names if getattr(settings, name) is NOT_GIVEN]
    given: Any = settings.profile
    if given is None:
        return {name: names[name].default for name in missing}
    with _as_settings_error("profile"):
        profile = _parse_profile(given)
    values = _profiled(profile)
    return {"profile": profile} | {name: values[name] for name in missing}


def _profiled(profile: Profile) -> dict[str, Any]:
    """Return the settings that are short names of facts, as ``profile`` has them."""
    prices = profile["info.cost"]
    return {
        "error_status": profile["transport.status.error"],
        "max_body": profile["transport.body_limit"]["bytes"],
        "max_batch": profile["rpc.batch.limit"],
        "max_prompt": profile["prompt.limit"]["bytes"],
        "missing_prompts": profile["prompt.missing"]["action"],
        "text_speed": float(profile["ring.prompts.length"]["characters_per_second"]),
        "ring_timeout": float(profile["ring.timeout.default"]),
        "tariff": Tariff(
            Decimal(prices["A"]), Decimal(prices["B"]), profile["info.length.charged"]
        ),
        "lengths_as_text": profile["info.seconds.type"] == "text",
        "callback_allow": tuple(profile["event.where"]),
        "event_timeout": float(profile["event.bounds"]),
        "calls_kept": profile["info.kept"],
    }


def _parse_error_status(value: int) -> int:
    if value in STATUSES_WITHOUT_BODY:
        raise SettingsError(f"error_status must be one that has a body, got {value}")
    return value


def _texts(name: str, values: Iterable[Any], *others: type) -> tuple[Any, ...]:
    """Return ``values``. Raises ``SettingsError`` unless each is a text or one of ``others``."""
    items = tuple(values)
    for item in items:
        if not isinstance(item, (str, *others)):
            raise SettingsError(f"{name} must be a list of texts, got {item!r} in it")
    return items


def _parse_accounts(value: Any) -> tuple[Account, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SettingsError(f"accounts must be a list of accounts, got {type(value).__name__}")
    accounts = [parse_account(item) if isinstance(item, str) else item for item in value]
    if not all(isinstance(item, Account) for item in accounts):
        raise SettingsError("accounts must hold Account objects or login:password strings")
    Accounts(accounts)  # refuses a login that is given twice
    return tuple(accounts)


def _parse_subscribers(value: Any) -> SubscriberRegistry:
    if isinstance(value, SubscriberRegistry):
        return value
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SettingsError(
            "subscribers must be a dict from numbers to subscribers, or a list of texts such as "
            f'"79000000001=busy", got {value!r}'
        )
    if isinstance(value, Mapping):
        return EMPTY_REGISTRY.with_numbers(value.items())
    return EMPTY_REGISTRY.with_numbers(map(parse_subscriber, _texts("subscribers", value)))


def _parse_faults(value: Any) -> tuple[Fault, ...]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise SettingsError(f"faults must be a list of texts, got {value!r}")
    items = _texts("faults", value, Fault)
    if not items:
        return ()
    # Late: it loads the contract, which the command line's options do not need.
    from mtt_mock.service.fault_registry import load_fault  # noqa: PLC0415

    return tuple(load_fault(item) for item in items)


def _parse_profile(value: Any) -> Profile:
    # Late: it loads the contract, which the command line's options do not need.
    from mtt_mock.service.profile import Profile, read_profile  # noqa: PLC0415

    if value is None or isinstance(value, Profile):
        return value or Profile()
    if not isinstance(value, str | os.PathLike):
        raise SettingsError(f"profile must be a file or a Profile, got {value!r}")
    return read_profile(_check_file_name(os.fspath(value), "profile"))


def _check_file_name(name: str, setting_name: str) -> str:
    """Return ``name``; refuse an empty one, which comes from a variable that is not set."""
    if not name:
        raise SettingsError(f"{setting_name}: the name of the file is empty")
    return name


def _parse_stubs(value: Any) -> str | tuple[Stub, ...]:
    value = os.fspath(value) if isinstance(value, os.PathLike) else value
    if isinstance(value, Mapping) or not isinstance(value, str | Iterable):
        raise SettingsError(f"stubs must be a file or a list of stubs, got {value!r}")
    if value == ():
        return ()
    # Late: it loads the contract, which the command line's options do not need.
    from mtt_mock.service.stubs import Stub, read_stubs  # noqa: PLC0415

    if isinstance(value, str):
        read_stubs(_check_file_name(value, "stubs"))  # refuses a file that cannot be used
        return value
    return tuple(item if isinstance(item, Stub) else Stub.from_dict(item) for item in value)


def _parse_speak(value: Any) -> bool:
    if value and shutil.which("espeak-ng") is None:
        raise SettingsError("speak needs the program espeak-ng: apt install espeak-ng")
    return bool(value)


def _parse_tariff(value: Any) -> Tariff:
    if isinstance(value, Tariff):
        return value
    if not isinstance(value, str):
        raise SettingsError(f'tariff must be a text such as "1.50,2.00/60", got {value!r}')
    return parse_tariff(value)


def _parse_callback_allow(value: Any) -> tuple[str, ...]:
    # Late: it loads the callback sender, which the command line's options do not need.
    from mtt_mock.service.callbacks import CallbackAllowlist  # noqa: PLC0415

    if not isinstance(value, Iterable):
        raise SettingsError(f"callback_allow must be a list of texts, got {value!r}")
    places = (value,) if isinstance(value, str) else _texts("callback_allow", value)
    if places != ("private",):
        CallbackAllowlist.parse(places)
    return places


def _parse_control_hosts(value: Any) -> tuple[str, ...]:
    return host_names(value) if value else ()  # ``host_names`` refuses an empty list


def _parse_control_token(value: Any) -> str | None:
    if value is not None and not (isinstance(value, str) and _TOKEN.fullmatch(value)):
        raise SettingsError("control_token must be printable ASCII without spaces at its ends")
    return value


_PARSERS: dict[str, Callable[[Any], Any]] = {
    "accounts": _parse_accounts,
    "balance": parse_money,
    "callback_allow": _parse_callback_allow,
    "clock": lambda value: speed_text(parse_speed(value)),
    "control_hosts": _parse_control_hosts,
    "control_token": _parse_control_token,
    "error_status": _parse_error_status,
    "faults": _parse_faults,
    "profile": _parse_profile,
    "stubs": _parse_stubs,
    "speak": _parse_speak,
    "subscribers": _parse_subscribers,
    "tariff": _parse_tariff,
}
