"""Errors of the client: which failure raises which, and what their messages never show."""

import base64
import copy
import pickle
import socket
import traceback

import httpx2
import pytest
from scripted import PASSWORD, SUCCESS, URL, Script, Time, failure, result

from mtt_client import (
    AsyncMttClient,
    AuthenticationError,
    CallEndedError,
    CallNotEndedError,
    CallNotFoundError,
    CallTimeoutError,
    Followme,
    FollowmeNotFoundError,
    FollowmeNotRestoredError,
    HttpError,
    MttClient,
    MttError,
    MttTimeoutError,
    ProtocolError,
    RefusedError,
    RequestContractError,
    Ringall,
    RpcError,
    SideNotClearError,
    TransportError,
)

NUMBER = Ringall("79000000001")


@pytest.mark.parametrize(
    ("error", "base"),
    [
        (RequestContractError, MttError),
        (RequestContractError, ValueError),
        (TransportError, MttError),
        (MttTimeoutError, TransportError),
        (MttTimeoutError, TimeoutError),
        (HttpError, MttError),
        (AuthenticationError, HttpError),
        (ProtocolError, MttError),
        (RpcError, MttError),
        (FollowmeNotFoundError, RpcError),
        (RefusedError, MttError),
        (SideNotClearError, RefusedError),
        (FollowmeNotRestoredError, MttError),
        (CallNotEndedError, RpcError),
        (CallEndedError, RpcError),
        (CallNotFoundError, RpcError),
        (CallTimeoutError, MttError),
        (CallTimeoutError, TimeoutError),
    ],
)
def test_errors_form_the_documented_tree(error, base):
    assert issubclass(error, base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": ""}, "url must be the endpoint's whole URL"),
        ({"url": None}, "url must be the endpoint's whole URL"),
        ({"url": "127.0.0.1:8082/index.php"}, "url"),
        ({"url": "ftp://127.0.0.1/index.php"}, "url must begin with http:// or https://"),
        ({"url": "http:///index.php"}, "url must name a host"),
        ({"url": "http://127.0.0.1:port/"}, "url is not a valid URL"),
        ({"login": ""}, "login must not be empty"),
        ({"login": "a:b"}, "login must not hold a colon"),
        ({"password": ""}, "password must not be empty"),
        ({"password": 1}, "password must be a string, got int"),
        ({"password": "\udc80"}, "password holds characters that UTF-8 cannot"),
        ({"customer_name": ""}, "customer_name must not be empty"),
        ({"customer_name": 883140500000000}, "customer_name must be a string, got int"),
        ({"timeout": 0}, "timeout must be more than 0 seconds"),
        ({"timeout": float("nan")}, "timeout must be more than 0 seconds"),
        ({"timeout": None}, "timeout must be a number of seconds, got NoneType"),
        ({"timeout": True}, "timeout must be a number of seconds, got bool"),
        ({"timeout": 10**400}, "timeout must be more than 0 seconds and finite"),
        ({"url": "http://127.0.0.1:65536/"}, "url is not a valid URL"),
        ({"max_record": 0}, "max_record must be at least 1, got 0"),
        ({"max_record": 1.5}, "max_record must be a whole number, got float"),
        ({"max_record": True}, "max_record must be a whole number, got bool"),
        ({"sleep": 5}, "sleep must be a function or None, got int"),
        ({"clock": 5}, "clock must be a function or None, got int"),
        ({"upload_origins": None}, "upload_origins must be a list of origins, got one NoneType"),
        ({"upload_origins": "https://a"}, "upload_origins must be a list of origins, got one str"),
        ({"upload_origins": ["https://a", 5]}, "upload_origins[1] must be a whole URL"),
        ({"upload_origins": ["files.example.com"]}, "upload_origins[0] must begin with http"),
        ({"upload_origins": ["https://a:b@c"]}, "upload_origins[0] must not hold a user"),
        ({"upload_origins": ["https://a/up"]}, "upload_origins[0] must be an origin, such as"),
        ({"upload_origins": ["https://a/?"]}, "upload_origins[0] must be an origin, such as"),
        ({"upload_origins": ["https://a#x"]}, "upload_origins[0] must be an origin, such as"),
    ],
)
def test_an_invalid_argument_is_refused_with_a_message(kit, settings, message):
    with pytest.raises(ValueError) as caught:
        kit.client(Script(), **settings)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://cat:hidden-9@127.0.0.1/index.php",
        "http://cat:12#hidden-9@127.0.0.1/index.php",
        "cat:hidden-9@127.0.0.1",
    ],
)
def test_a_url_with_credentials_is_refused_without_repeating_them(kit, url):
    with pytest.raises(ValueError) as caught:
        kit.cls(url, "cat", "secret-8", "883140500000000")
    assert str(caught.value) == (
        "url must not hold a user or password (nor any @); pass login and password instead"
    )
    client_frame = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    own = [frame for frame in client_frame.stack if frame.name == "__init__"]
    assert own
    assert not any("hidden-9" in text or "secret-8" in text for text in own[0].locals.values())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/no-such-folder/roots.pem"),
        ("HTTPS_PROXY", "ftp://proxy.example:21"),
        ("ALL_PROXY", "://"),
    ],
)
def test_an_invalid_environment_is_named(kit, monkeypatch, name, value):
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match="no HTTP client can be created") as caught:
        kit.cls("https://127.0.0.1/index.php", "cat", "secret-8", "883140500000000")
    assert name in str(caught.value)
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    own = [frame.f_locals for frame in frames if "mtt_client" in frame.f_code.co_filename]
    assert own
    assert "secret-8" not in repr(own)


