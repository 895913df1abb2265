"""The recording proxy in this process: forwarding, counting, writing."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib

import httpx2
import pytest
from endpoints import CUSTOMER
from tape_sessions import drifts

from mtt_mock.cli.main import main
from mtt_mock.conformance.recording import recorder
from mtt_mock.conformance.recording.recorder import RecordingProxy
from mtt_mock.conformance.recording.tape import TapeWriter, read
from mtt_mock.server import live_server
from support.one_response import answering

GET = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "getCallBackFollowme", "params": {"customer_name": CUSTOMER}}
).encode()  # fmt: skip


@pytest.fixture
def proxy(mtt_server, tmp_path):
    with TapeWriter(tmp_path / "tape") as tape:
        yield RecordingProxy(mtt_server.url, tape, lambda _line: None)


def post(proxy, content, **headers):
    async def send():
        transport = httpx2.ASGITransport(proxy)
        async with httpx2.AsyncClient(transport=transport, base_url="http://mtt") as client:
            answer = await client.post(
                "/index.php", content=content, headers=headers, auth=("login", "password")
            )
        await proxy.close()
        return answer

    return asyncio.run(send())


def recorded(tmp_path):
    return read(str(tmp_path / "tape")).exchanges


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_compressed_body_is_recorded_as_text(proxy, tmp_path, encoding, compress):
    post(proxy, compress(GET), **{"content-encoding": encoding})
    [exchange] = recorded(tmp_path)
    assert json.loads(exchange.body)["method"] == "getCallBackFollowme"
    assert exchange.content_encoding == encoding


@pytest.mark.parametrize(
    ("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)]
)
def test_a_compressed_body_is_replayed_compressed(proxy, tmp_path, encoding, compress):
    post(proxy, compress(GET), **{"content-encoding": encoding})
    assert drifts(tmp_path / "tape") == ([], [])


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(GET)[:-9]])
def test_undecodable_bodies_are_recorded_as_sent(proxy, tmp_path, content):
    assert post(proxy, content, **{"content-encoding": "gzip"}).status_code == 500
    [exchange] = recorded(tmp_path)
    assert exchange.body in {"no gzip", f"({len(content)} bytes that are not UTF-8)"}


def test_a_status_that_http_does_not_have_is_a_502(tmp_path):
    transport = httpx2.MockTransport(lambda _request: httpx2.Response(999))
    with TapeWriter(tmp_path / "tape") as tape:
        proxy = RecordingProxy("http://up.test/", tape, lambda _line: None, transport=transport)
        answer = post(proxy, GET)
    assert (answer.status_code, proxy.failed) == (502, 1)
    assert "invalid status 999" in answer.text
    assert recorded(tmp_path)[0].status is None


def test_oversized_bodies_are_not_recorded(proxy, tmp_path, monkeypatch):
    monkeypatch.setattr(recorder, "MAX_BODY_BYTES", 10)
    assert post(proxy, b"12345678901").status_code == 413
    assert recorded(tmp_path) == []


def test_other_asgi_scopes_are_ignored(proxy, tmp_path):
    async def gone():
        return {"type": "http.disconnect"}

    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(proxy({"type": "lifespan"}, gone, send))
    asyncio.run(proxy({"type": "http"}, gone, send))
    # The second client is gone before the refusal is sent.
    assert [message.get("status") for message in sent] == [413, None]
    assert recorded(tmp_path) == []


class Listener:
    """Stands for the server of the command: one request, then Ctrl-C."""

    origin = "http://127.0.0.1:1"

    def __init__(self, app, **_address):
        self.app = app

    def run(self):
        post(self.app, GET)


def test_the_command_ends_with_the_number_of_exchanges(mtt_server, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(live_server, "AsgiServer", Listener)
    tape = tmp_path / "tape"
    assert main(["record", "--upstream", mtt_server.url, "--out", str(tape)]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == f"1 exchanges on {tape}."


def test_unusable_responses_end_with_exit_code_2(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(live_server, "AsgiServer", Listener)
    with answering(200, "text/html", b"<html>maintenance</html>") as url:
        assert main(["record", "--upstream", url, "--out", str(tmp_path / "tape")]) == 2
    assert "1 answered with a refused login or HTML" in capsys.readouterr().err


def test_an_occupied_port_is_reported_in_one_line(mtt_server, tmp_path, capsys, monkeypatch):
    def taken(*_arguments, **_options):
        raise OSError(98, "Address already in use")

    monkeypatch.setattr(live_server, "AsgiServer", taken)
    command = ["record", "--upstream", mtt_server.url, "--out", str(tmp_path / "tape")]
    assert main([*command, "--port", "8083"]) == 2
    assert "cannot listen on 127.0.0.1 port 8083" in capsys.readouterr().err
