"""Prompts and records: raw HTTP bodies, and which origins receive the credentials."""

import base64
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import PASSWORD, URL, AsyncKit, Blocking, Script, SyncKit, result

from mtt_client import (
    AuthenticationError,
    HttpError,
    MttTimeoutError,
    ProtocolError,
    RefusedError,
    TransportError,
)

UPLOAD_URL = "http://127.0.0.1:8082/upload/1f2e?x=%2F"
RECORD_URL = "https://records.example.com/1000001/A?ticket=7"
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt \xff\xfe\x00"
TOKEN = base64.b64encode(f"кот:{PASSWORD}".encode()).decode()


def upload_url_response(url):
    return result(1, {"uploadURL": url})


def test_the_upload_url_of_a_prompt_is_returned(kit):
    script = Script(upload_url_response(UPLOAD_URL))
    assert kit.client(script).set_callback_prompt("for_all_sales.wav") == UPLOAD_URL
    assert script.sent[0]["method"] == "setCallBackPrompt"
    assert script.sent[0]["params"] == {
        "customer_name": "883140500000000",
        "file_name": "for_all_sales.wav",
    }


def test_a_prompt_is_posted_raw_with_the_same_credentials(kit):
    script = Script(upload_url_response(UPLOAD_URL), b'{"success":1}')
    assert kit.client(script).upload_prompt("for_all_sales.wav", WAV) is None
    asked, posted = script.requests
    assert asked.headers["content-type"] == "application/json"
    assert (posted.method, str(posted.url)) == ("POST", UPLOAD_URL)
    assert posted.content == WAV
    assert posted.headers["content-type"] == "application/octet-stream"
    assert posted.headers["authorization"] == f"Basic {TOKEN}"
    assert posted.headers["authorization"] == asked.headers["authorization"]


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (b"", ValueError, "content must not be empty"),
        ("RIFF", TypeError, "content must be bytes, got str"),
        (bytearray(b"RIFF"), TypeError, "content must be bytes, got bytearray"),
        (None, TypeError, "content must be bytes, got NoneType"),
    ],
)
def test_invalid_content_is_refused_before_sending(kit, content, kind, message):
    script = Script()
    with pytest.raises(kind) as caught:
        kit.client(script).upload_prompt("greeting", content)
    assert str(caught.value) == message
    assert script.requests == []


@pytest.mark.parametrize("status", [200, 400, 403, 413, 500])
def test_a_refused_upload_has_its_reason_under_any_status(kit, status):
    body = b'{"error":1,"error_description":"The prompt is too large"}'
    with pytest.raises(RefusedError) as caught:
        kit.client(Script(upload_url_response(UPLOAD_URL), (status, body))).upload_prompt(
            "greeting", WAV
        )
    assert (caught.value.code, caught.value.description) == (1, "The prompt is too large")
    assert str(caught.value) == "prompt upload was refused: The prompt is too large (error 1)"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((401, b'{"error":1,"error_description":"Who are you"}'), AuthenticationError),
        ((404, b"<h1>Not Found</h1>"), HttpError),
        ((413, b""), HttpError),
        ((500, b'{"success":1}'), HttpError),
        ((302, b""), HttpError),
        (b"", ProtocolError),
        (b"OK", ProtocolError),
        (b"null", ProtocolError),
        (b"[]", ProtocolError),
        (b"{}", ProtocolError),
        (b'{"success":0}', ProtocolError),
        (b'{"success":true}', ProtocolError),
        (b'{"success":"1"}', ProtocolError),
        (b'{"error":"1","error_description":"No"}', ProtocolError),
        (httpx2.WriteError("reset"), TransportError),
        (httpx2.WriteTimeout("slow"), MttTimeoutError),
    ],
)
def test_other_upload_failures_have_their_error(kit, answer, kind):
    with pytest.raises(kind) as caught:
        kit.client(Script(upload_url_response(UPLOAD_URL), answer)).upload_prompt("greeting", WAV)
    assert type(caught.value) is kind
    assert caught.value.method == "prompt upload"