def test_invalid_params_are_not_sent(kit):
    script = Script()
    with pytest.raises(RequestContractError) as caught:
        kit.client(script).set_callback_followme([Ringall("79-00"), NUMBER], caller_id="boss")
    assert [problem.path for problem in caught.value.problems] == [
        "callBackFollowmeStruct[0].redirect_number",
        "caller_id",
    ]
    assert str(caught.value).startswith(
        "setCallBackFollowme was not sent: callBackFollowmeStruct[0].redirect_number must be digits"
    )
    assert script.requests == []


def test_invalid_params_are_sent_without_validation(kit):
    script = Script(SUCCESS % 1)
    kit.client(script, validate=False).set_callback_followme([Ringall("79-00")])
    assert script.sent[0]["params"]["callBackFollowmeStruct"] == [
        {"redirect_number": "79-00", "type": "Ringall"}
    ]


@pytest.mark.parametrize("value", [float("nan"), {1, 2}])
@pytest.mark.parametrize("method", ["getCustomerBalance", "setCallBackFollowme"])
def test_values_outside_json_are_not_sent(kit, value, method):
    script = Script()
    with pytest.raises(RequestContractError, match="cannot be written as JSON"):
        kit.client(script, validate=False).call(method, {"x": value})
    assert script.requests == []


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ([NUMBER, "79000000001"], "elements\\[1\\] must be Ringall, .* got str"),
        (NUMBER, "elements must be a list of elements, got one Ringall"),
        ({"type": "text"}, "elements must be a list of elements, got one dict"),
    ],
)
def test_invalid_elements_are_refused(kit, elements, message):
    with pytest.raises(TypeError, match=message):
        kit.client(Script()).set_callback_followme(elements)


@pytest.mark.parametrize(
    ("failure", "kind", "sent"),
    [
        (httpx2.ConnectError("refused"), TransportError, False),
        (httpx2.ReadError("reset"), TransportError, True),
        (httpx2.RemoteProtocolError("garbled"), TransportError, True),
        (httpx2.ConnectTimeout("slow"), MttTimeoutError, False),
        (httpx2.ReadTimeout("slow"), MttTimeoutError, True),
    ],
)
def test_no_answer_is_a_transport_error(kit, failure, kind, sent):
    with pytest.raises(TransportError) as caught:
        kit.client(Script(failure)).delete_callback_followme()
    assert type(caught.value) is kind
    assert caught.value.sent is sent
    assert str(caught.value) == (
        f"deleteCallBackFollowme got no answer: {type(failure).__name__}: {failure}"
    )


