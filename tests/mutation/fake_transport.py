"""A transport to a fake in process that can lose or replace responses."""

import json

import httpx2

from mtt_mock import FakeClock, create_app, fake_of

LOGIN, PASSWORD = "ann", "pass-кот-2"
CUSTOMER = "8831405"
URL = "http://fake.invalid/index.php"


class FakeTransport(httpx2.BaseTransport):
    """Sends requests to its own fake and records them.

    ``instead`` maps the number of a request (1, 2, …) to "lost" (executed, and the response is lost)
    or to a function that replaces the response.
    """

    def __init__(self, **settings):
        app = create_app(accounts=[f"{LOGIN}:{PASSWORD}:{CUSTOMER}"], clock="manual", **settings)
        self.fake = fake_of(app)
        self.clock = FakeClock(self.fake)
        self.requests = []
        self.instead = {}
        self.waits = []
        self._inner = httpx2.WSGITransport(app=app.wsgi_app)

    def handle_request(self, request):
        request.read()
        self.requests.append(request)
        if len(self.requests) > 200:
            raise AssertionError("more than 200 requests")
        answer = self._inner.handle_request(request)
        answer.read()
        replacement = self.instead.get(len(self.requests))
        if replacement == "lost":
            raise httpx2.ReadTimeout("timed out", request=request)
        return replacement(answer) if replacement else answer

    def options(self):
        """Return the arguments of a client with this transport."""
        return {
            "url": URL,
            "login": LOGIN,
            "password": PASSWORD,
            "customer_name": CUSTOMER,
            "transport": self,
            "sleep": self.sleep,
            "clock": self.now,
        }

    def sleep(self, seconds):
        """Advance the fake's clock instead of sleeping."""
        self.waits.append(seconds)
        self.clock.advance(seconds)

    def now(self):
        """Return the fake's time in seconds."""
        return self.clock.now.timestamp()

    @property
    def sent(self):
        """The JSON of all requests."""
        return [json.loads(request.content) for request in self.requests]

    @property
    def called(self):
        return [each["method"] for each in self.sent]


def reply(status, content, **headers):
    """Return a function for ``instead`` that returns this response."""
    return lambda _answer: httpx2.Response(status, content=content, headers=headers)


def changed(**members):
    """Return a function for ``instead`` that changes members of the envelope."""
    return lambda answer: httpx2.Response(
        answer.status_code, content=json.dumps(answer.json() | members).encode()
    )
