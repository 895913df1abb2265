"""Hostile bytes and clients: the fake answers with an envelope and keeps serving."""

# ruff: noqa: UP031 -- JSON is full of braces

from __future__ import annotations

import json
import socket
import threading
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wire_client import basic, request_bytes

from mtt_contracts import validate_response

DELETE = b'{"jsonrpc":"2.0","method":"deleteCallBackFollowme","params":["ordinary"],"id":1}'
DELETED = {"jsonrpc": "2.0", "result": {"success": 1}, "id": 1}
PARSE = {
    "jsonrpc": "2.0",
    "id": None,
    "error": {"code": -32700, "message": "Parse error", "data": None},
}
GET_OF = '{"jsonrpc":"2.0","method":"getCallBackFollowme","params":%s,"id":%s}'

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)
elements = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["ringall", "linal", "text", "file"]) | json_values,
        "redirect_number": st.sampled_from(["79", "+79"]) | json_values,
        "side": st.sampled_from(["A", "B"]) | json_values,
        "value": json_values,
        "order": json_values,
        "timeout": json_values,
        "other": json_values,
    },
)
nearly_requests = st.fixed_dictionaries(
    {"jsonrpc": st.sampled_from(["2.0", 2.0]) | json_values},
    optional={
        "method": st.sampled_from(
            ["setCallBackFollowme", "getCallBackFollowme", "deleteCallBackFollowme"]
        )
        | json_values,
        "params": st.fixed_dictionaries(
            {},
            optional={
                "customer_name": st.sampled_from(["1", "2"]) | json_values,
                "callBackFollowmeStruct": st.lists(elements, max_size=3) | json_values,
                "caller_id": st.just("79") | json_values,
                "defaultBNumber": st.just("79") | json_values,
            },
        )
        | json_values,
        "id": st.integers() | st.sampled_from(["", "0", 0, 0.0, None, "7"]) | json_values,
    },
)


def assert_civil(wire, body):
    """The answer is an envelope, a batch of them or nothing; the next request works."""
    answer = wire.post(body)
    assert answer.status in (200, 500)
    assert answer.headers["content-type"] == "application/json"
    if answer.body:
        # As strict as a client's parser: no NaN, no Infinity.
        response = json.loads(answer.body.decode(), parse_constant=pytest.fail)
        for envelope in response if isinstance(response, list) else [response]:
            assert validate_response(envelope) == []
            # That text is the last net under a defect of the fake itself.
            assert "mtt-mock failed" not in str(envelope.get("error"))
        single_error = isinstance(response, dict) and "error" in response
        assert answer.status == (500 if single_error else 200)
    else:
        assert answer.status == 200
    assert wire.post(DELETE).json == DELETED
    return answer


@given(st.binary(max_size=200))
@example(b"\x00")
@example(b"\xff\xfe{\x00}\x00")
@example(b"POST /index.php HTTP/1.1\r\n\r\n")
def test_arbitrary_bytes_are_answered_with_an_envelope(wires, body):
    for wire in wires:
        assert_civil(wire, body)


@given(json_values)
def test_arbitrary_json_is_answered_with_an_envelope(wires, value):
    for wire in wires:
        assert_civil(wire, json.dumps(value))


@given(nearly_requests)
def test_nearly_valid_requests_are_answered_with_an_envelope(wires, request):
    for wire in wires:
        assert_civil(wire, json.dumps(request))


@given(st.lists(nearly_requests | json_values, min_size=1, max_size=5))
def test_arbitrary_batches_are_answered_with_envelopes(wires, batch):
    for wire in wires:
        text = json.dumps(batch)
        answer = assert_civil(wire, text)
        if '"\\u0000' in text and answer.body and isinstance(answer.json, dict):
            # PHP reads no object with a name that begins with NUL: the whole batch is refused.
            assert answer.json["error"]["code"] == -32700
        elif answer.body:
            assert isinstance(answer.json, list)
            assert len(answer.json) <= len(batch)


