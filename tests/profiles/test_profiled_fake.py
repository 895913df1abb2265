"""A fake behaves as its profile says: each settable fact shows on the wire."""

from __future__ import annotations

import pickle
import re

import pytest

from mtt_contracts.fact_values import settable_facts
from mtt_mock import Answers, NeverAnswers, SettingsError, create_app, fake_of
from mtt_mock.service.profile import Profile
from mtt_mock.service.settings import Settings

A = {"order": 1, "timeout": 20, "redirect_number": "79000000001", "type": "ringall"}
B = {"order": 2, "type": "text", "value": "hello", "side": "B"}
NO = {"code": -32001, "message": "Data not found", "data": "gone"}
SHOWN = {"code": -32001, "message": "Data not found", "data": "gone"}
CALL = {"customer_name": "1", "b_number": "79000000002", "caller_id": "74951001010"}
STRUCT = {"simpleCallBackFollowmeStruct": [A]}


class Client:
    def __init__(self, facts, **values):
        values = {"clock": "manual", "subscribers": {"*": Answers(after=1, talks_for=5)}} | values
        self.app = create_app(profile=Profile(facts), **values)
        self.fake = fake_of(self.app)

    def send(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        return self.app.test_client().post("/index.php", json=request, auth=("ann", "secret"))

    def error(self, method, **params):
        return self.send(method, **params).json["error"]

    def result(self, method, **params):
        return self.send(method, **params).json["result"]

    def finished_call(self):
        call_id = self.result("makeCallBackCallFollowme", **CALL, **STRUCT)["callBackCall_id"]
        self.fake.service.scheduler.advance(100)
        return call_id

    def info(self, call_id):
        return self.send(
            "getCallBackFollowmeCallInfo", customer_name="1", callBackCall_id=call_id
        ).json


def set_twice(client, first, second):
    client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=first)
    return client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=second)


def status_of_batch():
    client = Client({"transport.status.batch": 207})
    request = {"jsonrpc": "2.0", "id": 1, "method": "nothing"}
    answer = client.app.test_client().post("/index.php", json=[request], auth=("ann", "secret"))
    assert answer.status_code == 207


def status_of_errors():
    assert Client({"transport.status.error": 418}).send("nothing").status_code == 418


def refusal_of_credentials():
    client = Client(
        {
            "transport.auth.missing": {"status": 403, "www_authenticate": ""},
            "transport.auth.401_body": {"body": "нет", "content_type": "text/html"},
        }
    )
    answer = client.app.test_client().post("/index.php", json={})
    assert (answer.status_code, answer.text) == (403, "нет")
    assert answer.headers["Content-Type"] == "text/html"
    assert "WWW-Authenticate" not in answer.headers


def customer_of_another_login():
    client = Client({"transport.auth.other_customer": NO}, accounts=["ann:secret:2"])
    assert client.error("getCustomerBalance", customer_name="1") == SHOWN


def conflict_of_side_a():
    client = Client({"set.conflict": {"error": 7, "error_description": "A is taken"}})
    assert set_twice(client, [A], [A]) == {"error": 7, "error_description": "A is taken"}


def conflict_of_side_b():
    client = Client({"set.conflict.side_b": {"error": 8}})
    assert set_twice(client, [B], [B]) == {"error": 8}


def conflict_rule():
    client = Client({"set.conflict.rule": {"first": "B"}})
    assert set_twice(client, [A, B], [A, B])["error_description"].startswith("Side B")
    client = Client({"set.conflict.rule": {"any": True}})
    assert set_twice(client, [A], [B])["error_description"].startswith("Side A")


def empty_set():
    client = Client({"set.empty": "refuse"})
    error = client.error("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=[])
    assert error["code"] == -32602


def get_of_nothing():
    client = Client({"get.nothing": NO})
    assert client.error("getCallBackFollowme", customer_name="1") == SHOWN


def what_a_delete_clears():
    client = Client({"delete.both": ["A"]})
    client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=[A, B])
    client.result("deleteCallBackFollowme", customer_name="1")
    left = client.result("getCallBackFollowme", customer_name="1")
    assert left == {"callBackFollowmeStruct": [B]}


