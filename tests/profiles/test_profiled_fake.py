"""A fake with a profile: each settable fact changes the wire."""

from __future__ import annotations

import pickle
import re
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx2
import pytest

from mtt_mock import (
    Answers,
    AppTransport,
    Busy,
    NeverAnswers,
    SettingsError,
    create_app,
    fake_of,
)
from mtt_mock.server.live_server import LiveServer, WsgiServer
from mtt_mock.service.media.prompt_length import set_prompt_length
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
        self.app = create_app(Settings.of(profile=Profile(facts), **values))
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


def options():
    app = Client({"transport.options": {"status": 204, "credentials": True}}).app.test_client()
    assert app.options("/index.php").status_code == 401
    assert app.options("/index.php", auth=("ann", "secret")).status_code == 204


def path_with_two_slashes():
    app = Client({"transport.path": "any slashes"}).app.test_client()
    answer = app.post(
        "/index.php",
        json={},
        auth=("ann", "secret"),
        environ_overrides={"PATH_INFO": "//index.php"},
    )
    assert answer.json["error"]["code"] == -32600


def limit_of_bodies():
    app = Client({"transport.body_limit": {"bytes": 10, "status": 400}}).app.test_client()
    answer = app.post("/index.php", data=b"x" * 11, auth=("ann", "secret"))
    assert (answer.status_code, answer.json["error"]["code"]) == (400, -32600)


def id_that_is_an_empty_array():
    app = Client({"rpc.notification.empty_list": "answered"}).app.test_client()
    request = {
        "jsonrpc": "2.0", "id": [], "method": "deleteCallBackFollowme",
        "params": {"customer_name": "1"},
    }  # fmt: skip
    answer = app.post("/index.php", json=request, auth=("ann", "secret"))
    assert answer.json == {"jsonrpc": "2.0", "id": [], "result": {"success": 1}}


def limit_of_batches():
    app = Client({"rpc.batch.limit": 1}).app.test_client()
    answer = app.post("/index.php", json=[1, 2], auth=("ann", "secret"))
    assert answer.json["error"]["data"] == "batch of 2 calls, at most 1 are taken (--max-batch)"


def byte_order_mark():
    app = Client({"rpc.error.parse.strict": "skip"}).app.test_client()
    answer = app.post("/index.php", data=b"\xef\xbb\xbf{}", auth=("ann", "secret"))
    assert answer.json["error"]["code"] == -32600


def what_a_refused_set_stores():
    client = Client({"set.conflict.unchanged": "clear sides"})
    assert set_twice(client, [A], [A, B])["error"] == 1
    stored = client.result("getCallBackFollowme", customer_name="1")["callBackFollowmeStruct"]
    assert stored == [A, B]


def numbers_of_a_second_set():
    client = Client({"set.join": "keep"})
    for struct, number in ([A], "79000000011"), ([B], "79000000012"):
        client.result(
            "setCallBackFollowme",
            customer_name="1",
            callBackFollowmeStruct=struct,
            caller_id=number,
        )
    assert client.result("getCallBackFollowme", customer_name="1")["caller_id"] == "79000000011"


def set_error(facts, *elements):
    return Client(facts).error(
        "setCallBackFollowme", customer_name="1", callBackFollowmeStruct=list(elements)
    )


def limit_of_elements():
    assert set_error({"set.limit": 1}, A, A)["code"] == -32602


def side_of_a_prompt_with_a_number():
    client = Client({"set.side.type_decides": "redirect_number"})
    both = {**B, "redirect_number": "79000000001"}
    assert set_twice(client, [both], [A])["error"] == 1


def unknown_fields():
    client = Client({"set.element.unknown": "store"})
    element = {**A, "colour": "red"}
    client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=[element])
    assert client.result("getCallBackFollowme", customer_name="1") == {
        "callBackFollowmeStruct": [element]
    }
    assert "colour" in set_error({"set.element.unknown": "refuse"}, element)["data"]


def error_of_an_element():
    value = {"code": -32001, "message": "Bad", "data": "wrong: {reason}"}
    error = set_error({"set.element.invalid": value}, {"type": "text"})
    assert (error["code"], error["message"]) == (-32001, "Bad")
    assert error["data"].startswith("wrong: callBackFollowmeStruct[0]")


