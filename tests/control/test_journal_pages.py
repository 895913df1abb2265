"""The journal over the control API: pages, filters, masks, exports."""

import json

import httpx2
import pytest

from mtt_client import MttError, Ringall
from mtt_mock.server.event_stream import StreamCursor

CUSTOMER = "883140500000000"


@pytest.fixture
def three(mtt_client):
    """Three exchanges: a set, a conflict, a delete."""
    mtt_client.set_callback_followme([Ringall("79000000001", timeout=5)])
    with pytest.raises(MttError):
        mtt_client.set_callback_followme([Ringall("79000000002")])
    mtt_client.delete_callback_followme()


def test_an_entry_holds_request_answer_and_notes(control, three):
    page = control.get("journal")
    assert (page["last"], page["dropped"]) == (3, False)
    first, second, third = page["entries"]
    for entry in (first, second, third):
        assert isinstance(entry.pop("at"), float)
        assert isinstance(entry.pop("ms"), float)
        assert entry.pop("size") > 50
        assert entry.pop("wire")["login"] == "login"
    assert first == {
        "seq": 1,
        "kind": "exchange",
        "method": "setCallBackFollowme",
        "customer": CUSTOMER,
        "id": 1,
        "request": {
            "customer_name": CUSTOMER,
            "callBackFollowmeStruct": [
                {"type": "Ringall", "redirect_number": "79000000001", "timeout": 5}
            ],
        },
        "answer": {"result": {"success": 1}},
        "status": 200,
        "outcome": "ok",
        "conflict": False,
        "notes": [
            {
                "path": "callBackFollowmeStruct[0].timeout",
                "message": first["notes"][0]["message"],
                "hint": first["notes"][0]["hint"],
                "severity": "warning",
            }
        ],
        "fault": None,
    }
    assert "10" in first["notes"][0]["message"]
    assert second["outcome"] == "refused: Side A not clear. Delete before insert"
    assert second["conflict"] is True
    assert (third["method"], third["outcome"]) == ("deleteCallBackFollowme", "ok")


def test_pages_follow_each_other(control, three):
    assert [each["seq"] for each in control.get("journal", after=1, limit=1)["entries"]] == [2]
    assert control.get("journal", after=3)["entries"] == []
    assert control.get("journal", after=10**15 - 1)["entries"] == []


def test_filters(control, three):
    found = control.get("journal", method="DELETECallBackFollowme")["entries"]
    assert [each["seq"] for each in found] == [3]
    assert control.get("journal", customer="other")["entries"] == []
    assert [each["seq"] for each in control.get("journal", problems="1")["entries"]] == [1, 2]


def test_numbers_are_masked_on_request(control, three):
    text = json.dumps(control.get("journal", mask="1"))
    assert "79000000001" not in text
    assert CUSTOMER not in text
    assert "79******001" in text


def test_a_mask_hides_numbers_in_every_form(control, mtt_server, origin):
    hidden = "79000000001"
    body = {
        "jsonrpc": "2.0",
        "id": 79000000001,
        "method": f"call{hidden}",
        "params": {
            "customer_name": 79000000001,
            hidden: 1,
            "text": "+7 (900) 000-00-01",
            "both": hidden * 2,
            "float": 79000000001.0,
            "callBackFollowmeStruct": [],
        },
    }
    control.http.post(mtt_server.url, json=body, auth=("login", "password"))
    body |= {"method": "setCallBackFollowme", "id": hidden}
    control.http.post(mtt_server.url, json=body, auth=("login", "password"))
    control.http.get(f"{origin}/{hidden}")
    for path in ("journal", "journal.jsonl", "journal.har"):
        text = control.http.get(f"{origin}/_mtt/{path}", params={"mask": "1"}).text
        assert hidden not in text
        assert "900) 000-00-01" not in text
        assert "79******001" in text
    first, second, third = control.get("journal", mask="1")["entries"]
    assert first["request"] == {
        "customer_name": "79******001",
        "79******001": 1,
        "text": "+7 (9**) ***-*0-01",
        "both": "79*****************001",
        "float": "79******001.0",
        "callBackFollowmeStruct": [],
    }
    assert (first["id"], second["id"]) == ("79******001", "79******001")
    assert (first["method"], third["method"]) == ("call79******001", "GET /79******001")
    assert second["outcome"] == (
        "error -32602 customer_name must be a string, got number 79******001 "
        '(send it as a JSON string: "79******001")'
    )
    assert first["at"] > 10**9