def delete_of_nothing():
    client = Client({"delete.nothing": NO})
    assert client.error("deleteCallBackFollowme", customer_name="1") == SHOWN


def reply_to_an_upload():
    client = Client({"prompt.reply": {"ok": True}})
    url = client.result("setCallBackPrompt", customer_name="1", file_name="a.wav")["uploadURL"]
    path = re.sub("^http://[^/]+", "", url)
    answer = client.app.test_client().post(path, data=b"x", auth=("ann", "secret"))
    assert answer.json == {"ok": True}


def form_of_call_ids():
    client = Client({"call.id.form": "uuid"})
    call_id = client.finished_call()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}", call_id)
    assert "result" in client.info(call_id)


def call_without_structure():
    client = Client({"call.struct.none": NO})
    assert client.error("makeCallBackCallFollowme", **CALL) == SHOWN


def call_of_prompts_only():
    client = Client({"call.struct.no_number": NO})
    error = client.error("makeCallBackCallFollowme", **CALL, simpleCallBackFollowmeStruct=[B])
    assert error == SHOWN


def call_without_b_number():
    client = Client({"call.b_number.none": NO})
    values = CALL | {"b_number": ""}
    assert client.error("makeCallBackCallFollowme", **values, **STRUCT) == SHOWN


def call_without_caller_id():
    client = Client({"call.caller_id.none": NO})
    values = CALL | {"caller_id": ""}
    assert client.error("makeCallBackCallFollowme", **values, **STRUCT) == SHOWN


def time_that_b_rings():
    client = Client(
        {"ring.timeout.default": 3},
        subscribers={"79000000001": Answers(after=1), "79000000002": NeverAnswers()},
    )
    client.result("makeCallBackCallFollowme", **CALL, **STRUCT)
    [call] = client.fake.store.calls()
    assert call.plan.ended == 4000


def longest_talk():
    client = Client({"talk.longest": 60}, subscribers={"*": Answers(after=1, talks_for=None)})
    client.result("makeCallBackCallFollowme", **CALL, **STRUCT)
    [call] = client.fake.store.calls()
    assert call.plan.ended - call.plan.joined == 60_000


def query_of_events():
    client = Client({"event.query": {"event": "what", "id": "call"}})
    url = "http://127.0.0.1:1/hook"
    client.result("makeCallBackCallFollowme", **CALL, **STRUCT, callBackURL=url)
    client.fake.service.scheduler.advance(100)
    first = client.fake.journal.deliveries[0]
    assert first.url == f"{url}?what=start_side_A&call=1000001"


def call_that_is_running():
    client = Client({"info.running.text": NO})
    call_id = client.result("makeCallBackCallFollowme", **CALL, **STRUCT)["callBackCall_id"]
    assert client.info(call_id)["error"] == SHOWN


def timed_out(side, silent):
    client = Client(
        {f"info.timeout_{side}": NO}, subscribers={silent: NeverAnswers(), "*": Answers(after=1)}
    )
    assert client.info(client.finished_call())["error"] == SHOWN


def timeout_of_side_a():
    timed_out("a", "79000000001")


def timeout_of_side_b():
    timed_out("b", "79000000002")


def cancel():
    value = {"code": -32009, "data": "side {side} left"}
    client = Client({"info.cancel": value}, subscribers=["79000000002=busy", "*=answers"])
    error = client.info(client.finished_call())["error"]
    assert (error["code"], error["data"]) == (-32009, "side B left")


def unknown_call():
    assert Client({"info.unknown": NO}).info("77")["error"] == SHOWN


def type_of_seconds():
    client = Client({"info.seconds.type": "text"})
    info = client.info(client.finished_call())["result"]["callBackFollowmeCallInfoStruct"]
    assert info["call_back_real_length_B"] == "5"