def test_failures_are_not_retried_by_default(kit):
    script = Script(httpx2.ReadError("reset"), SUCCESS % 1)
    with pytest.raises(TransportError):
        kit.client(script).delete_callback_followme()
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<h1>401</h1>",
        b'{"jsonrpc":"2.0","id":1,"result":{"success":1}}',
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"Internal error","data":null}}',
    ],
)
def test_401_with_any_body_is_an_authentication_error(kit, body):
    for call in ("delete_callback_followme", "service_map"):
        with pytest.raises(AuthenticationError) as caught:
            getattr(kit.client(Script((401, body))), call)()
        assert caught.value.status == 401


@pytest.mark.parametrize(
    ("status", "body"),
    [(502, b"<html>Bad Gateway</html>"), (500, b""), (404, b'{"error":"nope"}'), (302, b"")],
)
def test_a_status_without_an_envelope_is_an_http_error(kit, status, body):
    for call in ("delete_callback_followme", "service_map"):
        with pytest.raises(HttpError) as caught:
            getattr(kit.client(Script((status, body))), call)()
        assert type(caught.value) is HttpError
        assert caught.value.status == status


def test_redirects_are_not_followed(kit):
    def redirect(_):
        return httpx2.Response(307, headers={"location": "http://127.0.0.1:9/elsewhere"})

    script = Script(redirect)
    with pytest.raises(HttpError) as caught:
        kit.client(script).delete_callback_followme()
    assert caught.value.status == 307
    assert len(script.requests) == 1


def test_bodies_are_cut_to_200_characters_in_messages(kit):
    with pytest.raises(HttpError) as caught:
        kit.client(Script((502, "я".encode() * 1000))).delete_callback_followme()
    assert caught.value.excerpt == "я" * 200 + "…"
    with pytest.raises(ProtocolError) as caught:
        kit.client(Script(b"x" * 1000)).delete_callback_followme()
    assert str(caught.value).count("x") == 200
    body = b'{"jsonrpc":"2.0","id":1,"error":{"code":7,"message":"y","data":"%s"}}' % (b"x" * 999)
    with pytest.raises(RpcError) as caught:
        kit.client(Script(body)).delete_callback_followme()
    assert str(caught.value).count("x") == 200
    assert caught.value.data == "x" * 999


@pytest.mark.parametrize("status", [200, 400, 404, 500, 503])
@pytest.mark.parametrize("answer_id", [b"1", b"null"])
def test_error_envelopes_are_parsed_under_any_status(kit, status, answer_id):
    body = (
        b'{"jsonrpc":"2.0","id":%s,"error":{"code":-32602,"message":"Invalid params",'
        b'"data":"customer_name not found"}}'
    )
    with pytest.raises(RpcError) as caught:
        kit.client(Script((status, body % answer_id))).delete_callback_followme()
    error = caught.value
    assert (error.method, error.code, error.message, error.data) == (
        "deleteCallBackFollowme",
        -32602,
        "Invalid params",
        "customer_name not found",
    )
    assert str(error) == (
        "deleteCallBackFollowme failed: Invalid params (-32602): customer_name not found"
    )


@pytest.mark.parametrize("answer_id", [b"2", b'"1"', b"1.0", b"true", b"[1]", b"null"])
def test_a_result_with_a_wrong_id_is_a_protocol_error(kit, answer_id):
    body = b'{"jsonrpc":"2.0","id":%s,"result":{"success":1}}' % answer_id
    with pytest.raises(ProtocolError) as caught:
        kit.client(Script(body)).delete_callback_followme()
    assert caught.value.problems[0].path == "id"
    assert caught.value.problems[0].message == f"id must be 1, got {answer_id.decode()}"