def cyrillic_side():
    client = Client({"set.element.cyrillic": "accept"})
    assert set_twice(client, [{**B, "side": "\u0412"}], [B])["error"] == 1


def any_text_as_number():
    client = Client({"set.number": "any"})
    struct = [{**A, "redirect_number": "7-900"}]
    result = client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=struct)
    assert result == {"success": 1}


def customer_of_digits():
    client = Client({"set.customer_name": "digits"})
    assert client.error("getCallBackFollowme", customer_name="x")["code"] == -32602


def numbers_that_are_not_set():
    for shape, value in ("null", None), ("empty", ""):
        client = Client({"get.shape": shape})
        client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=[A])
        assert client.result("getCallBackFollowme", customer_name="1") == {
            "callBackFollowmeStruct": [A], "caller_id": value, "defaultBNumber": value,
        }  # fmt: skip


def upload(client, content=b"x", auth=("ann", "secret"), method="POST", suffix="", name="a.wav"):
    answer = client.send("setCallBackPrompt", customer_name="1", file_name=name)
    path = re.sub("^http://[^/]+", "", answer.json["result"]["uploadURL"])
    app = client.app.test_client()
    return app.open(path + suffix, method=method, data=content, auth=auth).status_code


def upload_without_credentials():
    client = Client({"prompt.auth": {"missing": 403, "other_customer": 404}})
    assert upload(client, auth=None) == 403
    client = Client(
        {"prompt.auth": {"other_customer": 404}}, accounts=["ann:secret:1", "bob:secret:2"]
    )
    assert upload(client, auth=("bob", "secret")) == 404


def refused_uploads():
    client = Client({"prompt.refused": {"unknown": 410, "empty": 422, "method": 400}})
    statuses = upload(client, suffix="x"), upload(client, b""), upload(client, method="PUT")
    assert statuses == (410, 422, 400)


def limit_of_uploads():
    client = Client({"prompt.limit": {"bytes": 3, "status": 400}})
    assert (upload(client, b"1234"), upload(client, b"123")) == (400, 200)


def repeated_upload():
    client = Client({"prompt.repeated": "refuse"})
    assert (upload(client), upload(client)) == (200, 409)


def long_file_name():
    client = Client({"prompt.name": 3})
    error = client.error("setCallBackPrompt", customer_name="1", file_name="a.wav")
    assert error["code"] == -32602


def upload_that_is_no_audio():
    assert upload(Client({"prompt.not_audio": "refuse"}), b"text") == 415


def prompt_that_is_missing():
    value = {"action": "error", "code": -32001, "message": "None", "data": "{reason}"}
    error = set_error({"prompt.missing": value}, {"type": "file", "value": "hi", "side": "B"})
    assert (error["code"], error["message"]) == (-32001, "None")
    assert error["data"].startswith("callBackFollowmeStruct[0].value names a prompt")


def prompt_of_several():
    for choice, seconds in ("last", 2), ("first", 1):
        client = Client({"prompt.value.several": choice})
        for length, name in (1, "hi.wav"), (2, "hi.mp3"):
            upload(client, name=name)
            set_prompt_length(client.fake.store, "1", name, length)
        plan = planned(client, {"simpleCallBackFollowmeStruct": [A, FILE_A]})
        assert plan.legs["B"].rung == 1000 + seconds * 1000


def planned(client, params):
    client.result("makeCallBackCallFollowme", **(CALL | STRUCT | params))
    return client.fake.store.calls()[-1].plan


def call_error(facts, **params):
    return Client(facts).error("makeCallBackCallFollowme", **(CALL | STRUCT | params))


def empty_structure_of_a_call():
    error = call_error({"call.struct.simple": "refuse"}, simpleCallBackFollowmeStruct=[])
    assert error["code"] == -32602


def empty_texts():
    for name in ("b_number", "caller_id", "callBackURL", "duration"):
        assert call_error({"call.empty": "refuse"}, **{name: ""})["code"] == -32602


def preset_values_beside_a_structure():
    client = Client({"call.preset_values": "ignored"})
    client.result(
        "setCallBackFollowme",
        customer_name="1", callBackFollowmeStruct=[A], caller_id="74950000001",
    )  # fmt: skip
    values = CALL | STRUCT | {"caller_id": ""}
    assert client.error("makeCallBackCallFollowme", **values)["data"] == "caller_id not set"


