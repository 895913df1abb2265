"""The console matches the fake after resets, restarts, failures and odd requests."""

import json
import re

import httpx2
import pytest
from console_page import AUTH, base_of, rpc
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mtt_mock
from mtt_client import MttClient, Ringall, Text
from mtt_mock import LiveServer

pytestmark = pytest.mark.slow


def titles(console):
    return list(map(str.strip, console.page.locator(".entry .what").all_inner_texts()))


def wait_for_titles(console, expected):
    console.until(lambda: titles(console) == expected, f"{expected}, there is {titles(console)}")


def test_after_a_reset_the_rows_are_the_new_requests(console, fake):
    for _ in range(5):
        rpc(fake, "getCustomerBalance")
    wait_for_titles(console, ["getCustomerBalance"] * 5)
    httpx2.post(f"{base_of(fake)}reset", json={})
    for _ in range(5):
        rpc(fake, "getCallBackFollowme", "883140500000001")
    wait_for_titles(console, ["getCallBackFollowme"] * 5)
    console.until(lambda: console.page.locator(".entry.bad").count() == 5, "five errors")


def test_a_reset_closes_the_rows(console, fake):
    rpc(fake, "getCustomerBalance")
    console.see(".entry .line").click()
    console.see(".entry .details:not([hidden])")
    httpx2.post(f"{base_of(fake)}reset", json={})
    rpc(fake, "getCallBackFollowme")
    wait_for_titles(console, ["getCallBackFollowme"])
    assert console.page.locator(".entry .details:not([hidden])").count() == 0


def test_after_a_restart_the_rows_are_the_new_fakes(opened):
    with LiveServer(mtt_mock.create_app(clock="manual")) as first:
        port = int(first.url.rsplit(":", 1)[1].split("/")[0])
        console = opened(base_of(first))
        console.excuse("Failed to load resource")
        console.excuse("ERR_")
        console.open().live()
        for _ in range(4):
            rpc(first, "getCustomerBalance")
        wait_for_titles(console, ["getCustomerBalance"] * 4)
    with LiveServer(mtt_mock.create_app(clock="manual"), port=port) as second:
        for _ in range(4):
            rpc(second, "getCallBackFollowme")
        console.live()
        wait_for_titles(console, ["getCallBackFollowme"] * 4)
        console.page.close()


CUSTOMERS = ["883140500000000", "883140500000001", "x\u202e<b>"]
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(
                ["getCustomerBalance", "getCallBackFollowme", "deleteCallBackFollowme", "set"]
            ),
            st.sampled_from(CUSTOMERS),
        ),
        st.tuples(st.sampled_from(["make", "make", "reset", "advance", "fault", "broken"]), st.just("")),
    ),
    min_size=1,
    max_size=15,
)  # fmt: skip


def take(server, step, customer):
    """Do one step to the fake over HTTP."""
    base = base_of(server)
    if step == "set":
        element = {"type": "Ringall", "redirect_number": "79000010001"}
        rpc(server, "setCallBackFollowme", customer, callBackFollowmeStruct=[element])
    elif step == "make":
        simple = [{"type": "Ringall", "redirect_number": "79000010001"}]
        numbers = {"b_number": "79000000002", "caller_id": "7495"}
        rpc(
            server, "makeCallBackCallFollowme", CUSTOMERS[0],
            simpleCallBackFollowmeStruct=simple, **numbers,
        )  # fmt: skip
    elif step == "reset":
        httpx2.post(f"{base}reset", json={})
    elif step == "advance":
        httpx2.post(f"{base}clock", json={"advance": 20})
    elif step == "fault":
        httpx2.post(f"{base}faults", json={"fault": "http-503@1"})
    elif step == "broken":
        httpx2.post(server.url, content=b"{", auth=AUTH)
    else:
        rpc(server, step, customer)


def shown(console):
    """Return the content of the page: outcomes of the journal, states of the calls, counts."""
    return console.page.evaluate(
        """() => ({
          titles: [...document.querySelectorAll(".entry .what")].map((each) => each.textContent.trim()),
          outcomes: [...document.querySelectorAll(".entry .outcome")].map((each) => each.textContent.trim()),
          calls: document.querySelectorAll("article.call").length,
          customers: document.querySelectorAll("article.customer").length,
          faults: document.querySelectorAll("#faults-list [role='switch']").length,
        })"""
    )