@pytest.mark.parametrize("answer_id", [b"2", b'"1"'])
def test_an_error_with_a_wrong_id_is_a_protocol_error(kit, answer_id):
    body = b'{"jsonrpc":"2.0","id":%s,"error":{"code":1,"message":"x","data":null}}' % answer_id
    with pytest.raises(ProtocolError, match="belongs to another request"):
        kit.client(Script((500, body))).delete_callback_followme()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the answer is empty"),
        (b"<html>Login</html>", "not JSON: '<html>Login</html>'"),
        (b'{"jsonrpc":"2.0","id":1,', "not JSON"),
        (b'{"jsonrpc":"2.0","id":1,"result":NaN}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe\xfd", "not JSON"),
        (b"null", "not a JSON-RPC answer to one call"),
        (b'[{"jsonrpc":"2.0","id":1,"result":{"success":1}}]', "not a JSON-RPC answer to one"),
        (b'{"id":1,"result":{"success":1}}', "not a JSON-RPC answer to one call"),
        (b'{"jsonrpc":"1.0","id":1,"result":{"success":1}}', "jsonrpc must be"),
        (b'{"jsonrpc":"2.0","result":{"success":1}}', "id is required"),
        (b'{"jsonrpc":"2.0","id":1}', "exactly one of result and error"),
        (
            b'{"jsonrpc":"2.0","id":1,"result":{"success":1},'
            b'"error":{"code":1,"message":"x","data":null}}',
            "exactly one of result and error",
        ),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x","data":[]}}', "error.data"),
        (
            b'{"jsonrpc":"2.0","id":1,"result":{"success":"1"}}',
            'success must be a number, got string "1"',
        ),
        (b'{"jsonrpc":"2.0","id":1,"result":{"success":2}}', "success"),
        (b'{"jsonrpc":"2.0","id":1,"result":{"success":true}}', "success"),
        (b'{"jsonrpc":"2.0","id":1,"result":true}', "result must be an object"),
    ],
)
def test_an_invalid_response_is_a_protocol_error(kit, body, message):
    with pytest.raises(ProtocolError) as caught:
        kit.client(Script(body)).delete_callback_followme()
    assert message in str(caught.value)


def test_success_as_text_is_a_protocol_error(kit):
    body = b'{"jsonrpc":"2.0","id":1,"result":{"success":"1"}}'
    with pytest.raises(ProtocolError) as caught:
        kit.client(Script(body)).set_callback_followme([NUMBER])
    assert caught.value.problems != ()


def test_a_result_under_an_error_status_is_a_protocol_error(kit):
    with pytest.raises(ProtocolError, match="a result under HTTP status 500"):
        kit.client(Script((500, SUCCESS % 1))).delete_callback_followme()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"[]",
        b"{}",
        b'{"services":[]}',
        b'{"jsonrpc":"2.0","id":null,"result":1}',
    ],
)
def test_a_service_map_without_services_is_a_protocol_error(kit, body):
    with pytest.raises(ProtocolError):
        kit.client(Script(body)).service_map()


def test_an_error_for_the_service_map_is_an_rpc_error(kit):
    body = (
        b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error","data":null}}'
    )
    with pytest.raises(RpcError) as caught:
        kit.client(Script(body)).service_map()
    assert str(caught.value) == "service map failed: Parse error (-32700)"


@pytest.mark.parametrize("side", ["A", "B"])
def test_the_error_names_the_occupied_side(kit, side):
    description = f"Side {side} not clear. Delete before insert"
    body = b'{"jsonrpc":"2.0","id":1,"result":{"error":1,"error_description":"%s"}}'
    with pytest.raises(SideNotClearError) as caught:
        kit.client(Script(body % description.encode())).set_callback_followme([NUMBER])
    assert caught.value.side == side
    assert caught.value.description == description
    assert str(caught.value) == f"setCallBackFollowme was refused: {description} (error 1)"


