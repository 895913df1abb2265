import httpx2
import pytest
from openapi_check import check

CUSTOMER = "883140500000000"


class Control:
    """A client of the control API that checks each response against the OpenAPI document."""

    def __init__(self, origin, http):
        self.origin = origin
        self.http = http
        self.document = http.get(f"{origin}/_mtt/openapi.json").json()

    def get(self, path, status=200, **query):
        return self.asked("GET", path, status, params=query)

    def send(self, path, values, verb="POST", status=200):
        return self.asked(verb, path, status, json=values)

    def delete(self, path, status=200):
        return self.asked("DELETE", path, status)

    def asked(self, verb, path, status=200, **what):
        answer = self.http.request(verb, f"{self.origin}/_mtt/{path}", **what)
        check(self.document, verb, f"/_mtt/{path}", answer)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def origin(mtt_server):
    return mtt_server.url.removesuffix("/index.php")


@pytest.fixture
def control(origin):
    # Over plain HTTP no certificate is verified, and to load them would take 25 ms of each test.
    with httpx2.Client(trust_env=False, verify=False, timeout=30) as http:
        yield Control(origin, http)
