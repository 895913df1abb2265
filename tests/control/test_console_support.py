"""Control API endpoints for the console: settings, checks, repeated events."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import quote

import pytest

import mtt_mock
from mtt_client import MttClient, Ringall
from mtt_mock.cli.main import main

AUTH = {"Authorization": "Basic YW5uOnM6ZWNyZXQ="}  # ann:s:ecret


@pytest.fixture
def fake():
    with mtt_mock.serve(clock="manual", journal_size=10) as server:
        yield server


def app(**settings):
    return mtt_mock.create_app(clock="manual", **settings).test_client()


def test_the_settings_show_no_secret():
    client = app(accounts=["ann:hunter2"], control_token="t0ken")
    answer = client.get("/_mtt/settings", headers={"Authorization": "Bearer t0ken"})
    shown = {item["name"]: item["value"] for item in answer.json["settings"]}
    assert shown["accounts"] == "ann:***"
    assert shown["control_token"] == "***"
    assert shown["error_status"] == "500"
    assert answer.json["endpoint"] == "http://localhost/index.php"
    assert answer.json["version"] == mtt_mock.__version__
    assert "hunter2" not in answer.text
    assert "t0ken" not in answer.text


def test_a_request_is_checked_with_hints():
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "setCallBackFollowme",
        "params": {
            "customer_name": "8831405",
            "callBackFollowmeStruct": [{"type": "text", "value": "x", "side": "В"}],
        },
    }
    answer = app().post("/_mtt/check", json={"request": request})
    [problem] = answer.json["problems"]
    assert problem["path"].endswith("callBackFollowmeStruct[0].side")
    assert problem["hint"] == "В is Cyrillic U+0412; type the Latin letter B"


@pytest.mark.parametrize("request_", [None, [], "x", 7, {"method": ["x"]}, {"method": "nope"}])
def test_any_json_can_be_checked(request_):
    answer = app().post("/_mtt/check", json={"request": request_})
    assert answer.status_code == 200
    assert answer.json["problems"]


def test_the_journal_describes_the_http_request():
    client = app(accounts=["ann:other"])
    client.post("/index.php", data=b'{"jsonrpc": "2.0"', headers=AUTH | {"User-Agent": "curl/8"})
    [entry] = client.get("/_mtt/journal").json["entries"]
    assert entry["wire"]["login"] == "ann"
    assert entry["wire"]["verb"] == "POST"
    assert entry["wire"]["path"] == "/index.php"
    assert entry["wire"]["peer"] == "127.0.0.1"
    assert entry["wire"]["headers"]["User-Agent"] == "curl/8"
    assert entry["wire"]["body"] == '{"jsonrpc": "2.0"'
    assert entry["wire"]["clock"] == 1767225600.0
    assert "ecret" not in json.dumps(entry)


def test_a_readable_body_is_not_stored_twice():
    client = app()
    body = {"jsonrpc": "2.0", "id": 1, "method": "getCustomerBalance", "params": {}}
    client.post("/index.php", json=body, headers=AUTH)
    [entry] = client.get("/_mtt/journal").json["entries"]
    assert "body" not in entry["wire"]


def test_an_unreadable_body_is_cut():
    client = app()
    client.post("/index.php", data=b"{" + b"\xff" * 10_000, headers=AUTH)
    [entry] = client.get("/_mtt/journal").json["entries"]
    assert len(entry["wire"]["body"]) == 4096


def test_the_state_can_be_limited_and_searched():
    client = app()
    for number in range(5):
        client.post(f"/_mtt/balance/8831405{number}", json={"balance": 1})
    answer = client.get("/_mtt/state?limit=2").json
    assert [len(answer["customers"]), answer["total"]] == [2, 5]
    answer = client.get("/_mtt/state?find=8314053").json
    assert [item["customer"] for item in answer["customers"]] == ["88314053"]
    assert client.get("/_mtt/state?limt=2").status_code == 400


@pytest.mark.parametrize("customer", ["8\n8", "8\n", "a/b", "8\r\n8"], ids=ascii)
def test_a_customer_may_have_any_name(customer):
    client = app()
    path = f"/_mtt/balance/{quote(customer)}"
    assert client.post(path, json={"balance": 1}).json == {"customer": customer, "balance": 1}


def test_an_event_can_be_sent_again(fake, mtt_receiver):
    with MttClient(fake.url, "login", "password", "8831405") as client:
        client.set_callback_followme([Ringall("79000000001")], caller_id="7495")
        call = client.make_callback_call_followme(
            b_number="79000000002", callback_url=mtt_receiver.url
        )
    fake.clock.advance(3.5)
    web = fake.live.fake
    assert mtt_receiver.names == ["start_side_A"]
    import httpx2

    control = fake.url.replace("index.php", "_mtt/")
    answer = httpx2.post(f"{control}events", json={"call": call, "event": "start_side_A"})
    assert answer.json()["status"] == 200
    assert mtt_receiver.names == ["start_side_A", "start_side_A"]
    assert len(web.journal.deliveries) == 2
    missing = httpx2.post(f"{control}events", json={"call": call, "event": "end_side_B"})
    assert missing.status_code == 404
    one = httpx2.get(f"{control}calls?id={call}").json()
    assert [stored["id"] for stored in one["calls"]] == [call]
    assert httpx2.get(f"{control}calls?id=7").json() == {"calls": [], "total": 1}
    calls = httpx2.get(f"{control}calls?limit=0").json()
    assert calls == {"calls": [], "total": 1}


def test_the_settings_show_the_profile_and_the_stubs(tmp_path):
    from mtt_mock import create_app, fake_of
    from mtt_mock.service.profile import Profile

    app = create_app(profile=Profile({"info.currency": "USD"}), stubs=[])
    try:
        settings = app.test_client().get("/_mtt/settings").json["settings"]
    finally:
        fake_of(app).close()
    values = {setting["name"]: setting["value"] for setting in settings}
    assert values["profile"] == 'info.currency = "USD"'
    assert values["stubs"] == "0 stubs"


def test_an_event_of_an_unknown_call_cannot_be_sent_again():
    client = app()
    answer = client.post("/_mtt/events", json={"call": "1", "event": "start_side_A"})
    assert (answer.status_code, answer.json["error"]) == (404, "no such call is stored")
    answer = client.post("/_mtt/events", json={"call": "1"})
    assert (answer.status_code, answer.json["error"]) == (400, "send call and event")


def test_a_fault_that_is_no_text_is_refused():
    answer = app().post("/_mtt/faults", json={"fault": 3})
    assert answer.status_code == 400
    assert answer.json["error"] == 'send {"fault": "setCallBackFollowme:reset-after@2"}'


def test_all_stubs_are_removed():
    client = app()
    stub = {"method": "getCustomerBalance", "error": [-32002, "No access"]}
    client.post("/_mtt/stubs", json=stub)
    assert len(client.get("/_mtt/stubs").json["stubs"]) == 1
    assert client.delete("/_mtt/stubs").json["stubs"] == []


def test_a_har_has_no_phrase_for_a_status_without_one():
    client = app(error_status=599)
    client.post("/index.php", data="{", headers=AUTH)
    response = client.get("/_mtt/journal.har").json["log"]["entries"][0]["response"]
    assert (response["status"], response["statusText"]) == (599, "")


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (501, "cannot do that: no such store"),
        (401, "requires its control token: put it into the variable MTT_MOCK_CONTROL_TOKEN"),
    ],
)
def test_commands_say_why_a_fake_refuses(capsys, status, message):
    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b"no such store")

        def log_message(self, *_):
            """Print nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        code = main(["state", "export", f"http://127.0.0.1:{server.server_port}"])
        server.shutdown()
        thread.join()
    assert code == 2
    assert message in capsys.readouterr().err