def direction_as_text():
    assert call_error({"call.direction.b": "number"}, direction="1")["code"] == -32602


def recording_as_text():
    assert call_error({"call.record.others": "number"}, recordEnable="1")["code"] == -32602


def duration_of_a_call():
    client = Client(
        {"call.duration.from": {"from": "answer", "maximum": 100}},
        subscribers={"*": Answers(after=1, talks_for=None)},
    )
    plan = planned(client, {"duration": 20, "simpleCallBackFollowmeStruct": [A, B]})
    assert (plan.legs["B"].answered, plan.joined, plan.ended) == (2000, 3000, 22000)
    values = CALL | STRUCT | {"duration": 101}
    assert client.error("makeCallBackCallFollowme", **values)["code"] == -32602


def description_of_a_call():
    client = Client({"call.description": {"maximum": 3, "returned": False}})
    call_id = client.result("makeCallBackCallFollowme", **CALL, **STRUCT, callDescription="abc")[
        "callBackCall_id"
    ]
    client.fake.service.scheduler.advance(100)
    assert info_of(client, call_id)["callDescription"] == ""
    values = CALL | STRUCT | {"callDescription": "abcd"}
    assert client.error("makeCallBackCallFollowme", **values)["code"] == -32602


def info_of(client, call_id):
    return client.info(call_id)["result"]["callBackFollowmeCallInfoStruct"]


SECOND, THIRD = ({**A, "redirect_number": f"7900000000{number}"} for number in (2, 3))
TEXT_A = {"type": "text", "value": "hello", "side": "A"}
FILE_A = {"type": "file", "value": "hi", "side": "A"}
LINEAR = {**A, "type": "Linear"}


def plan_of(facts, elements, **values):
    return planned(Client(facts, **values), {"simpleCallBackFollowmeStruct": elements})


def winner_of_two_at_once():
    assert plan_of({"ring.ringall.winner": "last"}, [A, SECOND]).legs["A"].number == "79000000002"


def element_without_order():
    elements = [LINEAR, {"type": "Linear", "redirect_number": "79000000003"}]
    assert plan_of({"ring.order": "first"}, elements).legs["A"].number == "79000000003"


def mixed_list():
    elements = [A | {"timeout": 5}, {**LINEAR, "redirect_number": "79000000003"}, SECOND]
    silent = {"79000000001": NeverAnswers(), "*": Answers(after=1)}
    plan = plan_of({"ring.mixed": "all Ringall at once"}, elements, subscribers=silent)
    assert plan.legs["A"].number == "79000000002"


def timeout_from_the_request():
    elements = [
        LINEAR | {"timeout": 10},
        {**LINEAR, "redirect_number": "79000000003", "timeout": 15},
    ]
    plan = plan_of({"ring.timeout.from": "request"}, elements, subscribers={"*": NeverAnswers()})
    assert plan.ended == 15_000


def answer_at_the_timeout():
    late = {"*": Answers(after=20)}
    assert (
        plan_of({"ring.timeout.instant": "in time"}, [A], subscribers=late).legs["A"].answered
        == 20_000
    )


def second_side_at_the_answer():
    assert plan_of({"ring.sequence": "at the answer"}, [A, TEXT_A]).legs["B"].rung == 1000


def prompts_as_listed():
    prompts = [{**TEXT_A, "order": 2, "value": "two"}, {**TEXT_A, "order": 1, "value": "one"}]
    plan = plan_of({"ring.prompts.order": "listed"}, [A, *prompts])
    assert [event.detail for event in plan.timeline if event.kind == "hears"] == ["two", "one"]


def side_of_which_one_rang_out():
    values = {"subscribers": {"79000000001": NeverAnswers(), "79000000002": Busy()}}
    assert plan_of({"ring.failed": "all"}, [A, SECOND], **values).failure == ("cancel", "A")
    assert plan_of({}, [A, SECOND], **values).failure == ("timeout", "A")


def busy_as_timeout():
    plan = plan_of({"info.cancel.when": ["rejects"]}, [A], subscribers={"*": Busy()})
    assert plan.failure == ("timeout", "A")


def length_of_prompts():
    value = {"characters_per_second": 2, "minimum": 2, "unknown_file": 7}
    plan = plan_of({"ring.prompts.length": value}, [A, TEXT_A, {**TEXT_A, "value": "x"}, FILE_A])
    assert plan.legs["B"].rung == 1000 + 2500 + 2000 + 7000


