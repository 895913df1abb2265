"""Limits of bodies hold on every server, with a Content-Length and chunked; nothing is cut and used."""

from __future__ import annotations

import base64
import http.client
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import httpx2
import pytest
from werkzeug.serving import make_server

from mtt_mock import create_app, fake_of
from mtt_mock.server.handles import serve
from mtt_mock.web import paths
from mtt_mock.web.control import snapshot
from support.waiting import until

MAX_BODY, MAX_PROMPT, MAX_CONTROL, MAX_SNAPSHOT = 2000, 3000, 64 * 1024, 100_000
SETTINGS = {"max_body": MAX_BODY, "max_prompt": MAX_PROMPT, "clock": "manual"}
PROGRAM = f"""
from mtt_mock import create_app
from mtt_mock.web import paths
from mtt_mock.web.control import snapshot
paths.MAX_SNAPSHOT_BYTES = snapshot.MAX_SNAPSHOT_BYTES = {MAX_SNAPSHOT}
app = create_app(**{SETTINGS})
"""
AUTH = "Basic " + base64.b64encode(b"ann:secret").decode()
SET = {
    "jsonrpc": "2.0", "id": 1, "method": "setCallBackFollowme",
    "params": {"customer_name": "1", "callBackFollowmeStruct": [{"type": "text", "value": "x", "side": "B"}]},
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _small_snapshots():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paths, "MAX_SNAPSHOT_BYTES", MAX_SNAPSHOT)
        patch.setattr(snapshot, "MAX_SNAPSHOT_BYTES", MAX_SNAPSHOT)
        yield


@pytest.fixture(
    scope="module",
    params=[
        "serve",
        "werkzeug",
        pytest.param("gunicorn", marks=[pytest.mark.process, pytest.mark.slow]),
    ],
)
def origin(request, tmp_path_factory):
    """Give the origin of a real server."""
    if request.param == "serve":
        with serve(**SETTINGS) as server:
            yield server.url.removesuffix("/index.php")
    elif request.param == "werkzeug":
        app = create_app(**SETTINGS)
        server = make_server("127.0.0.1", 0, app)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()
        fake_of(app).close()
    else:
        yield from gunicorn(tmp_path_factory.mktemp("gunicorn"))


