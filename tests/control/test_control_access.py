"""Access to the control API and the console: by other host names than MTT's."""

import http.client

import httpx2
import pytest

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
def test_no_other_spelling_of_its_paths_leads_there(mtt_server, target):
    assert status(mtt_server, target) == 404


@pytest.mark.parametrize("host", [MTT, f"{MTT}:443", f"{MTT.upper()}.", f"{MTT}.:8443"])
@pytest.mark.parametrize(
    "path", ["", "clock", "state", "stream", "openapi.json", "console/main.js"]
)
def test_mtts_host_name_does_not_reach_the_control_api(mtt_server, path, host):
    assert status(mtt_server, f"/_mtt/{path}", host) == 404
    assert status(mtt_server, f"http://{host}/_mtt/{path}", host) == 404


def test_other_host_names_reach_the_control_api(mtt_server):
    assert status(mtt_server, "/_mtt/clock") == 200
    assert status(mtt_server, "/_mtt/") == 200
    assert status(mtt_server, "/_mtt/clock", "elsewhere.example") == 200
    origin = mtt_server.url.removesuffix("/index.php")
    assert status(mtt_server, f"{origin}/_mtt/clock") == 200


def test_no_method_of_mtts_leads_there(mtt_server):
    for method in ("_mtt", "_mtt.reset", "/_mtt/reset", "reset", "clock"):
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}
        answer = httpx2.post(mtt_server.url, json=body, auth=mtt_server.credentials)
        assert answer.json()["error"]["code"] == -32601