def test_dropped_entries_are_counted(control, mtt_server, mtt_client):
    mtt_server.journal.resize(2)
    for _ in range(3):
        mtt_client.delete_callback_followme()
    page = control.get("journal")
    assert ([each["seq"] for each in page["entries"]], page["dropped"]) == ([2, 3], True)
    assert control.get("journal", after=1)["dropped"] is False


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"limit": "-1"}, "limit must be a whole number from 0 on, got '-1'"),
        ({"after": "x"}, "after must be a whole number from 0 on, got 'x'"),
        ({"after": "9" * 16}, "after must be a whole number from 0 on, got '9999999999999999'"),
        ({"problems": "yes"}, "problems must be 0 or 1, got 'yes'"),
        ({"methd": "x"}, "unknown parameter 'methd'; it takes after, limit, method, customer, "),
    ],
)
def test_an_invalid_query_is_refused(control, three, query, error):
    assert control.get("journal", status=400, **query)["error"].startswith(error)


def test_the_journal_as_lines(control, three, origin):
    answer = control.http.get(f"{origin}/_mtt/journal.jsonl")
    assert answer.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == control.get("journal")["entries"]


def test_the_journal_as_har(control, three, origin):
    log = control.get("journal.har")["log"]
    assert (log["version"], log["creator"]["name"], len(log["entries"])) == ("1.2", "mtt-mock", 3)
    entry = log["entries"][1]
    assert entry["request"]["url"] == f"{origin}/index.php"
    sent = json.loads(entry["request"]["postData"]["text"])
    assert (sent["method"], sent["params"]["customer_name"]) == ("setCallBackFollowme", CUSTOMER)
    assert entry["response"]["status"] == 200
    assert json.loads(entry["response"]["content"]["text"])["result"]["error"] == 1
    assert "Authorization" not in json.dumps(log)


def test_har_entries_have_their_url(control, mtt_client, mtt_server, origin):
    login = ("login", "password")
    mtt_client.upload_prompt("hello.wav", b"SECRET-BYTES")
    control.http.get(f"{origin}/favicon ico")
    control.http.get(mtt_server.url, auth=login)
    control.http.post(mtt_server.url, content=b"nonsense", auth=login)
    mtt_server.faults.add("http-503@1")
    body = {"jsonrpc": "2.0", "id": 1, "method": "noSuch"}
    control.http.post(mtt_server.url, json=body, auth=login)
    rows = [
        (
            each["request"]["method"],
            each["request"]["url"].removeprefix(origin),
            each["request"].get("postData", {}).get("text"),
            each["response"]["status"],
            each["response"]["content"]["text"],
            each["comment"],
        )
        for each in control.get("journal.har")["log"]["entries"]
    ]
    assert rows[0][:2] == ("POST", "/index.php")
    parse_error = {"code": -32700, "message": "Parse error", "data": None}
    assert rows[1:] == [
        ("POST", "/upload/", None, 200, '{"success": 1}', "ok"),
        ("GET", "/favicon%20ico", None, 404, "", "HTTP 404"),
        ("GET", "/index.php", None, 200, "", "ok"),
        (
            "POST",
            "/index.php",
            None,
            500,
            json.dumps({"jsonrpc": "2.0", "error": parse_error, "id": None}),
            "error -32700",
        ),
        ("POST", "/index.php", json.dumps(body), 503, "", "fault http-503@1"),
    ]


def test_requests_that_are_none_of_mtts_are_in_it(control, origin):
    control.http.get(f"{origin}/favicon.ico")
    control.http.put(f"{origin}/index.php")
    rows = [(each["method"], each["outcome"]) for each in control.get("journal")["entries"]]
    assert rows == [("GET /favicon.ico", "HTTP 404"), ("PUT /index.php", "HTTP 405")]


def test_credentials_and_uploaded_bytes_are_not_in_it(control, mtt_client, origin):
    mtt_client.upload_prompt("hello.wav", b"SECRET-BYTES")
    text = control.http.get(f"{origin}/_mtt/journal.jsonl").text
    assert "SECRET-BYTES" not in text
    assert "Basic" not in text