def both_hang_up_at_once():
    plan = plan_of({"talk.hang_up": "B"}, [A])
    assert plan.timeline[-2].kind == "hangs_up"
    assert plan.timeline[-2].side == "B"


def error_of_a_callback_url():
    error = call_error({"event.url.invalid": NO}, callBackURL="ftp://example.com/")
    assert error == SHOWN


def events_of(facts, **values):
    client = Client(facts, **values)
    url = "http://127.0.0.1:1/hook"
    client.result("makeCallBackCallFollowme", **CALL, **STRUCT, callBackURL=url)
    client.fake.service.scheduler.advance(100)
    return [delivery.callback.event for delivery in client.fake.journal.deliveries]


STARTS = ["start_side_A", "start_side_B"]


def ends_of_a_call():
    b_leaves = {
        "79000000001": Answers(after=1), "79000000002": Answers(after=1, talks_for=5),
    }  # fmt: skip
    for value, ends in (
        ("hung up first", ["end_side_B", "end_side_A"]),
        ("A first", ["end_side_A", "end_side_B"]),
        ("hung up only", ["end_side_B"]),
    ):
        assert events_of({"event.end": value}, subscribers=b_leaves) == [*STARTS, *ends]


def events_of_a_call_that_failed():
    b_is_busy = {"79000000001": Answers(after=1), "79000000002": Busy()}
    assert events_of({"event.failed": "start"}, subscribers=b_is_busy) == ["start_side_A"]
    leaves = {"79000000001": Answers(after=1, waits_for=2), "79000000002": NeverAnswers()}
    assert events_of({"event.failed": "start"}, subscribers=leaves) == ["start_side_A"]


def events_sent_twice():
    assert sorted(events_of({"event.once": 2})) == sorted(
        [*STARTS, *STARTS, "end_side_A", "end_side_A", "end_side_B", "end_side_B"]
    )


def time_of_a_receiver():
    assert Settings.of(profile=Profile({"event.bounds": 2})).event_timeout == 2


def fields_that_are_empty():
    client = Client({"info.complete": "empty left out"})
    info = info_of(client, client.finished_call())
    assert "callDescription" not in info
    assert info["call_back_currency"] == "RUB"


def id_as_integer():
    assert Client({"info.id": "text"}).info(5)["error"]["code"] == -32602


def calls_that_are_kept():
    client = Client({"info.kept": 0})
    assert client.info(client.finished_call())["error"]["data"] == "Call not found"


def waiting_from_the_request():
    client = Client({"info.waiting": "request"})
    assert info_of(client, client.finished_call())["waiting_period_B"] == 2


def length_from_the_join():
    client = Client({"info.length": "join"})
    assert info_of(client, client.finished_call())["call_back_real_length_A"] == 5


def price_of_a_call():
    value = {"A": "60", "B": "120", "type": "text"}
    client = Client({"info.cost": value, "info.length.charged": 10})
    info = info_of(client, client.finished_call())
    assert (info["call_back_charged_length_A"], info["call_back_cost"]) == (10, "30.00")


def destination_of_digits():
    client = Client({"info.destination": "digits"})
    element = {**A, "redirect_number": "+79000000001"}
    values = CALL | {"simpleCallBackFollowmeStruct": [element]}
    call_id = client.result("makeCallBackCallFollowme", **values)["callBackCall_id"]
    client.fake.service.scheduler.advance(100)
    assert info_of(client, call_id)["destination_A"] == "79000000001"


def call_without_a_recording():
    for name, value in ("array", []), ("object", {}):
        client = Client({"info.record.content": name})
        values = CALL | STRUCT | {"recordEnable": 0}
        call_id = client.result("makeCallBackCallFollowme", **values)["callBackCall_id"]
        client.fake.service.scheduler.advance(100)
        # PHP writes an empty object in a result as [].
        assert info_of(client, call_id)["call_back_record_URL_A"] == value


def charge_of_a_failed_call():
    client = Client(
        {"balance.charged": "joined calls"},
        subscribers={"79000000001": Answers(after=1), "79000000002": NeverAnswers()},
    )
    client.finished_call()
    assert client.result("getCustomerBalance", customer_name="1")["balance"] == 1000


