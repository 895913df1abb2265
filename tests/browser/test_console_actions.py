"""Actions on the console change the fake."""

import contextlib

import httpx2
import pytest
from console_page import base_of

import mtt_mock
from mtt_client import MttError, Ringall, SideNotClearError
from mtt_mock import Busy


def test_the_clock_is_advanced_by_its_button(console, fake):
    console.page.locator("#clock-seconds").fill("90")
    console.page.get_by_role("button", name="Advance", exact=True).click()
    console.see("#clock-face .time", "00:01:30")
    assert fake.clock.now.isoformat() == "2026-01-01T00:01:30+00:00"


def test_calls_are_run_to_their_end_by_a_button(console, client, fake):
    client.set_callback_followme([Ringall("79000010330")], caller_id="7495")
    client.make_callback_call_followme(b_number="79000010220")
    console.see("article.call", "in progress")
    console.page.get_by_role("button", name="Run all calls to their end").click()
    console.see("article.call", "joined, B hung up")
    assert fake.calls()[0].is_over(fake.clock.time() * 1000)


def test_the_speed_changes_by_its_button_only(console, fake):
    console.page.get_by_label("Speed").select_option("60x")
    assert fake.clock.speed == "manual"
    console.page.locator("#clock-pace").get_by_role("button", name="Set").click()
    console.see("#clock-face", "60x")
    assert fake.clock.speed == "60x"
    first = console.page.locator("#clock-face .time").inner_text()
    console.until(lambda: console.page.locator("#clock-face .time").inner_text() != first, "a tick")


def test_a_refused_advance_is_explained(console):
    console.excuse("400 (BAD REQUEST)")
    console.excuse("400 (Bad Request)")
    console.page.locator("#clock-seconds").fill("1e12")
    console.page.get_by_role("button", name="Advance", exact=True).click()
    console.see("#clock-advance .field-error")
    field = console.page.locator("#clock-seconds")
    assert field.get_attribute("aria-invalid") == "true"
    assert field.get_attribute("aria-describedby") == "clock-seconds-error"
    field.fill("1")
    assert console.page.locator(".field-error").count() == 0


def test_a_subscriber_is_set_and_removed(console, fake):
    form = console.page.locator("#subscribers-add")
    form.get_by_label("Number or pattern").fill("7900*")
    form.get_by_label("Behaviour").select_option("busy")
    form.get_by_label("After, s").fill("4")
    form.get_by_role("button", name="Set").click()
    console.see("#subscribers-list li", "7900* is busy after 4 s")
    assert fake.subscribers["79001112233"] == Busy(after=4)
    console.page.get_by_role("button", name="Remove 7900*").click()
    console.see("#subscribers-list", "Nothing is set")
    assert fake.subscribers["79001112233"] != Busy(after=4)


def test_a_balance_is_set(console, client, fake):
    client.set_callback_followme([Ringall("79000000001")])
    card = console.see("article.customer")
    card.get_by_label("Balance, RUB").fill("12.5")
    card.get_by_role("button", name="Set").click()
    console.until(lambda: fake.balance("883140500000000") == 12.5, "the balance")


def test_a_customer_is_cleared_after_a_question(console, client, fake):
    client.set_callback_followme([Ringall("79000000001")])
    card = console.see("article.customer")
    card.get_by_role("button", name="Clear").click()
    console.see("#ask", "Clear customer 883140500000000?").get_by_role(
        "button", name="Cancel"
    ).click()
    assert len(fake.followme("883140500000000").elements) == 1
    card.get_by_role("button", name="Clear").click()
    console.see("#ask").get_by_role("button", name="Clear").click()
    console.until(lambda: not fake.followme("883140500000000").elements, "the customer is clear")


def test_a_reset_needs_confirmation(console, client, fake):
    client.set_callback_followme([Ringall("79000000001")])
    console.see("article.customer")
    console.page.get_by_role("button", name="Reset all").click()
    console.see("#ask", "Reset the fake?").get_by_role("button", name="Reset all").click()
    console.see("#customers", "No customers yet")
    console.see("#journal", "No requests yet")
    assert len(fake.journal) == 0


