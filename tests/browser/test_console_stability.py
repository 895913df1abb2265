"""Updates move nothing under pointer, focus or selection; outcomes appear nearby."""

import time
from datetime import UTC, datetime

import httpx2
import pytest
from console_page import base_of, rpc
from msgspec.structs import replace

import mtt_mock
from mtt_client import MttClient, Ringall
from mtt_mock import LiveServer

pytestmark = pytest.mark.slow

SET = [{"type": "Ringall", "redirect_number": "79000000001"}]


@pytest.fixture
def running(opened):
    """A console with a call that runs on a real clock, and its fake."""
    with mtt_mock.serve(clock="real", journal_size=20_000) as server:
        console = opened(base_of(server)).open().live()
        with MttClient(server.url, "login", "password", "883140500000000") as client:
            client.set_callback_followme([Ringall("79000019999")], caller_id="7495")
            client.make_callback_call_followme(b_number="79000019999")
        console.see("article.call", "in progress")
        yield console, server
        console.page.close()


def test_a_running_calls_card_can_be_clicked(running):
    console, _ = running
    summary = console.see("article.call summary", "What happened")
    details = console.page.locator("article.call details").first
    for number, press in enumerate((20, 80, 150, 250, 400)):  # milliseconds
        summary.hover()
        console.page.mouse.down()
        console.page.wait_for_timeout(press)
        console.page.mouse.up()
        is_open = number % 2 == 0
        console.until(
            lambda is_open=is_open: (details.get_attribute("open") is not None) == is_open,
            f"a press of {press} ms opens and closes the details",
        )


def test_updates_of_a_call_keep_the_selection(running):
    console, _ = running
    console.page.locator("article.call h3").evaluate(
        "node => { const range = document.createRange(); range.selectNodeContents(node);"
        " getSelection().removeAllRanges(); getSelection().addRange(range); }"
    )
    console.page.wait_for_timeout(700)
    assert console.page.evaluate("getSelection().toString()") == "1000001"


def test_updates_of_a_call_keep_the_focus(running):
    console, _ = running
    summary = console.see("article.call summary", "What happened")
    summary.focus()
    console.page.evaluate(
        "() => { window.focused = 0; addEventListener('focusin', () => { window.focused += 1; }); }"
    )
    console.page.wait_for_timeout(1000)
    assert console.page.evaluate("window.focused") == 0
    assert summary.evaluate("node => node === document.activeElement")


def test_options_are_not_replaced_while_a_call_runs(running):
    console, _ = running
    console.page.evaluate(
        """() => { window.changes = 0;
          const observer = new MutationObserver((found) => { window.changes += found.length; });
          for (const select of document.querySelectorAll("select")) observer.observe(select, {childList: true, subtree: true});
        }"""
    )
    console.page.wait_for_timeout(1500)
    assert console.page.evaluate("window.changes") == 0


def test_a_pressed_row_is_the_row_that_opens(console, fake):
    for number in range(8):
        rpc(fake, customer=f"8831405{number}")
    console.until(lambda: console.page.locator(".entry").count() == 8, "eight entries")
    for attempt in range(5):
        row = console.page.locator(".entry").nth(4)
        wanted = row.locator(".whose").inner_text()
        row.locator(".line").hover()
        console.page.mouse.down()
        rpc(fake, customer=f"new{attempt}")
        console.page.wait_for_timeout(120)
        console.page.mouse.up()
        opened_row = console.page.locator(".entry:has(.details:not([hidden]))")
        console.until(lambda row=opened_row: row.count() == 1, "one open row")
        assert opened_row.locator(".whose").inner_text() == wanted
        opened_row.locator(".line").click()
        console.see(".entry", f"new{attempt}")  # no entry comes while the next row is chosen


def test_an_open_row_holds_the_list_and_counts(console, fake):
    for number in range(5):
        rpc(fake, customer=f"8831405{number}")
    console.until(lambda: console.page.locator(".entry").count() == 5, "five entries")
    line = console.page.locator(".entry .line").nth(2)
    line.focus()
    console.page.keyboard.press("Enter")
    for _ in range(60):
        rpc(fake, customer="new")
    console.see("#journal-fresh", "New: 60")
    assert line.evaluate("node => node === document.activeElement")
    assert console.page.locator(".entry .details:not([hidden])").count() == 1
    console.page.locator("#journal-fresh").click()
    console.until(lambda: console.page.locator(".entry").count() == 50, "a page of entries")
    assert console.page.evaluate("document.activeElement.id") == "journal"


def test_the_journal_is_paused_by_its_key(console, fake):
    rpc(fake, customer="first")
    console.see(".entry", "first")
    console.page.keyboard.press("p")
    assert console.page.locator("#journal-pause").get_attribute("aria-pressed") == "true"
    rpc(fake, customer="second")
    console.see("#journal-fresh", "New: 1")
    assert console.page.locator(".entry").count() == 1
    console.page.keyboard.press("p")
    console.see(".entry", "second")


