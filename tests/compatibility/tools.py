"""Tools and libraries used with the plugin: a small project for each, and its result.

As a program it runs all projects, two at a time, inside the network of ``decoy.py``:
python tools.py RESULTS FOLDER. A visitor of the decoy counts for both projects that run then.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

WORKS, REFUSED, REACHES_MTT = "works", "refused", "would reach MTT"
TIMEOUT = 40  # seconds
INI = "[pytest]\nmtt_intercept = true\nasyncio_mode = auto\n"
COMMON = """
import asyncio, json, urllib.request
import pytest

URL = "https://webapicommon.mtt.ru/index.php"
BODY = (
    '{"jsonrpc":"2.0","id":1,"method":"deleteCallBackFollowme",'
    '"params":{"customer_name":"8831405"}}'
)
HEADERS = {"Authorization": "Basic bG9naW46cGFzc3dvcmQ="}
LOGIN = ("login", "password")
SUCCESS = {"jsonrpc": "2.0", "result": {"success": 1}, "id": 1}

def with_urllib():
    request = urllib.request.Request(URL, BODY.encode(), HEADERS)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)

EVENTS = ["start_side_A", "start_side_B", "end_side_A", "end_side_B"]

def events(client, clock, receiver):
    from mtt_client import Ringall

    client.set_callback_followme([Ringall("79000000001")], caller_id="74951001010")
    client.make_callback_call_followme(b_number="79000000002", callback_url=receiver.url)
    clock.run_until_idle()
    return receiver.events
"""
URLLIB = """
    def test_it(mtt_server):
        assert with_urllib() == SUCCESS
        assert len(mtt_server.journal) == 1

    def test_again(mtt_server):
        assert with_urllib() == SUCCESS
        assert len(mtt_server.journal) == 1
"""
URLLIB_ALONE = """
    def test_it():
        assert with_urllib() == SUCCESS
"""
GEVENT = """
    from gevent import monkey
    monkey.patch_all()
"""
TREQ = """
    import treq
    from twisted.internet import defer, reactor

    def test_it():
        results = []

        @defer.inlineCallbacks
        def post():
            try:
                response = yield treq.post(URL, BODY.encode(), auth=LOGIN, timeout=20)
                results.append((yield response.json()))
            except Exception as error:
                results.append(error)
            reactor.stop()

        reactor.callWhenRunning(post)
        reactor.run(installSignalHandlers=False)
        assert results == [SUCCESS]