def wanted(server):
    """Return the same content from the control API."""
    base = base_of(server)
    entries = httpx2.get(f"{base}journal", params={"limit": 1000}).json()["entries"]
    entries.reverse()
    return {
        "titles": [entry["method"] or "(not valid JSON)" for entry in entries],
        "outcomes": [entry["outcome"] for entry in entries],
        "calls": len(httpx2.get(f"{base}calls").json()["calls"]),
        "customers": len(httpx2.get(f"{base}state").json()["customers"]),
        "faults": len(httpx2.get(f"{base}faults").json()["faults"]),
    }


def agrees(console, server):
    found, expected = shown(console), wanted(server)
    # The page says an outcome in its own words; a number of an error stays.
    outcomes = zip(found.pop("outcomes"), expected.pop("outcomes"), strict=False)
    return found == expected and all(
        page.split()[0].rstrip(":") == api.split()[0].rstrip(":") for page, api in outcomes
    )


def wait_until_equal(console, server):
    console.until(lambda: agrees(console, server), f"what the API says: {wanted(server)}")


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(runs=st.lists(STEPS, min_size=1, max_size=2))
def test_the_page_agrees_with_the_api_after_any_steps(opened, runs):
    console, port = None, 0
    for steps in runs:  # each in a fake that was restarted
        with LiveServer(mtt_mock.create_app(clock="manual"), port=port) as server:
            port = server.port
            if console is None:
                console = opened(base_of(server))
                console.excuse("Failed to load resource")
                console.excuse("ERR_")
                console.open()
            console.live()
            for step, customer in steps:
                take(server, step, customer)
            wait_until_equal(console, server)
    console.page.close()


def test_a_failed_load_is_reported_and_retried(opened, fake):
    console = opened(base_of(fake))
    console.excuse("503")
    failures = iter(range(2))

    def fail(route):
        if next(failures, None) is None:
            route.continue_()
        else:
            route.fulfill(status=503, body='{"error": "the database does not answer"}')

    console.page.route("**/_mtt/journal?*", fail)
    console.open().live()
    console.see("#journal-count", "journal not loaded, retrying")
    for _ in range(3):
        rpc(fake, "getCustomerBalance")
    wait_for_titles(console, ["getCustomerBalance"] * 3)
    assert "0" not in console.page.locator("#journal-count").inner_text()


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ({"type": "text", "side": "\u0410", "value": "x"}, 'no such side: "\u0410" U+0410'),
        ({"type": "text", "side": "C", "value": "x"}, 'no such side: "C"'),
        ({"type": "text", "value": "x"}, "no side"),
        ({"type": "Ringal", "redirect_number": "79"}, 'no such type: "Ringal"'),
        ({"type": "Ringall"}, "no redirect_number"),
        (7, "no such type"),
    ],
)
def test_a_refused_element_is_drawn_and_marked(console, fake, element, text):
    good = {"type": "Ringall", "redirect_number": "79000000001"}
    rpc(fake, "setCallBackFollowme", callBackFollowmeStruct=[good, element])
    entry = console.see(".entry.bad")
    entry.locator(".line").click()
    assert entry.locator(".number").all_inner_texts() == ["79000000001"]
    assert entry.locator(".side.other .wrong").inner_text().startswith(text)


def test_an_element_that_an_error_names_is_marked(console, fake):
    elements = [
        {"type": "Ringall", "redirect_number": "79000000001"},
        {"type": "Ringall", "redirect_number": 79000000002},
    ]
    rpc(fake, "setCallBackFollowme", callBackFollowmeStruct=elements)
    entry = console.see(".entry.bad")
    entry.locator(".line").click()
    assert entry.locator(".rung.wrong .number").all_inner_texts() == ["79000000002"]


def test_events_are_listed_below_their_causes(console, client, fake, mtt_receiver):
    client.set_callback_followme(
        [Ringall("79000010330"), Text("Hello", side="A")], caller_id="7495"
    )
    client.make_callback_call_followme(b_number="79000010220", callback_url=mtt_receiver.url)
    fake.clock.run_until_idle()
    call = console.see("article.call", "joined")
    call.get_by_text("What happened").click()
    console.see(".timeline li", "start_side_B")  # events may arrive after their call
    lines = [line.split("\n")[0] for line in call.locator(".timeline li").all_inner_texts()]
    answered = next(i for i, line in enumerate(lines) if "B answers" in line)
    sent = next(i for i, line in enumerate(lines) if "start_side_B" in line)
    assert answered < sent, lines


