import httpx2
import pytest

CUSTOMER = "883140500000000"


class Control:
    """The control API of a fake, as any client sees it."""

    def __init__(self, origin, http):
        self.origin = origin
        self.http = http

    def get(self, path, status=200, **query):
        answer = self.http.get(f"{self.origin}/_mtt/{path}", params=query)
        assert answer.status_code == status, answer.text
        return answer.json()

    def send(self, path, values, verb="POST", status=200):
        answer = self.http.request(verb, f"{self.origin}/_mtt/{path}", json=values)
        assert answer.status_code == status, answer.text
        return answer.json()

    def delete(self, path, status=200):
        answer = self.http.delete(f"{self.origin}/_mtt/{path}")
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def origin(mtt_server):
    return mtt_server.url.removesuffix("/index.php")


@pytest.fixture
def control(origin):
    with httpx2.Client(trust_env=False, timeout=30) as http:
        yield Control(origin, http)