def sets_at_one_instant():
    client = Client({"set.atomic": "all win"})
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(
            lambda _: client.result(
                "setCallBackFollowme", customer_name="1", callBackFollowmeStruct=[A]
            ),
            range(4),
        )
    wins = list(answers).count({"success": 1})
    assert wins > 1
    stored = client.result("getCallBackFollowme", customer_name="1")["callBackFollowmeStruct"]
    assert stored == [A] * wins
    # A later set sees them.
    again = client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=[A])
    assert again["error"] == 1


def one_structure_of_a_login():
    client = Client({"set.per_customer": "login"})
    client.result("setCallBackFollowme", customer_name="1", callBackFollowmeStruct=[A])
    assert client.result("getCallBackFollowme", customer_name="2")["callBackFollowmeStruct"] == [A]
    assert client.fake.followme("ann").elements
    assert planned(client, {"customer_name": "2", "simpleCallBackFollowmeStruct": None})
    client.result("deleteCallBackFollowme", customer_name="3")
    assert client.error("getCallBackFollowme", customer_name="1")["code"] == -32603


def caller_id_of_call_and_preset():
    for value, number in ("call", "74951001010"), ("preset", "74951001011"):
        client = Client({"call.caller_id.both": value, "call.preset_values": "count"})
        preset_with_caller_id(client)
        planned(client, {})
        assert client.fake.store.calls()[-1].order.caller_id == number
    client = Client({"call.caller_id.both": "refuse"})
    preset_with_caller_id(client)
    assert client.error("makeCallBackCallFollowme", **CALL)["code"] == -32602
    planned(client, {"caller_id": None})


def preset_with_caller_id(client):
    values = {"customer_name": "1", "callBackFollowmeStruct": [A], "caller_id": "74951001011"}
    client.result("setCallBackFollowme", **values)


def number_that_both_sides_see():
    client = Client({"call.client_caller_id": "both sides"})
    planned(client, {"caller_id": None, "client_caller_id": "74951001012"})
    assert client.fake.store.calls()[-1].order.caller_id == "74951001012"
    error = call_error({}, caller_id=None, client_caller_id="74951001012")
    assert error["data"] == "caller_id not set"


def events_that_do_not_wait():
    """Two ends come at one time; the receiver answers the first only when both are there."""
    both = threading.Barrier(2)

    def answer(environ, start_response):
        if "event=end" in environ["QUERY_STRING"]:
            both.wait(timeout=5)
        start_response("200 OK", [("Content-Length", "0")])
        return []

    client = Client({"event.order": "at once"})
    with WsgiServer(answer, lambda _path: 0, lambda _path: True) as receiver:
        url = f"{receiver.origin}/hook"
        client.result("makeCallBackCallFollowme", **CALL, **STRUCT, callBackURL=url)
        client.fake.service.scheduler.advance(100)
    assert [delivery.status for delivery in client.fake.journal.deliveries] == [200] * 4


def places_of_events():
    client = Client({"event.where": ["none"]})
    client.result("makeCallBackCallFollowme", **CALL, **STRUCT, callBackURL="http://127.0.0.1:1/")
    client.fake.service.scheduler.advance(100)
    assert client.fake.journal.deliveries[0].problem.startswith("events may not go to 127.0.0.1")


def limit_of_heads():
    value = {"bytes": 2048, "fields": 20, "status": 431}
    app = create_app(profile=Profile({"transport.head_limit": value}))
    transport = AppTransport(app)
    server = LiveServer(fake_of(app))
    line = len("OPTIONS /index.php HTTP/1.1\r\n" + "Host: x\r\n" + "\r\n")
    with server:
        for size, fields, status in (
            (2048, 2, 200), (2049, 2, 431), (2048, 20, 200), (2048, 21, 431),
        ):  # fmt: skip
            more = [(f"x{number}", "") for number in range(fields - 2)]
            left = size - line - sum(len(name) + 4 for name, _ in more) - len("pad: \r\n")
            headers = [("host", "x"), *more, ("pad", "x" * left)]
            request = httpx2.Request("OPTIONS", "http://x/index.php", headers=headers)
            assert transport.handle_request(request).status_code == status
            assert status_on_a_socket(server, request) == status


