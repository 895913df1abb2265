"""Calls against a model: any mixture of calls, subscribers and time gives equal results."""

from __future__ import annotations

from decimal import Decimal

from call_model import Exchange, ModelTariff, Refused
from generated_calls import (
    CUSTOMERS,
    Telephone,
    call_options,
    customers,
    numbers,
    optional_numbers,
    patterns,
    phone_books,
    phones,
    prompts,
    structures,
    subscriber_from_dict,
    wav,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mtt_mock.server.handles import Subscribers
from support.profiles import examples

TARIFFS = ["1.50", "0.37,2.00/7", "3,0/60", "0"]
MODEL_TARIFFS = {
    "1.50": ModelTariff(Decimal("1.50"), Decimal("1.50"), 1),
    "0.37,2.00/7": ModelTariff(Decimal("0.37"), Decimal(2), 7),
    "3,0/60": ModelTariff(Decimal(3), Decimal(0), 60),
    "0": ModelTariff(Decimal(0), Decimal(0), 1),
}


class Calls(RuleBasedStateMachine):
    def __init__(self, state=None):
        super().__init__()
        self.state = state
        self.telephone = None

    def teardown(self):
        if self.telephone:
            self.advance(2 * 4100)  # longer than any call
            self.check()
            assert all(call.over for call in self.model.calls)
            self.telephone.close()

    def check(self):
        self.events_went_out_in_the_order_of_the_model()
        self.every_customer_learns_what_the_model_says()
        self.balances_are_what_is_left_in_the_model()

    @initialize(
        tariff=st.sampled_from(TARIFFS),
        preset=structures,
        book=phone_books,
    )
    def start(self, tariff, preset, book):
        self.telephone = Telephone(self.state, tariff=tariff)
        self.model = Exchange(MODEL_TARIFFS[tariff])
        self.set(CUSTOMERS[0], preset, "74951001010", "79000000002")
        for number, phone in book.items():
            self.subscriber(number, phone)

    @rule(number=patterns, phone=phones)
    def subscriber(self, number, phone):
        Subscribers(self.telephone.fake)[number] = subscriber_from_dict(phone)
        self.model.phones.put(number, phone)

    @rule(number=patterns)
    def forget_subscriber(self, number):
        del Subscribers(self.telephone.fake)[number]
        self.model.phones.delete_customer(number)

    @rule(
        customer=customers,
        brought=structures | st.lists(prompts, max_size=2),
        caller_id=optional_numbers,
        b_number=st.none() | numbers,
    )
    def set(self, customer, brought, caller_id, b_number):
        answer = self.telephone.ask(
            "setCallBackFollowme",
            customer_name=customer,
            callBackFollowmeStruct=brought,
            caller_id=caller_id,
            defaultBNumber=b_number,
        )
        assert answer == self.model.set(customer, brought, caller_id, b_number)

    @rule(customer=customers)
    def delete(self, customer):
        answer = self.telephone.ask("deleteCallBackFollowme", customer_name=customer)
        assert answer == {"success": 1}
        self.model.delete(customer)

    @rule(
        customer=customers, name=st.sampled_from(["hello", "hello.wav"]), seconds=st.integers(1, 4)
    )
    def upload(self, customer, name, seconds):
        # A call's element matches both names. Only the first upload is stored here, so that the
        # choice between the two does not matter.
        if (customer, "hello") not in self.model.audio:
            self.telephone.upload(customer, name, wav(seconds))
            self.model.audio[customer, "hello"] = seconds

    @rule(options=call_options)
    def call_preset(self, options):
        self.make(CUSTOMERS[0], options)

    @rule(
        customer=customers,
        structures=st.lists(structures, min_size=1, max_size=3),
        options=call_options,
        b=numbers,
    )
    def call_passed(self, customer, structures, options, b):
        for structure in structures:
            passed = {"simpleCallBackFollowmeStruct": structure, "b_number": b, "caller_id": "7495"}
            self.make(customer, options | passed)

    @rule(
        customer=customers,
        structure=st.none() | structures | st.lists(prompts, max_size=2),
        b=st.sampled_from([None, ""]) | numbers,
        caller_id=optional_numbers,
    )
    def call_with_something_missing(self, customer, structure, b, caller_id):
        passed = {"simpleCallBackFollowmeStruct": structure, "b_number": b, "caller_id": caller_id}
        self.make(customer, passed)

    def make(self, customer, params):
        try:
            expected = self.model.make(customer, params)
        except Refused as error:
            expected = str(error)
        else:
            expected = {"callBackCall_id": expected.id}
        answer = self.telephone.ask("makeCallBackCallFollowme", customer_name=customer, **params)
        assert answer == expected

    @rule(seconds=st.integers(0, 3) | st.integers(0, 45) | st.sampled_from([600, 3600, 4100]))
    def advance(self, seconds):
        self.model.advance(seconds)
        self.telephone.advance(seconds)

    @rule(seconds=st.integers(5, 20))
    def advance_by_the_second(self, seconds):
        for _ in range(seconds):
            self.advance(1)
            self.check()

    @rule(customer=customers, call_id=st.sampled_from(["1000000", "999", "1000099"]))
    def ask_for_a_call_that_is_not(self, customer, call_id):
        assert self.telephone.info(customer, call_id) == "Call not found"

    @precondition(lambda self: self.telephone and len(self.model.calls) > 3)
    @rule()
    def reset(self):
        self.telephone.fake.reset()
        self.model.reset()

    @invariant()
    def events_went_out_in_the_order_of_the_model(self):
        if self.telephone:
            expected = [(*each, second * 1000) for *each, second in self.model.delivered]
            assert self.telephone.delivered() == expected

    @invariant()
    def every_customer_learns_what_the_model_says(self):
        for call in self.model.calls[-6:] if self.telephone else []:
            for customer in CUSTOMERS:
                expected = self.model.info(customer, call.id)
                assert self.telephone.info(customer, call.id) == expected

    @invariant()
    def balances_are_what_is_left_in_the_model(self):
        for customer in CUSTOMERS if self.telephone else []:
            answer = self.telephone.ask("getCustomerBalance", customer_name=customer)
            assert answer == {
                "balance": float(self.model.balance(customer)),
                "currency": "RUB",
            }


TestCalls = Calls.TestCase
TestCalls.settings = settings(max_examples=examples(80), stateful_step_count=20)