@given(st.data())
def test_a_damaged_request_is_answered_with_an_envelope(in_process, data):
    body = bytearray(request_text().encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        body = body or bytearray(b" ")
    assert_civil(in_process, bytes(body))


def request_text():
    return (
        '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":5,"params":{"customer_name":"1",'
        '"callBackFollowmeStruct":[{"type":"text","value":"я","side":"B","timeout":15.5}]}}'
    )


# nesting


@pytest.mark.parametrize(
    ("opening", "middle", "closing"),
    [
        ("[", "", "]"),
        ('{"a":', "1", "}"),
        ("[", "", ""),
        ('{"a":', "", ""),
        ('[{"a":', "1", "}]"),
        ('{"jsonrpc":"2.0","method":"getCallBackFollowme","id":1,"params":', "1", "}"),
        ('[{"a":["b",', "1", "]}]"),
    ],
)
def test_nesting_a_hundred_thousand_deep_is_a_parse_error(wire, opening, middle, closing):
    depth = 100_000 if len(opening) < 10 else 10_000
    answer = assert_civil(wire, opening * depth + middle + closing * depth)
    assert answer.json == PARSE


@pytest.mark.parametrize("depth", [10, 250, 300, 500])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_deep_nesting_in_unknown_fields_is_ignored(wire, depth, opening, closing):
    deep = opening * depth + "1" + closing * depth
    body = (
        '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":1,"junk":%s,"params":{"junk":%s,'
        '"customer_name":"1","callBackFollowmeStruct":'
        '[{"type":"ringall","redirect_number":"79","junk":%s}]}}' % (deep, deep, deep)
    )
    assert assert_civil(wire, body).json == DELETED
    assert wire.fake.followme("1").elements[0].fields == {
        "type": "ringall",
        "redirect_number": "79",
    }


@pytest.mark.parametrize("depth", [10, 250, 300, 500])
@pytest.mark.parametrize("place", ["customer_name", "callBackFollowmeStruct", "caller_id"])
def test_deep_nesting_in_known_fields_is_refused(wire, depth, place):
    params = {"customer_name": "1", "callBackFollowmeStruct": [], "caller_id": "7"}
    params[place] = json.loads("[" * depth + "]" * depth)
    body = {"jsonrpc": "2.0", "method": "setCallBackFollowme", "params": params, "id": 1}
    answer = assert_civil(wire, json.dumps(body))
    assert answer.status == 500
    assert answer.json["error"]["code"] == -32602
    assert answer.json["error"]["data"].startswith(place)


@pytest.mark.parametrize("depth", [253, 254, 255, 300, 500])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_an_id_nested_deep_is_echoed(wire, depth, opening, closing):
    call_id = (opening * depth + "1" + closing * depth).encode()
    assert b'"id":' + call_id in assert_civil(wire, DELETE[:-2] + call_id + b"}").body
    assert b'"id":' + call_id in assert_civil(wire, b"[" + DELETE[:-2] + call_id + b"}]").body


def test_nesting_is_counted_by_depth_not_by_brackets(post):
    wide = "[" + ",".join(["[]"] * 5000) + "]"
    answer = post(
        '{"jsonrpc":"2.0","method":"deleteCallBackFollowme","params":["1",%s],"id":1}' % wide
    )
    assert answer.json == DELETED


def test_511_levels_are_read_and_512_are_not(post):
    assert post("[" * 511 + "]" * 511).status == 200
    assert post("[" * 512 + "]" * 512).json == PARSE


# numbers


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "nan", "+1", "01", "1.", ".5", "0x10", "1e", "-", "--1"],
)
def test_invalid_number_syntax_is_a_parse_error(wire, number):
    assert assert_civil(wire, GET_OF % ('["1"]', number)).json == PARSE


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 5000, "1" + "0" * 309])
def test_a_number_beyond_a_double_is_the_largest(wire, number):
    echoed = -1.7976931348623157e308 if number.startswith("-") else 1.7976931348623157e308
    assert assert_civil(wire, GET_OF % ('["1"]', number)).json["id"] == echoed


def test_a_parse_error_after_a_number_beyond_a_double_remains(post):
    for broken in (
        "1e999 1e999",
        "1e999.",
        '1e999,"1e999',
        '1e999,"\\',
        "1e999,1e999e9",
        "1e999,-",
    ):
        assert post('[1e999,"1e999",%s]' % broken).json == PARSE


def test_any_count_of_numbers_beyond_a_double_is_read(post):
    call_id = '["1e999\\"1e999",%s]' % ",".join(["1e999", "-1E+999"] * 5000)
    answer = post('{"jsonrpc":"2.0","method":"x","id":%s}' % call_id)
    text, first, second, *_ = answer.json["id"]
    assert (text, first, second) == ('1e999"1e999', 1.7976931348623157e308, -1.7976931348623157e308)


@pytest.mark.parametrize("tail", ['"\\"' * 150_000, '"' * 150_001, "9" * 300_000, "1e" * 150_000])
def test_broken_text_behind_such_a_number_is_refused_quickly(in_process, tail):
    started = time.thread_time()
    assert in_process.post("[1e999," + tail).json == PARSE
    assert time.thread_time() - started < 0.5


def test_what_an_equal_key_replaces_is_read_too(post):
    call = '{"jsonrpc":"2.0","method":"getCustomerBalance","params":["1"],"id":%s,"id":7}'
    assert post(call % '{"\\u0000":1}').json == PARSE
    assert post(call % '{"a" : "\\"\\u0000b"}').json["id"] == 7
    assert post(call % ("[" * 511 + "]" * 511)).json == PARSE
    assert post(call % ("[" * 510 + '"[[{"' + "]" * 510)).json["id"] == 7


