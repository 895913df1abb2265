"""The types of settings and stub fields given by name, for type checkers and editors.

The program does not import this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from os import PathLike
from typing import Any, Literal, TypedDict

from mtt_mock.domain.billing import Tariff
from mtt_mock.domain.faults import Fault
from mtt_mock.domain.subscribers import Subscriber, SubscriberRegistry
from mtt_mock.service.accounts import Account
from mtt_mock.service.profile import Profile
from mtt_mock.service.stubs.stub import Respond, Stub


class SettingKeywords(TypedDict, total=False):
    """The values that each setting takes; ``Settings`` describes them."""

    accounts: Iterable[Account | str]
    error_status: int
    max_body: int
    max_batch: int
    max_prompt: int
    max_prompts: int
    missing_prompts: Literal["note", "error"]
    text_speed: float
    speak: bool
    clock: str
    subscribers: SubscriberRegistry | Mapping[str, Subscriber] | Iterable[str]
    faults: Iterable[Fault | str]
    profile: Profile | str | PathLike[str]
    stubs: str | PathLike[str] | Iterable[Stub | Mapping[str, Any]]
    ring_timeout: float
    tariff: Tariff | str
    balance: Decimal | float | str
    refuse_at_zero: bool
    lengths_as_text: bool
    callback_allow: str | Iterable[str]
    event_timeout: float
    max_running_calls: int
    max_customers: int
    calls_kept: int
    journal_size: int
    control_hosts: list[str] | tuple[str, ...]
    control_token: str | None


class StubKeywords(TypedDict, total=False):
    """The values that each field of a stub takes; ``Stub`` describes them."""

    customer: str | None
    params: Mapping[str, Any] | None
    nth: int | None
    times: int | None
    probability: float
    seed: int
    after: int
    result: Any
    error: tuple[int, str] | tuple[int, str, str | None] | list[Any]
    http: tuple[int] | tuple[int, Any] | tuple[int, Any, str] | list[Any]
    respond: Respond
    delay: float
    then: Literal["skip", "apply"]