def status_on_a_socket(server, request):
    lines = [b"%s: %s\r\n" % field for field in request.headers.raw]
    head = b"OPTIONS /index.php HTTP/1.1\r\n" + b"".join(lines) + b"\r\n"
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall(head)
        return int(connection.recv(64).split()[1])


SHOWS = {
    "transport.head_limit": limit_of_heads,
    "set.atomic": sets_at_one_instant,
    "set.per_customer": one_structure_of_a_login,
    "call.caller_id.both": caller_id_of_call_and_preset,
    "call.client_caller_id": number_that_both_sides_see,
    "event.order": events_that_do_not_wait,
    "event.where": places_of_events,
    "transport.options": options,
    "transport.path": path_with_two_slashes,
    "transport.body_limit": limit_of_bodies,
    "rpc.notification.empty_list": id_that_is_an_empty_array,
    "rpc.batch.limit": limit_of_batches,
    "rpc.error.parse.strict": byte_order_mark,
    "set.conflict.unchanged": what_a_refused_set_stores,
    "set.join": numbers_of_a_second_set,
    "set.limit": limit_of_elements,
    "set.side.type_decides": side_of_a_prompt_with_a_number,
    "set.element.unknown": unknown_fields,
    "set.element.invalid": error_of_an_element,
    "set.element.cyrillic": cyrillic_side,
    "set.number": any_text_as_number,
    "set.customer_name": customer_of_digits,
    "get.shape": numbers_that_are_not_set,
    "prompt.auth": upload_without_credentials,
    "prompt.refused": refused_uploads,
    "prompt.limit": limit_of_uploads,
    "prompt.repeated": repeated_upload,
    "prompt.name": long_file_name,
    "prompt.not_audio": upload_that_is_no_audio,
    "prompt.missing": prompt_that_is_missing,
    "prompt.value.several": prompt_of_several,
    "call.struct.simple": empty_structure_of_a_call,
    "call.empty": empty_texts,
    "call.preset_values": preset_values_beside_a_structure,
    "call.direction.b": direction_as_text,
    "call.record.others": recording_as_text,
    "call.duration.from": duration_of_a_call,
    "call.description": description_of_a_call,
    "ring.ringall.winner": winner_of_two_at_once,
    "ring.order": element_without_order,
    "ring.mixed": mixed_list,
    "ring.timeout.from": timeout_from_the_request,
    "ring.timeout.instant": answer_at_the_timeout,
    "ring.sequence": second_side_at_the_answer,
    "ring.prompts.order": prompts_as_listed,
    "ring.failed": side_of_which_one_rang_out,
    "ring.prompts.length": length_of_prompts,
    "talk.hang_up": both_hang_up_at_once,
    "event.url.invalid": error_of_a_callback_url,
    "event.end": ends_of_a_call,
    "event.failed": events_of_a_call_that_failed,
    "event.once": events_sent_twice,
    "event.bounds": time_of_a_receiver,
    "info.complete": fields_that_are_empty,
    "info.id": id_as_integer,
    "info.kept": calls_that_are_kept,
    "info.waiting": waiting_from_the_request,
    "info.length": length_from_the_join,
    "info.length.charged": price_of_a_call,
    "info.cost": price_of_a_call,
    "info.destination": destination_of_digits,
    "info.cancel.when": busy_as_timeout,
    "info.record.content": call_without_a_recording,
    "balance.charged": charge_of_a_failed_call,
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


@pytest.mark.parametrize("fact_id", SHOWS)
def test_a_settable_fact_shows_on_the_wire(fact_id):
    SHOWS[fact_id]()


def test_an_option_that_is_given_wins_over_the_profile():
    profile = Profile({"transport.status.error": 418})
    assert Settings.of(profile=profile, error_status=500).error_status == 500
    assert Settings.of(profile=profile).error_status == 418


def test_the_constructor_takes_short_names_from_the_profile():
    profile = Profile({"transport.status.error": 418, "rpc.batch.limit": 7, "event.where": []})
    settings = Settings(profile=profile, max_batch=9)
    assert (settings.error_status, settings.max_batch) == (418, 9)
    assert settings.callback_allow == ()
    assert settings == Settings.of(profile=profile, max_batch=9)


def test_short_names_have_the_defaults_of_their_facts():
    assert Settings() == replace(Settings(profile=Profile()), profile=Settings().profile)


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