def test_an_unreadable_body_is_shown_with_its_position(console, fake):
    httpx2.post(fake.url, content=b'{"jsonrpc": "2.0",\n "x": nope}', auth=AUTH)
    entry = console.see(".entry.bad", "(not valid JSON)")
    entry.locator(".line").click()
    entry.get_by_text("HTTP request").click()
    assert entry.locator("pre.body").inner_text() == '{"jsonrpc": "2.0",\n "x": nope}'
    assert entry.locator("pre.body mark").inner_text() == "n"
    text = entry.locator("details", has_text="HTTP request").inner_text()
    for part in ("POST /index.php", "login", "127.0.0.1", "117 bytes"):
        assert part in text


def test_a_refused_login_is_named(opened):
    with mtt_mock.serve(clock="manual", accounts=["ann:secret"]) as server:
        console = opened(base_of(server)).open().live()
        httpx2.post(server.url, content=b"{}", auth=("foo", "hunter2"))
        console.see(".entry .line").click()
        console.see(".why", "The login “foo” or its password is not accepted.")
        assert "hunter2" not in console.page.content()
        console.page.close()


def test_the_page_counts_loaded_entries(opened, fake):
    for _ in range(11_000):
        fake.live.fake.record_unmatched_request("GET /x", 404)
    console = opened(base_of(fake)).open().live()
    console.see("#journal-count", "10,000 of the newest 10,000 of 11,000")


def test_a_failed_calls_reason_is_on_its_request(console, client, fake):
    client.set_callback_followme([Ringall("79000000001")], caller_id="7495")
    call = client.make_callback_call_followme(b_number="79000009001")
    fake.clock.run_until_idle()
    row = console.see(".entry", "makeCallBackCallFollowme")
    console.see(".entry .badge.reason", "B: 79000009001 was busy")
    console.see("article.call .badge", "B: 79000009001 was busy")
    row.locator(".line").click()
    row.get_by_role("link", name=f"Show call {call}").click()
    console.until(lambda: console.page.url.endswith(f"#/call/{call}"), "the call's address")
    console.see("article.call.marked", call)
    console.page.get_by_role("link", name="Show the request that made this call").click()
    console.until(lambda: "#/entry/" in console.page.url, "the entry's address")


def test_an_early_info_request_shows_the_end(console, client, fake):
    client.set_callback_followme([Ringall("79000010330")], caller_id="7495")
    call = client.make_callback_call_followme(b_number="79000010220")
    fake.clock.advance(5)
    rpc(fake, "getCallBackFollowmeCallInfo", callBackCall_id=call)
    row = console.see(".entry", "Call is not ended")
    console.see(".entry .badge.reason", "ends in 20 s")
    row.locator(".line").click()
    row.get_by_role("button", name="Advance until then").click()
    console.see("article.call", "joined, B hung up")


def test_a_conflict_leads_to_the_set_that_holds(console, client, fake):
    client.set_callback_followme([Ringall("79000000001")])
    rpc(
        fake,
        "setCallBackFollowme",
        callBackFollowmeStruct=[{"type": "Ringall", "redirect_number": "79000000002"}],
    )
    row = console.see(".entry.bad")
    row.locator(".line").click()
    row.get_by_text("Difference to what is set").click()
    cells = row.locator(".diff tbody tr").all_inner_texts()
    assert ['"79000000001"' in line and '"79000000002"' in line for line in cells].count(True) == 1
    row.get_by_role("link", name="Show the set of").click()
    console.until(lambda: console.page.url.endswith("-1"), "the first entry's address")


def test_two_requests_are_compared(console, fake):
    rpc(fake, "getCustomerBalance", "1111111")
    rpc(fake, "getCustomerBalance", "2222222")
    row = console.see(".entry", "2222222")
    row.locator(".line").click()
    row.get_by_text("Difference to another request").click()
    row.get_by_label("Compare with").select_option(index=1)
    [line] = row.locator(".diff tbody tr").all_inner_texts()
    assert line.split() == ["customer_name", '"1111111"', '"2222222"']


