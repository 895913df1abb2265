"""A line to a fake in process, on which answers get lost or are others'."""

import json

import httpx2

from mtt_mock import FakeClock, create_app, fake_of

LOGIN, PASSWORD = "ann", "pass-кот-2"
CUSTOMER = "8831405"
URL = "http://fake.invalid/index.php"


class Line(httpx2.BaseTransport):
    """Leads requests to a fake of its own and keeps them.

    ``instead``: from a number of a request (1, 2, …) to what becomes of it: "lost" (done, and no
    answer comes), or a function from the fake's answer to another one.
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
            raise AssertionError("asks without end")
        answer = self._inner.handle_request(request)
        answer.read()
        what = self.instead.get(len(self.requests))
        if what == "lost":
            raise httpx2.ReadTimeout("timed out", request=request)
        return what(answer) if what else answer

    def options(self):
        """Return what a client on this line is made with."""
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
        """Let the fake's time pass instead."""
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
    """Return a function for ``instead`` that answers so."""
    return lambda _answer: httpx2.Response(status, content=content, headers=headers)


def changed(**members):
    """Return a function for ``instead`` that changes members of the envelope."""
    return lambda answer: httpx2.Response(
        answer.status_code, content=json.dumps(answer.json() | members).encode()
    )
