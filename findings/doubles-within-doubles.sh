#!/usr/bin/env bash
# respx 0.23.1 beside pytest-httpx 0.36.2, responses 0.26.3 beside requests-mock 1.12.1, vcrpy 9.4.2 beside respx
# (PyPI): which of two test doubles answers httpx 0.28.1 and requests 2.34.2, and what a cassette records.
#
# Such pairs come together when a plugin's fixture is active for a whole suite and a test uses another tool.
#
# Guess before the run: the double that was entered last answers, and vcrpy records what a server answered.
# Behaviour: the order does not count. pytest-httpx always answers before respx, and requests-mock before responses,
# also if the other one is inside or told to pass the request on. vcrpy records an answer of respx as if a server
# had given it, in either order, and replays it later: a changed mock has no effect, and its route is never called.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q pytest==9.2.0 httpx==0.28.1 respx==0.23.1 pytest-httpx==0.36.2 requests==2.34.2 \
    responses==0.26.3 requests-mock==1.12.1 vcrpy==9.4.2
cat >test_doubles.py <<'PYTHON'
import httpx
import requests
import requests_mock
import responses
import respx
import vcr

URL = "http://mock.example/"  # no request reaches it


def respx_mock(text="respx"):
    router = respx.mock(assert_all_called=False)
    router.post(URL).respond(text=text)
    return router


def responses_mock():
    mock = responses.RequestsMock(assert_all_requests_are_fired=False)
    mock.post(URL, body="responses")
    return mock


def requests_mocker():
    mocker = requests_mock.Mocker()
    mocker.post(URL, text="requests-mock")
    return mocker


def show(line):
    with open("output", "a") as output:
        print(line, file=output)


def test_respx_within_pytest_httpx(httpx_mock):
    httpx_mock.add_response(text="pytest-httpx", is_reusable=True)
    with respx_mock():
        show(f"respx within pytest-httpx: {httpx.post(URL).text}")


def test_responses_and_requests_mock():
    with requests_mocker(), responses_mock():
        show(f"responses within requests-mock: {requests.post(URL).text}")
    with responses_mock(), requests_mocker():
        show(f"requests-mock within responses: {requests.post(URL).text}")
    with requests_mocker(), responses.RequestsMock() as mock:
        mock.add_passthru(URL)
        show(f"responses that passes on, within requests-mock: {requests.post(URL).text}")


def test_vcrpy_and_respx():
    with vcr.use_cassette("respx-within.yaml"), respx_mock() as router:
        httpx.post(URL)
        show(f"vcrpy, respx within: {router.calls.call_count} call")
    with vcr.use_cassette("respx-within.yaml"), respx_mock("changed") as router:
        show(f"vcrpy again: {httpx.post(URL).text}, {router.calls.call_count} calls")
    with respx_mock(), vcr.use_cassette("respx-around.yaml"):
        httpx.post(URL)
    with vcr.use_cassette("respx-around.yaml"):
        show(f"vcrpy within respx recorded: {httpx.post(URL).text}")


def test_vcrpy_and_responses():
    with vcr.use_cassette("responses.yaml") as cassette, responses_mock():
        requests.post(URL)
        show(f"vcrpy, responses within, recorded: {len(cassette)}")
PYTHON
venv/bin/python -m pytest -q
cat output
diff output - <<'EXPECTED'
respx within pytest-httpx: pytest-httpx
responses within requests-mock: requests-mock
requests-mock within responses: requests-mock
responses that passes on, within requests-mock: requests-mock
vcrpy, respx within: 1 call
vcrpy again: respx, 0 calls
vcrpy within respx recorded: respx
vcrpy, responses within, recorded: 0
EXPECTED