@pytest.mark.parametrize("extra", [b"", b',"success":1'])
@pytest.mark.parametrize("text", ["Too many numbers", "Side А not clear", "Side C not clear"])
def test_other_refusals_are_refused_errors(kit, extra, text):
    body = b'{"jsonrpc":"2.0","id":1,"result":{"error":2,"error_description":"%s"%s}}'
    with pytest.raises(RefusedError) as caught:
        kit.client(Script(body % (text.encode(), extra))).set_callback_followme([NUMBER])
    assert type(caught.value) is RefusedError
    assert (caught.value.code, caught.value.description) == (2, text)


def test_error_0_without_success_is_a_refusal(kit):
    body = b'{"jsonrpc":"2.0","id":1,"result":{"error":0,"error_description":""}}'
    with pytest.raises(RefusedError):
        kit.client(Script(body)).set_callback_followme([NUMBER])


def test_error_0_with_success_is_success(kit):
    body = b'{"jsonrpc":"2.0","id":1,"result":{"success":1,"error":0,"error_description":""}}'
    assert kit.client(Script(body)).set_callback_followme([NUMBER]) is None


def test_call_raises_refusals_too(kit):
    body = b'{"jsonrpc":"2.0","id":1,"result":{"error":1,"error_description":"No"}}'
    with pytest.raises(RefusedError):
        kit.client(Script(body)).call("makeSomething", {})


def test_a_message_shows_five_problems_and_counts_the_rest(kit):
    with pytest.raises(RequestContractError) as caught:
        kit.client(Script()).set_callback_followme([Ringall("x")] * 8)
    assert len(caught.value.problems) == 8
    assert str(caught.value).endswith("; and 3 more")