def test_an_external_reset_clears_older_entries(console, client, fake):
    client.set_callback_followme([Ringall("79000000001")])
    client.get_customer_balance()
    console.until(lambda: console.page.locator(".entry").count() == 2, "two entries")
    httpx2.post(f"{base_of(fake)}reset", json={}).raise_for_status()
    client.set_callback_followme([Ringall("79000000002")])
    console.until(lambda: console.page.locator(".entry").count() == 1, "one entry")
    console.see("article.customer .number", "79000000002")


def test_a_fault_is_added_works_and_is_switched_off(console, client, fake):
    form = console.page.locator("#faults-add")
    console.until(lambda: form.locator("#fault-name option").count() > 0, "the known faults")
    names = form.locator("#fault-name option").all_inner_texts()
    [name] = [each for each in names if "503" in each]
    form.locator("#fault-name").select_option(name)
    form.get_by_label("Method").select_option("setCallBackFollowme")
    form.get_by_role("button", name="Add").click()
    row = console.see("#faults-list li", f"setCallBackFollowme:{name}")
    with pytest.raises(MttError) as seen:
        client.set_callback_followme([Ringall("79000000001")])
    assert not isinstance(seen.value, SideNotClearError)
    console.see(".entry.bad, .entry.warned", "setCallBackFollowme")

    switch = row.get_by_role("switch")
    switch.uncheck()
    console.see("#faults-list li.off")
    with contextlib.suppress(SideNotClearError):  # it may have been applied
        client.set_callback_followme([Ringall("79000000001")])

    console.page.get_by_role("button", name=f"Remove setCallBackFollowme:{name}").click()
    console.see("#faults-list", "No faults")


def test_a_protected_console_asks_for_its_token(opened):
    with mtt_mock.serve(clock="manual", control_token="open sesame") as server:
        console = opened(base_of(server))
        console.excuse("401")
        console.open()
        for given in ("wrong", "open sesame"):
            console.page.get_by_label("Control token").fill(given)
            console.page.get_by_role("button", name="Continue").click()
            if given == "wrong":
                console.see(".field-error", "That is not the token of this fake.")
                assert not console.page.locator("#reset").is_visible()
                assert not console.page.locator("#clock").is_visible()
        console.live()
        assert console.page.evaluate("document.activeElement.id") == "journal"
        httpx2.get(server.url)
        console.see(".entry")
        console.page.close()


def test_a_token_in_the_url_moves_to_session_storage(opened):
    with mtt_mock.serve(clock="manual", control_token="open sesame") as server:
        console = opened(base_of(server)).open("?token=open%20sesame").live()
        assert console.page.url == base_of(server)
        console.page.reload()
        console.live().see("#customers", "No customers yet")
        console.page.close()


def test_a_stub_is_set_counted_and_removed(console, fake, client):
    form = console.page.locator("#stubs-add")
    stub = '{"method": "getCustomerBalance", "error": [-32002, "Permission denied", "no account"]}'
    form.get_by_label("Stub as JSON").fill(stub)
    form.get_by_role("button", name="Add").click()
    console.see("#stubs-list li", "1 getCustomerBalance")
    with contextlib.suppress(MttError):
        client.get_customer_balance()
    console.see("#stubs-list li", "answered 1 of 1 matching calls")
    console.page.get_by_role("button", name="Remove 1 getCustomerBalance").click()
    console.see("#stubs-list li", "No stubs are set.")
    assert len(fake.stubs) == 0


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "This is not JSON"),
        ('{"method": "getCustomerBalance", "result": {"balance": "x"}}', "breaks the contract"),
    ],
)
def test_a_wrong_stub_is_refused_at_its_field(console, fake, text, reason):
    console.excuse("400 (BAD REQUEST)")
    console.excuse("400 (Bad Request)")
    form = console.page.locator("#stubs-add")
    form.get_by_label("Stub as JSON").fill(text)
    form.get_by_role("button", name="Add").click()
    console.see("#stubs-add .field-error", reason)
    assert len(fake.stubs) == 0


def test_a_stub_of_the_application_shows_at_once(console, fake):
    with fake.stubs.add("deleteCallBackFollowme", result={"success": 1}, nth=2):
        console.see("#stubs-list li", '→ {"result":{"success":1},"then":"skip"}')
    console.see("#stubs-list li", "No stubs are set.")
