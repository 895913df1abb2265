"""The journal: requests, outcomes, notes."""

import io
import re

import pytest

from mtt_mock import AccountsError, Fake, Settings, SettingsError
from mtt_mock.server.request_log import RequestLog, exchange_lines

AUTH = "Basic bG9naW46cGFzc3dvcmQ="
SET = (
    b'{"jsonrpc":"2.0","id":1,"method":"SETcallbackfollowme","params":{"customer_name":"8831405",'
    b'"callBackFollowmeStruct":[{"type":"linal","redirect_number":"79000000001","colour":1}]}}'
)


def lines(fake):
    return [
        line.rsplit(" ", 2)[0] if line.endswith(" ms") else line
        for exchange in fake.journal
        for line in exchange_lines(exchange)
    ]


def test_each_call_is_logged_with_its_outcome():
    fake = Fake()
    fake.service_map(AUTH, "/index.php")
    fake.answer(AUTH, SET)
    fake.answer(AUTH, SET)
    fake.answer(AUTH, b"nonsense")
    fake.answer(AUTH, b'{"jsonrpc":"2.0","id":1,"method":"noSuchMethod"}')
    fake.answer(AUTH, b'{"jsonrpc":"2.0","id":1,"method":"getCallBackFollowme","params":{}}')
    fake.answer(None, SET)
    fake.refuse_body(AUTH)
    # The reason why it is no JSON is orjson's.
    assert [re.sub("(not JSON: ).*", r"\1…", line) for line in lines(fake)] == [
        "GET - ok",
        "setCallBackFollowme 8831405 ok",
        "  note: callBackFollowmeStruct[0].colour is not a known field and is ignored",
        '  note: callBackFollowmeStruct[0].type "linal" is a misspelling that is accepted ("Linear")',
        "setCallBackFollowme 8831405 refused: Side A not clear. Delete before insert",
        "  note: callBackFollowmeStruct[0].colour is not a known field and is ignored",
        '  note: callBackFollowmeStruct[0].type "linal" is a misspelling that is accepted ("Linear")',
        "- - error -32700",
        "  note: the body is not JSON: …",
        "noSuchMethod - error -32601",
        "getCallBackFollowme - error -32602 customer_name not found",
        "setCallBackFollowme 8831405 401 no or wrong credentials",
        "  note: callBackFollowmeStruct[0].colour is not a known field and is ignored",
        '  note: callBackFollowmeStruct[0].type "linal" is a misspelling that is accepted ("Linear")',
        "- - error -32600 request body is larger than 1048576 bytes (--max-body)",
    ]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", ", line 1 column 1"),
        (b"null", ": it is null"),
        (b'{"a": 1,\n\n "b" 2}', ", line 3 column 6"),
        (b'{"a": 79000000001', ", line 1 column 18"),
        (b"[" * 600 + b"]" * 600, ": it is nested deeper than 511"),
    ],
)
def test_where_a_body_stops_to_be_json_is_noted(body, where):
    fake = Fake()
    assert b"line" not in fake.answer(AUTH, body).body
    [note] = fake.journal[-1].notes()
    assert note.message.startswith("the body is not JSON: ")
    assert note.message.endswith(where)


@pytest.mark.parametrize("element", ['"x"', '{"type":null}', '{"type":"Linear","timeout":"1"}'])
@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"accounts": ["ann:secret"]}, 401),
        ({"faults": ["http-503"]}, 503),
        ({"stubs": [{"method": "setCallBackFollowme", "result": {"success": 1}}]}, 200),
    ],
    ids=["401", "fault", "stub"],
)
def test_params_that_no_method_validated_are_logged(values, status, element):
    body = SET.replace(b'{"type":"linal","redirect_number":"79000000001","colour":1}', b"%s")
    fake = Fake(Settings.of(**values))
    assert fake.answer(AUTH, body % element.encode()).status == status
    [exchange] = fake.journal
    assert [note.rule for note in exchange.notes()] == (["stub"] if status == 200 else [])
    assert lines(fake)[0].startswith("setCallBackFollowme 8831405 ")