@pytest.mark.parametrize(
    "error",
    [
        RequestContractError("m", ()),
        TransportError("m", "ConnectError: refused", False),
        MttTimeoutError("m", "ReadTimeout: slow", True),
        HttpError("m", 502, "Bad Gateway"),
        AuthenticationError("m", 401, ""),
        ProtocolError("m", "the answer is empty"),
        RpcError("m", -32603, "Internal error", None),
        FollowmeNotFoundError("m", -32603, "Internal error", "not found"),
        RefusedError("m", 2, "No"),
        SideNotClearError("m", 1, "Side A not clear", "A"),
        FollowmeNotRestoredError(MttError("a"), MttError("b"), Followme((), [])),
        CallNotEndedError("m", -32603, "Internal error", "Call is not ended"),
        CallEndedError("m", -32603, "Internal error", "Call ended ...", "A", "timeout"),
        CallNotFoundError("m", -32603, "Internal error", "Call not found"),
        CallTimeoutError("1000001", 300.0, MttError("a")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_survive_pickle_and_copy(error):
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is type(error)
        assert str(twin) == str(error)
        assert twin.__dict__.keys() == error.__dict__.keys()


# Texts that would reveal the credentials: login, password and the token in the header.
TOKEN = base64.b64encode(f"кот:{PASSWORD}".encode()).decode()
SECRETS = ("кот", PASSWORD, TOKEN)
ENVELOPE = b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"x","data":null}}'
GET_OK = b'{"jsonrpc":"2.0","id":1,"result":{"callBackFollowmeStruct":[]}}'


def delete_it(client):
    client.delete_callback_followme()


def set_one(client):
    client.set_callback_followme([NUMBER])


def replace_one(client):
    client.replace_callback_followme([NUMBER])


def upload_one(client):
    client.upload_prompt("greeting", b"RIFF")


def download_one(client):
    client.download_record("http://127.0.0.1:8082/record/1")


def wait_for_one(client):
    client.wait_for_call("1000001", timeout=3)


def upload_url_response(url):
    return result(1, {"uploadURL": url})


REFUSED = b'{"error":1,"error_description":"No"}'


@pytest.mark.parametrize(
    ("answers", "action", "kind"),
    [
        ([httpx2.ConnectError("refused")], delete_it, TransportError),
        ([httpx2.ReadTimeout("slow")], delete_it, MttTimeoutError),
        ([(502, b"")], delete_it, HttpError),
        ([(401, b"")], delete_it, AuthenticationError),
        ([b""], delete_it, ProtocolError),
        ([b"{"], delete_it, ProtocolError),
        ([ENVELOPE], delete_it, RpcError),
        (
            [
                b'{"jsonrpc":"2.0","id":1,"result":{"error":1,"error_description":"Side A not clear"}}'
            ],
            set_one,
            SideNotClearError,
        ),
        (
            [b'{"jsonrpc":"2.0","id":1,"result":{"error":1,"error_description":"No"}}'],
            set_one,
            RefusedError,
        ),
        ([], lambda client: client.call("m", {"x": {1}}), RequestContractError),
        (
            [GET_OK, SUCCESS % 2, httpx2.ReadTimeout("a"), httpx2.ReadError("b")],
            replace_one,
            FollowmeNotRestoredError,
        ),
        ([upload_url_response("http://127.0.0.1:8082/up"), (502, b"")], upload_one, HttpError),
        (
            [upload_url_response("http://127.0.0.1:8082/up"), (401, b"")],
            upload_one,
            AuthenticationError,
        ),
        ([upload_url_response("http://127.0.0.1:8082/up"), REFUSED], upload_one, RefusedError),
        (
            [upload_url_response("http://127.0.0.1:8082/up"), httpx2.WriteError("x")],
            upload_one,
            TransportError,
        ),
        ([upload_url_response("http://evil.example.com/up")], upload_one, ProtocolError),
        ([(404, b"")], download_one, HttpError),
        ([httpx2.ReadError("reset")], download_one, TransportError),
        (
            [failure(1, "Call is not ended"), httpx2.ReadTimeout("x")],
            wait_for_one,
            CallTimeoutError,
        ),
        ([failure(1, "Call ended by cancel on side A")], wait_for_one, CallEndedError),
    ],
)
def test_errors_never_show_the_credentials(kit, answers, action, kind):
    client = kit.on_time(Script(*answers), Time())
    with pytest.raises(MttError) as caught:
        action(client)
    assert type(caught.value) is kind
    assert_no_secrets(caught.value)


def assert_no_secrets(error):
    report = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown = "".join(report.format()) + repr(error) + str(error)
    assert not [secret for secret in SECRETS if secret in shown]
    # Suppressed contexts count too: some error reporters walk them.
    while error is not None:
        assert error.__context__ is None or isinstance(error.__context__, MttError | TypeError)
        error = error.__context__


def test_network_errors_never_show_the_credentials():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}/index.php"
    # An explicit transport ignores the proxies of the environment.
    with (
        MttClient(url, "кот", PASSWORD, "1", transport=httpx2.HTTPTransport()) as client,
        pytest.raises(TransportError) as caught,
    ):
        client.delete_callback_followme()
    assert caught.value.sent is False
    report = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    for frame in report.stack:
        assert TOKEN not in str(frame.locals)
    assert caught.value.__context__ is None


def test_a_clients_repr_shows_url_and_customer_only():
    client = MttClient(URL, "кот", PASSWORD, "883140500000000")
    expected = "http://127.0.0.1:8082/index.php customer_name='883140500000000'>"
    assert repr(client) == f"<MttClient {expected}"
    asynchronous = AsyncMttClient(URL, "кот", PASSWORD, "883140500000000")
    assert repr(asynchronous) == f"<AsyncMttClient {expected}"
    shown = f"{vars(client)!r}{vars(asynchronous)!r}"
    assert not [secret for secret in SECRETS if secret in shown]
    client.close()
