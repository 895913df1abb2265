"""The context of MTT's methods: state, settings and call scheduler."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from mtt_contracts import Problem
from mtt_mock.domain.calls import Call, Leg
from mtt_mock.domain.clock import parse_speed
from mtt_mock.domain.faults import TriggeredFault
from mtt_mock.domain.followme import Element, Followme, Side
from mtt_mock.domain.prompts import AnyPrompt, file_length, find_prompt, text_length
from mtt_mock.domain.store import ClaimedStep
from mtt_mock.domain.subscribers import Subscriber, default_behaviour
from mtt_mock.service.accounts import Account
from mtt_mock.service.call_ids import wire_call_id
from mtt_mock.service.callbacks import (
    CallbackAllowlist,
    CallbackEvent,
    Delivery,
    EventRules,
    EventSender,
    event_url,
)
from mtt_mock.service.fault_registry import match_fault
from mtt_mock.service.journal import Journal
from mtt_mock.service.limits import HeadLimit, Limits
from mtt_mock.service.media.signed_urls import UrlSigner
from mtt_mock.service.media.speech import Speech
from mtt_mock.service.params_validation import Validator, params_validator
from mtt_mock.service.profile import Profile
from mtt_mock.service.profile_rules import FollowmeRules, HttpRules
from mtt_mock.service.scheduler.scheduler import CallScheduler
from mtt_mock.service.settings import Settings
from mtt_mock.service.state import State
from mtt_mock.service.stubs import (
    ActiveStub,
    SharedStubRegistry,
    Stub,
    StubRegistry,
    load_stubs,
)

if TYPE_CHECKING:
    from mtt_mock.domain.call_planning import CallRules, PlanContext

RACE_SECONDS = 0.02  # from the check of a set to its storage, where sets race


class Caller(Struct):
    """The account of a request, and the ``origin`` (scheme, host, port) it was sent to.

    ``has_shared_stubs`` says whether the database holds stubs.
    """

    account: Account
    origin: str
    has_shared_stubs: bool = False
    stubs: list[Stub] = field(default_factory=list)
    """The stubs that answered calls of the request."""


class Charge(Struct, frozen=True):
    """The charge for a call: seconds by side, cost in RUB."""

    seconds: dict[Side, int]
    cost: Decimal


class ServiceContext:
    """State, settings and scheduler of one fake, and the values derived from them."""

    def __init__(self, settings: Settings, state: State, journal: Journal) -> None:
        self.store = state.store
        self._apply(settings)
        self.signer = UrlSigner(state.secret)
        self.speech = Speech()
        self.limits = Limits(state.store, lambda: self.settings)
        self.stubs = StubRegistry() if state.stubs is None else SharedStubRegistry(state.stubs)
        self._stub_file = load_stubs(settings.stubs, self.stubs)
        self.clock = state.clock
        self.clock.initialise(parse_speed(settings.clock))
        sender = EventSender(
            lambda: self._event_rules, self._match_event_fault, blocking=state.waits
        )
        self._sender, self._report = sender, journal.add
        self.scheduler = CallScheduler(
            state.store,
            state.clock,
            state.lease,
            sender,
            settle=self._settle,
            report=journal.add,
            rules=lambda: self._event_rules,
        )

    @property
    def profile(self) -> Profile:
        """The profile: the facts that hold of the service."""
        return self.settings.profile

    def reset(self, settings: Settings) -> None:
        """Clear all state, restart the clock and apply ``settings``."""
        self._apply(settings)
        self.limits.clear()
        self.stubs.clear()
        self._stub_file = load_stubs(settings.stubs, self.stubs)
        self.scheduler.reset(parse_speed(settings.clock))

    def preset_owner(self, account: Account, customer_name: str) -> str:
        """Return the name under which the preset of a customer is stored."""
        return account.login if self.followme_rules.per_login else customer_name

    def preset_of_race(self, owner: str) -> Followme:
        """Return the preset that a set sees where sets race, and give others time to see it too."""
        seen = self.store.followme(owner)
        time.sleep(RACE_SECONDS)
        return seen

    def validate(self, method: str, params: dict[str, Any]) -> list[Problem]:
        """Return the problems of ``params`` under the contract with the profile."""
        validator = self._validators.get(method)
        if validator is None:
            validator = self._validators[method] = params_validator(method, self.profile)
        return validator(params)

    def match_stub(
        self, method: str, params: Mapping[str, Any], *, has_shared_stubs: bool = False
    ) -> ActiveStub | None:
        """Count a call and return the stub that answers it, ``None`` if none does."""
        if self._stub_file is not None and self._stub_file.refresh(self.stubs):
            return self.stubs.match(method, params)
        has_stubs = has_shared_stubs if self.stubs.is_shared else len(self.stubs) > 0
        return self.stubs.match(method, params) if has_stubs else None

    def _match_event_fault(self, callback: CallbackEvent) -> TriggeredFault | None:
        if not self.store.overrides().faults:
            return None
        return match_fault(self.store, [(callback.event, callback.customer, None)], event=True)

    def resend(self, callback: CallbackEvent) -> Future[Delivery]:
        """Send an event once more, now, and report the attempt to the journal."""
        future = self._sender.send(callback)
        future.add_done_callback(lambda done: self._report(done.result()))
        return future

    def subscriber(self, number: str) -> Subscriber:
        """Return the behaviour of ``number``: set at run time or by settings, else the default."""
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
        """Return the inputs for planning a call of the customer."""
        # Late: the first call needs it, not the start.
        from mtt_mock.domain.call_planning import PlanContext  # noqa: PLC0415

        prompts = self.store.prompt_metadata(customer_name)

        def prompt_length(element: Element) -> int:
            value = element.fields["value"]
            if element.kind == "text":
                spoken = self.speech.milliseconds(value) if self.settings.speak else None
                if spoken is not None:
                    return spoken
                least = round(lengths["minimum"] * 1000)
                return text_length(value, self.settings.text_speed, least)
            return file_length(self.prompt(prompts, value), round(lengths["unknown_file"] * 1000))

        lengths = self.profile["ring.prompts.length"]
        return PlanContext(
            self.subscriber,
            prompt_length,
            round(self.settings.ring_timeout * 1000),
            self.profile["talk.longest"] * 1000,
            self.call_rules(),
        )

    def call_rules(self) -> CallRules:
        """Return the rules of calls, as the profile has them."""
        from mtt_mock.domain.call_planning import CallRules  # noqa: PLC0415

        profile = self.profile
        return CallRules(
            ringall=profile["ring.ringall"],
            linear=profile["ring.linear"],
            timeouts=profile["ring.timeout"],
            winner=profile["ring.ringall.winner"],
            unordered=profile["ring.order"],
            mixed=profile["ring.mixed"],
            timeout_from=profile["ring.timeout.from"],
            instant=profile["ring.timeout.instant"],
            second_side=profile["ring.sequence"],
            prompts=profile["ring.prompts.order"],
            timed_out_when=profile["ring.failed"],
            cancels=frozenset(profile["info.cancel.when"]),
            duration_from=profile["call.duration.from"]["from"],
            hangs_up=profile["talk.hang_up"],
            ends=profile["event.end"],
            failed=profile["event.failed"],
        )

    def prompt(self, prompts: Iterable[AnyPrompt], value: str) -> AnyPrompt | None:
        """Return the prompt that the value of an element names."""
        return find_prompt(
            prompts,
            value,
            first=self.profile["prompt.value.several"] == "first",
            exact=self.profile["prompt.value"] == "exact",
        )

    def charge(self, call: Call) -> Charge:
        """Return the charge for ``call``."""
        tariff = self.settings.tariff
        sides: tuple[Side, Side] = ("A", "B")
        seconds = {side: tariff.charged(self.billed_seconds(call, side)) for side in sides}
        if call.plan.joined is None and self.profile["balance.charged"] == "joined calls":
            return Charge(seconds, Decimal(0))
        return Charge(seconds, tariff.cost(seconds["A"], seconds["B"]))

    def waiting(self, leg: Leg) -> int:
        """Return the waiting period of ``leg`` in milliseconds."""
        if self.profile["info.waiting"] == "request":
            return leg.answered or 0
        return leg.waiting

    def billed_seconds(self, call: Call, side: Side) -> int:
        """Return the length of a leg in seconds, rounded up (assumption)."""
        return -(-self.length(call, side) // 1000)

    def length(self, call: Call, side: Side) -> int:
        """Return the length of a leg in milliseconds."""
        leg, plan = call.plan.leg(side), call.plan
        if self.profile["info.length"] == "join" and plan.joined is not None:
            return plan.ended - plan.joined
        return leg.length

    def _settle(self, steps: Sequence[ClaimedStep]) -> None:
        initial = self.settings.balance

        def charge(call: Call, balance: Decimal | None) -> Decimal | None:
            cost = self.charge(call).cost
            return ((initial if balance is None else balance) - cost) if cost else balance

        self.store.settle(steps, charge, self.settings.calls_kept)

    def _apply(self, settings: Settings) -> None:
        self.settings = settings
        self.followme_rules = FollowmeRules.from_profile(settings.profile)
        self.http_rules = HttpRules.from_profile(settings.profile)
        self._validators: dict[str, Validator] = {}
        self._event_rules = EventRules(
            CallbackAllowlist.parse(settings.callback_allow),
            settings.event_timeout,
            verb=settings.profile["event.get"],
            in_order=settings.profile["event.order"] == "one after another",
            attempts=settings.profile["event.once"],
            url_of=partial(_event_url, settings.profile),
        )
        self.head_limit = HeadLimit(**settings.profile["transport.head_limit"])


def _event_url(profile: Profile, callback: CallbackEvent) -> str:
    names = profile["event.query"]
    return event_url(
        callback.url,
        profile["event.names"].get(callback.event, callback.event),
        wire_call_id(profile, callback.call_id),
        event_name=names["event"],
        id_name=names["id"],
        default_scheme=profile["event.scheme"],
    )