def test_invalid_requests_show_the_nearest_valid_one(console, client, fake):
    element = {"type": "Ringall", "redirect_number": "79000000001", "timeout": 25}
    for customer, timeout in (("1111111", 15), ("2222222", 25)):
        struct = [element | {"timeout": timeout}]
        rpc(fake, "setCallBackFollowme", customer, callBackFollowmeStruct=struct)
    rpc(
        fake,
        "setCallBackFollowme",
        "2222222",
        callBackFollowmeStruct=[element | {"redirect_number": "+7 900"}],
    )
    row = console.see(".entry.bad")
    row.locator(".line").click()
    row.get_by_text("Difference to the nearest valid request").click()
    [line] = row.locator(".diff tbody tr").all_inner_texts()
    assert line.split("\t") == [
        "callBackFollowmeStruct[0].redirect_number", '"79000000001"', '"+7 900"',
    ]  # fmt: skip


def test_an_entry_is_reached_by_its_address(console, fake):
    for number in range(60):
        rpc(fake, "getCustomerBalance", f"88314050000{number:04}")
    generation = httpx2.get(f"{base_of(fake)}journal?limit=0").json()["generation"]
    console.open(f"#/entry/{generation}-2").live()
    console.page.reload()
    console.see("#journal-page", "Page 2 of 2")
    row = console.see(".entry", "883140500000001")
    assert row.locator(".line").get_attribute("aria-expanded") == "true"


def test_a_filter_is_in_the_address(console, fake):
    rpc(fake, "getCustomerBalance")
    rpc(fake, "getCallBackFollowme")
    console.page.locator("#filter-text").fill("status:500 -balance")
    wait_for_titles(console, ["getCallBackFollowme"])
    console.page.reload()
    console.live()
    wait_for_titles(console, ["getCallBackFollowme"])
    assert console.page.locator("#filter-text").input_value() == "status:500 -balance"
    console.until(lambda: "problems: 1" in console.page.title(), "the title")


def test_words_are_found_marked_and_combined(console, client, fake):
    client.set_callback_followme([Ringall("79684881033")], caller_id="7495")
    client.make_callback_call_followme(b_number="79000009001")
    fake.clock.run_until_idle()
    httpx2.post(fake.url, content=b"{", auth=AUTH)
    console.see(".entry", "(not valid JSON)")
    search = console.page.locator("#filter-text")
    for query, expected in {
        "883140500000000 makeCall": ["makeCallBackCallFollowme"],
        "+7 (968) 488-10-33 -make": ["setCallBackFollowme"],
        "busy": ["makeCallBackCallFollowme"],
        "http 500 32700": ["(not valid JSON)"],
        "method:makecall customer:8831": ["makeCallBackCallFollowme"],
    }.items():
        search.fill(query)
        wait_for_titles(console, expected)
    assert console.page.locator(".entry mark").first.inner_text() == "makeCall"
    search.fill("")
    console.page.locator("#filter-method").select_option("unreadable")
    wait_for_titles(console, ["(not valid JSON)"])
    httpx2.get(fake.url.replace("index.php", "nothing"))
    console.page.locator("#filter-method").select_option("other")
    wait_for_titles(console, ["GET /nothing"])


def test_a_request_is_edited_checked_and_sent(console, fake):
    rpc(fake, "getCustomerBalance")
    console.see(".entry .line").click()
    console.page.get_by_role("button", name="Edit and send").click()
    body = console.page.locator("#send-body")
    console.see("#send-problems", "The contract finds no problem.")
    request = json.loads(body.input_value())
    request["params"]["customer_name"] = 7
    body.fill(json.dumps(request))
    console.see("#send-problems", "customer_name")
    request["params"]["customer_name"] = "8831407"
    body.fill(json.dumps(request))
    console.see("#send-problems", "The contract finds no problem.")
    console.page.get_by_role("button", name="Send", exact=True).click()
    console.see("#send-answer", "HTTP 200")
    assert fake.journal[-1].customer == "8831407"


def test_the_first_request_is_sent_from_the_page(console, fake):
    start = console.see("#start")
    start.get_by_role("button", name="Send it").click()
    console.page.get_by_role("button", name="Send", exact=True).click()
    console.see("#send-answer", '{"success":1}')
    assert len(fake.followme("883140500000000").elements) == 1
    console.page.get_by_role("button", name="Close").first.click()
    console.until(lambda: start.get_attribute("open") is None, "the first screen closes")


