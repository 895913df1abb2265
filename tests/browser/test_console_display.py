"""The console shows requests, state and the progress of calls."""

import httpx2
import pytest
from console_page import base_of

import mtt_mock
from mtt_client import File, Linear, MttClient, Ringall, SideNotClearError, Text

TOGETHER = [
    Ringall("79684881033", order=1, timeout=25, name="sales"),
    Ringall("79522222222", order=1, timeout=20, name="sales"),
    Linear("79636793312", order=2, timeout=15, name="chief"),
    Text("Please hold", side="A"),
    File("for_all_sales", side="B"),
]


def test_a_set_appears_without_a_reload(console, client):
    console.see("#customers", "No customers yet")
    client.set_callback_followme([Ringall("79684881033")])
    card = console.see("article.customer", "883140500000000")
    assert card.locator(".number").all_inner_texts() == ["79684881033"]
    assert console.see(".entry .what").inner_text() == "setCallBackFollowme"


def test_a_structure_is_drawn_by_ringing_order(console, client):
    client.set_callback_followme(TOGETHER, default_b_number="79511234567")
    side_a, side_b = console.see("article.customer").locator(".side").all()
    groups = side_a.locator(".group").all()
    assert [group.locator(".how").inner_text() for group in groups] == ["ring together", "then"]
    assert groups[0].locator(".number").all_inner_texts() == ["79684881033", "79522222222"]
    assert groups[1].locator(".number").all_inner_texts() == ["79636793312"]
    assert side_a.locator(".prompt").all_inner_texts() == ["hears Please hold"]
    assert side_b.locator(".b-number").inner_text() == "79511234567"
    assert side_b.locator(".prompt").all_inner_texts() == ["hears file for_all_sales"]
    # The third number starts to ring when the longest of the first two is over.
    bars = [bar.bounding_box() for bar in side_a.locator(".ring-bar").all()]
    assert bars[0]["x"] == bars[1]["x"]
    assert bars[2]["x"] == pytest.approx(bars[0]["x"] + bars[0]["width"], abs=1)


def test_a_conflict_is_explained(console, client):
    client.set_callback_followme(TOGETHER)
    with pytest.raises(SideNotClearError):
        client.set_callback_followme([Linear("79000000009")])
    entry = console.see(".entry.bad", "refused: Side A not clear. Delete before insert")
    entry.locator(".line").click()
    console.see(".why", "It now holds: 79684881033, 79522222222, 79636793312, Please hold.")
    why = entry.locator(".why").inner_text()
    assert why.startswith("Side A already holds elements, so MTT refuses the whole request.")
    assert entry.locator(".details .number").all_inner_texts() == ["79000000009"]


def test_notes_are_shown_with_their_path(console, client):
    client.set_callback_followme([Ringall("79684881033", timeout=5)])
    entry = console.see(".entry.warned", "notes: 1")
    entry.locator(".line").click()
    note = entry.locator(".notes li").inner_text()
    assert note.startswith("callBackFollowmeStruct[0].timeout is 5 s") or (
        "callBackFollowmeStruct[0].timeout" in note and "10 s" in note
    )


def test_the_timeline_of_a_call_moves_with_the_clock(console, client, fake, mtt_receiver):
    client.set_callback_followme([Ringall("79000010330"), Ringall("79000009001")], caller_id="7495")
    client.make_callback_call_followme(b_number="79000010220", callback_url=mtt_receiver.url)
    console.see("article.call", "in progress")
    call = console.page.locator("article.call")

    fake.clock.advance(1)
    ringing = call.locator(".lane", has_text="79000010330").locator(".segment.rings")
    console.until(lambda: ringing.count() == 1, "A rings")
    assert call.locator(".segment.talks").count() == 0

    fake.clock.advance(6)  # A answers after 3 s, B 2 s later
    console.until(lambda: call.locator(".segment.talks").count() == 2, "both sides talk")
    talked = share_of(call, ".segment.talks")

    fake.clock.advance(5)
    console.until(lambda: share_of(call, ".segment.talks") > talked, "more talk")
    fake.clock.advance(60)
    console.see("article.call", "joined, B hung up")
    console.until(lambda: call.locator(".diamond").count() == 4, "four events")
    call.get_by_text("What happened").click()
    lines = [line.split("\n")[0] for line in call.locator(".timeline li").all_inner_texts()]
    assert lines[0] == "0 s A rings 79000010330"
    assert "25 s B hangs up 79000010220" in lines
    assert any(line.startswith("25 s HTTP 200 event end_side_B") for line in lines), lines