def gunicorn(folder):
    (folder / "wsgi.py").write_text(PROGRAM)
    log = folder / "log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--bind", "127.0.0.1:0", "wsgi:app"],
            cwd=folder, env=os.environ | {"HOME": str(folder)}, stdout=output, stderr=output,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield until(lambda: re.search(r"Listening at: (\S+)", log.read_text()))[1]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def send(origin, path, body, *, chunked, content_type="application/json"):
    """Return status and body of the answer to a POST."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc, timeout=20)
    headers = {"Authorization": AUTH, "Content-Type": content_type}
    sent = (body[start : start + 700] for start in range(0, len(body), 700)) if chunked else body
    try:
        connection.request("POST", path, sent, headers, encode_chunked=chunked)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def call(origin, method, **params):
    request = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": method,
        "params": {"customer_name": "1", **params},
    }
    return send(origin, "/index.php", json.dumps(request).encode(), chunked=False)[1]


def control(origin, path):
    return httpx2.get(f"{origin}/_mtt/{path}", trust_env=False).json()


def padded(value, size):
    """Return JSON of ``size`` bytes."""
    return json.dumps(value).encode().ljust(size)


@pytest.fixture(params=[False, True], ids=["content-length", "chunked"])
def chunked(request):
    return request.param


def test_a_call_over_the_limit_is_refused(origin, chunked):
    call(origin, "deleteCallBackFollowme")
    assert send(origin, "/index.php", padded(SET, MAX_BODY + 1), chunked=chunked)[0] == 413
    # What fits is a valid call; the rest must not be cut off.
    garbage = padded(SET, MAX_BODY) + b"garbage"
    assert send(origin, "/index.php", garbage, chunked=chunked)[0] == 413
    assert b"structure not found" in call(origin, "getCallBackFollowme")
    assert send(origin, "/index.php", padded(SET, MAX_BODY), chunked=chunked)[0] == 200


def test_an_upload_over_the_limit_is_refused(origin, chunked):
    name = f"hello-{chunked}.wav"
    url = json.loads(call(origin, "setCallBackPrompt", file_name=name))["result"]["uploadURL"]
    path = urlsplit(url).path
    kind = {"content_type": "application/octet-stream"}
    assert send(origin, path, b"x" * (MAX_PROMPT + 1), chunked=chunked, **kind)[0] == 413
    assert name not in json.dumps(control(origin, "state"))
    assert send(origin, path, b"x" * MAX_PROMPT, chunked=chunked, **kind)[0] == 200
    assert name in json.dumps(control(origin, "state"))


def test_a_control_request_over_the_limit_is_refused(origin, chunked):
    fault = {"fault": "delay=0"}
    before = len(control(origin, "faults")["faults"])
    over = padded(fault, MAX_CONTROL + 1)
    assert send(origin, "/_mtt/faults", over, chunked=chunked)[0] == 413
    assert len(control(origin, "faults")["faults"]) == before
    assert send(origin, "/_mtt/faults", padded(fault, MAX_CONTROL), chunked=chunked)[0] == 200


def test_a_snapshot_over_the_limit_is_refused(origin, chunked):
    name = f"77{int(chunked)}"
    values = {
        "mtt_mock": "state",
        "version": 1,
        "customers": [{"customer_name": name, "balance": "5.00"}],
    }
    over = padded(values, MAX_SNAPSHOT + 1)
    assert send(origin, "/_mtt/snapshot", over, chunked=chunked)[0] == 413
    assert name not in json.dumps(control(origin, "state"))
    assert send(origin, "/_mtt/snapshot", padded(values, MAX_SNAPSHOT), chunked=chunked)[0] == 200


@pytest.mark.parametrize(
    ("path", "status"), [("/index.php", b"411 Length Required: "), ("/_mtt/reset", b"{")]
)
def test_a_lost_chunked_body_is_refused(path, status):
    app = create_app(**SETTINGS)
    # hypercorn, a2wsgi and httpx2's WSGITransport do not say that the end of the body can be read.
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": False}
    response = app.test_client().post(
        path,
        headers={"Authorization": AUTH, "Content-Type": "application/json"},
        environ_overrides=environ,
    )
    fake_of(app).close()
    assert response.status_code == 411
    assert response.data.startswith(status)


class BrokenChunk(io.BytesIO):
    """The body of a WSGI server that finds a broken chunk."""

    def read(self, _size=-1):
        raise RuntimeError("Invalid chunk size")

    readinto = read


SHORT = {"wsgi.input_terminated": True, "CONTENT_LENGTH": "200"}  # as gunicorn passes it on
BROKEN = {"wsgi.input_terminated": True, "wsgi.input": BrokenChunk()}


@pytest.mark.parametrize("environ", [SHORT, BROKEN], ids=["short", "broken"])
def test_a_body_that_breaks_off_is_not_used(environ):
    app = create_app(clock="manual")
    client = app.test_client()

    def post(path, body, **options):
        return client.post(path, data=body, headers={"Authorization": AUTH}, **options)

    request = {"jsonrpc": "2.0", "id": 1, "method": "setCallBackPrompt", "params": ["1", "a.wav"]}
    answer = post("/index.php", json.dumps(request)).get_json()
    upload_path = urlsplit(answer["result"]["uploadURL"]).path
    assert post(upload_path, b"RIFF", environ_overrides=environ).status_code == 400
    assert post("/index.php", json.dumps(SET), environ_overrides=environ).status_code == 400
    assert fake_of(app).store.customers() == []
    assert post(upload_path, b"RIFF").status_code == 200