def test_success_may_be_a_float(kit):
    kit.client(Script(upload_url_response(UPLOAD_URL), b'{"success":1.0}')).upload_prompt(
        "greeting", WAV
    )


def test_a_redirected_upload_is_not_followed(kit):
    def redirect(_):
        return httpx2.Response(307, headers={"location": "http://evil.example.com/"})

    script = Script(upload_url_response(UPLOAD_URL), redirect)
    with pytest.raises(HttpError):
        kit.client(script).upload_prompt("greeting", WAV)
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://evil.example.com/upload/1", "http://evil.example.com"),
        ("https://127.0.0.1:8082/upload/1", "https://127.0.0.1:8082"),
        ("http://127.0.0.1:8083/upload/1", "http://127.0.0.1:8083"),
        ("http://127.0.0.1/upload/1", "http://127.0.0.1"),
        ("http://localhost:8082/upload/1", "http://localhost:8082"),
        ("http://127.0.0.1.example.com:8082/", "http://127.0.0.1.example.com:8082"),
        ("http://127.0.0.1:8082.example.com/", None),
        ("http://127.0.0.1:8082@evil.example.com/", None),
        ("http://127.0.0.1:8082\\@evil.example.com/", None),
        ("http://evil.example.com:73618/", None),
        ("ftp://127.0.0.1:8082/upload/1", None),
        ("//evil.example.com/upload/1", None),
        ("/upload/1", None),
        ("http:///upload/1", None),
        ("http://127.0.0.1:8082/\r\nX: 1", None),
        ("", None),
    ],
)
def test_credentials_are_not_sent_to_other_upload_origins(kit, url, target):
    script = Script(upload_url_response(url))
    with pytest.raises(ProtocolError) as caught:
        kit.client(script).upload_prompt("greeting", WAV)
    assert len(script.requests) == 1
    if target is not None:
        assert str(caught.value) == (
            f"prompt upload: uploadURL leads to {target}, another origin than the endpoint's; to"
            f" send the credentials there, create the client with upload_origins=['{target}']"
        )


HOSTS = st.sampled_from(["127.0.0.1", "LOCALHOST", "a.example.com", "[::1]"])
ORIGINS = st.tuples(st.sampled_from(["http", "HTTPS"]), HOSTS, st.sampled_from(["", 80, 443, 8082]))


def origin_text(origin):
    scheme, host, port = origin
    return f"{scheme}://{host}" if port == "" else f"{scheme}://{host}:{port}"


def origin_key(origin):
    scheme, host, port = origin
    return (scheme.lower(), host.lower(), port or {"http": 80, "https": 443}[scheme.lower()])


@given(
    endpoint=ORIGINS,
    allowed=st.lists(ORIGINS, max_size=2),
    target=ORIGINS,
    kit=st.sampled_from([SyncKit(), AsyncKit()]),
)
def test_credentials_are_sent_to_allowed_origins_only(endpoint, allowed, target, kit):
    script = Script(
        upload_url_response(origin_text(target).replace("HTTPS", "https") + "/upload/1"),
        b'{"success":1}',
    )
    client = kit.client(
        script,
        url=origin_text(endpoint) + "/index.php",
        upload_origins=[origin_text(o) for o in allowed],
    )
    if origin_key(target) in [origin_key(each) for each in (endpoint, *allowed)]:
        client.upload_prompt("greeting", WAV)
        assert script.requests[1].content == WAV
    else:
        with pytest.raises(ProtocolError):
            client.upload_prompt("greeting", WAV)
        assert len(script.requests) == 1


def test_the_error_names_a_valid_upload_origin(kit):
    url = "https://ФАЙЛЫ.example.com:8443/upload/1"
    with pytest.raises(ProtocolError) as caught:
        kit.client(Script(upload_url_response(url))).upload_prompt("greeting", WAV)
    named = str(caught.value).rpartition("upload_origins=['")[2].removesuffix("']")
    script = Script(upload_url_response(url), b'{"success":1}')
    kit.client(script, upload_origins={named}).upload_prompt("greeting", WAV)
    assert len(script.requests) == 2