"""
# In a separate process.
EXEC = (sys.executable, "-m", "mtt_mock", "exec", "--quiet", "--")
BARE = "[pytest]\n"
OUTSIDE = "run the tests as `mtt-mock exec -- pytest`"


@dataclass(frozen=True)
class Row:
    """A project that uses a tool.

    Attributes:
        tool: Its name, for the table.
        test: The test; ``COMMON`` stands above it.
        options: Options of pytest, such as ``-p PLUGIN``.
        outcome: What becomes of it.
        words: What the output says, where it is refused.
        advice: For the table.
        before: A command that runs pytest, such as ``mtt-mock exec``.
        ini: pytest.ini.
        early: A module that pytest loads first.
    """

    tool: str
    test: str = URLLIB
    options: tuple[str, ...] = ()
    outcome: str = WORKS
    words: str = ""
    advice: str = ""
    before: tuple[str, ...] = ()
    ini: str = INI
    early: str = ""


ROWS = (
    Row("pytest-socket", options=("-p", "pytest_socket"), advice="installed, without options"),
    Row(
        "pytest-socket",
        options=("-p", "pytest_socket", "--disable-socket", "--allow-hosts=127.0.0.1"),
        advice="`--disable-socket` needs `--allow-hosts=127.0.0.1`",
    ),
    Row("pytest-socket", options=("-p", "pytest_socket", "--disable-socket"), outcome=REFUSED,
        words="SocketBlockedError", advice="`--disable-socket` alone blocks the fake's socket too"),
    Row("pytest-socket", """
        import mtt_mock

        @pytest.fixture(scope="module")
        def interception():
            with mtt_mock.intercept() as interception:
                yield interception

        @pytest.mark.parametrize("number", [1, 2])
        def test_it(interception, number):
            assert with_urllib() == SUCCESS
            assert len(interception.server.journal) == number
    """, ("-p", "pytest_socket"), ini=BARE, advice="with `intercept()` for a whole module"),
    Row("freezegun", """
        from freezegun import freeze_time

        @freeze_time("2020-02-02")
        def test_it(mtt_server):
            assert with_urllib() == SUCCESS

        @freeze_time("2024-05-05", real_asyncio=True)
        def test_with_real_asyncio(mtt_client):
            mtt_client.delete_callback_followme()

        def test_client(mtt_client):
            with freeze_time("2031-01-01", tick=True):
                mtt_client.delete_callback_followme()
                assert with_urllib() == SUCCESS
    """),
    Row("pytest-freezer", """
        @pytest.mark.freeze_time("2040-02-02")
        def test_it(mtt_server):
            assert with_urllib() == SUCCESS
    """, ("-p", "pytest_freezer")),
    Row("time-machine", """
        import time_machine

        @time_machine.travel("2040-02-02", tick=False)
        def test_it(mtt_server):
            assert with_urllib() == SUCCESS
    """),
    Row("responses", """
        import requests, responses

        @responses.activate
        def test_it():
            responses.add_passthru("https://webapicommon.mtt.ru")
            assert requests.post(URL, data=BODY, auth=LOGIN, timeout=20).json() == SUCCESS
    """, advice='it wins; `responses.add_passthru("https://webapicommon.mtt.ru")` lets MTT through'),
    Row("requests-mock", """
        import requests, requests_mock

        def test_it():
            with requests_mock.Mocker(real_http=True):
                assert requests.post(URL, data=BODY, auth=LOGIN, timeout=20).json() == SUCCESS
    """, advice="it wins; `real_http=True` lets MTT through"),
    Row("respx", """
        import httpx, respx

        @respx.mock
        def test_it():
            respx.route(host="webapicommon.mtt.ru").pass_through()
            assert httpx.post(URL, content=BODY, auth=LOGIN, timeout=20).json() == SUCCESS
    """, advice='it wins; `respx.route(host="webapicommon.mtt.ru").pass_through()`'),
    Row("pook", """
        import pook, requests

        def test_it():
            with pook.use(network=True):
                assert requests.post(URL, data=BODY, auth=LOGIN, timeout=20).json() == SUCCESS
    """, advice="it wins; `pook.use(network=True)` lets MTT through"),
    Row("aioresponses", """
        import aiohttp
        from aioresponses import aioresponses

        def test_it():
            async def post():
                with aioresponses(passthrough=["https://webapicommon.mtt.ru"]):
                    async with aiohttp.ClientSession(headers=HEADERS) as session:
                        async with session.post(URL, data=BODY) as answer:
                            return await answer.json()
            assert asyncio.run(post()) == SUCCESS
    """, advice="it wins; `aioresponses(passthrough=[...])` lets MTT through"),
    Row("vcrpy", """
        import requests, vcr

        def test_it(tmp_path, mtt_server):
            for _ in range(2):
                with vcr.use_cassette(str(tmp_path / "mtt.yaml")):
                    assert requests.post(URL, data=BODY, auth=LOGIN, timeout=20).json() == SUCCESS
            assert len(mtt_server.journal) == 1
    """, advice="a cassette that exists wins over the fake"),
    Row("pytest-recording", """
        import requests

        @pytest.mark.vcr
        def test_it():
            assert requests.post(URL, data=BODY, auth=LOGIN, timeout=20).json() == SUCCESS
    """, ("-p", "pytest_recording.plugin", "--record-mode=once", "--block-network",
          "--allowed-hosts=127.0.0.1"),
        advice="`--block-network` needs `--allowed-hosts=127.0.0.1`"),
    Row("pytest-recording", options=("-p", "pytest_recording.plugin", "--block-network"),
        outcome=REFUSED, words="Network is disabled",
        advice="`--block-network` alone blocks the fake too"),
    Row("pyfakefs", """
        def test_it(mtt_client, fs):
            assert with_urllib() == SUCCESS
            mtt_client.delete_callback_followme()

        def test_fs_first(fs, mtt_client):
            mtt_client.delete_callback_followme()
    """, ("-p", "pyfakefs.pytest_plugin"), advice="in any order; requests reads its "
        'certificates: `fs.add_real_file(os.environ["SSL_CERT_FILE"])`'),
    Row("eventlet", """
        import eventlet
        eventlet.monkey_patch()

        def test_it():
            assert with_urllib() == SUCCESS
    """, outcome=REFUSED, words="mtt-mock refused.*eventlet",
        advice="has a resolver and sockets of its own"),
    Row("eventlet", """
        import eventlet
        eventlet.monkey_patch()

        def test_it():
            assert with_urllib() == SUCCESS
    """, outcome=REFUSED, before=EXEC, ini=BARE, words="eventlet", advice=OUTSIDE),
    Row("pytest-randomly, -rerunfailures, -repeat, -timeout, -xdist",
        options=("-p", "pytest_randomly", "-p", "pytest_rerunfailures", "-p", "pytest_repeat",
                 "-p", "pytest_timeout", "-p", "xdist", "--reruns=1", "--count=2", "--timeout=50",
                 "-n1")),
    *(
        Row(f"pytest-xdist --dist={mode}", options=("-p", "xdist", "-n2", f"--dist={mode}"))
        for mode in ("each", "loadfile", "loadscope", "worksteal")
    ),
    Row("pytest-cov", """
        import subprocess, sys

        def test_it(mtt_server, tmp_path):
            program = tmp_path / "child.py"
            program.write_text(
                "import sys\\n"
                "sys.path.insert(0, sys.argv[1])\\n"
                "from test_project import *\\n"
                "assert with_urllib() == SUCCESS\\n"
            )
            subprocess.run([sys.executable, program, "."], check=True)
            assert len(mtt_server.journal) == 1
    """, ("-p", "pytest_cov", "--cov=."), advice="also in subprocesses"),
    Row("pytest-asyncio", """
        import httpx

        async def test_it():
            async with httpx.AsyncClient(timeout=20) as client:
                assert (await client.post(URL, content=BODY, auth=LOGIN)).json() == SUCCESS
    """, ("-p", "pytest_asyncio.plugin")),
    Row("anyio", """
        import httpx

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
        async def test_it(anyio_backend):
            async with httpx.AsyncClient(timeout=20) as client:
                assert (await client.post(URL, content=BODY, auth=LOGIN)).json() == SUCCESS
    """, ("-p", "anyio"), advice="asyncio and trio"),
    Row("pytest-trio", """
        import httpx

        @pytest.mark.trio
        async def test_it():
            async with httpx.AsyncClient(timeout=20) as client:
                assert (await client.post(URL, content=BODY, auth=LOGIN)).json() == SUCCESS
    """, ("-p", "pytest_trio.plugin"), ini="[pytest]\nmtt_intercept = true\n"),
    Row("pytest-forked", options=("-p", "pytest_forked", "--forked"), outcome=REFUSED,
        words="running the test EXITED",
        advice="fails every test with pytest 9, also without mtt-mock"),
    Row("pytest-twisted", """
        import pytest_twisted, treq

        @pytest_twisted.ensureDeferred
        async def test_it():
            response = await treq.post(URL, BODY.encode(), auth=LOGIN, timeout=20)
            assert await response.json() == SUCCESS
    """, ("-p", "pytest_twisted")),
    Row("pytest-aiohttp", """
        import aiohttp

        async def test_it():
            async with aiohttp.ClientSession(headers=HEADERS) as session:
                async with session.post(URL, data=BODY) as answer:
                    assert await answer.json() == SUCCESS
    """, ("-p", "pytest_asyncio.plugin", "-p", "pytest_aiohttp.plugin")),
    Row("aiodns", """
        import aiohttp

        async def test_it():
            connector = aiohttp.TCPConnector(resolver=aiohttp.AsyncResolver())
            async with aiohttp.ClientSession(connector=connector, headers=HEADERS) as session:
                async with session.post(URL, data=BODY) as answer:
                    assert await answer.json() == SUCCESS
    """, ("-p", "pytest_asyncio.plugin"), advice="also as `aiohttp[speedups]`"),
    Row("curl_cffi", """
        from curl_cffi import requests

        def test_it():
            assert requests.post(URL, data=BODY, auth=LOGIN, timeout=20).json() == SUCCESS
    """),
    Row("pycurl, tornado's curl client", """
        from tornado.curl_httpclient import CurlAsyncHTTPClient

        async def test_it():
            client = CurlAsyncHTTPClient(force_instance=True)
            answer = await client.fetch(URL, method="POST", body=BODY, headers=HEADERS)
            assert json.loads(answer.body) == SUCCESS
    """, ("-p", "pytest_asyncio.plugin")),
    Row("pycurl", """
        import io, pycurl

        def test_it():
            handle = pycurl.Curl()
            handle.setopt(pycurl.URL, URL)
            handle.setopt(pycurl.POSTFIELDS, BODY)
            handle.setopt(pycurl.USERPWD, "login:password")
            handle.setopt(pycurl.WRITEDATA, answer := io.BytesIO())
            handle.perform()
            assert json.loads(answer.getvalue()) == SUCCESS
    """, before=EXEC, ini=BARE, advice=OUTSIDE),
    Row("gRPC", """
        import grpc

        def test_it():
            grpc.insecure_channel("webapicommon.mtt.ru:443")
    """, outcome=REFUSED, words="mtt-mock refused.*gRPC", advice="MTT has no gRPC"),
    Row("tornado's simple client", """
        from tornado.simple_httpclient import SimpleAsyncHTTPClient

        async def test_it():
            client = SimpleAsyncHTTPClient(force_instance=True)
            answer = await client.fetch(URL, method="POST", body=BODY, headers=HEADERS)
            assert json.loads(answer.body) == SUCCESS
    """, ("-p", "pytest_asyncio.plugin")),
    Row("niquests", """
        import niquests

        def test_it():
            assert niquests.post(URL, data=BODY, auth=LOGIN, timeout=20).json() == SUCCESS

        async def test_async():
            async with niquests.AsyncSession() as session:
                answer = await session.post(URL, data=BODY, auth=LOGIN, timeout=20)
                assert answer.json() == SUCCESS
    """, ("-p", "pytest_asyncio.plugin"), advice="sync and async"),
    Row("httpcore, urllib3-future", """
        import httpcore, urllib3

        def test_httpcore():
            answer = httpcore.request("POST", URL, content=BODY.encode(), headers=HEADERS)
            assert json.loads(answer.content) == SUCCESS

        def test_urllib3():
            answer = urllib3.PoolManager().request("POST", URL, body=BODY, headers=HEADERS)
            assert answer.json() == SUCCESS
    """),
    Row("zeep", """
        from zeep.transports import Transport

        def test_it():
            answer = Transport(timeout=20).post(URL, BODY, HEADERS)
            assert answer.json() == SUCCESS

        async def test_async():
            from zeep.transports import AsyncTransport

            answer = await AsyncTransport(timeout=20).post(URL, BODY, HEADERS)
            assert answer.json() == SUCCESS
    """, ("-p", "pytest_asyncio.plugin"), advice="`Transport` and `AsyncTransport`"),
    Row("gevent", outcome=REFUSED, words="mtt-mock refused.*gevent.*mtt-mock exec",
        advice="has a resolver of its own", early=GEVENT),
    Row("gevent", """
        def test_it(mtt_client):
            mtt_client.delete_callback_followme()
    """, ini=BARE, early=GEVENT, advice="`mtt_client` without an interception"),
    Row("gevent", """
        def test_it(mtt_client, mtt_receiver):
            mtt_client.delete_callback_followme()
    """, ini=BARE, early=GEVENT, outcome=REFUSED, words="only one server can run in a process",
        advice="`mtt_client` and `mtt_receiver` together"),
    Row("gevent", URLLIB_ALONE, before=EXEC, ini=BARE, advice=OUTSIDE, early=GEVENT),
    Row("mocket", """
        import mocket

        @mocket.mocketize
        def test_it():
            with_urllib()
    """, outcome=REFUSED, words="mtt-mock refused.*mocket",
        advice="replaces Python's sockets: what it has no answer for is refused"),
    Row("httpretty", """
        import httpretty

        @httpretty.activate
        def test_it():
            with_urllib()
    """, outcome=REFUSED, words="mtt-mock refused.*httpretty",
        advice="replaces Python's sockets: what it has no answer for is refused"),
    Row("dnspython", """
        import socket, threading
        import dns.message, dns.query, dns.resolver, dns.rrset

        def serve(server):
            data, client = server.recvfrom(512)
            answer = dns.message.make_response(dns.message.from_wire(data))
            name = answer.question[0].name
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "45.45.45.45"))
            server.sendto(answer.to_wire(), client)

        def test_it():
            with socket.socket(type=socket.SOCK_DGRAM) as server:
                server.bind(("127.0.0.1", 0))
                threading.Thread(target=serve, args=(server,), daemon=True).start()
                resolver = dns.resolver.Resolver(configure=False)
                resolver.nameservers, resolver.port = ["127.0.0.1"], server.getsockname()[1]
                address = resolver.resolve("webapicommon.mtt.ru", "A")[0].address
            socket.create_connection((address, 443), 5)
    """, outcome=REFUSED, words="mtt-mock refused.*dnspython.*mtt-mock exec",
        advice="has a resolver of its own"),
    Row("dnspython with override_system_resolver()", """
        def test_it():
            with_urllib()
    """, early="""
        import dns.resolver

        dns.resolver.override_system_resolver(dns.resolver.Resolver(configure=False))
    """),
    Row("Twisted, treq", TREQ),
    Row("FastAPI", """
        from fastapi import FastAPI
        from fastapi.testclient import TestClient

        app = FastAPI()
        tracked = []

        @app.get("/")
        def root():
            return with_urllib()

        @app.get("/tracking")
        async def tracking(event: str, id: str):
            tracked.append(event)

        def test_client():
            assert TestClient(app).get("/").json() == SUCCESS

        def test_events(mtt_client, mtt_clock, mtt_receiver):
            for event in events(mtt_client, mtt_clock, mtt_receiver):
                TestClient(app).get("/tracking", params=event.query)
            assert tracked == EVENTS
    """),
    Row("pytest-django", """
        from django.http import JsonResponse
        from django.test import LiveServerTestCase
        from django.urls import path

        def tracking(request):
            tracked.append(request.GET["event"])
            return JsonResponse({})

        tracked = []
        urlpatterns = [
            path("", lambda request: JsonResponse(with_urllib())),
            path("tracking", tracking),
        ]

        def test_client(client):
            assert client.get("/").json() == SUCCESS

        def test_events(client, mtt_client, mtt_clock, mtt_receiver):
            for event in events(mtt_client, mtt_clock, mtt_receiver):
                client.get("/tracking", event.query)
            assert tracked == EVENTS

        def test_server(live_server):
            with urllib.request.urlopen(live_server.url, timeout=20) as answer:
                assert json.load(answer) == SUCCESS

        class TestLive(LiveServerTestCase):
            def test_server(self):
                with urllib.request.urlopen(self.live_server_url, timeout=20) as answer:
                    assert json.load(answer) == SUCCESS
    """, ("-p", "pytest_django.plugin"), early="""
        from django.conf import settings

        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        settings.configure(
            ALLOWED_HOSTS=["*"], DATABASES={"default": database}, ROOT_URLCONF="test_project",
            STATIC_URL="/static/", INSTALLED_APPS=["django.contrib.staticfiles"],
        )
    """),
)  # fmt: skip


def run(row: Row, folder: Path, log: Path) -> dict[str, str]:
    """Run a project; return its outcome and its output."""
    folder.mkdir()
    (folder / "pytest.ini").write_text(row.ini)
    (folder / "early.py").write_text(dedent(row.early))
    (folder / "test_project.py").write_text(COMMON + dedent(row.test))
    before = log.stat().st_size
    command = [
        *row.before, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
        "-p", "early", "-p", "mtt_mock.testing.plugin", *row.options,
    ]  # fmt: skip
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True,
            timeout=TIMEOUT, check=False,
        )  # fmt: skip
        printed, works = done.stdout + done.stderr, done.returncode == 0
    except subprocess.TimeoutExpired as error:
        printed, works = f"no end within {TIMEOUT} seconds: {error.stdout!r}", False
    if log.stat().st_size > before:
        outcome = REACHES_MTT
    elif works:
        outcome = WORKS
    else:
        outcome = REFUSED if re.search(row.words or "$^", printed, re.DOTALL) else "fails"
    return {"outcome": outcome, "printed": printed}


def main() -> None:
    """Run all projects and write the results as JSON."""
    results, folder = Path(sys.argv[1]), Path(sys.argv[2])
    log = Path(os.environ["DECOY_LOG"])
    with ThreadPoolExecutor(max_workers=2) as threads:
        folders = (folder / str(number) for number in range(len(ROWS)))
        outcomes = list(threads.map(run, ROWS, folders, [log] * len(ROWS)))
    results.write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main()
