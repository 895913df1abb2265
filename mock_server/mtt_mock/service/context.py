"""What MTT's methods work on: state, settings, and the scheduler that lets calls happen."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from mtt_mock.domain.call_planning import PlanContext
from mtt_mock.domain.calls import Call, Leg
from mtt_mock.domain.clock import parse_speed
from mtt_mock.domain.faults import TriggeredFault
from mtt_mock.domain.followme import Element, Side
from mtt_mock.domain.prompts import file_length, find, text_length
from mtt_mock.domain.store import ClaimedStep
from mtt_mock.domain.subscribers import Subscriber, default_behaviour
from mtt_mock.service.accounts import Account
from mtt_mock.service.callbacks import CallbackAllowlist, CallbackEvent, EventSender
from mtt_mock.service.fault_registry import match_fault
from mtt_mock.service.journal import Journal
from mtt_mock.service.media.signed_urls import UrlSigner
from mtt_mock.service.scheduler.scheduler import CallScheduler
from mtt_mock.service.settings import Settings
from mtt_mock.service.state import State


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent a request, and by which ``origin`` (scheme, host, port) it reached the fake."""

    account: Account
    origin: str


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call's leg or legs cost: seconds as charged, RUB."""

    seconds: dict[Side, int]
    cost: Decimal


class Service:
    """The state behind the methods, and what follows from it and the settings."""

    def __init__(self, settings: Settings, state: State, journal: Journal) -> None:
        self.store = state.store
        self._apply(settings)
        self.signer = UrlSigner(state.secret)
        self.clock = state.clock
        self.clock.initialise(parse_speed(settings.clock))
        sender = EventSender(
            lambda: self._targets,
            lambda: self.settings.event_timeout,
            self._match_event_fault,
            blocking=state.waits,
        )
        self.scheduler = CallScheduler(
            state.store,
            state.clock,
            state.lease,
            sender,
            settle=self._settle,
            report=journal.add,
            grace=lambda: self.settings.event_timeout,
        )

    def reset(self, settings: Settings) -> None:
        """Forget all state, start the clock anew, and go on under ``settings``."""
        self._apply(settings)
        self.scheduler.reset(parse_speed(settings.clock))

    def _match_event_fault(self, callback: CallbackEvent) -> TriggeredFault | None:
        if not self.store.faults().active:
            return None
        return match_fault(self.store, [(callback.event, callback.customer)], event=True)

    def subscriber(self, number: str) -> Subscriber:
        """Return what ``number`` does: as set since the start, by the settings, or unset."""
        return (
            self.store.subscriber(number)
            or self.settings.subscribers.find(number)
            or default_behaviour(number)
        )

    def balance(self, customer_name: str) -> Decimal:
        """Return the customer's balance in RUB."""
        balance = self.store.balance(customer_name)
        return self.settings.balance if balance is None else balance

    def plan_context(self, customer_name: str) -> PlanContext:
        """Return what a call of the customer meets."""
        prompts = self.store.prompt_metadata(customer_name)

        def prompt_length(element: Element) -> int:
            value = element.fields["value"]
            if element.kind == "text":
                return text_length(value)
            return file_length(find(prompts, value))

        return PlanContext(self.subscriber, prompt_length, round(self.settings.ring_timeout * 1000))

    def charge(self, call: Call) -> Charge:
        """Return what ``call`` costs; every leg that was answered is charged (assumption)."""
        tariff = self.settings.tariff
        sides: tuple[Side, Side] = ("A", "B")
        seconds = {side: tariff.charged(seconds_of(call.plan.leg(side))) for side in sides}
        return Charge(seconds, tariff.cost(seconds["A"], seconds["B"]))

    def _settle(self, due: ClaimedStep) -> None:
        cost, start = self.charge(due.call).cost, self.settings.balance

        def charge(now: Decimal | None) -> Decimal | None:
            return ((start if now is None else now) - cost) if cost else now

        self.store.settle(due, charge, self.settings.calls_kept)

    def _apply(self, settings: Settings) -> None:
        self.settings = settings
        self._targets = CallbackAllowlist.parse(settings.callback_allow)


def seconds_of(leg: Leg) -> int:
    """Return the length of a leg in whole seconds, a begun one counted (assumption)."""
    return -(-leg.length // 1000)
