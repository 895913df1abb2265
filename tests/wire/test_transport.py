"""Transport (section 1 of the wire facts): verbs, credentials, service map, headers, limits."""

from __future__ import annotations

import json

import pytest
from wire_client import basic, request_bytes

from mtt_mock import Account, Settings

DELETE = (
    b'{"jsonrpc":"2.0","method":"deleteCallBackFollowme","params":{"customer_name":"1"},"id":1}'
)
DELETED = {"jsonrpc": "2.0", "result": {"success": 1}, "id": 1}
MAP = (
    b'{"transport":"POST","envelope":"JSON-RPC-2.0","SMDVersion":"2.0",'
    b'"contentType":"application\\/json","target":"\\/index.php","services":{'
    b'"setCallBackFollowme":{"parameters":['
    b'{"name":"customer_name","optional":false},'
    b'{"name":"callBackFollowmeStruct","optional":false},'
    b'{"name":"caller_id","optional":true,"type":"null","default":null},'
    b'{"name":"defaultBNumber","optional":true,"type":"null","default":null}],'
    b'"returns":{"type":"array|bool|null"}},'
    b'"getCallBackFollowme":{"parameters":['
    b'{"name":"customer_name","optional":false}],"returns":{"type":"array"}},'
    b'"deleteCallBackFollowme":{"parameters":['
    b'{"name":"customer_name","optional":false}],"returns":{"type":"array"}},'
    b'"setCallBackPrompt":{"parameters":['
    b'{"name":"customer_name","optional":false},'
    b'{"name":"file_name","optional":false}],"returns":{"type":"array"}},'
    b'"getCallBackFollowmeCallInfo":{"parameters":['
    b'{"name":"customer_name","optional":false},'
    b'{"name":"callBackCall_id","optional":false}],"returns":{"type":"array"}},'
    b'"makeCallBackCallFollowme":{"parameters":['
    b'{"name":"customer_name","optional":false},'
    b'{"name":"b_number","optional":true,"default":null},'
    b'{"name":"caller_id","optional":true,"type":"null","default":null},'
    b'{"name":"callBackURL","optional":true,"type":"null","default":null},'
    b'{"name":"simpleCallBackFollowmeStruct","optional":true,"type":"null","default":null},'
    b'{"name":"recordEnable","optional":true,"type":"number","default":1},'
    b'{"name":"duration","optional":true,"type":"null","default":null},'
    b'{"name":"client_caller_id","optional":true,"type":"null","default":null},'
    b'{"name":"direction","optional":true,"type":"null","default":null},'
    b'{"name":"callDescription","optional":true,"type":"null","default":null}],'
    b'"returns":{"type":"array|bool|null"}},'
    b'"getCustomerBalance":{"parameters":['
    b'{"name":"customer_name","optional":false}],"returns":{"type":"array"}}'
    b'},"description":""}'
)
BAD_CREDENTIALS = [
    None,
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic bG9naW46cGFzc3dvcmQ",  # padding is missing
    "Basic bG9naW4=",  # no colon
    "Bearer bG9naW46cGFzc3dvcmQ=",
    "Digest username=login",
    "bG9naW46cGFzc3dvcmQ=",
    "login:password",
    "Basic \xe9\xe9\xe9\xe9",
    basic("", "password"),
    basic("login", ""),
    basic("", ""),
]


def test_get_answers_the_service_map_to_the_byte(wire):
    answer = wire.get()
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.body == MAP


@pytest.mark.parametrize("query", ["?smd", "?smd=1", "?a=b", "?"])
def test_a_query_does_not_change_the_service_map(wire, query):
    assert wire.get(f"/index.php{query}").body == wire.get().body


def test_a_query_does_not_change_a_post(wire):
    assert wire.ask("POST", "/index.php?smd", body=DELETE).json == DELETED


