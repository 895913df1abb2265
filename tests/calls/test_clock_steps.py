"""The clock's steps: calls do not depend on the size of each advance."""

from __future__ import annotations

from decimal import Decimal

import pytest
from call_model import Exchange, ModelTariff
from generated_calls import CUSTOMERS, Telephone, calls, phone_books, subscriber_from_dict
from hypothesis import given, settings
from hypothesis import strategies as st

from mtt_mock.server.handles import Subscribers
from support.profiles import examples

TARIFF = "1.50,2.25/6"
MODEL_TARIFF = ModelTariff(Decimal("1.50"), Decimal("2.25"), 6)
LONGER_THAN_ANY_CALL = 9000  # seconds


def with_phones(telephone, book):
    for number, phone in book.items():
        Subscribers(telephone.fake)[number] = subscriber_from_dict(phone)


def make(telephone, customer, params):
    answer = telephone.ask("makeCallBackCallFollowme", customer_name=customer, **params)
    return answer["callBackCall_id"]


def outcome(telephone, ids):
    """Return info, events and balances after the calls."""
    return (
        telephone.delivered(),
        [telephone.info(customer, call_id) for call_id in ids for customer in CUSTOMERS],
        [telephone.ask("getCustomerBalance", customer_name=customer) for customer in CUSTOMERS],
    )


@pytest.mark.unmeasured
@given(book=phone_books, drawn=st.lists(calls, min_size=1, max_size=3), seconds=st.integers(1, 60))
@settings(max_examples=examples(150))
def test_simultaneous_calls_match_the_model_every_second(book, drawn, seconds):
    telephone, model = Telephone(tariff=TARIFF), Exchange(MODEL_TARIFF)
    with_phones(telephone, book)
    for number, phone in book.items():
        model.phones.put(number, phone)
    try:
        made = [(customer, make(telephone, customer, params)) for customer, params in drawn]
        assert made == [(customer, model.make(customer, params).id) for customer, params in drawn]
        for step in [0, *[1] * seconds, LONGER_THAN_ANY_CALL]:
            telephone.advance(step)
            model.advance(step)
            for customer, call_id in made:
                assert telephone.info(customer, call_id) == model.info(customer, call_id)
            expected = [(*each, second * 1000) for *each, second in model.delivered]
            assert telephone.delivered() == expected
        for customer in CUSTOMERS:
            answer = telephone.ask("getCustomerBalance", customer_name=customer)
            assert answer == {"balance": float(model.balance(customer)), "currency": "RUB"}
    finally:
        telephone.close()


@pytest.mark.unmeasured
@given(
    book=phone_books,
    drawn=st.lists(calls, min_size=1, max_size=8),
    steps=st.lists(st.sampled_from([0, 0.001, 0.25, 1, 2.999, 3, 7, 30, 600]), max_size=40),
)
@settings(max_examples=examples(100))
def test_one_long_advance_equals_many_short_ones(book, drawn, steps):
    at_once, in_steps = Telephone(tariff=TARIFF), Telephone(tariff=TARIFF)
    try:
        outcomes = []
        for telephone, way in (
            (at_once, [LONGER_THAN_ANY_CALL]),
            (in_steps, [*steps, max(0, LONGER_THAN_ANY_CALL - sum(steps))]),
        ):
            with_phones(telephone, book)
            ids = [make(telephone, customer, params) for customer, params in drawn]
            for seconds in way:
                telephone.advance(seconds)
            outcomes.append(outcome(telephone, ids))
        assert outcomes[0] == outcomes[1]
    finally:
        at_once.close()
        in_steps.close()


@pytest.mark.unmeasured
@given(
    book=phone_books,
    drawn=st.lists(st.tuples(calls, st.integers(0, 40)), min_size=1, max_size=6),
    pieces=st.integers(1, 7),
)
@settings(max_examples=examples(60))
def test_the_size_of_clock_steps_does_not_matter(book, drawn, pieces):
    outcomes = []
    for steps_of in (lambda seconds: [seconds], lambda seconds: [seconds / pieces] * pieces):
        telephone = Telephone(tariff=TARIFF)
        with_phones(telephone, book)
        ids = []
        try:
            for (customer, params), seconds in drawn:
                ids.append(make(telephone, customer, params))
                for step in steps_of(seconds * pieces):
                    telephone.advance(step)
            telephone.fake.service.scheduler.run_until_idle()
            outcomes.append(outcome(telephone, ids))
        finally:
            telephone.close()
    assert outcomes[0] == outcomes[1]
    assert "Call is not ended" not in outcomes[0][1]