def test_an_arrow_key_does_not_change_the_clock(console, fake):
    console.page.locator("#clock-speed").focus()
    for _ in range(5):
        console.page.keyboard.press("ArrowUp")
    console.page.wait_for_timeout(500)
    assert fake.clock.speed == "manual"


def test_a_copy_is_confirmed_briefly(console, fake):
    for _ in range(60):
        rpc(fake)
    console.see("#journal-count", "60")
    console.until(lambda: console.page.locator(".entry").count() == 50, "a page of entries")
    console.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    row = console.page.locator(".entry").nth(30)
    row.locator(".line").click()
    button = row.get_by_role("button", name="Copy as curl")
    button.evaluate(
        """(node) => { window.texts = [];
          new MutationObserver(() => window.texts.push(node.textContent)).observe(node, {childList: true}); }"""
    )
    button.click()
    box = console.see("#toast", "Copied").bounding_box()
    height = console.page.evaluate("innerHeight")
    assert 0 <= box["y"] < height
    console.until(
        lambda: console.page.evaluate("window.texts") == ["Copied", "Copy as curl"],
        "the button says it",
    )
    assert console.page.locator("#toast-text").get_attribute("role") == "status"
    console.until(lambda: not console.page.locator("#toast").is_visible(), "the message goes")


def test_a_refused_fault_is_reported_at_its_field(console):
    console.excuse("400")
    console.page.locator("#fault-text").fill("nonsense")
    console.page.locator("#faults-add").get_by_role("button", name="Add").click()
    console.see("#faults-add .field-error", "nonsense")
    assert console.page.locator("#fault-text").get_attribute("aria-invalid") == "true"


def test_the_focus_moves_to_the_next_row(console, fake):
    for text in ("getCustomerBalance:delay=1@9", "setCallBackFollowme:delay=1@9"):
        fake.faults.add(text)
    console.until(lambda: console.page.locator("#faults-list li").count() == 2, "two faults")
    console.page.get_by_role("button", name="Remove getCustomerBalance:delay=1.0@9").or_(
        console.page.locator("#faults-list li").first.get_by_role("button")
    ).first.click()
    console.until(lambda: console.page.locator("#faults-list li").count() == 1, "one fault")
    console.until(
        lambda: console.page.evaluate("document.activeElement.tagName") == "BUTTON", "its button"
    )
    console.page.keyboard.press("Enter")
    console.see("#faults-list", "No faults")
    console.until(
        lambda: console.page.evaluate("document.activeElement.id") == "faults-title", "the heading"
    )


def test_the_pagers_keep_the_focus(console, fake):
    for _ in range(60):
        rpc(fake)
    console.see("#journal-page", "Page 1 of 2")
    older = console.page.get_by_role("button", name="Older")
    older.focus()
    console.page.keyboard.press("Enter")
    console.see("#journal-page", "Page 2 of 2")
    assert older.evaluate("node => node === document.activeElement")
    assert older.get_attribute("aria-disabled") == "true"
    top = console.page.locator("#journal").bounding_box()["y"]
    assert -20 <= top < 300
    console.page.keyboard.press("Enter")
    console.see("#journal-page", "Page 2 of 2")


def test_a_typed_balance_keeps_its_caret(console, client, fake):
    fake.set_balance("883140500000000", 12345)
    field = console.see("article.customer").get_by_label("Balance, RUB")
    field.focus()
    console.page.keyboard.press("Home")
    console.page.keyboard.press("ArrowRight")
    client.set_callback_followme([Ringall("79000000001")])
    console.see("article.customer .number")
    console.page.keyboard.press("9")
    assert field.input_value() == "192345"
    fake.set_balance("883140500000000", 500)
    console.see("article.customer .unset", "not set; now 500")


def test_numbers_are_accepted_as_people_write_them(console, fake):
    form = console.page.locator("#subscribers-add")
    form.get_by_label("Number or pattern").fill("+7 (900) 000-00-01")
    form.get_by_label("Behaviour").select_option("busy")
    form.get_by_role("button", name="Set").click()
    console.see("#subscribers-list li", "79000000001 is busy")


def test_a_spent_fault_and_an_overridden_number_show(opened):
    with mtt_mock.serve(clock="manual", subscribers={"79000000001": mtt_mock.Busy()}) as server:
        server.subscribers["79000000001"] = mtt_mock.Rejects()
        server.faults.add("getCustomerBalance:empty@1")
        rpc(server)
        console = opened(base_of(server)).open().live()
        console.see("#faults-list li.off", "used up")
        console.see("#subscribers-list li.off", "from the settings, overridden")
        console.page.close()