def test_the_intended_method_is_noted():
    fake = Fake()
    fake.answer(AUTH, b'{"jsonrpc":"2.0","id":1,"method":"setCallbackFollowMe1"}')
    [note] = fake.journal[-1].notes()
    assert (note.path, note.hint) == ("method", "was setCallBackFollowme meant?")


def test_a_misspelt_parameter_is_noted_beside_the_missing_one():
    fake = Fake()
    params = b'{"customer_name":"1","callbackFollowmeStruct":[]}'
    fake.answer(
        AUTH, b'{"jsonrpc":"2.0","id":1,"method":"setCallBackFollowme","params":%s}' % params
    )
    [note] = fake.journal[-1].notes()
    assert note.message == "callbackFollowmeStruct is not a known field and is ignored"
    assert note.hint == 'did you mean "callBackFollowmeStruct"?'


def test_each_call_of_a_batch_is_an_exchange():
    fake = Fake()
    fake.answer(AUTH, b"[" + SET + b",1]")
    assert [exchange.outcome for exchange in fake.journal] == ["ok", "error -32600"]


def test_only_the_latest_exchanges_are_retained():
    fake = Fake(Settings(journal_size=2))
    for number in range(5):
        fake.answer(AUTH, b'{"jsonrpc":"2.0","id":1,"method":"m%d"}' % number)
    assert [exchange.method for exchange in fake.journal] == ["m3", "m4"]


def test_the_log_is_flushed_on_close():
    stream = io.StringIO()
    fake = Fake()
    with RequestLog(stream) as log:
        fake.journal.listen(log)
        for _ in range(1000):
            fake.answer(AUTH, b"")
    assert stream.getvalue().count("- - error -32700 ") == 1000


def test_a_long_line_is_cut():
    fake = Fake()
    fake.answer(AUTH, b'{"jsonrpc":"2.0","id":1,"method":"%s"}' % (b"m" * 5000))
    [line] = exchange_lines(fake.journal[-1])
    assert line.startswith("m" * 59 + "… - error -32601 ")


def test_values_cannot_imitate_log_fields():
    fake = Fake()
    fake.answer(AUTH, SET.replace(b'"8831405"', b'"1 ok 0.0 ms"'))
    assert exchange_lines(fake.journal[-1])[0].startswith('setCallBackFollowme "1 ok 0.0 ms" ok ')


def test_large_requests_are_dropped_by_bytes():
    fake = Fake()
    for _ in range(20):
        fake.answer(AUTH, b'{"junk":"' + b"x" * 1024 * 1000 + b'"}')
    fake.answer(AUTH, b"")
    assert len(fake.journal) == 9
    assert sum(exchange.size for exchange in fake.journal) < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        (
            {"colour": 1},
            SettingsError,
            "unknown setting 'colour'; known are accounts, error_status",
        ),
        ({"error_status": True}, SettingsError, "error_status must be an integer, got True"),
        ({"error_status": 600}, SettingsError, "error_status must be from 200 to 599, got 600"),
        ({"error_status": 204}, SettingsError, "error_status must be one that has a body, got 204"),
        ({"max_batch": 0}, SettingsError, "max_batch must be at least 1, got 0"),
        ({"profile": ""}, SettingsError, "profile: the name of the file is empty"),
        ({"stubs": ""}, SettingsError, "stubs: the name of the file is empty"),
        ({"accounts": ["a:\udcff"]}, AccountsError, "login and password must be UTF-8 text"),
        ({"max_body": 0}, SettingsError, "max_body must be at least 1, got 0"),
        ({"journal_size": -1}, SettingsError, "journal_size must be at least 0, got -1"),
        ({"accounts": [1]}, SettingsError, "accounts must hold Account objects or login:password"),
        ({"accounts": ["a:b:c:d"]}, AccountsError, "write an account as login:password"),
    ],
)
def test_an_invalid_setting_is_refused_with_a_message(values, error, message):
    with pytest.raises(error, match=message.replace(":", ":")):
        Settings.of(**values)
