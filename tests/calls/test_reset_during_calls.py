"""Reset during a call: pending steps of the old state do not affect the new one."""

from decimal import Decimal

from mtt_mock import Fake, FakeClock, Settings
from mtt_mock.domain.calls import Order
from mtt_mock.domain.followme import Element

CUSTOMER = "883140500000000"
ORDER = Order(
    CUSTOMER, (Element("Linear", "A", {"redirect_number": "79000010030"}),), "79000010010", "7495"
)


def test_a_reset_during_a_call_charges_nothing_afterwards():
    fake = Fake(Settings(clock="manual"))
    service = fake.service
    service.scheduler.start_call(ORDER, service.plan_context(CUSTOMER))
    clock = FakeClock(fake)
    clock.advance(5)
    fake.reset()
    service.scheduler.start_call(ORDER, service.plan_context(CUSTOMER))
    clock.advance(5)
    assert service.balance(CUSTOMER) == Decimal("1000.00")
    assert [call.id for call in fake.store.calls()] == ["1000001"]
    clock.run_until_idle()
    assert service.balance(CUSTOMER) == Decimal("999.50")
    fake.close()


def test_a_closed_fake_keeps_state_and_sends_nothing():
    fake = Fake(Settings(clock="manual"))
    order = Order(CUSTOMER, ORDER.elements, "79000010010", "7495", callback_url="127.0.0.1:1/x")
    fake.service.scheduler.start_call(order, fake.service.plan_context(CUSTOMER))
    fake.close()
    FakeClock(fake).run_until_idle()
    assert [each.outcome for each in fake.journal.deliveries] == [
        "not sent: the fake was stopped"
    ] * 4
    assert fake.service.balance(CUSTOMER) == Decimal("999.50")