@pytest.mark.parametrize(
    ("number", "echoed"),
    [
        ("18446744073709551616", 18446744073709551616.0),
        ("1" + "0" * 300, 1e300),
        ("1e308", 1e308),
        ("1e-400", None),
        ("5e-324", 5e-324),
        ("0.1000000000000000055511151231257827", 0.1),
    ],
)
def test_long_numbers_become_doubles(wire, number, echoed):
    answer = assert_civil(wire, '{"jsonrpc":"2.0","method":"x","id":%s}' % number)
    if echoed is None:  # too small for a double: zero
        assert answer.json["id"] == 0.0
    else:
        assert answer.json["id"] == echoed


@pytest.mark.parametrize("number", ["1e308", "99999999999999999999", "-5e-324", "-0"])
def test_odd_numbers_in_an_element_are_numbers(wire, number):
    body = request_text().replace("15.5}", '15.5,"order":%s}' % number)
    answer = assert_civil(wire, body)
    assert answer.json == {"jsonrpc": "2.0", "result": {"success": 1}, "id": 5}


# text


@pytest.mark.parametrize(
    "body",
    [
        b'\xef\xbb\xbf{"jsonrpc":"2.0"}',
        b'{"jsonrpc":"2.0","method":"\xff"}',
        b'{"jsonrpc":"2.0","method":"\xc0\xae"}',
        b'{"jsonrpc":"2.0","method":"\xed\xa0\x80"}',
        b'{"jsonrpc":"2.0","method":"\xf4\x90\x80\x80"}',
        b'{"jsonrpc":"2.0","method":"\\ud800"}',
        b'{"jsonrpc":"2.0","method":"\\udc00\\ud800"}',
        b'{"jsonrpc":"2.0","method":"\\x41"}',
        b'{"jsonrpc":"2.0","method":"a\x00b"}',
        b'{"jsonrpc":"2.0","method":"a\nb"}',
        '{"jsonrpc":"2.0"}'.encode("utf-16"),
        '{"jsonrpc":"2.0"}'.encode("utf-32-le"),
        '{"jsonrpc":"2.0","method":"имя"}'.encode("cp1251"),
        b'{"jsonrpc":"2.0"}\x00',
        b"\x00" * 1000,
        b'{"jsonrpc":"2.0" /* remark */}',
    ],
)
def test_invalid_json_or_utf8_is_a_parse_error(wire, body):
    assert assert_civil(wire, body).json == PARSE


def test_escaped_nul_characters_are_text_like_any_other(wire):
    answer = assert_civil(wire, GET_OF % ('["a\\u0000b"]', '"\\u0000"'))
    assert answer.json["id"] == "\x00"
    assert answer.json["error"]["data"] == "Callback followme structure not found"


def test_a_surrogate_pair_is_one_character(wire):
    answer = assert_civil(wire, GET_OF % ('["1"]', '"\\ud83d\\ude00"'))
    assert answer.json["id"] == "\U0001f600"


def test_a_trailing_line_break_is_part_of_the_name(wire):
    wire.post(request_text())
    answer = wire.post(GET_OF % ('["1\\n"]', "1"))
    assert answer.json["error"]["data"] == "Callback followme structure not found"


@pytest.mark.parametrize(
    "number", ['"79\\n"', '"٧٩"', '"７９"', '"79\\u0000"', '" 79"', '"+"', '"++7"']
)
def test_number_like_values_are_refused(wire, number):
    body = request_text().replace('"params":{', '"params":{"caller_id":%s,' % number)
    answer = assert_civil(wire, body)
    assert answer.json["error"]["code"] == -32602
    assert answer.json["error"]["data"].startswith("caller_id must be ")


def test_long_values_are_cut_in_data(wire):
    answer = assert_civil(wire, GET_OF % ("[%s]" % ("[" + "1," * 100_000 + "1]"), "1"))
    assert len(answer.json["error"]["data"]) < 200


def test_a_huge_type_gets_a_short_error(wire):
    body = (
        '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":1,"params":'
        '["1",[{"type":"%s","redirect_number":"79"}]]}' % ("ringall" * 75_000)
    )
    answer = assert_civil(wire, body)
    assert answer.json["error"]["code"] == -32602
    assert len(answer.json["error"]["data"]) < 200


def test_a_thousand_empty_elements_are_refused_in_few_words(wire):
    body = '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":1,"params":["1",[%s]]}' % ",".join(
        ["{}"] * 1000
    )
    answer = assert_civil(wire, body)
    data = answer.json["error"]["data"]
    assert data.startswith("callBackFollowmeStruct[0].type is required; ")
    assert len(data) < 500