def test_calls_proceed_on_a_running_clock(opened):
    with mtt_mock.serve(clock="20x") as server:
        console = opened(base_of(server)).open().live()
        with MttClient(server.url, "login", "password", "883140500000000") as client:
            client.set_callback_followme([Ringall("79000010530")], caller_id="7495")
            client.make_callback_call_followme(b_number="79000010540")
        console.see("article.call", "in progress")
        console.until(lambda: share_of(console.page, ".segment.rings") > 5, "A rings")
        console.until(lambda: share_of(console.page, ".segment.talks") > 5, "they talk")
        console.see("article.call", "joined, A hung up")
        console.page.close()


def test_updates_keep_input_and_open_details(console, client):
    client.set_callback_followme([Ringall("79000000001")])
    balance = console.see("article.customer").get_by_label("Balance, RUB")
    balance.fill("77")
    line = console.see(".entry .line")
    line.click()
    client.set_callback_followme([Text("Hello", side="B")])
    console.see("article.customer .prompt", "Hello")
    assert balance.input_value() == "77"
    assert console.page.locator(".entry .details:not([hidden])").count() == 1


def share_of(place, selector):
    """Return how much of the timeline's width the first ``selector`` takes, in percent."""
    width = place.locator(selector).evaluate_all("found => found[0]?.style.width")
    return float((width or "0%").removesuffix("%"))


def test_unmatched_requests_are_shown_as_sent(console, fake):
    body = {"jsonrpc": "2.0", "id": 1, "method": "noSuchMethod", "params": {"colour": "blue"}}
    httpx2.post(fake.url, json=body, auth=("login", "password"))
    entry = console.see(".entry.bad", "noSuchMethod")
    entry.locator(".line").click()
    assert entry.locator("dl").first.inner_text().split() == ["colour", "blue"]
    assert entry.get_by_role("button").all_inner_texts()[1:3] == ["Copy as curl", "Edit and send"]


def test_a_non_audio_prompt_is_marked(console, client):
    client.upload_prompt("hello.wav", b"not audio")
    assert (
        "Uploaded hello.wav (not a known audio format)"
        in console.see("article.customer").inner_text()
    )


def test_an_undelivered_event_is_a_problem(console, client, fake):
    client.set_callback_followme([Ringall("79000010330")], caller_id="7495")
    client.make_callback_call_followme(b_number="79000010220", callback_url="http://127.0.0.1:9/x")
    fake.clock.advance(10)
    entry = console.see(".entry.bad", "start_side_A")
    entry.locator(".line").click()
    assert "http://127.0.0.1:9/x" in entry.locator(".details").inner_text()
    assert console.see("article.call .diamond.failed").count() == 1


def test_a_missing_response_is_explained(console, fake):
    body = {"jsonrpc": "2.0", "id": 1, "method": "deleteCallBackFollowme", "params": {}}
    body["params"] = {"customer_name": "1"}

    def details_of(text):
        entry = console.see(".entry", text)
        entry.locator(".line").click()
        text = entry.locator(".details").inner_text()
        entry.locator(".line").click()  # an open row holds the list
        return text

    httpx2.post(fake.url, json=body | {"id": None}, auth=("login", "password"))
    assert "No answer: a notification is executed and not answered." in details_of("ok")
    httpx2.post(fake.url, json=body)
    details = details_of("401 no or wrong credentials")
    assert "HTTP 401, no JSON-RPC answer." in details
    assert "notification" not in details
    fake.faults.add("http-503@1")
    httpx2.post(fake.url, json=body, auth=("login", "password"))
    assert "None: the fault triggered instead." in details_of("fault http-503@1")
    fake.faults.add("empty@1")
    httpx2.post(fake.url, json=body, auth=("login", "password"))
    assert "ANSWER, HAD THERE BEEN NO FAULT" in details_of("fault empty@1").upper()