def test_har_includes_unmatched_requests(control, mtt_server):
    login = ("login", "password")
    for body in (
        {"jsonrpc": "2.0", "id": 1, "method": "noSuch", "params": {"customer_name": "1", "x": 2}},
        {"jsonrpc": "1.0", "id": 1, "method": "deleteCallBackFollowme", "params": {"x": 3}},
        {"jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme", "params": ["1"]},
    ):
        control.http.post(mtt_server.url, json=body, auth=login)
    entries = control.get("journal")["entries"]
    assert [each["request"] for each in entries] == [
        {"customer_name": "1", "x": 2},
        {"x": 3},
        ["1"],
    ]
    assert [each["customer"] for each in entries] == ["1", None, None]


@pytest.mark.parametrize("call_id", [None, "", "0", 0.0, False])
def test_an_id_that_makes_a_notification_is_noted(control, mtt_server, origin, call_id):
    body = {"jsonrpc": "2.0", "method": "deleteCallBackFollowme", "params": ["1"], "id": call_id}
    control.http.post(mtt_server.url, json=body, auth=("login", "password"))
    [entry] = control.get("journal")["entries"]
    assert entry["answer"] is None
    assert [note["path"] for note in entry["notes"]] == ["id"]


def test_mask_hides_every_spelling_urls_and_secrets():
    from mtt_mock.service.journal.masking import masked

    assert masked(
        {
            "value": "8\u00a0(912)\u00a0345\u201167\u201189",
            "callBackURL": "http://bob:hunter2@crm.example/h?token=TOPSECRET1",
            "text": "see crm.example/a?t=TOPSECRET2",
            "password": "hunter2",
        }
    ) == {
        "value": "8\u00a0(9**)\u00a0***\u2011*7\u201189",
        "callBackURL": "http://***@crm.example/h?***",
        "text": "see crm.example/a?***",
        "password": "***",
    }


def test_an_invalid_flag_is_refused_with_an_empty_journal(control, origin):
    answer = control.http.get(f"{origin}/_mtt/journal?problems=banana")
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "problems must be 0 or 1, got 'banana'"},
    )


def test_har_exports_the_selected_entries(control, three):
    outcomes = ["ok", "refused: Side A not clear. Delete before insert", "ok"]
    for ranges, kept in (("2", [1]), ("1-2", [0, 1]), ("1,3-900", [0, 2]), ("0", [])):
        entries = control.get("journal.har", seq=ranges)["log"]["entries"]
        assert [entry["comment"] for entry in entries] == [outcomes[index] for index in kept]


@pytest.mark.parametrize("ranges", ["", "x", "1-", "1,,2", "1--2", "9" * 20])
def test_an_invalid_range_of_entries_is_refused(control, origin, ranges):
    answer = httpx2.get(f"{origin}/_mtt/journal.har", params={"seq": ranges})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("seq must be such as 3,7-9, got ")


def large_presets(fake, count, size=500_000):
    text = "x" * size
    params = {
        "customer_name": CUSTOMER,
        "callBackFollowmeStruct": [{"type": "text", "side": "B", "value": text}],
    }
    for method, values in [
        ("setCallBackFollowme", params),
        *[("getCallBackFollowme", {"customer_name": CUSTOMER})] * count,
    ]:
        call = {"jsonrpc": "2.0", "id": 1, "method": method, "params": values}
        assert fake.answer("Basic YTpi", json.dumps(call).encode()).status == 200


def test_the_journal_counts_the_bytes_of_answers(control, mtt_server):
    large_presets(mtt_server._live.fake, 40)
    sizes = [entry["size"] for entry in paged(control)]
    assert 15 <= len(sizes) <= 16
    assert sum(sizes) < 8 * 1024 * 1024


def test_a_page_ends_after_two_mib(control, mtt_server):
    large_presets(mtt_server._live.fake, 9)
    page = control.get("journal", limit=1000)
    assert [entry["seq"] for entry in page["entries"]] == [1, 2, 3, 4]
    assert [entry["seq"] for entry in paged(control)] == [*range(1, 11)]


def test_a_stream_sends_256_kib_at_a_time(mtt_server):
    fake = mtt_server._live.fake
    cursor = StreamCursor(fake, None, mask=False)
    large_presets(fake, 9, size=100_000)
    pieces = []
    while piece := cursor.poll():
        pieces.append([event for event in piece if event.startswith(b"id: ")])
    assert [len(piece) for piece in pieces] == [2, 2, 2, 2, 2]


def paged(control):
    entries, after = [], 0
    while page := control.get("journal", limit=1000, after=after)["entries"]:
        entries += page
        after = page[-1]["seq"]
    return entries
