#!/usr/bin/env bash
# respx 0.23.1 and pytest-httpx 0.36.2 (PyPI) beside httpx 0.28.1 and its successor httpx2 2.16.2.
#
# httpx2 has httpx's interface, so `import httpx2 as httpx` is often all that a program changes. Both tools refuse a
# request that has no mock, so suites rely on them to keep requests off the network. A server shows what comes through.
#
# Guess before the run: a request of httpx2 is mocked as one of httpx is, or an error says that it is not supported.
# Behaviour: neither tool sees it. The request goes out to the server, without a warning, also where httpx may send
# nothing. A test that looks at the status only stays green, and places its calls.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pytest==9.2.0 httpx==0.28.1 httpx2==2.16.2 respx==0.23.1 pytest-httpx==0.36.2
cat >test_imports.py <<'PYTHON'
import http.server
import threading

import httpx
import httpx2
import pytest
import respx


class Server(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"server")


@pytest.fixture(scope="session")
def url():
    with http.server.HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def show(name, module, send):
    try:
        outcome = send().text
    except (AssertionError, httpx.TimeoutException) as error:
        outcome = type(error).__name__
    with open("output", "a") as output:
        print(f"{name}, {module.__name__}: {outcome}", file=output)


@pytest.mark.parametrize("module", [httpx, httpx2])
def test_respx(module, url):
    with respx.mock:
        show("respx without a mock", module, lambda: module.post(url))
    with respx.mock(assert_all_called=False) as router:
        router.post(url).respond(text="mock")
        show("respx", module, lambda: module.post(url))


@pytest.mark.httpx_mock(assert_all_requests_were_expected=False)
@pytest.mark.parametrize("module", [httpx, httpx2])
def test_pytest_httpx(module, url, httpx_mock):
    show("pytest-httpx without a mock", module, lambda: module.post(url))
    httpx_mock.add_response(text="mock", is_optional=True)
    show("pytest-httpx", module, lambda: module.post(url))
PYTHON
venv/bin/python -m pytest -q
cat output
diff output - <<'EXPECTED'
respx without a mock, httpx: AllMockedAssertionError
respx, httpx: mock
respx without a mock, httpx2: server
respx, httpx2: server
pytest-httpx without a mock, httpx: TimeoutException
pytest-httpx, httpx: mock
pytest-httpx without a mock, httpx2: server
pytest-httpx, httpx2: server
EXPECTED