def test_a_set_in_mtts_own_spelling_is_drawn(console, fake):
    params = {
        "customer_name": "1",
        "callBackFollowmeStruct": [{"type": "linal", "redirect_number": "79000000001"}],
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": params}
    httpx2.post(fake.url, json=body, auth=("login", "password"))
    entry = console.see(".entry.warned", "setCallBackFollowme")
    entry.locator(".line").click()
    assert entry.locator(".details .number").all_inner_texts() == ["79000000001"]
    note = entry.locator(".notes li").inner_text()
    assert note.count("callBackFollowmeStruct[0].type") == 1


def test_a_long_name_leaves_room_for_the_method(console, fake):
    body = {"jsonrpc": "2.0", "id": 1, "method": "deleteCallBackFollowme"}
    params = {"customer_name": "x" * 5000}
    httpx2.post(fake.url, json=body | {"params": params}, auth=("login", "password"))
    line = console.see(".entry .line", "deleteCallBackFollowme")
    assert line.locator(".what").bounding_box()["width"] > 150
    assert line.bounding_box()["height"] < 60


def test_opened_details_fit_a_phone(console, client, fake):
    texts = [Text("nospaces" * 200, side="A"), Text("А" * 500, side="B")]
    client.set_callback_followme([Ringall("79000000001"), *texts], caller_id="7495")
    client.make_callback_call_followme(b_number="79000000002", callback_url="http://127.0.0.1:9/")
    fake.clock.run_until_idle()
    console.see("article.call")
    console.page.set_viewport_size({"width": 320, "height": 700})
    for line in console.page.locator(".entry .line").all():
        line.click()
    console.page.evaluate(
        "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
    )
    assert console.page.evaluate("document.documentElement.scrollWidth") == 320


HOSTILE = "<script>alert(1)</script><img/src=x/onerror=alert(2)>"


def test_hostile_names_are_shown_as_text(console, client, fake):
    body = {
        "jsonrpc": "2.0",
        "id": HOSTILE,
        "method": "setCallBackFollowme",
        "params": {
            "customer_name": HOSTILE,
            "callBackFollowmeStruct": [
                {
                    "type": "Ringall",
                    "redirect_number": "79000000001",
                    "name": HOSTILE,
                    HOSTILE: HOSTILE,
                },
                {"type": "text", "side": "A", "value": HOSTILE},
            ],
            "caller_id": "7495",
        },
    }
    make = {
        "customer_name": HOSTILE,
        "b_number": "79000010220",
        "callDescription": HOSTILE,
        "callBackURL": f"http://127.0.0.1:9/{HOSTILE}?event=#event#",
    }
    ask = {"json": body, "auth": ("login", "password")}
    httpx2.post(fake.url, **ask)
    httpx2.post(fake.url, json=body | {"method": HOSTILE}, auth=("login", "password"))
    made = body | {"method": "makeCallBackCallFollowme", "params": make}
    httpx2.post(fake.url, json=made, auth=("login", "password"))
    fake.clock.advance(30)
    console.see(".entry", "makeCallBackCallFollowme")
    console.see("article.customer .name", HOSTILE)
    console.see(".entry .what", HOSTILE)
    console.see("article.call")
    console.page.locator("article.call summary").first.click()
    for line in console.page.locator(".entry .line").all():
        line.click()
    for each in console.page.locator(".details summary").all():
        each.click()
    assert console.page.locator("#main img, #main script, #main iframe").count() == 0
    assert console.page.locator("dd", has_text="<script>").count() > 0