def test_a_record_is_fetched_without_credentials(kit):
    script = Script(WAV)
    assert kit.client(script).download_record(RECORD_URL) == WAV
    (request,) = script.requests
    assert (request.method, str(request.url), request.content) == ("GET", RECORD_URL, b"")
    assert "authorization" not in request.headers
    assert "content-type" not in request.headers


def test_records_of_the_same_origin_get_no_credentials(kit):
    script = Script(WAV)
    kit.client(script).download_record(URL + "/record")
    assert "authorization" not in script.requests[0].headers


@pytest.mark.parametrize("status", [302, 401, 403, 404, 410, 500])
def test_a_refused_record_is_an_http_error(kit, status):
    with pytest.raises(HttpError) as caught:
        kit.client(Script((status, b"expired"))).download_record(RECORD_URL)
    assert type(caught.value) is HttpError
    assert str(caught.value) == f"record download was answered with HTTP {status}: 'expired'"


def test_a_broken_download_is_a_transport_error(kit):
    with pytest.raises(TransportError, match="record download got no answer"):
        kit.client(Script(httpx2.ReadError("reset"))).download_record(RECORD_URL)


def test_a_redirected_record_is_not_followed(kit):
    def redirect(_):
        return httpx2.Response(302, headers={"location": "http://evil.example.com/"})

    script = Script(redirect)
    with pytest.raises(HttpError):
        kit.client(script).download_record(RECORD_URL)
    assert len(script.requests) == 1


@pytest.mark.parametrize(("size", "fits"), [(99, True), (100, True), (101, False)])
def test_the_size_of_a_record_is_limited(kit, size, fits):
    client = kit.client(Script(b"x" * size), max_record=100)
    if fits:
        assert client.download_record(RECORD_URL) == b"x" * size
        return
    with pytest.raises(ProtocolError) as caught:
        client.download_record(RECORD_URL)
    assert str(caught.value) == (
        "record download: the record is compressed, or larger than max_record (100 bytes)"
    )


def test_a_large_error_page_is_an_http_error(kit):
    with pytest.raises(HttpError) as caught:
        kit.client(Script((404, b"x" * 500)), max_record=100).download_record(RECORD_URL)
    assert caught.value.excerpt == "x" * 100


@pytest.mark.parametrize(
    ("url", "kind", "message"),
    [
        (None, TypeError, "url must be a string, got NoneType"),
        ("", ValueError, "url must be a whole URL"),
        ("file:///etc/passwd", ValueError, "url must begin with http:// or https://"),
        ("records.example.com/1", ValueError, "url must begin with http:// or https://"),
        ("http://kot:hidden-9@example.com/1", ValueError, "url must not hold a user or password"),
        ("http://example.com:99999/1?ticket=hidden-9", ValueError, "url is not a valid URL"),
    ],
)
def test_an_invalid_record_url_is_refused(kit, url, kind, message):
    script = Script()
    with pytest.raises(kind) as caught:
        kit.client(script).download_record(url)
    assert str(caught.value).startswith(message)
    assert "hidden-9" not in str(caught.value)
    assert script.requests == []


@pytest.fixture
def endless():
    """A server with endless bodies: ``/plain``, ``/gzip``. ``asked`` lists the request heads."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(dict(self.headers))
            self.send_response(200)
            if self.path == "/gzip":
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            chunk = gzip.compress(b"\0" * 65536) if self.path == "/gzip" else b"\0" * 65536
            try:
                while True:
                    self.wfile.write(chunk)
            except OSError:
                self.close_connection = True

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked = asked
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["plain", "gzip"])
def test_an_endless_record_is_cut_off(kit, endless, path):
    host, port = endless.server_address
    url = f"http://{host}:{port}/{path}"
    transport = httpx2.HTTPTransport() if kit.cls.__name__ == "MttClient" else None
    transport = transport or httpx2.AsyncHTTPTransport()
    client = Blocking(kit.cls(URL, "кот", PASSWORD, "1", transport=transport, max_record=200_000))
    with pytest.raises(ProtocolError, match=r"larger than max_record \(200000 bytes\)"):
        client.download_record(url)
    head = endless.asked[0]
    assert "Authorization" not in head
    assert head["Accept-Encoding"] == "identity"