def test_a_fault_with_seconds_has_a_field_for_them(console, fake):
    form = console.page.locator("#faults-add")
    console.until(lambda: form.locator("#fault-name option").count() > 0, "the known faults")
    form.get_by_label("Fault").select_option("reset-after")
    assert not form.get_by_label("Seconds").is_visible()
    form.get_by_label("Fault").select_option("delay")
    form.get_by_label("Seconds").fill("2.5")
    assert form.locator("#fault-text").input_value() == "delay=2.5"
    meaning = form.locator("#fault-meaning").inner_text()
    assert meaning == "the request is applied, the answer comes n seconds later (default 1)"


def test_times_name_their_zone(opened, client, fake):
    client.set_callback_followme([Ringall("79000000001")], caller_id="7495")
    console = opened(base_of(fake), timezone_id="Europe/Moscow").open().live()
    console.see("#clock-face", "UTC+3")
    console.see("#clock-face .time", "03:00:00")
    time_of_row = console.see(".entry .time")
    assert time_of_row.get_attribute("datetime").endswith("Z")
    assert "UTC+3" in time_of_row.get_attribute("title")
    local = time_of_row.inner_text()
    console.page.locator("#zone").select_option("utc")
    console.see("#clock-face .time", "00:00:00")
    assert (int(local[:2]) - int(time_of_row.inner_text()[:2])) % 24 == 3


def test_the_date_stands_where_the_day_changes(opened, client, fake):
    client.delete_callback_followme()
    earlier = replace(fake.journal[0], at=fake.journal[0].at - 86_400)
    fake.journal.clear()
    fake.journal.add(earlier)
    client.delete_callback_followme()
    console = opened(base_of(fake), timezone_id="UTC").open().live()
    console.see(".entry >> nth=1")
    rows = console.page.locator(".entry, .day").evaluate_all(
        "rows => rows.map((row) => row.matches('.day') ? row.textContent : 'entry')"
    )
    date = datetime.fromtimestamp(earlier.at, UTC).date().isoformat()
    assert rows == ["entry", date, "entry"]


def test_an_idle_page_sends_no_request(console, fake):
    console.settle()
    console.page.wait_for_timeout(1500)
    assert console.requests == []


def test_under_load_parts_reload_once_a_second(console, fake):
    requests = []
    console.page.on("request", lambda request: requests.append(request.url))
    start = time.monotonic()
    for number in range(60):
        rpc(fake, "deleteCallBackFollowme", f"88314{number}")
        console.page.wait_for_timeout(30)
    seconds = time.monotonic() - start
    for part in ("state?", "calls?", "faults", "subscribers"):
        asked = [url for url in requests if f"/_mtt/{part}" in url]
        assert len(asked) <= seconds + 2, (part, len(asked), seconds)


def test_the_introduction_is_closed_while_loading(opened, fake):
    rpc(fake)
    console = opened(base_of(fake))
    held, released = [], []

    def hold(route):
        if released:
            route.continue_()
        else:
            held.append(route)

    console.page.route("**/_mtt/journal?*", hold)
    console.open().live()
    console.until(lambda: held, "the page asks for the journal")
    console.until(
        lambda: "callback_allow" in console.page.locator("#start").text_content(),
        "the page draws the settings",
    )
    assert console.page.locator("#start[open]").count() == 0
    released.append(True)
    for route in held:
        route.continue_()
    console.see(".entry")
    assert console.page.locator("#start[open]").count() == 0


def test_the_introduction_stays_as_set(opened, fake):
    rpc(fake)
    console = opened(base_of(fake)).open().live()
    console.see(".entry")
    console.see("#start summary").click()
    console.page.wait_for_timeout(300)
    assert console.page.locator("#start[open]").count() == 1
    rpc(fake)
    console.until(lambda: console.page.locator(".entry").count() == 2, "the second entry")
    assert console.page.locator("#start[open]").count() == 1


def test_changes_of_customers_out_of_view_load_nothing(console, fake):
    shown, hidden = "88314050000000", "88314050000020"  # the page shows 20
    for number in range(21):
        rpc(fake, "setCallBackFollowme", f"883140500000{number:02}", callBackFollowmeStruct=SET)
    console.see("article.customer", count=20)
    console.settle()
    side_b = [{"type": "text", "side": "B", "value": "Hold"}]
    rpc(fake, "setCallBackFollowme", hidden, callBackFollowmeStruct=side_b)
    console.see(".entry", hidden)
    console.page.wait_for_timeout(1200)
    assert console.requests == []
    rpc(fake, "setCallBackFollowme", shown, callBackFollowmeStruct=side_b)
    console.see("article.customer", "Hold")
    assert {url.partition("/_mtt/")[2] for url in console.requests} == {"state?limit=20&find="}