def test_head_is_get_without_a_body(wire):
    answer = wire.ask("HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) == len(wire.get().body)


@pytest.mark.parametrize("verb", ["GET", "POST"])
@pytest.mark.parametrize("auth", BAD_CREDENTIALS)
def test_bad_credentials_are_answered_401(wire, verb, auth):
    answer = wire.ask(verb, auth=auth, body=DELETE if verb == "POST" else b"")
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Basic realm="')
    assert b"result" not in answer.body


def test_head_without_credentials_is_answered_401(wire):
    assert wire.ask("HEAD", auth=None).status == 401


def test_requests_without_credentials_are_not_executed(wire):
    wire.post(
        '{"jsonrpc":"2.0","method":"setCallBackFollowme","id":1,"params":'
        '["1",[{"type":"ringall","redirect_number":"79"}]]}',
        auth=None,
    )
    assert wire.fake.followme("1").elements == ()


@pytest.mark.parametrize(
    "auth",
    [
        basic("anyone", "anything"),
        basic("имя", "пароль"),
        basic("имя", "пароль", "cp1251"),
        basic("login", "with:colon"),
        "basic bG9naW46cGFzc3dvcmQ=",
        "BASIC bG9naW46cGFzc3dvcmQ=",
        "Basic   bG9naW46cGFzc3dvcmQ=",
    ],
)
def test_any_credentials_are_accepted_without_accounts(wire, auth):
    assert wire.get(auth=auth).status == 200
    assert wire.post(DELETE, auth=auth).json == DELETED


@pytest.fixture
def guarded(wire):
    wire.fake.reset(
        Settings(
            accounts=(
                Account("one", "first", frozenset({"1"})),
                Account("two", "second", frozenset({"2"})),
                Account("имя", "пароль: да"),
            )
        )
    )
    return wire


@pytest.mark.parametrize(
    "auth",
    [
        basic("one", "second"),
        basic("one", "First"),
        basic("one", "first "),
        basic("ONE", "first"),
        basic("three", "first"),
        basic("имя", "пароль"),
        basic("имя", "пароль: да", "cp1251"),
        basic("one", ""),
    ],
)
def test_wrong_credentials_get_401(guarded, auth):
    assert guarded.get(auth=auth).status == 401
    assert guarded.post(DELETE, auth=auth).status == 401


def test_valid_credentials_of_an_account_are_accepted(guarded):
    assert guarded.get(auth=basic("one", "first")).status == 200
    assert guarded.post(DELETE, auth=basic("one", "first")).json == DELETED


def test_credentials_may_hold_letters_beyond_ascii_and_colons(guarded):
    assert guarded.post(DELETE, auth=basic("имя", "пароль: да")).json == DELETED


def test_customers_of_other_logins_are_refused(guarded):
    answer = guarded.post(DELETE, auth=basic("two", "second"))
    assert answer.status == 500
    assert answer.json == {
        "jsonrpc": "2.0",
        "id": 1,
        "error": {
            "code": -32603,
            "message": "Internal error",
            "data": "Customer 1 does not belong to this login",
        },
    }


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "application/x-www-form-urlencoded",
        "text/plain; charset=koi8-r",
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "nonsense",
        "",
    ],
)
def test_the_body_is_json_under_any_content_type(post, content_type):
    assert post(DELETE, Content_Type=content_type).json == DELETED


def test_a_body_without_content_type_is_json(post):
    assert post(DELETE).json == DELETED


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [("POST", DELETE, 200), ("POST", b"{", 500), ("GET", b"", 200)],
)
def test_answers_carry_the_headers_of_the_library(wire, verb, body, status):
    answer = wire.ask(verb, body=body)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "x-requested-with, content-type"