def currency_and_status():
    client = Client({"info.currency": "USD", "info.status": "ok"})
    info = client.info(client.finished_call())["result"]["callBackFollowmeCallInfoStruct"]
    assert (info["call_back_currency"], info["call_back_status"]) == ("USD", "ok")


def lifetime_of_record_urls():
    client = Client({"info.record.60s": 10, "info.record.download": 404})
    info = client.info(client.finished_call())["result"]["callBackFollowmeCallInfoStruct"]
    path = re.sub("^http://[^/]+", "", info["call_back_record_URL_A"]["downloadURL"])
    client.fake.service.scheduler.advance(9)
    assert client.app.test_client().get(path).status_code == 200
    client.fake.service.scheduler.advance(1)
    assert client.app.test_client().get(path).status_code == 404


def shape_of_the_balance():
    client = Client({"balance.shape": {"sum": "{balance_text}", "limit": 5}})
    result = client.result("getCustomerBalance", customer_name="1")
    assert result == {"sum": "1000.00", "limit": 5}


def call_without_money():
    client = Client({"balance.zero": NO}, balance="0", refuse_at_zero=True)
    assert client.error("makeCallBackCallFollowme", **CALL, **STRUCT) == SHOWN


SHOWS = {
    "transport.auth.missing": refusal_of_credentials,
    "transport.auth.401_body": refusal_of_credentials,
    "transport.status.error": status_of_errors,
    "transport.status.batch": status_of_batch,
    "transport.auth.other_customer": customer_of_another_login,
    "set.conflict": conflict_of_side_a,
    "set.conflict.side_b": conflict_of_side_b,
    "set.conflict.rule": conflict_rule,
    "set.empty": empty_set,
    "get.nothing": get_of_nothing,
    "delete.both": what_a_delete_clears,
    "delete.nothing": delete_of_nothing,
    "prompt.reply": reply_to_an_upload,
    "call.id.form": form_of_call_ids,
    "call.struct.none": call_without_structure,
    "call.struct.no_number": call_of_prompts_only,
    "call.b_number.none": call_without_b_number,
    "call.caller_id.none": call_without_caller_id,
    "ring.timeout.default": time_that_b_rings,
    "talk.longest": longest_talk,
    "event.query": query_of_events,
    "info.running.text": call_that_is_running,
    "info.timeout_a": timeout_of_side_a,
    "info.timeout_b": timeout_of_side_b,
    "info.cancel": cancel,
    "info.unknown": unknown_call,
    "info.seconds.type": type_of_seconds,
    "info.currency": currency_and_status,
    "info.status": currency_and_status,
    "info.record.60s": lifetime_of_record_urls,
    "info.record.download": lifetime_of_record_urls,
    "balance.shape": shape_of_the_balance,
    "balance.zero": call_without_money,
}


@pytest.mark.parametrize("fact_id", settable_facts())
def test_a_settable_fact_shows_on_the_wire(fact_id):
    SHOWS[fact_id]()


def test_an_option_that_is_given_wins_over_the_profile():
    profile = Profile({"transport.status.error": 418})
    assert Settings.of(profile=profile, error_status=500).error_status == 500
    assert Settings.of(profile=profile).error_status == 418


def test_a_profile_file_is_a_setting(tmp_path):
    path = tmp_path / "mtt.toml"
    path.write_text('[facts]\n"info.currency" = "USD"\n', encoding="utf-8")
    assert Settings.of(profile=str(path)).profile["info.currency"] == "USD"
    path.write_text("[facts", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"mtt\.toml is not TOML"):
        Settings.of(profile=str(path))


def test_settings_with_a_profile_reach_worker_processes():
    settings = Settings.of(profile=Profile({"info.currency": "USD"}))
    assert pickle.loads(pickle.dumps(settings)).profile["info.currency"] == "USD"