def test_an_unchanged_part_is_not_sent_again(console, fake):
    statuses = set()
    console.settle()
    console.page.on(
        "response", lambda answer: statuses.add((answer.url.partition("/_mtt/")[2], answer.status))
    )
    fake.subscribers["7900*"] = mtt_mock.Busy()
    console.see("#subscribers-list li", "7900*")
    console.page.locator("#clock-advance button[type=submit]").click()
    expected = {("subscribers", 200), ("clock", 200), ("subscribers", 304), ("faults", 304)}
    console.until(lambda: statuses >= expected, "what is the same is not sent")
    assert ("faults", 200) not in statuses
    console.see("#subscribers-list li", "7900*")


def test_the_focus_stays_near_what_was_removed(console, client, fake):
    fake.subscribers["7900*"] = mtt_mock.Busy()
    client.set_callback_followme([Ringall("79000000001")])
    console.see("#subscribers-list button").click()
    focused = "document.activeElement.id"
    console.until(lambda: console.page.evaluate(focused) == "subscribers-title", "the heading")
    console.see("article.customer .danger").click()
    console.see("#ask-yes").click()
    console.until(lambda: console.page.evaluate(focused) == "customers-title", "the heading")


def test_a_fault_is_found_by_its_status(console, fake):
    fake.faults.add("getCustomerBalance:http-503@1")
    rpc(fake)
    rpc(fake)
    console.see(".entry", count=2)
    console.page.locator("#filter-text").fill("HTTP 503")
    console.see(".entry", count=1)
    console.see(".entry .line").click()
    console.see(".entry .why", "http-503")


def test_an_open_address_is_followed_once(opened):
    app = mtt_mock.create_app(clock="manual")
    with LiveServer(app) as server:
        port = int(server.url.rsplit(":", 1)[1].split("/")[0])
        rpc(server)
        console = opened(base_of(server))
        console.excuse("Failed to load resource")
        console.excuse("ERR_")
        console.open().live()
        console.see(".entry .line").click()
        generation = httpx2.get(f"{console.base}journal?limit=1").json()["generation"]
        console.page.evaluate(f"location.hash = '#/entry/{generation}-1'")
        console.page.locator("#fault-text").focus()
    console.see("#connection[data-state=lost]")
    with LiveServer(app, port=port) as server:
        console.live()
        rpc(server, customer="later")
        console.see("#journal-fresh", "New: 1")
        assert console.page.evaluate("document.activeElement.id") == "fault-text"


def test_a_press_repeated_on_a_slow_network_counts_once(console, fake):
    held = []

    def hold_changes(route):
        if route.request.method == "POST":
            held.append(route)
        else:
            route.continue_()

    console.page.route("**/_mtt/stubs", hold_changes)
    console.page.fill("#stub-text", '{"method": "getCustomerBalance", "error": [-1, "x"]}')
    console.page.keyboard.press("Enter")
    console.page.keyboard.press("Enter")
    console.until(lambda: held, "the request")
    held[0].continue_()
    console.see("#stubs-list", "getCustomerBalance")
    assert len(fake.stubs) == len(held) == 1


def test_a_message_is_announced_by_a_region_that_is_there(console):
    toast = console.page.locator("#toast")
    assert toast.evaluate("element => getComputedStyle(element).display") == "flex"
    assert not toast.is_visible()


def test_the_keys_are_where_a_russian_keyboard_has_them(console, fake):
    rpc(fake)
    console.see(".entry")
    press = "keys => document.body.dispatchEvent(new KeyboardEvent('keydown', keys))"
    pause = console.page.locator("#journal-pause")
    console.page.evaluate(press, {"key": "з", "code": "KeyP", "bubbles": True})
    assert pause.get_attribute("aria-pressed") == "true"
    console.page.evaluate(press, {"key": ".", "code": "Slash", "bubbles": True})
    assert console.page.evaluate("document.activeElement.id") == "filter-text"


def test_the_keys_can_be_switched_off(console):
    console.page.locator("#keys-open").click()
    console.page.locator("#keys-single").uncheck()
    console.page.locator("#keys-close").click()
    console.page.reload()
    console.live()
    console.page.keyboard.press("p")
    assert console.page.locator("#journal-pause").get_attribute("aria-pressed") == "false"


def test_the_next_entry_follows_the_one_with_the_focus(console, fake):
    for number in range(3):
        rpc(fake, customer=f"88314{number}")
    console.until(lambda: console.page.locator(".entry").count() == 3, "three rows")
    row = console.page.locator(".entry").nth(1)
    row.locator(".line").click()
    row.get_by_role("button", name="Copy as curl").focus()
    console.page.keyboard.press("j")
    assert "883140" in console.page.evaluate("document.activeElement.innerText")