@pytest.mark.parametrize(
    "path", ["/", "/index", "/index.php/", "/INDEX.PHP", "/static/x", "/%00", "/%ff", "/../x"]
)
def test_other_paths_are_not_found(wire, path):
    assert wire.get(path).status == 404
    assert wire.ask("POST", path, body=DELETE).status == 404


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/index.php", "GET, HEAD, OPTIONS, POST"),
        ("/upload/x", "POST"),
        ("/openrpc.json", "GET, HEAD, OPTIONS"),
        ("/_mtt/clock", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_other_verbs_are_not_allowed(wire, verb, path, allowed):
    answer = wire.ask(verb, path)
    assert (answer.status, answer.headers["allow"]) == (405, allowed)


# size


def padded(size):
    return DELETE + b" " * (size - len(DELETE))


TOO_LARGE = {
    "jsonrpc": "2.0",
    "id": None,
    "error": {
        "code": -32600,
        "message": "Invalid Request",
        "data": "request body is larger than 1000 bytes (--max-body)",
    },
}


@pytest.mark.parametrize("size", [1001, 100_000])
def test_an_oversized_body_gets_413_with_an_envelope(wire, size):
    wire.fake.reset(Settings(max_body=1000))
    answer = wire.post(padded(size))
    assert (answer.status, answer.json) == (413, TOO_LARGE)


def test_a_body_at_the_limit_is_read(wire):
    wire.fake.reset(Settings(max_body=1000))
    assert wire.post(padded(1000)).json == DELETED


def test_an_oversized_body_without_credentials_gets_401(wire):
    wire.fake.reset(Settings(max_body=1000))
    assert wire.post(padded(1001), auth=None).status == 401


def test_the_limit_is_one_mebibyte_by_default(wire):
    assert wire.post(padded(1024 * 1024)).json == DELETED
    assert wire.post(padded(1024 * 1024 + 1)).status == 413


def test_requests_after_an_oversized_body_are_answered(wire):
    wire.fake.reset(Settings(max_body=1000))
    wire.post(padded(50_000))
    assert wire.post(DELETE).json == DELETED


def chunked(body, size=7):
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CHUNKED = {"Authorization": basic(), "Transfer-Encoding": "chunked"}


def test_a_chunked_body_is_read(over_socket):
    with over_socket.connect() as connection:
        connection.write(request_bytes(headers=CHUNKED, body=chunked(DELETE)))
        assert connection.read().json == DELETED


def test_an_oversized_chunked_body_gets_413(over_socket):
    over_socket.fake.reset(Settings(max_body=1000))
    with over_socket.connect() as connection:
        connection.write(request_bytes(headers=CHUNKED, body=chunked(padded(5000), 100)))
        answer = connection.read()
    assert (answer.status, answer.json) == (413, TOO_LARGE)


# connections


def test_a_connection_serves_two_requests(over_socket):
    with over_socket.connect() as connection:
        for _ in range(2):
            connection.write(request_bytes(body=DELETE))
            assert connection.read().json == DELETED


def test_errors_leave_the_connection_open(over_socket):
    with over_socket.connect() as connection:
        for request, status in (
            (request_bytes(body=b"{"), 500),
            (request_bytes(headers={}, body=DELETE), 401),
            (request_bytes(target="/", body=DELETE), 404),
            (request_bytes(body=DELETE), 200),
        ):
            connection.write(request)
            assert connection.read().status == status


def test_pipelined_requests_are_answered_in_order(over_socket):
    bodies = [DELETE.replace(b'"id":1', b'"id":%d' % number) for number in range(1, 21)]
    with over_socket.connect() as connection:
        connection.write(b"".join(request_bytes(body=body) for body in bodies))
        assert [connection.read().json["id"] for _ in bodies] == list(range(1, 21))


def test_connection_close_is_honoured(over_socket):
    headers = {"Authorization": basic(), "Connection": "close"}
    with over_socket.connect() as connection:
        connection.write(request_bytes(headers=headers, body=DELETE))
        assert connection.read().json == DELETED
        assert connection.at_end()


def test_an_http_1_0_client_is_answered(over_socket):
    request = request_bytes(body=DELETE).replace(b"HTTP/1.1", b"HTTP/1.0")
    with over_socket.connect() as connection:
        connection.write(request)
        assert connection.read().json == DELETED
        assert connection.at_end()


def test_expect_100_continue_is_answered(over_socket):
    headers = {"Authorization": basic(), "Expect": "100-continue", "Content-Length": "89"}
    assert len(DELETE) == 89
    with over_socket.connect() as connection:
        connection.write(request_bytes(headers=headers))
        assert connection.reader.readline().startswith(b"HTTP/1.1 100 ")
        assert connection.reader.readline() == b"\r\n"
        connection.write(DELETE)
        assert connection.read().json == DELETED


def test_the_live_service_map_equals_the_applications(over_socket, in_process):
    assert json.loads(over_socket.get().body) == json.loads(in_process.get().body)