def test_a_long_number_is_refused_in_few_words(wire):
    body = request_text().replace('"params":{', '"params":{"caller_id":"%sx",' % ("7" * 100_000))
    assert len(assert_civil(wire, body).json["error"]["data"]) < 300


@pytest.mark.unmeasured
def test_many_invalid_elements_are_refused_quickly(in_process):
    # CPU time, not wall time: the answer is given in the loop that serves everybody.
    body = '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":1,"params":["1",[%s]]}' % ",".join(
        ['{"type":"ringal"}'] * 4000
    )
    started = time.thread_time()
    assert in_process.post(body).status == 500
    assert time.thread_time() - started < 0.5


# clients


def test_an_incomplete_request_changes_nothing(over_socket):
    body = request_text().encode()
    request = request_bytes(body=body)
    for cut in (1, 20, len(request) - len(body), len(request) - 1):
        with over_socket.connect() as connection:
            connection.write(request[:cut])
    assert over_socket.post(DELETE).json == DELETED
    assert over_socket.fake.followme("1").elements == ()


def test_connection_resets_affect_no_other_client(over_socket):
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    for cut in (0, 10, -1, None):
        with over_socket.connect() as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.write(request_bytes(body=DELETE)[:cut])
    assert over_socket.post(DELETE).json == DELETED


def test_a_disconnected_client_is_still_served(over_socket):
    with over_socket.connect() as connection:
        connection.write(request_bytes(body=DELETE) * 10)
        connection.socket.shutdown(socket.SHUT_WR)
    assert over_socket.post(DELETE).json == DELETED


def test_a_request_in_single_bytes_is_answered(over_socket):
    with over_socket.connect() as connection:
        connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request_bytes(body=DELETE):
            connection.write(bytes([byte]))
        assert connection.read().json == DELETED


def test_idle_and_slow_connections_do_not_stall_others(over_socket):
    request = request_bytes(body=DELETE)
    with over_socket.connect(), over_socket.connect() as headers, over_socket.connect() as body:
        headers.write(request[:30])
        body.write(request[:-5])
        for _ in range(10):
            assert over_socket.post(DELETE).json == DELETED
        headers.write(request[30:])
        body.write(request[-5:])
        assert headers.read().json == DELETED
        assert body.read().json == DELETED


def test_two_hundred_connections_at_once_are_all_answered(over_socket):
    connections = [over_socket.connect() for _ in range(200)]
    try:
        for connection in connections:
            connection.write(request_bytes(body=DELETE))
        for connection in connections:
            assert connection.read().json == DELETED
    finally:
        for connection in connections:
            connection.__exit__()


def test_concurrent_connections_get_their_own_responses(over_socket):
    wrong = []

    def ask(thread):
        with over_socket.connect() as connection:
            for number in range(1, 21):
                call_id = thread * 1000 + number
                body = DELETE.replace(b'"id":1', b'"id":%d' % call_id)
                connection.write(request_bytes(body=body))
                if connection.read().json["id"] != call_id:
                    wrong.append(call_id)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 17)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /index.php HTTP/9.9\r\n\r\n",
        b"POST /index.php HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /index.php HTTP/1.1\r\nHost: x\r\nContent-Length: a\r\n\r\n",
        b"POST /index.php HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /index.php HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST /index.php HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
    ],
)
def test_bytes_other_than_http_are_refused(over_socket, request_line):
    with over_socket.connect() as connection:
        connection.write(request_line)
        connection.socket.shutdown(socket.SHUT_WR)
        received = connection.reader.read()
    assert received == b"" or received.startswith(b"HTTP/1.1 4")
    assert over_socket.post(DELETE).json == DELETED


@pytest.mark.parametrize(
    "target", [b"/\xff", b"/index.php?\xff", b"*", b"http://mtt/index.php", b"/index.php#x"]
)
def test_odd_request_targets_are_answered(over_socket, target):
    request = request_bytes(target="TARGET", body=DELETE).replace(b"TARGET", target)
    with over_socket.connect() as connection:
        connection.write(request)
        assert connection.read().status in (200, 400, 404)
    assert over_socket.post(DELETE).json == DELETED


def test_odd_headers_do_no_harm(over_socket):
    for name, value in (
        ("X-Long", "x" * 10_000),
        ("X-Latin", "\xe9\xff"),
        ("Content-Type", "\xff"),
        ("Host", "a b<>"),
        ("X_Under", "1"),
        ("Content-Encoding", "gzip"),
        ("Upgrade", "websocket"),
        ("Authorization", "Basic x"),
    ):
        headers = {"Authorization": basic(), name: value}
        with over_socket.connect() as connection:
            connection.write(request_bytes(headers=headers, body=DELETE))
            assert connection.read().status in (200, 400, 401), name
    assert over_socket.post(DELETE).json == DELETED