def test_an_undelivered_event_is_sent_again(console, client, fake, mtt_receiver):
    mtt_receiver.respond_with(500)
    client.set_callback_followme([Ringall("79000010330")], caller_id="7495")
    client.make_callback_call_followme(b_number="79000010220", callback_url=mtt_receiver.url)
    fake.clock.advance(3.5)
    row = console.see(".entry.bad", "start_side_A")
    mtt_receiver.respond_with(200)
    row.locator(".line").click()
    row.get_by_role("button", name="Send again").click()
    console.until(lambda: mtt_receiver.names == ["start_side_A"] * 2, "two events")


def test_a_call_is_drawn_as_a_sequence(console, client, fake):
    client.set_callback_followme([Ringall("79000010330")], caller_id="7495")
    client.make_callback_call_followme(b_number="79000010220", callback_url="http://127.0.0.1:9/")
    fake.clock.run_until_idle()
    call = console.see("article.call", "joined")
    call.get_by_text("Sequence diagram").click()
    texts = call.locator(".diagram text").all_text_contents()
    assert texts[:5] == ["application", "fake", "Side A", "Side B", "receiver"]
    assert "makeCallBackCallFollowme" in texts
    assert any(text.startswith("start_side_A: no connection") for text in texts)
    console.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    call.get_by_role("button", name="Copy as SVG").click()
    console.see("#toast", "Copied")
    svg = console.page.evaluate("navigator.clipboard.readText()")
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert "start_side_A" in svg


def test_a_prompt_and_a_recording_are_played(console, client, fake):
    client.set_callback_followme([Ringall("79000010330")], caller_id="7495")
    call = client.make_callback_call_followme(b_number="79000010203", record=True)
    fake.clock.run_until_idle()
    info = client.get_callback_followme_call_info(call)
    client.upload_prompt("hello.wav", client.download_record(info.record_url_a))
    row = console.see(".entry", "getCallBackFollowmeCallInfo")
    row.locator(".line").click()
    row.get_by_role("button", name="Play recording A").click()
    card = console.see("article.customer", "hello.wav")
    card.get_by_role("button", name="Play").click()
    for place in (row, card):
        audio = place.locator("audio")
        console.until(
            lambda audio=audio: audio.evaluate("node => node.readyState >= 1 && node.duration > 1"),
            "the audio",
        )


def test_two_customers_of_many_are_found_by_the_fake(opened, fake):
    with MttClient(fake.url, "login", "password", "x") as _client:
        for number in range(30):
            rpc(fake, "setCallBackFollowme", f"88314050{number:04}", callBackFollowmeStruct=[
                {"type": "Ringall", "redirect_number": "79000000001"}])  # fmt: skip
    console = opened(base_of(fake)).open().live()
    console.see("#customers-list button", "Show more (10)")
    assert console.page.locator("article.customer").count() == 20
    console.page.locator("#customers-find").fill("883140500029")
    console.until(lambda: console.page.locator("article.customer").count() == 1, "one customer")
    console.see("article.customer", "883140500029")


def test_the_reasons_of_older_calls_are_found(opened, client, fake):
    client.set_callback_followme([Ringall("79000000001")], caller_id="7495")
    calls = [client.make_callback_call_followme(b_number="79000009001") for _ in range(12)]
    fake.clock.run_until_idle()
    console = opened(base_of(fake)).open().live()
    console.see(".entry .badge.reason", "B: 79000009001 was busy", count=12)
    assert console.page.locator("article.call").count() == 10
    console.page.evaluate(f"location.hash = '#/call/{calls[0]}'")
    console.see("article.call.marked", calls[0])


def test_a_call_beyond_those_that_are_loaded_is_found(opened, client, fake):
    client.set_callback_followme([Ringall("79000000001")], caller_id="7495")
    first = client.make_callback_call_followme(b_number="79000009001")
    fake.clock.advance(5)
    console = opened(base_of(fake))
    console.page.route(
        re.compile("/calls.limit="),
        lambda route: route.continue_(url=f"{base_of(fake)}calls?limit=1"),
    )
    client.make_callback_call_followme(b_number="79000010020")
    console.open().live()
    console.see(".entry", "B: 79000009001 was busy")
    console.page.evaluate(f"location.hash = '#/call/{first}'")
    console.see("article.call.marked", first)


def test_links_to_sections_keep_the_filter(console, fake):
    rpc(fake)
    console.page.fill("#filter-text", "balance")
    console.see("#journal-count", "1 of 1")
    console.page.get_by_role("link", name="Faults").click()
    console.page.reload()
    text = console.see("#filter-text")
    console.until(lambda: text.input_value() == "balance", "the filter")
