"""Access to the control API and the console: by other host names than MTT's."""

import http.client

import httpx2
import pytest

from mtt_mock import AppTransport, SettingsError, create_app, fake_of

MTT = "webapicommon.mtt.ru"


def status(mtt_server, target, host=None, verb="GET"):
    """Return the status for ``target``, sent as it is written."""
    connection = http.client.HTTPConnection(mtt_server.live.host, mtt_server.live.port, timeout=20)
    try:
        connection.putrequest(verb, target, skip_host=host is not None)
        if host is not None:
            connection.putheader("Host", host)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    "target",
    [
        "/index.php/_mtt/clock",
        "/index.php/../_mtt/clock",
        "/index.php%2f_mtt/clock",
        "/index.php;/_mtt/clock",
        "/index.php//_mtt/clock",
        "//_mtt/clock",
        "///_mtt/clock",
        "//_mtt/",
        "//_mtt/stream",
        "/./_mtt/clock",
        "/_MTT/clock",
        "/upload/_mtt/clock",
    ],
)
def test_no_other_spelling_of_paths_reaches_it(mtt_server, target):
    assert status(mtt_server, target) == 404


@pytest.mark.parametrize("host", [MTT, f"{MTT}:443", f"{MTT.upper()}.", f"{MTT}.:8443"])
@pytest.mark.parametrize(
    "path", ["", "clock", "state", "stream", "openapi.json", "console/main.js"]
)
def test_mtts_host_name_does_not_reach_the_control_api(mtt_server, path, host):
    assert status(mtt_server, f"/_mtt/{path}", host) == 404
    assert status(mtt_server, f"http://{host}/_mtt/{path}", host) == 404


@pytest.mark.mtt(control_hosts=["elsewhere.example"])
def test_given_host_names_reach_the_control_api(mtt_server):
    assert status(mtt_server, "/_mtt/clock") == 200
    assert status(mtt_server, "/_mtt/") == 200
    assert status(mtt_server, "/_mtt/clock", "elsewhere.example") == 200
    origin = mtt_server.url.removesuffix("/index.php")
    assert status(mtt_server, f"{origin}/_mtt/clock") == 200


def test_no_mtt_method_reaches_the_control_api(mtt_server):
    for method in ("_mtt", "_mtt.reset", "/_mtt/reset", "reset", "clock"):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}
        answer = httpx2.post(mtt_server.url, json=body, auth=mtt_server.credentials)
        assert answer.json()["error"]["code"] == -32601


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8082", 200),
        ("localhost", 200),
        ("fake.localhost:80", 200),
        ("[::1]:8082", 200),
        ("192.168.0.7:8082", 200),
        ("mtt.test:8082", 200),
        ("MTT.test.", 200),
        ("evil.example:8082", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("evil_name.example:8082", 403),
        ("evil.example:99999", 403),
        ("evil%2e.example", 403),
        ("[", 403),
        ("mtt_fake:8082", 200),
    ],
)
@pytest.mark.parametrize("path", ["/_mtt/state", "/_mtt/", "/_mtt/reset"])
def test_only_given_hosts_reach_the_control_api(host, status, path):
    app = create_app(control_hosts=["mtt.test", "mtt_fake"])
    method = "POST" if path.endswith("reset") else "GET"
    with httpx2.Client(transport=AppTransport(app), base_url="http://fake.invalid") as client:
        body = {} if method == "POST" else None
        answer = client.request(method, path, json=body, headers={"Host": host})
    fake_of(app).close()
    assert answer.status_code == status
    if status == 403:
        assert "--control-host NAME" in answer.json()["error"]


def test_the_endpoint_answers_to_any_host_name():
    app = create_app()
    answer = app.test_client().get("/index.php", headers={"Host": "evil.example"}, auth=("a", "b"))
    fake_of(app).close()
    assert answer.status_code == 200


def test_the_stream_refuses_other_host_names(mtt_server):
    url = mtt_server.url.replace("index.php", "_mtt/stream")
    answer = httpx2.get(url, headers={"Host": "evil.example"}, trust_env=False)
    assert answer.status_code == 403


def test_a_url_is_refused_as_control_host():
    with pytest.raises(SettingsError, match="control_hosts: 'http://mtt' is not a host"):
        create_app(control_hosts=["http://mtt"])
